//! What the pages say beside the case studies, in every language of theirs.

use chrono::{DateTime, Utc};
use entity::case_study::Industry;
use serde::Serialize;

use crate::case_study::words::industry;
use crate::tongue::Tongue;

/// The words of one language.
#[derive(Debug, Serialize)]
pub(in crate::http) struct Words {
    pub(in crate::http) language: &'static str,
    case_studies: &'static str,
    case_study: &'static str,
    pub(super) none_yet: &'static str,
    pub(super) none_in_language: &'static str,
    all_languages: &'static str,
    newest: &'static str,
    older: &'static str,
    feed: &'static str,
    by: &'static str,
    customer: &'static str,
    industry: &'static str,
    region: &'static str,
    products: &'static str,
    challenge: &'static str,
    solution: &'static str,
    outcome: &'static str,
    results: &'static str,
    before: &'static str,
    after: &'static str,
    published: &'static str,
    also: &'static str,
    /// What was at the address was taken down.
    pub(in crate::http) gone: &'static str,
    /// Nothing was ever at the address.
    pub(in crate::http) nothing: &'static str,
    /// The link in a letter was cut.
    pub(in crate::http) no_link: &'static str,
    /// What a form sent cannot be taken.
    pub(in crate::http) no_answer: &'static str,
    consent_title: &'static str,
    consent_asks: &'static str,
    consent_means: &'static str,
    consent_note: &'static str,
    consent_yes: &'static str,
    consent_no: &'static str,
    consent_until: &'static str,
    consent_text: &'static str,
    given: &'static str,
    given_more: &'static str,
    given_others: &'static str,
    withdraw: &'static str,
    withdraw_note: &'static str,
    refused: &'static str,
    outdated: &'static str,
    withdrawn: &'static str,
    expired: &'static str,
}

const ENGLISH: Words = Words {
    language: "en",
    case_studies: "Case studies",
    case_study: "Case study",
    none_yet: "There are none yet.",
    none_in_language: "There are none in this language.",
    all_languages: "All languages",
    newest: "The newest ones",
    older: "Older ones",
    feed: "Atom feed",
    by: "by",
    customer: "Customer",
    industry: "Industry",
    region: "Region",
    products: "Products",
    challenge: "The challenge",
    solution: "The solution",
    outcome: "The outcome",
    results: "Measured results",
    before: "before",
    after: "after",
    published: "Published on",
    also: "Also in",
    gone: "This case study was taken down.",
    nothing: "There is no case study here.",
    no_link: "This link is not whole. Open it again from the letter.",
    no_answer: "Go back, and answer by one of the buttons. A note has at most 1,000 characters of plain text.",
    consent_title: "May this be published?",
    consent_asks: "has written about its work for you and asks whether this text may be published.",
    consent_means: "If you agree, you say for your organization that the text below may be published with your name, \
                    by the program that is named here and by the partner. You can withdraw that at any time, on this \
                    page. Nothing is published if you do not agree.",
    consent_note: "Anything that you want to say to those who wrote it (optional)",
    consent_yes: "Yes, it may be published",
    consent_no: "No, not like this",
    consent_until: "You can answer until",
    consent_text: "The text",
    given: "You have agreed that this text may be published.",
    given_more: "You can withdraw that at any time. What is published is then taken down at once.",
    given_others: "There is this text in several languages. You withdraw all of them at once:",
    withdraw: "Withdraw the consent",
    withdraw_note: "Why? (optional)",
    refused: "You have not agreed. This text is not published.",
    outdated: "This text has changed since, or you were asked anew: look for a newer letter. This version cannot be \
               answered any more.",
    withdrawn: "You have withdrawn your consent. This text is not published.",
    expired: "This link can be answered no more. This text is not published. Ask for a new letter if you want to \
              agree.",
};

