//! Writing a case study: begun, edited with co-authors, submitted, taken back.
//!
//! Saving keeps whatever can be kept; submitting asks for everything. Its author and co-authors
//! write it, and administrators of the partner any of the partner's.

use std::collections::BTreeSet;

use entity::case_study::{self, CaseStudyState, Entity};
use entity::case_study_contributor;
use entity::id::{CaseStudyContributorId, CaseStudyId, PartnerId, PersonId};
use entity::membership::MemberRole;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};
use serde_json::json;

use super::content::{Content, Edit, LINE, Picture};
use super::rules::{self, Turn};
use super::{consent, find, store, tell};
use crate::audit;
use crate::auth::{Actor, Permission, Scope};
use crate::config;
use crate::document::Faults;
use crate::error::{Error, Refusal, Result};
use crate::fact::{self, About, Detail};
use crate::file::{self, Kind};
use crate::op::{Op, Permit, Tx};
use crate::partner::store::members_among;
use crate::submission::check_revision;

/// The most co-authors.
pub const CO_AUTHORS: usize = 20;

/// A case study to begin with.
#[derive(Clone, Debug)]
pub struct New {
    /// Of which partner.
    pub partner: PartnerId,
    /// Language of its texts.
    pub locale: String,
    /// What it is called, as far as that is known.
    pub title: String,
    /// Which other one it says in another language.
    pub translation_of: Option<CaseStudyId>,
}

/// Begins a case study: a draft, whose author the asker is.
///
/// # Errors
/// `INVALID_LOCALE`, `INVALID_TEXT`, `TOO_LONG`, `UNKNOWN_CASE_STUDY`.
pub async fn create(op: &Op, input: New) -> Result<CaseStudyId> {
    op.unit(input, |tx, input| Box::pin(begin(tx, input))).await
}

async fn begin(tx: &Tx, input: &New) -> Result<CaseStudyId> {
    let partner = store::partner_for_asker(tx, input.partner).await?;
    let permit = tx.permit(Permission::WriteCaseStudies, Scope::Partner(partner.id))?;
    let author = asker(&permit)?;
    let mut faults = Faults::default();
    faults.locale(&input.locale, "locale");
    if !input.title.trim().is_empty() {
        faults.line(&input.title, LINE, "title");
    }
    let translation_of = original(&permit, input, &mut faults).await?;
    faults.result()?;
    let row = case_study::Model {
        id: permit.new_id(),
        partner_id: partner.id,
        partner_name: partner.legal_name,
        author_id: author,
        slug: None,
        locale: input.locale.clone(),
        translation_of,
        state: CaseStudyState::Draft,
        title: input.title.trim().to_owned(),
        summary: String::new(),
        customer: String::new(),
        industry: None,
        region: None,
        products: String::new(),
        challenge: String::new(),
        solution: String::new(),
        outcome: String::new(),
        results: json!([]),
        images: json!([]),
        quote: String::new(),
        quote_by: String::new(),
        quote_role: String::new(),
        submitted_by: None,
        submitted_at: None,
        taken_up_by: None,
        published_at: None,
        closed_at: None,
        closed_reason: None,
        created_at: permit.now(),
        updated_at: permit.now(),
        version: 1,
    };
    Entity::insert(row.clone().into_active_model().reset_all())
        .exec_without_returning(permit.writer())
        .await?;
    add(&permit, &row, author).await?;
    find::index(&permit, row.id).await?;
    let after = json!({ "locale": row.locale, "version": row.version });
    audit::record(&permit, store::subject(&row), &(), &after).await?;
    Ok(row.id)
}

/// The one that was written first, of the same partner, where one is named.
async fn original(
    permit: &Permit<'_>,
    input: &New,
    faults: &mut Faults,
) -> Result<Option<CaseStudyId>> {
    let Some(id) = input.translation_of else {
        return Ok(None);
    };
    let found = Entity::find_by_id(id).one(&permit.reader()).await?;
    let Some(found) = found.filter(|it| it.partner_id == input.partner) else {
        let message = "The partner has no such case study.";
        faults.add("UNKNOWN_CASE_STUDY", message, "translationOf");
        return Ok(None);
    };
    // A translation of a translation is one of the original.
    Ok(Some(found.translation_of.unwrap_or(found.id)))
}

/// A change of what it says.
#[derive(Clone, Debug)]
pub struct Update {
    /// Which.
    pub id: CaseStudyId,
    /// What changes.
    pub edit: Edit,
    /// The version that was read.
    pub expected_version: i32,
}

