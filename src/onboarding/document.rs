//! A plan as a document: what people write, by the API or as a YAML file.
//!
//! Reading a file stops at the first place that cannot be understood and tells its line and
//! column; what can be understood is then checked as a whole, and every fault is told.

use std::collections::{BTreeMap, BTreeSet};

use entity::partner::PartnerKind;
use entity::plan_step::Performer;
use serde::{Deserialize, Serialize};

use super::flow;
use super::form::{Form, Question, QuestionType};
use super::rules::{Rule, misfit};
use crate::error::{Error, Refusal, Result};
use crate::submission::check_text;

/// The most steps of a plan.
pub const STEPS: usize = 100;
/// The most questions of a form.
pub const QUESTIONS: usize = 50;
/// The most choices of a question.
pub const CHOICES: usize = 50;
/// The most days to a due date: ten years.
pub const DUE_DAYS: u32 = 3660;
/// The most members that a rule can ask for.
pub const MEMBERS: u32 = 1000;
/// The most characters of a name, a title, a label.
pub const TITLE: usize = 200;
/// The most characters of a key or a slug.
pub const KEY: usize = 64;
/// The most characters of a step's instructions.
pub const INSTRUCTIONS: usize = 10_000;
/// The most regions that a plan can name.
const REGIONS: usize = 100;
/// The most bytes of a file.
const FILE: usize = 1 << 20;

/// The codes of the refusals of a document.
pub const CODES: &[&str] = &[
    "INVALID_YAML",
    "REQUIRED",
    "TOO_LONG",
    "TOO_MANY",
    "INVALID_TEXT",
    "INVALID_KEY",
    "INVALID_LOCALE",
    "DUPLICATE",
    "UNKNOWN_STEP",
    "CYCLE",
    "MISFIT",
    "OUT_OF_RANGE",
    "FORM_MISSING",
    "FORM_NOT_ASKED",
    "CHOICES_MISSING",
    "CHOICES_NOT_ASKED",
];

/// An onboarding plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Document {
    /// Short name in lower case: versions of the same plan share it.
    pub slug: String,
    /// Name.
    pub name: String,
    /// Language of its texts.
    pub locale: String,
    /// Partner kinds that it is for; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<PartnerKind>,
    /// Regions that it is for; empty for all.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
    /// What is to be done, in the order in which it is shown.
    pub steps: Vec<Step>,
}

/// One step of a plan.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Step {
    /// Name within the plan, in lower case.
    pub key: String,
    /// What is to be done.
    pub title: String,
    /// How, as Markdown.
    #[serde(default)]
    pub instructions: String,
    /// Who does it.
    pub performer: Performer,
    /// Days from approval to the due date.
    pub due_days: u32,
    /// Keys of the steps that come first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub requires: Vec<String>,
    /// When it is done.
    pub rule: Rule,
    /// The questions to answer, where the rule asks for a form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<Form>,
    /// Whether staff sign off what is submitted.
    #[serde(default)]
    pub needs_review: bool,
}

impl Document {
    /// Reads a plan from YAML and checks it.
    ///
    /// # Errors
    /// `INVALID_YAML` at `document`, with line and column; otherwise all that [`Self::check`] finds.
    pub fn from_yaml(text: &str) -> Result<Self> {
        let refuse = |message: String| Refusal::new("INVALID_YAML", message).at("document");
        if text.len() > FILE {
            return Err(refuse(format!("A plan has at most {FILE} bytes.")).into());
        }
        let options = serde_saphyr::options! { with_snippet: false };
        let document: Self = serde_saphyr::from_str_with_options(text, options)
            .map_err(|error| refuse(error.to_string()))?;
        document.check()?;
        Ok(document)
    }

    /// Writes it as YAML.
    ///
    /// # Errors
    /// A fault where it cannot be written, which no document that was checked can cause.
    pub fn to_yaml(&self) -> Result<String> {
        serde_saphyr::to_string(self).map_err(|error| Error::fault(error.to_string()))
    }

