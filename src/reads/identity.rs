//! People, their sign-ins and what they are told.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use entity::factor::FactorKind;
use entity::id::PersonId;
use entity::person::PersonState;
use entity::staff_role::VendorRole;
use entity::{
    certificate, enrollment, factor, letter_preference, membership, notification, partner, person,
    recovery_code, session, staff_role, verdict,
};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};
use uuid::Uuid;

use super::{in_partners, of_own, select};
use crate::op::Op;
use crate::reads::certification::Certificate;
use crate::reads::learning::Enrollment;
use crate::reads::partner::{Membership, Partner};
use crate::shape::scalar::{EmailAddress, Json, Locale, TimeZone};
use crate::shape::{Batch, Chosen, Direction, Fields, Loading, Shape, Sight, everything, nothing};

/// A human being with an account.
#[derive(Debug)]
pub struct Person;

/// One sign-in on one device.
#[derive(Debug)]
pub struct Session;

/// What proves somebody beside the password.
#[derive(Debug)]
pub struct Factor;

/// A line in somebody's inbox.
#[derive(Debug)]
pub struct Notification;

/// Whether somebody wants a letter.
#[derive(Debug)]
pub struct LetterPreference;

/// The asker's own rows.
fn own<C: ColumnTrait>(actor: Sight<'_>, person: C) -> Condition {
    match actor.person() {
        Some(me) => Condition::all().add(person.eq(me.id)),
        None => nothing(),
    }
}

/// The asker, and those with whom they share a partner.
fn colleagues(actor: Sight<'_>) -> Condition {
    let seats = in_partners(actor, membership::Column::PartnerId);
    let people = select(membership::Entity, membership::Column::PersonId, seats);
    Condition::any()
        .add(own(actor, person::Column::Id))
        .add(person::Column::Id.in_subquery(people))
}

/// Who may see how to reach somebody.
fn may_reach(actor: Sight<'_>) -> Condition {
    if actor.is_staff() {
        everything()
    } else {
        colleagues(actor)
    }
}

/// Who may see what an account is set to.
fn may_see_account(actor: Sight<'_>) -> Condition {
    if actor.is_staff() {
        everything()
    } else {
        own(actor, person::Column::Id)
    }
}

impl Shape for Person {
    type Entity = person::Entity;
    const NAME: &'static str = "Person";
    const ABOUT: &'static str = "A human being with an account: one of the vendor's staff, or a member of partners. You see \
         yourself, your colleagues, and of the vendor's staff those who look after your partner or \
         reviewed what it or you submitted.";

    fn visible(actor: Sight<'_>) -> Condition {
        if actor.is_staff() {
            return everything();
        }
        let owners = in_partners(actor, partner::Column::Id);
        let owners = select(partner::Entity, partner::Column::OwnerId, owners);
        let reviewers = Condition::any()
            .add(in_partners(actor, verdict::Column::PartnerId))
            .add(of_own(actor, verdict::Column::PersonId));
        let reviewers = select(verdict::Entity, verdict::Column::ReviewerId, reviewers);
        colleagues(actor)
            .add(person::Column::Id.in_subquery(owners))
            .add(person::Column::Id.in_subquery(reviewers))
    }

