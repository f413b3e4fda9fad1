//! The customer's consent: asked for by a letter or recorded from a paper, given or refused, and
//! withdrawn whenever the customer wants.
//!
//! The letter's link shows the very text that is consented to, which is kept with the consent. It
//! answers once, and goes on to withdraw for ever. Its token is made from the link key and the row's
//! id, and stored nowhere ([`crate::auth::link`]).

use chrono::TimeDelta;
use entity::case_study;
use entity::case_study_consent::{self, Column, ConsentMethod, ConsentState, Entity};
use entity::file_use::UseKind;
use entity::id::{CaseStudyConsentId, CaseStudyId, FileId, PartnerId};
use entity::person;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, ExprTrait, IntoActiveModel, QueryFilter,
};
use serde_json::json;

use super::content::{Content, LINE, SHORT};
use super::review::record_for_all;
use super::rules::{self, Turn};
use super::write::{asker, must_take_part, not_open, turn};
use super::{public, remind, store, tell};
use crate::audit::{self, Subject};
use crate::auth::{Permission, Scope, allows, email};
use crate::document::Faults;
use crate::error::{Refusal, Result};
use crate::fact::Detail;
use crate::file::{self, Kind, Use};
use crate::op::{Op, Permit, Tx};
use crate::partner::store::{is_staff, members_among};
use crate::submission::{REASON, check_revision, check_written};
use crate::throttle::{self, Rate, Try};

/// For how long a letter can be answered.
pub const LIFETIME: TimeDelta = TimeDelta::days(60);

/// What a paper can be.
const PAPERS: &[Kind] = &[Kind::Pdf, Kind::Png, Kind::Jpeg];

/// How often a partner's people ask customers.
const BY_PARTNER: Rate = Rate {
    burst: 50,
    every: TimeDelta::minutes(20),
};

/// How often one address is asked, whatever about.
const LETTERS: Rate = Rate {
    burst: 5,
    every: TimeDelta::minutes(20),
};

/// Whom to ask.
#[derive(Clone, Debug)]
pub struct Ask {
    /// For which case study.
    pub id: CaseStudyId,
    /// Who consents for the customer.
    pub name: String,
    /// Where the letter goes.
    pub email: String,
    /// Language of the letter and of the page.
    pub locale: String,
    /// The version of the case study that was read.
    pub expected_version: i32,
}

/// Asks the customer by a letter. Where another one is not answered yet, it is answered no more.
///
/// # Errors
/// `CONFLICT`, `CONSENT_GIVEN`, `INVALID`, `INVALID_LOCALE`, `NOT_OPEN`, `OWN_ADDRESS`, and refusals
/// of the name.
/// [`crate::error::Error::Busy`] where the address was written to too often.
pub async fn ask(op: &Op, input: Ask) -> Result<CaseStudyConsentId> {
    op.unit(input, |tx, input| {
        Box::pin(async move {
            let (permit, row) = up_for_consent(tx, input.id, input.expected_version).await?;
            let mut faults = Faults::default();
            faults.line(&input.name, LINE, "name");
            faults.locale(&input.locale, "locale");
            let address = email::normalize(&input.email);
            if address.is_none() {
                let message = "Give an e-mail address, such as ana@example.com.";
                faults.add("INVALID", message, "email");
            }
            faults.result()?;
            let address = address.unwrap_or_default();
            check_is_outside(&permit, row.partner_id, &address).await?;
            let by = row.partner_id.0.to_string();
            let tries = [
                Try::of(&["consent", &address], LETTERS),
                Try::of(&["consent by", &by], BY_PARTNER),
            ];
            throttle::count(&permit, &tries).await?;
            let consent = case_study_consent::Model {
                method: ConsentMethod::Link,
                state: ConsentState::Asked,
                name: input.name.trim().to_owned(),
                email: Some(address),
                locale: input.locale.clone(),
                expires_at: Some(permit.now() + LIFETIME),
                ..blank(&permit, &row)?
            };
            insert(&permit, &row, &consent).await?;
            tell::customer(&permit, &row, &consent).await?;
            remind::promise(&permit, &consent).await?;
            Ok(consent.id)
        })
    })
    .await
}

