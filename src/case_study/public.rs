//! What everybody may read without signing in: published case studies, one by its address, all of
//! them page by page, and the newest for feeds.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use entity::case_study::{CaseStudyState, Column, Entity, Model};
use entity::file;
use entity::id::CaseStudyId;
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{ColumnTrait, DatabaseExecutor, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::content::Content;
use super::rules;
use crate::document::is_locale;
use crate::error::Result;
use crate::op::Op;

/// How many a page of the list shows.
pub const PAGE: usize = 30;
/// How many a feed tells.
pub const FEED: u64 = 50;

/// What is at a public address.
#[derive(Clone, Debug)]
pub enum Found {
    /// A case study.
    Published(Box<Article>),
    /// It was there, and was taken down: in which language it was.
    Gone(String),
    /// Nothing, and there was nothing.
    Nothing,
}

/// A published case study.
#[derive(Clone, Debug)]
pub struct Article {
    /// The row.
    pub row: Model,
    /// What it says.
    pub content: Content,
    /// The same in other languages, as far as that is published.
    pub others: Vec<Model>,
}

/// What is at that address.
///
/// # Errors
/// What the database said.
pub async fn at(op: &Op, slug: &str) -> Result<Found> {
    let db = op.reader();
    let Some(row) = by_slug(&db, slug).await? else {
        return Ok(Found::Nothing);
    };
    if row.state != CaseStudyState::Published {
        return Ok(Found::Gone(row.locale));
    }
    let original = row.translation_of.unwrap_or(row.id);
    let others = Entity::find()
        .filter(Column::State.eq(CaseStudyState::Published))
        .filter(
            Condition::any()
                .add(Column::Id.eq(original))
                .add(Column::TranslationOf.eq(original)),
        )
        .filter(Column::Id.ne(row.id))
        .filter(Column::Locale.ne(&row.locale))
        .order_by_asc(Column::Locale)
        .order_by_asc(Column::Id)
        .limit(20)
        .all(&db)
        .await?;
    Ok(Found::Published(Box::new(Article {
        content: Content::of(&row)?,
        row,
        others,
    })))
}

/// The picture at that place of the case study at that address, counted from 0.
///
/// # Errors
/// What the database said.
pub async fn picture(op: &Op, slug: &str, place: usize) -> Result<Option<file::Model>> {
    let row = by_slug(&op.reader(), slug).await?;
    let row = row.filter(|row| row.state == CaseStudyState::Published);
    let content = row.as_ref().map(Content::of).transpose()?;
    file_at(op, content.as_ref(), place).await
}

/// The file of a picture.
pub(super) async fn file_at(
    op: &Op,
    content: Option<&Content>,
    place: usize,
) -> Result<Option<file::Model>> {
    let Some(picture) = content.and_then(|content| content.images.get(place)) else {
        return Ok(None);
    };
    let found = file::Entity::find_by_id(picture.file);
    Ok(found.one(&op.reader()).await?)
}

/// The key of what has or had that address; who may read it is said elsewhere.
///
/// # Errors
/// What the database said.
pub async fn key(op: &Op, slug: &str) -> Result<Option<CaseStudyId>> {
    let row = by_slug(&op.reader(), slug).await?;
    Ok(row.map(|row| row.id))
}

async fn by_slug(db: &DatabaseExecutor<'_>, slug: &str) -> Result<Option<Model>> {
    // Anything may stand in an address, also what no database takes.
    if !rules::is_slug(slug) {
        return Ok(None);
    }
    Ok(Entity::find().filter(Column::Slug.eq(slug)).one(db).await?)
}

/// A page of the list.
#[derive(Clone, Debug)]
pub struct Page {
    /// The latest first.
    pub rows: Vec<Model>,
    /// Whether there are older ones.
    pub has_older: bool,
    /// Every language in which anything is published, on whichever page.
    pub languages: BTreeSet<String>,
}

/// The language of a locale: `de` of `de-AT`. None where it can be the language of nothing.
#[must_use]
pub fn language(locale: &str) -> Option<&str> {
    let first = locale.split('-').next();
    first.filter(|first| is_locale(first))
}

/// What was published, the latest first: from the beginning, or older than the one of that slug; in
/// one language where it is named.
///
/// # Errors
/// What the database said.
pub async fn page(op: &Op, before: Option<&str>, in_language: Option<&str>) -> Result<Page> {
    let db = op.reader();
    let languages = languages(&db).await?;
    let mut found = published().filter(is_in(in_language));
    if let Some(slug) = before {
        // Also one that was taken down meanwhile has its place.
        let place = by_slug(&db, slug).await?;
        let place = place.and_then(|row| Some((row.published_at?, row.id)));
        let Some((at, id)) = place else {
            let rows = Vec::new();
            return Ok(Page {
                rows,
                has_older: false,
                languages,
            });
        };
        let key = Expr::tuple([Expr::col(Column::PublishedAt), Expr::col(Column::Id)]);
        found = found.filter(key.lt(Expr::tuple([Expr::value(at), Expr::value(id)])));
    }
    let mut rows = found.limit(PAGE as u64 + 1).all(&db).await?;
    let has_older = rows.len() > PAGE;
    rows.truncate(PAGE);
    Ok(Page {
        rows,
        has_older,
        languages,
    })
}

async fn languages(db: &DatabaseExecutor<'_>) -> Result<BTreeSet<String>> {
    let locales: Vec<String> = Entity::find()
        .select_only()
        .column(Column::Locale)
        .distinct()
        .filter(Column::State.eq(CaseStudyState::Published))
        .into_tuple()
        .all(db)
        .await?;
    let languages = locales.iter().filter_map(|it| language(it));
    Ok(languages.map(str::to_owned).collect())
}

/// Whether it is in that language, of whichever country; all are where none is named.
fn is_in(named: Option<&str>) -> Condition {
    let Some(named) = named else {
        return Condition::all();
    };
    Condition::any()
        .add(Column::Locale.eq(named))
        .add(Column::Locale.starts_with(format!("{named}-")))
}

/// What a feed tells.
#[derive(Clone, Debug)]
pub struct Feed {
    /// The newest first.
    pub rows: Vec<Model>,
    /// When anything of it last changed: also when something was taken down.
    pub changed_at: Option<DateTime<Utc>>,
}

/// What was published last; in one language where it is named.
///
/// # Errors
/// What the database said.
pub async fn feed(op: &Op, in_language: Option<&str>) -> Result<Feed> {
    let db = op.reader();
    let changed = Entity::find()
        .filter(Column::Slug.is_not_null())
        .filter(is_in(in_language))
        .order_by_desc(Column::UpdatedAt)
        .one(&db)
        .await?;
    Ok(Feed {
        rows: published()
            .filter(is_in(in_language))
            .limit(FEED)
            .all(&db)
            .await?,
        changed_at: changed.map(|row| row.updated_at),
    })
}

fn published() -> sea_orm::Select<Entity> {
    Entity::find()
        .filter(Column::State.eq(CaseStudyState::Published))
        .order_by_desc(Column::PublishedAt)
        .order_by_desc(Column::Id)
}
