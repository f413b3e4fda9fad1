//! Pure: the questions of a step, and whether the answers will do.
//!
//! Answers are texts, whatever the question's type: the type says what such a text looks like.
//! Saving checks only that they can be kept; submitting checks everything, and reports all faults
//! with the path of the answer.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::error::Refusal;
use crate::submission::check_text;

/// The most characters of an answer in several lines, which is the most of any.
pub const LONG_TEXT: usize = 10_000;
/// The most characters of an answer in one line.
pub const TEXT: usize = 500;
/// The most characters of an address on the web.
const URL: usize = 2000;
/// The most characters of an e-mail address.
const EMAIL: usize = 254;
/// The most characters of a number.
const NUMBER: usize = 30;

/// What an answer looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum QuestionType {
    /// One line.
    Text,
    /// Several lines.
    LongText,
    /// One of the choices.
    Choice,
    /// A decimal number, such as `-1250.50`.
    Number,
    /// A day, such as `2026-11-22`.
    Date,
    /// An address on the web.
    Url,
    /// An e-mail address.
    Email,
}

/// One question of a form.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Question {
    /// Name within the form, in lower case.
    pub key: String,
    /// The question, as people read it.
    pub label: String,
    /// What an answer looks like.
    #[serde(rename = "type")]
    pub kind: QuestionType,
    /// What can be chosen, where that is the type.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<String>,
    /// Whether it must be answered.
    #[serde(default)]
    pub required: bool,
}

/// The questions of a step.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Form {
    /// In the order in which they are asked.
    pub questions: Vec<Question>,
}

/// An answer to one question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    /// Key of the question.
    pub question: String,
    /// What was answered.
    pub value: String,
}

/// Answers by question, as they are stored. What is blank is not there.
pub type Answers = BTreeMap<String, String>;

impl Form {
    /// The question of that key.
    #[must_use]
    pub fn question(&self, key: &str) -> Option<&Question> {
        self.questions.iter().find(|question| question.key == key)
    }

    /// Answers that can be kept, though they may not do yet; or all that keeps them from it.
    ///
    /// # Errors
    /// `UNKNOWN_QUESTION`, `DUPLICATE`, `TOO_LONG`, `INVALID_TEXT`, each with its path.
    pub fn keep(&self, answers: &[Answer]) -> Result<Answers, Vec<Refusal>> {
        let mut kept = Answers::new();
        let mut seen = Vec::new();
        let mut faults = Vec::new();
        for (index, answer) in answers.iter().enumerate() {
            let path = format!("answers.{index}.value");
            if self.question(&answer.question).is_none() {
                let message = "The form of this step asks no such question.";
                let refusal = Refusal::new("UNKNOWN_QUESTION", message);
                faults.push(refusal.at(&format!("answers.{index}.question")));
                continue;
            }
            if seen.contains(&answer.question.as_str()) {
                let message = "This question is answered twice.";
                let refusal = Refusal::new("DUPLICATE", message);
                faults.push(refusal.at(&format!("answers.{index}.question")));
                continue;
            }
            seen.push(&answer.question);
            let value = answer.value.trim();
            if let Some(fault) = check_text(value, LONG_TEXT, &path) {
                faults.push(fault);
            } else if !value.is_empty() {
                kept.insert(answer.question.clone(), value.to_owned());
            }
        }
        if faults.is_empty() {
            Ok(kept)
        } else {
            Err(faults)
        }
    }

    /// All that keeps the answers from being submitted. `sent` are those of the input, for the
    /// paths; what is missing there is told by the question's key.
    #[must_use]
    pub fn faults(&self, answers: &Answers, sent: &[Answer]) -> Vec<Refusal> {
        let path = |key: &str| match sent.iter().position(|answer| answer.question == key) {
            Some(index) => format!("answers.{index}.value"),
            None => format!("answers.{key}"),
        };
        self.questions
            .iter()
            .filter_map(|question| {
                let fault = match answers.get(&question.key) {
                    None if question.required => {
                        let message = format!("`{}` must be answered.", question.label);
                        Refusal::new("REQUIRED", message)
                    }
                    None => return None,
                    Some(value) => question.fault(value)?,
                };
                Some(fault.at(&path(&question.key)))
            })
            .collect()
    }
}

impl Question {
    /// Why the value is no answer to this question.
    fn fault(&self, value: &str) -> Option<Refusal> {
        let most = match self.kind {
            QuestionType::LongText => LONG_TEXT,
            QuestionType::Url => URL,
            QuestionType::Email => EMAIL,
            QuestionType::Number => NUMBER,
            QuestionType::Text | QuestionType::Choice | QuestionType::Date => TEXT,
        };
        if let Some(fault) = check_text(value, most, "") {
            return Some(fault);
        }
        let wrong = match self.kind {
            QuestionType::LongText => return None,
            QuestionType::Text => value
                .contains(['\n', '\r'])
                .then(|| "Answer in one line.".to_owned()),
            QuestionType::Choice => (!self.choices.iter().any(|choice| choice == value))
                .then(|| format!("Choose one of: {}.", self.choices.join(", "))),
            QuestionType::Number => {
                (!is_number(value)).then(|| "Write a number such as 1250 or -12.50.".to_owned())
            }
            QuestionType::Date => (!is_date(value))
                .then(|| "Write a day as year-month-day, such as 2026-11-22.".to_owned()),
            QuestionType::Url => (!is_url(value))
                .then(|| "Write an address that begins with https:// or http://.".to_owned()),
            QuestionType::Email => {
                (!is_email(value)).then(|| "Write one e-mail address.".to_owned())
            }
        };
        wrong.map(|message| Refusal::new("INVALID_ANSWER", message))
    }
}

