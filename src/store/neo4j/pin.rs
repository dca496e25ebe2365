//! Holding writers up: for a reader that was overtaken too often, and for answers that take long.

use tokio::runtime::Handle;
use tokio::sync::OwnedSemaphorePermit;

use super::transaction::Transaction;

/// The lock that every writer needs, held by a reader. Let go when it is dropped.
pub(super) struct Pin(Option<(Transaction, OwnedSemaphorePermit)>);

impl Pin {
    /// Holds the lock, and this process's place among the writers, so that they wait there and not on connections.
    pub(super) fn new(lock: Transaction, turn: OwnedSemaphorePermit) -> Self {
        Self(Some((lock, turn)))
    }
}

impl Drop for Pin {
    fn drop(&mut self) {
        // Outside the runtime, as when the program ends, the transaction is dropped, which closes its connection.
        if let (Some((lock, turn)), Ok(runtime)) = (self.0.take(), Handle::try_current()) {
            runtime.spawn(async move {
                lock.rollback().await;
                drop(turn);
            });
        }
    }
}
