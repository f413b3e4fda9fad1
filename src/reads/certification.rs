//! Certifications, certificates, and the evidence for them.

use async_graphql::Enum;
use chrono::{DateTime, Utc};
use entity::certification_evidence::{self, EvidenceState};
use entity::{certificate, certificate_correction, certification, verdict};
use sea_orm::ColumnTrait;
use sea_orm::sea_query::Condition;
use serde::Serialize;
use uuid::Uuid;

use super::{kinds, meant, names, of_own, of_own_or_team, select};
use crate::certification::rules::{self, Period, Route};
use crate::op::Op;
use crate::reads::identity::Person;
use crate::reads::partner::{Partner, Verdict};
use crate::shape::scalar::{Locale, Markdown, Url};
use crate::shape::{Chosen, Direction, Fields, Part, Parts, Shape, Sight, Typed, everything};

/// What certificates are of.
#[derive(Debug)]
pub struct Certification;

/// A certificate of one person for one period.
#[derive(Debug)]
pub struct Certificate;

/// A name on a certificate that was corrected.
#[derive(Debug)]
pub struct CertificateCorrection;

/// Practical evidence for a certification.
#[derive(Debug)]
pub struct CertificationEvidence;

/// Where a certificate stands. It follows from its period and the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum, Serialize)]
#[graphql(remote = "rules::CertificateState")]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum CertificateState {
    /// It can be earned from `windowOpensAt`.
    NotOpen,
    /// It can be earned.
    Open,
    /// It is to be earned within 30 days.
    Due,
    /// It was to be earned by now.
    Overdue,
    /// It holds.
    Valid,
    /// It holds, and can be renewed.
    Expiring,
    /// It held.
    Expired,
    /// It was taken back.
    Revoked,
}

impl Part for Route {
    const NAME: &'static str = "CertificationRoute";
    const ABOUT: &'static str = "What is to be shown.";

    fn parts(parts: &mut Parts<Self>) {
        parts
            .field("courses", "Slugs of courses to complete.", |it| {
                it.courses.clone()
            })
            .field("atLeast", "How many of them; null for all.", |it| {
                it.at_least
                    .map(|count| i32::try_from(count).unwrap_or(i32::MAX))
            })
            .field(
                "exam",
                "Slug of the course whose quiz is the exam; null where there is none.",
                |it| it.exam.clone(),
            )
            .field(
                "evidence",
                "What practical evidence is to show; null where none is asked for.",
                |it| it.evidence.clone().map(Markdown),
            );
    }
}

fn offered(actor: Sight<'_>) -> Condition {
    use certification::Column;
    meant(actor, Column::Kinds, Column::Tiers, Column::Regions).add(Column::RetiredAt.is_null())
}

impl Shape for Certification {
    type Entity = certification::Entity;
    const NAME: &'static str = "Certification";
    const ABOUT: &'static str = "What certificates are of: what is to be shown, and for how long it holds. Members see those that \
         are meant for their partner, and those that they or their team go for.";

    fn visible(actor: Sight<'_>) -> Condition {
        if actor.is_staff() {
            return everything();
        }
        let pursued = of_own_or_team(actor, certificate::Column::PersonId);
        let pursued = select(
            certificate::Entity,
            certificate::Column::CertificationId,
            pursued,
        );
        Condition::any()
            .add(offered(actor))
            .add(certification::Column::Id.in_subquery(pursued))
    }

