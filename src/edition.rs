//! Draft and publish, the same everywhere: for plans, for courses, for playbooks.
//!
//! A thing has editions, counted from 1. At most one of them is a draft, which is saved again and
//! again, published or thrown away; what was published never changes, and is retired when the next
//! takes its place. Where a reviewer has to see it first, a draft that waits for one rests until it
//! was decided or taken back. Who publishes a whole thing at once, as the command line does, changes nothing
//! where the same is published already, and never over somebody's draft.
//!
//! The concept keeps the rows; here are the rules that do not differ.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::{Refusal, Result};
use crate::op::Permit;
use crate::submission::check_revision;

/// The codes of the refusals that are made here.
pub const CODES: &[&str] = &["CONFLICT", "DRAFT_EXISTS", "NOT_DRAFT"];

/// And where editions are reviewed.
pub const REVIEWED_CODES: &[&str] = &["CONFLICT", "DRAFT_EXISTS", "NOT_DRAFT", "WAITS_FOR_REVIEW"];

/// How far an edition is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Being written.
    Draft,
    /// A draft that waits for a reviewer, or for somebody to publish it.
    InReview,
    /// The one that counts.
    Published,
    /// A later one took its place.
    Retired,
}

/// What matters here of an edition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head<Id> {
    /// Which one.
    pub id: Id,
    /// Counts editions, from 1.
    pub number: i32,
    /// How far it is.
    pub stage: Stage,
    /// Counts edits.
    pub version: i32,
    /// When it was first saved.
    pub created_at: DateTime<Utc>,
}

/// A row that is an edition of something.
pub trait Edition {
    /// Its key.
    type Id: Copy + From<Uuid>;
    /// Of what, as its authors read it: `course`.
    const OF: &'static str;

    /// What matters here of it.
    fn head(&self) -> Head<Self::Id>;
}

/// The draft, if there is one, be it in review.
pub fn draft<E: Edition>(editions: &[E]) -> Option<&E> {
    at(editions, Stage::Draft).or_else(|| at(editions, Stage::InReview))
}

/// The one that counts, if one was published.
pub fn published<E: Edition>(editions: &[E]) -> Option<&E> {
    at(editions, Stage::Published)
}

fn at<E: Edition>(editions: &[E], stage: Stage) -> Option<&E> {
    editions.iter().find(|it| it.head().stage == stage)
}

/// Whether the author who saves a draft read what is there now.
///
/// # Errors
/// The refusals `CONFLICT` at `expectedVersion`, and `WAITS_FOR_REVIEW`.
pub fn check_draft<E: Edition>(editions: &[E], expected: Option<i32>) -> Result<()> {
    if let Some(waiting) = at(editions, Stage::InReview) {
        return Err(waits(&waiting.head()).into());
    }
    let draft = draft(editions).map(|it| it.head().version);
    if draft == expected {
        return Ok(());
    }
    let of = E::OF;
    let message = match draft {
        Some(version) => format!(
            "The {of} has a draft, version {version} of its edits. Read it, and name that version."
        ),
        None => format!("The {of} has no draft any more. Leave the version out for a new one."),
    };
    let fault = Refusal::new("CONFLICT", message);
    Err(fault.at("expectedVersion").into())
}

/// Whether it is a draft still, and the one that was read.
///
/// # Errors
/// `NOT_DRAFT`, `CONFLICT`, and `WAITS_FOR_REVIEW`.
pub fn check_open<E: Edition>(edition: &E, expected: i32) -> Result<()> {
    let head = edition.head();
    match head.stage {
        Stage::Draft => check_revision(expected, head.version),
        Stage::InReview => Err(waits(&head).into()),
        Stage::Published | Stage::Retired => {
            let message = format!(
                "Version {} was published and does not change any more. Save a new draft.",
                head.number
            );
            Err(Refusal::new("NOT_DRAFT", message).into())
        }
    }
}

fn waits<Id>(head: &Head<Id>) -> Refusal {
    let message = format!(
        "Version {} is in review. Take it back to go on writing.",
        head.number
    );
    Refusal::new("WAITS_FOR_REVIEW", message)
}

