//! What clients may read: every shape, with the rows of it that an actor may see.
//!
//! Shapes name each other freely, since what can be read is a graph; so they live together, below
//! the concepts whose rows they show and above the shells that show them.

pub mod case_study;
pub mod certification;
pub mod course;
mod enums;
pub mod field_note;
pub mod file;
pub mod identity;
pub mod learning;
pub mod library;
pub mod mail;
pub mod onboarding;
pub mod partner;
pub mod playbook;
pub mod program;
pub mod record;
pub mod tier;

use entity::membership::MemberRole;
use entity::partner::{self as partner_row, PartnerKind};
use sea_orm::sea_query::{Condition, Expr, Query, SelectStatement};
use sea_orm::{ActiveEnum, ColumnTrait, EntityTrait};
use uuid::Uuid;

use crate::audience;
use crate::auth::Assurance;
use crate::op::Op;
use crate::shape::{Chosen, Fields, Shape, Sight, everything, nothing};

/// All rows for the vendor's staff, and for others those of the partners in which they have a seat.
fn of_own_partners<C: ColumnTrait>(actor: Sight<'_>, partner: C) -> Condition {
    if actor.is_staff() {
        everything()
    } else {
        in_partners(actor, partner)
    }
}

/// Those of the partners in which the asker has a seat.
fn in_partners<C: ColumnTrait>(actor: Sight<'_>, partner: C) -> Condition {
    actor.among(
        Expr::col(partner.as_column_ref()),
        actor.partners().map(Uuid::from),
    )
}

/// Those of the partners in which the asker has the seat of an administrator.
fn in_administered<C: ColumnTrait>(actor: Sight<'_>, partner: C) -> Condition {
    let seats = actor.person().into_iter().flat_map(|person| &person.seats);
    let administered = seats
        .filter(|(_, role)| *role == MemberRole::PartnerAdmin)
        .map(|(partner, _)| Uuid::from(*partner));
    actor.among(Expr::col(partner.as_column_ref()), administered)
}

/// People who are active members of the partners in which the asker is an administrator.
fn team(actor: Sight<'_>) -> SelectStatement {
    use entity::membership::{Column, Entity, MembershipState};
    let seats =
        in_administered(actor, Column::PartnerId).add(Column::State.eq(MembershipState::Active));
    select(Entity, Column::PersonId, seats)
}

/// All rows for the vendor's staff; for others those of their own and, where they are an
/// administrator, of their team.
fn of_own_or_team<C: ColumnTrait>(actor: Sight<'_>, person: C) -> Condition {
    if actor.is_staff() {
        return everything();
    }
    let Some(me) = actor
        .person()
        .filter(|me| me.assurance != Assurance::Missing)
    else {
        return nothing();
    };
    Condition::any()
        .add(person.eq(me.id))
        .add(person.in_subquery(team(actor)))
}

/// All rows for the vendor's staff; for others those of their own.
fn of_own<C: ColumnTrait>(actor: Sight<'_>, person: C) -> Condition {
    match actor.person() {
        _ if actor.is_staff() => everything(),
        Some(me) if me.assurance != Assurance::Missing => person.eq(me.id).into(),
        Some(_) | None => nothing(),
    }
}

/// What is for partners of which the asker is a member; everything for the vendor's staff.
fn meant<C: ColumnTrait>(actor: Sight<'_>, kinds: C, tiers: C, regions: C) -> Condition {
    if actor.is_staff() {
        return everything();
    }
    let own = in_partners(actor, partner_row::Column::Id);
    audience::includes(kinds, tiers, regions, own)
}

/// The parts of an audience as the API shows them.
fn kinds(_: &Op, (kept,): (String,)) -> Vec<Chosen<PartnerKind>> {
    let values = audience::values(&kept);
    let kinds = values
        .into_iter()
        .map(|value| PartnerKind::try_from_value(&value));
    kinds.filter_map(|kind| kind.ok().map(Chosen)).collect()
}

/// Lists of names as the API shows them.
fn names(_: &Op, (kept,): (String,)) -> Vec<String> {
    audience::values(&kept)
}

/// `SELECT column FROM entity WHERE condition`.
fn select<E: EntityTrait>(entity: E, column: E::Column, condition: Condition) -> SelectStatement {
    use sea_orm::sea_query::IntoIden;
    let table = entity.into_iden();
    Query::select()
        .column((table.clone(), column))
        .from(table)
        .cond_where(condition)
        .take()
}

/// The fields of a thing that is for an audience.
trait ForAudience<C> {
    /// For whom it is, from the columns that keep it.
    fn audience(&mut self, kinds: C, tiers: C, regions: C) -> &mut Self;
}

impl<S: Shape> ForAudience<<S::Entity as EntityTrait>::Column> for Fields<S> {
    fn audience(
        &mut self,
        kept_kinds: <S::Entity as EntityTrait>::Column,
        tiers: <S::Entity as EntityTrait>::Column,
        regions: <S::Entity as EntityTrait>::Column,
    ) -> &mut Self {
        self.derived(
            "kinds",
            [kept_kinds],
            "Kinds of partners that it is for; empty for all.",
            kinds,
        )
        .derived(
            "tiers",
            [tiers],
            "Tiers that it is for; empty for all.",
            names,
        )
        .derived(
            "regions",
            [regions],
            "Codes of the regions that it is for; empty for all.",
            names,
        )
    }
}
