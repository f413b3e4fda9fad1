//! The one error with which the portal answers, and the refusals that it carries.
//!
//! Ten kinds, named for what the asker can do about them. A concept that says no says so in a
//! [`Refusal`] with a code of its own closed list; what nobody outside can mend is a [`Fault`],
//! logged once at the boundary and masked.

use std::borrow::Cow;
use std::time::Duration;

/// What an action or a finder returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation did not happen. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody is signed in, or no longer.
    #[error("Sign in first.")]
    Unauthenticated,
    /// They need a second factor, and have none.
    #[error("You need a second factor: add one with factorTotpStart first.")]
    FactorRequired,
    /// It takes a proof that is not as old as theirs.
    #[error("Prove that it is you with sessionStepUp, then send this again.")]
    StepUpRequired,
    /// The policy does not allow it.
    #[error("You may not do that.")]
    Forbidden,
    /// Absent, not for this asker, or of another type: all answer alike, with the API's name of
    /// the type that was asked for.
    #[error("No such {0}.")]
    NotFound(&'static str),
    /// Expected refusals: data, not failures.
    #[error("{}", .0.first().map_or("Refused.", |refusal| &refusal.message))]
    Refused(Vec<Refusal>),
    /// Too much at once; the same request may go through later.
    #[error("Too many requests. Try again in {} s.", .0.as_secs().max(1))]
    Busy(Duration),
    /// The database is away, or has no room; the same request may go through later.
    #[error(transparent)]
    Unavailable(#[from] Away),
    /// Its `Idempotency-Key` stands in the way.
    #[error(transparent)]
    Key(#[from] KeyFault),
    /// Ours to mend.
    #[error("Something went wrong on our side.")]
    Fault(#[from] Fault),
}

/// One reason why a request was refused, for the person who made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// A name of the action's closed list, such as `LAST_ADMIN`.
    pub code: &'static str,
    /// What is wrong and what to do, in a sentence.
    pub message: Cow<'static, str>,
    /// Path of the input's field that is at fault; empty where none is.
    pub field: Vec<String>,
}

impl Refusal {
    /// A refusal of the request as a whole.
    pub fn new(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
            field: Vec::new(),
        }
    }

    /// The same, for one field: a path such as `form.0.answer`.
    #[must_use]
    pub fn at(mut self, path: &str) -> Self {
        self.field = path.split('.').map(str::to_owned).collect();
        self
    }
}

impl Error {
    /// Refusals of a part, told of the whole: each rewritten, all else as it is.
    #[must_use]
    pub fn map_refusals(self, rewrite: impl FnMut(Refusal) -> Refusal) -> Self {
        if let Self::Refused(refusals) = self {
            return Self::Refused(refusals.into_iter().map(rewrite).collect());
        }
        self
    }
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(vec![refusal])
    }
}

/// Why a request is not done under its `Idempotency-Key`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    /// The key stands for another request.
    #[error("This Idempotency-Key was sent with another request: take a new key for each.")]
    Reused,
    /// The same request is being done at this moment.
    #[error("The first request with this Idempotency-Key is still under way. Try again in 1 s.")]
    Running,
}

/// What became of a request while the database went away, or had no room to write.
#[derive(Debug, thiserror::Error)]
pub enum Away {
    /// Nothing was written.
    #[error("The database takes nothing at this moment. Nothing was done: try again in 1 s.")]
    NotDone(#[source] sea_orm::DbErr),
    /// It went away in the commit.
    #[error(
        "The database went away while this was being kept: it may have been done. Ask again under \
         the same Idempotency-Key, or look before you send it again."
    )]
    Unknown(#[source] sea_orm::DbErr),
    /// The store of files, or what looks at files, takes or gives nothing; with what it said.
    #[error("The store of files cannot be reached at this moment. Try again in a moment.")]
    Store(String),
}

