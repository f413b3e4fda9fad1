//! Passwords: hashed with Argon2id, a bounded number at a time.
//!
//! A hash takes 19 MiB and a core for a few hundredths of a second. As many run at once as there
//! are cores, a few wait, and who comes on top of that is told to come again: a flood of sign-ins
//! costs the others neither memory nor time.

mod rules;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

pub use rules::{MAX, MIN, check};

use crate::config::Secret;
use crate::error::{Error, Result};

/// How many may wait for each that runs: about half a second.
const QUEUE: usize = 16;
/// When to come again.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// Hashes and verifies passwords; clones share its bounds.
#[derive(Clone)]
pub struct Hasher {
    // Those who run or wait.
    places: Arc<Semaphore>,
    // Those who run.
    cores: Arc<Semaphore>,
    at_once: usize,
    argon2: Argon2<'static>,
    // A hash that no password has: verified for accounts that do not exist.
    nobody: Arc<str>,
}

impl fmt::Debug for Hasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hasher")
            .field("at_once", &self.at_once)
            .field("running", &self.running())
            .finish_non_exhaustive()
    }
}

impl Hasher {
    /// A hasher for the cores of this machine.
    ///
    /// # Errors
    /// A fault where the machine has no randomness.
    pub fn new() -> Result<Self> {
        Self::with_cores(std::thread::available_parallelism().map_or(1, usize::from))
    }

    /// A hasher that runs `cores` hashes at once.
    ///
    /// # Errors
    /// As for [`Self::new`].
    pub fn with_cores(cores: usize) -> Result<Self> {
        let params = Params::new(19 * 1024, 2, 1, None).map_err(broken)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut unknown = [0; 32];
        fill(&mut unknown)?;
        Ok(Self {
            places: Arc::new(Semaphore::new(cores * (1 + QUEUE))),
            cores: Arc::new(Semaphore::new(cores)),
            at_once: cores,
            nobody: hash(&argon2, &unknown)?.into(),
            argon2,
        })
    }

    /// The password's hash, as a PHC string.
    ///
    /// # Errors
    /// [`Error::Busy`] where too many wait.
    pub async fn hash(&self, password: &Secret) -> Result<String> {
        let (argon2, bytes) = (self.argon2.clone(), normalized(password.reveal()));
        self.run(move || hash(&argon2, bytes.as_bytes())).await
    }

    /// Whether it is the password of `stored`. Where there is none the answer is no, and takes as
    /// long.
    ///
    /// # Errors
    /// [`Error::Busy`] where too many wait.
    pub async fn verify(&self, password: &Secret, stored: Option<&str>) -> Result<bool> {
        let (argon2, bytes) = (self.argon2.clone(), normalized(password.reveal()));
        let is_known = stored.is_some();
        let stored = stored.unwrap_or(&self.nobody).to_owned();
        self.run(move || {
            let fits = argon2.verify_password(bytes.as_bytes(), stored.as_str());
            Ok(is_known && fits.is_ok())
        })
        .await
    }

    /// How many hashes run at this instant.
    #[must_use]
    pub fn running(&self) -> usize {
        self.at_once - self.cores.available_permits()
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let busy = |_| Error::Busy(RETRY_AFTER);
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(busy)?;
        let core = Arc::clone(&self.cores)
            .acquire_owned()
            .await
            .map_err(broken)?;
        // Both go into the thread: a client that hangs up frees them no earlier than the work does.
        tokio::task::spawn_blocking(move || {
            let _held = (place, core);
            work()
        })
        .await
        .map_err(broken)?
    }
}

fn hash(argon2: &Argon2<'_>, password: &[u8]) -> Result<String> {
    let mut salt = [0; 16];
    fill(&mut salt)?;
    let hash = argon2
        .hash_password_with_salt(password, &salt)
        .map_err(broken)?;
    Ok(hash.to_string())
}

/// One form for what different keyboards make of the same characters.
fn normalized(password: &str) -> String {
    password.nfkc().collect()
}

fn fill(bytes: &mut [u8]) -> Result<()> {
    getrandom::fill(bytes).map_err(broken)
}

fn broken(error: impl fmt::Display) -> Error {
    Error::fault(format!("password hashing: {error}"))
}
