//! What a version changes for each partner: told when it is announced, acknowledged by the partner.
//!
//! Each partner is measured by the rules in force and by those to come, on the same facts. It is told
//! what differs for it, what it would lack, and what changes of its tier, of the next one and of the
//! track; what stays the same is told as well, because whoever hears nothing does not know.
//!
//! Which changes concern it follows from the two documents, which never change, and from where it
//! stood: they are put into words whenever they are read, in the language of whoever reads them.

use std::collections::{BTreeMap, HashMap, HashSet};

use entity::id::{PartnerId, ProgramNoticeId, ProgramVersionId};
use entity::program_version::ProgramVersionState;
use entity::{partner, program_notice, program_version, standing};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseExecutor, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::concern::Versions;
use super::document::Document;
use super::outlook::{Outlook, unmet};
use super::proof::{RequirementProof, TrackProof};
use super::rules::Rules;
use super::store;
use super::telling::shortfalls;
use crate::auth::{Permission, Scope};
use crate::error::{Error, Refusal, Result};
use crate::fact::{self, About, Detail};
use crate::notification::letter::TrackNews;
use crate::notification::{self, Letter};
use crate::op::{Op, Permit};
use crate::outbox::{self, Job};
use crate::shape::global_id;

/// Partners that are told in one unit of work.
const BATCH: u64 = 25;
/// The most changes of a track that a letter tells; all of them are read in the portal.
const IN_LETTER: usize = 6;
/// The most changes of a track that are told at all.
const TOLD: usize = 50;

/// The promise to tell all partners of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellPartners {
    /// The version.
    pub version: ProgramVersionId,
    /// The last partner that was told.
    pub after: Option<PartnerId>,
}

impl Job for TellPartners {
    const KIND: &'static str = "program.tell_partners";
}

/// The promise to tell whoever was told of a version that it was withdrawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TellWithdrawal {
    /// The version.
    pub version: ProgramVersionId,
    /// The last partner that was told.
    pub after: Option<PartnerId>,
}

impl Job for TellWithdrawal {
    const KIND: &'static str = "program.tell_withdrawal";
}

/// What a version changes for a partner on a track.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// The track, by its key.
    pub track: String,
    /// What it is called, in the document's language.
    pub name: String,
    /// The tier on which the partner stands, by its key; none for none.
    pub stands: Option<String>,
    /// The tier that it earns by the rules in force; none for none.
    pub before: Option<String>,
    /// The tier that it would earn by the new ones; none for none.
    pub after: Option<String>,
    /// What of the tier on which it stands it would lack.
    pub missing: Vec<RequirementProof>,
    /// Whether anything changes of its tier, of the next one or of the track.
    #[serde(default)]
    pub rules_change: bool,
}

impl Difference {
    /// The tier that it holds: the one on which it stands, or else what it earns.
    #[must_use]
    pub fn held(&self) -> Option<&str> {
        self.stands.as_deref().or(self.before.as_deref())
    }

    /// Whether anything is another.
    #[must_use]
    pub fn changes(&self) -> bool {
        self.rules_change || self.before != self.after
    }

    /// What changes of its tier, of the next one and of the track, in words.
    fn told(&self, versions: Option<&Versions<'_>>, locale: &str) -> Vec<String> {
        let told = versions.map(|it| it.told(&self.track, self.held(), locale));
        told.unwrap_or_default()
    }
}

