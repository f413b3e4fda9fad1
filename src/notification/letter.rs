//! Every letter that the portal writes, with its merge fields: the closed list.

use chrono::{DateTime, NaiveDate, Utc};
use entity::id::{CaseStudyConsentId, LinkId};
use entity::link::LinkPurpose;
use entity::membership::MemberRole;
use entity::plan_step::Performer;
use serde::{Deserialize, Serialize};

/// A single-use link, by the row that stands for it. The token itself is made from the link key
/// when the letter is rendered and stored nowhere, so a letter that is rendered again carries the
/// same link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    /// The row.
    pub id: LinkId,
    /// What it is for; it decides the page that it opens.
    pub purpose: LinkPurpose,
    /// Until when it works.
    pub expires_at: DateTime<Utc>,
}

/// A line of the plan in the welcome letter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct PlannedStep {
    /// What is to be done.
    pub title: String,
    /// Who does it.
    pub performer: Performer,
    /// Until which day.
    pub due_on: NaiveDate,
}

/// How a step came to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum HowDone {
    /// A reviewer signed it off.
    SignedOff,
    /// What it asked for was handed in, and nothing more was needed.
    Submitted,
    /// The facts that it waited for arrived.
    ByFacts,
}

/// What is new about a section of a playbook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum SectionNews {
    /// It was not there before.
    Added,
    /// It is no more.
    Removed,
    /// It says something else.
    Changed,
    /// It stands in another place.
    Moved,
}

/// A section of a playbook that is not as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangedSection {
    /// What it is called.
    pub title: String,
    /// What is new.
    pub news: SectionNews,
}

/// A field to mend, with what the reviewer says of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Point {
    /// Which, by the API's name.
    pub field: String,
    /// What it is called where it was written; none where the language of the letter names it.
    pub title: Option<String>,
    /// What; none where nothing is said of it alone.
    pub comment: Option<String>,
}

/// How something is held against a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Limit {
    /// This or more.
    AtLeast,
    /// More than this.
    Above,
    /// This or less.
    AtMost,
    /// Less than this.
    Below,
}

/// What a tier asks for and is not there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shortfall {
    /// What is measured.
    pub name: String,
    /// Of what it counts, where that is told.
    pub unit: Option<String>,
    /// How much there is; none where that cannot be said.
    pub has: Option<String>,
    /// Its limit; none where there is none for this partner.
    pub limit: Option<String>,
    /// How it is held against it.
    pub bound: Limit,
}

/// What a tier brings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Brought {
    /// What.
    pub name: String,
    /// How much of it, or in which words; none where it is simply granted.
    pub value: Option<String>,
}

/// What is lost with a tier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Lost {
    /// What.
    pub name: String,
    /// How much of it there was, or in which words; none where it was simply granted.
    pub had: Option<String>,
    /// How much of it is left, or in which words; none where nothing is.
    pub left: Option<String>,
}

/// What a version of the program changes for a partner on a track.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrackNews {
    /// The track.
    pub track: String,
    /// The tier on which it stands.
    pub stands: Option<String>,
    /// The tier that it earns by the rules in force.
    pub before: Option<String>,
    /// The tier that it would earn by the new ones.
    pub after: Option<String>,
    /// What of its tier it would lack.
    pub missing: Vec<Shortfall>,
    /// What changes of its tier, of the next one and of the track: a sentence each.
    #[serde(default)]
    pub changes: Vec<String>,
    /// How many more changes there are.
    #[serde(default)]
    pub more: usize,
}

/// A metric of the quarterly report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Bar {
    /// What is measured.
    pub name: String,
    /// How much there is.
    pub has: String,
    /// How much the next tier asks for, or the tier itself where it is the highest.
    pub needs: String,
    /// What is counted, as the program calls it; none where it does not say.
    #[serde(default)]
    pub unit: Option<String>,
    /// How much there was at the end of the quarter before; none where the partner was none then.
    #[serde(default)]
    pub before: Option<String>,
    /// What part of it there is, in percent, 100 at most.
    pub percent: u32,
}

