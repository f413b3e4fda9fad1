//! `keys`: changes the key that signs access tokens while the portal serves.

use clap::Subcommand;

use super::{Failure, say};
use crate::auth::token::{Rotated, SigningFiles, rotate};
use crate::clock::{Clock, SystemClock};
use crate::config::Config;

#[derive(Clone, Copy, Debug, Subcommand)]
pub(super) enum What {
    /// Sign with the next key from now on, keep accepting the old one, and announce another
    Rotate {
        /// Make new keys at once, and accept nothing that was signed with those from before
        #[arg(long)]
        stolen: bool,
    },
}

pub(super) fn keys(config: &Config, what: What) -> Result<(), Failure> {
    let What::Rotate { stolen } = what;
    let files = SigningFiles::of(&config.identity, &config.data);
    match rotate(&files, SystemClock.now(), stolen)? {
        Rotated::Announced { next } => say(&format!(
            "announced  {next}\nThere was no next key. Rotate again in five minutes, when everybody knows it."
        )),
        Rotated::Done { current, next, old } => {
            say(&format!("signs      {current}\nannounced  {next}"));
            say(&match old {
                Some(old) => format!("accepted   {old}"),
                None => "Nothing from before is accepted: everybody takes a new access token."
                    .to_owned(),
            });
            say("Portals that serve see it within ten seconds.");
        }
    }
    Ok(())
}
