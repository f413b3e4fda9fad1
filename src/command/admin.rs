//! `admin`: the first administrator, and any that is needed to get back in.

use clap::Subcommand;
use entity::staff_role::VendorRole;

use super::{Failure, open, say};
use crate::auth::Actor;
use crate::config::{Config, Secret};
use crate::error::Error;
use crate::identity::factor::remove;
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
    /// Remove all second factors of somebody who lost them, and end their sessions
    RemoveFactors {
        /// Address that signs in
        #[arg(long)]
        email: String,
        /// Why; the person is told, and the audit trail keeps it
        #[arg(long)]
        reason: String,
    },
}

pub(super) async fn admin(config: Config, what: What) -> Result<(), Failure> {
    match what {
        What::Create { email, name } => create(config, email, name).await,
        What::RemoveFactors { email, reason } => remove_factors(config, &email, reason).await,
    }
}

async fn remove_factors(config: Config, email: &str, reason: String) -> Result<(), Failure> {
    let app = open(config).await?;
    let removed = remove::remove_all_of(&app.op(Actor::System), email, reason).await;
    app.db.close().await;
    removed.map_err(told)?;
    say("They sign in with their password alone now, until they add a second factor.");
    Ok(())
}

async fn create(config: Config, email: String, name: String) -> Result<(), Failure> {
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
