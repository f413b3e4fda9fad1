//! A believable example of every letter, for previews and tests.

use chrono::{DateTime, Days, NaiveDate, Utc};
use entity::id::{CaseStudyConsentId, LinkId};
use entity::link::LinkPurpose;
use entity::membership::MemberRole;
use entity::plan_step::Performer;
use uuid::Uuid;

use crate::notification::Letter;
use crate::notification::letter::{
    Bar, Brought, ChangedSection, HowDone, Limit, Link, PlannedStep, Point, SectionNews, Shortfall,
    TrackNews, TrackReport,
};

/// An example of the letter of this kind; none where there is no such letter.
#[must_use]
pub fn sample(kind: &str) -> Option<Letter> {
    all().into_iter().find(|letter| letter.kind() == kind)
}

/// 3 December 2026, 13:05 UTC.
fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_796_303_100, 0).unwrap_or_default()
}

fn day(after: u64) -> NaiveDate {
    now().date_naive() + Days::new(after)
}

fn link(purpose: LinkPurpose) -> Link {
    Link {
        id: LinkId(Uuid::from_u128(0x0193_8d6c_5f00_7000_8000_0000_0000_0001)),
        purpose,
        expires_at: now() + Days::new(7),
    }
}

fn planned(title: &str, performer: Performer, after: u64) -> PlannedStep {
    PlannedStep {
        title: title.to_owned(),
        performer,
        due_on: day(after),
    }
}

fn company() -> String {
    "Costa & Filhos, Lda.".to_owned()
}

fn owner() -> String {
    "Marta Lindqvist".to_owned()
}

fn certification() -> String {
    "Meridian Associate".to_owned()
}

fn all() -> Vec<Letter> {
    [
        accounts(),
        applications(),
        onboarding(),
        courses(),
        evidence(),
        certificates(),
        playbooks(),
        case_studies(),
        consents(),
        field_notes(),
        library(),
        programs(),
        tiers(),
        overrides(),
        appeals(),
        reports(),
    ]
    .concat()
}

/// Letters about accounts; the first one is about the address of an applicant.
fn accounts() -> Vec<Letter> {
    let device = || "Firefox on Windows".to_owned();
    let address = || "203.0.113.7".to_owned();
    vec![
        Letter::ConfirmEmail {
            company: company(),
            link: link(LinkPurpose::ConfirmEmail),
        },
        Letter::Invitation {
            organization: company(),
            inviter: owner(),
            role: Some(MemberRole::PartnerAdmin),
            link: link(LinkPurpose::AcceptInvitation),
        },
        Letter::ResetPassword {
            link: Link {
                expires_at: now() + chrono::TimeDelta::hours(1),
                ..link(LinkPurpose::ResetPassword)
            },
        },
        Letter::PasswordChanged {
            at: now(),
            address: address(),
        },
        Letter::NewDevice {
            at: now(),
            device: device(),
            address: address(),
        },
        Letter::TokenReused {
            at: now(),
            device: device(),
            address: address(),
        },
        Letter::FactorAdded {
            name: "Phone".to_owned(),
            at: now(),
            device: device(),
            address: address(),
        },
        Letter::FactorRemoved {
            names: vec!["Phone".to_owned(), "Old tablet".to_owned()],
            at: now(),
            address: address(),
            by: Some(owner()),
            reason: Some("Lost on a journey; we spoke on the telephone.".to_owned()),
        },
        Letter::RecoveryCodesRenewed {
            at: now(),
            address: address(),
        },
        Letter::RecoveryCodeUsed {
            at: now(),
            device: device(),
            address: address(),
            left: 9,
        },
    ]
}