/// What differs for a partner, track by track: on those that are for it, before or after.
#[must_use]
pub fn differences(
    before: &[TrackProof],
    after: &[TrackProof],
    document: &Document,
    versions: Option<&Versions<'_>>,
    stands: impl Fn(&str) -> Option<String>,
) -> Vec<Difference> {
    let keys = after.iter().map(|it| &it.track);
    let gone = before.iter().map(|it| &it.track);
    let gone = gone.filter(|key| !after.iter().any(|it| it.track == **key));
    let mut found = Vec::new();
    for key in keys.chain(gone) {
        let of = |proofs: &'_ [TrackProof]| {
            let proof = proofs.iter().find(|it| it.track == *key && it.applies);
            proof.cloned()
        };
        let (old, new) = (of(before), of(after));
        if old.is_none() && new.is_none() {
            continue;
        }
        let stands = stands(key);
        let held = stands
            .clone()
            .or_else(|| old.as_ref().and_then(|it| it.earned.clone()));
        let tier = new
            .iter()
            .flat_map(|it| &it.tiers)
            .find(|it| Some(&it.tier) == held.as_ref() && !it.earned && !it.kept);
        let missing = tier.into_iter().flat_map(|it| &it.requires);
        let missing: Vec<_> = missing.flat_map(unmet).cloned().collect();
        let named = document.track(key);
        let concerning = versions.map(|it| it.concerning(key, held.as_deref()));
        found.push(Difference {
            track: key.clone(),
            name: named.map_or_else(
                || key.clone(),
                |it| it.name.read(&document.locale, &document.locale).to_owned(),
            ),
            stands,
            before: old.and_then(|it| it.earned),
            after: new.and_then(|it| it.earned),
            missing,
            rules_change: concerning.is_some_and(|it| !it.is_empty()),
        });
    }
    found
}

/// Keeps the promise: tells the next partners, and promises the rest.
///
/// # Errors
/// What the database said.
pub async fn tell(permit: &Permit<'_>, job: &TellPartners) -> Result<()> {
    let db = permit.reader();
    let row = store::version(&db, job.version).await?;
    if row.state == ProgramVersionState::Withdrawn {
        return Ok(());
    }
    let partners = store::measured(&db, job.after, BATCH).await?;
    let Some(last) = partners.last().map(|it| it.id) else {
        return Ok(());
    };
    let rules = Rules::from_yaml(&row.document)?;
    let before = before(&db, &row).await?;
    let told = Told {
        row: &row,
        versions: before.as_ref().map(|it| Versions::of(it, &rules)),
        before: before.as_ref(),
        rules: &rules,
    };
    for partner in &partners {
        tell_one(permit, &told, partner).await?;
    }
    if partners.len() as u64 == BATCH {
        let rest = TellPartners {
            after: Some(last),
            ..*job
        };
        outbox::promise(permit, &rest).await?;
    }
    Ok(())
}

/// The rules whose place those of this version take.
async fn before(db: &DatabaseExecutor<'_>, row: &program_version::Model) -> Result<Option<Rules>> {
    let versions = store::versions(db, row.program_id).await?;
    let counted = |it: &program_version::Model| {
        matches!(
            it.state,
            ProgramVersionState::InForce | ProgramVersionState::Superseded
        )
    };
    let mut earlier = versions.into_iter();
    let before = earlier.find(|it| it.number < row.number && counted(it));
    before.map(|it| Rules::from_yaml(&it.document)).transpose()
}

/// What is told, to each partner what of it concerns it.
struct Told<'r> {
    row: &'r program_version::Model,
    before: Option<&'r Rules>,
    rules: &'r Rules,
    versions: Option<Versions<'r>>,
}