const GERMAN: Words = Words {
    language: "de",
    case_studies: "Fallstudien",
    case_study: "Fallstudie",
    none_yet: "Es gibt noch keine.",
    none_in_language: "In dieser Sprache gibt es keine.",
    all_languages: "Alle Sprachen",
    newest: "Die neuesten",
    older: "Ältere",
    feed: "Atom-Feed",
    by: "von",
    customer: "Kunde",
    industry: "Branche",
    region: "Region",
    products: "Produkte",
    challenge: "Die Herausforderung",
    solution: "Die Lösung",
    outcome: "Das Ergebnis",
    results: "Gemessene Ergebnisse",
    before: "vorher",
    after: "nachher",
    published: "Veröffentlicht am",
    also: "Auch auf",
    gone: "Diese Fallstudie wurde zurückgenommen.",
    nothing: "Hier ist keine Fallstudie.",
    no_link: "Dieser Link ist nicht vollständig. Öffnen Sie ihn noch einmal aus der E-Mail.",
    no_answer: "Gehen Sie zurück und antworten Sie mit einem der Knöpfe. Eine Notiz hat höchstens 1.000 Zeichen \
                ohne Formatierung.",
    consent_title: "Darf das veröffentlicht werden?",
    consent_asks: "hat über die Arbeit für Sie geschrieben und fragt, ob dieser Text veröffentlicht werden darf.",
    consent_means: "Wenn Sie zustimmen, erklären Sie für Ihre Organisation, dass der Text unten mit Ihrem Namen \
                    veröffentlicht werden darf, durch das hier genannte Programm und durch den Partner. Sie können das \
                    jederzeit auf dieser Seite zurückziehen. Ohne Ihre Zustimmung wird nichts veröffentlicht.",
    consent_note: "Was Sie den Autoren dazu sagen möchten (freiwillig)",
    consent_yes: "Ja, das darf veröffentlicht werden",
    consent_no: "Nein, so nicht",
    consent_until: "Sie können antworten bis zum",
    consent_text: "Der Text",
    given: "Sie haben zugestimmt, dass dieser Text veröffentlicht werden darf.",
    given_more: "Sie können das jederzeit zurückziehen. Was veröffentlicht ist, wird dann sofort zurückgenommen.",
    given_others: "Es gibt diesen Text in mehreren Sprachen. Sie ziehen alle auf einmal zurück:",
    withdraw: "Zustimmung zurückziehen",
    withdraw_note: "Warum? (freiwillig)",
    refused: "Sie haben nicht zugestimmt. Dieser Text wird nicht veröffentlicht.",
    outdated: "Dieser Text wurde seitdem geändert, oder Sie wurden erneut gefragt: Sehen Sie nach einer neueren \
               E-Mail. Diese Fassung lässt sich nicht mehr beantworten.",
    withdrawn: "Sie haben Ihre Zustimmung zurückgezogen. Dieser Text ist nicht veröffentlicht.",
    expired: "Dieser Link lässt sich nicht mehr beantworten. Der Text ist nicht veröffentlicht. Bitten Sie um eine \
              neue E-Mail, wenn Sie zustimmen möchten.",
};

/// The words for a locale such as `de-AT`; English where there are none.
pub(in crate::http) fn of(locale: &str) -> &'static Words {
    if locale.split('-').next() == Some("de") {
        &GERMAN
    } else {
        &ENGLISH
    }
}

/// Languages by what they call themselves, which whoever reads them understands.
const OWN_NAMES: [(&str, &str); 28] = [
    ("ar", "العربية"),
    ("bg", "Български"),
    ("cs", "Čeština"),
    ("da", "Dansk"),
    ("de", "Deutsch"),
    ("el", "Ελληνικά"),
    ("en", "English"),
    ("es", "Español"),
    ("et", "Eesti"),
    ("fi", "Suomi"),
    ("fr", "Français"),
    ("he", "עברית"),
    ("hr", "Hrvatski"),
    ("hu", "Magyar"),
    ("it", "Italiano"),
    ("ja", "日本語"),
    ("ko", "한국어"),
    ("lt", "Lietuvių"),
    ("lv", "Latviešu"),
    ("nl", "Nederlands"),
    ("no", "Norsk"),
    ("pl", "Polski"),
    ("pt", "Português"),
    ("ro", "Română"),
    ("sk", "Slovenčina"),
    ("sl", "Slovenščina"),
    ("sv", "Svenska"),
    ("zh", "中文"),
];

/// What a language calls itself; its code where that is not known here.
pub(super) fn own_name(language: &str) -> &str {
    let known = OWN_NAMES.iter().find(|(code, _)| *code == language);
    known.map_or(language, |(_, name)| name)
}

/// The words for a page of one language, in so far as there are words in it; those for the locale
/// of the portal otherwise.
pub(super) fn that_speak(language: Option<&str>, default_locale: &str) -> &'static Words {
    let words = language.map(of);
    let words = words.filter(|words| Some(words.language) == language);
    words.unwrap_or_else(|| of(default_locale))
}

impl Words {
    /// What all of them are called.
    pub(super) fn title(&self) -> &'static str {
        self.case_studies
    }

    /// A day, such as `3 December 2026`.
    pub(in crate::http) fn day(&self, at: DateTime<Utc>) -> String {
        Tongue::of(self.language).day(at.date_naive())
    }

    /// What a customer does.
    pub(in crate::http) fn industry(&self, it: Industry) -> &'static str {
        industry(Tongue::of(self.language), it)
    }
}
