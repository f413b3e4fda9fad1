//! What takes long and much memory with files: pictures decoded, documents read and written, in turn and
//! off the threads that answer requests.

use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::error::{Error, Result};

/// How long somebody waits for their turn, and then for what is made.
const PATIENCE: Duration = Duration::from_secs(15);

/// Pictures and documents take memory: one at a time is read and written, in each process.
static TURNS: Semaphore = Semaphore::const_new(1);

/// Loads what is to be worked on when it is its turn, and does what takes long off the threads that
/// answer requests. What takes too long is not waited for; it keeps its turn until it ends, which its
/// limits see to.
///
/// # Errors
/// [`Error::Busy`] where it takes too long; what `load` says.
pub async fn in_turn<I: Send + 'static, T: Send + 'static>(
    load: impl Future<Output = Result<I>>,
    work: impl FnOnce(I) -> T + Send + 'static,
) -> Result<T> {
    let busy = || Error::Busy(PATIENCE);
    let turn = timeout(PATIENCE, TURNS.acquire())
        .await
        .map_err(|_| busy())?
        .map_err(|closed| Error::fault(closed.to_string()))?;
    let loaded = load.await?;
    let done = tokio::task::spawn_blocking(move || {
        let done = work(loaded);
        drop(turn);
        done
    });
    let done = timeout(PATIENCE, done).await.map_err(|_| busy())?;
    done.map_err(|panic| Error::fault(format!("a file broke what read it: {panic}")))
}
