//! The questions of a quiz, as a course's document says them, and which answers are right.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

use crate::document::Faults;

/// The most pools of a quiz.
pub const POOLS: usize = 50;
/// The most questions of a quiz, over all of its pools.
pub const QUESTIONS: usize = 500;
/// The most choices of a question.
pub const CHOICES: usize = 20;
/// The most texts that are accepted as the answer of a question.
pub const ACCEPTED: usize = 20;
/// The most points for a question.
pub const POINTS: u32 = 100;
/// The most attempts that can be counted.
pub const ATTEMPTS: u32 = 100;
/// The longest wait between two attempts, in minutes: a year.
pub const COOL_DOWN: u32 = 366 * 24 * 60;
/// The longest time to answer in, in minutes: a day.
pub const TIME_LIMIT: u32 = 24 * 60;
/// The most characters of a question.
pub const TEXT: usize = 5000;
/// The most characters of a choice.
pub const CHOICE: usize = 1000;
/// The most characters of a short answer.
pub const ANSWER: usize = 200;
/// The most characters of what is told after a question was answered.
pub const FEEDBACK: usize = 2000;

/// Questions, and the terms on which they are asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Quiz {
    /// Whether a certificate can depend on it.
    #[serde(default)]
    pub exam: bool,
    /// Share of the points that it takes to pass, in per cent.
    pub pass_percent: u32,
    /// How often it may be tried; none for as often as one likes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    /// Minutes from one attempt to the next.
    #[serde(default)]
    pub cool_down_minutes: u32,
    /// Minutes to answer in; none for as many as one likes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_limit_minutes: Option<u32>,
    /// Whether questions and choices are asked in another order each time.
    #[serde(default = "yes")]
    pub shuffle: bool,
    /// Where the questions are drawn from.
    pub pools: Vec<Pool>,
}

/// Questions of which some are asked each time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Pool {
    /// How many of them are asked; none for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub draw: Option<u32>,
    /// The questions.
    pub questions: Vec<Question>,
}

/// How a question is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum QuestionKind {
    /// By the one choice that is right.
    Single,
    /// By all choices that are right, and no others.
    Multiple,
    /// By yes or no.
    TrueFalse,
    /// By a few words.
    ShortAnswer,
}

/// One question, with what is right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Question {
    /// Name within the quiz, in lower case.
    pub key: String,
    /// The question, as Markdown.
    pub text: String,
    /// How it is answered.
    pub kind: QuestionKind,
    /// What can be chosen, where it is answered so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<Choice>,
    /// Whether it is true, where that is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<bool>,
    /// Words of which any will do, where it is answered in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub accepted: Vec<String>,
    /// What the right answer is worth.
    #[serde(default = "one")]
    pub points: u32,
    /// What is told after it was answered, as Markdown.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub feedback: String,
}

/// One thing that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Choice {
    /// Name within the question, in lower case.
    pub key: String,
    /// What it says, as Markdown.
    pub text: String,
    /// Whether it is right.
    #[serde(default)]
    pub correct: bool,
}

fn yes() -> bool {
    true
}

fn one() -> u32 {
    1
}

/// Words as they are compared: compatible signs, case, white space and a full stop or an
/// exclamation mark at the end make no difference.
#[must_use]
pub fn normalize(words: &str) -> String {
    // Lower case can come apart again, so it is put together afterwards.
    let lower = words.nfkc().collect::<String>().to_lowercase();
    let whole: String = lower.nfkc().collect();
    let end = |c: char| c.is_whitespace() || matches!(c, '.' | '!');
    let words = whole.trim_end_matches(end).split_whitespace();
    words.collect::<Vec<_>>().join(" ")
}

impl Quiz {
    pub(super) fn check(&self, path: &str, faults: &mut Faults) {
        let at = |field: &str| format!("{path}.{field}");
        faults.within(self.pass_percent, 1..=100, &at("passPercent"));
        if let Some(attempts) = self.attempts {
            faults.within(attempts, 1..=ATTEMPTS, &at("attempts"));
        }
        faults.within(
            self.cool_down_minutes,
            0..=COOL_DOWN,
            &at("coolDownMinutes"),
        );
        if let Some(minutes) = self.time_limit_minutes {
            faults.within(minutes, 1..=TIME_LIMIT, &at("timeLimitMinutes"));
        }
        if self.pools.is_empty() {
            let message = "A quiz has at least one pool of questions.";
            faults.add("REQUIRED", message, &at("pools"));
        }
        faults.at_most(self.pools.len(), POOLS, &at("pools"));
        let questions: usize = self.pools.iter().map(|pool| pool.questions.len()).sum();
        if questions > QUESTIONS {
            let message =
                format!("At most {QUESTIONS} questions in a quiz; these are {questions}.");
            faults.add("TOO_MANY", message, &at("pools"));
        }
        faults.each_once(self.pools.iter().enumerate().flat_map(|(index, pool)| {
            let path = at(&format!("pools.{index}.questions"));
            let keys = pool.questions.iter().map(|question| &question.key);
            keys.enumerate()
                .map(move |(index, key)| (key, format!("{path}.{index}.key")))
        }));
        for (index, pool) in self.pools.iter().enumerate() {
            pool.check(&at(&format!("pools.{index}")), faults);
        }
    }
}

