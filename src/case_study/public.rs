//! What everybody may read without signing in: published case studies, one by its address, all of
//! them page by page, and the newest for feeds.

use chrono::{DateTime, Utc};
use entity::case_study::{CaseStudyState, Column, Entity, Model};
use entity::file;
use entity::id::CaseStudyId;
use sea_orm::sea_query::{Condition, Expr, ExprTrait};
use sea_orm::{ColumnTrait, DatabaseExecutor, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

use super::content::Content;
use super::rules;
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
}

/// What was published, the latest first: from the beginning, or older than the one of that slug.
///
/// # Errors
/// What the database said.
pub async fn page(op: &Op, before: Option<&str>) -> Result<Page> {
    let db = op.reader();
    let mut found = published();
    if let Some(slug) = before {
        // Also one that was taken down meanwhile has its place.
        let place = by_slug(&db, slug).await?;
        let place = place.and_then(|row| Some((row.published_at?, row.id)));
        let Some((at, id)) = place else {
            let rows = Vec::new();
            return Ok(Page {
                rows,
                has_older: false,
            });
        };
        let key = Expr::tuple([Expr::col(Column::PublishedAt), Expr::col(Column::Id)]);
        found = found.filter(key.lt(Expr::tuple([Expr::value(at), Expr::value(id)])));
    }
    let mut rows = found.limit(PAGE as u64 + 1).all(&db).await?;
    let has_older = rows.len() > PAGE;
    rows.truncate(PAGE);
    Ok(Page { rows, has_older })
}

/// What a feed tells.
#[derive(Clone, Debug)]
pub struct Feed {
    /// The newest first.
    pub rows: Vec<Model>,
    /// When anything of it last changed: also when something was taken down.
    pub changed_at: Option<DateTime<Utc>>,
}

/// What was published last.
///
/// # Errors
/// What the database said.
pub async fn feed(op: &Op) -> Result<Feed> {
    let db = op.reader();
    let changed = Entity::find()
        .filter(Column::Slug.is_not_null())
        .order_by_desc(Column::UpdatedAt)
        .one(&db)
        .await?;
    Ok(Feed {
        rows: published().limit(FEED).all(&db).await?,
        changed_at: changed.map(|row| row.updated_at),
    })
}

fn published() -> sea_orm::Select<Entity> {
    Entity::find()
        .filter(Column::State.eq(CaseStudyState::Published))
        .order_by_desc(Column::PublishedAt)
        .order_by_desc(Column::Id)
}
