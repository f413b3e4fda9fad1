//! Letters of playbooks, case studies, field notes and assets.

use chrono::Days;
use entity::id::CaseStudyConsentId;
use uuid::Uuid;

use super::{company, day, now, owner, point};
use crate::notification::Letter;
use crate::notification::letter::{ChangedSection, SectionNews};

/// Letters about playbooks.
pub(super) fn playbooks() -> Vec<Letter> {
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
            points: vec![
                point(
                    "first-call",
                    Some("The first call"),
                    Some("Who promised it, and until when?"),
                ),
                point("texts", None, None),
            ],
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
            former_title: None,
            note: "Hotels buy *earlier* in the year now.".to_owned(),
            summary_changed: true,
            changed: vec![
                changed("The first call", SectionNews::Changed),
                changed("A proposal for hotels", SectionNews::Added),
                changed("The trade fair", SectionNews::Removed),
                changed("Who to bring", SectionNews::Moved),
            ],
            due_on: day(14),
            version: version(),
        },
        Letter::PlaybookRenewed {
            playbook: playbook(),
            former_title: Some("Selling to hotels".to_owned()),
            note: String::new(),
            summary_changed: false,
            changed: vec![changed("The first call", SectionNews::Changed)],
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
pub(super) fn case_studies() -> Vec<Letter> {
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
                point(
                    "results",
                    None,
                    Some("How was the time at the desk measured, and for how long?"),
                ),
                point("quote", None, None),
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
pub(super) fn consents() -> Vec<Letter> {
    let name = || "Teresa Ramos".to_owned();
    let consent = || CaseStudyConsentId(Uuid::from_u128(0x0193_8d6c_5f00_7000_8000_0000_0000_0002));
    vec![
        Letter::ConsentAsked {
            title: story(),
            partner: company(),
            customer: customer(),
            asker: "Ana Costa".to_owned(),
            consent: consent(),
            expires_at: now() + Days::new(60),
        },
        Letter::ConsentDueSoon {
            title: story(),
            partner: company(),
            customer: customer(),
            asker: "Ana Costa".to_owned(),
            consent: consent(),
            expires_at: now() + Days::new(14),
        },
        Letter::ConsentLapsed {
            title: story(),
            name: name(),
            customer: customer(),
            expired_at: now(),
            case_study: case_study(),
        },
        Letter::ConsentPublished {
            title: story(),
            partner: company(),
            customer: customer(),
            slug: "how-a-hotel-in-porto-gave-up-its-keys".to_owned(),
            consent: consent(),
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

/// Letters about field notes.
pub(super) fn field_notes() -> Vec<Letter> {
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
            points: vec![point("text", None, Some("An hour, or a night?"))],
            note: note(),
            of_change: false,
        },
        Letter::FieldNotePublished {
            title: title(),
            shown_as: Some(company()),
            note: note(),
            of_change: false,
        },
        Letter::FieldNoteDeclined {
            title: title(),
            reviewer: owner(),
            reason: "It is about one customer alone, and tells more of them than they would like."
                .to_owned(),
            of_change: false,
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
pub(super) fn library() -> Vec<Letter> {
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
