//! A plan as a document: what people write, by the API or as a YAML file.

use std::collections::{BTreeMap, BTreeSet};

use entity::partner::PartnerKind;
use entity::plan_step::Performer;
use serde::{Deserialize, Serialize};

use super::flow;
use super::form::{Question, QuestionType};
use super::rules::{Rule, misfit};
use crate::document::{self, Faults, KEY, TITLE};
use crate::error::Result;

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
/// The most characters of a step's instructions.
pub const INSTRUCTIONS: usize = 10_000;
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
    "UNKNOWN_REGION",
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
    /// The questions of its form, where the rule asks for one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub questions: Vec<Question>,
    /// Whether staff sign off what is submitted.
    #[serde(default)]
    pub needs_review: bool,
}

impl Document {
    /// Reads a plan from YAML; whether it is a good one [`Self::check`] says.
    ///
    /// # Errors
    /// `INVALID_YAML`, with line and column.
    pub fn from_yaml(text: &str) -> Result<Self> {
        document::from_yaml(text, FILE)
    }

    /// Writes it as YAML.
    ///
    /// # Errors
    /// A fault where it cannot be written, which no document that was checked can cause.
    pub fn to_yaml(&self) -> Result<String> {
        document::to_yaml(self)
    }

    /// Whether partners of these regions can go through it.
    ///
    /// # Errors
    /// Every fault, with its path.
    pub fn check(&self, regions: &[String]) -> Result<()> {
        let mut faults = Faults::default();
        faults.key(&self.slug, "slug");
        faults.line(&self.name, TITLE, "name");
        faults.locale(&self.locale, "locale");
        faults.distinct(self.kinds.iter(), "kinds");
        faults.regions(&self.regions, regions, "regions");
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
        // Of steps that share a key by mistake, all count.
        let mut requires: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for step in &self.steps {
            let keys = step.requires.iter().map(String::as_str);
            requires.entry(&step.key).or_default().extend(keys);
        }
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
        match (self.rule == Rule::FormFilled {}, self.questions.is_empty()) {
            (true, true) => {
                let message = "The rule asks for a form: write its questions.";
                faults.add("FORM_MISSING", message, &at("questions"));
            }
            (false, false) => {
                let message = "The rule asks for no form: leave them out, or use FORM_FILLED.";
                faults.add("FORM_NOT_ASKED", message, &at("questions"));
            }
            (true, false) | (false, true) => {}
        }
        self.check_questions(&at("questions"), faults);
    }

