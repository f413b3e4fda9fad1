//! Going for a certification: a period of one's own is opened.

use chrono::{DateTime, Utc};
use entity::id::{CertificateId, CertificationId, PartnerId, PersonId};
use entity::{certificate, certification};

use super::{issue, store};
use crate::error::{Refusal, Result};
use crate::op::Permit;

/// The codes with which going for a certification is refused.
pub const CODES: &[&str] = &["RETIRED"];

/// Who asked somebody to go for it, for which partner, and by when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Who; none where it is their own wish.
    pub by: Option<PersonId>,
    /// For which partner.
    pub partner: Option<PartnerId>,
    /// By when.
    pub due_at: Option<DateTime<Utc>>,
}

/// The certification, unless nobody goes for it any more.
pub(crate) async fn offered(
    permit: &Permit<'_>,
    id: CertificationId,
) -> Result<certification::Model> {
    let certification = store::certification(&permit.reader(), id).await?;
    if certification.retired_at.is_some() {
        let message = "Nobody goes for this certification any more.";
        return Err(Refusal::new("RETIRED", message).into());
    }
    Ok(certification)
}

/// Opens the person's first period, unless they have one that was not earned yet or hold a
/// certificate that does not end: then that one is answered.
pub(crate) async fn open(
    permit: &Permit<'_>,
    certification: &certification::Model,
    person: PersonId,
    asked: Asked,
) -> Result<CertificateId> {
    let db = permit.reader();
    let all = store::periods(&db, person, certification.id).await?;
    if let Some(latest) = all.first()
        && (latest.issued_at.is_none() || latest.revoked_at.is_none())
    {
        return Ok(latest.id);
    }
    let sequence = all.first().map_or(1, |latest| latest.sequence + 1);
    let row = certificate::Model {
        due_at: asked.due_at,
        assigned_by: asked.by,
        assigned_for: asked.partner,
        ..blank(permit, certification, person, sequence)
    };
    store::insert(permit, row).await
}

/// What is still to be completed for a period.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ToDo {
    /// Slugs of courses.
    pub(crate) courses: Vec<String>,
    /// How many of them are needed.
    pub(crate) needed: usize,
    /// Whether all of the route's are.
    pub(crate) all: bool,
    /// Slug of the exam's course.
    pub(crate) exam: Option<String>,
}

impl ToDo {
    /// Slugs of all of it, the exam last.
    pub(crate) fn slugs(&self) -> impl Iterator<Item = &str> {
        self.courses.iter().chain(&self.exam).map(String::as_str)
    }
}

/// What is still to be completed for the period; nothing where it was earned, or its window is not
/// open yet.
pub(crate) async fn to_do(
    permit: &Permit<'_>,
    certification: &certification::Model,
    id: CertificateId,
) -> Result<ToDo> {
    let db = permit.reader();
    let period = store::period(&db, id).await?;
    if period.issued_at.is_some() || permit.now() < period.window_opens_at {
        return Ok(ToDo::default());
    }
    let route = issue::route(certification, &period, permit.now())?;
    let completed = store::completed(&db, &period, &route).await?;
    let is_left = |slug: &String| !completed.contains(slug);
    let done = route.courses.iter().filter(|slug| !is_left(slug)).count();
    Ok(ToDo {
        needed: route.needed().saturating_sub(done),
        all: route.needed() == route.courses.len(),
        exam: route.exam.filter(is_left),
        courses: route.courses.into_iter().filter(is_left).collect(),
    })
}

/// A period that opens now.
pub(super) fn blank(
    permit: &Permit<'_>,
    certification: &certification::Model,
    person: PersonId,
    sequence: i32,
) -> certificate::Model {
    certificate::Model {
        id: permit.new_id(),
        certification_id: certification.id,
        person_id: person,
        sequence,
        renewal: false,
        window_opens_at: permit.now(),
        due_at: None,
        window_days: certification.window_days,
        assigned_by: None,
        assigned_for: None,
        issued_at: None,
        valid_from: None,
        valid_until: None,
        number: None,
        holder: None,
        outdated_at: None,
        revoked_at: None,
        revoked_by: None,
        revoked_reason: None,
        revoked_evidence: None,
        status_index: None,
        version: 1,
    }
}
