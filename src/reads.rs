//! What clients may read: every shape, with the rows of it that an actor may see.
//!
//! Shapes name each other freely, since what can be read is a graph; so they live together, below
//! the concepts whose rows they show and above the shells that show them.

mod enums;
pub mod identity;
pub mod onboarding;
pub mod partner;
pub mod record;

use entity::id::PartnerId;
use entity::membership::MemberRole;
use sea_orm::sea_query::{Condition, Query, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait};

use crate::auth::Actor;
use crate::shape::{everything, nothing};

/// All rows for the vendor's staff, and for others those of the partners in which they have a seat.
fn of_own_partners<C: ColumnTrait>(actor: &Actor, partner: C) -> Condition {
    if actor.is_staff() {
        everything()
    } else {
        in_partners(partner, actor.partners())
    }
}

fn in_partners<C: ColumnTrait>(partner: C, of: impl Iterator<Item = PartnerId>) -> Condition {
    let of: Vec<PartnerId> = of.collect();
    if of.is_empty() {
        nothing()
    } else {
        Condition::all().add(partner.is_in(of))
    }
}

/// The partners in which the asker has the seat of an administrator.
fn administered(actor: &Actor) -> impl Iterator<Item = PartnerId> + '_ {
    let seats = actor.person().into_iter().flat_map(|person| &person.seats);
    seats
        .filter(|(_, role)| *role == MemberRole::PartnerAdmin)
        .map(|(partner, _)| *partner)
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
