//! Signing in, seats taken, one's own account, and the vendor's staff.

use async_graphql::{Context, ID, InputObject, Object, Result, SimpleObject};
use entity::staff_role::VendorRole;

use super::browser::{self, Browser};
use super::payload::{mutation, settle};
use super::{ContextExt, key};
use crate::error::Error;
use crate::identity::invitation::Answer;
use crate::identity::profile::{self, Profile};
use crate::identity::session::{self, SignedIn};
use crate::identity::staff;
use crate::identity::{password, sign_in};
use crate::onboarding::join;
use crate::reads::identity::{Person, Session};
use crate::reads::partner::Invitation;
use crate::shape::scalar::DateTime;
use crate::shape::{Chosen, One};

/// What opens the API: an access token for minutes, and a refresh token that gets the next pair.
#[derive(SimpleObject)]
struct Tokens {
    /// Send it as `Authorization: Bearer …`.
    access_token: String,
    /// Until when it opens the API.
    access_expires_at: DateTime,
    /// Exchange it by `sessionRefresh`, once. Within ten seconds it gives the same next one again;
    /// using it later ends the session. Null where the browser keeps it in a cookie.
    refresh_token: Option<String>,
    /// Until when it can be exchanged.
    refresh_expires_at: DateTime,
}

impl Tokens {
    /// For the client, or in part for its browser to keep.
    fn given(ctx: &Context<'_>, signed_in: &SignedIn, in_cookie: bool) -> Self {
        let SignedIn {
            refresh,
            refresh_expires_at,
            ..
        } = signed_in;
        if in_cookie {
            browser::keep(ctx, refresh, *refresh_expires_at);
        }
        Self {
            access_token: signed_in.access.reveal().to_owned(),
            access_expires_at: DateTime(signed_in.access_expires_at),
            refresh_token: (!in_cookie).then(|| refresh.reveal().to_owned()),
            refresh_expires_at: DateTime(*refresh_expires_at),
        }
    }
}

/// Whether the browser keeps the refresh token, if it is one that may.
fn in_cookie(ctx: &Context<'_>, wanted: bool) -> Result<bool> {
    if wanted {
        Browser::of(ctx).page()?;
    }
    Ok(wanted)
}

/// A payload with tokens, from what signed somebody in: the person is read as themselves. The
/// refresh token is for the client, or `in_cookie`.
macro_rules! signed_in {
    ($ctx:ident, $result:expr, $in_cookie:expr => $payload:ident) => {
        Ok(Some(match settle($result)? {
            Ok(signed_in) => {
                let person = $ctx.read_as(&signed_in).await?;
                $payload {
                    person: Some(person),
                    tokens: Some(Tokens::given($ctx, &signed_in, $in_cookie)),
                    user_errors: Vec::new(),
                }
            }
            Err(user_errors) => $payload {
                person: None,
                tokens: None,
                user_errors,
            },
        }))
    };
}

/// Signs in.
#[derive(InputObject)]
struct SessionCreateInput {
    /// The account's address.
    email: String,
    /// Its password.
    password: String,
    /// Whether the browser keeps the refresh token, in a cookie that no script can read.
    #[graphql(default)]
    refresh_cookie: bool,
}

mutation!(
    /// What `sessionCreate` answers.
    SessionCreate => SessionCreatePayload with {
        /// Who signed in.
        person: One<Person>,
        /// What opens the API.
        tokens: Tokens,
    }
    refuses ["INVALID_CREDENTIALS"]
);

/// Exchanges a refresh token.
#[derive(InputObject)]
struct SessionRefreshInput {
    /// The refresh token that was issued last; that of the browser's cookie where none is given.
    refresh_token: Option<String>,
}

mutation!(
    /// What `sessionRefresh` answers.
    SessionRefresh => SessionRefreshPayload with {
        /// Whose session it is.
        person: One<Person>,
        /// The next pair.
        tokens: Tokens,
    }
    refuses ["SESSION_ENDED"]
);

/// Signs out.
#[derive(InputObject)]
struct SessionEndInput {
    /// The session's refresh token; where none is given, your own session, or that of the
    /// browser's cookie.
    refresh_token: Option<String>,
}

mutation!(
    /// What `sessionEnd` answers.
    SessionEnd => SessionEndPayload telling {
        /// Whether the session has ended.
        ended: bool,
    }
    refuses ["INVALID"]
);