    /// Whether partners can go through it.
    ///
    /// # Errors
    /// Every fault, with its path.
    pub fn check(&self) -> Result<()> {
        let mut faults = Faults::default();
        faults.key(&self.slug, "slug");
        faults.line(&self.name, TITLE, "name");
        if !is_locale(&self.locale) {
            let message = "Write the language as a tag such as `en` or `de-AT`.";
            faults.add("INVALID_LOCALE", message, "locale");
        }
        faults.distinct(self.kinds.iter(), "kinds");
        faults.at_most(self.regions.len(), REGIONS, "regions");
        faults.distinct(self.regions.iter(), "regions");
        for (index, region) in self.regions.iter().enumerate() {
            faults.line(region, KEY, &format!("regions.{index}"));
        }
        if self.steps.is_empty() {
            faults.add("REQUIRED", "A plan has at least one step.", "steps");
        }
        faults.at_most(self.steps.len(), STEPS, "steps");
        let keys: BTreeSet<&str> = self.steps.iter().map(|step| step.key.as_str()).collect();
        faults.distinct_at(self.steps.iter().map(|step| &step.key), "steps", "key");
        for (index, step) in self.steps.iter().enumerate() {
            step.check(&keys, &format!("steps.{index}"), &mut faults);
        }
        self.check_order(&mut faults);
        faults.result()
    }

    /// Steps that wait for each other would wait for ever.
    fn check_order(&self, faults: &mut Faults) {
        let requires: BTreeMap<&str, Vec<&str>> = self
            .steps
            .iter()
            .map(|step| {
                let keys = step.requires.iter().map(String::as_str);
                (step.key.as_str(), keys.collect())
            })
            .collect();
        if let Some(cycle) = flow::cycle(&requires) {
            let way = cycle.join(" → ");
            let message = format!("These steps wait for each other: {way}.");
            faults.add("CYCLE", message, "steps");
        }
    }
}

impl Step {
    fn check(&self, keys: &BTreeSet<&str>, path: &str, faults: &mut Faults) {
        let at = |field: &str| format!("{path}.{field}");
        faults.key(&self.key, &at("key"));
        faults.line(&self.title, TITLE, &at("title"));
        faults.text(&self.instructions, INSTRUCTIONS, &at("instructions"));
        if self.due_days > DUE_DAYS {
            let message = format!("At most {DUE_DAYS} days.");
            faults.add("OUT_OF_RANGE", message, &at("dueDays"));
        }
        faults.distinct(self.requires.iter(), &at("requires"));
        for (index, key) in self.requires.iter().enumerate() {
            if !keys.contains(key.as_str()) {
                let message = format!("The plan has no step `{key}`.");
                faults.add("UNKNOWN_STEP", message, &at(&format!("requires.{index}")));
            }
        }
        if let Some(why) = misfit(self.performer, &self.rule, self.needs_review) {
            faults.add("MISFIT", why, &at("rule"));
        }
        self.check_rule(&at("rule"), faults);
        match (&self.rule, &self.form) {
            (Rule::FormFilled {}, None) => {
                let message = "The rule asks for a form: write its questions.";
                faults.add("FORM_MISSING", message, &at("form"));
            }
            (Rule::FormFilled {}, Some(form)) => form.check(&at("form"), faults),
            (_, Some(_)) => {
                let message = "The rule asks for no form: leave it out, or use FORM_FILLED.";
                faults.add("FORM_NOT_ASKED", message, &at("form"));
            }
            (_, None) => {}
        }
    }

    fn check_rule(&self, path: &str, faults: &mut Faults) {
        let at = |field: &str| format!("{path}.{field}");
        let members = match &self.rule {
            Rule::FormFilled {} | Rule::ManualSignOff {} => return,
            Rule::AgreementAccepted { agreement, version } => {
                faults.key(agreement, &at("agreement"));
                return faults.line(version, KEY, &at("version"));
            }
            Rule::MeetingHeld { meeting } => return faults.key(meeting, &at("meeting")),
            Rule::DocumentUploaded { document } => return faults.key(document, &at("document")),
            Rule::CourseCompleted { course, members } => {
                faults.key(course, &at("course"));
                members
            }
            Rule::CertificateHeld {
                certification,
                members,
            } => {
                faults.key(certification, &at("certification"));
                members
            }
        };
        if !(1..=MEMBERS).contains(members) {
            let message = format!("Between 1 and {MEMBERS} members.");
            faults.add("OUT_OF_RANGE", message, &at("members"));
        }
    }
}

