//! Typed identifiers: a [`PartnerId`] can never be passed where a [`PersonId`] is asked for.

use sea_orm::prelude::Uuid;
use sea_orm::{DbErr, DeriveValueType, TryFromU64};
use serde::{Deserialize, Serialize};

macro_rules! typed_ids {
    ($($(#[$about:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$about])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
            DeriveValueType,
        )]
        pub struct $name(pub Uuid);

        // UUIDs are never handed out by the database, so there is nothing to convert from.
        impl TryFromU64 for $name {
            fn try_from_u64(_: u64) -> Result<Self, DbErr> {
                Err(DbErr::ConvertFromU64(stringify!($name)))
            }
        }

        impl From<Uuid> for $name {
            fn from(raw: Uuid) -> Self {
                Self(raw)
            }
        }

        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }
    )+};
}

typed_ids!(
    /// A partner's word against an evaluation.
    AppealId,
    /// A company's request to join the program.
    ApplicationId,
    /// A copy of an asset that carries a partner's logo.
    AssetCoBrandingId,
    /// Assets that belong together.
    AssetCollectionId,
    /// An asset of a collection.
    AssetCollectionItemId,
    /// Somebody's download of a version of an asset.
    AssetDownloadId,
    /// An asset of the library, over all its versions.
    AssetId,
    /// One version of an asset.
    AssetVersionId,
    /// A line of the audit trail.
    AuditEntryId,
    /// A customer's consent to a case study.
    CaseStudyConsentId,
    /// Somebody's part in a case study.
    CaseStudyContributorId,
    /// A partner's story of what it did for a customer.
    CaseStudyId,
    /// A name on a certificate that was corrected.
    CertificateCorrectionId,
    /// A certificate of one person for one period.
    CertificateId,
    /// Practical evidence for a certification.
    CertificationEvidenceId,
    /// What certificates are of.
    CertificationId,
    /// A right password whose second factor is still to come.
    ChallengeId,
    /// A file of a version of a course, of before.
    CourseFileId,
    /// A course, over all its versions.
    CourseId,
    /// A module of a version of a course.
    CourseModuleId,
    /// One version of a course.
    CourseVersionId,
    /// A person on a course.
    EnrollmentId,
    /// One computation of where a partner stands.
    EvaluationId,
    /// Something that happened.
    FactId,
    /// What proves somebody beside the password.
    FactorId,
    /// A change of a field note.
    FieldNoteChangeId,
    /// An endorsement of a field note.
    FieldNoteEndorsementId,
    /// A short learning of a partner's member.
    FieldNoteId,
    /// A file.
    FileId,
    /// An open seat in a partner or among the vendor's staff.
    InvitationId,
    /// A course of a learning path.
    LearningPathCourseId,
    /// Courses in an order.
    LearningPathId,
    /// A lesson of a version of a course.
    LessonId,
    /// How far somebody is with a lesson.
    LessonProgressId,
    /// Whether somebody wants a letter.
    LetterPreferenceId,
    /// A single-use link that was sent by mail.
    LinkId,
    /// A person's seat in a partner.
    MembershipId,
    /// A line in a person's inbox.
    NotificationId,
    /// A partner's way through one version of a plan.
    OnboardingId,
    /// A plan, over all its versions.
    OnboardingPlanId,
    /// One step of one partner's onboarding.
    OnboardingStepId,
    /// A promise to be kept after the transaction that made it.
    OutboxMessageId,
    /// An organization in the program.
    PartnerId,
    /// A human being with an account.
    PersonId,
    /// One step of one version of a plan.
    PlanStepId,
    /// One version of a plan.
    PlanVersionId,
    /// That somebody knows a version of a playbook.
    PlaybookAcknowledgementId,
    /// A playbook, over all its versions.
    PlaybookId,
    /// A section of a version of a playbook, in one language.
    PlaybookSectionId,
    /// One version of a playbook.
    PlaybookVersionId,
    /// A program, over all its versions.
    ProgramId,
    /// What a partner was told of a version of a program.
    ProgramNoticeId,
    /// One round over all partners.
    ProgramReviewId,
    /// One version of a program.
    ProgramVersionId,
    /// An attempt at a quiz.
    QuizAttemptId,
    /// An advancement that all partners read.
    RecognitionId,
    /// A code for whoever lost their second factor.
    RecoveryCodeId,
    /// One refresh token of a session.
    RefreshTokenId,
    /// One sign-in on one device.
    SessionId,
    /// One vendor role of one person.
    StaffRoleId,
    /// Where a partner stands on a track.
    StandingId,
    /// What became of a standing.
    StandingMoveId,
    /// A tier that people gave against the rules.
    StandingOverrideId,
    /// An address to which nothing is sent.
    SuppressionId,
    /// A reviewer's word on a submission.
    VerdictId,
);