/// Digits, with a sign before and a fraction behind if need be.
fn is_number(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let text = text.strip_prefix('-').unwrap_or(text);
    match text.split_once('.') {
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => digits(text),
    }
}

/// A day of the calendar, written in full.
fn is_date(text: &str) -> bool {
    text.len() == 10 && NaiveDate::parse_from_str(text, "%Y-%m-%d").is_ok()
}

/// An address that a browser opens.
pub(super) fn is_url(text: &str) -> bool {
    url::Url::parse(text)
        .is_ok_and(|url| matches!(url.scheme(), "https" | "http") && url.has_host())
}

/// One address with a domain. Whether it exists, only a letter can tell.
fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else {
        return false;
    };
    let plain = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| !c.is_whitespace() && !matches!(c, '@' | ',' | ';' | '<' | '>' | '"'))
    };
    let labels = domain.split('.').all(|label| !label.is_empty());
    plain(local) && plain(domain) && labels && domain.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn question(key: &str, kind: QuestionType, required: bool) -> Question {
        Question {
            key: key.to_owned(),
            label: key.to_uppercase(),
            kind,
            choices: if kind == QuestionType::Choice {
                vec!["one".to_owned(), "two".to_owned()]
            } else {
                Vec::new()
            },
            required,
        }
    }

    fn form() -> Form {
        Form {
            questions: vec![
                question("name", QuestionType::Text, true),
                question("pitch", QuestionType::LongText, false),
                question("size", QuestionType::Choice, true),
                question("turnover", QuestionType::Number, false),
                question("founded", QuestionType::Date, false),
                question("site", QuestionType::Url, false),
                question("mail", QuestionType::Email, false),
            ],
        }
    }

    fn answers(pairs: &[(&str, &str)]) -> Vec<Answer> {
        pairs
            .iter()
            .map(|(question, value)| Answer {
                question: (*question).to_owned(),
                value: (*value).to_owned(),
            })
            .collect()
    }

    fn told(faults: &[Refusal]) -> Vec<(&'static str, String)> {
        faults
            .iter()
            .map(|fault| (fault.code, fault.field.join(".")))
            .collect()
    }

    #[test]
    fn good_answers_will_do() {
        let sent = answers(&[
            ("name", " Nordwind GmbH "),
            ("pitch", "One line.\nAnother."),
            ("size", "two"),
            ("turnover", "-1250.50"),
            ("founded", "1998-02-28"),
            ("site", "https://nordwind.example/a?b#c"),
            ("mail", "ana.berg+portal@nordwind.example"),
        ]);
        let kept = form().keep(&sent).unwrap();
        assert_eq!(kept["name"], "Nordwind GmbH");
        assert_eq!(told(&form().faults(&kept, &sent)), []);
    }

    #[test]
    fn all_bad_answers_are_told_with_their_paths() {
        let sent = answers(&[
            ("name", "two\nlines"),
            ("turnover", "1.000,50"),
            ("founded", "2023-02-29"),
            ("site", "javascript:alert(1)"),
            ("mail", "ana@nordwind"),
        ]);
        let kept = form().keep(&sent).unwrap();
        assert_eq!(
            told(&form().faults(&kept, &sent)),
            [
                ("INVALID_ANSWER", "answers.0.value".to_owned()),
                ("REQUIRED", "answers.size".to_owned()),
                ("INVALID_ANSWER", "answers.1.value".to_owned()),
                ("INVALID_ANSWER", "answers.2.value".to_owned()),
                ("INVALID_ANSWER", "answers.3.value".to_owned()),
                ("INVALID_ANSWER", "answers.4.value".to_owned()),
            ]
        );
    }

    #[test]
    fn a_draft_may_be_unfinished_but_not_foreign() {
        let unfinished = answers(&[("founded", "19"), ("name", "  ")]);
        let kept = form().keep(&unfinished).unwrap();
        assert_eq!(
            kept,
            Answers::from([("founded".to_owned(), "19".to_owned())])
        );
        let foreign = answers(&[
            ("name", "a"),
            ("shoe-size", "44"),
            ("name", "b"),
            ("pitch", "a\0b"),
        ]);
        assert_eq!(
            told(&form().keep(&foreign).unwrap_err()),
            [
                ("UNKNOWN_QUESTION", "answers.1.question".to_owned()),
                ("DUPLICATE", "answers.2.question".to_owned()),
                ("INVALID_TEXT", "answers.3.value".to_owned()),
            ]
        );
    }

    proptest! {
        #[test]
        fn any_text_is_answered_without_a_panic(value in "\\PC*", key in "[a-z]{4,8}") {
            let sent = answers(&[(&key, &value), ("name", &value), ("mail", &value), ("site", &value)]);
            if let Ok(kept) = form().keep(&sent) {
                let _ = form().faults(&kept, &sent);
            }
        }
    }
}
