//! People and how they prove who they are: accounts, sign-ins, links, invitations, staff.
//!
//! Passwords are hashed before a unit of work begins, never inside: a hash takes as long as a
//! hundred writes. What was verified outside is compared again inside, so that nothing which
//! changed in between slips through.

pub mod attempt;
mod bearer;
pub mod challenge;
pub mod factor;
pub mod invitation;
pub mod link;
pub mod password;
pub mod profile;
pub mod rules;
pub mod session;
pub mod sign_in;
pub mod staff;
mod store;

use std::sync::Arc;

use chrono::TimeDelta;

use crate::auth::password::Hasher;
use crate::auth::token::Keys;
use crate::config;
use crate::error::{Refusal, Result};

pub use bearer::{actor_for, actor_of_session};
use factor::passkey::Pages;

/// What signing in takes: keys, the hasher, and how long things live. Clones share it.
#[derive(Clone, Debug)]
pub struct Guard {
    /// Sign and verify access tokens.
    pub keys: Arc<Keys>,
    /// Hashes passwords.
    pub hasher: Hasher,
    /// How long sessions live.
    pub lives: Lives,
    /// When a second factor is asked for.
    pub demands: Demands,
    /// Whose pages may ask for passkeys.
    pub pages: Pages,
    /// Tries that a network has at once.
    pub tries_per_network: u32,
    /// The name of the vendor's program.
    pub portal_name: Arc<str>,
}

/// When a second factor is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Demands {
    /// Whether the vendor's staff need one.
    pub for_staff: bool,
    /// For how long a proof is recent.
    pub step_up: TimeDelta,
}

/// How long sessions live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lives {
    /// A refresh token that is not used.
    pub idle: TimeDelta,
    /// A session, however it is used.
    pub session: TimeDelta,
}

impl Guard {
    /// A guard over these keys.
    ///
    /// # Errors
    /// A fault where the machine has no randomness.
    pub fn new(keys: Arc<Keys>, config: &config::Config) -> Result<Self> {
        let days = |count: u32| TimeDelta::days(count.into());
        Ok(Self {
            keys,
            hasher: Hasher::new()?,
            lives: Lives {
                idle: days(config.identity.refresh_idle_days),
                session: days(config.identity.session_days),
            },
            pages: Pages::new(config),
            demands: Demands {
                for_staff: config.identity.factor_for_staff,
                step_up: TimeDelta::minutes(config.identity.step_up_minutes.into()),
            },
            tries_per_network: config.identity.tries_per_network,
            portal_name: config.portal.name.as_str().into(),
        })
    }
}

/// One answer for an unknown address, a wrong password and a closed account.
fn invalid_credentials() -> Refusal {
    Refusal::new(
        "INVALID_CREDENTIALS",
        "The address or the password is wrong.",
    )
}
