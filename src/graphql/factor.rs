//! Second factors: proven, added, removed.

use async_graphql::{Context, ID, InputObject, Object, OneofObject, Result, SimpleObject};
use entity::factor::FactorKind;

use super::identity::{Tokens, in_cookie, signed_in};
use super::payload::{mutation, settle};
use super::{ContextExt, key};
use crate::config::Secret;
use crate::identity::challenge::{self, Challenge};
use crate::identity::factor::add::{self, Begun};
use crate::identity::factor::{Again, Proof, passkey, recovery, remove, step_up};
use crate::partner::profile;
use crate::reads::identity::{Factor, Person, Session};
use crate::reads::partner::Partner;
use crate::shape::scalar::{DateTime, Json};
use crate::shape::{Chosen, One, Shape, global_id};

/// The way to a session for whoever has a second factor.
#[derive(SimpleObject)]
pub(super) struct SignInChallenge {
    /// Give it to `sessionComplete`.
    token: String,
    /// What you can prove yourself by. A recovery code will always do.
    factors: Vec<Chosen<FactorKind>>,
    /// With a passkey: `PublicKeyCredentialRequestOptionsJSON`, for `navigator.credentials.get`.
    passkey_options: Option<Json>,
    /// Until when.
    expires_at: DateTime,
}

impl From<Challenge> for SignInChallenge {
    fn from(challenge: Challenge) -> Self {
        Self {
            token: challenge.token.reveal().to_owned(),
            factors: challenge.kinds.into_iter().map(Chosen).collect(),
            passkey_options: challenge.passkey.map(Json),
            expires_at: DateTime(challenge.expires_at),
        }
    }
}

/// A second factor: one of these.
#[derive(OneofObject)]
enum FactorProofInput {
    /// The code that your authenticator shows.
    Code(String),
    /// One of your recovery codes.
    RecoveryCode(String),
    /// What the browser made of `passkeyOptions`: `AuthenticationResponseJSON`.
    Passkey(Json),
}

impl From<FactorProofInput> for Proof {
    fn from(input: FactorProofInput) -> Self {
        match input {
            FactorProofInput::Code(code) => Self::Code(code.into()),
            FactorProofInput::RecoveryCode(code) => Self::RecoveryCode(code.into()),
            FactorProofInput::Passkey(used) => Self::Passkey(used.0),
        }
    }
}

/// Signs in by a second factor, after the password.
#[derive(InputObject)]
struct SessionCompleteInput {
    /// The token of the challenge that `sessionCreate` answered.
    challenge: String,
    /// The second factor.
    proof: FactorProofInput,
    /// Whether the browser keeps the refresh token, in a cookie that no script can read.
    #[graphql(default)]
    refresh_cookie: bool,
}

mutation!(
    /// What `sessionComplete` answers.
    SessionComplete => SessionCompletePayload with {
        /// Who signed in.
        person: One<Person>,
        /// What opens the API.
        tokens: Tokens,
    }
    refuses ["CHALLENGE_INVALID", "CODE_INVALID"]
);

/// That it is still you: one of these.
#[derive(OneofObject)]
enum StepUpProofInput {
    /// The code that your authenticator shows.
    Code(String),
    /// One of your recovery codes.
    RecoveryCode(String),
    /// Your password, where you have no second factor.
    Password(String),
}

impl From<StepUpProofInput> for Again {
    fn from(input: StepUpProofInput) -> Self {
        match input {
            StepUpProofInput::Code(code) => Self::Factor(Proof::Code(code.into())),
            StepUpProofInput::RecoveryCode(code) => Self::Factor(Proof::RecoveryCode(code.into())),
            StepUpProofInput::Password(password) => Self::Password(password.into()),
        }
    }
}

/// Proves that it is still you who holds the session.
#[derive(InputObject)]
struct SessionStepUpInput {
    /// What proves it.
    proof: StepUpProofInput,
}

mutation!(
    /// What `sessionStepUp` answers.
    SessionStepUp => SessionStepUpPayload {
        /// Your session.
        session: Session
    }
    refuses ["CODE_INVALID", "FACTOR_NEEDED", "INVALID_CREDENTIALS"]
);

/// Begins an authenticator.
#[derive(InputObject)]
struct FactorTotpStartInput {
    /// What you call it, such as the name of the device.
    name: String,
}

/// An authenticator that waits for its first code.
#[derive(SimpleObject)]
struct TotpEnrollment {
    /// Give it to `factorTotpConfirm`, within an hour.
    id: ID,
    /// The secret in base 32, to be typed. It is shown this once.
    secret: String,
    /// The same as an `otpauth:` address, to be drawn as a QR code.
    uri: String,
}