/// Nobody consents for the customer who writes or reviews what is consented to.
async fn check_is_outside(permit: &Permit<'_>, partner: PartnerId, address: &str) -> Result<()> {
    let db = permit.reader();
    let found = person::Entity::find().filter(person::Column::Email.eq(address));
    let Some(person) = found.one(&db).await? else {
        return Ok(());
    };
    let is_member = !members_among(&db, partner, [person.id]).await?.is_empty();
    if is_member || is_staff(&db, person.id).await? {
        let message =
            "This is an address of the partner or of the vendor: ask somebody of the customer.";
        return Err(Refusal::new("OWN_ADDRESS", message).at("email").into());
    }
    Ok(())
}

/// A consent on paper.
#[derive(Clone, Debug)]
pub struct Record {
    /// For which case study.
    pub id: CaseStudyId,
    /// Who signed it for the customer.
    pub name: String,
    /// The paper.
    pub file: FileId,
    /// What the paper is.
    pub note: String,
    /// The version of the case study that was read.
    pub expected_version: i32,
}

/// Records a consent that the customer gave on paper, to the text as it is.
///
/// # Errors
/// `CONFLICT`, `CONSENT_GIVEN`, `NOT_OPEN`, those of [`file::ATTACH_CODES`], and refusals of the texts.
pub async fn record(op: &Op, input: Record) -> Result<CaseStudyConsentId> {
    op.unit(input, |tx, input| {
        Box::pin(async move {
            let (permit, row) = up_for_consent(tx, input.id, input.expected_version).await?;
            let mut faults = Faults::default();
            faults.line(&input.name, LINE, "name");
            faults.text(input.note.trim(), SHORT, "note");
            faults.result()?;
            let consent = case_study_consent::Model {
                name: input.name.trim().to_owned(),
                note: input.note.trim().to_owned(),
                file_id: Some(input.file),
                answered_at: Some(permit.now()),
                ..blank(&permit, &row)?
            };
            let to = Use {
                kind: UseKind::CaseStudyConsent,
                subject: consent.id.0,
                partner: Some(row.partner_id),
            };
            file::attach(&permit, input.file, to, PAPERS, "file").await?;
            insert(&permit, &row, &consent).await?;
            tell::all_of_answer(&permit, &row, &consent).await?;
            Ok(consent.id)
        })
    })
    .await
}

/// A consent on paper, as yet without a name.
fn blank(permit: &Permit<'_>, row: &case_study::Model) -> Result<case_study_consent::Model> {
    Ok(case_study_consent::Model {
        id: permit.new_id(),
        case_study_id: row.id,
        partner_id: row.partner_id,
        revision: row.version,
        content: serde_json::to_value(Content::of(row)?)?,
        method: ConsentMethod::Paper,
        state: ConsentState::Given,
        file_id: None,
        name: String::new(),
        email: None,
        locale: row.locale.clone(),
        asked_by: asker(permit)?,
        asked_at: permit.now(),
        expires_at: None,
        answered_at: None,
        note: String::new(),
        withdrawn_at: None,
        withdrawn_by: None,
        withdrawn_reason: None,
        version: 1,
    })
}

async fn insert(
    permit: &Permit<'_>,
    row: &case_study::Model,
    consent: &case_study_consent::Model,
) -> Result<()> {
    outdate(permit, row.id).await?;
    Entity::insert(consent.clone().into_active_model().reset_all())
        .exec_without_returning(permit.writer())
        .await?;
    let after =
        json!({ "state": consent.state, "method": consent.method, "revision": consent.revision });
    audit::record(permit, subject(consent), &(), &after).await?;
    Ok(())
}

async fn up_for_consent(
    tx: &Tx,
    id: CaseStudyId,
    version: i32,
) -> Result<(Permit<'_>, case_study::Model)> {
    let row = store::for_asker(tx, id).await?;
    let permit = may_record(tx, &row).await?;
    if !rules::is_settled(row.state) {
        return Err(not_open(&row));
    }
    check_revision(version, row.version)?;
    let open = store::open_consent(&permit.reader(), row.id).await?;
    if open.is_some_and(|it| it.state == ConsentState::Given) {
        let message = "The customer has consented to this text.";
        return Err(Refusal::new("CONSENT_GIVEN", message).into());
    }
    Ok((permit, row))
}

/// Who may record a consent: staff, and who takes part in the case study.
async fn may_record<'tx>(tx: &'tx Tx, row: &case_study::Model) -> Result<Permit<'tx>> {
    let scope = Scope::Partner(row.partner_id);
    let permit = tx.permit(Permission::RecordConsent, scope)?;
    // Whoever may review it may; of the partner only those who take part.
    if !allows(tx.op().actor(), Permission::ReviewCaseStudies, scope) {
        must_take_part(&permit, row).await?;
    }
    Ok(permit)
}

