//! Words: where they begin and end, and in which forms they are the same.
//!
//! A word has three forms: as it is *written*, in lower case; *plain*, without accents, so that
//! `Pläne` and `Plane` meet where somebody has no such key; and its *term*, which its inflections
//! share, by the Snowball stemmer of its language.

use rust_stemmers::{Algorithm, Stemmer};
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// The most characters of a word; longer ones are keys and hashes, which nobody types.
const LONGEST: usize = 48;

/// The most steps to a German stem.
const STEPS: usize = 4;

/// The language of a text, in so far as its inflections are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Language {
    German,
    English,
    /// Words are found as they are written.
    Other,
}

impl Language {
    /// That of a tag such as `de-AT`.
    pub(super) fn of(locale: &str) -> Self {
        match locale.split('-').next().unwrap_or_default() {
            "en" => Self::English,
            "de" => Self::German,
            _ => Self::Other,
        }
    }

    /// The term of a word as it is written in lower case.
    pub(super) fn term(self, word: &str) -> String {
        // What is no word of such a language has none of its inflections.
        let is_ours = |c: char| c.is_ascii_alphanumeric() || "äöüßéèêàâçëïîôñ".contains(c);
        if !word.chars().all(is_ours) {
            return plain(word);
        }
        match self {
            Self::English => plain(&Stemmer::create(Algorithm::English).stem(word)),
            Self::German => plain(&german(&umlauts(word))),
            Self::Other => plain(word),
        }
    }

    /// Whether the word says nothing of what a text is about.
    pub(super) fn passes_over(self, plain: &str) -> bool {
        match self {
            Self::English => ENGLISH.contains(&plain),
            Self::German => GERMAN.contains(&plain),
            Self::Other => false,
        }
    }
}

/// The German stem, down to where nothing more comes off: one step leaves `Kurse` longer than `Kurs`,
/// and `Zertifizierung` longer than `zertifizieren`.
fn german(word: &str) -> String {
    let stemmer = Stemmer::create(Algorithm::German);
    let mut stem = word.to_owned();
    for _ in 0..STEPS {
        let next = stemmer.stem(&stem).into_owned();
        if next == stem {
            break;
        }
        stem = next;
    }
    stem
}

/// Who has no umlauts writes `ae`. After some letters a `ue` is none: `neue`, `Dauer`, `Quelle`.
fn umlauts(word: &str) -> String {
    let mut mended = String::with_capacity(word.len());
    for c in word.chars() {
        let mut before = mended.chars().rev();
        let umlaut = match (c, before.next()) {
            ('e', Some('a')) => Some('ä'),
            ('e', Some('o')) => Some('ö'),
            ('e', Some('u')) if !matches!(before.next(), Some('a' | 'e' | 'q')) => Some('ü'),
            _ => None,
        };
        if umlaut.is_some() {
            mended.pop();
        }
        mended.push(umlaut.unwrap_or(c));
    }
    mended
}

/// A word in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token<'t> {
    /// As it stands there.
    pub(super) text: &'t str,
    /// Where it begins, in bytes.
    pub(super) start: usize,
}

/// The words of a text: runs of letters and digits of any script.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let is_part = |c: char| c.is_alphanumeric() || is_combining_mark(c);
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = text.get(at..)?;
        let start = at + rest.find(is_part)?;
        let rest = text.get(start..)?;
        let length = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
        at = start + length;
        Some(Token {
            text: rest.get(..length)?,
            start,
        })
    })
}

/// The words of a text as they are written, in lower case; those that nobody types are left out.
pub(super) fn words(text: &str) -> impl Iterator<Item = String> {
    tokens(text)
        .filter(|token| token.text.chars().count() <= LONGEST)
        .map(|token| lower(token.text))
}

/// The word in lower case, each letter with its accents as one.
pub(super) fn lower(word: &str) -> String {
    if word.is_ascii() {
        return word.to_ascii_lowercase();
    }
    word.to_lowercase().nfc().collect()
}

/// A word in lower case without accents.
pub(super) fn plain(word: &str) -> String {
    if word.is_ascii() {
        return word.to_owned();
    }
    let mut plain = String::with_capacity(word.len());
    for c in word.nfkd().filter(|c| !is_combining_mark(*c)) {
        match c {
            'ß' => plain.push_str("ss"),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'ø' => plain.push('o'),
            'ł' => plain.push('l'),
            'đ' => plain.push('d'),
            other => plain.push(other),
        }
    }
    plain
}

