//! The query root, by areas.

use async_graphql::MergedObject;

use crate::reads::case_study::CaseStudy;
use crate::reads::certification::{Certificate, Certification, CertificationEvidence};
use crate::reads::course::{Course, LearningPath};
use crate::reads::field_note::{FieldNote, FieldNoteChange};
use crate::reads::identity::Person;
use crate::reads::learning::Enrollment;
use crate::reads::library::{Asset, AssetCollection};
use crate::reads::mail::{DeadLetter, Suppression};
use crate::reads::onboarding::{OnboardingPlan, OnboardingStep};
use crate::reads::partner::{Partner, PartnerApplication};
use crate::reads::playbook::{Playbook, PlaybookAcknowledgement, PlaybookVersion};
use crate::reads::program::{Program, ProgramVersion};
use crate::reads::record::{AuditEntry, Fact};
use crate::reads::tier::{Appeal, Recognition, Standing, StandingMove, StandingOverride};
use crate::shape::{Root, RootFields, Roots};

/// What is read through shapes and nothing else.
#[derive(Debug, Default, MergedObject)]
pub(crate) struct Shapes(
    Root<Objects>,
    Root<Partners>,
    Root<Onboardings>,
    Root<Enablement>,
    Root<Playbooks>,
    Root<Programs>,
    Root<Records>,
);

/// Any object by its id.
#[derive(Debug)]
struct Objects;

impl Roots for Objects {
    const NAME: &'static str = "ObjectsQuery";

    fn fields(fields: &mut RootFields) {
        fields.node();
    }
}

/// Applications, partners and people.
#[derive(Debug)]
struct Partners;

impl Roots for Partners {
    const NAME: &'static str = "PartnersQuery";

    fn fields(fields: &mut RootFields) {
        fields
            .one::<Partner>(
                "partner",
                "A partner by its id; null where there is none that you may see.",
            )
            .list::<Partner>("partners", "The partners that you see, the latest first.")
            .one::<PartnerApplication>(
                "partnerApplication",
                "An application by its id; null where there is none that you may see.",
            )
            .list::<PartnerApplication>(
                "partnerApplications",
                "The applications that you see, the latest first.",
            )
            .one::<Person>(
                "person",
                "A person by their id; null where there is none whom you may see.",
            )
            .list::<Person>("people", "The people whom you see, by name.");
    }
}

/// Plans, and the queue of steps.
#[derive(Debug)]
struct Onboardings;

impl Roots for Onboardings {
    const NAME: &'static str = "OnboardingsQuery";

    fn fields(fields: &mut RootFields) {
        fields
            .list::<OnboardingPlan>("onboardingPlans", "The onboarding plans that you see, by their short names.")
            .list::<OnboardingStep>(
                "onboardingSteps",
                "Steps of all the partners that you see: filter by `state` and order by `DUE_AT` for what waits for somebody.",
            );
    }
}

/// Playbooks, and who acknowledged them.
#[derive(Debug)]
struct Playbooks;

impl Roots for Playbooks {
    const NAME: &'static str = "PlaybooksQuery";

    fn fields(fields: &mut RootFields) {
        fields
            .one::<Playbook>(
                "playbook",
                "A playbook by its id; null where there is none that you may see.",
            )
            .list::<Playbook>("playbooks", "The playbooks that you see, by title.")
            .list::<PlaybookVersion>(
                "playbookVersions",
                "Versions of playbooks that you see, the latest first: filter by `state` for what waits for a reviewer.",
            )
            .list::<PlaybookAcknowledgement>(
                "playbookAcknowledgements",
                "Who is asked to acknowledge which version of a playbook, and who did, of those whom you see: filter by `acknowledgedAt` for who has not.",
            );
    }
}

/// Programs, where partners stand under them, and what they say against it.
#[derive(Debug)]
struct Programs;

impl Roots for Programs {
    const NAME: &'static str = "ProgramsQuery";

    fn fields(fields: &mut RootFields) {
        fields
            .one::<Program>(
                "program",
                "A program by its id; null where there is none that you may see.",
            )
            .list::<Program>("programs", "The programs that you see, by name.")
            .list::<ProgramVersion>(
                "programVersions",
                "Versions of programs that you see, the latest first.",
            )
            .one::<Standing>(
                "standing",
                "A standing by its id; null where there is none that you may see.",
            )
            .list::<Standing>(
                "standings",
                "Where partners that you see stand: filter by `phase` or `decidedOn` for who is at risk.",
            )
            .list::<StandingMove>(
                "standingMoves",
                "What became of standings that you see, the latest first: who moved.",
            )
            .list::<StandingOverride>(
                "standingOverrides",
                "Tiers that people gave, of those that you see: filter by `state` for what waits for a decision.",
            )
            .list::<Appeal>(
                "appeals",
                "Appeals that you see, the latest first: filter by `state` for those that wait for a reviewer.",
            )
            .list::<Recognition>(
                "recognitions",
                "Partners that went up, the latest first.",
            );
    }
}

/// Courses, who is on them, certificates, case studies, the library and field notes.
#[derive(Debug)]
struct Enablement;

impl Roots for Enablement {
    const NAME: &'static str = "EnablementQuery";

    fn fields(fields: &mut RootFields) {
        fields
            .one::<Course>(
                "course",
                "A course by its id; null where there is none that you may see.",
            )
            .list::<Course>("courses", "The courses that you see, by title.")
            .list::<LearningPath>("learningPaths", "The learning paths that you see, by title.")
            .list::<Enrollment>(
                "enrollments",
                "Who is on which course, of those whom you see: for staff everybody, for a partner's administrators their team.",
            )
            .list::<Certification>("certifications", "The certifications that you see, by title.")
            .list::<Certificate>(
                "certificates",
                "Certificates, and periods in which one is to be earned, of those whom you see.",
            )
            .list::<CertificationEvidence>(
                "certificationEvidence",
                "Practical evidence that you see, the latest first: filter by `state` for what waits for a reviewer.",
            )
            .list::<CaseStudy>(
                "caseStudies",
                "The case studies that you see, what changed last first. Nobody has to sign in for those that are published.",
            )
            .one::<Asset>(
                "asset",
                "An asset by its id; null where there is none that you may see.",
            )
            .list::<Asset>("assets", "The assets of the library that you see, by title.")
            .list::<AssetCollection>("assetCollections", "The collections of assets that you see, by title.")
            .list::<FieldNote>(
                "fieldNotes",
                "Field notes that you see, the latest first: filter by `playbook` or `course` for those beside one, and order by `ENDORSEMENT_COUNT` for those that others found true.",
            )
            .list::<FieldNoteChange>(
                "fieldNoteChanges",
                "What is to take the place of published notes' texts, of those that you see, the latest first: `SUBMITTED` ones wait for a reviewer.",
            );
    }
}

/// What happened, who changed what, and what did not arrive.
#[derive(Debug)]
struct Records;

impl Roots for Records {
    const NAME: &'static str = "RecordsQuery";

    fn fields(fields: &mut RootFields) {
        fields
            .list::<Fact>("facts", "What happened, the latest first.")
            .list::<AuditEntry>(
                "auditEntries",
                "Who changed what, the latest first. Empty unless you are an administrator or auditor of the vendor.",
            )
            .list::<DeadLetter>(
                "deadLetters",
                "Letters and other promises that were given up, the latest first. Empty unless you are an administrator or auditor of the vendor.",
            )
            .list::<Suppression>(
                "suppressions",
                "Addresses to which nothing is sent, the latest first; filter by `liftedAt` for those that stand. Empty unless you are an administrator or auditor of the vendor.",
            );
    }
}