/// Outdates the consent that stands or is asked for: the text changes, or somebody asks anew.
pub(super) async fn outdate(permit: &Permit<'_>, id: CaseStudyId) -> Result<()> {
    Entity::update_many()
        .col_expr(Column::State, Expr::value(ConsentState::Outdated))
        .col_expr(Column::Version, Expr::col(Column::Version).add(1))
        .filter(Column::CaseStudyId.eq(id))
        .filter(Column::State.is_in([ConsentState::Asked, ConsentState::Given]))
        .exec(permit.writer())
        .await?;
    Ok(())
}

/// What the page behind a letter's link shows.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The consent.
    pub consent: case_study_consent::Model,
    /// The text that it is about.
    pub content: Content,
    /// The case study as it is now.
    pub case_study: case_study::Model,
    /// What else a withdrawal ends: the same in other languages, as far as that is consented to.
    pub others: Vec<case_study::Model>,
}

impl Shown {
    /// Whether it can be answered now.
    #[must_use]
    pub fn is_open(&self, op: &Op) -> bool {
        is_open(&self.consent, op)
    }
}

fn is_open(consent: &case_study_consent::Model, op: &Op) -> bool {
    consent.state == ConsentState::Asked && consent.expires_at.is_some_and(|end| op.now() < end)
}

/// What the link of that token shows; none where it is no link of ours.
///
/// # Errors
/// What the database said.
pub async fn shown(op: &Op, token: &str) -> Result<Option<Shown>> {
    let Some(id) = op.link_key().consent(token) else {
        return Ok(None);
    };
    let db = op.reader();
    let found = Entity::find_by_id(id).one(&db).await?;
    // A paper has no link.
    let Some(consent) = found.filter(|it| it.method == ConsentMethod::Link) else {
        return Ok(None);
    };
    let case_study = store::by_id(&db, consent.case_study_id).await?;
    let others = store::given_in_all_languages(&db, &case_study).await?;
    let others = others.into_iter().map(|(text, _)| text);
    Ok(Some(Shown {
        content: serde_json::from_value(consent.content.clone())?,
        others: others.filter(|text| text.id != case_study.id).collect(),
        case_study,
        consent,
    }))
}

/// The picture at that place of the text that the link shows, counted from 0.
///
/// # Errors
/// What the database said.
pub async fn picture(op: &Op, token: &str, place: usize) -> Result<Option<entity::file::Model>> {
    let shown = shown(op, token).await?;
    public::file_at(op, shown.as_ref().map(|it| &it.content), place).await
}

/// What the customer answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Yes.
    Given,
    /// No.
    Refused,
    /// Not any more.
    Withdrawn,
}

/// The customer answers by the link, or withdraws what was answered. The same answer once more
/// changes nothing.
///
/// # Errors
/// `LINK_INVALID` where it is no link of ours, or cannot be answered so now; refusals of the note.
pub async fn answer(op: &Op, token: &str, answer: Answer, note: String) -> Result<()> {
    let id = op.link_key().consent(token).ok_or_else(invalid)?;
    op.at_the_door()
        .unit((id, answer, note), |tx, (id, answer, note)| {
            Box::pin(take_answer(tx, *id, *answer, note.trim()))
        })
        .await
}

async fn take_answer(tx: &Tx, id: CaseStudyConsentId, answer: Answer, note: &str) -> Result<()> {
    let permit = tx.permit(Permission::AnswerConsent, Scope::Portal)?;
    let mut faults = Faults::default();
    faults.text(note, SHORT, "note");
    faults.result()?;
    let found = Entity::find_by_id(id).one(&tx.reader()).await?;
    let consent = found
        .filter(|it| it.method == ConsentMethod::Link)
        .ok_or_else(invalid)?;
    let state = match answer {
        Answer::Given => ConsentState::Given,
        Answer::Refused => ConsentState::Refused,
        Answer::Withdrawn => ConsentState::Withdrawn,
    };
    if consent.state == state {
        return Ok(());
    }
    let row = store::by_id(&tx.reader(), consent.case_study_id).await?;
    if answer == Answer::Withdrawn {
        if consent.state != ConsentState::Given {
            return Err(invalid().into());
        }
        return end(&permit, &row, note).await;
    }
    if !is_open(&consent, tx.op()) {
        return Err(invalid().into());
    }
    let before = json!({ "state": consent.state });
    let consent = write(
        &permit,
        case_study_consent::Model {
            state,
            answered_at: Some(permit.now()),
            note: note.to_owned(),
            ..consent
        },
    )
    .await?;
    let after = json!({ "state": consent.state });
    audit::record(&permit, subject(&consent), &before, &after).await?;
    tell::all_of_answer(&permit, &row, &consent).await
}

