//! What lies within a step: its completion rule, the questions of its form, the answers.

use async_graphql::Enum;
use serde::{Deserialize, Serialize};

use crate::onboarding::form::{self, Answer, Answers, Form, Question};
use crate::shape::{Part, Parts, Typed};

/// When a step is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CompletionRuleKind {
    /// The step's own form was filled in.
    FormFilled,
    /// Someone who may bind the partner accepted `agreement` in `version`.
    AgreementAccepted,
    /// `members` members completed `course`.
    CourseCompleted,
    /// `members` members hold a valid certificate of `certification`.
    CertificateHeld,
    /// A meeting of the kind `meeting` was held.
    MeetingHeld,
    /// `document` was handed in.
    DocumentUploaded,
    /// Somebody of the vendor's says so.
    ManualSignOff,
}

/// A completion rule, flat as the API shows it: what a kind does not take is not there.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CompletionRule {
    kind: CompletionRuleKind,
    agreement: Option<String>,
    version: Option<String>,
    course: Option<String>,
    certification: Option<String>,
    meeting: Option<String>,
    document: Option<String>,
    members: Option<i32>,
}

/// What an answer looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[graphql(remote = "form::QuestionType")]
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

impl Part for CompletionRule {
    const NAME: &'static str = "CompletionRule";
    const ABOUT: &'static str = "When a step is done: the kind, and what that kind takes.";

    fn parts(parts: &mut Parts<Self>) {
        parts
            .field("kind", "Which rule.", |rule| Typed(rule.kind))
            .field("agreement", "Name of the agreement.", |rule| {
                rule.agreement.clone()
            })
            .field("version", "Version of the agreement.", |rule| {
                rule.version.clone()
            })
            .field("course", "Slug of the course.", |rule| rule.course.clone())
            .field("certification", "Slug of the certification.", |rule| {
                rule.certification.clone()
            })
            .field("meeting", "Kind of the meeting.", |rule| {
                rule.meeting.clone()
            })
            .field("document", "Name of the document.", |rule| {
                rule.document.clone()
            })
            .field("members", "How many members.", |rule| rule.members);
    }
}

impl Part for Question {
    const NAME: &'static str = "FormQuestion";
    const ABOUT: &'static str = "A question of a step's form.";

    fn parts(parts: &mut Parts<Self>) {
        parts
            .field("key", "Name within the form.", |it| it.key.clone())
            .field("label", "The question, as people read it.", |it| {
                it.label.clone()
            })
            .field("type", "What an answer looks like.", |it| {
                Typed(QuestionType::from(it.kind))
            })
            .field(
                "choices",
                "What can be chosen; empty where nothing is to be.",
                |it| it.choices.clone(),
            )
            .field("required", "Whether it must be answered.", |it| it.required);
    }
}

impl Part for Answer {
    const NAME: &'static str = "FormAnswer";
    const ABOUT: &'static str = "An answer to one question of a step's form.";

    fn parts(parts: &mut Parts<Self>) {
        parts
            .field("question", "Key of the question.", |it| it.question.clone())
            .field("value", "What was answered, as text.", |it| {
                it.value.clone()
            });
    }
}

/// The questions of a form, in the order in which they are asked.
pub(super) fn questions(form: Form) -> Vec<Question> {
    form.questions
}

/// The answers that were saved, by the names of the questions.
pub(super) fn answers(answers: Answers) -> Vec<Answer> {
    let answer = |(question, value)| Answer { question, value };
    answers.into_iter().map(answer).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onboarding::document::Document;
    use crate::onboarding::plan::SAMPLES;

    #[test]
    fn every_rule_that_plans_know_can_be_shown() {
        let plan = Document::from_yaml(SAMPLES[0]).unwrap();
        for step in plan.steps {
            let rule = serde_json::to_value(&step.rule).unwrap();
            let shown: CompletionRule = serde_json::from_value(rule.clone()).unwrap();
            assert_eq!(serde_json::to_value(shown.kind).unwrap(), rule["kind"]);
        }
    }
}
