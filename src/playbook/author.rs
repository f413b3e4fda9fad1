//! Writing playbooks: save a draft, throw it away, give it out again; and publishing a whole one at
//! once, as the command line does.
//!
//! A playbook has [editions](crate::edition), its versions. What the API publishes was
//! [reviewed](super::review) first.

use std::collections::BTreeSet;

use entity::asset::AssetState;
use entity::id::{PersonId, PlaybookId, PlaybookVersionId};
use entity::playbook::{self, PlaybookState};
use entity::playbook_version::{self, PlaybookVersionState};
use entity::{playbook_acknowledgement, playbook_section};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseExecutor, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder,
};
use serde_json::json;

use super::document::{Document, Text};
use super::{ask, find, renew, store};
use crate::audience;
use crate::audit::{self, Subject};
use crate::auth::{Permission, Scope};
use crate::config;
use crate::document::{Faults, at_yaml};
use crate::edition::{self, Edition, Head, Stage};
use crate::error::{Error, Result};
use crate::markdown;
use crate::op::{Op, Permit, Tx};

/// What is to be saved.
#[derive(Clone, Debug)]
pub struct SaveDraft {
    /// The playbook as YAML; its slug says which.
    pub yaml: String,
    /// The version of the draft that was read; none where there is no draft yet.
    pub expected_version: Option<i32>,
}

/// Saves the draft of a playbook: of a new one, the next version of one, or again.
///
/// # Errors
/// Refusals of [`super::document::CODES`] and [`edition::REVIEWED_CODES`].
pub async fn save_draft(
    op: &Op,
    portal: &config::Portal,
    input: SaveDraft,
) -> Result<PlaybookVersionId> {
    op.unit((input, portal.regions.clone()), |tx, (input, regions)| {
        Box::pin(async move {
            let permit = tx.permit(Permission::WritePlaybooks, Scope::Portal)?;
            let document = read(&input.yaml, regions)
                .map_err(|error| error.map_refusals(|fault| at_yaml(&input.yaml, fault)))?;
            check_named(&permit.reader(), &document)
                .await
                .map_err(|error| error.map_refusals(|fault| at_yaml(&input.yaml, fault)))?;
            let (playbook, versions) = playbook_for(&permit, &document).await?;
            edition::check_draft(&versions, input.expected_version)?;
            let row = write_draft(&permit, playbook.id, &versions, &document).await?;
            Ok(row.id)
        })
    })
    .await
}

/// A playbook that is good, from its YAML.
fn read(yaml: &str, regions: &[String]) -> Result<Document> {
    let document = Document::from_yaml(yaml)?;
    document.check(regions)?;
    Ok(document)
}

/// Whether a program has the tiers for which it is, and the library the assets that the sections name.
/// One that has no version yet, or has expired, may still come, or come back: readers see it when it
/// does.
async fn check_named(db: &DatabaseExecutor<'_>, document: &Document) -> Result<()> {
    let found = store::assets(db, &document.assets()).await?;
    let mut faults = Faults::default();
    let audience = &document.audience;
    audience.check_tiers(db, "audience", &mut faults).await?;
    for (index, section) in document.sections.iter().enumerate() {
        for (place, slug) in section.assets.iter().enumerate() {
            let at = format!("sections.{index}.assets.{place}");
            match found.get(slug).map(|asset| asset.state) {
                None => {
                    let message = format!("There is no asset `{slug}`.");
                    faults.add("UNKNOWN_ASSET", message, &at);
                }
                Some(AssetState::Retired) => {
                    let message = format!(
                        "The asset `{slug}` was taken out of the library: put it back, or leave it \
                         out."
                    );
                    faults.add("RETIRED", message, &at);
                }
                Some(AssetState::Draft | AssetState::Published | AssetState::Expired) => (),
            }
        }
    }
    faults.result()
}

/// Which version is to be submitted, decided or published.
#[derive(Clone, Copy, Debug)]
pub struct Draft {
    /// The version.
    pub version: PlaybookVersionId,
    /// Its version that was read.
    pub expected_version: i32,
}

/// The draft, if it is one still.
pub(super) async fn open<'tx>(
    tx: &'tx Tx,
    draft: &Draft,
) -> Result<(Permit<'tx>, playbook_version::Model)> {
    let permit = tx.permit(Permission::WritePlaybooks, Scope::Portal)?;
    let row = store::version(&permit.reader(), draft.version).await?;
    edition::check_open(&row, draft.expected_version)?;
    Ok((permit, row))
}

/// Throws a draft away, and with it the playbook where it never had another version.
///
/// # Errors
/// `NOT_DRAFT`, `CONFLICT`, `WAITS_FOR_REVIEW`.
pub async fn discard(op: &Op, draft: Draft) -> Result<PlaybookId> {
    op.unit(draft, |tx, draft| {
        Box::pin(async move {
            let (permit, row) = open(tx, draft).await?;
            let versions = store::versions(&permit.reader(), row.playbook_id).await?;
            delete_sections(&permit, row.id).await?;
            playbook_version::Entity::delete_by_id(row.id)
                .exec(permit.writer())
                .await?;
            if versions.len() == 1 {
                playbook::Entity::delete_by_id(row.playbook_id)
                    .exec(permit.writer())
                    .await?;
            }
            find::index(&permit, row.playbook_id).await?;
            let before = json!({ "version": row.version, "number": row.number });
            audit::record(&permit, subject(row.id), &before, &json!(null)).await?;
            Ok(row.playbook_id)
        })
    })
    .await
}

