//! Submit and review, the same everywhere: for an application, for a step, for what comes later.
//!
//! What is submitted carries a *revision*, its row's `version`. A reviewer decides about the
//! revision that they read: where it has changed since, they are told so, and where somebody else
//! was quicker, they are told who decided what, and when. Nobody reviews their own submission.
//! Every decision but a plain yes carries a reason for the submitter to read, and a call for
//! changes names the fields to mend; what is to be said of a single field can be said there, in a
//! comment. Each decision is one row that is never edited.
//!
//! The concept keeps the state of what it submits; here are the rules that do not differ, and the
//! row. Saving a draft checks only that it can be kept ([`check_text`]), submitting checks
//! everything: what "everything" is, the concept knows.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entity::id::{PartnerId, PersonId, VerdictId};
use entity::person;
use entity::verdict::{self, Outcome, SubjectKind};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseExecutor, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{Error, Refusal, Result};
use crate::notification::letter::Point;
use crate::op::Permit;

/// The most characters of a reason, and of a comment.
pub const REASON: usize = 2000;
/// The most comments of one decision.
pub const COMMENTS: usize = 50;

/// The codes of the refusals that are made here.
pub const CODES: &[&str] = &[
    "CONFLICT",
    "OWN_SUBMISSION",
    "ALREADY_DECIDED",
    "NOT_SUBMITTED",
    "REQUIRED",
    "UNKNOWN_FIELD",
    "TOO_LONG",
    "TOO_MANY",
    "INVALID_TEXT",
];

/// What is up for a decision, as it was loaded inside the unit of work.
#[derive(Clone, Debug)]
pub struct Submission {
    /// What it is.
    pub kind: SubjectKind,
    /// Which one.
    pub id: Uuid,
    /// Whose; none for an application.
    pub partner: Option<PartnerId>,
    /// Whose, where it is a person's and no partner's.
    pub person: Option<PersonId>,
    /// Its revision now.
    pub revision: i32,
    /// Who submitted it, if they have an account.
    pub submitter: Option<PersonId>,
    /// Whether it is in a state in which the outcome can be given.
    pub open: bool,
    /// Names of the fields that a reviewer can ask to be mended.
    pub fields: BTreeSet<String>,
}

/// What a reviewer says of one field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comment {
    /// Which, by name.
    pub field: String,
    /// What, for the submitter to read.
    pub text: String,
}

/// What a reviewer says.
#[derive(Clone, Debug)]
pub struct Decision {
    /// The revision that they read: `expectedVersion` of the input.
    pub revision: i32,
    /// The word.
    pub outcome: Outcome,
    /// Why; may be empty only where the outcome is [`Outcome::Accepted`].
    pub reason: String,
    /// The fields to mend, by name: at least one where the outcome is [`Outcome::ActionRequired`],
    /// where those that have a comment are to be mended as well.
    pub fields: Vec<String>,
    /// What is said of single fields; each at most once.
    pub comments: Vec<Comment>,
}

impl Decision {
    /// The fields to mend: those that were named and, in a call for changes, those of comments.
    #[must_use]
    pub fn to_mend(&self) -> Vec<String> {
        let mut fields = self.fields.clone();
        if self.outcome == Outcome::ActionRequired {
            for comment in &self.comments {
                if !fields.contains(&comment.field) {
                    fields.push(comment.field.clone());
                }
            }
        }
        fields
    }

    /// What to mend and every comment, field by field, as the letter to the submitter tells it;
    /// `title` says what a field is called where the language of the letter has no name for it.
    pub(crate) fn points(&self, title: impl Fn(&str) -> Option<String>) -> Vec<Point> {
        let comments = self.comments();
        let mut fields = self.to_mend();
        for comment in &comments {
            if !fields.contains(&comment.field) {
                fields.push(comment.field.clone());
            }
        }
        let point = |field: String| Point {
            title: title(&field),
            comment: comments
                .iter()
                .find(|it| it.field == field)
                .map(|it| it.text.clone()),
            field,
        };
        fields.into_iter().map(point).collect()
    }

    /// The comments in the form in which they are kept.
    #[must_use]
    pub fn comments(&self) -> Vec<Comment> {
        let trimmed = |comment: &Comment| Comment {
            field: comment.field.clone(),
            text: comment.text.trim().to_owned(),
        };
        self.comments.iter().map(trimmed).collect()
    }
}

