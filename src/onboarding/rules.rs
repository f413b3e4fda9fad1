//! Pure: when a step is done, and who can bring that about.
//!
//! A completion rule looks at [`Evidence`], a digest of facts. More evidence never unmeets a rule,
//! with two exceptions that are meant: a certificate that is revoked or that has run out counts no
//! longer. (A step that was done stays done.)

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use entity::id::PersonId;
use entity::plan_step::Performer;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::fact::Detail;

/// When a step is done. Stored as JSON, written in plans as YAML, both with the name under `kind`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "SCREAMING_SNAKE_CASE",
    rename_all_fields = "camelCase",
    deny_unknown_fields
)]
pub enum Rule {
    /// The step's own form was filled in.
    FormFilled {},
    /// Someone who may bind the partner accepted the agreement in this version.
    AgreementAccepted {
        /// Which.
        agreement: String,
        /// Its version.
        version: String,
    },
    /// So many members completed the course.
    CourseCompleted {
        /// Slug of the course.
        course: String,
        /// How many.
        members: u32,
    },
    /// So many members hold a certificate that is valid.
    CertificateHeld {
        /// Slug of the certification.
        certification: String,
        /// How many.
        members: u32,
    },
    /// A meeting of this kind was held.
    MeetingHeld {
        /// Of what kind.
        meeting: String,
    },
    /// The document was handed in.
    DocumentUploaded {
        /// What it is.
        document: String,
    },
    /// Somebody of the vendor's says so.
    ManualSignOff {},
}

impl Rule {
    /// The rule's name, as plans and the API write it.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::FormFilled {} => "FORM_FILLED",
            Self::AgreementAccepted { .. } => "AGREEMENT_ACCEPTED",
            Self::CourseCompleted { .. } => "COURSE_COMPLETED",
            Self::CertificateHeld { .. } => "CERTIFICATE_HELD",
            Self::MeetingHeld { .. } => "MEETING_HELD",
            Self::DocumentUploaded { .. } => "DOCUMENT_UPLOADED",
            Self::ManualSignOff {} => "MANUAL_SIGN_OFF",
        }
    }
}

/// Something that happened, as rules look at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Happened {
    /// To which person, if to one.
    pub person: Option<PersonId>,
    /// The row that proves it.
    pub subject: Uuid,
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub detail: Detail,
}

/// What the facts say at an instant: the partner's own, and those of its active members.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// Keys of the steps whose form was filled in.
    pub forms: BTreeSet<String>,
    /// Agreements that were accepted, with their versions.
    pub agreements: BTreeSet<(String, String)>,
    /// Documents that were handed in.
    pub documents: BTreeSet<String>,
    /// Kinds of meetings that were held.
    pub meetings: BTreeSet<String>,
    /// By course: who completed it.
    pub courses: BTreeMap<String, BTreeSet<PersonId>>,
    /// By certification: who holds a valid certificate.
    pub certificates: BTreeMap<String, BTreeSet<PersonId>>,
}

