//! Every kind of facts, with its typed payload.
//!
//! The order is that of the portal's own story, then of what is told from outside. A kind, a field
//! and a word are never renamed: rows carry them.

use chrono::{DateTime, NaiveDate, Utc};
use entity::membership::MemberRole;
use serde::{Deserialize, Serialize};

use super::amount::Amount;
use super::field::{Content, Field, FieldType, camel, camel_length};
use crate::money::Currency;

macro_rules! is_given {
    () => {
        false
    };
    ($($rule:tt)+) => {
        true
    };
}

macro_rules! kinds {
    ($($(#[doc = $about:literal])+ $name:ident = $kind:literal {
        $($(#[doc = $field_about:literal])+ $(#[serde $default:tt])? $field:ident: $ty:ty),* $(,)?
    }),+ $(,)?) => {
        /// What a fact tells, with the payload of its kind.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "kind", content = "detail")]
        pub enum Detail {
            $($(#[doc = $about])+ #[serde(rename = $kind, rename_all = "camelCase")] $name {
                $($(#[doc = $field_about])+ $(#[serde $default])? $field: $ty),*
            },)+
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

        /// The fields of every kind, in the order of [`KINDS`].
        pub const FIELDS: &[(&str, &[Field])] = &[$(($kind, &[$(Field {
            name: {
                const NAME: &str = stringify!($field);
                const CAMEL: &[u8] = &camel::<{ camel_length(NAME) }>(NAME);
                match std::str::from_utf8(CAMEL) {
                    Ok(name) => name,
                    Err(_) => NAME,
                }
            },
            ty: <$ty as Content>::TYPE,
            // What has a default may be left out, like what may be nothing.
            is_optional: <$ty as Content>::IS_OPTIONAL || is_given!($($default)?),
            is_whole: <$ty as Content>::IS_WHOLE,
            is_currency: <$ty as Content>::IS_CURRENCY,
            choices: <$ty as Content>::CHOICES,
            meanings: <$ty as Content>::MEANINGS,
            about: concat!($($field_about),+).trim_ascii(),
        }),*])),+];

        const ABOUT: &[(&str, &str)] = &[$(($kind, concat!($($about),+).trim_ascii())),+];
    };
}

macro_rules! words {
    ($($(#[doc = $about:literal])+ $name:ident { $($(#[doc = $word_about:literal])+ $variant:ident = $word:literal),+ $(,)? })+) => {$(
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[doc = $word_about])+ #[serde(rename = $word)] $variant),+ }

        impl Content for $name {
            const TYPE: FieldType = FieldType::Text;
            const CHOICES: &'static [&'static str] = &[$($word),+];
            const MEANINGS: &'static [&'static str] = &[$(concat!($($word_about),+).trim_ascii()),+];
        }
    )+};
}

words!(
    /// The partner's part in a deal.
    Motion {
        /// The partner found the customer.
        Sourced = "SOURCED",
        /// The partner helped the vendor to win it.
        Assisted = "ASSISTED",
        /// The partner sells and looks after it alone.
        Managed = "MANAGED",
    }
    /// What a deal changed for its customer.
    DealChange {
        /// A customer that had nothing yet.
        New = "NEW",
        /// More of the same.
        Upsell = "UPSELL",
        /// Something else beside it.
        CrossSell = "CROSS_SELL",
        /// The same again.
        Renewal = "RENEWAL",
    }
    /// What happened to the number of a customer's users.
    UsersChange {
        /// A customer that had none.
        New = "NEW",
        /// More.
        Upsell = "UPSELL",
        /// Fewer.
        Downsell = "DOWNSELL",
        /// None any more.
        Churn = "CHURN",
        /// The same again.
        Renewal = "RENEWAL",
    }
);

impl Content for MemberRole {
    const TYPE: FieldType = FieldType::Text;
    const CHOICES: &'static [&'static str] = &["PARTNER_ADMIN", "PARTNER_MEMBER"];
    const MEANINGS: &'static [&'static str] = &[
        "Administers the partner: members, profile, submissions.",
        "Learns, registers and submits.",
    ];
}

kinds!(
    /// A company asked to join.
    ApplicationSubmitted = "application.submitted" { /** Which time. */ revision: i32 },
    /// A company was let in, or not.
    ApplicationDecided = "application.decided" { /** Whether it was let in. */ approved: bool },
    /// A person took a seat in a partner.
    MemberJoined = "member.joined" { /** As what. */ role: MemberRole },
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
    CaseStudyPublished = "case_study.published" { /** The last part of its public address. */ slug: String, /** Name of the customer. */ customer: Option<String>, /** What the customer does: a word of the API's `Industry`. */ industry: Option<String>, /** Code of the region. */ region: Option<String>, /** The products that it tells of. */ #[serde(default)] products: Vec<String> },
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
    /// Somebody took their endorsement of a field note back, or its text changed and all of them ended.
    FieldNoteUnendorsed = "field_note.unendorsed" { /** How many endorse it still. */ endorsements: i32 },
    /// A version of a program was announced.
    ProgramAnnounced = "program.announced" { /** Slug of the program. */ program: String, /** Its version. */ version: i32, /** From which day it counts. */ in_force_on: NaiveDate },
    /// An announced version of a program was withdrawn.
    ProgramWithdrawn = "program.withdrawn" { /** Slug of the program. */ program: String, /** Its version. */ version: i32 },
    /// A version of a program counts from then on.
    ProgramInForce = "program.in_force" { /** Slug of the program. */ program: String, /** Its version. */ version: i32 },
    /// A partner acknowledged what a version of a program changes for it.
    ProgramAcknowledged = "program.acknowledged" { /** Slug of the program. */ program: String, /** Its version. */ version: i32 },
    /// A partner stands on a track for the first time.
    TierEntered = "tier.entered" { /** Slug of the program. */ program: String, /** Key of the track. */ track: String, /** Key of the tier; none where it has none yet. */ tier: Option<String> },
    /// A partner went up.
    TierAdvanced = "tier.advanced" { /** Slug of the program. */ program: String, /** Key of the track. */ track: String, /** Key of the tier; none where the program has lost it. */ tier: Option<String>, /** Key of the tier before. */ from: Option<String> },
    /// A partner does not earn its tier any more.
    TierAtRisk = "tier.at_risk" { /** Slug of the program. */ program: String, /** Key of the track. */ track: String, /** Key of the tier. */ tier: Option<String>, /** Key of the tier that it earns. */ earned: Option<String>, /** When that is decided. */ decided_on: NaiveDate },
    /// A partner keeps its tier for a while yet.
    TierGraceStarted = "tier.grace_started" { /** Slug of the program. */ program: String, /** Key of the track. */ track: String, /** Key of the tier. */ tier: Option<String>, /** Key of the tier that it earns. */ earned: Option<String>, /** When that ends. */ ends_on: NaiveDate },
    /// A partner earns its tier again.
    TierKept = "tier.kept" { /** Slug of the program. */ program: String, /** Key of the track. */ track: String, /** Key of the tier. */ tier: Option<String> },
    /// A partner went down.
    TierDemoted = "tier.demoted" { /** Slug of the program. */ program: String, /** Key of the track. */ track: String, /** Key of the tier; none for none. */ tier: Option<String>, /** Key of the tier before. */ from: Option<String> },
    /// People gave a partner a tier against the rules.
    TierOverridden = "tier.overridden" { /** Slug of the program. */ program: String, /** Key of the track. */ track: String, /** Key of the tier. */ tier: Option<String>, /** Key of the tier before. */ from: Option<String>, /** Its last day. */ ends_on: NaiveDate },
    /// The rules count again where people had given a tier.
    TierOverrideEnded = "tier.override_ended" { /** Slug of the program. */ program: String, /** Key of the track. */ track: String, /** Key of the tier. */ tier: Option<String> },
    /// The program has no such track any more.
    TierTrackEnded = "tier.track_ended" { /** Slug of the program. */ program: String, /** Key of the track. */ track: String, /** Key of the tier that it ended on. */ from: Option<String> },
    /// A partner appealed against an evaluation.
    AppealSubmitted = "appeal.submitted" { /** Slug of the program. */ program: String, /** Key of the track. */ track: String },
    /// A partner's appeal was upheld.
    AppealUpheld = "appeal.upheld" { /** Slug of the program. */ program: String, /** Key of the track. */ track: String, /** SHA-256 of the evaluation's proof, in hex; none in facts from before it was told. */ evaluation: Option<String>, /** Key of the tier that was given with it. */ tier: Option<String>, /** The last day of that tier. */ ends_on: Option<NaiveDate> },
    /// A partner's appeal was dismissed.
    AppealDismissed = "appeal.dismissed" { /** Slug of the program. */ program: String, /** Key of the track. */ track: String, /** SHA-256 of the evaluation's proof, in hex; none in facts from before it was told. */ evaluation: Option<String> },
    /// A customer was won.
    CustomerAcquired = "customer.acquired" { /** The customer, as the other system names it. */ customer: String, /** Its segment. */ segment: Option<String>, /** What it bought first. */ product: Option<String>, /** Its country. */ country: Option<String> },
    /// A customer left.
    CustomerLost = "customer.lost" { /** The customer, as the other system names it. */ customer: String },
    /// A contract began.
    ContractStarted = "contract.started" { /** The contract, as the other system names it. */ contract: String, /** The customer, as the other system names it. */ customer: Option<String>, /** The product. */ product: Option<String>, /** What it brings in a year, or as the rules say. */ amount: Option<Amount>, /** Its currency. */ currency: Option<Currency>, /** Until when it runs; none for until it is ended. */ valid_until: Option<DateTime<Utc>> },
    /// A contract was ended.
    ContractEnded = "contract.ended" { /** The contract, as the other system names it. */ contract: String },
    /// What a customer used in a month; it happened in the month that it is for.
    ConsumptionReported = "consumption.reported" { /** The customer, as the other system names it. */ customer: String, /** The product. */ product: String, /** How much. */ amount: Amount, /** Its currency. */ currency: Currency, /** How the partner is tied to it. */ association: Option<String>, /** The customer's segment. */ segment: Option<String>, /** The market. */ market: Option<String>, /** Whether it may still change. */ #[serde(default)] provisional: bool },
    /// A deal was won.
    DealWon = "deal.won" { /** The deal, as the other system names it. */ deal: String, /** The customer, as the other system names it. */ customer: Option<String>, /** The partner's part in it. */ motion: Motion, /** What it changed for the customer. */ change: Option<DealChange>, /** The product. */ product: Option<String>, /** Its worth. */ amount: Amount, /** Its currency. */ currency: Currency, /** The market. */ market: Option<String>, /** The customer's segment. */ segment: Option<String>, /** The customer's country. */ country: Option<String>, /** Since when the customer has had that product line. */ line_since: Option<NaiveDate>, /** What else the other system says of it, such as that it was registered. */ #[serde(default, skip_serializing_if = "Vec::is_empty")] tags: Vec<String>, /** Whether it may still change. */ #[serde(default)] provisional: bool },
    /// The number of a customer's users changed.
    UsersChanged = "users.changed" { /** The customer, as the other system names it. */ customer: String, /** How. */ change: UsersChange, /** By how many, never below 0. */ users: i64, /** The product. */ product: Option<String> },
    /// A customer answered a survey.
    SatisfactionAnswered = "satisfaction.answered" { /** The survey. */ survey: String, /** The score that was given. */ score: Amount, /** The customer, as the other system names it. */ customer: Option<String>, /** The product that was asked about. */ product: Option<String> },
    /// What was an opportunity went live.
    OpportunityLaunched = "opportunity.launched" { /** The opportunity, as the other system names it. */ opportunity: String, /** The customer, as the other system names it. */ customer: Option<String>, /** Its monthly recurring revenue. */ amount: Amount, /** Its currency. */ currency: Currency, /** The product. */ product: Option<String> },
    /// The partner passed a validation of what it does.
    ValidationPassed = "validation.passed" { /** The validation. */ validation: String, /** Until when it holds; none for until it is ended. */ valid_until: Option<DateTime<Utc>> },
    /// A validation was ended.
    ValidationEnded = "validation.ended" { /** The validation. */ validation: String },
    /// A business plan was agreed upon.
    BusinessPlanAgreed = "business_plan.agreed" { /** The plan. */ plan: String, /** Until when it is for. */ valid_until: Option<DateTime<Utc>> },
    /// Somebody of the partner holds a certificate of another system.
    CertificateReported = "certificate.reported" { /** What it certifies. */ certification: String, /** Who holds it, as the other system names them. */ holder: String, /** Its level. */ level: Option<String>, /** The country in which the holder works. */ country: Option<String>, /** Until when it is valid; none for ever. */ valid_until: Option<DateTime<Utc>> },
    /// Somebody of the partner does not hold a certificate of another system any more.
    CertificateWithdrawn = "certificate.withdrawn" { /** What it certified. */ certification: String, /** Who held it, as the other system names them. */ holder: String },
    /// Points were awarded.
    PointsAwarded = "points.awarded" { /** For what. */ achievement: String, /** How many. */ points: Amount },
    /// Anything else that a program measures.
    MeasureReported = "measure.reported" { /** What was measured. */ measure: String, /** How much. */ value: Amount, /** Its currency, where it is money. */ currency: Option<Currency>, /** What it was measured of. */ item: Option<String>, /** What it is counted under. */ tag: Option<String> },
    /// What the partner is, such as its segment; the latest counts.
    PartnerClassified = "partner.classified" { /** What is said of it. */ attribute: String, /** What it is. */ value: String },
    /// What another fact told is taken back.
    FactRetracted = "fact.retracted" { /** Why. */ reason: String },
);

/// The kinds that other systems may tell.
pub const FROM_OUTSIDE: &[&str] = &[
    "customer.acquired",
    "customer.lost",
    "contract.started",
    "contract.ended",
    "consumption.reported",
    "deal.won",
    "users.changed",
    "satisfaction.answered",
    "opportunity.launched",
    "validation.passed",
    "validation.ended",
    "business_plan.agreed",
    "certificate.reported",
    "certificate.withdrawn",
    "points.awarded",
    "measure.reported",
    "partner.classified",
    "meeting.held",
];

/// How the kinds begin that tell where a partner stands: what follows from facts asks for no new look.
pub const OF_STANDINGS: &str = "tier.";

/// The kind of facts that take others back.
pub const RETRACTED: &str = "fact.retracted";

/// The fields of a kind; none where there is no such kind.
#[must_use]
pub fn fields_of(kind: &str) -> Option<&'static [Field]> {
    let found = FIELDS.iter().find(|(name, _)| *name == kind);
    found.map(|(_, fields)| *fields)
}

/// What a kind tells, in a sentence; nothing where there is no such kind.
#[must_use]
pub fn about_kind(kind: &str) -> &'static str {
    let found = ABOUT.iter().find(|(name, _)| *name == kind);
    found.map_or("", |(_, about)| about)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_named_as_rows_name_it() {
        let until = "2026-11-02T12:00:00Z";
        for (kind, fields) in FIELDS {
            let all = fields.iter().map(|field| {
                let value = match (field.choices.first(), field.ty) {
                    (Some(word), _) => serde_json::json!(word),
                    (None, FieldType::Text) => serde_json::json!("EUR"),
                    (None, FieldType::Texts) => serde_json::json!(["EUR"]),
                    (None, FieldType::Number) if field.is_whole => serde_json::json!(7),
                    (None, FieldType::Number) => serde_json::json!("7"),
                    (None, FieldType::Flag) => serde_json::json!(true),
                    (None, FieldType::Day) => serde_json::json!("2026-11-02"),
                    (None, FieldType::Instant) => serde_json::json!(until),
                };
                (field.name.to_owned(), value)
            });
            let all: serde_json::Map<_, _> = all.collect();
            let tagged = serde_json::json!({ "kind": kind, "detail": all });
            let read: Detail = serde_json::from_value(tagged.clone()).unwrap();
            assert_eq!(read.kind(), *kind);
            assert_eq!(serde_json::to_value(&read).unwrap(), tagged);
            // What is not optional has to be there, and nothing else has to.
            for field in *fields {
                let mut tagged = tagged.clone();
                tagged["detail"].as_object_mut().unwrap().remove(field.name);
                let read: Result<Detail, _> = serde_json::from_value(tagged);
                assert_eq!(read.is_ok(), field.is_optional, "{kind} {}", field.name);
            }
        }
    }

    #[test]
    fn kinds_are_named_once_and_what_comes_from_outside_is_one_of_them() {
        let names: std::collections::BTreeSet<_> = KINDS.iter().collect();
        assert_eq!(names.len(), KINDS.len());
        assert!(FROM_OUTSIDE.iter().all(|kind| names.contains(kind)));
        assert!(FIELDS.iter().map(|(kind, _)| kind).eq(KINDS));
        assert!(KINDS.iter().all(|kind| about_kind(kind).ends_with('.')));
    }
}
