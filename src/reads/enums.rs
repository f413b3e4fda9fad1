//! The enums of the rows, as the API describes them.

use entity::application::ApplicationState;
use entity::certification_evidence::EvidenceState;
use entity::course::CourseState;
use entity::course_version::CourseVersionState;
use entity::enrollment::EnrollmentState;
use entity::factor::FactorKind;
use entity::invitation::InvitationState;
use entity::lesson_kind::LessonKind;
use entity::membership::{MemberRole, MembershipState};
use entity::onboarding_step::StepState;
use entity::partner::{PartnerKind, PartnerState};
use entity::person::PersonState;
use entity::plan_step::Performer;
use entity::plan_version::PlanVersionState;
use entity::search_shelf::SearchKind;
use entity::staff_role::VendorRole;
use entity::suppression::SuppressionReason;
use entity::verdict::Outcome;

use crate::shape::choices;

choices! {
    PartnerKind, "PartnerKind", "What a partner does in the program." {
        Reseller: "Sells the products on.",
        Referral: "Brings leads.",
        Services: "Implements and advises.",
        Technology: "Builds products that fit.",
        ManagedService: "Runs the products for customers.",
    }
    PartnerState, "PartnerState", "Where a partner stands. What comes before approval is the application's." {
        Onboarding: "On its way through the onboarding plan.",
        Active: "In the program.",
        Suspended: "Held for a while by the vendor.",
        Offboarding: "Leaving.",
        Terminated: "Left. It may apply again.",
    }
    ApplicationState, "PartnerApplicationState", "Where an application stands." {
        Applied: "Sent; nobody has taken it up yet.",
        InReview: "A reviewer is on it.",
        ActionRequired: "The applicant is asked to mend the fields that the reviewer named.",
        Approved: "Let in. Final.",
        Rejected: "Not now: a new application is welcome from `welcomeAgainOn`.",
    }
    PersonState, "PersonState", "Whether an account may sign in." {
        Active: "May sign in.",
        Disabled: "May not sign in. What they did stays theirs.",
    }
    FactorKind, "FactorKind", "How a second factor proves that it is you." {
        Totp: "By codes of six digits that an authenticator shows.",
        Passkey: "By a key that a device keeps.",
    }
    VendorRole, "VendorRole", "What a member of the vendor's staff does." {
        Admin: "Everything, including staff accounts.",
        ProgramManager: "Writes and publishes the program; reviews appeals.",
        PartnerManager: "Looks after partners: applications, onboarding, reviews of what partners submit.",
        EnablementManager: "Courses, certifications, playbooks and the library.",
        Finance: "Funds and payouts.",
        Auditor: "Reads everything, changes nothing.",
    }
    MemberRole, "MemberRole", "What a member may do for their partner." {
        PartnerAdmin: "Looks after the organization: members, profile, submissions.",
        PartnerMember: "Learns, registers, submits.",
    }
    MembershipState, "MembershipState", "Whether a seat is taken." {
        Active: "A member today.",
        Deactivated: "No longer a member.",
    }
    InvitationState, "InvitationState", "Whether an invitation is open." {
        Pending: "Open until it expires.",
        Accepted: "Taken.",
        Withdrawn: "Taken back.",
    }
    Outcome, "VerdictOutcome", "What a reviewer said." {
        ActionRequired: "Mend the named fields and submit again.",
        Returned: "Not done yet: submit again.",
        Accepted: "Done.",
        Rejected: "No. A new submission may be made later.",
        Waived: "Not needed from this partner.",
        Declined: "No, and finally so.",
    }
    PlanVersionState, "OnboardingPlanVersionState", "Whether partners start on a version of a plan." {
        Draft: "Being written.",
        Published: "New partners start on it.",
        Retired: "A later version took its place; who started on it finishes on it.",
    }
    CourseState, "CourseState", "Whether people can enroll on a course." {
        Draft: "Nothing of it is published yet.",
        Published: "People can enroll.",
        Retired: "Nobody enrolls any more; who is on it may finish.",
    }
    CourseVersionState, "CourseVersionState", "Whether people start on a version of a course." {
        Draft: "Being written.",
        Published: "New learners start on it.",
        Retired: "A later version took its place; who started on it finishes on it.",
    }
    LessonKind, "LessonKind", "What a lesson is." {
        Text: "Something to read.",
        Video: "A video elsewhere.",
        File: "A file to read or keep.",
        Quiz: "Questions.",
    }
    EnrollmentState, "EnrollmentState", "Where a learner stands on a course. Whether it is overdue says `isOverdue`." {
        Enrolled: "Not begun.",
        InProgress: "Begun.",
        Completed: "Every lesson is completed.",
        Withdrawn: "Given up.",
    }
    EvidenceState, "CertificationEvidenceState", "Where practical evidence stands." {
        Submitted: "Waits for a reviewer.",
        InReview: "A reviewer is on it.",
        ChangesRequested: "To be mended and submitted again.",
        Accepted: "It counts.",
        Declined: "It does not count. Final.",
    }
    SuppressionReason, "SuppressionReason", "What a server said of an address." {
        NoSuchMailbox: "There is no such mailbox, or no such host.",
        Moved: "It is elsewhere now.",
        NotAllowed: "Nobody can have such an address.",
    }
    Performer, "OnboardingStepPerformer", "Who does a step." {
        Partner: "The partner's people.",
        Vendor: "The vendor's staff.",
        System: "Nobody: it completes itself when its fact arrives.",
    }
    StepState, "OnboardingStepState", "Where a step stands. Whether it is overdue says `isOverdue`." {
        Locked: "Waits for other steps.",
        Open: "To be done.",
        Submitted: "Waits for a reviewer.",
        Returned: "To be done again, for the reason in its latest verdict.",
        Done: "Done.",
        Waived: "Not needed from this partner.",
    }
    SearchKind, "SearchKind", "What can be found by its words." {
        Course: "A course, with its lessons.",
        LearningPath: "A learning path.",
        Certification: "A certification.",
    }
}
