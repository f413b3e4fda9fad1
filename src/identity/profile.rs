//! What people say of themselves.

use entity::id::PersonId;
use entity::person;
use sea_orm::{DatabaseExecutor, EntityTrait, QuerySelect};
use serde_json::{Value, json};

use super::rules::{self, Faults};
use super::store;
use crate::audit::{self, Subject};
use crate::auth::{Permission, Scope};
use crate::error::{Error, Refusal, Result};
use crate::op::Op;

/// What is to be changed; what is none stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Profile {
    /// The name.
    pub name: Option<String>,
    /// Language of letters.
    pub locale: Option<String>,
    /// Zone in which letters tell times.
    pub time_zone: Option<String>,
    /// The version that was edited.
    pub expected_version: i32,
}

/// The language in which the asker reads; empty for whoever is no person, and reads everything in the
/// language in which it was written.
///
/// # Errors
/// What the database said.
pub async fn reader_locale(op: &Op, db: &DatabaseExecutor<'_>) -> Result<String> {
    let Some(me) = op.actor().person() else {
        return Ok(String::new());
    };
    let found = person::Entity::find_by_id(me.id).select_only();
    let locale = found.column(person::Column::Locale).into_tuple();
    Ok(locale.one(db).await?.unwrap_or_default())
}

/// Changes the asker's own profile.
///
/// # Errors
/// `INVALID` for each field that is not in order, `CONFLICT`.
pub async fn update(op: &Op, profile: Profile) -> Result<PersonId> {
    let asker = op.actor().person().ok_or(Error::Unauthenticated)?;
    op.unit((asker.id, profile), |tx, (id, profile)| {
        Box::pin(async move {
            let permit = tx.permit(Permission::EditSelf, Scope::Person(*id))?;
            let person = store::person(&tx.reader(), *id).await?;
            check_version(profile.expected_version, &person)?;
            let before = said(&person);
            let person = changed(person, profile)?;
            let person = store::update(&permit, person).await?;
            let subject = Subject {
                kind: "Person",
                id: id.0,
                partner: None,
            };
            audit::record(&permit, subject, &before, &said(&person)).await?;
            Ok(*id)
        })
    })
    .await
}

fn changed(person: person::Model, profile: &Profile) -> Result<person::Model> {
    let mut faults = Faults::default();
    let name = profile.name.as_deref().map(|it| rules::name(it, "name"));
    let locale = profile
        .locale
        .as_deref()
        .map(|it| rules::locale(it, "locale"));
    let zone = profile
        .time_zone
        .as_deref()
        .map(|it| rules::time_zone(it, "timeZone"));
    let changed = person::Model {
        name: name.map_or(person.name, |it| faults.keep(it)),
        locale: locale.map_or(person.locale, |it| faults.keep(it)),
        time_zone: zone.map_or(person.time_zone, |it| faults.keep(it)),
        ..person
    };
    faults.none()?;
    Ok(changed)
}

/// Refuses an edit of what somebody else has edited since.
pub(super) fn check_version(expected: i32, person: &person::Model) -> Result<()> {
    if expected == person.version {
        return Ok(());
    }
    let message = "Somebody else changed this in the meantime. Look at it as it is now.";
    Err(Refusal::new("CONFLICT", message)
        .at("expectedVersion")
        .into())
}

fn said(person: &person::Model) -> Value {
    json!({ "name": person.name, "locale": person.locale, "timeZone": person.time_zone })
}