impl Evidence {
    /// The digest at `now`. The order of the facts does not matter: a certificate is revoked by
    /// the fact that names the same row as the one that issued it.
    #[must_use]
    pub fn digest(facts: &[Happened], now: DateTime<Utc>) -> Self {
        let mut evidence = Self::default();
        let revoked: BTreeSet<Uuid> = facts
            .iter()
            .filter(|fact| matches!(fact.detail, Detail::CertificateRevoked { .. }))
            .map(|fact| fact.subject)
            .collect();
        for fact in facts.iter().filter(|fact| fact.at <= now) {
            match &fact.detail {
                Detail::FormFilled { form } => {
                    evidence.forms.insert(form.clone());
                }
                Detail::AgreementAccepted { agreement, version } => {
                    let accepted = (agreement.clone(), version.clone());
                    evidence.agreements.insert(accepted);
                }
                Detail::DocumentUploaded { document } => {
                    evidence.documents.insert(document.clone());
                }
                Detail::MeetingHeld { meeting } => {
                    evidence.meetings.insert(meeting.clone());
                }
                Detail::CourseCompleted { course } => {
                    let who = evidence.courses.entry(course.clone()).or_default();
                    who.extend(fact.person);
                }
                Detail::CertificateIssued {
                    certification,
                    valid_until,
                } => {
                    let valid = valid_until.is_none_or(|until| now < until);
                    if valid && !revoked.contains(&fact.subject) {
                        let who = evidence.certificates.entry(certification.clone());
                        who.or_default().extend(fact.person);
                    }
                }
                // These are not what rules ask about.
                Detail::ApplicationSubmitted { .. }
                | Detail::ApplicationDecided { .. }
                | Detail::MemberJoined { .. }
                | Detail::MemberLeft {}
                | Detail::OnboardingStarted { .. }
                | Detail::StepOpened { .. }
                | Detail::StepSubmitted { .. }
                | Detail::StepReturned { .. }
                | Detail::StepDone { .. }
                | Detail::StepWaived { .. }
                | Detail::OnboardingCompleted { .. }
                | Detail::CourseEnrolled { .. }
                | Detail::LessonCompleted { .. }
                | Detail::QuizJudged { .. }
                | Detail::EvidenceDecided { .. }
                | Detail::CertificateCorrected { .. }
                | Detail::CertificateRevoked { .. }
                | Detail::PlaybookAcknowledged { .. }
                | Detail::CaseStudySubmitted { .. }
                | Detail::CaseStudyPublished { .. }
                | Detail::CaseStudyArchived { .. }
                | Detail::CaseStudyWithdrawn { .. }
                | Detail::AssetDownloaded { .. }
                | Detail::AssetCoBranded { .. }
                | Detail::FieldNotePublished { .. }
                | Detail::FieldNoteTakenDown { .. }
                | Detail::FieldNoteEndorsed { .. }
                | Detail::FieldNoteUnendorsed { .. }
                | Detail::ProgramAnnounced { .. }
                | Detail::ProgramWithdrawn { .. }
                | Detail::ProgramInForce { .. }
                | Detail::ProgramAcknowledged { .. }
                | Detail::TierEntered { .. }
                | Detail::TierAdvanced { .. }
                | Detail::TierAtRisk { .. }
                | Detail::TierGraceStarted { .. }
                | Detail::TierKept { .. }
                | Detail::TierDemoted { .. }
                | Detail::TierOverridden { .. }
                | Detail::TierOverrideEnded { .. }
                | Detail::TierTrackEnded { .. }
                | Detail::AppealSubmitted { .. }
                | Detail::AppealUpheld { .. }
                | Detail::AppealDismissed { .. }
                | Detail::CustomerAcquired { .. }
                | Detail::CustomerLost { .. }
                | Detail::ContractStarted { .. }
                | Detail::ContractEnded { .. }
                | Detail::ConsumptionReported { .. }
                | Detail::DealWon { .. }
                | Detail::UsersChanged { .. }
                | Detail::SatisfactionAnswered { .. }
                | Detail::OpportunityLaunched { .. }
                | Detail::ValidationPassed { .. }
                | Detail::ValidationEnded { .. }
                | Detail::BusinessPlanAgreed { .. }
                | Detail::CertificateReported { .. }
                | Detail::CertificateWithdrawn { .. }
                | Detail::PointsAwarded { .. }
                | Detail::MeasureReported { .. }
                | Detail::PartnerClassified { .. }
                | Detail::FactRetracted { .. } => {}
            }
        }
        evidence
    }
}

/// The kinds of facts that [`Evidence`] is made of.
pub const EVIDENCE_OF_PARTNER: &[&str] = &[
    "form.filled",
    "agreement.accepted",
    "document.uploaded",
    "meeting.held",
];

/// The kinds of facts about people that [`Evidence`] is made of.
pub const EVIDENCE_OF_MEMBERS: &[&str] = &[
    "course.completed",
    "certificate.issued",
    "certificate.revoked",
];

/// Whether the rule of the step `key` is met.
#[must_use]
pub fn met(rule: &Rule, key: &str, evidence: &Evidence) -> bool {
    let enough = |who: Option<&BTreeSet<PersonId>>, members: u32| {
        let count = who.map_or(0, BTreeSet::len);
        u32::try_from(count).is_ok_and(|count| count >= members)
    };
    match rule {
        Rule::FormFilled {} => evidence.forms.contains(key),
        Rule::AgreementAccepted { agreement, version } => evidence
            .agreements
            .contains(&(agreement.clone(), version.clone())),
        Rule::CourseCompleted { course, members } => enough(evidence.courses.get(course), *members),
        Rule::CertificateHeld {
            certification,
            members,
        } => enough(evidence.certificates.get(certification), *members),
        Rule::MeetingHeld { meeting } => evidence.meetings.contains(meeting),
        Rule::DocumentUploaded { document } => evidence.documents.contains(document),
        // Nothing but a person's word meets it.
        Rule::ManualSignOff {} => false,
    }
}

