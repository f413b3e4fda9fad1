//! Every letter in every language, written into a folder to be looked at.

use std::fs;
use std::path::Path;

use minijinja::context;

use super::language::{LANGUAGES, Language};
use super::{Addressee, Renderer, sample, template};
use crate::error::{Error, Result};
use crate::notification::letter::KINDS;

/// Writes each letter as `<kind>.<language>.html` and `.txt`, and an `index.html` that links them.
/// Says how many letters there are.
///
/// # Errors
/// A fault where a letter cannot be rendered or the folder not be written.
pub fn preview(renderer: &Renderer, folder: &Path) -> Result<usize> {
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        fs::write(&path, text)
            .map_err(|error| Error::fault(format!("{} cannot be written: {error}", path.display())))
    };
    fs::create_dir_all(folder)
        .map_err(|error| Error::fault(format!("{} cannot be made: {error}", folder.display())))?;
    let mut rows = Vec::new();
    for kind in KINDS {
        let letter =
            sample(kind).ok_or_else(|| Error::fault(format!("letter {kind} has no sample")))?;
        let mut editions = Vec::new();
        for language in LANGUAGES {
            let read = renderer.render(&letter, &reader(language))?;
            let name = format!("{kind}.{}", language.code);
            write(&format!("{name}.html"), &read.html)?;
            write(
                &format!("{name}.txt"),
                &format!("{}\n\n{}", read.subject, read.text),
            )?;
            editions.push(context! {
                name,
                language => language.name,
                lang => language.code,
                subject => read.subject,
                preheader => read.preheader,
            });
        }
        rows.push(context! { kind => *kind, security => letter.is_security(), editions });
    }
    let pages = template::pages(&["page.css", "preview.html"])?;
    let index = template::render(&pages, "preview.html", &context! { rows })?;
    write("index.html", &index)?;
    Ok(KINDS.len() * LANGUAGES.len())
}

/// Someone who reads this language.
fn reader(language: &Language) -> Addressee {
    let (name, time_zone) = match language.code {
        "de" => ("Jonas Weber", "Europe/Berlin"),
        _ => ("Ana Costa", "Europe/Lisbon"),
    };
    Addressee {
        email: "reader@example.com".to_owned(),
        name: name.to_owned(),
        locale: language.code.to_owned(),
        time_zone: time_zone.to_owned(),
        person: None,
    }
}