/// Gives the verdict: checks everything, reports all that is wrong, and writes the row. The caller
/// has asked the policy, and moves the state of what was decided in the same unit of work.
///
/// # Errors
/// [`Error::Forbidden`] where the portal itself would decide; otherwise refusals of [`CODES`].
pub async fn decide(
    permit: &Permit<'_>,
    submission: &Submission,
    decision: &Decision,
) -> Result<VerdictId> {
    let Some(reviewer) = permit.op().actor().person().map(|person| person.id) else {
        return Err(Error::Forbidden);
    };
    check_is_open(&permit.reader(), submission, decision.revision).await?;
    check(submission, decision, reviewer)?;
    let row = verdict::Model {
        id: permit.new_id(),
        partner_id: submission.partner,
        subject_kind: submission.kind,
        subject_id: submission.id,
        revision: decision.revision,
        outcome: decision.outcome,
        reason: decision.reason.trim().to_owned(),
        fields: serde_json::to_value(decision.to_mend())?,
        comments: serde_json::to_value(decision.comments())?,
        reviewer_id: reviewer,
        decided_at: permit.now(),
        person_id: submission.person,
    };
    let row = row.into_active_model().reset_all();
    Ok(row.insert(permit.writer()).await?.id)
}

/// The last word on it.
///
/// # Errors
/// What the database said.
pub async fn last_verdict(
    db: &DatabaseExecutor<'_>,
    subject: Uuid,
) -> Result<Option<verdict::Model>> {
    Ok(verdict::Entity::find()
        .filter(verdict::Column::SubjectId.eq(subject))
        .order_by_desc(verdict::Column::DecidedAt)
        .order_by_desc(verdict::Column::Id)
        .one(db)
        .await?)
}

/// Whether somebody can take it up: it is not their own, and it waits.
///
/// # Errors
/// The refusals `OWN_SUBMISSION` and `NOT_SUBMITTED`.
pub(crate) fn check_take_up(is_own: bool, waits: bool) -> Result<()> {
    if is_own {
        return Err(own().into());
    }
    if waits {
        return Ok(());
    }
    let message = "It does not wait for a reviewer now.";
    Err(Refusal::new("NOT_SUBMITTED", message).into())
}

fn own() -> Refusal {
    let message = "You submitted this yourself: somebody else has to decide.";
    Refusal::new("OWN_SUBMISSION", message)
}

/// Whether the asker read what is there now.
///
/// # Errors
/// The refusal `CONFLICT` at `expectedVersion`.
pub fn check_revision(expected: i32, actual: i32) -> Result<()> {
    if expected == actual {
        return Ok(());
    }
    let message = format!(
        "It has changed since you read it: you had version {expected}, it is at version {actual}. \
         Read it again."
    );
    Err(Refusal::new("CONFLICT", message)
        .at("expectedVersion")
        .into())
}

/// The same where it may not be there yet: `what` says what it is.
///
/// # Errors
/// The refusal `CONFLICT` at `expectedVersion`.
pub(crate) fn check_expected(what: &str, expected: Option<i32>, actual: Option<i32>) -> Result<()> {
    let message = match (expected, actual) {
        (Some(expected), Some(actual)) => return check_revision(expected, actual),
        (None, None) => return Ok(()),
        (None, Some(_)) => {
            let article = if what.starts_with(['a', 'e', 'i', 'o', 'u']) {
                "an"
            } else {
                "a"
            };
            format!("There is such {article} {what}: read it, and name its version.")
        }
        (Some(_), None) => format!("There is no such {what} yet: leave the version out."),
    };
    let fault = Refusal::new("CONFLICT", message);
    Err(fault.at("expectedVersion").into())
}

/// Whether the row that was to be written was still as it was read: so many rows were written.
///
/// # Errors
/// The refusal `CONFLICT` at `expectedVersion`.
pub(crate) fn check_written(rows: u64) -> Result<()> {
    if rows == 1 {
        return Ok(());
    }
    let message = "It has changed since you read it. Read it again.";
    Err(Refusal::new("CONFLICT", message)
        .at("expectedVersion")
        .into())
}

/// What keeps a text from being stored or read: its length, and characters that are no text. `at`
/// is the input's path of it.
#[must_use]
pub fn check_text(text: &str, most: usize, at: &str) -> Option<Refusal> {
    let length = text.chars().count();
    let fault = if length > most {
        let message = format!("At most {most} characters; these are {length}.");
        Refusal::new("TOO_LONG", message)
    } else if text
        .chars()
        .any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t'))
    {
        Refusal::new("INVALID_TEXT", "Control characters cannot be stored.")
    } else if text.contains(['\u{202d}', '\u{202e}']) {
        let message = "Characters that turn the direction of what follows around cannot be stored.";
        Refusal::new("INVALID_TEXT", message)
    } else {
        return None;
    };
    Some(fault.at(at))
}