/// What went wrong on our side.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The database failed or refused.
    #[error("database: {0}")]
    Database(#[source] sea_orm::DbErr),
    /// Stored or promised data could not be read or written as JSON.
    #[error("payload: {0}")]
    Payload(#[from] serde_json::Error),
    /// Anything else, with what happened.
    #[error("{0}")]
    Other(String),
}

impl From<sea_orm::DbErr> for Error {
    fn from(error: sea_orm::DbErr) -> Self {
        if crate::error::is_pool_timeout(&error) {
            return Self::Busy(Duration::from_secs(1));
        }
        if is_held(&error) {
            return Self::Busy(Duration::from_secs(1));
        }
        if is_away(&error) {
            return Away::NotDone(error).into();
        }
        Fault::Database(error).into()
    }
}

impl From<serde_json::Error> for Error {
    fn from(error: serde_json::Error) -> Self {
        Fault::Payload(error).into()
    }
}

impl Error {
    /// What a failed commit means: where the database went away meanwhile, nobody knows whether it
    /// was done.
    pub(crate) fn of_commit(error: sea_orm::DbErr) -> Self {
        if is_away(&error) {
            return Away::Unknown(error).into();
        }
        error.into()
    }

    /// A fault with what happened.
    pub fn fault(what: impl Into<String>) -> Self {
        Fault::Other(what.into()).into()
    }

    /// The code of `extensions.code`; a refusal has its own codes and none here.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::FactorRequired => "FACTOR_REQUIRED",
            Self::StepUpRequired => "STEP_UP_REQUIRED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound(_) => "NOT_FOUND",
            Self::Refused(_) | Self::Key(KeyFault::Reused) => "BAD_USER_INPUT",
            Self::Busy(_) => "RATE_LIMITED",
            Self::Unavailable(_) => "UNAVAILABLE",
            Self::Key(KeyFault::Running) => "CONFLICT",
            Self::Fault(_) => "INTERNAL",
        }
    }

    /// The name of the constraint that the database held against a write, if that is what failed.
    /// Constraints are named so that the few which a race can hit become refusals.
    #[must_use]
    pub fn constraint(&self) -> Option<String> {
        let Self::Fault(Fault::Database(error)) = self else {
            return None;
        };
        let database = sqlx_error(error)?.as_database_error()?;
        if let Some(name) = database.constraint() {
            return Some(name.to_owned());
        }
        // SQLite names the columns: `UNIQUE constraint failed: person.email`.
        let message = database.message();
        message
            .split_once("constraint failed: ")
            .map(|(_, columns)| columns.to_owned())
    }
}

/// Whether no connection came free in time: the server is busy, not broken.
fn is_pool_timeout(error: &sea_orm::DbErr) -> bool {
    matches!(error, sea_orm::DbErr::ConnectionAcquire(_))
        || matches!(sqlx_error(error), Some(sqlx::Error::PoolTimedOut))
}

/// Whether others held for too long what it had to wait for.
fn is_held(error: &sea_orm::DbErr) -> bool {
    let error = sqlx_error(error).and_then(sqlx::Error::as_database_error);
    error.is_some_and(|error| error.code().as_deref() == Some("55P03"))
}

/// Whether the database went away, or is not there yet: the connection was lost, or the server says
/// that it stops, starts, takes nobody else, or has no room on its disk.
fn is_away(error: &sea_orm::DbErr) -> bool {
    let Some(error) = sqlx_error(error) else {
        return false;
    };
    if matches!(
        error,
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::PoolClosed
    ) {
        return true;
    }
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    code.is_some_and(|code| {
        // Of PostgreSQL: connection exceptions, shutdown, crash, starting up, too many connections,
        // a full disk. Of SQLite: a full disk.
        matches!(
            &*code,
            "57P01" | "57P02" | "57P03" | "53300" | "53100" | "13"
        ) || code.len() == 5 && code.starts_with("08")
    })
}

/// The driver's own error inside.
pub(crate) fn sqlx_error(error: &sea_orm::DbErr) -> Option<&sqlx::Error> {
    use sea_orm::{DbErr, RuntimeErr};
    let (DbErr::Conn(inner) | DbErr::Exec(inner) | DbErr::Query(inner)) = error else {
        return None;
    };
    match inner {
        RuntimeErr::SqlxError(error) => Some(error),
        RuntimeErr::Internal(_) => None,
    }
}