/// Ends sessions of one's own.
#[derive(InputObject)]
struct SessionRevokeInput {
    /// Which of yours; all but the one that asks where none is given.
    session: Option<ID>,
}

mutation!(
    /// What `sessionRevoke` answers.
    SessionRevoke => SessionRevokePayload telling {
        /// How many sessions were ended.
        ended: i32,
    }
    refuses ["SESSION_ENDED"]
);

/// Takes a seat.
#[derive(InputObject)]
struct InvitationAcceptInput {
    /// The token of the link in the letter.
    token: String,
    /// A new account's password; or the password of the account that the address has already. Not
    /// needed by whoever is signed in with it.
    password: Option<String>,
    /// Your name; as invited where none is given.
    name: Option<String>,
    /// Your language, a BCP 47 tag; as invited where none is given.
    locale: Option<String>,
    /// Your IANA time zone; as invited where none is given.
    time_zone: Option<String>,
    /// Whether the browser keeps the refresh token, in a cookie that no script can read.
    #[graphql(default)]
    refresh_cookie: bool,
}

mutation!(
    /// What `invitationAccept` answers.
    InvitationAccept => InvitationAcceptPayload with {
        /// Who took the seat.
        person: One<Person>,
        /// What opens the API.
        tokens: Tokens,
    }
    refuses ["ACCOUNT_DISABLED", "INVALID", "INVALID_CREDENTIALS", "LINK_INVALID", "PASSWORD_TOO_EASY", "PASSWORD_TOO_LONG", "PASSWORD_TOO_SHORT"]
);

/// Asks for a link that sets a new password.
#[derive(InputObject)]
struct PasswordResetRequestInput {
    /// The account's address.
    email: String,
}

mutation!(
    /// What `passwordResetRequest` answers: the same, whether there is such an account or not.
    PasswordResetRequest => PasswordResetRequestPayload telling {
        /// Whether the request was taken.
        accepted: bool,
    }
    refuses ["INVALID"]
);

/// Sets a new password by a link.
#[derive(InputObject)]
struct PasswordResetInput {
    /// The token of the link in the letter.
    token: String,
    /// The new password.
    new_password: String,
}

mutation!(
    /// What `passwordReset` answers.
    PasswordReset => PasswordResetPayload telling {
        /// Whether the password was set. All sessions have ended: sign in anew.
        reset: bool,
    }
    refuses ["LINK_INVALID", "PASSWORD_TOO_EASY", "PASSWORD_TOO_LONG", "PASSWORD_TOO_SHORT"]
);

/// Changes one's own password.
#[derive(InputObject)]
struct PasswordChangeInput {
    /// The password until now.
    current_password: String,
    /// The new password.
    new_password: String,
}

mutation!(
    /// What `passwordChange` answers.
    PasswordChange => PasswordChangePayload {
        /// You. Your other sessions have ended.
        person: Person
    }
    refuses ["INVALID_CREDENTIALS", "PASSWORD_TOO_EASY", "PASSWORD_TOO_LONG", "PASSWORD_TOO_SHORT"]
);

/// Changes one's own profile; what is left out stays as it is.
#[derive(InputObject)]
struct ViewerUpdateInput {
    /// The version that you read.
    expected_version: i32,
    /// Your name.
    name: Option<String>,
    /// Language of your letters, a BCP 47 tag.
    locale: Option<String>,
    /// IANA time zone in which letters tell times.
    time_zone: Option<String>,
}

mutation!(
    /// What `viewerUpdate` answers.
    ViewerUpdate => ViewerUpdatePayload {
        /// You.
        person: Person
    }
    refuses ["CONFLICT", "INVALID"]
);

/// Sessions, passwords and one's own account.
#[derive(Debug, Default)]
pub(crate) struct IdentityMutation;

#[Object]
impl IdentityMutation {
    /// Signs in. One answer for an unknown address, a wrong password and a closed account.
    async fn session_create(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: SessionCreateInput,
    ) -> Result<Option<SessionCreatePayload>> {
        let in_cookie = in_cookie(ctx, input.refresh_cookie)?;
        let password = input.password.into();
        let result = sign_in::sign_in(ctx.op(), ctx.guard(), &input.email, password).await;
        signed_in!(ctx, result, in_cookie => SessionCreatePayload)
    }

