//! `admin`: the first administrator, and any that is needed to get back in.

use clap::Subcommand;
use entity::staff_role::VendorRole;

use super::{Failure, open, say};
use crate::auth::Actor;
use crate::config::{Config, Secret};
use crate::error::Error;
use crate::identity::staff::{self, NewStaff};

#[derive(Debug, Subcommand)]
pub(super) enum What {
    /// Make an administrator's account; the password is read from standard input
    Create {
        /// Address that signs in
        #[arg(long)]
        email: String,
        /// Name
        #[arg(long)]
        name: String,
    },
}

pub(super) async fn admin(config: Config, what: What) -> Result<(), Failure> {
    let What::Create { email, name } = what;
    let portal = config.portal.clone();
    let app = open(config).await?;
    let input = NewStaff {
        email,
        name,
        password: password()?,
        roles: vec![VendorRole::Admin],
        locale: portal.default_locale,
        time_zone: portal.default_time_zone,
    };
    let created = staff::create(&app.op(Actor::System), &app.guard, input).await;
    app.db.close().await;
    created.map_err(told)?;
    say("The administrator can sign in now.");
    Ok(())
}

/// A line of standard input: what stands on the command line is seen by every process.
fn password() -> Result<Secret, Failure> {
    if std::io::IsTerminal::is_terminal(&std::io::stdin()) {
        super::warn("Password (it is shown as you type):");
    }
    let mut line = String::new();
    std::io::stdin().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned().into())
}

/// Every refusal on a line of its own.
pub(super) fn told(error: Error) -> Failure {
    let Error::Refused(refusals) = error else {
        return error.to_string().into();
    };
    let lines = refusals
        .iter()
        .map(|refusal| match refusal.field.as_slice() {
            [] => refusal.message.to_string(),
            path => format!("{}: {}", path.join("."), refusal.message),
        });
    lines.collect::<Vec<_>>().join("\n  ").into()
}