/// The rules that need no database, all at once.
fn check(submission: &Submission, decision: &Decision, reviewer: PersonId) -> Result<()> {
    let mut faults = Vec::new();
    if submission.submitter == Some(reviewer) {
        faults.push(own());
    }
    if decision.outcome != Outcome::Accepted && decision.reason.trim().is_empty() {
        let message = "Say why: the submitter reads it.";
        faults.push(Refusal::new("REQUIRED", message).at("reason"));
    }
    faults.extend(check_text(decision.reason.trim(), REASON, "reason"));
    if decision.outcome == Outcome::ActionRequired && decision.to_mend().is_empty() {
        let message = "Name the fields that are to be mended.";
        faults.push(Refusal::new("REQUIRED", message).at("fields"));
    }
    for (index, field) in decision.fields.iter().enumerate() {
        faults.extend(unknown_field(submission, field, &format!("fields.{index}")));
    }
    check_comments(submission, &decision.comments, &mut faults);
    if faults.is_empty() {
        Ok(())
    } else {
        Err(Error::Refused(faults))
    }
}

fn check_comments(submission: &Submission, comments: &[Comment], faults: &mut Vec<Refusal>) {
    if comments.len() > COMMENTS {
        let message = format!("At most {COMMENTS} comments; these are {}.", comments.len());
        faults.push(Refusal::new("TOO_MANY", message).at("comments"));
        return;
    }
    let mut seen = BTreeSet::new();
    for (index, comment) in comments.iter().enumerate() {
        let at = |part: &str| format!("comments.{index}.{part}");
        faults.extend(unknown_field(submission, &comment.field, &at("field")));
        if !seen.insert(&comment.field) {
            let message = "There is a comment on this field already: say it there.";
            faults.push(Refusal::new("TOO_MANY", message).at(&at("field")));
        }
        if comment.text.trim().is_empty() {
            let message = "Say something, or leave the comment out.";
            faults.push(Refusal::new("REQUIRED", message).at(&at("text")));
        }
        faults.extend(check_text(comment.text.trim(), REASON, &at("text")));
    }
}

fn unknown_field(submission: &Submission, field: &String, at: &str) -> Option<Refusal> {
    if submission.fields.contains(field) {
        return None;
    }
    let known: Vec<_> = submission.fields.iter().map(String::as_str).collect();
    let known = known.join(", ");
    let message = format!("There is no such field. Name some of: {known}.");
    Some(Refusal::new("UNKNOWN_FIELD", message).at(at))
}

/// Refuses what was decided, what is not submitted, and what has changed, in this order: of two
/// reviewers at once one decides, and the other learns of that, not of a version number.
async fn check_is_open(
    db: &DatabaseExecutor<'_>,
    submission: &Submission,
    expected: i32,
) -> Result<()> {
    let current = expected == submission.revision;
    if submission.open && current {
        return Ok(());
    }
    if let Some(last) = last_verdict(db, submission.id).await?
        && (!submission.open || last.revision >= expected)
    {
        let reviewer = person::Entity::find_by_id(last.reviewer_id).one(db).await?;
        let name = reviewer.map_or_else(|| "Somebody".to_owned(), |person| person.name);
        let message = already_decided(&name, last.outcome, last.decided_at);
        return Err(Refusal::new("ALREADY_DECIDED", message).into());
    }
    if !submission.open {
        let message = "It does not wait for a decision now.";
        return Err(Refusal::new("NOT_SUBMITTED", message).into());
    }
    check_revision(expected, submission.revision)
}