impl From<Begun> for TotpEnrollment {
    fn from(begun: Begun) -> Self {
        Self {
            id: ID(global_id(Factor::NAME, begun.id.0)),
            secret: begun.secret.reveal().to_owned(),
            uri: begun.uri.reveal().to_owned(),
        }
    }
}

mutation!(
    /// What `factorTotpStart` answers.
    FactorTotpStart => FactorTotpStartPayload telling {
        /// What your authenticator has to know.
        enrollment: TotpEnrollment,
    }
    refuses ["INVALID", "TOO_MANY"]
);

/// Confirms an authenticator by its first code.
#[derive(InputObject)]
struct FactorTotpConfirmInput {
    /// Which one.
    factor: ID,
    /// The code that it shows.
    code: String,
}

mutation!(
    /// What `factorTotpConfirm` answers.
    FactorTotpConfirm => FactorTotpConfirmPayload with {
        /// You. Your other sessions have ended.
        person: One<Person>,
        /// With your first factor: ten codes, each good once, for when you lose it. They are shown
        /// this once.
        recovery_codes: Vec<String>,
    }
    refuses ["CODE_INVALID"]
);

/// Begins a passkey.
#[derive(InputObject)]
struct FactorPasskeyStartInput {
    /// What you call it, such as the name of the device.
    name: String,
}

/// A passkey that waits to be made.
#[derive(SimpleObject)]
struct PasskeyEnrollment {
    /// Give it to `factorPasskeyConfirm`, within an hour.
    id: ID,
    /// `PublicKeyCredentialCreationOptionsJSON`, for `navigator.credentials.create`.
    options: Json,
}

impl From<passkey::Begun> for PasskeyEnrollment {
    fn from(begun: passkey::Begun) -> Self {
        Self {
            id: ID(global_id(Factor::NAME, begun.id.0)),
            options: Json(begun.options),
        }
    }
}

mutation!(
    /// What `factorPasskeyStart` answers.
    FactorPasskeyStart => FactorPasskeyStartPayload telling {
        /// What your browser has to know.
        enrollment: PasskeyEnrollment,
    }
    refuses ["INVALID", "TOO_MANY"]
);

/// Confirms a passkey by what the browser made.
#[derive(InputObject)]
struct FactorPasskeyConfirmInput {
    /// Which one.
    factor: ID,
    /// `RegistrationResponseJSON`, as `PublicKeyCredential.toJSON` gives it.
    credential: Json,
}

mutation!(
    /// What `factorPasskeyConfirm` answers.
    FactorPasskeyConfirm => FactorPasskeyConfirmPayload with {
        /// You. Your other sessions have ended.
        person: One<Person>,
        /// With your first factor: ten codes, each good once, for when you lose it. They are shown
        /// this once.
        recovery_codes: Vec<String>,
    }
    refuses ["PASSKEY_INVALID"]
);

/// A payload of a factor that is good from now on.
macro_rules! added {
    ($result:expr => $payload:ident) => {
        Ok(Some(match settle($result)? {
            Ok(added) => $payload {
                person: Some(One::by_key(added.person.0)),
                recovery_codes: Some(shown(&added.recovery_codes)),
                user_errors: Vec::new(),
            },
            Err(user_errors) => $payload {
                person: None,
                recovery_codes: None,
                user_errors,
            },
        }))
    };
}

/// Removes one of your factors.
#[derive(InputObject)]
struct FactorRemoveInput {
    /// Which one.
    factor: ID,
}

mutation!(
    /// What `factorRemove` answers.
    FactorRemove => FactorRemovePayload {
        /// You. Your other sessions have ended.
        person: Person
    }
    refuses ["NO_FACTOR"]
);

/// Makes new recovery codes.
#[derive(InputObject)]
struct RecoveryCodesRenewInput {
    /// Yes: the codes that you have are good no more.
    confirm: bool,
}

mutation!(
    /// What `recoveryCodesRenew` answers.
    RecoveryCodesRenew => RecoveryCodesRenewPayload telling {
        /// Ten codes, each good once. They are shown this once.
        recovery_codes: Vec<String>,
    }
    refuses ["INVALID", "NO_FACTOR"]
);

/// Removes all factors of somebody who lost them.
#[derive(InputObject)]
struct PersonFactorsRemoveInput {
    /// Whose.
    id: ID,
    /// Why, for them and for the audit trail: 1 to 500 characters.
    reason: String,
}

mutation!(
    /// What `personFactorsRemove` answers.
    PersonFactorsRemove => PersonFactorsRemovePayload {
        /// The person. All their sessions have ended.
        person: Person
    }
    refuses ["INVALID", "NO_FACTOR"]
);

/// Says whether a partner's members need a second factor.
#[derive(InputObject)]
struct PartnerSetFactorRequiredInput {
    /// Which partner.
    id: ID,
    /// The version that you read.
    expected_version: i32,
    /// Whether they do.
    required: bool,
}

