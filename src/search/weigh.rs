//! How much each word says of an entry, known when the entry is written.
//!
//! It is BM25 over fields, in whole numbers, with constants where it takes averages over all
//! documents: averages would tell of documents that the reader may not see. What is asked of the
//! reader's own documents alone, how rare a word is among them, comes in when it is searched.

use std::collections::{BTreeMap, BTreeSet};

use super::word::{Language, lower, plain, tokens, words};

/// How much an occurrence counts, in hundredths of one in the text.
const TITLE: u64 = 800;
/// What something is called says more than that a text has the word, and as much as a short title.
const NAME: u64 = 800;
const TAGS: u64 = 400;
const HEADING: u64 = 300;
const SUMMARY: u64 = 250;
const BODY: u64 = 100;
/// Occurrences, in hundredths, that are worth half of what endless ones are.
const HALF: u64 = 400;
/// Words of a text of ordinary length.
const LENGTH: u64 = 300;

/// A word of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Weighed {
    /// As it is written, in lower case; a tag behind `#`.
    pub(super) word: String,
    /// The term that it shares with its inflections; empty for a tag.
    pub(super) term: String,
    /// In thousandths; that of its term, whichever form of it the reader asks for.
    pub(super) weight: u16,
    /// Whether it stands in the title.
    pub(super) in_title: bool,
}

/// The texts of an entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Texts<'t> {
    pub(super) title: &'t str,
    pub(super) summary: &'t str,
    /// Headings, and what stands below them.
    pub(super) passages: &'t [(String, String)],
    pub(super) tags: &'t [String],
    /// What it is called, in any language.
    pub(super) names: &'t [&'t str],
}

#[derive(Default)]
struct Term {
    /// Its words, and whether they stand in the title.
    words: BTreeMap<String, bool>,
    elsewhere: u64,
    in_body: u64,
}

/// The words of the texts, each once, with the weight of its term.
pub(super) fn weigh(texts: Texts<'_>, language: Language) -> Vec<Weighed> {
    let mut terms: BTreeMap<String, Term> = BTreeMap::new();
    let title_length = tokens(texts.title).count() as u64;
    // A short title says more by each of its words.
    let title = TITLE * 6 / (5 + title_length.max(1));
    let mut add = |text: &str, worth: u64, is_title: bool| {
        for word in words(text) {
            if language.passes_over(&plain(&word)) {
                continue;
            }
            let term = terms.entry(language.term(&word)).or_default();
            term.elsewhere += worth;
            *term.words.entry(word).or_default() |= is_title;
        }
    };
    add(texts.title, title, true);
    add(texts.summary, SUMMARY, false);
    for tag in texts.tags {
        add(tag, TAGS, false);
    }
    let mut length = 0;
    for (heading, body) in texts.passages {
        add(heading, HEADING, false);
        length += tokens(body).count() as u64;
    }
    for word in texts.passages.iter().flat_map(|(_, body)| words(body)) {
        if !language.passes_over(&plain(&word)) {
            let term = terms.entry(language.term(&word)).or_default();
            term.in_body += BODY;
            term.words.entry(word).or_default();
        }
    }
    let mut named = BTreeSet::new();
    for word in texts.names.iter().flat_map(|name| words(name)) {
        let term = language.term(&word);
        // One form stands for all that share its term: what everything is called is in a long row.
        if !language.passes_over(&plain(&word)) && named.insert(term.clone()) {
            let term = terms.entry(term).or_default();
            term.elsewhere += NAME;
            term.words.entry(word).or_default();
        }
    }
    let weighed = terms.into_iter().flat_map(|(term, it)| {
        // A long text repeats itself: half of its length is held against it.
        let in_body = it.in_body * 2 * LENGTH / (LENGTH + length.max(LENGTH / 4));
        let count = it.elsewhere + in_body;
        let weight = u16::try_from(1000 * count / (count + HALF))
            .unwrap_or(1000)
            .max(1);
        it.words.into_iter().map(move |(word, in_title)| Weighed {
            word,
            term: term.clone(),
            weight,
            in_title,
        })
    });
    let tags = texts.tags.iter().map(|tag| Weighed {
        word: tag_word(tag),
        term: String::new(),
        weight: 0,
        in_title: false,
    });
    let mut weighed: Vec<_> = weighed.chain(tags).collect();
    weighed.sort_by(|one, other| one.word.cmp(&other.word));
    weighed.dedup_by(|one, other| one.word == other.word);
    weighed
}

/// A tag as a word of its own, which no text has.
pub(super) fn tag_word(tag: &str) -> String {
    format!("#{}", lower(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn weight(weighed: &[Weighed], word: &str) -> u16 {
        weighed
            .iter()
            .find(|it| it.word == word)
            .map_or(0, |it| it.weight)
    }

    #[test]
    fn a_title_says_more_than_a_heading_and_a_heading_more_than_a_text() {
        let passages = [(
            "Heading".to_owned(),
            "Text, and more text. Others.".to_owned(),
        )];
        let texts = Texts {
            title: "The title",
            summary: "Summary",
            passages: &passages,
            tags: &["Tag".to_owned()],
            names: &["name names", "Text"],
        };
        let weighed = weigh(texts, Language::English);
        let of = |word| weight(&weighed, word);
        assert!(of("title") > of("tag") && of("tag") > of("heading"));
        assert!(of("text") > of("name") && of("name") > of("heading"));
        assert!(of("heading") > of("summary") && of("summary") > of("others"));
        assert!(of("text") > of("others") && of("others") > 0);
        assert_eq!(of("names"), 0);
        assert_eq!((of("the"), of("and")), (0, 0));
        assert!(
            weighed
                .iter()
                .any(|it| it.word == "#tag" && it.term.is_empty())
        );
        assert!(weighed.iter().all(|it| it.in_title == (it.word == "title")));
    }

    #[test]
    fn all_forms_of_a_word_weigh_what_they_weigh_together() {
        let texts = |summary| Texts {
            title: "",
            summary,
            passages: &[],
            tags: &[],
            names: &[],
        };
        let together = weigh(texts("Kurs Kurse Kursen"), Language::German);
        let alone = weigh(texts("Kurs Kurs Kurs"), Language::German);
        assert_eq!(together.len(), 3);
        assert!(together.iter().all(|it| it.weight == alone[0].weight));
    }
}
