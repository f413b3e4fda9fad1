//! Who is told what about a case study.
//!
//! Of those who wrote it, only who is still a member of the partner is told. Reviewers are who has
//! taken it up; before that who looks after the partner, or where that is nobody any more, all who
//! could.

use entity::case_study::{self, CaseStudyState};
use entity::case_study_consent::{self, ConsentMethod, ConsentState};
use entity::id::PersonId;
use entity::staff_role::VendorRole;

use super::store;
use crate::error::Result;
use crate::notification::{self, Letter, Reader};
use crate::op::Permit;
use crate::partner::store::{members_among, partner, reviewers as who_reviews};
use crate::shape::global_id;
use crate::submission::Decision;

/// Vendor roles that review case studies.
const REVIEWERS: [VendorRole; 2] = [VendorRole::PartnerManager, VendorRole::EnablementManager];

/// It waits for review.
pub(super) async fn reviewers_of_submission(
    permit: &Permit<'_>,
    row: &case_study::Model,
) -> Result<()> {
    let letter = Letter::CaseStudySubmitted {
        title: row.title.clone(),
        partner: row.partner_name.clone(),
        customer: row.customer.clone(),
        submitter: asker_name(permit).await?,
        case_study: id(row),
        resubmitted: row.state == CaseStudyState::InReview,
    };
    let readers = reviewers(permit, row).await?;
    tell(permit, row, readers, &letter).await
}

/// A reviewer has decided.
pub(super) async fn authors_of_verdict(
    permit: &Permit<'_>,
    row: &case_study::Model,
    decision: &Decision,
) -> Result<()> {
    let title = row.title.clone();
    let reviewer = asker_name(permit).await?;
    let reason = decision.reason.trim().to_owned();
    let letter = match row.state {
        CaseStudyState::ChangesRequested => Letter::CaseStudyNeedsChanges {
            title,
            reviewer,
            reason,
            points: decision.points(|_| None),
            case_study: id(row),
        },
        CaseStudyState::Approved => {
            let consent = store::open_consent(&permit.reader(), row.id).await?;
            Letter::CaseStudyApproved {
                title,
                reviewer,
                consented: consent.is_some_and(|it| it.state == ConsentState::Given),
                customer: row.customer.clone(),
                case_study: id(row),
            }
        }
        CaseStudyState::Draft
        | CaseStudyState::Submitted
        | CaseStudyState::InReview
        | CaseStudyState::Published
        | CaseStudyState::Archived
        | CaseStudyState::Withdrawn
        | CaseStudyState::Declined => Letter::CaseStudyDeclined {
            title,
            reviewer,
            reason,
        },
    };
    tell(permit, row, authors(permit, row).await?, &letter).await
}

/// It is published.
pub(super) async fn authors_of_publication(
    permit: &Permit<'_>,
    row: &case_study::Model,
) -> Result<()> {
    let letter = Letter::CaseStudyPublished {
        title: row.title.clone(),
        slug: row.slug.clone().unwrap_or_default(),
    };
    tell(permit, row, authors(permit, row).await?, &letter).await
}

/// It is taken down.
pub(super) async fn authors_of_archive(permit: &Permit<'_>, row: &case_study::Model) -> Result<()> {
    let letter = Letter::CaseStudyArchived {
        title: row.title.clone(),
        reason: row.closed_reason.clone().unwrap_or_default(),
    };
    tell(permit, row, authors(permit, row).await?, &letter).await
}

/// Whether they consent: the customer has no account.
pub(super) async fn customer(
    permit: &Permit<'_>,
    row: &case_study::Model,
    consent: &case_study_consent::Model,
) -> Result<()> {
    let letter = Letter::ConsentAsked {
        title: row.title.clone(),
        partner: row.partner_name.clone(),
        customer: row.customer.clone(),
        asker: asker_of(permit, consent).await?,
        consent: consent.id,
        expires_at: consent.expires_at.unwrap_or(consent.asked_at),
    };
    outside(permit, row, consent, letter).await
}

/// The same, once more before the link ends.
pub(super) async fn customer_again(
    permit: &Permit<'_>,
    row: &case_study::Model,
    consent: &case_study_consent::Model,
) -> Result<()> {
    let letter = Letter::ConsentDueSoon {
        title: row.title.clone(),
        partner: row.partner_name.clone(),
        customer: row.customer.clone(),
        asker: asker_of(permit, consent).await?,
        consent: consent.id,
        expires_at: consent.expires_at.unwrap_or(consent.asked_at),
    };
    outside(permit, row, consent, letter).await
}

/// What they consented to is published. Who signed a paper has no link, and no address is known.
pub(super) async fn customer_of_publication(
    permit: &Permit<'_>,
    row: &case_study::Model,
    consent: &case_study_consent::Model,
) -> Result<()> {
    if consent.method != ConsentMethod::Link {
        return Ok(());
    }
    let letter = Letter::ConsentPublished {
        title: row.title.clone(),
        partner: row.partner_name.clone(),
        customer: row.customer.clone(),
        slug: row.slug.clone().unwrap_or_default(),
        consent: consent.id,
    };
    outside(permit, row, consent, letter).await
}

