//! What happened: append-only, the ground of every measurement, feed and audit.
//!
//! A fact says what happened, to whom, when it happened, when we learned of it, who recorded it
//! and which row proves it. It is never edited; a correction is a later fact.

use chrono::{DateTime, Utc};
use entity::fact;
use entity::id::{FactId, PartnerId, PersonId};
use sea_orm::{ActiveModelTrait, EntityTrait, IntoActiveModel};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::Result;
use crate::op::Permit;

macro_rules! kinds {
    ($($(#[doc = $about:literal])+ $name:ident = $kind:literal { $($(#[doc = $field_about:literal])+ $field:ident: $ty:ty),* $(,)? }),+ $(,)?) => {
        /// What a fact tells, with the payload of its kind.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "kind", content = "detail")]
        pub enum Detail {
            $($(#[doc = $about])+ #[serde(rename = $kind, rename_all = "camelCase")] $name { $($(#[doc = $field_about])+ $field: $ty),* },)+
        }

        impl Detail {
            /// The kind's stable name.
            #[must_use]
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$name { .. } => $kind),+ }
            }
        }

        /// Names of all kinds.
        pub const KINDS: &[&str] = &[$($kind),+];
    };
}

kinds!(
    /// A company asked to join.
    ApplicationSubmitted = "application.submitted" { /** Which time. */ revision: i32 },
    /// A company was let in, or not.
    ApplicationDecided = "application.decided" { /** Whether it was let in. */ approved: bool },
    /// A person took a seat in a partner.
    MemberJoined = "member.joined" { /** As what. */ role: String },
    /// A person's seat ended.
    MemberLeft = "member.left" {},
    /// A partner began a plan.
    OnboardingStarted = "onboarding.started" { /** Slug of the plan. */ plan: String, /** Its version. */ version: i32 },
    /// A step may be done now.
    StepOpened = "onboarding.step_opened" { /** Key of the step in the plan. */ step: String },
    /// A step was handed in and waits for a reviewer.
    StepSubmitted = "onboarding.step_submitted" { /** Key of the step in the plan. */ step: String },
    /// A reviewer sent a step back.
    StepReturned = "onboarding.step_returned" { /** Key of the step in the plan. */ step: String },
    /// A step was done.
    StepDone = "onboarding.step_done" { /** Key of the step in the plan. */ step: String },
    /// A step was found not to be needed.
    StepWaived = "onboarding.step_waived" { /** Key of the step in the plan. */ step: String },
    /// The last step was done.
    OnboardingCompleted = "onboarding.completed" { /** Seconds from approval. */ seconds: i64 },
    /// A form was filled in and found complete.
    FormFilled = "form.filled" { /** Key of the step that asked. */ form: String },
    /// An agreement was accepted by someone who may bind the partner.
    AgreementAccepted = "agreement.accepted" { /** Which. */ agreement: String, /** Its version. */ version: String },
    /// A document was handed in.
    DocumentUploaded = "document.uploaded" { /** What it is. */ document: String },
    /// A meeting was held.
    MeetingHeld = "meeting.held" { /** Of what kind. */ meeting: String },
    /// A person was put, or put themselves, on a course.
    CourseEnrolled = "course.enrolled" { /** Slug of the course. */ course: String, /** Which round of it. */ round: i32 },
    /// A person completed a lesson.
    LessonCompleted = "lesson.completed" { /** Slug of the course. */ course: String, /** Key of the lesson. */ lesson: String },
    /// A person's answers to a quiz were judged.
    QuizJudged = "quiz.judged" { /** Slug of the course. */ course: String, /** Key of the lesson. */ lesson: String, /** Share of the points, in percent, rounded down. */ percent: i32, /** Whether that was enough. */ passed: bool },
    /// A person completed a course.
    CourseCompleted = "course.completed" { /** Slug of the course. */ course: String },
    /// A person was issued a certificate.
    CertificateIssued = "certificate.issued" { /** Slug of the certification. */ certification: String, /** Until when it is valid; none for ever. */ valid_until: Option<DateTime<Utc>> },
    /// Practical evidence of a person was accepted, or not.
    EvidenceDecided = "evidence.decided" { /** Slug of the certification. */ certification: String, /** Whether it counts. */ accepted: bool },
    /// The name on a certificate was corrected.
    CertificateCorrected = "certificate.corrected" { /** Slug of the certification. */ certification: String },
    /// A member acknowledged a version of a playbook.
    PlaybookAcknowledged = "playbook.acknowledged" { /** Slug of the playbook. */ playbook: String, /** Its version. */ version: i32 },
    /// A certificate was revoked.
    CertificateRevoked = "certificate.revoked" { /** Slug of the certification. */ certification: String },
    /// A case study was submitted for review.
    CaseStudySubmitted = "case_study.submitted" { /** Its version. */ revision: i32 },
    /// A case study was published.
    CaseStudyPublished = "case_study.published" { /** The last part of its public address. */ slug: String },
    /// A published case study was taken down by staff.
    CaseStudyArchived = "case_study.archived" { /** The last part of its public address. */ slug: String },
    /// A published case study was taken down because the customer's consent was withdrawn.
    CaseStudyWithdrawn = "case_study.withdrawn" { /** The last part of its public address. */ slug: String },
    /// A person downloaded a version of an asset for a partner, for the first time.
    AssetDownloaded = "asset.downloaded" { /** Slug of the asset. */ asset: String, /** Its version. */ version: i32 },
    /// A partner's logo was put on a version of an asset, for the first time.
    AssetCoBranded = "asset.co_branded" { /** Slug of the asset. */ asset: String, /** Its version. */ version: i32 },
    /// A field note was published: for the first time, or again after it was taken down.
    FieldNotePublished = "field_note.published" { /** Slug of the playbook beside which it is shown. */ playbook: Option<String>, /** Slug of the course beside which it is shown. */ course: Option<String> },
    /// A field note that was published is so no more.
    FieldNoteTakenDown = "field_note.taken_down" { /** Whether a reviewer hid it; otherwise its own partner withdrew it. */ hidden: bool },
    /// Somebody of another partner endorsed a field note. Nothing says who.
    FieldNoteEndorsed = "field_note.endorsed" { /** How many endorse it with that. */ endorsements: i32 },
    /// Somebody took their endorsement of a field note back.
    FieldNoteUnendorsed = "field_note.unendorsed" { /** How many endorse it still. */ endorsements: i32 },
);

/// To whom something happened, and which row proves it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct About {
    /// To which partner.
    pub partner: Option<PartnerId>,
    /// To which person.
    pub person: Option<PersonId>,
    /// The row that proves it.
    pub subject: Uuid,
}