    fn fields(fields: &mut Fields<Self>) {
        use person::Column;
        fields
            .id()
            .column::<String>("name", Column::Name, "The name, as the person writes it.")
            .order()
            .guarded::<EmailAddress>(
                "email",
                Column::Email,
                may_reach,
                "The address that signs in. Null unless it is yours, a colleague's, or you are of the vendor's staff.",
            )
            .filter()
            .guarded::<Locale>(
                "locale",
                Column::Locale,
                may_see_account,
                "The language of letters. Null unless it is your own account, or you are of the vendor's staff.",
            )
            .guarded::<TimeZone>(
                "timeZone",
                Column::TimeZone,
                may_see_account,
                "The zone in which letters tell times. Null unless it is your own account, or you are of the vendor's staff.",
            )
            .guarded::<Chosen<PersonState>>(
                "state",
                Column::State,
                may_see_account,
                "Whether the account may sign in. Null unless it is your own account, or you are of the vendor's staff.",
            )
            .filter()
            .column::<DateTime<Utc>>("createdAt", Column::CreatedAt, "When the account was made.")
            .column::<i32>(
                "version",
                Column::Version,
                "Counts changes. Give it as `expectedVersion` when you change the person.",
            )
            .batch(
                "vendorRoles",
                "Roles among the vendor's staff, empty for others. Null unless it is your own account, or you are of the vendor's staff.",
                vendor_roles,
            )
            .many::<Membership>(
                "memberships",
                membership::Column::PersonId,
                "Seats in the partners that you see, the earliest first.",
            )
            .many::<Partner>(
                "ownedPartners",
                partner::Column::OwnerId,
                "Partners that this person looks after.",
            )
            .many::<Session>(
                "sessions",
                session::Column::PersonId,
                "Sign-ins, the newest first. Empty for others than yourself.",
            )
            .many::<Factor>(
                "factors",
                factor::Column::PersonId,
                "Second factors, the earliest first. Empty for others than yourself.",
            )
            .batch(
                "hasFactor",
                "Whether the person has a second factor. Null unless it is your own account, or you are an administrator of the vendor.",
                has_factor,
            )
            .batch(
                "recoveryCodesLeft",
                "How many recovery codes are good. Null unless it is your own account.",
                recovery_codes_left,
            )
            .many::<Enrollment>(
                "enrollments",
                enrollment::Column::PersonId,
                "Courses that they are or were on, of those that you see.",
            )
            .many::<Certificate>(
                "certificates",
                certificate::Column::PersonId,
                "Certificates that they hold or go for, of those that you see.",
            )
            .many::<Notification>(
                "notifications",
                notification::Column::PersonId,
                "The inbox, the newest first. Empty for others than yourself.",
            )
            .many::<LetterPreference>(
                "letterPreferences",
                letter_preference::Column::PersonId,
                "Letters about which the person has said whether they want them; all others are sent. Empty for others than yourself.",
            )
            .count::<Notification>(
                "unreadNotificationCount",
                notification::Column::PersonId,
                || Condition::all().add(notification::Column::ReadAt.is_null()),
                "Lines of the inbox that are not read yet; 10,000 at most, and 0 for others than yourself.",
            )
            .search([Column::Name])
            .sorted("name", Direction::Ascending);
    }
}