/// Tells whom the question went to.
async fn outside(
    permit: &Permit<'_>,
    row: &case_study::Model,
    consent: &case_study_consent::Model,
    letter: Letter,
) -> Result<()> {
    let partner = partner(&permit.reader(), row.partner_id).await?;
    let to = Reader::Address {
        email: consent.email.clone().unwrap_or_default(),
        name: consent.name.clone(),
        locale: consent.locale.clone(),
        time_zone: partner.time_zone,
    };
    notification::tell(permit, to, Some(row.partner_id), letter).await
}

async fn asker_of(permit: &Permit<'_>, consent: &case_study_consent::Model) -> Result<String> {
    let asker = store::person(&permit.reader(), consent.asked_by).await?;
    Ok(asker.name)
}

/// The customer has answered.
pub(super) async fn all_of_answer(
    permit: &Permit<'_>,
    row: &case_study::Model,
    consent: &case_study_consent::Model,
) -> Result<()> {
    let letter = Letter::ConsentAnswered {
        title: row.title.clone(),
        name: consent.name.clone(),
        customer: row.customer.clone(),
        given: consent.state == ConsentState::Given,
        note: consent.note.clone(),
        case_study: id(row),
    };
    all(permit, row, &letter).await
}

/// The customer has not answered for as long as they could.
pub(super) async fn all_of_silence(
    permit: &Permit<'_>,
    row: &case_study::Model,
    consent: &case_study_consent::Model,
) -> Result<()> {
    let letter = Letter::ConsentLapsed {
        title: row.title.clone(),
        name: consent.name.clone(),
        customer: row.customer.clone(),
        expired_at: consent.expires_at.unwrap_or(consent.asked_at),
        case_study: id(row),
    };
    all(permit, row, &letter).await
}

/// The customer does not consent any more.
pub(super) async fn all_of_withdrawal(
    permit: &Permit<'_>,
    row: &case_study::Model,
    consent: &case_study_consent::Model,
    was_public: bool,
) -> Result<()> {
    let recorded_by = match consent.withdrawn_by {
        Some(person) => Some(store::person(&permit.reader(), person).await?.name),
        None => None,
    };
    let letter = Letter::ConsentWithdrawn {
        title: row.title.clone(),
        name: consent.name.clone(),
        customer: row.customer.clone(),
        recorded_by,
        reason: consent.withdrawn_reason.clone().unwrap_or_default(),
        was_public,
        case_study: id(row),
    };
    all(permit, row, &letter).await
}

async fn all(permit: &Permit<'_>, row: &case_study::Model, letter: &Letter) -> Result<()> {
    let mut readers = authors(permit, row).await?;
    for reviewer in reviewers(permit, row).await? {
        if !readers.contains(&reviewer) {
            readers.push(reviewer);
        }
    }
    tell(permit, row, readers, letter).await
}

/// Tells them, but for who does it.
async fn tell(
    permit: &Permit<'_>,
    row: &case_study::Model,
    readers: Vec<PersonId>,
    letter: &Letter,
) -> Result<()> {
    let me = permit.op().actor().person().map(|person| person.id);
    for reader in readers.into_iter().filter(|reader| Some(*reader) != me) {
        notification::tell(permit, reader, Some(row.partner_id), letter.clone()).await?;
    }
    Ok(())
}

/// Those who wrote it and are still there.
async fn authors(permit: &Permit<'_>, row: &case_study::Model) -> Result<Vec<PersonId>> {
    let db = permit.reader();
    let all = store::contributors(&db, row.id).await?;
    let all: Vec<_> = all.into_iter().map(|it| it.person_id).collect();
    let there = members_among(&db, row.partner_id, all.iter().copied()).await?;
    let is_there = |person: &PersonId| there.iter().any(|(member, _)| member == person);
    Ok(all.into_iter().filter(is_there).collect())
}

async fn reviewers(permit: &Permit<'_>, row: &case_study::Model) -> Result<Vec<PersonId>> {
    let db = permit.reader();
    let all = who_reviews(&db, row.taken_up_by, &REVIEWERS).await?;
    let owner = partner(&db, row.partner_id).await?.owner_id;
    Ok(if all.contains(&owner) {
        vec![owner]
    } else {
        all
    })
}

async fn asker_name(permit: &Permit<'_>) -> Result<String> {
    match permit.op().actor().person() {
        Some(person) => Ok(store::person(&permit.reader(), person.id).await?.name),
        None => Ok(String::new()),
    }
}

fn id(row: &case_study::Model) -> String {
    global_id("CaseStudy", row.id.0)
}