/// Saves what it says so far. A consent to what it said before is outdated with that.
///
/// # Errors
/// `CONFLICT`, `NOT_OPEN`, those of [`file::ATTACH_CODES`], and for each fault of the text a refusal.
pub async fn update(op: &Op, portal: &config::Portal, input: Update) -> Result<CaseStudyId> {
    op.unit((input, portal.regions.clone()), |tx, (input, regions)| {
        Box::pin(async move {
            let (permit, row) = to_write(tx, input.id, input.expected_version).await?;
            let before = Content::of(&row)?;
            let after = before.clone().edited(input.edit.clone());
            let mut faults = Faults::default();
            after.check_kept(regions, &mut faults);
            faults.result()?;
            if let Some(images) = &input.edit.images {
                hang(&permit, &row, images).await?;
            }
            if before != after {
                consent::outdate(&permit, row.id).await?;
            }
            let version = row.version;
            let row = store::write(&permit, after.into_row(row)?).await?;
            // What was written is the partner's; the trail says who wrote, and when.
            let (before, after) = (
                json!({ "version": version }),
                json!({ "version": row.version }),
            );
            audit::record(&permit, store::subject(&row), &before, &after).await?;
            Ok(row.id)
        })
    })
    .await
}

/// Attaches the pictures, and takes others off.
async fn hang(permit: &Permit<'_>, row: &case_study::Model, images: &[Picture]) -> Result<()> {
    let to = store::pictures(row);
    for (index, image) in images.iter().enumerate() {
        let at = format!("images.{index}.file");
        file::attach(permit, image.file, to, Kind::PICTURES, &at).await?;
    }
    let kept: Vec<_> = images.iter().map(|image| image.file).collect();
    file::detach(permit, to, &kept).await
}

/// Who writes it beside its author.
#[derive(Clone, Debug)]
pub struct CoAuthors {
    /// Which case study.
    pub id: CaseStudyId,
    /// All of them: members of the partner. Its author stays one, named or not.
    pub people: Vec<PersonId>,
    /// The version that was read.
    pub expected_version: i32,
}

/// Says who writes it beside its author. Who has left the partner stays, where named again.
///
/// # Errors
/// `CONFLICT`, `DUPLICATE`, `NOT_MEMBER`, `NOT_OPEN`, `TOO_MANY`.
pub async fn set_co_authors(op: &Op, input: CoAuthors) -> Result<CaseStudyId> {
    op.unit(input, |tx, input| Box::pin(name_co_authors(tx, input)))
        .await
}

async fn name_co_authors(tx: &Tx, input: &CoAuthors) -> Result<CaseStudyId> {
    let (permit, row) = to_write(tx, input.id, input.expected_version).await?;
    let db = permit.reader();
    let known = store::contributors(&db, row.id).await?;
    let is_known = |person: PersonId| known.iter().any(|it| it.person_id == person);
    let mut faults = Faults::default();
    faults.at_most(input.people.len(), CO_AUTHORS, "people");
    faults.distinct(input.people.iter(), "people");
    let named = input.people.iter().copied().take(CO_AUTHORS + 1);
    let members = members_among(&db, row.partner_id, named.clone()).await?;
    for (index, person) in named.enumerate() {
        if !is_known(person) && !members.iter().any(|(member, _)| *member == person) {
            let message = "Name active members of the partner.";
            faults.add("NOT_MEMBER", message, &format!("people.{index}"));
        }
    }
    faults.result()?;
    for person in input.people.iter().filter(|person| !is_known(**person)) {
        add(&permit, &row, *person).await?;
    }
    let stays = |it: &case_study_contributor::Model| {
        it.person_id == row.author_id || input.people.contains(&it.person_id)
    };
    let gone = known.iter().filter(|it| !stays(it)).map(|it| it.id);
    let gone: Vec<CaseStudyContributorId> = gone.collect();
    case_study_contributor::Entity::delete_many()
        .filter(case_study_contributor::Column::Id.is_in(gone))
        .exec(permit.writer())
        .await?;
    let before: BTreeSet<_> = known.iter().map(|it| it.person_id).collect();
    let row = store::write(&permit, row).await?;
    let (before, after) = (
        json!({ "people": before }),
        json!({ "people": input.people }),
    );
    audit::record(&permit, store::subject(&row), &before, &after).await?;
    Ok(row.id)
}

async fn add(permit: &Permit<'_>, row: &case_study::Model, person: PersonId) -> Result<()> {
    let new = case_study_contributor::Model {
        id: permit.new_id(),
        case_study_id: row.id,
        partner_id: row.partner_id,
        person_id: person,
        added_at: permit.now(),
    };
    case_study_contributor::Entity::insert(new.into_active_model().reset_all())
        .exec_without_returning(permit.writer())
        .await?;
    Ok(())
}

