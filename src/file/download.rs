//! Downloads: bytes on their way out, a piece at a time, within the room that there is for them.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use entity::{file, file_inbox};
use futures_util::stream::BoxStream;
use futures_util::{FutureExt, Stream, StreamExt, stream};
use sea_orm::{EntityTrait, PaginatorTrait};
use tokio::task::AbortHandle;

use super::room::{Held, Room};
use super::storage::Store;
use super::upload::gone;
use crate::error::{Error, Result};
use crate::op::Op;

/// Bytes that are held of a file that comes out of the store: pieces of it, here and in the socket.
const PIECES: u32 = 128 << 10;
/// The slowest that a client may take what it asked for: what is slower holds room for nothing.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// What it may take whatever the size.
    pub grace: Duration,
    /// And beyond that.
    pub bytes_per_second: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            grace: Duration::from_secs(30),
            bytes_per_second: 32 * 1024,
        }
    }
}

impl Pace {
    /// Until when so many bytes are to be out.
    #[must_use]
    pub fn time(self, size: u64) -> Duration {
        self.grace + Duration::from_secs(size / self.bytes_per_second.max(1))
    }
}

/// A file on its way out.
#[derive(Debug)]
pub struct Outgoing {
    /// How many bytes it has.
    pub size: u64,
    /// They, a piece at a time.
    pub bytes: Pieces,
}

/// The bytes of a file, a piece at a time; room is held for them until they are out, or have taken
/// too long.
pub struct Pieces {
    left: Left,
    late: AbortHandle,
}

type Left = Arc<Mutex<Option<(BoxStream<'static, Result<Vec<u8>>>, Held)>>>;

impl std::fmt::Debug for Pieces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Pieces").finish_non_exhaustive()
    }
}

impl Pieces {
    fn new(bytes: BoxStream<'static, Result<Vec<u8>>>, held: Held, time: Duration) -> Self {
        let left: Left = Arc::new(Mutex::new(Some((bytes, held))));
        let late = left.clone();
        // Nobody asks for the next piece while the client takes none, so that somebody else has to
        // look at the time.
        let late = tokio::spawn(tokio::time::sleep(time).map(move |()| {
            late.lock().unwrap_or_else(PoisonError::into_inner).take();
        }));
        Self {
            left,
            late: late.abort_handle(),
        }
    }
}

impl Stream for Pieces {
    type Item = Result<Vec<u8>>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut left = self.left.lock().unwrap_or_else(PoisonError::into_inner);
        match left.as_mut() {
            Some((bytes, _)) => bytes.poll_next_unpin(cx),
            None => Poll::Ready(Some(Err(Error::fault("a file was taken too slowly")))),
        }
    }
}

impl Drop for Pieces {
    fn drop(&mut self) {
        self.late.abort();
    }
}

/// The bytes of a file, wherever they lie at this moment. Whether the asker may have them, the
/// caller has asked.
pub(super) async fn open(
    op: &Op,
    store: &Store,
    room: &Room,
    pace: Pace,
    row: &file::Model,
) -> Result<Outgoing> {
    let mut held = room.take(op, PIECES)?;
    // Carried between the two looks, it is in the store at the second.
    for _ in 0..2 {
        let stored = store.pieces(row).await;
        if let Ok(Some((size, bytes))) = stored {
            let bytes = Pieces::new(bytes, held, pace.time(size));
            return Ok(Outgoing { size, bytes });
        }
        let waits = file_inbox::Entity::find_by_id(row.id);
        if waits.clone().count(&op.reader()).await? > 0 {
            // What waits for the store is held whole.
            drop(held);
            held = room.take(op, u32::try_from(row.size).unwrap_or(u32::MAX))?;
            if let Some(waiting) = waits.one(&op.reader()).await? {
                let size = waiting.content.len() as u64;
                let whole = stream::iter([Ok(waiting.content)]).boxed();
                let bytes = Pieces::new(whole, held, pace.time(size));
                return Ok(Outgoing { size, bytes });
            }
        }
        // While the store is away, what still waits for it can be had.
        stored?;
    }
    Err(gone(row))
}
