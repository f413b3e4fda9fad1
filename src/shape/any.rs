//! Objects of any types that something else than their ids found: read by their plans like all
//! others, all of a page at once.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use async_graphql::parser::types::Field as Selected;
use async_graphql::registry::Registry;
use async_graphql::{ContextSelectionSet, OutputType, Positioned, ServerResult, Value};
use futures_util::lock::Mutex;
use sea_orm::sea_query::{Expr, IntoIden, Query};
use sea_orm::{ConnectionTrait, DatabaseExecutor};
use uuid::Uuid;

use super::cell::{Read as _, Rows};
use super::define::named;
use super::schema::{Asker, nodes, register_node};
use super::sight::Sight;
use crate::error::{Error, Result};
use crate::op::Op;

/// One of the objects of a page, as a `Node`; null where there is none that the asker may see.
#[derive(Clone, Debug)]
pub struct Any {
    page: Arc<Page>,
    at: usize,
}

/// The objects, and what was read of them at each place of the answer.
#[derive(Debug)]
struct Page {
    ids: Vec<String>,
    read: Mutex<HashMap<String, Vec<Value>>>,
}

impl Any {
    /// The objects of these types and keys, in their order.
    pub fn page<'n>(keys: impl IntoIterator<Item = (&'n str, Uuid)>) -> Vec<Self> {
        let ids = keys
            .into_iter()
            .map(|(name, key)| super::global_id(name, key));
        let page = Arc::new(Page {
            ids: ids.collect(),
            read: Mutex::default(),
        });
        let all = 0..page.ids.len();
        all.map(|at| Self {
            page: page.clone(),
            at,
        })
        .collect()
    }
}

impl OutputType for Any {
    fn type_name() -> Cow<'static, str> {
        "Node".into()
    }

    // It may be null, as what `node` finds may be.
    fn qualified_type_name() -> String {
        "Node".to_owned()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        register_node(registry);
        Self::qualified_type_name()
    }

    async fn resolve(
        &self,
        ctx: &ContextSelectionSet<'_>,
        field: &Positioned<Selected>,
    ) -> ServerResult<Value> {
        let asker = Asker::new(ctx, field);
        let place = asker.path().join(".");
        let mut read = self.page.read.lock().await;
        if !read.contains_key(&place) {
            let here = asker.here()?;
            let values = nodes(&asker, &self.page.ids, &here).await?;
            read.insert(place.clone(), values);
        }
        let values = read.get(&place).map(Vec::as_slice).unwrap_or_default();
        Ok(values.get(self.at).cloned().unwrap_or_default())
    }
}

/// Those of the keys whose objects, of the type of that name, are shown to the asker.
///
/// # Errors
/// What the database said.
pub async fn shown(
    op: &Op,
    db: &DatabaseExecutor<'_>,
    name: &str,
    keys: &[Uuid],
) -> Result<HashSet<Uuid>> {
    let Some(of) = named(name) else {
        return Ok(HashSet::new());
    };
    let sight = Sight::new(op, db.get_database_backend());
    let id = (of.table.clone(), "id".into_iden());
    let statement = Query::select()
        .column(id.clone())
        .from(of.table.clone())
        .cond_where(sight.among(Expr::col(id), keys.iter().copied()))
        .cond_where((of.visible)(sight))
        .take();
    let rows = Rows::of(db, &statement).await?;
    let failed = |error: sqlx::Error| Error::fault(error.to_string());
    let mut shown = HashSet::with_capacity(rows.len());
    for index in 0..rows.len() {
        let row = rows.at(index).map_err(failed)?;
        shown.insert(Uuid::read(row, 0).map_err(failed)?);
    }
    Ok(shown)
}