/// Whether nobody is writing the next one, which would be lost.
///
/// # Errors
/// The refusal `DRAFT_EXISTS`.
pub fn check_nobody_writes<E: Edition>(editions: &[E]) -> Result<()> {
    if draft(editions).is_none() {
        return Ok(());
    }
    let message = format!(
        "Somebody is writing the next version of this {}: publish their draft first.",
        E::OF
    );
    Err(Refusal::new("DRAFT_EXISTS", message).into())
}

/// Where a draft is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<Id> {
    /// Its key.
    pub id: Id,
    /// Counts editions, from 1.
    pub number: i32,
    /// When it was first saved.
    pub created_at: DateTime<Utc>,
    /// Counts edits, with this one.
    pub version: i32,
    /// The version of the draft over which it is written; none where there is none.
    pub over: Option<i32>,
}

/// Over the draft that is there, or as the next number.
pub fn place<E: Edition>(permit: &Permit<'_>, editions: &[E]) -> Place<E::Id> {
    if let Some(head) = draft(editions).map(Edition::head) {
        return Place {
            id: head.id,
            number: head.number,
            created_at: head.created_at,
            version: head.version + 1,
            over: Some(head.version),
        };
    }
    let last = editions.iter().map(|it| it.head().number).max();
    Place {
        id: permit.new_id(),
        number: last.unwrap_or(0) + 1,
        created_at: permit.now(),
        version: 1,
        over: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    struct Sheet(i32, Stage, i32);

    impl Edition for Sheet {
        type Id = Uuid;
        const OF: &'static str = "sheet";

        fn head(&self) -> Head<Uuid> {
            Head {
                id: Uuid::nil(),
                number: self.0,
                stage: self.1,
                version: self.2,
                created_at: DateTime::UNIX_EPOCH,
            }
        }
    }

    const OLD: Sheet = Sheet(1, Stage::Retired, 2);
    const CURRENT: Sheet = Sheet(2, Stage::Published, 4);
    const NEXT: Sheet = Sheet(3, Stage::Draft, 5);
    const SUBMITTED: Sheet = Sheet(3, Stage::InReview, 6);

    fn code(result: Result<()>) -> Option<&'static str> {
        match result {
            Ok(()) => None,
            Err(Error::Refused(faults)) => faults.first().map(|fault| fault.code),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn a_draft_is_saved_again_by_who_read_it_and_begun_where_there_is_none() {
        let (with, without) = ([NEXT, CURRENT, OLD], [CURRENT, OLD]);
        assert_eq!(code(check_draft(&with, Some(5))), None);
        assert_eq!(code(check_draft(&with, Some(4))), Some("CONFLICT"));
        assert_eq!(code(check_draft(&with, None)), Some("CONFLICT"));
        assert_eq!(code(check_draft(&without, None)), None);
        assert_eq!(code(check_draft(&without, Some(5))), Some("CONFLICT"));
        assert_eq!(code(check_nobody_writes(&with)), Some("DRAFT_EXISTS"));
        assert_eq!(code(check_nobody_writes(&without)), None);
    }

    #[test]
    fn what_is_in_review_rests_whatever_version_is_named() {
        let with = [SUBMITTED, CURRENT];
        for expected in [None, Some(5), Some(6)] {
            assert_eq!(code(check_draft(&with, expected)), Some("WAITS_FOR_REVIEW"));
        }
        assert_eq!(code(check_open(&SUBMITTED, 6)), Some("WAITS_FOR_REVIEW"));
        assert_eq!(code(check_nobody_writes(&with)), Some("DRAFT_EXISTS"));
        assert_eq!(draft(&with).map(|it| it.2), Some(6));
    }

    #[test]
    fn what_was_published_is_open_no_more() {
        assert_eq!(code(check_open(&NEXT, 5)), None);
        assert_eq!(code(check_open(&NEXT, 4)), Some("CONFLICT"));
        assert_eq!(code(check_open(&CURRENT, 4)), Some("NOT_DRAFT"));
        assert_eq!(code(check_open(&OLD, 2)), Some("NOT_DRAFT"));
    }

    #[test]
    fn the_one_that_counts_is_the_published_one() {
        let all = [NEXT, CURRENT, OLD];
        assert_eq!(published(&all).map(|it| it.0), Some(2));
        assert_eq!(draft(&all).map(|it| it.0), Some(3));
        assert!(published(&[OLD]).is_none());
    }
}