/// Letters about applications.
fn applications() -> Vec<Letter> {
    vec![
        Letter::ApplicationReceived { company: company() },
        Letter::ApplicationToReview {
            company: company(),
            country: "PT".to_owned(),
            contact: "Ana Costa".to_owned(),
            why: "We have looked after about 60 hotels in Lisbon and Porto for twelve years.\n\n\
                  More and more of them ask for a booking system that talks to their doors."
                .to_owned(),
            possible_duplicates: 1,
            resubmitted: false,
            application: "QXBwbGljYXRpb246MDE5Mw".to_owned(),
        },
        Letter::ApplicationNeedsChanges {
            company: company(),
            reviewer: owner(),
            reason: "The web site does not open, and we could not find the company in the \
                     commercial register.\n\nPlease use the name under which it is registered."
                .to_owned(),
            fields: vec!["legalName".to_owned(), "website".to_owned()],
            link: link(LinkPurpose::EditApplication),
        },
        Letter::ApplicationApproved {
            company: company(),
            owner: owner(),
        },
        Letter::ApplicationRejected {
            company: company(),
            reason: "We have no support in your region yet, and would have to leave your \
                     customers alone with their questions."
                .to_owned(),
            welcome_again_on: day(180),
        },
    ]
}

/// Letters about onboarding.
fn onboarding() -> Vec<Letter> {
    let step = || "Name your technical lead".to_owned();
    let step_id = || "T25ib2FyZGluZ1N0ZXA6MDE5Mw".to_owned();
    vec![
        Letter::OnboardingWelcome {
            partner: company(),
            owner: owner(),
            plan: "Resellers in southern Europe".to_owned(),
            steps: vec![
                planned("Sign the partner agreement", Performer::Partner, 7),
                planned("Name your technical lead", Performer::Partner, 14),
                planned(
                    "Get to know each other: a first call",
                    Performer::Vendor,
                    21,
                ),
                planned(
                    "Two of your people hold the Associate certificate",
                    Performer::System,
                    60,
                ),
            ],
        },
        Letter::StepOpened {
            partner: company(),
            step: step(),
            due_on: day(14),
            step_id: step_id(),
        },
        Letter::StepSubmitted {
            partner: company(),
            step: step(),
            submitter: "Ana Costa".to_owned(),
            step_id: step_id(),
        },
        Letter::StepReturned {
            partner: company(),
            step: step(),
            reviewer: owner(),
            reason: "Rui leaves you at the end of the month. Whom may we call in January?"
                .to_owned(),
            fields: vec!["Name of the technical lead".to_owned()],
            due_on: day(14),
            step_id: step_id(),
        },
        Letter::StepDueSoon {
            partner: company(),
            step: step(),
            due_on: day(3),
            step_id: step_id(),
        },
        Letter::StepOverdue {
            partner: company(),
            step: step(),
            due_on: day(0),
            step_id: step_id(),
        },
        Letter::StepDone {
            partner: company(),
            step: step(),
            how: HowDone::SignedOff,
            left: 2,
        },
        Letter::StepWaived {
            partner: company(),
            step: "Get to know each other: a first call".to_owned(),
            reviewer: owner(),
            reason: "We have known each other for years.".to_owned(),
        },
        Letter::OnboardingComplete {
            partner: company(),
            days: 43,
        },
    ]
}

/// Letters about courses and their exams.
fn courses() -> Vec<Letter> {
    let course = || "Setting up rooms and rates".to_owned();
    let exam = || "Associate exam".to_owned();
    let enrollment = || "RW5yb2xsbWVudDowMTkz".to_owned();
    vec![
        Letter::CourseAssigned {
            courses: vec![
                "How hotels work with us".to_owned(),
                course(),
                "Connecting the doors".to_owned(),
            ],
            toward: Some(certification()),
            assigner: Some(owner()),
            due_on: Some(day(60)),
            enrollment: enrollment(),
        },
        Letter::CourseDueSoon {
            course: course(),
            due_on: day(7),
            lessons_left: 3,
            enrollment: enrollment(),
        },
        Letter::CourseOverdue {
            course: course(),
            due_on: day(0),
            lessons_left: 3,
            enrollment: enrollment(),
        },
        Letter::MemberOverdue {
            member: "Rui Tavares".to_owned(),
            partner: company(),
            course: course(),
            due_on: day(0),
        },
        Letter::RefresherDue {
            course: course(),
            completed_on: day(0) - Days::new(335),
            due_on: day(30),
            enrollment: enrollment(),
        },
        Letter::ExamPassed {
            exam: exam(),
            percent: 87,
            pass_percent: 80,
        },
        Letter::ExamFailed {
            exam: exam(),
            percent: 72,
            pass_percent: 80,
            attempts_left: Some(2),
            again_at: Some(now() + Days::new(1)),
            enrollment: enrollment(),
        },
    ]
}

