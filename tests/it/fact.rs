//! Facts from other systems: how they are recorded, corrected, and known of at an instant.

mod known;
mod told;

use entente::fact::{FROM_OUTSIDE, about_kind, fields_of};
use entente::intake::CODES;

/// The page that tells it to people.
const PAGE: &str = include_str!("../../docs/facts.md");

#[test]
fn the_page_tells_every_kind_with_its_fields_and_nothing_else() {
    let told = PAGE.lines().filter(|line| {
        let kind = line
            .strip_prefix("| `")
            .and_then(|rest| rest.split('`').next());
        kind.is_some_and(|kind| kind.contains('.'))
    });
    let there = FROM_OUTSIDE.iter().map(|kind| {
        let fields = fields_of(kind).unwrap().iter().map(|field| {
            let mark = if field.is_optional { "?" } else { "" };
            format!("`{}`{mark}", field.name)
        });
        let fields: Vec<_> = fields.collect();
        format!("| `{kind}` | {} | {} |", about_kind(kind), fields.join(" "))
    });
    assert_eq!(told.collect::<Vec<_>>(), there.collect::<Vec<_>>());
}

#[test]
fn the_page_tells_every_code() {
    // Those of a source's name and of a file's length are said in words.
    let in_words = ["INVALID_KEY", "TOO_MANY"];
    let missing: Vec<_> = CODES
        .iter()
        .filter(|code| !in_words.contains(*code) && !PAGE.contains(&format!("`{code}`")))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
