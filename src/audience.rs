//! For which partners something is, as documents and rows say it.
//!
//! Rows keep each list as one text with bars around every value, so that one condition says on both
//! databases whether a partner is meant.

mod known;

use std::collections::HashMap;

use entity::id::PartnerId;
use entity::partner::{self, PartnerKind};
use entity::standing;
use sea_orm::sea_query::{Condition, Expr, ExprTrait, Func, Query};
use sea_orm::{
    ActiveEnum, ColumnTrait, DatabaseExecutor, EntityName, EntityTrait, IdenStatic, QueryFilter,
    QueryOrder, QuerySelect,
};
use serde::{Deserialize, Serialize};

pub use self::known::check_tiers;
use crate::document::Faults;
use crate::error::Result;

/// The most tiers that can be named.
pub const TIERS: usize = 50;

/// The partners that it is for: those whom each of the three lists takes in, an empty one all.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Audience {
    /// Kinds of partners.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub kinds: Vec<PartnerKind>,
    /// Tiers, by their keys.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tiers: Vec<String>,
    /// Regions, by their codes.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub regions: Vec<String>,
}

impl Audience {
    /// Whether it is for everybody.
    #[must_use]
    pub fn is_everybody(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a partner that stands on these tiers belongs to it. One that stands on none belongs
    /// where none is named.
    #[must_use]
    pub fn includes(&self, kind: PartnerKind, tiers: &[String], region: &str) -> bool {
        (self.kinds.is_empty() || self.kinds.contains(&kind))
            && (self.tiers.is_empty() || tiers.iter().any(|tier| self.tiers.contains(tier)))
            && (self.regions.is_empty() || self.regions.iter().any(|it| it == region))
    }

    /// Whether the partner belongs to it now.
    #[must_use]
    pub fn takes_in(&self, partner: &partner::Model, tiers: &Tiers) -> bool {
        let none = Vec::new();
        let tiers = tiers.0.get(&partner.id).unwrap_or(&none);
        self.includes(partner.kind, tiers, &partner.region)
    }

    /// As rows keep it.
    #[must_use]
    pub fn kept(&self) -> Kept {
        let kinds: Vec<String> = self.kinds.iter().map(ActiveEnum::to_value).collect();
        Kept {
            kinds: bars(&kinds),
            tiers: bars(&self.tiers),
            regions: bars(&self.regions),
        }
    }

    /// Checks it as a part of a document, where only these regions exist. Which tiers exist, only
    /// programs know: see [`Self::check_tiers`].
    pub fn check(&self, regions: &[String], path: &str, faults: &mut Faults) {
        let at = |field: &str| format!("{path}.{field}");
        faults.distinct(self.kinds.iter(), &at("kinds"));
        faults.at_most(self.tiers.len(), TIERS, &at("tiers"));
        faults.distinct(self.tiers.iter(), &at("tiers"));
        for (index, tier) in self.tiers.iter().enumerate() {
            faults.key(tier, &at(&format!("tiers.{index}")));
        }
        faults.regions(&self.regions, regions, &at("regions"));
    }

    /// `UNKNOWN_TIER` for each tier that no program has that is in force, announced or being written.
    ///
    /// # Errors
    /// What the database said.
    pub async fn check_tiers(
        &self,
        db: &DatabaseExecutor<'_>,
        path: &str,
        faults: &mut Faults,
    ) -> Result<()> {
        check_tiers(db, &self.tiers, &format!("{path}.tiers"), faults).await
    }
}

/// On which tiers partners stand now, on any track of any program, by their keys.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tiers(HashMap<PartnerId, Vec<String>>);

impl Tiers {
    /// Those of these partners.
    ///
    /// # Errors
    /// What the database said.
    pub async fn of(
        db: &DatabaseExecutor<'_>,
        partners: impl IntoIterator<Item = PartnerId>,
    ) -> Result<Self> {
        let rows: Vec<(PartnerId, String)> = standing::Entity::find()
            .select_only()
            .columns([standing::Column::PartnerId, standing::Column::Tier])
            .filter(standing::Column::PartnerId.is_in(partners))
            .filter(standing::Column::Tier.is_not_null())
            .order_by_asc(standing::Column::Id)
            .into_tuple()
            .all(db)
            .await?;
        let mut tiers: HashMap<_, Vec<_>> = HashMap::new();
        for (partner, tier) in rows {
            tiers.entry(partner).or_default().push(tier);
        }
        Ok(Self(tiers))
    }
}

/// The same as rows keep it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Kinds.
    pub kinds: String,
    /// Tiers.
    pub tiers: String,
    /// Regions.
    pub regions: String,
}

impl Kept {
    /// The audience that it keeps.
    ///
    /// # Errors
    /// A fault where it names a kind that there is not.
    pub fn read(&self) -> Result<Audience> {
        let kinds = values(&self.kinds).into_iter();
        Ok(Audience {
            kinds: kinds
                .map(|kind| PartnerKind::try_from_value(&kind))
                .collect::<Result<_, _>>()?,
            tiers: values(&self.tiers),
            regions: values(&self.regions),
        })
    }
}