async fn tell_one(permit: &Permit<'_>, told: &Told<'_>, partner: &partner::Model) -> Result<()> {
    let (db, now) = (permit.reader(), permit.now());
    let (row, rules) = (told.row, told.rules);
    let before = program_notice::Entity::find()
        .filter(program_notice::Column::ProgramVersionId.eq(row.id))
        .filter(program_notice::Column::PartnerId.eq(partner.id));
    if before.one(&db).await?.is_some() {
        return Ok(());
    }
    let facts = store::facts(&db, partner.id, now).await?;
    let profile = store::profile(partner)?;
    let tracks = |rules: &Rules| Outlook::new(rules, &facts, &profile, now, now).tracks();
    let (old, new) = (told.before.map(tracks).unwrap_or_default(), tracks(rules));
    let standings = standing::Entity::find()
        .filter(standing::Column::PartnerId.eq(partner.id))
        .filter(standing::Column::ProgramId.eq(row.program_id))
        .all(&db)
        .await?;
    let stands = |track: &str| {
        let standing = standings.iter().find(|it| it.track == track);
        standing.and_then(|it| it.tier.clone())
    };
    let versions = told.versions.as_ref();
    let differences = differences(&old, &new, &rules.document, versions, stands);
    if differences.is_empty() {
        return Ok(());
    }
    let notice = program_notice::Model {
        id: permit.new_id(),
        program_version_id: row.id,
        partner_id: partner.id,
        differences: serde_json::to_value(&differences)?,
        told_at: now,
        acknowledged_at: None,
        acknowledged_by: None,
    };
    program_notice::Entity::insert(notice.clone().into_active_model().reset_all())
        .exec_without_returning(permit.writer())
        .await?;
    for reader in store::administrators(&db, partner.id).await? {
        let locale = &reader.locale;
        let tracks = differences.iter().map(|it| told.news(it, locale));
        let letter = Letter::ProgramAnnounced {
            partner: partner.legal_name.clone(),
            name: rules
                .document
                .name
                .read(locale, &rules.document.locale)
                .to_owned(),
            number: row.number,
            is_first: told.before.is_none(),
            in_force_on: row.in_force_on.unwrap_or_default(),
            note: row.note.clone(),
            tracks: tracks.collect(),
            notice: global_id("ProgramNotice", notice.id.0),
        };
        notification::tell(permit, reader.id, Some(partner.id), letter).await?;
    }
    Ok(())
}

impl Told<'_> {
    /// What a letter tells of a track.
    fn news(&self, it: &Difference, locale: &str) -> TrackNews {
        let (document, before) = (&self.rules.document, self.before);
        let named =
            |tier: &Option<String>| tier_name(before, self.rules, it, tier.as_deref(), locale);
        let mut changes = it.told(self.versions.as_ref(), locale);
        let more = changes.len().saturating_sub(IN_LETTER);
        changes.truncate(IN_LETTER);
        TrackNews {
            track: track_name(document, &it.track, locale),
            stands: named(&it.stands),
            before: named(&it.before),
            after: named(&it.after),
            missing: shortfalls(document, &it.missing, locale),
            changes,
            more,
        }
    }
}

/// What some partners were told that changes for them: of their tiers, of the next ones and of the
/// tracks, track by track, in a reader's language. The notices are those that the reader sees.
///
/// # Errors
/// What the database said; a fault where a document is none.
pub async fn in_words(
    db: &DatabaseExecutor<'_>,
    notices: &[Uuid],
    locale: &str,
) -> Result<HashMap<Uuid, Vec<String>>> {
    let notices = program_notice::Entity::find()
        .filter(program_notice::Column::Id.is_in(notices.iter().copied()))
        .all(db)
        .await?;
    let mut by_version: BTreeMap<ProgramVersionId, Vec<program_notice::Model>> = BTreeMap::new();
    for notice in notices {
        let same = by_version.entry(notice.program_version_id).or_default();
        same.push(notice);
    }
    let mut words = HashMap::new();
    for (version, notices) in by_version {
        let row = store::version(db, version).await?;
        let rules = Rules::from_yaml(&row.document)?;
        let before = before(db, &row).await?;
        let versions = before.as_ref().map(|it| Versions::of(it, &rules));
        for notice in notices {
            let differences: Vec<Difference> = serde_json::from_value(notice.differences)?;
            let each = differences.iter();
            let told = each.flat_map(|it| {
                let told = it.told(versions.as_ref(), locale);
                told.into_iter().take(TOLD)
            });
            // What is measured otherwise may concern several tracks, and is told once.
            let mut seen = HashSet::new();
            let told = told.filter(|it| seen.insert(it.clone()));
            words.insert(notice.id.0, told.collect());
        }
    }
    Ok(words)
}

fn track_name(document: &Document, key: &str, locale: &str) -> String {
    let track = document.track(key);
    track.map_or_else(
        || key.to_owned(),
        |it| it.name.read(locale, &document.locale).to_owned(),
    )
}