/// Why a performer and a rule do not go together, in a sentence; none where they do.
#[must_use]
pub fn misfit(performer: Performer, rule: &Rule, needs_review: bool) -> Option<&'static str> {
    match (performer, rule) {
        (Performer::System, Rule::FormFilled {}) => {
            Some("A form is filled in by people: let PARTNER or VENDOR do this step.")
        }
        (Performer::System, Rule::ManualSignOff {}) => {
            Some("A sign-off is given by people: let PARTNER or VENDOR do this step.")
        }
        (Performer::System, _) if needs_review => Some(
            "A step of the SYSTEM completes itself when its facts arrive: there is nothing to \
             review. Leave `needsReview` out.",
        ),
        (Performer::Partner | Performer::Vendor, Rule::CourseCompleted { .. }) => Some(
            "That a course was completed shows in the facts: let SYSTEM do this step. The partner's \
             members are told when it opens.",
        ),
        (Performer::Partner | Performer::Vendor, Rule::CertificateHeld { .. }) => Some(
            "That certificates are held shows in the facts: let SYSTEM do this step. The partner's \
             members are told when it opens.",
        ),
        (Performer::Partner, Rule::MeetingHeld { .. }) => Some(
            "That a meeting was held is for the vendor to say: let VENDOR do this step, or SYSTEM \
             if another step or system reports the meeting.",
        ),
        (Performer::Vendor, Rule::AgreementAccepted { .. }) => Some(
            "Only the partner can accept an agreement: let PARTNER do this step, or SYSTEM if it \
             is accepted elsewhere.",
        ),
        (Performer::Partner, Rule::ManualSignOff {}) if !needs_review => {
            Some("The partner submits and the vendor signs off: set `needsReview: true`.")
        }
        (Performer::Partner | Performer::Vendor | Performer::System, _) => None,
    }
}

/// Who is to act while a step is open, and so is told about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actors {
    /// The partner's active members.
    Members,
    /// The partner manager who looks after the partner.
    Owner,
}