    fn fields(fields: &mut Fields<Self>) {
        use certification::Column;
        fields
            .id()
            .column::<String>(
                "slug",
                Column::Slug,
                "Short name in lower case; plans and programs name it so.",
            )
            .filter()
            .column::<String>("title", Column::Title, "What it is called.")
            .order()
            .column::<Markdown>("summary", Column::Summary, "What its holders can do.")
            .column::<Locale>("locale", Column::Locale, "The language of its texts.")
            .derived(
                "kinds",
                [Column::Kinds],
                "Kinds of partners whose members may hold it; empty for all.",
                kinds,
            )
            .derived(
                "tiers",
                [Column::Tiers],
                "Tiers of partners whose members may hold it; empty for all.",
                names,
            )
            .derived(
                "regions",
                [Column::Regions],
                "Codes of the regions whose members may hold it; empty for all.",
                names,
            )
            .part::<Route>(
                "route",
                Column::Route,
                "What is to be shown the first time.",
            )
            .part::<Route>(
                "renewal",
                Column::Renewal,
                "What is to be shown to renew it.",
            )
            .column::<Option<i32>>(
                "validityMonths",
                Column::ValidityMonths,
                "Months for which a certificate is valid; null for ever.",
            )
            .column::<i32>(
                "windowDays",
                Column::WindowDays,
                "Days before its end in which a certificate can be renewed.",
            )
            .column::<DateTime<Utc>>("createdAt", Column::CreatedAt, "When it was first saved.")
            .column::<Option<DateTime<Utc>>>(
                "retiredAt",
                Column::RetiredAt,
                "Since when nobody goes for it any more.",
            )
            .filter()
            .column::<i32>(
                "version",
                Column::Version,
                "Counts edits. Give it as `expectedVersion` when you change it.",
            )
            .many::<Certificate>(
                "certificates",
                certificate::Column::CertificationId,
                "Certificates that you see, and periods in which one is to be earned.",
            )
            .search([Column::Title, Column::Slug])
            .sorted("title", Direction::Ascending);
    }
}

type Columns = (
    DateTime<Utc>,
    Option<DateTime<Utc>>,
    Option<DateTime<Utc>>,
    Option<DateTime<Utc>>,
    Option<DateTime<Utc>>,
    Option<DateTime<Utc>>,
    i32,
    Uuid,
    Option<Uuid>,
);

/// Where it stands, as far as the asker may know until when it is to be earned.
fn state(
    op: &Op,
    (
        window_opens_at,
        due_at,
        issued_at,
        valid_until,
        revoked_at,
        outdated_at,
        days,
        person,
        partner,
    ): Columns,
) -> Typed<CertificateState> {
    let due_at = due_at.filter(|_| super::learning::is_told(op, person, partner));
    let period = Period {
        window_opens_at,
        due_at,
        issued_at,
        valid_until,
        revoked_at,
        outdated_at,
    };
    Typed(rules::state(&period, days, op.now()).into())
}

impl Shape for Certificate {
    type Entity = certificate::Entity;
    const NAME: &'static str = "Certificate";
    const ABOUT: &'static str = "A certificate of one person for one period, or the period in which it is to be earned. Members see \
         their own; a partner's administrators those of its members.";

    fn visible(actor: Sight<'_>) -> Condition {
        of_own_or_team(actor, certificate::Column::PersonId)
    }

    fn fields(fields: &mut Fields<Self>) {
        use certificate::Column;
        fields
            .id()
            .one_required::<Certification>("certification", Column::CertificationId, "Of what.")
            .filter()
            .one_required::<Person>("person", Column::PersonId, "Whose.")
            .filter()
            .column::<i32>("sequence", Column::Sequence, "Counts periods, from 1.")
            .column::<bool>("renewal", Column::Renewal, "Whether it renews the one before.")
            .derived("state", [Column::WindowOpensAt, Column::DueAt, Column::IssuedAt, Column::ValidUntil, Column::RevokedAt, Column::OutdatedAt, Column::WindowDays, Column::PersonId, Column::AssignedFor], "Where it stands now.", state)
            .column::<DateTime<Utc>>("windowOpensAt", Column::WindowOpensAt, "From when on it can be earned.")
            .filter()
            .order()
            .derived("dueAt", [Column::DueAt, Column::PersonId, Column::AssignedFor], "Until when it is to be earned; null where there is no such day, or it is between its holder and another partner.",
                |op: &Op, (due, person, partner): (Option<DateTime<Utc>>, Uuid, Option<Uuid>)| due.filter(|_| super::learning::is_told(op, person, partner)))
            .one::<Person>("assignedBy", Column::AssignedBy, "Who asked for it; null where nobody did, or somebody whom you do not see.")
            .one::<Partner>("assignedFor", Column::AssignedFor, "For which partner; null where for none, or for one that you do not see.")
            .column::<Option<DateTime<Utc>>>("issuedAt", Column::IssuedAt, "When it was earned; null until it is.")
            .filter()
            .column::<Option<DateTime<Utc>>>("validFrom", Column::ValidFrom, "The first instant at which it is valid.")
            .column::<Option<DateTime<Utc>>>("validUntil", Column::ValidUntil, "The first instant after it; null for ever, or until it is issued.")
            .filter()
            .column::<Option<String>>("number", Column::Number, "By which everybody can verify it: `certificateVerify`.")
            .filter()
            .column::<Option<String>>("holder", Column::Holder, "The name on it: as it was when it was issued, or corrected.")
            .column::<Option<DateTime<Utc>>>("outdatedAt", Column::OutdatedAt, "When a new version of a course made it one to renew.")
            .column::<Option<DateTime<Utc>>>("revokedAt", Column::RevokedAt, "When it was taken back.")
            .filter()
            .one::<Person>("revokedBy", Column::RevokedBy, "Who took it back, where you see them.")
            .column::<Option<String>>("revokedReason", Column::RevokedReason, "Why.")
            .derived("revokedEvidence", [Column::RevokedEvidence], "What shows it. Null unless you are of the vendor's staff.",
                |op: &Op, (evidence,): (Option<String>,)| evidence.filter(|_| op.actor().is_staff()))
            .many::<CertificateCorrection>("corrections", certificate_correction::Column::CertificateId, "Corrections of the name on it, the latest first.")
            .latest::<CertificationEvidence>("evidence", certification_evidence::Column::CertificateId, "Practical evidence for it.")
            .column::<i32>("version", Column::Version, "Counts changes. Give it as `expectedVersion` when you revoke or correct it.")
            .sorted("windowOpensAt", Direction::Descending);
    }
}

