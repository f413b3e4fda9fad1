//! What a partner is called and who looks after it; and the day on which it becomes active.

use chrono_tz::Tz;
use entity::file as file_row;
use entity::file_use::UseKind;
use entity::id::{FileId, PartnerId, PersonId};
use entity::partner::{self, PartnerState};
use serde_json::json;

use super::{review, rules, store};
use crate::audit::{self, Subject};
use crate::auth::{Permission, Scope};
use crate::error::{Error, Refusal, Result};
use crate::file::{self, Kind, Store, picture};
use crate::op::{Op, Permit};
use crate::submission::check_revision;

/// What a logo can be.
const LOGOS: &[Kind] = &[Kind::Png, Kind::Jpeg];

/// What a partner may change of its profile; what is none stays as it is.
#[derive(Clone, Debug, Default)]
pub struct Update {
    /// Public web site.
    pub website: Option<String>,
    /// IANA name; due dates that were set stay.
    pub time_zone: Option<String>,
    /// Language of the organization.
    pub locale: Option<String>,
    /// A picture that was uploaded for it.
    pub logo: Option<FileId>,
}

/// Changes the profile.
///
/// # Errors
/// `CONFLICT`, `INVALID` for each field that is not in order, `UNREADABLE_FILE` where the logo is no
/// picture that can be shown, and those of [`file::ATTACH_CODES`].
pub async fn update(
    op: &Op,
    files: &Store,
    id: PartnerId,
    expected_version: i32,
    input: Update,
) -> Result<PartnerId> {
    if let Some(logo) = input.logo {
        look_at(op, files, logo).await?;
    }
    op.unit((id, expected_version, input), |tx, (id, version, input)| {
        Box::pin(async move {
            let scope = Scope::Partner(*id);
            let actor = tx.op().actor();
            actor.known()?;
            if !actor.is_staff() && !actor.partners().any(|own| own == *id) {
                return Err(Error::NotFound("Partner"));
            }
            let permit = tx.permit(Permission::EditPartner, scope)?;
            let before = store::partner(&tx.reader(), *id).await?;
            check_revision(*version, before.version)?;
            let mut row = changed(before.clone(), input)?;
            if let Some(logo) = input.logo {
                row.logo_id = Some(logo);
                put_up(&permit, *id, logo).await?;
            }
            let row = store::update_partner(&permit, row).await?;
            audit::record(&permit, subject(&row), &profile(&before), &profile(&row)).await?;
            Ok(row.id)
        })
    })
    .await
}

/// Whether it is a picture that papers and letters can show, before any of them is the first to learn
/// that it is none. A file that is not there, or not the asker's, is refused where it is attached.
async fn look_at(op: &Op, files: &Store, logo: FileId) -> Result<()> {
    let own = file::waiting(op, logo).await?;
    let is_picture = |row: &file_row::Model| {
        Kind::of_media_type(&row.media_type).is_some_and(|kind| LOGOS.contains(&kind))
    };
    let Some(row) = own.filter(is_picture) else {
        return Ok(());
    };
    let load = file::read(op, files, &row);
    let looked = file::in_turn(load, |bytes| picture::logo(&bytes).map(|_| ())).await?;
    looked.map_err(|why| {
        let message = format!("The file cannot be used: {why}.");
        Refusal::new("UNREADABLE_FILE", message).at("logo").into()
    })
}

/// Attaches the logo, and takes the one before off.
async fn put_up(permit: &Permit<'_>, id: PartnerId, logo: FileId) -> Result<()> {
    let to = file::Use {
        kind: UseKind::PartnerLogo,
        subject: id.0,
        partner: Some(id),
    };
    file::attach(permit, logo, to, LOGOS, "logo").await?;
    file::detach(permit, to, &[logo]).await
}

fn changed(mut row: partner::Model, input: &Update) -> Result<partner::Model> {
    let mut faults = Vec::new();
    if let Some(website) = &input.website {
        match rules::domain(website.trim()) {
            Some(domain) => {
                website.trim().clone_into(&mut row.website);
                row.domain = domain;
            }
            None => faults.push(rules::invalid(
                "website",
                "Give the whole address of the web site, such as https://example.com.",
            )),
        }
    }
    if let Some(time_zone) = &input.time_zone {
        if time_zone.parse::<Tz>().is_err() {
            let message = "Give an IANA time zone, such as Europe/Berlin.";
            faults.push(rules::invalid("timeZone", message));
        }
        row.time_zone.clone_from(time_zone);
    }
    if let Some(locale) = &input.locale {
        if !rules::is_locale(locale) {
            faults.push(rules::invalid(
                "locale",
                "Give a language tag, such as en or de-CH.",
            ));
        }
        row.locale.clone_from(locale);
    }
    if faults.is_empty() {
        Ok(row)
    } else {
        Err(Error::Refused(faults))
    }
}

