//! House rules that a compiler cannot state.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a build, an editor or a run leaves behind; nobody reads it as the project.
const NOT_OURS: [&str; 6] = [
    ".git",
    "target",
    "node_modules",
    "data",
    "preview",
    "__pycache__",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file below the folder, as a path from the root and its text; binary files are left out.
fn files(folder: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            let name = entry.file_name().into_string().unwrap();
            if entry.file_type().unwrap().is_dir() {
                if !NOT_OURS.contains(&name.as_str()) {
                    walk(&path, found);
                }
            } else if !NOT_OURS.contains(&name.as_str()) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    let folder = root().join(folder);
    if folder.exists() {
        walk(&folder, &mut found);
    }
    found.sort();
    found
        .into_iter()
        .filter_map(|path| {
            let text = fs::read_to_string(&path).ok()?;
            let name = path.strip_prefix(root()).unwrap();
            Some((name.to_str().unwrap().replace('\\', "/"), text))
        })
        .collect()
}

fn is_a(kind: &str, path: &str) -> bool {
    Path::new(path).extension().is_some_and(|it| it == kind)
}

pub(crate) fn rust(folder: &str) -> Vec<(String, String)> {
    let mut files = files(folder);
    files.retain(|(path, _)| is_a("rs", path));
    files
}

/// The code alone: without comments, and without the tests at a module's end.
pub(crate) fn code(text: &str) -> String {
    text.split("#[cfg(test)]\nmod ")
        .next()
        .unwrap()
        .lines()
        .map(|line| line.split("//").next().unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The module at the root to which a file of `src` belongs: `partner` for `src/partner/apply.rs`.
fn room(path: &str) -> &str {
    path.strip_prefix("src/")
        .unwrap()
        .split(['/', '.'])
        .next()
        .unwrap()
}

fn identifier(text: &str) -> &str {
    let text = text.trim_start();
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_'));
    &text[..end.unwrap_or(text.len())]
}

/// What follows `prefix` in the code, whether written `prefix a::b` or `prefix {a, b::{c}}`.
fn named_after<'t>(code: &'t str, prefix: &str) -> BTreeSet<&'t str> {
    let mut names = BTreeSet::new();
    for (at, _) in code.match_indices(prefix) {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == ':') {
            continue;
        }
        let rest = &code[at + prefix.len()..];
        let Some(group) = rest.strip_prefix('{') else {
            names.insert(identifier(rest));
            continue;
        };
        let (mut depth, mut item) = (0, 0);
        for (here, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                ',' if depth == 0 => {
                    names.insert(identifier(&group[item..here]));
                    item = here + 1;
                }
                '}' if depth == 0 => {
                    names.insert(identifier(&group[item..here]));
                    break;
                }
                '}' => depth -= 1,
                _ => (),
            }
        }
    }
    names.remove("");
    names
}