macro_rules! keep {
    ($($table:ident),+ $(,)?) => {$(
        impl From<&entity::$table::Model> for Kept {
            fn from(row: &entity::$table::Model) -> Self {
                Self {
                    kinds: row.kinds.clone(),
                    tiers: row.tiers.clone(),
                    regions: row.regions.clone(),
                }
            }
        }
    )+};
}
// Whose rows keep one.
keep!(
    asset,
    certification,
    course,
    field_note,
    learning_path,
    playbook
);

/// A list as rows keep it: each value between bars.
#[must_use]
pub fn bars(values: &[String]) -> String {
    if values.is_empty() {
        return String::new();
    }
    format!("|{}|", values.join("|"))
}

/// The values that such a text keeps.
#[must_use]
pub fn values(kept: &str) -> Vec<String> {
    let values = kept.split('|').filter(|value| !value.is_empty());
    values.map(str::to_owned).collect()
}

/// Whether one of `partners` is meant by the row with these columns.
pub fn includes<C: ColumnTrait>(kinds: C, tiers: C, regions: C, partners: Condition) -> Condition {
    let names = |list: C, value: &str| {
        let list = Expr::col(list.as_column_ref());
        // What is left without `|B|` is another text. No LIKE: codes may hold `_`.
        let without = Func::cust("REPLACE")
            .arg(list.clone())
            .arg(Expr::cust(format!("'|' || {value} || '|'")))
            .arg("");
        list.ne(without)
    };
    let is_empty = |list: C| Expr::col(list.as_column_ref()).eq("");
    let takes_in = |list: C, value: partner::Column| {
        let value = format!(
            "\"{}\".\"{}\"",
            partner::Entity.table_name(),
            value.as_str()
        );
        Condition::any()
            .add(is_empty(list))
            .add(names(list, &value))
    };
    let table = standing::Entity.table_name();
    let tier = format!("\"{table}\".\"{}\"", standing::Column::Tier.as_str());
    let stands = Query::select()
        .expr(Expr::cust("1"))
        .from(standing::Entity)
        .and_where(
            Expr::col((standing::Entity, standing::Column::PartnerId))
                .equals((partner::Entity, partner::Column::Id)),
        )
        .and_where(Expr::col((standing::Entity, standing::Column::Tier)).is_not_null())
        .and_where(names(tiers, &tier))
        .take();
    let meant = Query::select()
        .expr(Expr::cust("1"))
        .from(partner::Entity)
        .cond_where(partners)
        .cond_where(takes_in(kinds, partner::Column::Kind))
        .cond_where(takes_in(regions, partner::Column::Region))
        .cond_where(
            Condition::any()
                .add(is_empty(tiers))
                .add(Expr::exists(stands)),
        )
        .take();
    Expr::exists(meant).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_read_again() {
        let audience = Audience {
            kinds: vec![PartnerKind::Reseller, PartnerKind::ManagedService],
            tiers: vec![],
            regions: vec!["EMEA".to_owned()],
        };
        let kept = audience.kept();
        assert_eq!(kept.kinds, "|RESELLER|MANAGED_SERVICE|");
        assert_eq!(values(&kept.kinds), ["RESELLER", "MANAGED_SERVICE"]);
        assert_eq!((kept.tiers.as_str(), values("")), ("", Vec::new()));
        assert_eq!(kept.read().unwrap(), audience);
    }

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|it| (*it).to_owned()).collect()
    }

    #[test]
    fn an_audience_that_names_nothing_is_everybody() {
        let all = Audience::default();
        assert!(all.is_everybody());
        assert!(all.includes(PartnerKind::Reseller, &[], "EMEA"));
    }

    #[test]
    fn each_list_that_names_something_has_to_take_a_partner_in() {
        let some = Audience {
            kinds: vec![PartnerKind::Reseller],
            tiers: names(&["gold", "silver"]),
            regions: names(&["EMEA"]),
        };
        assert!(some.includes(PartnerKind::Reseller, &names(&["gold"]), "EMEA"));
        assert!(!some.includes(PartnerKind::Services, &names(&["gold"]), "EMEA"));
        assert!(!some.includes(PartnerKind::Reseller, &names(&["bronze"]), "EMEA"));
        assert!(!some.includes(PartnerKind::Reseller, &[], "EMEA"));
        assert!(!some.includes(PartnerKind::Reseller, &names(&["gold"]), "APAC"));
    }

    #[test]
    fn all_that_is_wrong_with_an_audience_is_told() {
        let wrong = Audience {
            kinds: vec![PartnerKind::Reseller, PartnerKind::Reseller],
            tiers: names(&["Gold"]),
            regions: names(&["MARS"]),
        };
        let mut faults = Faults::default();
        wrong.check(&names(&["EMEA"]), "audience", &mut faults);
        let told: Vec<_> = faults
            .into_refusals()
            .into_iter()
            .map(|fault| format!("{} {}", fault.code, fault.field.join(".")))
            .collect();
        assert_eq!(
            told,
            [
                "DUPLICATE audience.kinds.1",
                "INVALID_KEY audience.tiers.0",
                "UNKNOWN_REGION audience.regions.0"
            ]
        );
    }
}