/// Publishes a whole playbook at once, for whoever runs the portal: no reviewer is asked. Where the
/// same is published already, nothing happens.
///
/// # Errors
/// Refusals of [`super::document::CODES`], and `DRAFT_EXISTS` where somebody is writing the next
/// version.
pub async fn publish_document(
    op: &Op,
    portal: &config::Portal,
    yaml: String,
) -> Result<PlaybookVersionId> {
    op.unit((yaml, portal.regions.clone()), |tx, (yaml, regions)| {
        Box::pin(async move {
            let permit = tx.permit(Permission::ImportPlaybooks, Scope::Portal)?;
            let document = read(yaml, regions)?;
            let (playbook, versions) = playbook_for(&permit, &document).await?;
            if let Some(same) = edition::published(&versions)
                && Document::from_yaml(&same.document)? == document
            {
                return Ok(same.id);
            }
            edition::check_nobody_writes(&versions)?;
            let draft = write_draft(&permit, playbook.id, &versions, &document).await?;
            put_out(&permit, draft).await
        })
    })
    .await
}

/// A playbook's newest version as YAML. For the vendor's staff.
///
/// # Errors
/// [`Error::NotFound`] for anybody else.
pub async fn export(op: &Op, slug: &str) -> Result<String> {
    let db = op.reader();
    let found = store::by_slug(&db, slug).await?;
    let playbook = found.filter(|_| op.actor().is_staff());
    let playbook = playbook.ok_or(Error::NotFound("Playbook"))?;
    let newest = store::versions(&db, playbook.id).await?.into_iter().next();
    Ok(newest.ok_or(Error::NotFound("Playbook"))?.document)
}

impl Edition for playbook_version::Model {
    type Id = PlaybookVersionId;
    const OF: &'static str = "playbook";

    fn head(&self) -> Head<PlaybookVersionId> {
        Head {
            id: self.id,
            number: self.number,
            stage: match self.state {
                PlaybookVersionState::Draft => Stage::Draft,
                PlaybookVersionState::InReview => Stage::InReview,
                PlaybookVersionState::Published => Stage::Published,
                PlaybookVersionState::Retired => Stage::Retired,
            },
            version: self.version,
            created_at: self.created_at,
        }
    }
}

/// The playbook that the document is of, made where it is new, and its versions.
async fn playbook_for(
    permit: &Permit<'_>,
    document: &Document,
) -> Result<(playbook::Model, Vec<playbook_version::Model>)> {
    let db = permit.reader();
    if let Some(playbook) = store::by_slug(&db, &document.slug).await? {
        let versions = store::versions(&db, playbook.id).await?;
        return Ok((playbook, versions));
    }
    let blank = playbook::Model {
        id: permit.new_id(),
        slug: document.slug.clone(),
        title: String::new(),
        summary: String::new(),
        locale: String::new(),
        kinds: String::new(),
        tiers: String::new(),
        regions: String::new(),
        state: PlaybookState::Draft,
        created_at: permit.now(),
        version: 1,
    };
    let row = named(blank, document);
    playbook::Entity::insert(row.clone().into_active_model().reset_all())
        .exec_without_returning(permit.writer())
        .await?;
    Ok((row, Vec::new()))
}

/// The playbook as the document calls it.
fn named(row: playbook::Model, document: &Document) -> playbook::Model {
    let kept = document.audience.kept();
    let text = document.text(&document.locale);
    let said = |field: fn(&Text) -> &String| {
        text.map_or_else(String::new, |text| field(text).trim().to_owned())
    };
    playbook::Model {
        title: said(|text| &text.title),
        summary: said(|text| &text.summary),
        locale: document.locale.clone(),
        kinds: kept.kinds,
        tiers: kept.tiers,
        regions: kept.regions,
        ..row
    }
}

/// Everybody who wrote a version.
pub(super) fn writers(row: &playbook_version::Model) -> Result<BTreeSet<PersonId>> {
    Ok(serde_json::from_value(row.writers.clone())?)
}

