//! Passkeys (`WebAuthn`): made for the portal's pages, and proven there.
//!
//! `passkey-auth` reads what browsers send and checks it: the challenge, the origin, the relying
//! party, that somebody was there, the signature and its count. Of its ceremonies we keep the
//! challenge; when they end is decided here, by the instant of the operation, and not by the clock
//! that the crate would ask.

use std::sync::Arc;

use entity::factor::{Column, Entity, FactorKind, Model};
use entity::id::{FactorId, PersonId};
use passkey_auth::{
    Attachment, AuthenticationResponse, AuthenticationState, PasskeyCredential,
    RegistrationResponse, RegistrationState, Webauthn,
};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use serde::Deserialize;
use serde_json::Value;

use super::add::{self, Added};
use super::confirmed;
use crate::auth::{Permission, Scope};
use crate::config::Config;
use crate::error::{Error, Refusal, Result};
use crate::identity::{Guard, store};
use crate::op::{Op, Permit};

/// Whose pages may ask for passkeys: those of `portal.base_url`, and those of `http.allowed_origins`
/// that are of the same host or below it.
#[derive(Clone, Debug)]
pub struct Pages {
    host: Arc<str>,
    name: Arc<str>,
    origins: Arc<[String]>,
}

impl Pages {
    /// As configured.
    #[must_use]
    pub fn new(config: &Config) -> Self {
        let own = &config.portal.base_url;
        // An address is no name that a passkey can be made for.
        let host = own.domain().unwrap_or("localhost").to_owned();
        let is_ours = |origin: &&String| {
            let url = origin.parse::<url::Url>().ok();
            let name = url.as_ref().and_then(url::Url::domain);
            name.is_some_and(|name| name == host || name.ends_with(&format!(".{host}")))
        };
        let mut origins = vec![own.origin().ascii_serialization()];
        origins.extend(config.http.allowed_origins.iter().filter(is_ours).cloned());
        Self {
            name: config.portal.name.as_str().into(),
            origins: origins.into(),
            host: host.into(),
        }
    }

    fn parties(&self) -> impl Iterator<Item = Webauthn> + '_ {
        self.origins.iter().map(|origin| {
            Webauthn::new(&self.host, &self.name, origin)
                .authenticator_attachment(Attachment::Any)
                .strict_base64(true)
        })
    }

    /// What the first of our pages says yes to.
    fn any<T>(&self, check: impl Fn(&Webauthn) -> passkey_auth::Result<T>) -> Option<T> {
        self.parties().find_map(|party| check(&party).ok())
    }
}

/// A passkey that was begun, with what the browser has to know.
#[derive(Clone, Debug)]
pub struct Begun {
    /// Which one.
    pub id: FactorId,
    /// `PublicKeyCredentialCreationOptionsJSON`.
    pub options: Value,
}

