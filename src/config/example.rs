//! The text of `.env.example`.

use super::{Declared, SECTIONS, SETTINGS};

const HEAD: &str = "\
# Everything that can be set, with its default. Here every line is a comment: take over what you
# change. The same keys can stand in entente.toml, `listen = \"…\"` under `[http]`; the environment
# wins. A name that ends in _FILE names a file that holds the value.
# Made from src/config.rs: `just env` writes it anew.

# The file that is read beside the environment.
# ENTENTE_CONFIG=entente.toml
";

/// Every variable with its words and its default.
#[must_use]
pub fn env_example() -> String {
    let mut section = "";
    let mut text = HEAD.to_owned();
    for declared in SETTINGS {
        if declared.section != section {
            section = declared.section;
            text.push_str(&heading(section));
        }
        text.push_str(&entry(declared));
    }
    text
}

fn heading(section: &str) -> String {
    let about = SECTIONS.iter().find(|(name, _)| *name == section);
    let about = about.map_or("", |(_, about)| about.trim());
    format!("\n\n# {}\n# {}\n", about, "-".repeat(about.chars().count()))
}

fn entry(declared: &Declared) -> String {
    let about = declared.about.trim().replace(". ", ".\n# ");
    let variable = declared.variable();
    let default = quoted(declared.default);
    let file = if declared.secret {
        format!("# {variable}_FILE=\n")
    } else {
        String::new()
    };
    format!("\n# {about}\n# {variable}={default}\n{file}")
}

/// As a shell reads it, too.
fn quoted(value: &str) -> String {
    if value.contains([' ', '<', '>']) {
        format!("\"{value}\"")
    } else {
        value.to_owned()
    }
}