    fn check_questions(&self, path: &str, faults: &mut Faults) {
        faults.at_most(self.questions.len(), QUESTIONS, path);
        let keys = self.questions.iter().map(|question| &question.key);
        faults.distinct_at(keys, path, "key");
        for (index, question) in self.questions.iter().enumerate() {
            question.check(&format!("{path}.{index}"), faults);
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

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::super::plan::SAMPLES;
    use super::*;
    use crate::error::Error;

    /// Reads and checks, where EMEA is the only region.
    fn checked(text: &str) -> Result<Document> {
        let plan = Document::from_yaml(text)?;
        plan.check(&["EMEA".to_owned()])?;
        Ok(plan)
    }

    /// Code and path of each fault.
    fn told(result: Result<impl Sized>) -> Vec<(&'static str, String)> {
        match result {
            Ok(_) => Vec::new(),
            Err(Error::Refused(faults)) => faults
                .into_iter()
                .map(|fault| (fault.code, fault.field.join(".")))
                .collect(),
            Err(other) => panic!("{other}"),
        }
    }

    fn message(text: &str) -> String {
        match checked(text) {
            Err(Error::Refused(faults)) => faults[0].message.to_string(),
            other => panic!("{other:?}"),
        }
    }

    const SMALL: &str = "slug: small\nname: Small\nlocale: en\nsteps:\n";

    /// A small plan with these steps, each on a line of its own.
    fn with_steps(steps: &[&str]) -> String {
        steps.iter().fold(SMALL.to_owned(), |text, step| {
            text + "  - {title: T, performer: VENDOR, dueDays: 1, rule: {kind: MANUAL_SIGN_OFF}, "
                + step
                + "}\n"
        })
    }

    #[test]
    fn the_samples_are_good_plans_with_every_rule() {
        for text in SAMPLES {
            let plan = checked(text).unwrap();
            assert!((8..=10).contains(&plan.steps.len()), "{}", plan.slug);
            let mut rules: Vec<_> = plan.steps.iter().map(|step| step.rule.kind()).collect();
            rules.sort_unstable();
            rules.dedup();
            assert_eq!(rules.len(), 7, "{}: {rules:?}", plan.slug);
        }
    }

    #[test]
    fn a_sample_and_its_translation_differ_in_words_only() {
        for pair in SAMPLES.chunks(2) {
            let plan = |text| checked(text).unwrap();
            let (one, other) = (plan(pair[0]), plan(pair[1]));
            assert_eq!(one.kinds, other.kinds);
            assert_eq!(one.steps.len(), other.steps.len());
            for (one, mut other) in one.steps.into_iter().zip(other.steps) {
                other.title.clone_from(&one.title);
                other.instructions.clone_from(&one.instructions);
                let asked = |step: &Step| {
                    let questions = step.questions.clone().into_iter();
                    questions
                        .map(|it| (it.key, it.kind, it.choices.len(), it.required))
                        .collect::<Vec<_>>()
                };
                assert_eq!(asked(&one), asked(&other), "{}", one.key);
                other.questions.clone_from(&one.questions);
                assert_eq!(one, other);
            }
        }
    }

    #[test]
    fn what_is_written_as_yaml_reads_the_same() {
        for text in SAMPLES {
            let plan = checked(text).unwrap();
            let again = checked(&plan.to_yaml().unwrap()).unwrap();
            assert_eq!(plan, again);
        }
    }

    #[test]
    fn texts_survive_being_written_as_yaml() {
        let mut plan = checked(SAMPLES[0]).unwrap();
        for text in [
            "yes",
            "no",
            "null",
            "~",
            "1.0",
            "2026-01-01",
            "- a: [b",
            "# no comment",
            "a\nb\n\n  c  \n",
            " lead and trail ",
            "\"quoted\" 'twice' \\ : %",
            "&anchor *alias !tag",
            "\u{1f600} äöü",
            "tab\there",
        ] {
            text.clone_into(&mut plan.steps[0].instructions);
            let again = checked(&plan.to_yaml().unwrap()).unwrap();
            assert_eq!(again.steps[0].instructions, text);
        }
    }

    #[test]
    fn a_file_that_cannot_be_read_tells_line_and_column() {
        let step = |rest: &str| format!("{SMALL}  - key: a\n    title: A\n{rest}");
        let told = [
            message("slug: a\nname: [b\n"),
            message("slug: a\nname: b\nlocal: en\nsteps: []\n"),
            message("slug: a\nslug: b\n"),
            message(&step("    performer: ME\n")),
            message(&step("    rule: {kind: FORM_FILED}\n")),
            message(&step("    rule: {kind: MEETING_HELD, meating: kickoff}\n")),
        ];
        insta::assert_snapshot!(told.join("\n"), @r"
        Write one value, such as a text or a number. (line 2, column 7)
        There is no field `local`. Is `locale` meant? (line 3, column 1)
        `slug` is written twice. (line 2, column 1)
        There is no `ME`. There are PARTNER, SYSTEM, VENDOR. (line 7, column 16)
        There is no `FORM_FILED`. Is `FORM_FILLED` meant? (line 7, column 12)
        There is no field `meating`. Is `meeting` meant? (line 7, column 5)
        ");
    }

    #[test]
    fn a_small_file_that_would_grow_large_is_refused() {
        let mut bomb = "a: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..10 {
            let inner = vec![format!("*a{}", level - 1); 10].join(", ");
            writeln!(bomb, "a{level}: &a{level} [{inner}]").unwrap();
        }
        let text = format!("slug: a\nname: A\nlocale: en\nsteps: []\nregions:\n  - {{{bomb}}}\n");
        assert_eq!(told(checked(&text))[0].0, "INVALID_YAML");
        let large = format!("slug: a\nname: {}\n", "a".repeat(FILE));
        assert_eq!(told(checked(&large))[0].0, "INVALID_YAML");
    }

    #[test]
    fn every_fault_is_told_with_its_path() {
        let text = r"
slug: Big Plan
name: ''
locale: english
kinds: [RESELLER, RESELLER]
regions: [EMEA, MARS]
steps:
  - {key: a, title: A, performer: PARTNER, dueDays: 9999, requires: [b, nowhere], rule: {kind: MANUAL_SIGN_OFF}}
  - {key: b, title: B, performer: SYSTEM, dueDays: 1, requires: [a], rule: {kind: COURSE_COMPLETED, course: x, members: 0}}
  - {key: b, title: B, performer: PARTNER, dueDays: 1, rule: {kind: FORM_FILLED}}
  - key: c
    title: C
    performer: PARTNER
    dueDays: 1
    rule: {kind: FORM_FILLED}
    questions:
      - {key: q, label: Q, type: CHOICE}
      - {key: q, label: Q, type: TEXT, choices: [a, a]}
";
        let found: Vec<_> = told(checked(text))
            .into_iter()
            .map(|(code, path)| format!("{code} {path}"))
            .collect();
        insta::assert_snapshot!(found.join("\n"), @r"
        INVALID_KEY slug
        REQUIRED name
        INVALID_LOCALE locale
        DUPLICATE kinds.1
        UNKNOWN_REGION regions.1
        DUPLICATE steps.2.key
        OUT_OF_RANGE steps.0.dueDays
        UNKNOWN_STEP steps.0.requires.1
        MISFIT steps.0.rule
        OUT_OF_RANGE steps.1.rule.members
        FORM_MISSING steps.2.questions
        DUPLICATE steps.3.questions.1.key
        CHOICES_MISSING steps.3.questions.0.choices
        CHOICES_NOT_ASKED steps.3.questions.1.choices
        DUPLICATE steps.3.questions.1.choices.1
        CYCLE steps
        ");
    }

    #[test]
    fn a_plan_without_steps_is_none() {
        let empty = "slug: a\nname: A\nlocale: en\nsteps: []\n";
        assert_eq!(told(checked(empty)), [("REQUIRED", "steps".to_owned())]);
    }

    #[test]
    fn too_many_steps_are_too_many() {
        let steps: Vec<String> = (0..=STEPS).map(|key| format!("key: s{key}")).collect();
        let steps: Vec<&str> = steps.iter().map(String::as_str).collect();
        assert_eq!(
            told(checked(&with_steps(&steps))),
            [("TOO_MANY", "steps".to_owned())]
        );
        assert!(checked(&with_steps(&steps[..STEPS])).is_ok());
    }

    #[test]
    fn a_cycle_is_told_by_its_steps() {
        let text = with_steps(&[
            "key: a, requires: [c]",
            "key: b, requires: [a]",
            "key: c, requires: [b]",
        ]);
        assert_eq!(
            message(&text),
            "These steps wait for each other: a → c → b → a."
        );
    }

    #[test]
    fn who_does_a_step_must_be_able_to() {
        let fault = |step: &str| {
            let text = format!("{SMALL}  - {{key: a, title: A, dueDays: 1, {step}}}\n");
            told(checked(&text))
        };
        let misfit = [("MISFIT", "steps.0.rule".to_owned())];
        for step in [
            "performer: SYSTEM, rule: {kind: MANUAL_SIGN_OFF}",
            "performer: SYSTEM, needsReview: true, rule: {kind: MEETING_HELD, meeting: m}",
            "performer: PARTNER, rule: {kind: MANUAL_SIGN_OFF}",
            "performer: PARTNER, rule: {kind: MEETING_HELD, meeting: m}",
            "performer: PARTNER, rule: {kind: COURSE_COMPLETED, course: c, members: 1}",
            "performer: VENDOR, rule: {kind: CERTIFICATE_HELD, certification: c, members: 1}",
            "performer: VENDOR, rule: {kind: AGREEMENT_ACCEPTED, agreement: a, version: '1'}",
        ] {
            assert_eq!(fault(step), misfit, "{step}");
        }
        for step in [
            "performer: SYSTEM, rule: {kind: MEETING_HELD, meeting: m}",
            "performer: SYSTEM, rule: {kind: AGREEMENT_ACCEPTED, agreement: a, version: '1'}",
            "performer: PARTNER, needsReview: true, rule: {kind: MANUAL_SIGN_OFF}",
            "performer: VENDOR, rule: {kind: DOCUMENT_UPLOADED, document: d}",
        ] {
            assert_eq!(fault(step), [], "{step}");
        }
    }
}