/// What a browser sends of a new passkey: `RegistrationResponseJSON`, of which this is needed.
#[derive(Deserialize)]
struct Made {
    id: String,
    response: MadeResponse,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct MadeResponse {
    attestation_object: String,
    #[serde(rename = "clientDataJSON")]
    client_data_json: String,
    #[serde(default)]
    transports: Vec<String>,
}

/// What a browser sends of a passkey that was used: `AuthenticationResponseJSON`.
#[derive(Deserialize)]
struct Used {
    id: String,
    response: UsedResponse,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct UsedResponse {
    authenticator_data: String,
    signature: String,
    #[serde(rename = "clientDataJSON")]
    client_data_json: String,
    #[serde(default)]
    user_handle: Option<String>,
}

/// Begins a passkey of the asker's. A factor that was begun before and never confirmed is
/// forgotten.
///
/// # Errors
/// `INVALID` where it has no name, `TOO_MANY`.
pub async fn start(op: &Op, guard: &Guard, name: String) -> Result<Begun> {
    op.secret_unit((name, guard.pages.clone()), |tx, (name, pages)| {
        Box::pin(async move {
            let me = tx.op().actor().person().ok_or(Error::Unauthenticated)?.id;
            let permit = tx.permit(Permission::ManageOwnFactors, Scope::Person(me))?;
            let person = store::person(&tx.reader(), me).await?;
            let known = credentials(&permit, me).await?;
            let known: Vec<_> = known.into_iter().map(|(_, known)| known.id).collect();
            let party = pages.parties().next().ok_or(Error::NotFound("Factor"))?;
            let (options, state) =
                party.start_registration(me.0.as_bytes(), &person.email, &person.name, &known);
            let ceremony = serde_json::to_value(RegistrationState {
                created_at: 0,
                ..state
            })?;
            let row = add::begin(&permit, me, FactorKind::Passkey, name, Some(ceremony)).await?;
            Ok(Begun {
                id: row.id,
                options: serde_json::to_value(options)?,
            })
        })
    })
    .await
}

/// Confirms a passkey by what the browser made. The asker's other sessions end, and this one has
/// proven itself.
///
/// # Errors
/// `PASSKEY_INVALID`; [`Error::NotFound`] where it is not theirs, or was begun long ago.
pub async fn confirm(op: &Op, guard: &Guard, id: FactorId, made: Value) -> Result<Added> {
    let input = (id, made, guard.pages.clone());
    op.secret_unit(input, |tx, (id, made, pages)| {
        Box::pin(async move {
            let me = tx.op().actor().person().ok_or(Error::Unauthenticated)?;
            let permit = tx.permit(Permission::ManageOwnFactors, Scope::Person(me.id))?;
            let factor = add::waiting(
                &tx.reader(),
                (me.id, FactorKind::Passkey),
                *id,
                permit.now(),
            )
            .await?;
            let credential = registered(pages, &factor, made).ok_or_else(wrong)?;
            let credential_id = credential.id.to_b64url();
            let twin = Entity::find()
                .filter(Column::CredentialId.eq(&credential_id))
                .one(&tx.reader())
                .await?;
            if twin.is_some() {
                return Err(wrong().into());
            }
            // Two at once: the row is hit by one of them.
            let hit = Entity::update_many()
                .col_expr(Column::CredentialId, Expr::value(credential_id))
                .col_expr(Column::Counter, Expr::value(i64::from(credential.counter)))
                .col_expr(
                    Column::Credential,
                    Expr::value(serde_json::to_value(&credential)?),
                )
                .col_expr(Column::Ceremony, Expr::value(Option::<Value>::None))
                .filter(Column::Id.eq(*id))
                .filter(Column::ConfirmedAt.is_null())
                .exec(permit.writer())
                .await?;
            if hit.rows_affected != 1 {
                return Err(Error::NotFound("Factor"));
            }
            add::finish(&permit, me, factor).await
        })
    })
    .await
}

fn registered(pages: &Pages, factor: &Model, made: &Value) -> Option<PasskeyCredential> {
    let state = RegistrationState::deserialize(factor.ceremony.as_ref()?).ok()?;
    let made = Made::deserialize(made).ok()?;
    let response = RegistrationResponse {
        id: made.id,
        transports: made.response.transports,
        attestation_object: made.response.attestation_object,
        client_data_json: made.response.client_data_json,
    };
    pages.any(|party| party.finish_registration(&state, &response))
}

/// What a browser has to know to prove one of the person's passkeys, and what to check it by; none
/// where they have none.
pub(in crate::identity) async fn challenge(
    permit: &Permit<'_>,
    pages: &Pages,
    person: PersonId,
) -> Result<Option<(Value, Value)>> {
    let known = credentials(permit, person).await?;
    let known: Vec<_> = known.into_iter().map(|(_, known)| known).collect();
    let Some(party) = pages.parties().next().filter(|_| !known.is_empty()) else {
        return Ok(None);
    };
    let handle = person.0.as_bytes();
    let (options, state) = party.start_authentication_with_creds_for_user(handle, &known);
    let ceremony = AuthenticationState {
        created_at: 0,
        ..state
    };
    Ok(Some((
        serde_json::to_value(options)?,
        serde_json::to_value(ceremony)?,
    )))
}

/// Whether it is the proof that the ceremony asked for, by a passkey of the person's. A count that
/// does not go on is that of a copy, and is refused.
pub(super) async fn use_up(
    permit: &Permit<'_>,
    pages: &Pages,
    person: PersonId,
    ceremony: Option<&Value>,
    used: &Value,
) -> Result<bool> {
    let (Some(state), Ok(used)) = (
        ceremony.and_then(|it| AuthenticationState::deserialize(it).ok()),
        Used::deserialize(used),
    ) else {
        return Ok(false);
    };
    let response = AuthenticationResponse {
        id: used.id,
        authenticator_data: used.response.authenticator_data,
        signature: used.response.signature,
        client_data_json: used.response.client_data_json,
        user_handle: used.response.user_handle,
    };
    for (factor, known) in credentials(permit, person).await? {
        let checked = pages.any(|party| party.finish_authentication(&state, &response, &known));
        let Some(checked) = checked else {
            continue;
        };
        let hit = Entity::update_many()
            .col_expr(Column::Counter, Expr::value(i64::from(checked.new_counter)))
            .col_expr(Column::UsedAt, Expr::value(permit.now()))
            .filter(Column::Id.eq(factor.id))
            .filter(Column::Counter.eq(i64::from(known.counter)))
            .exec(permit.writer())
            .await?;
        return Ok(hit.rows_affected == 1);
    }
    Ok(false)
}

/// The person's passkeys, with the count that each has reached.
async fn credentials(
    permit: &Permit<'_>,
    person: PersonId,
) -> Result<Vec<(Model, PasskeyCredential)>> {
    let mut found = Vec::new();
    for factor in confirmed(&permit.reader(), person).await? {
        if let (Some(credential), Some(counter)) = (&factor.credential, factor.counter) {
            let credential = PasskeyCredential {
                counter: u32::try_from(counter).unwrap_or(u32::MAX),
                ..PasskeyCredential::deserialize(credential)?
            };
            found.push((factor, credential));
        }
    }
    Ok(found)
}

fn wrong() -> Refusal {
    let message = "This passkey was not made for this page, or not now. Begin anew.";
    Refusal::new("PASSKEY_INVALID", message).at("credential")
}
