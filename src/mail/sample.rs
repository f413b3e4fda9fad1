//! A believable example of every letter, for previews and tests.

mod content;
mod learning;
mod program;

use chrono::{DateTime, Days, NaiveDate, Utc};
use entity::id::LinkId;
use entity::link::LinkPurpose;
use entity::membership::MemberRole;
use entity::plan_step::Performer;
use uuid::Uuid;

use crate::notification::Letter;
use crate::notification::letter::{HowDone, Link, PlannedStep, Point};

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

fn point(field: &str, title: Option<&str>, comment: Option<&str>) -> Point {
    Point {
        field: field.to_owned(),
        title: title.map(str::to_owned),
        comment: comment.map(str::to_owned),
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
        learning::courses(),
        learning::evidence(),
        learning::certificates(),
        content::playbooks(),
        content::case_studies(),
        content::consents(),
        content::field_notes(),
        content::library(),
        program::programs(),
        program::tiers(),
        program::overrides(),
        program::appeals(),
        program::reports(),
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
            points: vec![
                point("legalName", None, None),
                point("website", None, Some("Is it the one on your card?")),
            ],
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
            points: vec![point(
                "lead",
                Some("Who is your technical lead?"),
                Some("Somebody who is there in January."),
            )],
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
