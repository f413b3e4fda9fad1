//! Room in memory for the bytes of files: so much for all, and no more than a share for one.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use entity::id::PersonId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Error, Result};
use crate::op::Op;
use crate::throttle::network;

/// Who holds bytes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Holder {
    Person(PersonId),
    /// Whoever has not signed in, by their network.
    Network(String),
}

impl Holder {
    fn of(op: &Op) -> Self {
        match op.actor().person() {
            Some(person) => Self::Person(person.id),
            None => Self::Network(network(&op.origin().address)),
        }
    }
}

/// Room for bytes. Clones share it.
#[derive(Clone, Debug)]
pub(super) struct Room {
    free: Arc<Semaphore>,
    share: u32,
    by_holder: Arc<Mutex<HashMap<Holder, u32>>>,
}

impl Room {
    /// Room for so many bytes, of which one holder has no more than a share.
    pub(super) fn new(bytes: usize, share: u32) -> Self {
        Self {
            free: Arc::new(Semaphore::new(bytes)),
            share,
            by_holder: Arc::default(),
        }
    }

    /// Room for so many bytes, until it is dropped. Who holds nothing may hold one file, however
    /// large it is.
    ///
    /// # Errors
    /// [`Error::Busy`] where there is none, or the asker has their share.
    pub(super) fn take(&self, op: &Op, bytes: u32) -> Result<Held> {
        let busy = || Error::Busy(Duration::from_secs(5));
        let holder = Holder::of(op);
        let mut held = self
            .by_holder
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let before = held.get(&holder).copied().unwrap_or_default();
        let after = before.saturating_add(bytes);
        if before > 0 && after > self.share {
            return Err(busy());
        }
        let free = self.free.clone().try_acquire_many_owned(bytes);
        let free = free.map_err(|_| busy())?;
        held.insert(holder.clone(), after);
        drop(held);
        Ok(Held {
            _free: free,
            bytes,
            holder,
            by_holder: self.by_holder.clone(),
        })
    }
}

/// Room that is taken, for as long as this is kept.
#[derive(Debug)]
pub struct Held {
    _free: OwnedSemaphorePermit,
    bytes: u32,
    holder: Holder,
    by_holder: Arc<Mutex<HashMap<Holder, u32>>>,
}

impl Drop for Held {
    fn drop(&mut self) {
        let mut held = self
            .by_holder
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let left = held.get(&self.holder).copied().unwrap_or_default();
        let left = left.saturating_sub(self.bytes);
        if left == 0 {
            held.remove(&self.holder);
        } else {
            held.insert(self.holder.clone(), left);
        }
    }
}