    /// Exchanges a refresh token for the next pair. It can be used once; two tabs that do so at the
    /// same time get the same next one.
    async fn session_refresh(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: SessionRefreshInput,
    ) -> Result<Option<SessionRefreshPayload>> {
        let (token, in_cookie) = browser::refresh_token(ctx, input.refresh_token)?;
        let result = session::refresh(ctx.op(), ctx.guard(), token).await;
        if in_cookie && matches!(result, Err(Error::Refused(_))) {
            browser::forget(ctx);
        }
        signed_in!(ctx, result, in_cookie => SessionRefreshPayload)
    }

    /// Signs out: ends your session, or that of the refresh token.
    async fn session_end(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: SessionEndInput,
    ) -> Result<Option<SessionEndPayload>> {
        let kept = match Browser::of(ctx) {
            Browser::Page { refresh } => refresh,
            Browser::Other => None,
        };
        let is_kept = kept.is_some();
        let is_signed_in = ctx.op().actor().person().is_some();
        let result = match (input.refresh_token.map(Into::into), kept) {
            (Some(token), _) => session::sign_out_with(ctx.op(), token).await,
            (None, Some(token)) if !is_signed_in => session::sign_out_with(ctx.op(), token).await,
            (None, _) => session::sign_out(ctx.op()).await,
        };
        if is_kept && result.is_ok() {
            browser::forget(ctx);
        }
        SessionEndPayload::told(result.map(|()| true))
    }

    /// Ends one of your sessions, from whichever of them, or all others: on the device that you lost.
    async fn session_revoke(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: SessionRevokeInput,
    ) -> Result<Option<SessionRevokePayload>> {
        let result = match input.session {
            Some(id) => session::revoke(ctx.op(), key::<Session>(&id)?.into()).await,
            None => session::revoke_others(ctx.op()).await,
        };
        SessionRevokePayload::told(result.map(|ended| i32::try_from(ended).unwrap_or(i32::MAX)))
    }

    /// Takes a seat by the link of the invitation, and signs in. Whoever has no account yet makes
    /// one by choosing a password.
    async fn invitation_accept(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: InvitationAcceptInput,
    ) -> Result<Option<InvitationAcceptPayload>> {
        let reply = Answer {
            token: input.token.into(),
            name: input.name,
            password: input.password.map(Into::into),
            locale: input.locale,
            time_zone: input.time_zone,
        };
        let in_cookie = in_cookie(ctx, input.refresh_cookie)?;
        let result = join::join(ctx.op(), ctx.guard(), reply).await;
        signed_in!(ctx, result, in_cookie => InvitationAcceptPayload)
    }

    /// Asks for a letter with a link that sets a new password.
    async fn password_reset_request(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: PasswordResetRequestInput,
    ) -> Result<Option<PasswordResetRequestPayload>> {
        let result = password::request_reset(ctx.op(), ctx.guard(), &input.email).await;
        PasswordResetRequestPayload::told(result.map(|()| true))
    }

    /// Sets a new password by the link of the letter; all sessions end.
    async fn password_reset(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: PasswordResetInput,
    ) -> Result<Option<PasswordResetPayload>> {
        let new = input.new_password.into();
        let result = password::reset(ctx.op(), ctx.guard(), input.token.into(), new).await;
        PasswordResetPayload::told(result.map(|()| true))
    }

    /// Changes your password; all other sessions end.
    async fn password_change(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: PasswordChangeInput,
    ) -> Result<Option<PasswordChangePayload>> {
        let you = ctx.op().actor().person().map(|person| person.id);
        let (current, new) = (input.current_password.into(), input.new_password.into());
        let changed = password::change(ctx.op(), ctx.guard(), current, new).await;
        let result = changed.and_then(|()| you.ok_or(Error::Unauthenticated));
        PasswordChangePayload::of(result, None)
    }

    /// Changes your name, language or time zone.
    async fn viewer_update(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: ViewerUpdateInput,
    ) -> Result<Option<ViewerUpdatePayload>> {
        let current = ctx.op().actor().person().map(|person| person.id.0);
        let profile = Profile {
            name: input.name,
            locale: input.locale,
            time_zone: input.time_zone,
            expected_version: input.expected_version,
        };
        ViewerUpdatePayload::of(profile::update(ctx.op(), profile).await, current)
    }
}