/// Records what has just happened.
///
/// # Errors
/// What the database said.
pub async fn record(permit: &Permit<'_>, about: About, detail: &Detail) -> Result<FactId> {
    record_at(permit, about, detail, permit.now()).await
}

/// The same without saying who caused it: where those who read the fact may not know.
///
/// # Errors
/// What the database said.
pub async fn record_unsigned(permit: &Permit<'_>, about: About, detail: &Detail) -> Result<FactId> {
    write(permit, about, detail, permit.now(), None).await
}

/// Records what happened at `occurred_at`, which may lie in the past.
///
/// # Errors
/// What the database said.
pub async fn record_at(
    permit: &Permit<'_>,
    about: About,
    detail: &Detail,
    occurred_at: DateTime<Utc>,
) -> Result<FactId> {
    let by = permit.op().actor().person().map(|person| person.id);
    write(permit, about, detail, occurred_at, by).await
}

async fn write(
    permit: &Permit<'_>,
    about: About,
    detail: &Detail,
    occurred_at: DateTime<Utc>,
    recorded_by: Option<PersonId>,
) -> Result<FactId> {
    let mut tagged = serde_json::to_value(detail)?;
    let row = fact::Model {
        id: permit.new_id(),
        kind: detail.kind().to_owned(),
        partner_id: about.partner,
        person_id: about.person,
        subject_id: about.subject,
        detail: tagged["detail"].take(),
        occurred_at,
        recorded_at: permit.now(),
        recorded_by,
    };
    let id = row.id;
    // Nothing is returned: a fact of no partner is not a row that whoever causes it may meet.
    fact::Entity::insert(row.into_active_model().reset_all())
        .exec_without_returning(permit.writer())
        .await?;
    Ok(id)
}

/// A stored fact's payload, typed.
///
/// # Errors
/// [`crate::error::Fault::Payload`] where the row is of a kind that this binary does not know.
pub fn detail(row: &fact::Model) -> Result<Detail> {
    let tagged = serde_json::json!({ "kind": row.kind, "detail": row.detail });
    Ok(serde_json::from_value(tagged)?)
}