/// Letters about the evidence that a certification asks for.
fn evidence() -> Vec<Letter> {
    let evidence = || "Q2VydGlmaWNhdGlvbkV2aWRlbmNlOjAxOTM".to_owned();
    vec![
        Letter::EvidenceSubmitted {
            certification: certification(),
            member: "Rui Tavares".to_owned(),
            evidence: evidence(),
            resubmitted: false,
        },
        Letter::EvidenceNeedsChanges {
            certification: certification(),
            reviewer: owner(),
            reason: "The plan shows how the hotel works today. Please add how it works with us: \
                     which doors, which rates, and who is called at night."
                .to_owned(),
            fields: vec!["Plan of the installation".to_owned()],
            evidence: evidence(),
        },
        Letter::EvidenceAccepted {
            certification: certification(),
            reviewer: owner(),
        },
        Letter::EvidenceDeclined {
            certification: certification(),
            reviewer: owner(),
            reason: "The project was closed before you took part in it. Please hand in one that \
                     you led yourself."
                .to_owned(),
        },
    ]
}

/// Letters about field notes.
fn field_notes() -> Vec<Letter> {
    let note = || "RmllbGROb3RlOjAxOTM".to_owned();
    let title = || "Talk to the night manager before the tender".to_owned();
    vec![
        Letter::FieldNoteSubmitted {
            title: title(),
            member: "Rui Tavares".to_owned(),
            partner: company(),
            note: note(),
            resubmitted: false,
        },
        Letter::FieldNoteNeedsChanges {
            title: title(),
            reviewer: owner(),
            reason: "Please leave out the name of the hotel, and say how long the visit took."
                .to_owned(),
            fields: vec!["text".to_owned()],
            note: note(),
        },
        Letter::FieldNotePublished {
            title: title(),
            shown_as: Some(company()),
            note: note(),
        },
        Letter::FieldNoteDeclined {
            title: title(),
            reviewer: owner(),
            reason: "It is about one customer alone, and tells more of them than they would like."
                .to_owned(),
        },
        Letter::FieldNoteHidden {
            title: title(),
            reviewer: owner(),
            reason: "The product that it speaks of is not sold any more.".to_owned(),
            note: note(),
        },
    ]
}

/// Letters about the library.
fn library() -> Vec<Letter> {
    let asset = || "QXNzZXQ6MDE5Mw".to_owned();
    vec![
        Letter::AssetUpdated {
            title: "Data sheet: Meridian Lock 4".to_owned(),
            number: 3,
            change_note: "The battery lasts two years, and the new certificate is in it."
                .to_owned(),
            asset: asset(),
        },
        Letter::AssetExpiring {
            title: "Price list, winter".to_owned(),
            expires_at: now() + Days::new(30),
            days: 30,
            asset: asset(),
        },
    ]
}

/// Letters about certificates.
fn certificates() -> Vec<Letter> {
    let holder = || "Ana Costa".to_owned();
    let number = || "MP-7K3F-92QX".to_owned();
    let valid_until = now() + Days::new(730);
    vec![
        Letter::CertificateIssued {
            certification: certification(),
            holder: holder(),
            number: number(),
            issued_at: now(),
            valid_until: Some(valid_until),
            renewed: false,
        },
        Letter::CertificateExpiring {
            certification: certification(),
            number: number(),
            days: 30,
            valid_until: now() + Days::new(30),
            route: vec![
                "What is new this year".to_owned(),
                "Connecting the doors".to_owned(),
            ],
        },
        Letter::CertificateExpired {
            certification: certification(),
            number: number(),
            valid_until: now(),
        },
        Letter::CertificateRevoked {
            certification: certification(),
            number: number(),
            reason: "The exam was taken by somebody else, as you told us yourself.".to_owned(),
        },
        Letter::CertificateCorrected {
            certification: certification(),
            holder: "Ana Costa e Silva".to_owned(),
            number: number(),
            issued_at: now(),
            valid_until: Some(valid_until),
        },
        Letter::CertificateOutdated {
            certification: certification(),
            number: number(),
            course: "Connecting the doors".to_owned(),
            valid_until: Some(valid_until),
        },
    ]
}