/// Invites somebody to the vendor's staff.
#[derive(InputObject)]
struct StaffInviteInput {
    /// To whom.
    email: String,
    /// How they are addressed.
    name: String,
    /// What they may do, at least one role.
    roles: Vec<Chosen<VendorRole>>,
    /// Language of the letter; the portal's where none is given.
    locale: Option<String>,
    /// IANA time zone; the portal's where none is given.
    time_zone: Option<String>,
}

mutation!(
    /// What `staffInvite` answers.
    StaffInvite => StaffInvitePayload {
        /// The invitation.
        invitation: Invitation
    }
    refuses ["ALREADY_STAFF", "INVALID"]
);

/// Takes back an invitation to the staff.
#[derive(InputObject)]
struct StaffInvitationWithdrawInput {
    /// Which invitation.
    id: ID,
}

mutation!(
    /// What `staffInvitationWithdraw` answers.
    StaffInvitationWithdraw => StaffInvitationWithdrawPayload {
        /// The invitation.
        invitation: Invitation
    }
    refuses ["NOT_OPEN"]
);

/// Gives somebody exactly these roles.
#[derive(InputObject)]
struct StaffSetRolesInput {
    /// To whom.
    id: ID,
    /// The version that you read.
    expected_version: i32,
    /// What they may do from now on, at least one role.
    roles: Vec<Chosen<VendorRole>>,
}

mutation!(
    /// What `staffSetRoles` answers.
    StaffSetRoles => StaffSetRolesPayload {
        /// The person.
        person: Person
    }
    refuses ["CONFLICT", "INVALID", "LAST_ADMIN", "NOT_ACTIVE"]
);

/// Closes an account of the staff.
#[derive(InputObject)]
struct StaffDeactivateInput {
    /// Whose.
    id: ID,
    /// The version that you read.
    expected_version: i32,
}

mutation!(
    /// What `staffDeactivate` answers.
    StaffDeactivate => StaffDeactivatePayload {
        /// The person.
        person: Person
    }
    refuses ["CONFLICT", "LAST_ADMIN"]
);

/// The vendor's staff.
#[derive(Debug, Default)]
pub(crate) struct StaffMutation;

#[Object]
impl StaffMutation {
    /// Invites somebody to the vendor's staff.
    async fn staff_invite(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: StaffInviteInput,
    ) -> Result<Option<StaffInvitePayload>> {
        let portal = ctx.portal();
        let invite = staff::StaffInvite {
            email: input.email,
            name: input.name,
            roles: input.roles.into_iter().map(|role| role.0).collect(),
            locale: input
                .locale
                .unwrap_or_else(|| portal.default_locale.clone()),
            time_zone: input
                .time_zone
                .unwrap_or_else(|| portal.default_time_zone.clone()),
        };
        StaffInvitePayload::of(staff::invite(ctx.op(), ctx.guard(), invite).await, None)
    }

    /// Takes back an invitation to the staff that is still open.
    async fn staff_invitation_withdraw(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: StaffInvitationWithdrawInput,
    ) -> Result<Option<StaffInvitationWithdrawPayload>> {
        let id = key::<Invitation>(&input.id)?;
        let result = staff::withdraw(ctx.op(), id.into()).await;
        StaffInvitationWithdrawPayload::of(result, Some(id))
    }

    /// Gives a person exactly these vendor roles.
    async fn staff_set_roles(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: StaffSetRolesInput,
    ) -> Result<Option<StaffSetRolesPayload>> {
        let id = key::<Person>(&input.id)?;
        let roles = input.roles.into_iter().map(|role| role.0).collect();
        let result = staff::set_roles(ctx.op(), id.into(), roles, input.expected_version).await;
        StaffSetRolesPayload::of(result, Some(id))
    }

    /// Closes an account of the staff: no roles, no sessions, no sign-in.
    async fn staff_deactivate(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "What the mutation takes.")] input: StaffDeactivateInput,
    ) -> Result<Option<StaffDeactivatePayload>> {
        let id = key::<Person>(&input.id)?;
        let result = staff::deactivate(ctx.op(), id.into(), input.expected_version).await;
        StaffDeactivatePayload::of(result, Some(id))
    }
}
