//! Keeping a snapshot readable: a reader that holds the writers' lock is never stale.

use super::lock::WriteLock;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;

/// The writers' lock, held by a reader. Released when it is dropped.
pub(in crate::store) struct SnapshotHold(Option<(WriteLock, OwnedSemaphorePermit)>);

impl SnapshotHold {
    /// Holds the lock, and this process's permit to write, so that the writers of this process wait there and not on connections.
    pub(in crate::store) fn new(lock: WriteLock, permit: OwnedSemaphorePermit) -> Self {
        Self(Some((lock, permit)))
    }
}

impl Drop for SnapshotHold {
    fn drop(&mut self) {
        // Outside the runtime, as when the program ends, the transaction is dropped, which closes its connection.
        if let (Some((lock, permit)), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(async move {
                lock.release().await;
                drop(permit);
            });
        }
    }
}