/// Letters about playbooks.
fn playbooks() -> Vec<Letter> {
    let playbook = || "Selling to hotels together".to_owned();
    let version = || "UGxheWJvb2tWZXJzaW9uXzAxOTM".to_owned();
    let changed = |title: &str, news| ChangedSection {
        title: title.to_owned(),
        news,
    };
    vec![
        Letter::PlaybookSubmitted {
            playbook: playbook(),
            number: 3,
            author: "Rui Tavares".to_owned(),
            version: version(),
            resubmitted: false,
        },
        Letter::PlaybookNeedsChanges {
            playbook: playbook(),
            number: 3,
            reviewer: owner(),
            reason: "The second play promises a discount that no program has.".to_owned(),
            fields: vec!["first-call".to_owned()],
            version: version(),
        },
        Letter::PlaybookAccepted {
            playbook: playbook(),
            number: 3,
            reviewer: owner(),
            version: version(),
        },
        Letter::PlaybookToAcknowledge {
            playbook: playbook(),
            known: true,
            note: "Hotels buy *earlier* in the year now.".to_owned(),
            changed: vec![
                changed("The first call", SectionNews::Changed),
                changed("A proposal for hotels", SectionNews::Added),
                changed("The trade fair", SectionNews::Removed),
                changed("Who to bring", SectionNews::Moved),
            ],
            due_on: day(14),
            version: version(),
        },
        Letter::PlaybookDue {
            playbook: playbook(),
            due_on: day(3),
            overdue: false,
            version: version(),
        },
    ]
}

/// What the case study of the examples is called.
fn story() -> String {
    "How a hotel in Porto gave up its keys".to_owned()
}

/// For whom the work of the examples was done.
fn customer() -> String {
    "Hotel Ribeira".to_owned()
}

fn case_study() -> String {
    "CaseStudy_AZONbF8AcACAAAAAAAAAAQ".to_owned()
}

/// Letters about case studies.
fn case_studies() -> Vec<Letter> {
    vec![
        Letter::CaseStudySubmitted {
            title: story(),
            partner: company(),
            customer: customer(),
            submitter: "Ana Costa".to_owned(),
            case_study: case_study(),
            resubmitted: false,
        },
        Letter::CaseStudyNeedsChanges {
            title: story(),
            reviewer: owner(),
            reason: "I like how you tell it. Two things before others read it.".to_owned(),
            points: vec![
                Point {
                    field: "results".to_owned(),
                    comment: Some(
                        "How was the time at the desk measured, and for how long?".to_owned(),
                    ),
                },
                Point {
                    field: "quote".to_owned(),
                    comment: None,
                },
            ],
            case_study: case_study(),
        },
        Letter::CaseStudyApproved {
            title: story(),
            reviewer: owner(),
            consented: false,
            customer: customer(),
            case_study: case_study(),
        },
        Letter::CaseStudyPublished {
            title: story(),
            slug: "how-a-hotel-in-porto-gave-up-its-keys".to_owned(),
        },
        Letter::CaseStudyDeclined {
            title: story(),
            reviewer: owner(),
            reason: "The hotel runs on another product by now, so readers would look for what is \
                     not there any more."
                .to_owned(),
        },
        Letter::CaseStudyArchived {
            title: story(),
            reason: "The product that it tells of is no longer sold.".to_owned(),
        },
    ]
}

/// Letters about the customer's consent.
fn consents() -> Vec<Letter> {
    let name = || "Teresa Ramos".to_owned();
    vec![
        Letter::ConsentAsked {
            title: story(),
            partner: company(),
            customer: customer(),
            asker: "Ana Costa".to_owned(),
            consent: CaseStudyConsentId(Uuid::from_u128(0x0193_8d6c_5f00_7000_8000_0000_0000_0002)),
            expires_at: now() + Days::new(60),
        },
        Letter::ConsentAnswered {
            title: story(),
            name: name(),
            customer: customer(),
            given: true,
            note: "Please write Ribeira with one b.".to_owned(),
            case_study: case_study(),
        },
        Letter::ConsentWithdrawn {
            title: story(),
            name: name(),
            customer: customer(),
            recorded_by: None,
            reason: "The hotel has a new owner.".to_owned(),
            was_public: true,
            case_study: case_study(),
        },
    ]
}

