//! Holding writers up: for a reader that was overtaken too often, and for answers that take long.

use tokio::sync::OwnedSemaphorePermit;

use super::client::Transaction;

/// The lock that every writer needs, held by a reader. Let go when it is dropped: its transaction is taken back.
pub(super) struct Pin {
    pub(super) _lock: Transaction,
    /// This process's place among the writers, so that they wait here and not on connections.
    pub(super) _turn: OwnedSemaphorePermit,
}
