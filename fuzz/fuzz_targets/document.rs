//! The check of documents: total, and quick, whatever is in them.

#![no_main]

use entente::graphql::document::{Document, Limits};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(document) = Document::read(text, &Limits::default()) {
        let _ = document.operation(None);
        let _ = document.operation(Some("Q"));
        let _ = document.into_parsed();
    }
});
