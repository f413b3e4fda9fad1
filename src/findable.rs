//! Everything that can be found, and how the index catches up with it.
//!
//! Each concept keeps its part of the [search](mod@crate::search) in its own units of work, so there is
//! nothing to catch up with but what was there before the search was, and what is to be put anew
//! because our [grammar](crate::search::GRAMMAR) changed. That is promised once a day, and done in
//! batches. A concept of its own is a line in [`SOURCES`].

use entity::case_study::CaseStudyState;
use entity::id::{
    AssetId, CaseStudyId, CertificationId, CourseId, FieldNoteId, LearningPathId, PlaybookId,
};
use entity::search_shelf::SearchKind;
use entity::{
    asset, case_study, certification, course, field_note, learning_path, playbook, search_entry,
    search_shelf,
};
use sea_orm::sea_query::{Alias, Expr, ExprTrait, IntoIden, Query, SelectStatement};
use sea_orm::{ActiveEnum, ColumnTrait, ConnectionTrait, DatabaseExecutor, EntityTrait};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::auth::{Permission, Scope};
use crate::error::{Error, Result};
use crate::op::{Op, Permit, Work};
use crate::outbox::{self, Job};
use crate::search::{self, GRAMMAR};
use crate::{
    case_study as case_studies, certification as certifications, course as courses,
    field_note as field_notes, library, playbook as playbooks,
};

/// Things that one unit of work puts into the index.
const BATCH: u64 = 50;

/// What can be found of a concept.
struct Source {
    kind: SearchKind,
    /// `id` and `version` of everything that has to be in the index.
    things: fn() -> SelectStatement,
    /// Puts one of them into the index as it is now.
    index: for<'t> fn(&'t Permit<'t>, Uuid) -> Work<'t, ()>,
}

const SOURCES: [Source; 7] = [
    Source {
        kind: SearchKind::Course,
        things: || all(course::Entity),
        index: |permit, id| Box::pin(courses::find::index(permit, CourseId(id))),
    },
    Source {
        kind: SearchKind::LearningPath,
        things: || all(learning_path::Entity),
        index: |permit, id| Box::pin(courses::find::index_path(permit, LearningPathId(id))),
    },
    Source {
        kind: SearchKind::Certification,
        things: || all(certification::Entity),
        index: |permit, id| Box::pin(certifications::find::index(permit, CertificationId(id))),
    },
    Source {
        kind: SearchKind::Playbook,
        things: || all(playbook::Entity),
        index: |permit, id| Box::pin(playbooks::find::index(permit, PlaybookId(id))),
    },
    Source {
        kind: SearchKind::CaseStudy,
        things: || {
            let found = case_study::Column::State.ne(CaseStudyState::Withdrawn);
            all(case_study::Entity).and_where(found).take()
        },
        index: |permit, id| Box::pin(case_studies::find::index(permit, CaseStudyId(id))),
    },
    Source {
        kind: SearchKind::Asset,
        things: || all(asset::Entity),
        index: |permit, id| Box::pin(library::find::index(permit, AssetId(id))),
    },
    Source {
        kind: SearchKind::FieldNote,
        things: || all(field_note::Entity),
        index: |permit, id| Box::pin(field_notes::find::index(permit, FieldNoteId(id))),
    },
];

/// Every row of a table.
fn all<E: EntityTrait>(table: E) -> SelectStatement {
    Query::select()
        .column("id")
        .column("version")
        .from(table.into_iden())
        .take()
}

/// The promise that the index catches up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CatchUp {}

impl Job for CatchUp {
    const KIND: &'static str = "search.catch-up";
}

/// Promises that the index catches up today, once for each grammar.
///
/// # Errors
/// What the database said.
pub async fn promise_today(permit: &Permit<'_>) -> Result<()> {
    let now = permit.now();
    let key = outbox::daily_key(CatchUp::KIND, now.date_naive());
    outbox::promise_once(permit, &CatchUp {}, now, format!("{key}:{GRAMMAR}")).await
}

/// Keeps the promise, a batch at a time: where more is left, the next one is promised.
///
/// # Errors
/// What the database said.
pub async fn catch_up(permit: &Permit<'_>, job: &CatchUp) -> Result<()> {
    if put_batch(permit).await? > 0 {
        outbox::promise(permit, job).await?;
    }
    Ok(())
}

