//! A browser's refresh token: in a cookie, where no script can read it.
//!
//! The cookie opens nothing by itself: it is looked at by the mutations that exchange or end a
//! session, and only when a page of the portal asks. Everything else is opened by the access token,
//! which the page has to add itself.

use async_graphql::{Context, Error as GraphQLError, ErrorExtensions, Result};
use chrono::{DateTime, Utc};

use super::ContextExt;
use crate::config::Secret;

/// Its name. The prefix has browsers take it from this host alone, over TLS, for all paths.
pub(crate) const COOKIE: &str = "__Host-entente-refresh";

/// Whether a page of the portal asks, and what its cookie holds.
#[derive(Clone, Debug, Default)]
pub(crate) enum Browser {
    /// A foreign page, or no browser.
    #[default]
    Other,
    /// A page of the portal.
    Page {
        /// The refresh token of the cookie, where there is one.
        refresh: Option<Secret>,
    },
}

impl Browser {
    /// Who asks in this request.
    pub(super) fn of(ctx: &Context<'_>) -> Self {
        ctx.data_opt::<Self>().cloned().unwrap_or_default()
    }

    /// # Errors
    /// `FORBIDDEN` where no page of the portal asks.
    pub(super) fn page(self) -> Result<Option<Secret>> {
        if let Self::Page { refresh } = self {
            return Ok(refresh);
        }
        let message = "A cookie is for pages of the portal: those of http.allowed_origins, \
                       portal.base_url and the API itself.";
        Err(GraphQLError::new(message).extend_with(|_, it| it.set("code", "FORBIDDEN")))
    }
}

/// The refresh token that a mutation takes, and whether it came by cookie: the one given, that of
/// the cookie, or where there is neither one that opens nothing.
///
/// # Errors
/// `FORBIDDEN` where none is given and no page of the portal asks.
pub(super) fn refresh_token(ctx: &Context<'_>, given: Option<String>) -> Result<(Secret, bool)> {
    if let Some(given) = given {
        return Ok((given.into(), false));
    }
    let kept = Browser::of(ctx).page()?;
    Ok(kept.map_or_else(|| (String::new().into(), false), |kept| (kept, true)))
}

/// Has the browser keep the token until then.
pub(super) fn keep(ctx: &Context<'_>, refresh: &Secret, until: DateTime<Utc>) {
    let seconds = (until - ctx.op().now()).num_seconds().max(0);
    set(ctx, refresh.reveal(), seconds);
}

/// Has the browser forget it.
pub(super) fn forget(ctx: &Context<'_>) {
    set(ctx, "", 0);
}

fn set(ctx: &Context<'_>, value: &str, seconds: i64) {
    // Strict: pages of other sites never have it sent along, whatever they do.
    let cookie =
        format!("{COOKIE}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Strict");
    ctx.insert_http_header("set-cookie", cookie);
}
