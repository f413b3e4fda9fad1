//! Certifications, certificates and evidence, as clients change them; and what anybody may verify.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use entity::verdict::Outcome;

use super::course::AudienceInput;
use super::payload::mutation;
use super::review::{ReviewCommentInput, comments};
use super::{ContextExt, answer, key};
use crate::certification::evidence::{self, HandIn, Review};
use crate::certification::manage::{self, Change};
use crate::certification::rules::Route;
use crate::certification::{define, verify};
use crate::reads::certification::{
    Certificate, CertificateState, Certification, CertificationEvidence,
};
use crate::shape::scalar::DateTime;

/// What is to be shown.
#[derive(InputObject)]
struct CertificationRouteInput {
    /// Slugs of courses to complete.
    #[graphql(default)]
    courses: Vec<String>,
    /// How many of them; all where it is left out.
    at_least: Option<i32>,
    /// Slug of the course whose quiz is the exam.
    exam: Option<String>,
    /// What practical evidence is to show, as Markdown; left out where none is asked for.
    evidence: Option<String>,
}

impl From<CertificationRouteInput> for Route {
    fn from(input: CertificationRouteInput) -> Self {
        Self {
            courses: input.courses,
            // No more than zero is refused by its range.
            at_least: input
                .at_least
                .map(|count| u32::try_from(count).unwrap_or(0)),
            exam: input.exam,
            evidence: input.evidence,
        }
    }
}

/// Saves a certification.
#[derive(InputObject)]
struct CertificationSaveInput {
    /// Short name in lower case; it says which. A new one makes a new certification.
    slug: String,
    /// What it is called.
    title: String,
    /// What its holders can do, as Markdown.
    #[graphql(default)]
    summary: String,
    /// Language of its texts, a BCP 47 tag.
    locale: String,
    /// Members of which partners may hold it.
    #[graphql(default)]
    audience: AudienceInput,
    /// What is to be shown the first time.
    route: CertificationRouteInput,
    /// What is to be shown to renew it; the same again where it is left out.
    renewal: Option<CertificationRouteInput>,
    /// Months for which a certificate is valid; for ever where it is left out.
    validity_months: Option<i32>,
    /// Days before its end in which a certificate can be renewed.
    #[graphql(default = 90)]
    window_days: i32,
    /// The version that you read; left out for a new certification.
    expected_version: Option<i32>,
}

mutation!(
    /// What `certificationSave` answers.
    CertificationSave => CertificationSavePayload {
        /// The certification.
        certification: Certification
    }
    refuses [
        "CONFLICT", "DUPLICATE", "INVALID_KEY", "INVALID_LOCALE", "INVALID_TEXT", "NO_QUIZ", "OUT_OF_RANGE",
        "REQUIRED", "TOO_LONG", "TOO_MANY", "UNKNOWN_COURSE", "UNKNOWN_REGION",
        "UNKNOWN_TIER"
    ]
);

/// Lets nobody go for a certification any more, or lets them again.
#[derive(InputObject)]
struct CertificationRetireInput {
    /// The certification.
    id: ID,
    /// Whether nobody goes for it any more.
    retired: bool,
    /// The version that you read.
    expected_version: i32,
}

mutation!(
    /// What `certificationRetire` answers.
    CertificationRetire => CertificationRetirePayload {
        /// The certification.
        certification: Certification
    }
    refuses ["CONFLICT"]
);

/// Submits practical evidence.
#[derive(InputObject)]
struct EvidenceSubmitInput {
    /// The period of yours in which it is to count.
    certificate: ID,
    /// What was done, as Markdown; at most 20,000 characters.
    text: String,
    /// Where it can be seen.
    url: Option<String>,
    /// The version that you read; left out the first time.
    expected_version: Option<i32>,
}

mutation!(
    /// What `evidenceSubmit` answers.
    EvidenceSubmit => EvidenceSubmitPayload {
        /// The evidence.
        evidence: CertificationEvidence
    }
    refuses [
        "CLOSED", "CONFLICT", "INVALID", "INVALID_TEXT", "NOT_ASKED", "NOT_OPEN", "REQUIRED",
        "TOO_LONG", "WAITS_FOR_REVIEW"
    ]
);

/// Takes evidence up.
#[derive(InputObject)]
struct EvidenceTakeUpInput {
    /// Which.
    id: ID,
    /// The version that you read.
    expected_version: i32,
}

mutation!(
    /// What `evidenceTakeUp` answers.
    EvidenceTakeUp => EvidenceTakeUpPayload {
        /// The evidence.
        evidence: CertificationEvidence
    }
    refuses ["CONFLICT", "NOT_SUBMITTED", "OWN_SUBMISSION"]
);