/// Backward, so that words which end alike lie side by side.
pub(super) fn backward(word: &str) -> String {
    word.chars().rev().collect()
}

const ENGLISH: [&str; 99] = [
    "a", "about", "after", "all", "also", "am", "an", "and", "any", "are", "as", "at", "be",
    "been", "before", "but", "by", "can", "could", "did", "do", "does", "for", "from", "get",
    "gets", "got", "had", "has", "have", "he", "her", "his", "how", "i", "if", "in", "into", "is",
    "it", "its", "just", "me", "more", "most", "must", "my", "no", "not", "of", "on", "once",
    "only", "or", "other", "our", "out", "s", "shall", "she", "should", "so", "some", "such", "t",
    "than", "that", "the", "their", "them", "then", "there", "these", "they", "this", "those",
    "to", "too", "up", "us", "very", "was", "we", "were", "what", "when", "where", "which",
    "while", "who", "whom", "why", "will", "with", "would", "you", "your", "yours", "yourself",
];

// Without accents, as they are compared.
const GERMAN: [&str; 112] = [
    "ab", "aber", "alle", "allem", "allen", "aller", "alles", "als", "also", "am", "an", "auch",
    "auf", "aus", "bei", "beim", "bin", "bis", "bist", "da", "damit", "dann", "das", "dass", "dem",
    "den", "der", "des", "die", "dies", "diese", "diesem", "diesen", "dieser", "dieses", "doch",
    "dort", "du", "durch", "ein", "eine", "einem", "einen", "einer", "eines", "er", "es", "etwas",
    "fur", "hat", "hatte", "hier", "ich", "ihm", "ihn", "ihnen", "ihr", "ihre", "ihrem", "ihren",
    "ihrer", "im", "in", "ins", "ist", "ja", "jede", "jeder", "jedes", "kann", "konnen", "man",
    "mein", "meine", "mit", "muss", "nach", "nicht", "noch", "nur", "ob", "oder", "ohne", "sehr",
    "sein", "seine", "sich", "sie", "sind", "so", "uber", "um", "und", "uns", "unser", "unsere",
    "unter", "vom", "von", "vor", "war", "was", "wenn", "wer", "werden", "wie", "wir", "wird",
    "wo", "zu", "zum", "zur",
];

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn same(language: Language, words: &[&str]) {
        let terms: Vec<_> = words.iter().map(|it| language.term(&lower(it))).collect();
        assert!(
            terms.iter().all(|it| *it == terms[0]),
            "{words:?}: {terms:?}"
        );
    }

    #[test]
    fn inflections_share_their_term() {
        same(Language::English, &["Course", "courses", "COURSES"]);
        same(
            Language::English,
            &["certificate", "certificates", "certification"],
        );
        same(Language::German, &["Kurs", "Kurse", "Kurses", "Kursen"]);
        same(
            Language::German,
            &["Vertrag", "Verträge", "Vertrages", "Vertraege"],
        );
        same(
            Language::German,
            &["Schulungsplan", "Schulungspläne", "Schulungsplaene"],
        );
        same(Language::German, &["Maßnahme", "Massnahmen"]);
        same(
            Language::German,
            &["Überprüfung", "Ueberpruefungen", "überprüfen"],
        );
        assert_eq!(
            umlauts("neue dauer quelle groesse"),
            "neue dauer quelle größe".replace('ß', "ss")
        );
        let certified = ["Zertifizierung", "Zertifizierungen", "zertifizieren"];
        same(Language::German, &certified);
    }

    #[test]
    fn words_end_where_letters_and_digits_do() {
        let text = "Naïve cafe\u{301}s: O'Neill's 3rd co-selling, 日本語 🚀x";
        let found: Vec<_> = words(text).collect();
        let expected = [
            "naïve",
            "cafés",
            "o",
            "neill",
            "s",
            "3rd",
            "co",
            "selling",
            "日本語",
            "x",
        ];
        assert_eq!(found, expected);
        assert_eq!(plain("cafés"), "cafes");
        assert_eq!(plain("straße"), "strasse");
        assert_eq!(words(&"x".repeat(1000)).count(), 0);
    }

    #[test]
    fn words_without_meaning_are_compared_as_they_are_told() {
        for word in ENGLISH.iter().chain(&GERMAN) {
            assert_eq!(plain(&lower(word)), *word);
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text: String) {
            for token in tokens(&text) {
                prop_assert_eq!(&text[token.start..token.start + token.text.len()], token.text);
                for language in [Language::English, Language::German, Language::Other] {
                    language.term(&lower(token.text));
                }
            }
        }
    }
}