fn ladder() -> String {
    "Meridian Partner Program".to_owned()
}

fn track() -> String {
    "Delivery".to_owned()
}

fn standing() -> String {
    "U3RhbmRpbmc6MDE5MzhkNmM".to_owned()
}

fn lacking() -> Vec<Shortfall> {
    vec![
        Shortfall {
            name: "Certified people".to_owned(),
            unit: Some("people".to_owned()),
            has: Some("4".to_owned()),
            limit: Some("6".to_owned()),
            bound: Limit::AtLeast,
        },
        Shortfall {
            name: "Consumption in the last twelve months".to_owned(),
            unit: Some("EUR".to_owned()),
            has: Some("118250.5".to_owned()),
            limit: Some("150000".to_owned()),
            bound: Limit::AtLeast,
        },
        Shortfall {
            name: "Customers lost".to_owned(),
            unit: None,
            has: None,
            limit: Some("10".to_owned()),
            bound: Limit::AtMost,
        },
    ]
}

/// Letters about versions of the program.
fn programs() -> Vec<Letter> {
    vec![
        Letter::ProgramAnnounced {
            partner: company(),
            name: ladder(),
            number: 3,
            is_first: false,
            in_force_on: day(92),
            note: "Delivered projects count from now on, and not only what was sold.\n\nNothing \
                   else changes."
                .to_owned(),
            tracks: vec![
                TrackNews {
                    track: track(),
                    stands: Some("Gold".to_owned()),
                    before: Some("Gold".to_owned()),
                    after: Some("Silver".to_owned()),
                    missing: lacking(),
                },
                TrackNews {
                    track: "Sales".to_owned(),
                    stands: Some("Silver".to_owned()),
                    before: Some("Silver".to_owned()),
                    after: Some("Silver".to_owned()),
                    missing: Vec::new(),
                },
            ],
            notice: "UHJvZ3JhbU5vdGljZTowMTkzOGQ2Yw".to_owned(),
        },
        Letter::ProgramWithdrawn {
            name: ladder(),
            number: 3,
            reason: "We were told that the new limit is out of reach for services partners."
                .to_owned(),
        },
    ]
}

/// Letters about where a partner stands.
fn tiers() -> Vec<Letter> {
    let (gold, silver) = (|| "Gold".to_owned(), || "Silver".to_owned());
    vec![
        Letter::TierAdvanced {
            partner: company(),
            name: ladder(),
            track: track(),
            tier: gold(),
            from: Some(silver()),
            benefits: vec![
                Brought {
                    name: "Discount".to_owned(),
                    value: Some("25 %".to_owned()),
                },
                Brought {
                    name: "Marketing fund in a year, EUR".to_owned(),
                    value: Some("20000".to_owned()),
                },
                Brought {
                    name: "Use of the logo".to_owned(),
                    value: None,
                },
            ],
            standing: standing(),
        },
        Letter::TierAtRisk {
            partner: company(),
            name: ladder(),
            track: track(),
            tier: gold(),
            earned: Some(silver()),
            decided_on: day(43),
            missing: lacking(),
            standing: standing(),
        },
        Letter::TierGraceStarted {
            partner: company(),
            name: ladder(),
            track: track(),
            tier: gold(),
            earned: Some(silver()),
            ends_on: day(60),
            missing: lacking(),
            standing: standing(),
        },
        Letter::TierKept {
            partner: company(),
            name: ladder(),
            track: track(),
            tier: gold(),
            standing: standing(),
        },
        Letter::TierDemoted {
            partner: company(),
            name: ladder(),
            track: track(),
            tier: Some(silver()),
            from: gold(),
            missing: lacking(),
            appeal_until: day(30),
            standing: standing(),
        },
        Letter::TierOverridden {
            partner: company(),
            name: ladder(),
            track: track(),
            tier: gold(),
            ends_on: day(180),
            reason: "The flood closed your office for two months.".to_owned(),
            standing: standing(),
        },
    ]
}