/// A track of the quarterly report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TrackReport {
    /// The track.
    pub track: String,
    /// The tier; none for none.
    pub tier: Option<String>,
    /// Since when.
    pub since: NaiveDate,
    /// The day on which it is decided whether the tier stays, where it is at risk or in grace.
    pub decided_on: Option<NaiveDate>,
    /// The next tier; none at the top.
    pub next: Option<String>,
    /// How far the partner is.
    pub bars: Vec<Bar>,
    /// What it loses next if nothing more happens: the day, and the tier then.
    pub loses: Option<(NaiveDate, Option<String>)>,
}

macro_rules! letters {
    ($($(#[doc = $about:literal])+ $name:ident $({ $($(#[doc = $field_about:literal])+ $(#[serde($serde:meta)])? $field:ident: $ty:ty),+ $(,)? })? = $kind:literal $security:literal),+ $(,)?) => {
        /// A letter, with what it says.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "kind", rename_all_fields = "camelCase")]
        pub enum Letter {
            $($(#[doc = $about])+ #[serde(rename = $kind)] $name $({ $($(#[doc = $field_about])+ $(#[serde($serde)])? $field: $ty),+ })?,)+
        }

        impl Letter {
            /// The letter's stable name; its templates carry it.
            #[must_use]
            pub fn kind(&self) -> &'static str {
                match self { $(Self::$name { .. } => $kind),+ }
            }

            /// Whether it is about the security of an account and so cannot be switched off.
            #[must_use]
            pub fn is_security(&self) -> bool {
                match self { $(Self::$name { .. } => $security),+ }
            }
        }

        /// Names of all letters.
        pub const KINDS: &[&str] = &[$($kind),+];

        /// Whether the letter of that name is about the security of an account; none where there
        /// is no such letter.
        #[must_use]
        pub fn is_security(kind: &str) -> Option<bool> {
            match kind { $($kind => Some($security),)+ _ => None }
        }
    };
}

letters!(
    /// To an applicant: prove the address.
    ConfirmEmail { /** The company that applied. */ company: String, /** Confirms. */ link: Link } = "confirm_email" true,
    /// To someone who is offered a seat.
    Invitation { /** The partner, or the vendor's program. */ organization: String, /** Who offers it. */ inviter: String, /** The seat in a partner; none for staff. */ role: Option<MemberRole>, /** Accepts. */ link: Link } = "invitation" true,
    /// To someone who forgot their password, or to nobody if they did not ask.
    ResetPassword { /** Sets a new one. */ link: Link } = "reset_password" true,
    /// The password was changed.
    PasswordChanged { /** When. */ at: DateTime<Utc>, /** From where. */ address: String } = "password_changed" true,
    /// Someone signed in from a device that was not seen before.
    NewDevice { /** When. */ at: DateTime<Utc>, /** The device. */ device: String, /** From where. */ address: String } = "new_device" true,
    /// A refresh token was used twice, so its session was ended.
    TokenReused { /** When. */ at: DateTime<Utc>, /** The device of the session. */ device: String, /** From where the second use came. */ address: String } = "token_reused" true,
    /// A second factor was added.
    FactorAdded { /** What its owner calls it. */ name: String, /** When. */ at: DateTime<Utc>, /** The device. */ device: String, /** From where. */ address: String } = "factor_added" true,
    /// Second factors were removed.
    FactorRemoved { /** What their owner called them. */ names: Vec<String>, /** When. */ at: DateTime<Utc>, /** From where. */ address: String, /** Who did it, where that was not their owner. */ by: Option<String>, /** Why, where it was not their owner. */ reason: Option<String> } = "factor_removed" true,
    /// There are new recovery codes; the old ones are good no more.
    RecoveryCodesRenewed { /** When. */ at: DateTime<Utc>, /** From where. */ address: String } = "recovery_codes_renewed" true,
    /// Somebody proved themselves by a recovery code.
    RecoveryCodeUsed { /** When. */ at: DateTime<Utc>, /** The device. */ device: String, /** From where. */ address: String, /** How many codes are left. */ left: u32 } = "recovery_code_used" true,
    /// To the applicant: it has arrived.
    ApplicationReceived { /** The company. */ company: String } = "application_received" false,
    /// To staff who look after applications: there is a new one.
    ApplicationToReview { /** The company. */ company: String, /** Its country, ISO 3166-1. */ country: String, /** Who asks. */ contact: String, /** Why. */ why: String, /** How many partners and applications look like the same company. */ possible_duplicates: u32, /** Whether it was mended after a review. */ resubmitted: bool, /** Which one, as the API's id. */ application: String } = "application_to_review" false,
    /// To the applicant: mend these fields.
    ApplicationNeedsChanges { /** The company. */ company: String, /** Who reviewed. */ reviewer: String, /** What is missing. */ reason: String, /** Fields to mend, with what is said of each. */ points: Vec<Point>, /** Opens the application. */ link: Link } = "application_needs_changes" false,
    /// To the applicant: welcome. The invitation comes in a letter of its own.
    ApplicationApproved { /** The company. */ company: String, /** Who looks after it from now on. */ owner: String } = "application_approved" false,
    /// To the applicant: not now.
    ApplicationRejected { /** The company. */ company: String, /** Why. */ reason: String, /** From when a new application is welcome. */ welcome_again_on: NaiveDate } = "application_rejected" false,
    /// To the members of a partner that begins: the plan.
    OnboardingWelcome { /** The partner. */ partner: String, /** Who looks after it. */ owner: String, /** The plan's name. */ plan: String, /** Its steps. */ steps: Vec<PlannedStep> } = "onboarding_welcome" false,
    /// A step may be done now.
    StepOpened { /** The partner. */ partner: String, /** The step. */ step: String, /** Until which day. */ due_on: NaiveDate, /** Which one, as the API's id. */ step_id: String } = "step_opened" false,
    /// To staff: a step waits for review.
    StepSubmitted { /** The partner. */ partner: String, /** The step. */ step: String, /** Who submitted it. */ submitter: String, /** Which one, as the API's id. */ step_id: String } = "step_submitted" false,
    /// A step is to be done again.
    StepReturned { /** The partner. */ partner: String, /** The step. */ step: String, /** Who reviewed. */ reviewer: String, /** Why. */ reason: String, /** What to mend, with what is said of each. */ points: Vec<Point>, /** Until which day. */ due_on: NaiveDate, /** Which one, as the API's id. */ step_id: String } = "step_returned" false,
    /// A step is due soon.
    StepDueSoon { /** The partner. */ partner: String, /** The step. */ step: String, /** Until which day. */ due_on: NaiveDate, /** Which one, as the API's id. */ step_id: String } = "step_due_soon" false,
    /// A step is overdue: to those who do it, and to the partner manager.
    StepOverdue { /** The partner. */ partner: String, /** The step. */ step: String, /** Since which day. */ due_on: NaiveDate, /** Which one, as the API's id. */ step_id: String } = "step_overdue" false,
    /// A step is done.
    StepDone { /** The partner. */ partner: String, /** The step. */ step: String, /** How. */ how: HowDone, /** How many steps are left. */ left: u32 } = "step_done" false,
    /// A step is not needed.
    StepWaived { /** The partner. */ partner: String, /** The step. */ step: String, /** Who says so. */ reviewer: String, /** Why. */ reason: String } = "step_waived" false,
    /// The last step is done: the partner is active.
    OnboardingComplete { /** The partner. */ partner: String, /** Days from approval. */ days: u32 } = "onboarding_complete" false,
    /// To a learner: take these courses.
    CourseAssigned { /** The courses, in the order in which they are to be taken. */ courses: Vec<String>, /** The certification that they lead to. */ toward: Option<String>, /** Who assigns them; none where it is the portal itself. */ assigner: Option<String>, /** Until which day. */ due_on: Option<NaiveDate>, /** The enrollment in the first of them, as the API's id. */ enrollment: String } = "course_assigned" false,
    /// To a learner: a course is due soon.
    CourseDueSoon { /** The course. */ course: String, /** Until which day. */ due_on: NaiveDate, /** How many lessons are left. */ lessons_left: u32, /** Which enrollment, as the API's id. */ enrollment: String } = "course_due_soon" false,
    /// To a learner: a course is overdue.
    CourseOverdue { /** The course. */ course: String, /** Since which day. */ due_on: NaiveDate, /** How many lessons are left. */ lessons_left: u32, /** Which enrollment, as the API's id. */ enrollment: String } = "course_overdue" false,
    /// To the administrators of a partner: one of its members is overdue with a course.
    MemberOverdue { /** The member. */ member: String, /** The partner. */ partner: String, /** The course. */ course: String, /** Since which day. */ due_on: NaiveDate } = "member_overdue" false,
    /// To a learner: take a course again, so that what was learned stays fresh.
    RefresherDue { /** The course. */ course: String, /** When it was last completed. */ completed_on: NaiveDate, /** Until which day. */ due_on: NaiveDate, /** Which enrollment, as the API's id. */ enrollment: String } = "refresher_due" false,
    /// To a learner: the exam is passed.
    ExamPassed { /** The exam. */ exam: String, /** How much was right. */ percent: u32, /** How much was needed. */ pass_percent: u32 } = "exam_passed" false,
    /// To a learner: the exam is not passed.
    ExamFailed { /** The exam. */ exam: String, /** How much was right. */ percent: u32, /** How much is needed. */ pass_percent: u32, /** How many attempts are left; none where they are not counted. */ attempts_left: Option<u32>, /** From when on it may be tried again; none where that is now. */ again_at: Option<DateTime<Utc>>, /** Which enrollment, as the API's id. */ enrollment: String } = "exam_failed" false,
    /// To reviewers: evidence waits for review.
    EvidenceSubmitted { /** The certification. */ certification: String, /** Whose evidence it is. */ member: String, /** Which one, as the API's id. */ evidence: String, /** Whether it was mended after a review. */ resubmitted: bool } = "evidence_submitted" false,
    /// To the one who submitted evidence: mend it.
    EvidenceNeedsChanges { /** The certification. */ certification: String, /** Who reviewed. */ reviewer: String, /** What is missing. */ reason: String, /** What to mend, with what is said of each. */ points: Vec<Point>, /** Which one, as the API's id. */ evidence: String } = "evidence_needs_changes" false,
    /// To the one who submitted evidence: it is accepted. The certificate comes in a letter of its
    /// own.
    EvidenceAccepted { /** The certification. */ certification: String, /** Who reviewed. */ reviewer: String } = "evidence_accepted" false,
    /// To the one who submitted evidence: it is not accepted.
    EvidenceDeclined { /** The certification. */ certification: String, /** Who reviewed. */ reviewer: String, /** Why. */ reason: String } = "evidence_declined" false,
    /// To the holder of a new certificate, which is attached.
    CertificateIssued { /** The certification. */ certification: String, /** The name on the certificate. */ holder: String, /** The certificate's number. */ number: String, /** When it was issued. */ issued_at: DateTime<Utc>, /** Until when it is valid; none for ever. */ valid_until: Option<DateTime<Utc>>, /** Whether it takes the place of an older one. */ renewed: bool } = "certificate_issued" false,
    /// To the holder of a certificate: it runs out soon.
    CertificateExpiring { /** The certification. */ certification: String, /** The certificate's number. */ number: String, /** In how many days it runs out. */ days: u32, /** Until when it is valid. */ valid_until: DateTime<Utc>, /** What renews it: courses, in the order in which they are to be taken. */ route: Vec<String> } = "certificate_expiring" false,
    /// To the one who held a certificate: it has run out.
    CertificateExpired { /** The certification. */ certification: String, /** The certificate's number. */ number: String, /** Until when it was valid. */ valid_until: DateTime<Utc> } = "certificate_expired" false,
    /// To the one who held a certificate: it was revoked.
    CertificateRevoked { /** The certification. */ certification: String, /** The certificate's number. */ number: String, /** Why. */ reason: String } = "certificate_revoked" false,
    /// To the holder of a certificate: the name on it is corrected, and it is attached anew.
    CertificateCorrected { /** The certification. */ certification: String, /** The name on the certificate from now on. */ holder: String, /** The certificate's number. */ number: String, /** When it was issued. */ issued_at: DateTime<Utc>, /** Until when it is valid; none for ever. */ valid_until: Option<DateTime<Utc>> } = "certificate_corrected" false,
    /// To the holder of a certificate: its course has a new version, please renew.
    CertificateOutdated { /** The certification. */ certification: String, /** The certificate's number. */ number: String, /** The course that has a new version. */ course: String, /** When it ends, if ever. */ valid_until: Option<DateTime<Utc>> } = "certificate_outdated" false,
    /// To reviewers: a version of a playbook waits for review.
    PlaybookSubmitted { /** The playbook. */ playbook: String, /** The version's number. */ number: i32, /** Who submitted it. */ author: String, /** Which version, as the API's id. */ version: String, /** Whether it was submitted before. */ resubmitted: bool } = "playbook_submitted" false,
    /// To the one who submitted a version of a playbook: mend it.
    PlaybookNeedsChanges { /** The playbook. */ playbook: String, /** The version's number. */ number: i32, /** Who reviewed. */ reviewer: String, /** What is missing. */ reason: String, /** Sections to mend, with what is said of each. */ points: Vec<Point>, /** Which version, as the API's id. */ version: String } = "playbook_needs_changes" false,
    /// To the one who submitted a version of a playbook: it can be published.
    PlaybookAccepted { /** The playbook. */ playbook: String, /** The version's number. */ number: i32, /** Who reviewed. */ reviewer: String, /** Which version, as the API's id. */ version: String } = "playbook_accepted" false,
    /// To a member: read this version of a playbook and say that you did.
    PlaybookToAcknowledge { /** The playbook. */ playbook: String, /** Whether they know an earlier version. */ known: bool, /** What it was called, where that was something else. */ former_title: Option<String>, /** What its authors say has changed since; empty where they say nothing. */ note: String, /** Whether its summary is not as they knew it. */ summary_changed: bool, /** Sections that are not as they knew them. */ changed: Vec<ChangedSection>, /** Until which day. */ due_on: NaiveDate, /** Which version, as the API's id. */ version: String } = "playbook_to_acknowledge" false,
    /// To whoever knows an earlier version of a playbook: what is new in one that nobody is asked to
    /// acknowledge.
    PlaybookRenewed { /** The playbook. */ playbook: String, /** What it was called, where that was something else. */ former_title: Option<String>, /** What its authors say has changed since; empty where they say nothing. */ note: String, /** Whether its summary is not as they knew it. */ summary_changed: bool, /** Sections that are not as they knew them. */ changed: Vec<ChangedSection>, /** Which version, as the API's id. */ version: String } = "playbook_renewed" false,
    /// To a member: a playbook is still to be acknowledged.
    PlaybookDue { /** The playbook. */ playbook: String, /** Until which day. */ due_on: NaiveDate, /** Whether that day is over. */ overdue: bool, /** Which version, as the API's id. */ version: String } = "playbook_due" false,
    /// To reviewers: a case study waits for review.
    CaseStudySubmitted { /** What it is called. */ title: String, /** Whose work it tells of. */ partner: String, /** For whom that was done. */ customer: String, /** Who submitted it. */ submitter: String, /** Which one, as the API's id. */ case_study: String, /** Whether it was mended after a review. */ resubmitted: bool } = "case_study_submitted" false,
    /// To those who wrote a case study: mend it.
    CaseStudyNeedsChanges { /** What it is called. */ title: String, /** Who reviewed. */ reviewer: String, /** What is missing. */ reason: String, /** Fields to mend, with what is said of each. */ points: Vec<Point>, /** Which one, as the API's id. */ case_study: String } = "case_study_needs_changes" false,
    /// To those who wrote a case study: it is good.
    CaseStudyApproved { /** What it is called. */ title: String, /** Who reviewed. */ reviewer: String, /** Whether the customer has consented already. */ consented: bool, /** The customer. */ customer: String, /** Which one, as the API's id. */ case_study: String } = "case_study_approved" false,
    /// To those who wrote a case study: everybody can read it.
    CaseStudyPublished { /** What it is called. */ title: String, /** The last part of its address. */ slug: String } = "case_study_published" false,
    /// To those who wrote a case study: it is not to be published.
    CaseStudyDeclined { /** What it is called. */ title: String, /** Who reviewed. */ reviewer: String, /** Why. */ reason: String } = "case_study_declined" false,
    /// To those who wrote a case study: it is taken down.
    CaseStudyArchived { /** What it is called. */ title: String, /** Why. */ reason: String } = "case_study_archived" false,
    /// To a customer: may this be published?
    ConsentAsked { /** What it is called. */ title: String, /** Whose work it tells of. */ partner: String, /** The customer. */ customer: String, /** Who asks. */ asker: String, /** Opens the text, and takes the answer. */ consent: CaseStudyConsentId, /** Until when it can be answered. */ expires_at: DateTime<Utc> } = "consent_asked" false,
    /// To a customer who has not answered: may this be published? The link ends soon.
    ConsentDueSoon { /** What it is called. */ title: String, /** Whose work it tells of. */ partner: String, /** The customer. */ customer: String, /** Who asked. */ asker: String, /** Opens the text, and takes the answer. */ consent: CaseStudyConsentId, /** Until when it can be answered. */ expires_at: DateTime<Utc> } = "consent_due_soon" false,
    /// To those who wrote a case study, and its reviewers: the customer has not answered in time.
    ConsentLapsed { /** What it is called. */ title: String, /** Who was asked. */ name: String, /** The customer. */ customer: String, /** Until when it could be answered. */ expired_at: DateTime<Utc>, /** Which one, as the API's id. */ case_study: String } = "consent_lapsed" false,
    /// To a customer who has consented: it is published.
    ConsentPublished { /** What it is called. */ title: String, /** Whose work it tells of. */ partner: String, /** The customer. */ customer: String, /** The last part of its address. */ slug: String, /** Opens the text, and takes the withdrawal. */ consent: CaseStudyConsentId } = "consent_published" false,
    /// To those who wrote a case study, and its reviewers: the customer has answered.
    ConsentAnswered { /** What it is called. */ title: String, /** Who answered. */ name: String, /** The customer. */ customer: String, /** Whether they consent. */ given: bool, /** What they said beside; may be empty. */ note: String, /** Which one, as the API's id. */ case_study: String } = "consent_answered" false,
    /// To those who wrote a case study, and its reviewers: the customer does not consent any more.
    ConsentWithdrawn { /** What it is called. */ title: String, /** Who had consented. */ name: String, /** The customer. */ customer: String, /** Who recorded it; none where it was the customer. */ recorded_by: Option<String>, /** Why; may be empty. */ reason: String, /** Whether it was public until now. */ was_public: bool, /** Which one, as the API's id. */ case_study: String } = "consent_withdrawn" false,
    /// To reviewers: a field note waits for review.
    FieldNoteSubmitted { /** What it is about. */ title: String, /** Who wrote it. */ member: String, /** For which partner. */ partner: String, /** Which one, as the API's id. */ note: String, /** Whether it was mended after a review. */ resubmitted: bool } = "field_note_submitted" false,
    /// To the author of a field note: mend it.
    FieldNoteNeedsChanges { /** What it is about. */ title: String, /** Who reviewed. */ reviewer: String, /** What is missing. */ reason: String, /** What to mend, with what is said of each. */ points: Vec<Point>, /** Which one, as the API's id. */ note: String, /** Whether it is a change, and what was published before stays. */ #[serde(default)] of_change: bool } = "field_note_needs_changes" false,
    /// To the author of a field note: it is published.
    FieldNotePublished { /** What it is about. */ title: String, /** The name of the partner as others read it; none where they do not. */ shown_as: Option<String>, /** Which one, as the API's id. */ note: String, /** Whether it took the place of what was published before. */ #[serde(default)] of_change: bool } = "field_note_published" false,
    /// To the author of a field note: it is not published, or what was to take its place is not.
    FieldNoteDeclined { /** What it is about. */ title: String, /** Who reviewed. */ reviewer: String, /** Why. */ reason: String, /** Whether a change was declined, and what was published before stays. */ #[serde(default)] of_change: bool } = "field_note_declined" false,
    /// To the author of a field note: it was taken down.
    FieldNoteHidden { /** What it is about. */ title: String, /** Who reviewed. */ reviewer: String, /** Why. */ reason: String, /** Which one, as the API's id. */ note: String } = "field_note_hidden" false,
    /// To whoever downloaded an earlier version of an asset: there is a newer one.
    AssetUpdated { /** The asset. */ title: String, /** Its version now. */ number: i32, /** What changed. */ change_note: String, /** Which one, as the API's id. */ asset: String } = "asset_updated" false,
    /// To the owner of an asset: it expires soon.
    AssetExpiring { /** The asset. */ title: String, /** Its last instant. */ expires_at: DateTime<Utc>, /** In how many days. */ days: u32, /** Which one, as the API's id. */ asset: String } = "asset_expiring" false,
    /// To the administrators of a partner: a version of the program is announced, and what it changes
    /// for them.
    ProgramAnnounced { /** The partner. */ partner: String, /** The program. */ name: String, /** The version's number. */ number: i32, /** Whether it is the first. */ is_first: bool, /** From which day it counts. */ in_force_on: NaiveDate, /** What its author says; may be empty. */ note: String, /** What changes, track by track. */ tracks: Vec<TrackNews>, /** Which notice, as the API's id. */ notice: String } = "program_announced" false,
    /// To the administrators of a partner: what was announced does not come.
    ProgramWithdrawn { /** The program. */ name: String, /** The version's number. */ number: i32, /** Why. */ reason: String } = "program_withdrawn" false,
    /// To the administrators of a partner: up.
    TierAdvanced { /** The partner. */ partner: String, /** The program. */ name: String, /** The track. */ track: String, /** The tier. */ tier: String, /** The tier before. */ from: Option<String>, /** What it brings. */ benefits: Vec<Brought>, /** Which standing, as the API's id. */ standing: String } = "tier_advanced" false,
    /// To the administrators of a partner, and who looks after it: the tier is not earned any more.
    TierAtRisk { /** The partner. */ partner: String, /** The program. */ name: String, /** The track. */ track: String, /** The tier. */ tier: String, /** The tier that is earned. */ earned: Option<String>, /** When it is decided. */ decided_on: NaiveDate, /** The first day on which it may be lost, where a time of grace follows. */ #[serde(default)] lost_on: Option<NaiveDate>, /** What is missing. */ missing: Vec<Shortfall>, /** What would be lost with the tier. */ #[serde(default)] losses: Vec<Lost>, /** Until which day it can be appealed against. */ #[serde(default)] appeal_until: Option<NaiveDate>, /** Which standing, as the API's id. */ standing: String } = "tier_at_risk" false,
    /// To the administrators of a partner, and who looks after it: it keeps the tier for a while yet.
    TierGraceStarted { /** The partner. */ partner: String, /** The program. */ name: String, /** The track. */ track: String, /** The tier. */ tier: String, /** The tier that is earned. */ earned: Option<String>, /** When it ends. */ ends_on: NaiveDate, /** What is missing. */ missing: Vec<Shortfall>, /** What would be lost with the tier. */ #[serde(default)] losses: Vec<Lost>, /** Until which day it can be appealed against. */ #[serde(default)] appeal_until: Option<NaiveDate>, /** Which standing, as the API's id. */ standing: String } = "tier_grace_started" false,
    /// To the administrators of a partner, and who looks after it: it is earned again.
    TierKept { /** The partner. */ partner: String, /** The program. */ name: String, /** The track. */ track: String, /** The tier. */ tier: String, /** Which standing, as the API's id. */ standing: String } = "tier_kept" false,
    /// To the administrators of a partner, and who looks after it: down.
    TierDemoted { /** The partner. */ partner: String, /** The program. */ name: String, /** The track. */ track: String, /** The tier; none for none. */ tier: Option<String>, /** The tier before. */ from: String, /** What was missing. */ missing: Vec<Shortfall>, /** What was lost with the tier. */ #[serde(default)] losses: Vec<Lost>, /** Until which day it can be appealed against. */ appeal_until: NaiveDate, /** Which standing, as the API's id. */ standing: String } = "tier_demoted" false,
    /// To the administrators of a partner: people gave it a tier.
    TierOverridden { /** The partner. */ partner: String, /** The program. */ name: String, /** The track. */ track: String, /** The tier. */ tier: String, /** Its last day. */ ends_on: NaiveDate, /** Why. */ reason: String, /** What the tier brings. */ #[serde(default)] benefits: Vec<Brought>, /** Which standing, as the API's id. */ standing: String } = "tier_overridden" false,
    /// To those who decide: somebody would give a partner a tier against the rules.
    OverrideProposed { /** The partner. */ partner: String, /** The program. */ name: String, /** The track. */ track: String, /** The tier. */ tier: String, /** Its last day. */ ends_on: NaiveDate, /** Why. */ reason: String, /** Who proposes it. */ proposer: String, /** Which one, as the API's id. */ proposal: String } = "override_proposed" false,
    /// To the one who proposed it: somebody else has decided.
    OverrideDecided { /** The partner. */ partner: String, /** The track. */ track: String, /** The tier. */ tier: String, /** Whether it counts. */ approved: bool, /** Who decided. */ reviewer: String, /** Why; may be empty. */ reason: String } = "override_decided" false,
    /// To reviewers: a partner appeals.
    AppealToReview { /** The partner. */ partner: String, /** The program. */ name: String, /** The track. */ track: String, /** Who submitted it. */ submitter: String, /** What is wrong, in their words. */ reason: String, /** Until when it is to be answered. */ answer_by: DateTime<Utc>, /** Which one, as the API's id. */ appeal: String, /** Whether it was mended after a review. */ resubmitted: bool } = "appeal_to_review" false,
    /// To reviewers: an appeal is to be answered soon.
    AppealDueSoon { /** The partner. */ partner: String, /** The track. */ track: String, /** Until when it is to be answered. */ answer_by: DateTime<Utc>, /** Which one, as the API's id. */ appeal: String } = "appeal_due_soon" false,
    /// To the one who appealed: it has arrived.
    AppealReceived { /** The partner. */ partner: String, /** The track. */ track: String, /** Until when it is answered. */ answer_by: DateTime<Utc>, /** Which one, as the API's id. */ appeal: String } = "appeal_received" false,
    /// To the one who appealed: say more.
    AppealNeedsMore { /** The partner. */ partner: String, /** The track. */ track: String, /** Who reviewed. */ reviewer: String, /** What is missing. */ reason: String, /** Which one, as the API's id. */ appeal: String } = "appeal_needs_more" false,
    /// To the administrators of a partner, and the one who appealed: it is decided.
    AppealDecided { /** The partner. */ partner: String, /** The track. */ track: String, /** Whether it was upheld. */ upheld: bool, /** Who reviewed. */ reviewer: String, /** Why; may be empty. */ reason: String, /** The tier that was given with it. */ tier: Option<String>, /** Its last day. */ ends_on: Option<NaiveDate>, /** Which one, as the API's id. */ appeal: String } = "appeal_decided" false,
    /// To the administrators of a partner, once a quarter: where it stands.
    StandingReport { /** The partner. */ partner: String, /** The program. */ name: String, /** The first day of the quarter. */ from: NaiveDate, /** Its last day. */ until: NaiveDate, /** Each track. */ tracks: Vec<TrackReport> } = "standing_report" false,
);

impl Letter {
    /// The link that the letter is for; without it, it is of no use.
    #[must_use]
    pub fn link(&self) -> Option<Link> {
        if let Self::ConfirmEmail { link, .. }
        | Self::Invitation { link, .. }
        | Self::ResetPassword { link }
        | Self::ApplicationNeedsChanges { link, .. } = self
        {
            Some(*link)
        } else {
            None
        }
    }

    /// Until when the letter is of use; none where that is for ever.
    #[must_use]
    pub fn expires_at(&self) -> Option<DateTime<Utc>> {
        if let Self::ConsentAsked { expires_at, .. } | Self::ConsentDueSoon { expires_at, .. } =
            self
        {
            return Some(*expires_at);
        }
        self.link().map(|link| link.expires_at)
    }
}