/// What a tier is called, in the new document or in the old one.
fn tier_name(
    before: Option<&Rules>,
    rules: &Rules,
    of: &Difference,
    tier: Option<&str>,
    locale: &str,
) -> Option<String> {
    let tier = tier?;
    let documents = [Some(&rules.document), before.map(|it| &it.document)];
    let named = documents
        .into_iter()
        .flatten()
        .find_map(|it| it.tier_name(&of.track, tier, locale));
    Some(named.unwrap_or(tier).to_owned())
}

/// Promises to tell whoever was told of a version that it was withdrawn.
pub(super) async fn promise_withdrawal(
    permit: &Permit<'_>,
    version: ProgramVersionId,
) -> Result<()> {
    let job = TellWithdrawal {
        version,
        after: None,
    };
    outbox::promise(permit, &job).await
}

/// Keeps the promise: tells the next partners, and promises the rest.
///
/// # Errors
/// What the database said.
pub async fn tell_withdrawal(permit: &Permit<'_>, job: &TellWithdrawal) -> Result<()> {
    use program_notice::Column;
    let db = permit.reader();
    let row = store::version(&db, job.version).await?;
    let document = Document::from_yaml(&row.document)?;
    let mut told = program_notice::Entity::find().filter(Column::ProgramVersionId.eq(job.version));
    if let Some(after) = job.after {
        told = told.filter(Column::PartnerId.gt(after));
    }
    let told = told
        .order_by_asc(Column::PartnerId)
        .limit(BATCH)
        .all(&db)
        .await?;
    for notice in &told {
        for reader in store::administrators(&db, notice.partner_id).await? {
            let letter = Letter::ProgramWithdrawn {
                name: document
                    .name
                    .read(&reader.locale, &document.locale)
                    .to_owned(),
                number: row.number,
                reason: row.withdrawn_reason.clone().unwrap_or_default(),
            };
            notification::tell(permit, reader.id, Some(notice.partner_id), letter).await?;
        }
    }
    if let Some(last) = told.last().filter(|_| told.len() as u64 == BATCH) {
        let rest = TellWithdrawal {
            after: Some(last.partner_id),
            ..*job
        };
        outbox::promise(permit, &rest).await?;
    }
    Ok(())
}

/// Acknowledges, for the partner, what a version changes for it. Again changes nothing.
///
/// # Errors
/// [`Error::NotFound`] where the asker may not know of it, `WITHDRAWN` where there is nothing to know
/// any more.
pub async fn acknowledge(op: &Op, id: ProgramNoticeId) -> Result<ProgramNoticeId> {
    op.unit(id, |tx, &id| {
        Box::pin(async move {
            tx.op().actor().known()?;
            let db = tx.reader();
            let row = program_notice::Entity::find_by_id(id).one(&db).await?;
            let sees = |it: &program_notice::Model| {
                let actor = tx.op().actor();
                actor.is_staff() || actor.partners().any(|own| own == it.partner_id)
            };
            let row = row.filter(sees).ok_or(Error::NotFound("ProgramNotice"))?;
            let scope = Scope::Partner(row.partner_id);
            let permit = tx.permit(Permission::AcknowledgePrograms, scope)?;
            let version = store::version(&db, row.program_version_id).await?;
            if version.state == ProgramVersionState::Withdrawn {
                let message = "This version was withdrawn: it changes nothing.";
                return Err(Refusal::new("WITHDRAWN", message).into());
            }
            if row.acknowledged_at.is_some() {
                return Ok(row.id);
            }
            let program = store::program(&db, version.program_id).await?;
            let person = permit.op().actor().person().map(|person| person.id);
            let (id, partner) = (row.id, row.partner_id);
            let row = program_notice::Model {
                acknowledged_at: Some(permit.now()),
                acknowledged_by: person,
                ..row
            };
            row.into_active_model()
                .reset_all()
                .update(permit.writer())
                .await?;
            let about = About {
                partner: Some(partner),
                person,
                subject: id.0,
            };
            let detail = Detail::ProgramAcknowledged {
                program: program.slug,
                version: version.number,
            };
            fact::record(&permit, about, &detail).await?;
            Ok(id)
        })
    })
    .await
}
