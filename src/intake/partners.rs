//! Which partner is meant: by the id that the API gives it, or by its domain.

use std::collections::{BTreeMap, BTreeSet};

use entity::id::PartnerId;
use entity::partner::{Column, Entity};
use sea_orm::{ColumnTrait, DatabaseExecutor, EntityTrait, QueryFilter, QuerySelect};

use super::line::Whose;
use crate::error::Result;
use crate::partner::rules::domain;
use crate::shape::key_in;

/// The API's name of a partner's type.
const NAME: &str = "Partner";

/// Partners that facts name.
#[derive(Debug)]
pub(super) struct Partners {
    ids: BTreeSet<PartnerId>,
    domains: BTreeMap<String, Vec<PartnerId>>,
}

impl Partners {
    /// Finds those that are named, as far as they are there.
    pub(super) async fn find<'w>(
        db: &DatabaseExecutor<'_>,
        named: impl Iterator<Item = &'w Whose> + Clone,
    ) -> Result<Self> {
        let ids: BTreeSet<_> = named.clone().filter_map(id).collect();
        let domains: BTreeSet<_> = named.filter_map(host).collect();
        let found: Vec<PartnerId> = Entity::find()
            .select_only()
            .column(Column::Id)
            .filter(Column::Id.is_in(ids))
            .into_tuple()
            .all(db)
            .await?;
        let with: Vec<(String, PartnerId)> = Entity::find()
            .select_only()
            .columns([Column::Domain, Column::Id])
            .filter(Column::Domain.is_in(domains))
            .into_tuple()
            .all(db)
            .await?;
        let mut domains: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (domain, id) in with {
            domains.entry(domain).or_default().push(id);
        }
        let ids = found.into_iter().collect();
        Ok(Self { ids, domains })
    }

    /// The partner that is meant, or why none is.
    pub(super) fn named(&self, whose: &Whose) -> Result<PartnerId, &'static str> {
        if let Some(id) = id(whose) {
            let id = self.ids.get(&id).copied();
            return id.ok_or("There is no such partner.");
        }
        let with = host(whose).and_then(|host| self.domains.get(&host));
        match with.map(Vec::as_slice) {
            Some([only]) => Ok(*only),
            Some([_, _, ..]) => Err("Several partners have this domain: name it by its id."),
            Some([]) | None => Err("There is no partner with this id or domain."),
        }
    }
}

fn id(whose: &Whose) -> Option<PartnerId> {
    match whose {
        Whose::Id(id) => Some(*id),
        Whose::Named(text) => key_in(text, NAME).map(PartnerId),
    }
}

/// The host, with or without what stands before it in an address.
fn host(whose: &Whose) -> Option<String> {
    let Whose::Named(text) = whose else {
        return None;
    };
    let address = if text.contains("://") {
        text.clone()
    } else {
        format!("https://{text}/")
    };
    domain(&address)
}