/// The modules of a `lib.rs`, in its order.
fn modules(lib: &str) -> Vec<String> {
    fs::read_to_string(root().join(lib))
        .unwrap()
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn modules_lean_only_on_those_above_them() {
    let order = modules("src/lib.rs");
    let rank = |name: &str| order.iter().position(|it| it == name);
    let mut wrong = Vec::new();
    for (path, text) in rust("src") {
        let Some(own) = rank(room(&path)) else {
            continue;
        };
        let code = code(&text);
        // `super::super::x` in `a/b.rs` is `crate::x` in other words.
        let depth = path.matches('/').count();
        let up = "super::".repeat(depth);
        for name in named_after(&code, "crate::")
            .into_iter()
            .chain(named_after(&code, &up))
        {
            if rank(name).is_some_and(|other| own < other) {
                wrong.push(format!("{path} leans on {name}, which is below it"));
            }
        }
    }
    assert!(order.len() > 10);
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_file_begins_by_saying_what_it_is() {
    let mut wrong = Vec::new();
    let folders = ["src", "entity/src", "migration/src", "tests", "bench"];
    for (path, text) in folders.into_iter().flat_map(rust) {
        let about: Vec<_> = text
            .lines()
            .map_while(|line| line.strip_prefix("//! "))
            .collect();
        if !about.join(" ").contains(['.', ':']) {
            wrong.push(path);
        }
    }
    assert!(wrong.is_empty(), "no `//! ` sentence in {wrong:#?}");
}

#[test]
fn there_is_no_mod_rs_and_no_drawer_for_odds_and_ends() {
    let drawers = [
        "mod", "util", "utils", "helper", "helpers", "common", "misc",
    ];
    let wrong: Vec<_> = ["src", "entity/src", "migration/src", "tests"]
        .into_iter()
        .flat_map(rust)
        .map(|(path, _)| path)
        .filter(|path| {
            let name = path.rsplit('/').next().unwrap();
            drawers.contains(&name.trim_end_matches(".rs"))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A function with the tables that it writes.
fn writes(code: &str, tables: &[String]) -> Vec<(String, BTreeSet<String>)> {
    // `use entity::outbox_message::{self, Entity}` makes a bare `Entity` that table's.
    let own = tables.iter().find(|table| {
        let names = named_after(code, &format!("entity::{table}::"));
        names
            .iter()
            .any(|it| ["Entity", "Model", "ActiveModel"].contains(it))
    });
    let own_is_named_so = |text: &str, at: usize| {
        own.filter(|_| {
            !text[..at].ends_with([':', '_']) && !text[..at].ends_with(char::is_alphanumeric)
        })
    };
    let mut found = Vec::new();
    for function in code.split("fn ").skip(1) {
        let is_write = function.contains("writer()")
            && [
                ".insert(", ".update(", ".delete(", ".save(", ".exec", "_many(",
            ]
            .iter()
            .any(|it| function.contains(it));
        if !is_write {
            continue;
        }
        let mut written = BTreeSet::new();
        let says = [
            // What is built, or handed over whole, is written; what is only read is borrowed.
            "Model {",
            "Model,",
            "Model)",
            "ActiveModel",
            "Entity::insert",
            "Entity::update",
            "Entity::delete",
        ];
        for token in says {
            for (at, _) in function.match_indices(token) {
                let before = &function[..at];
                let path = before.trim_end_matches("Active");
                let table = tables
                    .iter()
                    .find(|table| path.ends_with(&format!("{table}::")))
                    .or_else(|| own_is_named_so(function, at));
                let is_parameter = matches!(token, "Model," | "Model)");
                let by_value = table.is_some_and(|table| {
                    [format!(": {table}::"), ": ".to_owned()]
                        .iter()
                        .any(|it| before.ends_with(it.as_str()))
                });
                if let Some(table) = table.filter(|_| !is_parameter || by_value) {
                    written.insert(table.clone());
                }
            }
        }
        found.push((identifier(function).to_owned(), written));
    }
    found
}

#[test]
fn every_table_has_one_writer() {
    let tables = modules("entity/src/lib.rs");
    let tables: Vec<_> = tables.into_iter().filter(|it| it != "id").collect();
    let mut rooms: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut unclear = Vec::new();
    for (path, text) in rust("src") {
        let code = code(&text);
        for (function, written) in writes(&code, &tables) {
            if written.is_empty() {
                unclear.push(format!("{path}: fn {function}"));
            }
            for table in written {
                rooms
                    .entry(table)
                    .or_default()
                    .insert(room(&path).to_owned());
            }
        }
        for table in &tables {
            for verb in ["INSERT INTO ", "UPDATE ", "DELETE FROM "] {
                let raw = code
                    .match_indices(&format!("{verb}{table}"))
                    .any(|(at, hit)| {
                        !code[at + hit.len()..]
                            .starts_with(|c: char| c.is_alphanumeric() || c == '_')
                    });
                if raw {
                    rooms
                        .entry(table.clone())
                        .or_default()
                        .insert(room(&path).to_owned());
                }
            }
        }
    }
    assert!(rooms.len() > 3, "the search finds writers: {rooms:#?}");
    assert!(
        unclear.is_empty(),
        "cannot tell which table is written by {unclear:#?}"
    );
    rooms.retain(|_, rooms| rooms.len() > 1);
    assert!(rooms.is_empty(), "written from several modules: {rooms:#?}");
}

#[test]
fn nothing_names_a_machine() {
    // Taken apart, so that this file does not name one itself.
    let named = [
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/ho", "me/"),
        concat!("/Us", "ers/"),
        concat!("/tmp/", "target"),
        concat!("registry.", "npmjs"),
        concat!("files.", "pythonhosted"),
        concat!("../", "shared"),
    ];
    let mut wrong = Vec::new();
    for (path, text) in files("") {
        if path == "Cargo.lock" {
            continue;
        }
        for (number, line) in text.lines().enumerate() {
            for machine in named.iter().filter(|it| line.contains(**it)) {
                wrong.push(format!("{path}:{} names {machine}", number + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// What `cargo deny` says too, where it is installed: this holds everywhere.
#[test]
fn nothing_banned_is_locked_and_all_of_it_is_from_the_registry() {
    let lock = fs::read_to_string(root().join("Cargo.lock")).unwrap();
    let deny = fs::read_to_string(root().join("deny.toml")).unwrap();
    let banned: Vec<_> = deny
        .lines()
        .filter_map(|line| line.trim().strip_prefix("{ crate = \"")?.split('"').next())
        .collect();
    assert!(banned.contains(&"openssl"));
    for name in banned {
        assert!(
            !lock.contains(&format!("\nname = \"{name}\"\n")),
            "{name} is banned"
        );
    }
    let sources: BTreeSet<_> = lock
        .lines()
        .filter(|line| line.starts_with("source = "))
        .collect();
    let registry = "source = \"registry+https://github.com/rust-lang/crates.io-index\"";
    assert_eq!(sources, BTreeSet::from([registry]));
}

/// The lines of the shell blocks in a page, without comments and continuation.
fn commands(page: &str) -> Vec<String> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in page.replace("\\\n", " ").lines() {
        if line.trim_start().starts_with("```") {
            inside = !inside && line.trim() == "```sh";
        } else if inside {
            let line = line.split(" #").next().unwrap().trim();
            if !line.is_empty() && !line.starts_with('#') {
                found.push(line.to_owned());
            }
        }
    }
    found
}

#[test]
fn every_command_of_the_pages_exists() {
    let recipes = fs::read_to_string(root().join("justfile")).unwrap();
    let mut pages = files("docs");
    pages.push((
        "README.md".to_owned(),
        fs::read_to_string(root().join("README.md")).unwrap(),
    ));
    let mut seen = 0;
    let mut wrong = Vec::new();
    for (page, text) in pages.iter().filter(|(page, _)| is_a("md", page)) {
        for command in commands(text) {
            let ours = command
                .split("entente ")
                .nth(1)
                .filter(|_| command.starts_with("entente ") || command.contains("/entente "))
                .or_else(|| command.split("cargo run -- ").nth(1));
            let exists = if let Some(arguments) = ours {
                subcommand_exists(arguments)
            } else if let Some(recipe) = command.strip_prefix("just ") {
                let recipe = identifier_with_dash(recipe);
                recipes
                    .lines()
                    .any(|it| it.starts_with(recipe) && it.contains(':'))
            } else if command.starts_with("script/") {
                root().join(command.split(' ').next().unwrap()).exists()
            } else {
                continue;
            };
            seen += 1;
            if !exists {
                wrong.push(format!("{page}: {command}"));
            }
        }
    }
    assert!(seen > 5, "the pages are searched");
    assert!(wrong.is_empty(), "no such command: {wrong:#?}");
}

fn identifier_with_dash(text: &str) -> &str {
    text.split(' ').next().unwrap()
}

/// Asks the binary for the help of the subcommand, and for every option that is named.
fn subcommand_exists(arguments: &str) -> bool {
    let words: Vec<_> = arguments.split_whitespace().collect();
    let path = words.iter().take_while(|it| {
        it.chars().all(|c| c.is_ascii_lowercase() || c == '-') && !it.starts_with('-')
    });
    let output = Command::new(env!("CARGO_BIN_EXE_entente"))
        .args(path)
        .arg("--help")
        .output()
        .unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    output.status.success()
        && words
            .iter()
            .filter(|it| it.starts_with("--"))
            .all(|it| help.contains(it.split('=').next().unwrap()))
}