impl Form {
    fn check(&self, path: &str, faults: &mut Faults) {
        let questions = format!("{path}.questions");
        if self.questions.is_empty() {
            let message = "A form asks at least one question.";
            faults.add("FORM_MISSING", message, &questions);
        }
        faults.at_most(self.questions.len(), QUESTIONS, &questions);
        let keys = self.questions.iter().map(|question| &question.key);
        faults.distinct_at(keys, &questions, "key");
        for (index, question) in self.questions.iter().enumerate() {
            question.check(&format!("{questions}.{index}"), faults);
        }
    }
}

impl Question {
    fn check(&self, path: &str, faults: &mut Faults) {
        let at = |field: &str| format!("{path}.{field}");
        faults.key(&self.key, &at("key"));
        faults.line(&self.label, TITLE, &at("label"));
        match (self.kind == QuestionType::Choice, self.choices.is_empty()) {
            (true, true) => {
                let message = "Say what can be chosen.";
                faults.add("CHOICES_MISSING", message, &at("choices"));
            }
            (false, false) => {
                let message = "Only a question of the type CHOICE has choices.";
                faults.add("CHOICES_NOT_ASKED", message, &at("choices"));
            }
            (true, false) | (false, true) => {}
        }
        faults.at_most(self.choices.len(), CHOICES, &at("choices"));
        faults.distinct(self.choices.iter(), &at("choices"));
        for (index, choice) in self.choices.iter().enumerate() {
            faults.line(choice, TITLE, &at(&format!("choices.{index}")));
        }
    }
}

/// What was found so far.
#[derive(Debug, Default)]
struct Faults(Vec<Refusal>);

impl Faults {
    fn add(
        &mut self,
        code: &'static str,
        message: impl Into<std::borrow::Cow<'static, str>>,
        at: &str,
    ) {
        self.0.push(Refusal::new(code, message).at(at));
    }

    fn result(self) -> Result<()> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(Error::Refused(self.0))
        }
    }

    /// A name in lower case that can stand in a path.
    fn key(&mut self, text: &str, at: &str) {
        let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        let good = text.len() <= KEY
            && text.starts_with(plain)
            && text.ends_with(plain)
            && text.chars().all(|c| plain(c) || c == '-');
        if !good {
            let message = format!(
                "Write a name of a-z, 0-9 and hyphens inside, at most {KEY} characters long."
            );
            self.add("INVALID_KEY", message, at);
        }
    }

    /// One line that says something.
    fn line(&mut self, text: &str, most: usize, at: &str) {
        if text.trim().is_empty() {
            self.add("REQUIRED", "This must not be empty.", at);
        } else if text.contains(['\n', '\r']) {
            self.add("INVALID_TEXT", "Write it in one line.", at);
        } else {
            self.text(text, most, at);
        }
    }

    fn text(&mut self, text: &str, most: usize, at: &str) {
        self.0.extend(check_text(text, most, at));
    }

    fn at_most(&mut self, count: usize, most: usize, at: &str) {
        if count > most {
            let message = format!("At most {most}; these are {count}.");
            self.add("TOO_MANY", message, at);
        }
    }

    fn distinct<T: Ord>(&mut self, items: impl Iterator<Item = T>, path: &str) {
        self.each_once(items, |index| format!("{path}.{index}"));
    }

    fn distinct_at<T: Ord>(&mut self, items: impl Iterator<Item = T>, path: &str, field: &str) {
        self.each_once(items, |index| format!("{path}.{index}.{field}"));
    }

    fn each_once<T: Ord>(
        &mut self,
        items: impl Iterator<Item = T>,
        path: impl Fn(usize) -> String,
    ) {
        let mut seen = BTreeSet::new();
        for (index, item) in items.enumerate() {
            if !seen.insert(item) {
                self.add("DUPLICATE", "This is named twice.", &path(index));
            }
        }
    }
}

/// A language tag with letters and digits between hyphens, such as `en`, `de-AT` or `zh-Hant-TW`.
fn is_locale(text: &str) -> bool {
    let mut parts = text.split('-');
    let language = parts.next().unwrap_or_default();
    let letters = language.chars().all(|c| c.is_ascii_lowercase());
    letters
        && (2..=3).contains(&language.len())
        && text.len() <= 35
        && parts.all(|part| {
            (1..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric())
        })
}