mutation!(
    /// What `partnerSetFactorRequired` answers.
    PartnerSetFactorRequired => PartnerSetFactorRequiredPayload {
        /// The partner.
        partner: Partner
    }
    refuses ["CONFLICT"]
);

fn shown(codes: &[Secret]) -> Vec<String> {
    codes.iter().map(|code| code.reveal().to_owned()).collect()
}

/// Second factors.
#[derive(Debug, Default)]
pub(crate) struct FactorMutation;

#[Object]
impl FactorMutation {
    /// Signs in by a second factor, after `sessionCreate` has answered a challenge.
    async fn session_complete(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: SessionCompleteInput,
    ) -> Result<Option<SessionCompletePayload>> {
        let in_cookie = in_cookie(ctx, input.refresh_cookie)?;
        let (token, proof) = (input.challenge.into(), input.proof.into());
        let result = challenge::complete(ctx.op(), ctx.guard(), token, proof).await;
        signed_in!(ctx, result, in_cookie => SessionCompletePayload)
    }

    /// Proves that it is still you, so that your session may do for a while what is grave. Where
    /// something answered `STEP_UP_REQUIRED`, do this and send it again.
    async fn session_step_up(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: SessionStepUpInput,
    ) -> Result<Option<SessionStepUpPayload>> {
        let result = step_up(ctx.op(), ctx.guard(), input.proof.into()).await;
        SessionStepUpPayload::of(result, None)
    }

    /// Begins an authenticator: give its secret to your device, then confirm it by a code.
    async fn factor_totp_start(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: FactorTotpStartInput,
    ) -> Result<Option<FactorTotpStartPayload>> {
        let result = add::start(ctx.op(), ctx.guard(), input.name).await;
        FactorTotpStartPayload::told(result.map(Into::into))
    }

    /// Confirms an authenticator by its first code. From then on it is asked for at each sign-in.
    async fn factor_totp_confirm(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: FactorTotpConfirmInput,
    ) -> Result<Option<FactorTotpConfirmPayload>> {
        let id = key::<Factor>(&input.factor)?;
        let result = add::confirm(ctx.op(), ctx.guard(), id.into(), input.code.into()).await;
        added!(result => FactorTotpConfirmPayload)
    }

    /// Begins a passkey: let the browser make it, then confirm it.
    async fn factor_passkey_start(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: FactorPasskeyStartInput,
    ) -> Result<Option<FactorPasskeyStartPayload>> {
        let result = passkey::start(ctx.op(), ctx.guard(), input.name).await;
        FactorPasskeyStartPayload::told(result.map(Into::into))
    }

    /// Confirms a passkey by what the browser made. From then on it is asked for at each sign-in.
    async fn factor_passkey_confirm(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: FactorPasskeyConfirmInput,
    ) -> Result<Option<FactorPasskeyConfirmPayload>> {
        let id = key::<Factor>(&input.factor)?;
        let result = passkey::confirm(ctx.op(), ctx.guard(), id.into(), input.credential.0).await;
        added!(result => FactorPasskeyConfirmPayload)
    }

    /// Removes one of your factors; with the last one go your recovery codes.
    async fn factor_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: FactorRemoveInput,
    ) -> Result<Option<FactorRemovePayload>> {
        let id = key::<Factor>(&input.factor)?;
        FactorRemovePayload::of(remove::remove(ctx.op(), id.into()).await, None)
    }

    /// Makes new recovery codes; the old ones are good no more.
    async fn recovery_codes_renew(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: RecoveryCodesRenewInput,
    ) -> Result<Option<RecoveryCodesRenewPayload>> {
        let result = recovery::renew(ctx.op(), input.confirm).await;
        RecoveryCodesRenewPayload::told(result.map(|codes| shown(&codes)))
    }

    /// Removes all factors of somebody who lost them, and ends their sessions. They are told.
    async fn person_factors_remove(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: PersonFactorsRemoveInput,
    ) -> Result<Option<PersonFactorsRemovePayload>> {
        let id = key::<Person>(&input.id)?;
        let result = remove::remove_all(ctx.op(), id.into(), input.reason).await;
        PersonFactorsRemovePayload::of(result, Some(id))
    }

    /// Says whether a partner's members need a second factor. Those who have none can do nothing
    /// but add one from then on.
    async fn partner_set_factor_required(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: PartnerSetFactorRequiredInput,
    ) -> Result<Option<PartnerSetFactorRequiredPayload>> {
        let id = key::<Partner>(&input.id)?;
        let version = input.expected_version;
        let result = profile::require_factor(ctx.op(), id.into(), input.required, version).await;
        PartnerSetFactorRequiredPayload::of(result, Some(id))
    }
}