impl Pool {
    fn check(&self, path: &str, faults: &mut Faults) {
        if self.questions.is_empty() {
            let message = "A pool has at least one question.";
            faults.add("REQUIRED", message, &format!("{path}.questions"));
        } else if let Some(draw) = self.draw {
            let all = u32::try_from(self.questions.len()).unwrap_or(u32::MAX);
            faults.within(draw, 1..=all, &format!("{path}.draw"));
        }
        for (index, question) in self.questions.iter().enumerate() {
            question.check(&format!("{path}.questions.{index}"), faults);
        }
    }
}

impl Question {
    fn check(&self, path: &str, faults: &mut Faults) {
        let at = |field: &str| format!("{path}.{field}");
        faults.key(&self.key, &at("key"));
        faults.words(&self.text, TEXT, &at("text"));
        faults.within(self.points, 1..=POINTS, &at("points"));
        faults.text(&self.feedback, FEEDBACK, &at("feedback"));
        let chosen = matches!(self.kind, QuestionKind::Single | QuestionKind::Multiple);
        if chosen {
            self.check_choices(&at("choices"), faults);
        } else if !self.choices.is_empty() {
            let message = "Only questions of the kinds SINGLE and MULTIPLE have choices.";
            faults.add("MISFIT", message, &at("choices"));
        }
        match (self.kind == QuestionKind::TrueFalse, self.answer) {
            (true, None) => {
                let message = "Say whether it is true.";
                faults.add("ANSWER_MISSING", message, &at("answer"));
            }
            (false, Some(_)) => {
                let message = "Only a question of the kind TRUE_FALSE has an answer of its own.";
                faults.add("MISFIT", message, &at("answer"));
            }
            (true, Some(_)) | (false, None) => {}
        }
        if self.kind == QuestionKind::ShortAnswer {
            self.check_accepted(&at("accepted"), faults);
        } else if !self.accepted.is_empty() {
            let message = "Only a question of the kind SHORT_ANSWER accepts words.";
            faults.add("MISFIT", message, &at("accepted"));
        }
    }

    fn check_choices(&self, path: &str, faults: &mut Faults) {
        if self.choices.len() < 2 {
            let message = "Say what can be chosen: at least two choices.";
            return faults.add("CHOICES_MISSING", message, path);
        }
        faults.at_most(self.choices.len(), CHOICES, path);
        let correct = self.choices.iter().filter(|choice| choice.correct).count();
        if correct == 0 {
            faults.add("ANSWER_MISSING", "Say which choice is right.", path);
        } else if correct > 1 && self.kind == QuestionKind::Single {
            let message = format!("One choice is right where the kind is SINGLE, not {correct}.");
            faults.add("TOO_MANY", message, path);
        }
        faults.distinct_at(self.choices.iter().map(|choice| &choice.key), path, "key");
        for (index, choice) in self.choices.iter().enumerate() {
            faults.key(&choice.key, &format!("{path}.{index}.key"));
            faults.words(&choice.text, CHOICE, &format!("{path}.{index}.text"));
        }
    }

    fn check_accepted(&self, path: &str, faults: &mut Faults) {
        if self.accepted.is_empty() {
            let message = "Say which words are right.";
            return faults.add("ANSWER_MISSING", message, path);
        }
        faults.at_most(self.accepted.len(), ACCEPTED, path);
        faults.distinct(self.accepted.iter().map(|words| normalize(words)), path);
        for (index, words) in self.accepted.iter().enumerate() {
            let at = format!("{path}.{index}");
            if !words.trim().is_empty() && normalize(words).is_empty() {
                let message = "This says nothing once the signs at its end are dropped.";
                faults.add("INVALID_TEXT", message, &at);
            } else {
                faults.line(words, ANSWER, &at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_that_mean_the_same_compare_the_same() {
        let told = [
            ("Least  Privilege.", "least privilege"),
            ("\tleast\u{a0}privilege !", "least privilege"),
            ("ﬁle", "file"),
            ("Ｔ１", "t1"),
            ("Cafe\u{301}", "café"),
            ("99.9", "99.9"),
            ("etc...", "etc"),
            (" .! ", ""),
        ];
        for (words, normal) in told {
            assert_eq!(normalize(words), normal, "{words:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_normal_stays_as_it_is(words in "\\PC*") {
            let normal = normalize(&words);
            prop_assert_eq!(normalize(&normal), normal);
        }
    }
}