/// Puts everything into the index anew, in batches, while it goes on being found as it was; answers
/// how much. What is interrupted is gone on with by the next one, or by the promise of the day.
///
/// # Errors
/// What the database said.
pub async fn rebuild(op: &Op) -> Result<usize> {
    op.unit((), |tx, ()| {
        Box::pin(async move {
            let permit = tx.permit(Permission::KeepPromises, Scope::Portal)?;
            search::forget(&permit).await
        })
    })
    .await?;
    let mut done = 0;
    loop {
        let batch = op.unit((), |tx, ()| {
            Box::pin(async move {
                let permit = tx.permit(Permission::KeepPromises, Scope::Portal)?;
                put_batch(&permit).await
            })
        });
        match batch.await? {
            0 => break,
            count => done += count,
        }
    }
    op.unit((), |tx, ()| {
        Box::pin(async move {
            let permit = tx.permit(Permission::KeepPromises, Scope::Portal)?;
            search::clean(&permit).await
        })
    })
    .await?;
    Ok(done)
}

/// How much is not in the index as it is now, up to that many of each kind.
///
/// # Errors
/// What the database said.
pub async fn behind(db: &DatabaseExecutor<'_>, most: u64) -> Result<usize> {
    let mut count = 0;
    for source in &SOURCES {
        count += source.behind(db, most).await?.len() + source.gone(db, most).await?.len();
    }
    Ok(count)
}

async fn put_batch(permit: &Permit<'_>) -> Result<usize> {
    let db = permit.reader();
    let mut count = 0;
    for source in &SOURCES {
        let room = BATCH.saturating_sub(count as u64);
        if room == 0 {
            break;
        }
        let behind = source.behind(&db, room).await?;
        for id in &behind {
            (source.index)(permit, *id).await?;
        }
        // Whoever puts nothing in would be asked for ever.
        let left = if behind.is_empty() {
            Vec::new()
        } else {
            source.behind(&db, room).await?
        };
        if let Some(id) = behind.iter().find(|id| left.contains(id)) {
            let kind = source.kind.to_value();
            return Err(Error::fault(format!(
                "{kind} {id} was not put into the index"
            )));
        }
        count += behind.len();
        for id in source.gone(&db, room).await? {
            search::remove(permit, id).await?;
            count += 1;
        }
    }
    Ok(count)
}

impl Source {
    /// What is not in the index as it is now.
    async fn behind(&self, db: &DatabaseExecutor<'_>, most: u64) -> Result<Vec<Uuid>> {
        use search_entry::{Column, Entity};
        let thing = |column: &'static str| Expr::col((Alias::new("thing"), Alias::new(column)));
        let entry = |column: Column| Expr::col((Entity, column));
        let kept = Query::select()
            .expr(Expr::cust("1"))
            .from(Entity)
            .and_where(entry(Column::Id).eq(thing("id")))
            .and_where(entry(Column::OfVersion).eq(thing("version")))
            .and_where(entry(Column::Grammar).eq(GRAMMAR))
            .take();
        let statement = Query::select()
            .expr(thing("id"))
            .from_subquery((self.things)(), "thing")
            .and_where(Expr::exists(kept).not())
            .order_by_expr(thing("id"), sea_orm::Order::Asc)
            .limit(most)
            .take();
        keys(db, &statement).await
    }

    /// What is in the index and no more there.
    async fn gone(&self, db: &DatabaseExecutor<'_>, most: u64) -> Result<Vec<Uuid>> {
        use search_entry::{Column, Entity};
        let kept = Query::select()
            .column("id")
            .from_subquery((self.things)(), "thing")
            .take();
        let shelves = Query::select()
            .column(search_shelf::Column::Id)
            .from(search_shelf::Entity)
            .and_where(Expr::col(search_shelf::Column::Kind).eq(self.kind.to_value()))
            .take();
        let statement = Query::select()
            .distinct()
            .column((Entity, Column::Id))
            .from(Entity)
            .and_where(Expr::col((Entity, Column::ShelfId)).in_subquery(shelves))
            .and_where(Expr::col((Entity, Column::Id)).not_in_subquery(kept))
            .limit(most)
            .take();
        keys(db, &statement).await
    }
}

async fn keys(db: &DatabaseExecutor<'_>, statement: &SelectStatement) -> Result<Vec<Uuid>> {
    let rows = db.query_all(statement).await?;
    let keys = rows.iter().map(|row| Ok(row.try_get_by_index(0)?));
    keys.collect()
}