/// Submits it for review, or again after changes were requested.
///
/// # Errors
/// `CONFLICT`, `NOT_OPEN`, `REQUIRED` for each field that says nothing yet.
pub async fn submit(op: &Op, id: CaseStudyId, expected_version: i32) -> Result<CaseStudyId> {
    op.unit((id, expected_version), |tx, &(id, version)| {
        Box::pin(async move {
            let (permit, row) = to_write(tx, id, version).await?;
            let mut faults = Faults::default();
            Content::of(&row)?.check_whole(&mut faults);
            faults.result()?;
            let partner = store::partner_for_asker(tx, row.partner_id).await?;
            if partner.legal_name != row.partner_name {
                // The customer has read who publishes it.
                consent::outdate(&permit, row.id).await?;
            }
            let row = case_study::Model {
                partner_name: partner.legal_name,
                submitted_by: Some(asker(&permit)?),
                submitted_at: Some(permit.now()),
                ..row
            };
            let row = turn(&permit, row, Turn::Submit).await?;
            let detail = Detail::CaseStudySubmitted {
                revision: row.version,
            };
            fact::record(&permit, about(&row), &detail).await?;
            tell::reviewers_of_submission(&permit, &row).await?;
            Ok(row.id)
        })
    })
    .await
}

/// Takes it back from its reviewers, to write on.
///
/// # Errors
/// `CONFLICT`, `NOT_OPEN`.
pub async fn take_back(op: &Op, id: CaseStudyId, expected_version: i32) -> Result<CaseStudyId> {
    op.unit((id, expected_version), |tx, &(id, version)| {
        Box::pin(async move {
            let (permit, row) = writable(tx, id).await?;
            check_revision(version, row.version)?;
            let row = turn(&permit, row, Turn::TakeBack).await?;
            Ok(row.id)
        })
    })
    .await
}

/// Moves it on and writes it; what there is to say of the new state is said by the caller.
pub(super) async fn turn(
    permit: &Permit<'_>,
    row: case_study::Model,
    turn: Turn,
) -> Result<case_study::Model> {
    let before = json!({ "state": row.state });
    let state = rules::next(row.state, turn).ok_or_else(|| not_open(&row))?;
    let row = case_study::Model {
        state,
        taken_up_by: row.taken_up_by.filter(|_| state != CaseStudyState::Draft),
        ..row
    };
    let row = store::write(permit, row).await?;
    let after = json!({ "state": row.state, "version": row.version });
    audit::record(permit, store::subject(&row), &before, &after).await?;
    Ok(row)
}

/// The case study, which the asker may write, in the version that they read.
async fn to_write(
    tx: &Tx,
    id: CaseStudyId,
    version: i32,
) -> Result<(Permit<'_>, case_study::Model)> {
    let (permit, row) = writable(tx, id).await?;
    if !rules::is_written(row.state) {
        return Err(not_open(&row));
    }
    check_revision(version, row.version)?;
    Ok((permit, row))
}

async fn writable(tx: &Tx, id: CaseStudyId) -> Result<(Permit<'_>, case_study::Model)> {
    let row = store::for_asker(tx, id).await?;
    let permit = tx.permit(Permission::WriteCaseStudies, Scope::Partner(row.partner_id))?;
    must_take_part(&permit, &row).await?;
    Ok((permit, row))
}

/// Of the partner's members, those who take part in it and its administrators may.
pub(super) async fn must_take_part(permit: &Permit<'_>, row: &case_study::Model) -> Result<()> {
    let me = asker(permit)?;
    if administers(permit.op().actor(), row.partner_id) {
        return Ok(());
    }
    let contributors = store::contributors(&permit.reader(), row.id).await?;
    if contributors.iter().any(|it| it.person_id == me) {
        Ok(())
    } else {
        Err(Error::Forbidden)
    }
}

fn administers(actor: &Actor, partner: PartnerId) -> bool {
    let seat = (partner, MemberRole::PartnerAdmin);
    actor.person().is_some_and(|me| me.seats.contains(&seat))
}

pub(super) fn asker(permit: &Permit<'_>) -> Result<PersonId> {
    let person = permit.op().actor().person();
    person.map(|person| person.id).ok_or(Error::Forbidden)
}

pub(super) fn not_open(row: &case_study::Model) -> Error {
    let message = match row.state {
        CaseStudyState::Draft => "It is being written: it has to be submitted first.",
        CaseStudyState::Submitted | CaseStudyState::InReview => {
            "It waits for a reviewer: take it back to write on."
        }
        CaseStudyState::ChangesRequested => "Its authors are mending it.",
        CaseStudyState::Approved => "It is approved and waits to be published.",
        CaseStudyState::Published => "It is published.",
        CaseStudyState::Archived | CaseStudyState::Withdrawn => "It was published once.",
        CaseStudyState::Declined => "It was declined, and that is final.",
    };
    Refusal::new("NOT_OPEN", message).into()
}

/// What facts about it name: they are the partner's.
pub(super) fn about(row: &case_study::Model) -> About {
    About {
        partner: Some(row.partner_id),
        person: None,
        subject: row.id.0,
    }
}