/// Writes the draft, over the one that is there or as the next number, with its sections.
async fn write_draft(
    permit: &Permit<'_>,
    playbook: PlaybookId,
    versions: &[playbook_version::Model],
    document: &Document,
) -> Result<playbook_version::Model> {
    let place = edition::place(permit, versions);
    let author = permit.op().actor().person().map(|person| person.id);
    let mut writers = match edition::draft(versions) {
        Some(draft) => writers(draft)?,
        None => BTreeSet::new(),
    };
    writers.extend(author);
    let texts: Vec<_> = document
        .texts
        .iter()
        .map(|(locale, text)| {
            json!({
                "locale": locale, "title": text.title.trim(), "summary": text.summary.trim(),
                "changes": text.changes.trim(),
            })
        })
        .collect();
    let title = document.text(&document.locale).map(|text| &text.title);
    let days = document.acknowledge_within_days;
    let row = playbook_version::Model {
        id: place.id,
        playbook_id: playbook,
        number: place.number,
        state: PlaybookVersionState::Draft,
        title: title.map_or_else(String::new, |title| title.trim().to_owned()),
        locale: document.locale.clone(),
        texts: json!(texts),
        acknowledge_within_days: days.and_then(|days| i32::try_from(days).ok()),
        document: document.to_yaml()?,
        author_id: author,
        writers: serde_json::to_value(writers)?,
        created_at: place.created_at,
        submitted_at: None,
        submitted_by: None,
        accepted_at: None,
        published_at: None,
        published_by: None,
        retired_at: None,
        version: place.version,
    };
    let kept = row.clone().into_active_model().reset_all();
    if place.over.is_some() {
        kept.update(permit.writer()).await?;
        delete_sections(permit, row.id).await?;
    } else {
        kept.insert(permit.writer()).await?;
    }
    write_sections(permit, row.id, document).await?;
    find::index(permit, playbook).await?;
    let before = json!({ "version": place.over });
    let after = json!({
        "version": place.version, "slug": document.slug, "sections": document.sections.len(),
    });
    audit::record(permit, subject(row.id), &before, &after).await?;
    Ok(row)
}

async fn delete_sections(permit: &Permit<'_>, version: PlaybookVersionId) -> Result<()> {
    playbook_section::Entity::delete_many()
        .filter(playbook_section::Column::PlaybookVersionId.eq(version))
        .exec(permit.writer())
        .await?;
    Ok(())
}

/// Writes every section in every language.
async fn write_sections(
    permit: &Permit<'_>,
    version: PlaybookVersionId,
    document: &Document,
) -> Result<()> {
    for locale in document.texts.keys() {
        let rows = (1..).zip(document.shown(locale)).map(|(position, it)| {
            let row = playbook_section::Model {
                id: permit.new_id(),
                playbook_version_id: version,
                key: it.key.to_owned(),
                locale: locale.clone(),
                written_in: it.written_in.to_owned(),
                position,
                kind: it.kind,
                title: it.words.title.trim().to_owned(),
                body: it.words.body.clone(),
                html: markdown::to_html(&it.words.body),
                assets: audience::bars(it.assets),
            };
            row.into_active_model().reset_all()
        });
        playbook_section::Entity::insert_many(rows.collect::<Vec<_>>())
            .exec_without_returning(permit.writer())
            .await?;
    }
    Ok(())
}

/// Retires the version before and publishes this one, of which the playbook takes its texts and
/// audience. What was still to be acknowledged of the version before is not any more; of this one
/// members are asked. An asset that was retired since it was saved has to come out of it first.
pub(super) async fn put_out(
    permit: &Permit<'_>,
    draft: playbook_version::Model,
) -> Result<PlaybookVersionId> {
    let db = permit.reader();
    let document = Document::from_yaml(&draft.document)?;
    check_named(&db, &document).await?;
    let playbook = store::playbook(&db, draft.playbook_id).await?;
    take_away(permit, &playbook).await?;
    let before = json!({ "state": draft.state });
    let row = playbook_version::Model {
        state: PlaybookVersionState::Published,
        published_at: Some(permit.now()),
        published_by: permit.op().actor().person().map(|person| person.id),
        version: draft.version + 1,
        ..draft
    };
    store::write(permit, &row).await?;
    let playbook = playbook::Model {
        state: PlaybookState::Published,
        ..named(playbook, &document)
    };
    store::write_playbook(permit, playbook).await?;
    if row.acknowledge_within_days.is_some() {
        ask::promise(permit, row.id).await?;
    } else {
        renew::promise(permit, row.id).await?;
    }
    let after = json!({ "state": row.state, "number": row.number });
    audit::record(permit, subject(row.id), &before, &after).await?;
    Ok(row.id)
}

/// Takes the version that partners read away from them.
pub(super) async fn take_away(permit: &Permit<'_>, playbook: &playbook::Model) -> Result<()> {
    let published = playbook_version::Entity::find()
        .filter(playbook_version::Column::PlaybookId.eq(playbook.id))
        .filter(playbook_version::Column::State.eq(PlaybookVersionState::Published))
        .order_by_asc(playbook_version::Column::Id)
        .all(&permit.reader())
        .await?;
    for row in published {
        let row = playbook_version::Model {
            state: PlaybookVersionState::Retired,
            retired_at: Some(permit.now()),
            version: row.version + 1,
            ..row
        };
        store::write(permit, &row).await?;
    }
    playbook_acknowledgement::Entity::delete_many()
        .filter(playbook_acknowledgement::Column::PlaybookId.eq(playbook.id))
        .filter(playbook_acknowledgement::Column::AcknowledgedAt.is_null())
        .exec(permit.writer())
        .await?;
    Ok(())
}

pub(super) fn subject(id: PlaybookVersionId) -> Subject {
    Subject {
        kind: "PlaybookVersion",
        id: id.0,
        partner: None,
    }
}
