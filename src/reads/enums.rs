//! The enums of the rows, as the API describes them.

use entity::appeal::AppealState;
use entity::application::ApplicationState;
use entity::asset::{AssetKind, AssetState};
use entity::case_study::{CaseStudyState, Industry};
use entity::case_study_consent::{ConsentMethod, ConsentState};
use entity::certification_evidence::EvidenceState;
use entity::course::CourseState;
use entity::course_version::CourseVersionState;
use entity::enrollment::EnrollmentState;
use entity::factor::FactorKind;
use entity::field_note::FieldNoteState;
use entity::file::FileState;
use entity::invitation::InvitationState;
use entity::lesson_kind::LessonKind;
use entity::membership::{MemberRole, MembershipState};
use entity::onboarding_step::StepState;
use entity::partner::{PartnerKind, PartnerState};
use entity::person::PersonState;
use entity::plan_step::Performer;
use entity::plan_version::PlanVersionState;
use entity::playbook::PlaybookState;
use entity::playbook_section::SectionKind;
use entity::playbook_version::PlaybookVersionState;
use entity::program_version::ProgramVersionState;
use entity::search_shelf::SearchKind;
use entity::staff_role::VendorRole;
use entity::standing::StandingPhase;
use entity::standing_move::MoveKind;
use entity::standing_override::OverrideState;
use entity::suppression::SuppressionReason;
use entity::verdict::Outcome;

use crate::shape::choices;

choices! {
    FileState, "FileState", "Whether the bytes of a file are there." {
        Staged: "Its upload was begun.",
        Stored: "Its bytes are there.",
    }
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
    PlaybookState, "PlaybookState", "Whether partners read a playbook." {
        Draft: "Nothing of it is published yet.",
        Published: "Partners read it.",
        Retired: "Partners read it no more; who acknowledged it still finds what they did.",
    }
    PlaybookVersionState, "PlaybookVersionState", "How far a version of a playbook is." {
        Draft: "Being written.",
        InReview: "Submitted: a reviewer decides, and somebody who did not write it publishes it.",
        Published: "Partners read it.",
        Retired: "A later version took its place, or the playbook was retired.",
    }
    SectionKind, "PlaybookSectionKind", "What a section of a playbook is." {
        Play: "How to sell together, step by step.",
        ValueProposition: "Why customers buy.",
        Template: "A paper to fill in and take away.",
        Text: "Anything else to read.",
    }
    EvidenceState, "CertificationEvidenceState", "Where practical evidence stands." {
        Submitted: "Waits for a reviewer.",
        InReview: "A reviewer is on it.",
        ChangesRequested: "To be mended and submitted again.",
        Accepted: "It counts.",
        Declined: "It does not count. Final.",
    }
    AssetKind, "AssetKind", "What an asset of the library is." {
        Datasheet: "Facts about a product.",
        Presentation: "Slides.",
        Image: "A picture.",
        Video: "A film.",
        Logo: "A sign of the vendor or a product.",
        Template: "Something to fill in.",
        Contract: "Something to agree on.",
        Other: "Anything else.",
    }
    AssetState, "AssetState", "Whether partners see an asset." {
        Draft: "It has no version yet.",
        Published: "Partners see it.",
        Expired: "Its last instant is over. A later one brings it back.",
        Retired: "It was taken out of the library.",
    }
    FieldNoteState, "FieldNoteState", "Where a field note stands." {
        Submitted: "Waits for a reviewer.",
        ChangesRequested: "To be mended and submitted again.",
        Published: "Members of other partners read it.",
        Hidden: "It was published, and a reviewer took it down. Mended, it may be submitted again.",
        Declined: "It is not published. Final.",
        Withdrawn: "Its own partner took it back. Final.",
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
    CaseStudyState, "CaseStudyState", "Where a case study stands." {
        Draft: "Being written.",
        Submitted: "Waits for a reviewer.",
        InReview: "A reviewer is on it.",
        ChangesRequested: "To be mended and submitted again.",
        Approved: "Good; published once the customer has consented.",
        Published: "For everybody to read.",
        Archived: "Was published, and was taken down by staff. Final.",
        Withdrawn: "Was published until the customer's consent was withdrawn. Final.",
        Declined: "Not to be published. Final.",
    }
    Industry, "Industry", "What a customer does." {
        Agriculture: "Farming, forestry, fishing.",
        Construction: "Houses, roads, bridges.",
        Education: "Schools and universities.",
        Energy: "Power, water, heat.",
        Finance: "Banks and funds.",
        Government: "Authorities of any level.",
        Healthcare: "Hospitals, practices, care.",
        Hospitality: "Hotels, restaurants, travel.",
        Insurance: "Insurance.",
        Logistics: "Transport and warehouses.",
        Manufacturing: "Making things.",
        Media: "Press, film, music, games.",
        Nonprofit: "Associations and charities.",
        ProfessionalServices: "Lawyers, auditors, consultants.",
        Retail: "Shops, on the web and elsewhere.",
        Technology: "Software and devices.",
        Telecommunications: "Telephone and networks.",
        Other: "Anything else.",
    }
    ConsentMethod, "CaseStudyConsentMethod", "How a customer consents." {
        Link: "By the link in a letter.",
        Paper: "On paper, which somebody recorded.",
    }
    ConsentState, "CaseStudyConsentState", "Where a customer's consent stands. Whether a question that is `ASKED` can still be answered says `expiresAt`." {
        Asked: "The customer was asked.",
        Given: "The customer has consented to the text as it is.",
        Refused: "The customer has not consented.",
        Outdated: "The text has changed since, or the customer was asked anew.",
        Withdrawn: "The customer had consented, and does not any more.",
    }
    ProgramVersionState, "ProgramVersionState", "How far a version of a program is." {
        Draft: "Being written.",
        Announced: "Partners were told: it counts from its day on.",
        InForce: "It counts.",
        Superseded: "A later version took its place.",
        Withdrawn: "It was announced, and taken back before it counted.",
    }
    StandingPhase, "StandingPhase", "How safe a tier is." {
        Steady: "It is earned, or was given.",
        AtRisk: "It is not earned any more, and the partner was told.",
        Grace: "The day has come, and the partner keeps it for a while yet.",
    }
    MoveKind, "StandingMoveKind", "What became of a standing." {
        Entered: "A partner stands on the track for the first time.",
        Advanced: "Up.",
        AtRisk: "The tier is not earned any more.",
        GraceStarted: "The partner keeps the tier for a while yet.",
        Kept: "It is earned again.",
        Demoted: "Down.",
        Overridden: "People gave a tier.",
        OverrideEnded: "The rules count again.",
        Ended: "The program has no such track any more.",
    }
    OverrideState, "StandingOverrideState", "How far an override is." {
        Proposed: "Somebody else has to decide.",
        Approved: "It counts until its end.",
        Declined: "It does not count.",
        Ended: "It counted until its end, or was ended before.",
    }
    AppealState, "AppealState", "How far an appeal is." {
        Submitted: "A reviewer has to decide.",
        ActionRequired: "The reviewer asks for more.",
        Upheld: "The partner is right.",
        Dismissed: "The evaluation stands.",
        Withdrawn: "The partner took it back.",
    }
    SearchKind, "SearchKind", "What can be found by its words." {
        Course: "A course, with its lessons.",
        LearningPath: "A learning path.",
        Certification: "A certification.",
        Playbook: "A playbook, with its sections.",
        CaseStudy: "A case study.",
        Asset: "An asset of the library.",
        FieldNote: "A field note.",
    }
}
