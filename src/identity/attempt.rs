//! How often a password or a code may be tried: by a network, and for an account.
//!
//! Every try is counted before the password is hashed, whether there is such an account or not,
//! and taken back where it was right. An account has two counts: one for each network from which
//! it was signed in before, and one for all others together. So a stranger who guesses uses up
//! the strangers' tries, and its owner, where they usually sit, still gets in.

use chrono::TimeDelta;
use entity::id::PersonId;
use entity::session;
use sea_orm::{ColumnTrait, DatabaseExecutor, EntityTrait, QueryFilter, QuerySelect};
use uuid::Uuid;

use super::Guard;
use crate::auth::{Permission, Scope};
use crate::config::Secret;
use crate::error::Result;
use crate::op::Op;
use crate::throttle::{self, Rate, Try};

/// How long a network stays known after a session was last used there.
const KNOWN: TimeDelta = TimeDelta::days(90);
/// Networks of an account that are looked at.
const NETWORKS: u64 = 200;

/// An account from a network that it knows.
const AT_HOME: Rate = Rate {
    burst: 10,
    every: TimeDelta::minutes(1),
};

/// An account from all networks that it does not know.
const STRANGERS: Rate = Rate {
    burst: 20,
    every: TimeDelta::minutes(5),
};

/// Whether the password is that of the account behind the address, where there is one. The try is
/// counted first.
///
/// # Errors
/// [`crate::error::Error::Busy`] where the account or the network was tried too often, or where too
/// many passwords are being looked at.
pub(super) async fn verify(
    op: &Op,
    guard: &Guard,
    (address, account): (&str, Option<PersonId>),
    password: &Secret,
    stored: Option<&str>,
) -> Result<bool> {
    let tries = tries(op, guard, "sign in", (address, account)).await?;
    count(op, tries.clone()).await?;
    let fits = guard.hasher.verify(password, stored).await?;
    if fits {
        op.unit(tries, |tx, tries| {
            Box::pin(async move {
                let permit = tx.permit(Permission::UseIdentity, Scope::Portal)?;
                throttle::forgive(&permit, tries).await
            })
        })
        .await?;
    }
    Ok(fits)
}

/// Counts a try of a code of that person, before it is looked at. What it returns is to be taken
/// back where the code was right.
///
/// # Errors
/// [`crate::error::Error::Busy`] where codes of the person, or from this network, were tried too
/// often.
pub(super) async fn of_code(op: &Op, guard: &Guard, person: PersonId) -> Result<Vec<Try>> {
    let account = (person.to_string(), Some(person));
    let tries = tries(op, guard, "prove", (&account.0, account.1)).await?;
    count(op, tries.clone()).await?;
    Ok(tries)
}

async fn tries(
    op: &Op,
    guard: &Guard,
    what: &str,
    (address, account): (&str, Option<PersonId>),
) -> Result<Vec<Try>> {
    let network = throttle::network(&op.origin().address);
    // Asked for nobody as well: what is not asked takes no time, and tells that there is no account.
    let someone = account.unwrap_or(PersonId(Uuid::nil()));
    let at_home = is_known(op, someone, &network).await?;
    let mut tries = by_network(op, guard, what);
    tries.push(if at_home {
        Try::of(&[what, address, &network], AT_HOME)
    } else {
        Try::of(&[what, address], STRANGERS)
    });
    Ok(tries)
}

/// The try that this network spends on `what`; none where the request came from none, as on the
/// command line, or where networks are not counted.
#[must_use]
pub fn by_network(op: &Op, guard: &Guard, what: &str) -> Vec<Try> {
    let network = throttle::network(&op.origin().address);
    if network.is_empty() || guard.tries_per_network == 0 {
        return Vec::new();
    }
    let rate = Rate {
        burst: guard.tries_per_network,
        every: TimeDelta::seconds(10),
    };
    vec![Try::of(&[what, "from", &network], rate)]
}

/// In a unit of its own: whatever follows, the tries were made.
async fn count(op: &Op, tries: Vec<Try>) -> Result<()> {
    op.unit(tries, |tx, tries| {
        Box::pin(async move {
            let permit = tx.permit(Permission::UseIdentity, Scope::Portal)?;
            throttle::count(&permit, tries).await
        })
    })
    .await
}

async fn is_known(op: &Op, account: PersonId, network: &str) -> Result<bool> {
    use session::Column;
    let db: DatabaseExecutor<'_> = op.reader();
    let places: Vec<(String, String)> = session::Entity::find()
        .select_only()
        .columns([Column::Address, Column::UsedFrom])
        .distinct()
        .filter(Column::PersonId.eq(account))
        .filter(Column::UsedAt.gt(op.now() - KNOWN))
        .limit(NETWORKS)
        .into_tuple()
        .all(&db)
        .await?;
    let mut places = places.iter().flat_map(|(one, other)| [one, other]);
    Ok(places.any(|place| throttle::network(place) == network))
}
