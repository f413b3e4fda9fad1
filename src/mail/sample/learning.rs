//! Letters of courses and certifications.

use chrono::Days;

use super::{certification, company, day, now, owner, point};
use crate::notification::Letter;

/// Letters about courses and their exams.
pub(super) fn courses() -> Vec<Letter> {
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
pub(super) fn evidence() -> Vec<Letter> {
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
            points: vec![point(
                "text",
                None,
                Some("The plan of the installation is from last year."),
            )],
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

/// Letters about certificates.
pub(super) fn certificates() -> Vec<Letter> {
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