/// Letters about tiers that people give.
fn overrides() -> Vec<Letter> {
    vec![
        Letter::OverrideProposed {
            partner: company(),
            name: ladder(),
            track: track(),
            tier: "Gold".to_owned(),
            ends_on: day(180),
            reason: "The flood closed their office for two months.".to_owned(),
            proposer: owner(),
            proposal: "U3RhbmRpbmdPdmVycmlkZTow".to_owned(),
        },
        Letter::OverrideDecided {
            partner: company(),
            track: track(),
            tier: "Gold".to_owned(),
            approved: false,
            reviewer: "Priya Raman".to_owned(),
            reason: "Half a year is long: please propose it until spring.".to_owned(),
        },
    ]
}

/// Letters about appeals.
fn appeals() -> Vec<Letter> {
    let appeal = || "QXBwZWFsOjAxOTM4ZDZj".to_owned();
    let answer_by = now() + Days::new(14);
    vec![
        Letter::AppealToReview {
            partner: company(),
            name: ladder(),
            track: track(),
            submitter: "Ana Costa".to_owned(),
            reason: "Two of our people were certified in October.\nThe files show it.".to_owned(),
            answer_by,
            appeal: appeal(),
            resubmitted: false,
        },
        Letter::AppealDueSoon {
            partner: company(),
            track: track(),
            answer_by,
            appeal: appeal(),
        },
        Letter::AppealReceived {
            partner: company(),
            track: track(),
            answer_by,
            appeal: appeal(),
        },
        Letter::AppealNeedsMore {
            partner: company(),
            track: track(),
            reviewer: "Priya Raman".to_owned(),
            reason: "Which two people? The certificates name nobody.".to_owned(),
            appeal: appeal(),
        },
        Letter::AppealDecided {
            partner: company(),
            track: track(),
            upheld: true,
            reviewer: "Priya Raman".to_owned(),
            reason: "The certificates are good; the import had left them out.".to_owned(),
            tier: Some("Gold".to_owned()),
            ends_on: Some(day(90)),
            appeal: appeal(),
        },
    ]
}

/// The quarterly report.
fn reports() -> Vec<Letter> {
    let bar = |name: &str, has: &str, needs: &str, percent| Bar {
        name: name.to_owned(),
        has: has.to_owned(),
        needs: needs.to_owned(),
        percent,
    };
    vec![Letter::StandingReport {
        partner: company(),
        name: ladder(),
        from: NaiveDate::from_ymd_opt(2026, 7, 1).unwrap_or_default(),
        until: NaiveDate::from_ymd_opt(2026, 9, 30).unwrap_or_default(),
        tracks: vec![
            TrackReport {
                track: track(),
                tier: Some("Silver".to_owned()),
                since: NaiveDate::from_ymd_opt(2025, 4, 15).unwrap_or_default(),
                decided_on: None,
                next: Some("Gold".to_owned()),
                bars: vec![
                    bar("Certified people", "4", "6", 66),
                    bar(
                        "Consumption in the last twelve months",
                        "118250.5",
                        "150000",
                        78,
                    ),
                    bar("Customers served", "12", "10", 100),
                    bar("Case studies", "0", "2", 0),
                ],
                loses: Some((day(75), Some("Ready".to_owned()))),
            },
            TrackReport {
                track: "Sales".to_owned(),
                tier: Some("Gold".to_owned()),
                since: NaiveDate::from_ymd_opt(2026, 1, 15).unwrap_or_default(),
                decided_on: Some(day(43)),
                next: None,
                bars: vec![bar("Deals won", "14", "15", 93)],
                loses: None,
            },
        ],
    }]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notification::letter::KINDS;

    #[test]
    fn there_is_one_sample_of_every_letter() {
        let kinds: Vec<_> = all().iter().map(Letter::kind).collect();
        assert_eq!(kinds, KINDS);
    }
}
