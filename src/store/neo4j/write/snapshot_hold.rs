//! The hold on a snapshot: a reader that holds the writers' lock has no stale reads.

use super::lock::WriteLock;
use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;

/// The writers' lock, held by a reader until it is dropped.
pub(in crate::store) struct SnapshotHold(Option<(WriteLock, OwnedSemaphorePermit)>);

impl SnapshotHold {
    /// Holds the lock and the write permit of this process, so that its writers wait for the permit and not for connections.
    pub(in crate::store) fn new(lock: WriteLock, permit: OwnedSemaphorePermit) -> Self {
        Self(Some((lock, permit)))
    }
}

impl Drop for SnapshotHold {
    fn drop(&mut self) {
        // Without a runtime, as when the program ends, dropping the transaction closes its connection.
        if let (Some((lock, permit)), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(async move {
                lock.release().await;
                drop(permit);
            });
        }
    }
}