/// One answer for all that can be wrong with a link: it tells a guesser nothing.
fn invalid() -> Refusal {
    Refusal::new("LINK_INVALID", "This link cannot be answered so any more.").at("token")
}

/// A withdrawal that the customer told somebody.
#[derive(Clone, Debug)]
pub struct Withdrawal {
    /// Of which consent.
    pub id: CaseStudyConsentId,
    /// Why, or how the customer said so.
    pub reason: String,
    /// The consent's version that was read.
    pub expected_version: i32,
}

/// Records that the customer does not consent any more.
///
/// # Errors
/// `CONFLICT`, `NOT_OPEN`, and refusals of the reason.
pub async fn withdraw(op: &Op, input: Withdrawal) -> Result<CaseStudyConsentId> {
    op.unit(input, |tx, input| {
        Box::pin(async move {
            let consent = store::consent_for_asker(tx, input.id).await?;
            let row = store::by_id(&tx.reader(), consent.case_study_id).await?;
            let permit = may_record(tx, &row).await?;
            let mut faults = Faults::default();
            faults.words(&input.reason, REASON, "reason");
            faults.result()?;
            if consent.state != ConsentState::Given {
                let message = "Only what was given can be withdrawn.";
                return Err(Refusal::new("NOT_OPEN", message).into());
            }
            check_revision(input.expected_version, consent.version)?;
            end(&permit, &row, input.reason.trim()).await?;
            Ok(input.id)
        })
    })
    .await
}

/// The consent ends in every language: whoever withdraws one text does not want to be read of in
/// another.
async fn end(permit: &Permit<'_>, row: &case_study::Model, reason: &str) -> Result<()> {
    for (row, consent) in store::given_in_all_languages(&permit.reader(), row).await? {
        end_one(permit, row, consent, reason).await?;
    }
    Ok(())
}

/// One consent ends, and with it the publication.
async fn end_one(
    permit: &Permit<'_>,
    row: case_study::Model,
    consent: case_study_consent::Model,
    reason: &str,
) -> Result<()> {
    let before = json!({ "state": consent.state });
    let by = permit.op().actor().person().map(|person| person.id);
    let consent = write(
        permit,
        case_study_consent::Model {
            state: ConsentState::Withdrawn,
            withdrawn_at: Some(permit.now()),
            withdrawn_by: by,
            withdrawn_reason: Some(reason.to_owned()),
            ..consent
        },
    )
    .await?;
    let after = json!({ "state": consent.state, "reason": reason });
    audit::record(permit, subject(&consent), &before, &after).await?;
    let was_public = rules::next(row.state, Turn::Withdraw).is_some();
    let row = if was_public {
        let row = case_study::Model {
            closed_at: Some(permit.now()),
            closed_reason: Some(reason.to_owned()),
            ..row
        };
        let row = turn(permit, row, Turn::Withdraw).await?;
        store::open_pictures(permit, &row, false).await?;
        let slug = row.slug.clone().unwrap_or_default();
        record_for_all(permit, &row, &Detail::CaseStudyWithdrawn { slug }).await?;
        row
    } else {
        row
    };
    tell::all_of_withdrawal(permit, &row, &consent, was_public).await
}

async fn write(
    permit: &Permit<'_>,
    row: case_study_consent::Model,
) -> Result<case_study_consent::Model> {
    let read = row.version;
    let row = case_study_consent::Model {
        version: read + 1,
        ..row
    };
    let written = Entity::update_many()
        .set(row.clone().into_active_model().reset_all())
        .filter(Column::Id.eq(row.id))
        .filter(Column::Version.eq(read))
        .exec(permit.writer())
        .await?;
    check_written(written.rows_affected)?;
    Ok(row)
}

fn subject(row: &case_study_consent::Model) -> Subject {
    Subject {
        kind: "CaseStudyConsent",
        id: row.id.0,
        partner: Some(row.partner_id),
    }
}