/// What a reviewer says about evidence.
#[derive(InputObject)]
struct EvidenceReviewInput {
    /// Which.
    id: ID,
    /// The version that you read.
    expected_version: i32,
    /// Why, for the submitter to read; may be left out where it is accepted.
    #[graphql(default)]
    reason: String,
    /// Where changes are requested: `text`, `url` or both.
    #[graphql(default)]
    fields: Vec<String>,
    /// What is said of single fields; where changes are requested, they are to be mended too.
    #[graphql(default)]
    comments: Vec<ReviewCommentInput>,
}

impl EvidenceReviewInput {
    fn review(self, id: uuid::Uuid) -> Review {
        Review {
            evidence: id.into(),
            reason: self.reason,
            fields: self.fields,
            comments: comments(self.comments),
            expected_version: self.expected_version,
        }
    }
}

mutation!(
    /// What `evidenceAccept` answers.
    EvidenceAccept => EvidenceAcceptPayload {
        /// The evidence.
        evidence: CertificationEvidence
    }
    refuses [
        "ALREADY_DECIDED", "CONFLICT", "INVALID_TEXT", "NOT_SUBMITTED", "OWN_SUBMISSION",
        "REQUIRED", "TOO_LONG", "TOO_MANY", "UNKNOWN_FIELD"
    ]
);

mutation!(
    /// What `evidenceRequestChanges` answers.
    EvidenceRequestChanges => EvidenceRequestChangesPayload {
        /// The evidence.
        evidence: CertificationEvidence
    }
    refuses [
        "ALREADY_DECIDED", "CONFLICT", "INVALID_TEXT", "NOT_SUBMITTED", "OWN_SUBMISSION",
        "REQUIRED", "TOO_LONG", "TOO_MANY", "UNKNOWN_FIELD"
    ]
);

mutation!(
    /// What `evidenceDecline` answers.
    EvidenceDecline => EvidenceDeclinePayload {
        /// The evidence.
        evidence: CertificationEvidence
    }
    refuses [
        "ALREADY_DECIDED", "CONFLICT", "INVALID_TEXT", "NOT_SUBMITTED", "OWN_SUBMISSION",
        "REQUIRED", "TOO_LONG", "TOO_MANY", "UNKNOWN_FIELD"
    ]
);

/// Takes a certificate back.
#[derive(InputObject)]
struct CertificateRevokeInput {
    /// Which.
    id: ID,
    /// The version that you read.
    expected_version: i32,
    /// Why, for its holder to read.
    reason: String,
    /// What shows it, for the vendor's staff.
    #[graphql(default)]
    evidence: String,
}

mutation!(
    /// What `certificateRevoke` answers.
    CertificateRevoke => CertificateRevokePayload {
        /// The certificate.
        certificate: Certificate
    }
    refuses ["CONFLICT", "INVALID_TEXT", "NOT_ISSUED", "REQUIRED", "REVOKED", "TOO_LONG"]
);

/// Corrects the name on a certificate.
#[derive(InputObject)]
struct CertificateCorrectNameInput {
    /// Which.
    id: ID,
    /// The version that you read.
    expected_version: i32,
    /// The right name.
    holder: String,
    /// Why.
    reason: String,
}

mutation!(
    /// What `certificateCorrectName` answers.
    CertificateCorrectName => CertificateCorrectNamePayload {
        /// The certificate.
        certificate: Certificate
    }
    refuses ["CONFLICT", "INVALID_TEXT", "NOT_ISSUED", "REQUIRED", "REVOKED", "TOO_LONG"]
);

/// Certifications, evidence and certificates.
#[derive(Debug, Default)]
pub(crate) struct CertificationMutation;

#[Object]
impl CertificationMutation {
    /// Saves a certification. What it says counts for what is issued from now on.
    async fn certification_save(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: CertificationSaveInput,
    ) -> Result<Option<CertificationSavePayload>> {
        let definition = define::Definition {
            slug: input.slug,
            title: input.title,
            summary: input.summary,
            locale: input.locale,
            audience: input.audience.into(),
            route: input.route.into(),
            renewal: input.renewal.map(Into::into),
            validity_months: input.validity_months,
            window_days: input.window_days,
            expected_version: input.expected_version,
        };
        let result = define::save(ctx.op(), ctx.portal(), definition).await;
        CertificationSavePayload::of(result, None)
    }

    /// Lets nobody go for a certification any more, or lets them again. Who is certified stays so.
    async fn certification_retire(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: CertificationRetireInput,
    ) -> Result<Option<CertificationRetirePayload>> {
        let id = key::<Certification>(&input.id)?;
        let (op, version) = (ctx.op(), input.expected_version);
        let result = define::set_retired(op, id.into(), input.retired, version).await;
        CertificationRetirePayload::of(result, Some(id))
    }