/// The vendor roles of each, for those who may know them.
fn vendor_roles(batch: Batch<'_>) -> Loading<'_, Vec<Chosen<VendorRole>>> {
    Box::pin(async move {
        let me = batch.op.actor().person().map(|me| me.id.0);
        let is_staff = batch.op.actor().is_staff();
        let keys = batch.keys.iter().copied();
        let known: Vec<Uuid> = keys.filter(|key| is_staff || Some(*key) == me).collect();
        let mut roles: HashMap<Uuid, Vec<_>> = known.iter().map(|key| (*key, Vec::new())).collect();
        let rows = staff_role::Entity::find()
            .filter(staff_role::Column::PersonId.is_in(known))
            .order_by_asc(staff_role::Column::Role)
            .all(batch.db)
            .await?;
        for row in rows {
            roles
                .entry(row.person_id.0)
                .or_default()
                .push(Chosen(row.role));
        }
        Ok(roles)
    })
}

/// Whether each has a second factor, for those who may know.
fn has_factor(batch: Batch<'_>) -> Loading<'_, bool> {
    Box::pin(async move {
        let me = batch.op.actor().person().map(|me| me.id.0);
        let is_admin = batch.op.actor().has_role(&[VendorRole::Admin]);
        let keys = batch.keys.iter().copied();
        let known: Vec<Uuid> = keys.filter(|key| is_admin || Some(*key) == me).collect();
        let mut found: HashMap<Uuid, bool> = known.iter().map(|key| (*key, false)).collect();
        let owners: Vec<PersonId> = factor::Entity::find()
            .select_only()
            .column(factor::Column::PersonId)
            .distinct()
            .filter(factor::Column::PersonId.is_in(known))
            .filter(factor::Column::ConfirmedAt.is_not_null())
            .into_tuple()
            .all(batch.db)
            .await?;
        found.extend(owners.into_iter().map(|owner| (owner.0, true)));
        Ok(found)
    })
}

/// How many codes the asker has left.
fn recovery_codes_left(batch: Batch<'_>) -> Loading<'_, i32> {
    Box::pin(async move {
        let me = batch.op.actor().person().map(|me| me.id);
        let Some(me) = me.filter(|me| batch.keys.contains(&me.0)) else {
            return Ok(HashMap::new());
        };
        let left = recovery_code::Entity::find()
            .filter(recovery_code::Column::PersonId.eq(me))
            .filter(recovery_code::Column::UsedAt.is_null())
            .count(batch.db)
            .await?;
        Ok(HashMap::from([(
            me.0,
            i32::try_from(left).unwrap_or(i32::MAX),
        )]))
    })
}

impl Shape for Factor {
    type Entity = factor::Entity;
    const NAME: &'static str = "Factor";
    const ABOUT: &'static str = "A second factor of yours.";

    fn visible(actor: Sight<'_>) -> Condition {
        own(actor, factor::Column::PersonId).add(factor::Column::ConfirmedAt.is_not_null())
    }

    fn fields(fields: &mut Fields<Self>) {
        use factor::Column;
        fields
            .id()
            .column::<Chosen<FactorKind>>("kind", Column::Kind, "How it proves that it is you.")
            .column::<String>("name", Column::Name, "What you call it.")
            .column::<DateTime<Utc>>("createdAt", Column::CreatedAt, "When you added it.")
            .order()
            .column::<Option<DateTime<Utc>>>(
                "usedAt",
                Column::UsedAt,
                "When it last proved that it was you.",
            )
            .sorted("createdAt", Direction::Ascending);
    }
}

impl Shape for Session {
    type Entity = session::Entity;
    const NAME: &'static str = "Session";
    const ABOUT: &'static str = "One sign-in of yours on one device.";

    fn visible(actor: Sight<'_>) -> Condition {
        own(actor, session::Column::PersonId)
    }

    fn fields(fields: &mut Fields<Self>) {
        use session::Column;
        fields
            .id()
            .derived(
                "isCurrent",
                [Column::Id],
                "Whether this request was made with it.",
                |op: &Op, (id,): (Uuid,)| op.actor().person().is_some_and(|me| me.session.0 == id),
            )
            .derived(
                "isActive",
                [Column::EndedAt, Column::ExpiresAt],
                "Whether it has neither ended nor expired.",
                |op: &Op, (ended, expires): (Option<DateTime<Utc>>, DateTime<Utc>)| {
                    ended.is_none() && op.now() < expires
                },
            )
            .column::<DateTime<Utc>>("createdAt", Column::CreatedAt, "When you signed in.")
            .order()
            .column::<DateTime<Utc>>(
                "usedAt",
                Column::UsedAt,
                "When it last took a new access token.",
            )
            .column::<DateTime<Utc>>(
                "expiresAt",
                Column::ExpiresAt,
                "When it ends at the latest.",
            )
            .column::<Option<DateTime<Utc>>>(
                "endedAt",
                Column::EndedAt,
                "When it was ended before that.",
            )
            .filter()
            .column::<Option<String>>("endReason", Column::EndReason, "Why it was ended.")
            .column::<String>(
                "device",
                Column::UserAgent,
                "The device, as it named itself.",
            )
            .column::<String>(
                "address",
                Column::Address,
                "Network address of the sign-in.",
            )
            .column::<String>(
                "usedFrom",
                Column::UsedFrom,
                "Network address from which it last took a new access token.",
            )
            .column::<Option<DateTime<Utc>>>(
                "provenAt",
                Column::ProvenAt,
                "When you last proved in it that it was you: by your second factor or, without one, your password.",
            )
            .sorted("createdAt", Direction::Descending);
    }
}

impl Shape for Notification {
    type Entity = notification::Entity;
    const NAME: &'static str = "Notification";
    const ABOUT: &'static str =
        "A line in your inbox: what you were told, also where the letter was switched off.";

    fn visible(actor: Sight<'_>) -> Condition {
        own(actor, notification::Column::PersonId)
    }

    fn fields(fields: &mut Fields<Self>) {
        use notification::Column;
        fields
            .id()
            .column::<String>(
                "kind",
                Column::Kind,
                "What it tells: the name of a letter, such as `step_returned`.",
            )
            .filter()
            .column::<Json>(
                "letter",
                Column::Letter,
                "What the letter says: an object with the `kind` and the merge fields of that letter.",
            )
            .column::<DateTime<Utc>>("createdAt", Column::CreatedAt, "When you were told.")
            .filter()
            .order()
            .column::<Option<DateTime<Utc>>>("readAt", Column::ReadAt, "When you marked it as read.")
            .filter()
            .one::<Partner>(
                "partner",
                Column::PartnerId,
                "The partner on whose account you were told. Null where there is none, or where you see it no more.",
            )
            .filter()
            .sorted("createdAt", Direction::Descending);
    }
}

impl Shape for LetterPreference {
    type Entity = letter_preference::Entity;
    const NAME: &'static str = "LetterPreference";
    const ABOUT: &'static str = "Whether you want a letter.";

    fn visible(actor: Sight<'_>) -> Condition {
        own(actor, letter_preference::Column::PersonId)
    }

    fn fields(fields: &mut Fields<Self>) {
        use letter_preference::Column;
        fields
            .id()
            .column::<String>(
                "letter",
                Column::Letter,
                "The name of the letter, such as `step_due_soon`.",
            )
            .filter()
            .column::<bool>("wanted", Column::Wanted, "Whether you want it.")
            .filter()
            .column::<DateTime<Utc>>("changedAt", Column::ChangedAt, "Since when.")
            .order()
            .sorted("changedAt", Direction::Descending);
    }
}