/// Keeps whether other partners are not to be told when this one goes up.
///
/// # Errors
/// `CONFLICT`.
pub(crate) async fn hide_advancement(
    permit: &Permit<'_>,
    id: PartnerId,
    hidden: bool,
    expected_version: i32,
) -> Result<()> {
    let row = store::partner(&permit.reader(), id).await?;
    check_revision(expected_version, row.version)?;
    let before = json!({ "hidesAdvancement": row.hides_advancement });
    let row = partner::Model {
        hides_advancement: hidden,
        ..row
    };
    let row = store::update_partner(permit, row).await?;
    let after = json!({ "hidesAdvancement": hidden });
    audit::record(permit, subject(&row), &before, &after).await?;
    Ok(())
}

/// Says whether the partner's members need a second factor. From then on those who have none can
/// do nothing but add one.
///
/// # Errors
/// `CONFLICT`.
pub async fn require_factor(
    op: &Op,
    id: PartnerId,
    required: bool,
    expected_version: i32,
) -> Result<PartnerId> {
    op.unit(
        (id, required, expected_version),
        |tx, &(id, required, version)| {
            Box::pin(async move {
                let actor = tx.op().actor();
                actor.known()?;
                if !actor.is_staff() && !actor.partners().any(|own| own == id) {
                    return Err(Error::NotFound("Partner"));
                }
                let permit = tx.permit(Permission::RequireFactors, Scope::Partner(id))?;
                let row = store::partner(&tx.reader(), id).await?;
                check_revision(version, row.version)?;
                let before = json!({ "factorRequired": row.factor_required });
                let row = partner::Model {
                    factor_required: required,
                    ..row
                };
                let row = store::update_partner(&permit, row).await?;
                let after = json!({ "factorRequired": row.factor_required });
                audit::record(&permit, subject(&row), &before, &after).await?;
                Ok(id)
            })
        },
    )
    .await
}

/// Gives the partner into other hands.
///
/// # Errors
/// `CONFLICT`, `UNKNOWN_OWNER`.
pub async fn assign_owner(
    op: &Op,
    id: PartnerId,
    owner: PersonId,
    expected_version: i32,
) -> Result<PartnerId> {
    op.unit(
        (id, owner, expected_version),
        |tx, &(id, owner, version)| {
            Box::pin(async move {
                let permit = tx.permit(Permission::AssignOwner, Scope::Partner(id))?;
                let row = store::partner(&tx.reader(), id).await?;
                check_revision(version, row.version)?;
                let owner = review::owner(&permit, Some(owner)).await?;
                let before = json!({ "owner": row.owner_id });
                let row = store::update_partner(
                    &permit,
                    partner::Model {
                        owner_id: owner.id,
                        ..row
                    },
                )
                .await?;
                audit::record(
                    &permit,
                    subject(&row),
                    &before,
                    &json!({ "owner": row.owner_id }),
                )
                .await?;
                Ok(id)
            })
        },
    )
    .await
}

/// The last step of the onboarding is done: the partner is active. Doing it twice does nothing.
pub(crate) async fn activate(permit: &Permit<'_>, id: PartnerId) -> Result<partner::Model> {
    let row = store::partner(&permit.reader(), id).await?;
    if row.state != PartnerState::Onboarding {
        return Ok(row);
    }
    let active = partner::Model {
        state: PartnerState::Active,
        activated_at: Some(permit.now()),
        ..row
    };
    let row = store::update_partner(permit, active).await?;
    let before = json!({ "state": PartnerState::Onboarding });
    audit::record(
        permit,
        subject(&row),
        &before,
        &json!({ "state": row.state }),
    )
    .await?;
    Ok(row)
}

fn subject(row: &partner::Model) -> Subject {
    Subject {
        kind: "Partner",
        id: row.id.0,
        partner: Some(row.id),
    }
}

fn profile(row: &partner::Model) -> serde_json::Value {
    json!({
        "website": row.website, "timeZone": row.time_zone, "locale": row.locale,
        "logo": row.logo_id,
    })
}
