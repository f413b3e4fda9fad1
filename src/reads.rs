//! What clients may read: every shape, with the rows of it that an actor may see.
//!
//! Shapes name each other freely, since what can be read is a graph; so they live together, below
//! the concepts whose rows they show and above the shells that show them.

mod enums;
pub mod identity;
pub mod mail;
pub mod onboarding;
pub mod partner;
pub mod record;

use entity::membership::MemberRole;
use sea_orm::sea_query::{Condition, Expr, Query, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait};
use uuid::Uuid;

use crate::shape::{Sight, everything};

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