/// Who is to act. What the system completes, somebody brings about all the same: members learn and
/// accept, and the vendor's people hold meetings.
#[must_use]
pub fn actors(performer: Performer, rule: &Rule) -> Actors {
    match (performer, rule) {
        (Performer::Vendor, _) | (Performer::System, Rule::MeetingHeld { .. }) => Actors::Owner,
        (Performer::Partner | Performer::System, _) => Actors::Members,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(day: u32) -> DateTime<Utc> {
        format!("2026-03-{day:02}T12:00:00Z").parse().unwrap()
    }

    fn person(n: u8) -> PersonId {
        PersonId(Uuid::from_u128(u128::from(n)))
    }

    fn fact(who: Option<u8>, subject: u8, day: u32, detail: Detail) -> Happened {
        Happened {
            person: who.map(person),
            subject: Uuid::from_u128(u128::from(subject)),
            at: at(day),
            detail,
        }
    }

    fn course(who: u8, day: u32) -> Happened {
        let course = "basics".to_owned();
        fact(Some(who), 0, day, Detail::CourseCompleted { course })
    }

    fn issued(who: u8, subject: u8, until: Option<u32>) -> Happened {
        let certification = "seller".to_owned();
        let valid_until = until.map(at);
        let detail = Detail::CertificateIssued {
            certification,
            valid_until,
        };
        fact(Some(who), subject, 1, detail)
    }

    fn revoked(subject: u8, day: u32) -> Happened {
        let certification = "seller".to_owned();
        fact(
            None,
            subject,
            day,
            Detail::CertificateRevoked { certification },
        )
    }

    fn two_sellers() -> Rule {
        Rule::CertificateHeld {
            certification: "seller".to_owned(),
            members: 2,
        }
    }

    fn holds(rule: &Rule, facts: &[Happened], day: u32) -> bool {
        met(rule, "step", &Evidence::digest(facts, at(day)))
    }

    #[test]
    fn a_course_counts_members_not_completions() {
        let rule = Rule::CourseCompleted {
            course: "basics".to_owned(),
            members: 2,
        };
        assert!(!holds(&rule, &[course(1, 1), course(1, 2)], 9));
        assert!(holds(&rule, &[course(1, 1), course(2, 2)], 9));
    }

    #[test]
    fn what_happens_tomorrow_does_not_count_today() {
        let rule = Rule::CourseCompleted {
            course: "basics".to_owned(),
            members: 1,
        };
        assert!(!holds(&rule, &[course(1, 5)], 4));
        assert!(holds(&rule, &[course(1, 5)], 5));
    }

    #[test]
    fn a_certificate_counts_until_it_runs_out() {
        let facts = [issued(1, 1, Some(10)), issued(2, 2, None)];
        assert!(holds(&two_sellers(), &facts, 9));
        assert!(!holds(&two_sellers(), &facts, 10));
    }

    #[test]
    fn a_revoked_certificate_does_not_count_but_a_second_one_does() {
        let mut facts = vec![issued(1, 1, None), issued(2, 2, None), revoked(2, 5)];
        assert!(!holds(&two_sellers(), &facts, 9));
        facts.push(issued(2, 3, None));
        assert!(holds(&two_sellers(), &facts, 9));
    }

    #[test]
    fn another_version_of_an_agreement_is_another_agreement() {
        let rule = Rule::AgreementAccepted {
            agreement: "partner".to_owned(),
            version: "2".to_owned(),
        };
        let accepted = |version: &str| {
            let agreement = "partner".to_owned();
            let version = version.to_owned();
            fact(None, 1, 1, Detail::AgreementAccepted { agreement, version })
        };
        assert!(!holds(&rule, &[accepted("1")], 9));
        assert!(holds(&rule, &[accepted("1"), accepted("2")], 9));
    }

    #[test]
    fn a_form_counts_for_its_own_step_only() {
        let filled = |form: &str| {
            let form = form.to_owned();
            fact(None, 1, 1, Detail::FormFilled { form })
        };
        assert!(!holds(&Rule::FormFilled {}, &[filled("other")], 9));
        assert!(holds(&Rule::FormFilled {}, &[filled("step")], 9));
    }

    #[test]
    fn meetings_and_documents_go_by_their_name() {
        let meeting = |name: &str| Rule::MeetingHeld {
            meeting: name.to_owned(),
        };
        let document = |name: &str| Rule::DocumentUploaded {
            document: name.to_owned(),
        };
        let held = Detail::MeetingHeld {
            meeting: "kickoff".to_owned(),
        };
        let uploaded = Detail::DocumentUploaded {
            document: "insurance".to_owned(),
        };
        let facts = [fact(None, 1, 1, held), fact(None, 2, 1, uploaded)];
        assert!(holds(&meeting("kickoff"), &facts, 9));
        assert!(!holds(&meeting("insurance"), &facts, 9));
        assert!(holds(&document("insurance"), &facts, 9));
        assert!(!holds(&document("kickoff"), &facts, 9));
    }

    #[test]
    fn no_fact_is_a_sign_off() {
        assert!(!holds(&Rule::ManualSignOff {}, &[course(1, 1)], 9));
    }

    #[test]
    fn a_rule_keeps_its_name_in_storage() {
        for rule in [
            Rule::FormFilled {},
            two_sellers(),
            Rule::ManualSignOff {},
            Rule::MeetingHeld {
                meeting: "kickoff".to_owned(),
            },
        ] {
            let stored = serde_json::to_value(&rule).unwrap();
            assert_eq!(stored["kind"], rule.kind());
            assert_eq!(serde_json::from_value::<Rule>(stored).unwrap(), rule);
        }
        let typo = serde_json::json!({ "kind": "FORM_FILLED", "form": "x" });
        assert!(serde_json::from_value::<Rule>(typo).is_err());
    }

    #[test]
    fn evidence_is_made_of_known_kinds_of_facts() {
        for kind in EVIDENCE_OF_PARTNER.iter().chain(EVIDENCE_OF_MEMBERS) {
            assert!(crate::fact::KINDS.contains(kind), "{kind}");
        }
    }

    fn any_fact() -> impl Strategy<Value = Happened> {
        (0_u8..4, 0_u8..6, 1_u32..20, 0_u8..3).prop_map(|(who, subject, day, what)| match what {
            0 => course(who, day),
            1 => issued(who, subject, Some(day)),
            _ => issued(who, subject, None),
        })
    }

    proptest! {
        #[test]
        fn more_facts_never_unmeet_a_rule(
            facts in prop::collection::vec(any_fact(), 0..20),
            more in prop::collection::vec(any_fact(), 0..20),
            day in 1_u32..20,
            members in 1_u32..4,
        ) {
            let rules = [
                Rule::CourseCompleted { course: "basics".to_owned(), members },
                Rule::CertificateHeld { certification: "seller".to_owned(), members },
            ];
            for rule in rules {
                let before = holds(&rule, &facts, day);
                let after = holds(&rule, &[facts.clone(), more.clone()].concat(), day);
                prop_assert!(!before || after);
            }
        }

        #[test]
        fn the_order_of_facts_does_not_matter(
            facts in prop::collection::vec(any_fact(), 0..20),
            revoke in 0_u8..6,
        ) {
            let mut facts = facts;
            facts.push(revoked(revoke, 3));
            let forth = Evidence::digest(&facts, at(9));
            facts.reverse();
            prop_assert_eq!(forth, Evidence::digest(&facts, at(9)));
        }
    }
}