impl Shape for CertificateCorrection {
    type Entity = certificate_correction::Entity;
    const NAME: &'static str = "CertificateCorrection";
    const ABOUT: &'static str = "A name on a certificate that was corrected.";

    fn visible(actor: Sight<'_>) -> Condition {
        if actor.is_staff() {
            return everything();
        }
        let own = of_own(actor, certificate::Column::PersonId);
        let own = select(certificate::Entity, certificate::Column::Id, own);
        Condition::all().add(certificate_correction::Column::CertificateId.in_subquery(own))
    }

    fn fields(fields: &mut Fields<Self>) {
        use certificate_correction::Column;
        fields
            .id()
            .one_required::<Certificate>("certificate", Column::CertificateId, "Which certificate.")
            .column::<String>("before", Column::Before, "The name before.")
            .column::<String>("after", Column::After, "The name since.")
            .column::<String>("reason", Column::Reason, "Why.")
            .one::<Person>(
                "correctedBy",
                Column::CorrectedBy,
                "By whom, where you see them.",
            )
            .column::<DateTime<Utc>>("correctedAt", Column::CorrectedAt, "When.")
            .order()
            .sorted("correctedAt", Direction::Descending);
    }
}

impl Shape for CertificationEvidence {
    type Entity = certification_evidence::Entity;
    const NAME: &'static str = "CertificationEvidence";
    const ABOUT: &'static str = "Practical evidence for a certification, reviewed by the vendor's staff. Only its submitter and they \
         see it.";

    fn visible(actor: Sight<'_>) -> Condition {
        of_own(actor, certification_evidence::Column::PersonId)
    }

    fn fields(fields: &mut Fields<Self>) {
        use certification_evidence::Column;
        fields
            .id()
            .one_required::<Certificate>("certificate", Column::CertificateId, "The period in which it counts.")
            .one_required::<Certification>("certification", Column::CertificationId, "The certification.")
            .filter()
            .one_required::<Person>("person", Column::PersonId, "Who submitted it.")
            .filter()
            .column::<Chosen<EvidenceState>>("state", Column::State, "Where it stands.")
            .filter()
            .column::<Markdown>("text", Column::Text, "What was done.")
            .column::<Option<Url>>("url", Column::Url, "Where it can be seen.")
            .column::<DateTime<Utc>>("submittedAt", Column::SubmittedAt, "When it was last submitted.")
            .filter()
            .order()
            .one::<Person>("takenUpBy", Column::TakenUpBy, "Who reviews it, where you see them.")
            .column::<Option<DateTime<Utc>>>("decidedAt", Column::DecidedAt, "When the last word on it was said.")
            .column::<i32>("version", Column::Version, "Counts changes. Give it as `expectedVersion` when you submit it again or decide it.")
            .many::<Verdict>("verdicts", verdict::Column::SubjectId, "What reviewers said, the latest first.")
            .sorted("submittedAt", Direction::Descending);
    }
}