/// Who decided what, and when.
fn already_decided(name: &str, outcome: Outcome, at: DateTime<Utc>) -> String {
    let what = match outcome {
        Outcome::ActionRequired => "asked for changes",
        Outcome::Returned => "returned it",
        Outcome::Accepted => "accepted it",
        Outcome::Rejected => "rejected it",
        Outcome::Waived => "waived it",
        Outcome::Declined => "declined it",
    };
    format!("{name} {what} on {} UTC.", at.format("%Y-%m-%d at %H:%M"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn submission() -> Submission {
        Submission {
            kind: SubjectKind::Application,
            id: Uuid::nil(),
            partner: None,
            person: None,
            revision: 3,
            submitter: Some(person(1)),
            open: true,
            fields: ["website", "why"].map(str::to_owned).into(),
        }
    }

    fn person(n: u128) -> PersonId {
        PersonId(Uuid::from_u128(n))
    }

    fn decision(outcome: Outcome, reason: &str, fields: &[&str]) -> Decision {
        Decision {
            revision: 3,
            outcome,
            reason: reason.to_owned(),
            fields: fields.iter().map(|&field| field.to_owned()).collect(),
            comments: Vec::new(),
        }
    }

    fn comment(field: &str, text: &str) -> Comment {
        Comment {
            field: field.to_owned(),
            text: text.to_owned(),
        }
    }

    /// Code and path of each fault.
    fn faults(decision: &Decision, reviewer: PersonId) -> Vec<(&'static str, String)> {
        match check(&submission(), decision, reviewer) {
            Ok(()) => Vec::new(),
            Err(Error::Refused(faults)) => faults
                .into_iter()
                .map(|fault| (fault.code, fault.field.join(".")))
                .collect(),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_plain_yes_needs_no_reason() {
        assert_eq!(faults(&decision(Outcome::Accepted, "", &[]), person(2)), []);
    }

    #[test]
    fn everything_else_does() {
        let blank = decision(Outcome::Rejected, " \n ", &[]);
        assert_eq!(
            faults(&blank, person(2)),
            [("REQUIRED", "reason".to_owned())]
        );
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let wrong = decision(Outcome::ActionRequired, &"x".repeat(2001), &["why", "whim"]);
        assert_eq!(
            faults(&wrong, person(1)),
            [
                ("OWN_SUBMISSION", String::new()),
                ("TOO_LONG", "reason".to_owned()),
                ("UNKNOWN_FIELD", "fields.1".to_owned()),
            ]
        );
    }

    #[test]
    fn a_call_for_changes_names_what_to_change() {
        let vague = decision(Outcome::ActionRequired, "Look again.", &[]);
        assert_eq!(
            faults(&vague, person(2)),
            [("REQUIRED", "fields".to_owned())]
        );
    }

    #[test]
    fn what_has_a_comment_in_a_call_for_changes_is_to_be_mended() {
        let mut said = decision(Outcome::ActionRequired, "Look again.", &["why"]);
        said.comments = vec![comment("website", " No https. "), comment("why", "Longer.")];
        assert_eq!(faults(&said, person(2)), []);
        assert_eq!(said.to_mend(), ["why", "website"]);
        assert_eq!(said.comments()[0], comment("website", "No https."));
        said.outcome = Outcome::Accepted;
        assert_eq!(said.to_mend(), ["why"]);
    }

    #[test]
    fn comments_are_on_known_fields_once_and_say_something() {
        let mut said = decision(Outcome::Accepted, "", &[]);
        said.comments = vec![
            comment("why", "\u{7}"),
            comment("why", " "),
            comment("whim", "x"),
        ];
        let at = |code, path: &str| (code, format!("comments.{path}"));
        assert_eq!(
            faults(&said, person(2)),
            [
                at("INVALID_TEXT", "0.text"),
                at("TOO_MANY", "1.field"),
                at("REQUIRED", "1.text"),
                at("UNKNOWN_FIELD", "2.field"),
            ]
        );
        said.comments = vec![comment("why", "x"); COMMENTS + 1];
        assert_eq!(
            faults(&said, person(2)),
            [("TOO_MANY", "comments".to_owned())]
        );
    }

    #[test]
    fn a_stale_revision_is_a_conflict() {
        assert!(check_revision(3, 3).is_ok());
        let Err(Error::Refused(faults)) = check_revision(2, 3) else {
            panic!("it passed");
        };
        assert_eq!(faults[0].code, "CONFLICT");
        assert_eq!(faults[0].field, ["expectedVersion"]);
    }

    #[test]
    fn what_is_there_is_named_with_its_version_and_what_is_not_is_not() {
        let is_fine = |expected, actual| check_expected("path", expected, actual).is_ok();
        assert!(is_fine(Some(3), Some(3)) && is_fine(None, None));
        assert!(!is_fine(Some(2), Some(3)) && !is_fine(None, Some(3)) && !is_fine(Some(3), None));
    }

    #[test]
    fn what_is_no_text_is_refused() {
        assert_eq!(check_text("line\n\tline", 20, "reason"), None);
        let code = |text| check_text(text, 3, "reason").map(|fault| fault.code);
        assert_eq!(code("a\0b"), Some("INVALID_TEXT"));
        assert_eq!(code("äöüß"), Some("TOO_LONG"));
    }
}