    /// Submits practical evidence, or submits it again after changes were requested.
    async fn evidence_submit(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: EvidenceSubmitInput,
    ) -> Result<Option<EvidenceSubmitPayload>> {
        let hand_in = HandIn {
            certificate: key::<Certificate>(&input.certificate)?.into(),
            text: input.text,
            url: input.url,
            expected_version: input.expected_version,
        };
        EvidenceSubmitPayload::of(evidence::submit(ctx.op(), hand_in).await, None)
    }

    /// Takes evidence up: others see that somebody is on it.
    async fn evidence_take_up(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: EvidenceTakeUpInput,
    ) -> Result<Option<EvidenceTakeUpPayload>> {
        let id = key::<CertificationEvidence>(&input.id)?;
        let result = evidence::take_up(ctx.op(), id.into(), input.expected_version).await;
        EvidenceTakeUpPayload::of(result, Some(id))
    }

    /// Accepts evidence: it counts, and the certificate may be earned with it.
    async fn evidence_accept(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: EvidenceReviewInput,
    ) -> Result<Option<EvidenceAcceptPayload>> {
        let id = key::<CertificationEvidence>(&input.id)?;
        let result = evidence::decide(ctx.op(), input.review(id), Outcome::Accepted).await;
        EvidenceAcceptPayload::of(result, Some(id))
    }

    /// Asks for changes: the submitter mends the named fields and submits again.
    async fn evidence_request_changes(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: EvidenceReviewInput,
    ) -> Result<Option<EvidenceRequestChangesPayload>> {
        let id = key::<CertificationEvidence>(&input.id)?;
        let result = evidence::decide(ctx.op(), input.review(id), Outcome::ActionRequired).await;
        EvidenceRequestChangesPayload::of(result, Some(id))
    }

    /// Declines evidence: it does not count, and that is final for this period.
    async fn evidence_decline(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: EvidenceReviewInput,
    ) -> Result<Option<EvidenceDeclinePayload>> {
        let id = key::<CertificationEvidence>(&input.id)?;
        let result = evidence::decide(ctx.op(), input.review(id), Outcome::Declined).await;
        EvidenceDeclinePayload::of(result, Some(id))
    }

    /// Takes a certificate back. Its number goes on being found, and says so.
    async fn certificate_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: CertificateRevokeInput,
    ) -> Result<Option<CertificateRevokePayload>> {
        let id = key::<Certificate>(&input.id)?;
        let change = Change {
            certificate: id.into(),
            reason: input.reason,
            text: input.evidence,
            expected_version: input.expected_version,
        };
        CertificateRevokePayload::of(manage::revoke(ctx.op(), change).await, Some(id))
    }

    /// Corrects the name on a certificate; what was on it before is kept, with the reason.
    async fn certificate_correct_name(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: CertificateCorrectNameInput,
    ) -> Result<Option<CertificateCorrectNamePayload>> {
        let id = key::<Certificate>(&input.id)?;
        let change = Change {
            certificate: id.into(),
            reason: input.reason,
            text: input.holder,
            expected_version: input.expected_version,
        };
        CertificateCorrectNamePayload::of(manage::correct_name(ctx.op(), change).await, Some(id))
    }
}

/// What everybody may know of a certificate whose number they have.
#[derive(SimpleObject)]
struct VerifiedCertificate {
    /// Its number.
    number: String,
    /// Where it stands now.
    state: CertificateState,
    /// The name on it.
    holder: String,
    /// The certification.
    certification: String,
    /// When it was issued.
    issued_at: DateTime,
    /// Its end; null for ever.
    valid_until: Option<DateTime>,
    /// When it was taken back; null where it was not.
    revoked_at: Option<DateTime>,
}

/// What anybody may verify.
#[derive(Debug, Default)]
pub(crate) struct CertificationQuery;

#[Object]
impl CertificationQuery {
    /// The certificate with that number, as somebody typed it; null where there is none. It goes on
    /// being found after its end, and after it was revoked. Nobody has to sign in.
    async fn certificate_verify(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The number on the certificate.")] number: String,
    ) -> Result<Option<VerifiedCertificate>> {
        let found = verify::verify(ctx.op(), &number).await.map_err(answer)?;
        Ok(found.map(|it| VerifiedCertificate {
            number: it.number,
            state: it.state.into(),
            holder: it.holder,
            certification: it.certification,
            issued_at: DateTime(it.issued_at),
            valid_until: it.valid_until.map(DateTime),
            revoked_at: it.revoked_at.map(DateTime),
        }))
    }
}
