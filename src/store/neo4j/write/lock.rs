//! The writers' lock: one writer at a time, over all processes on one database.
//!
//! The lock is that of one node, held by an open transaction. Correctness does not depend on it: see [`super::fence`].

use std::sync::Arc;

use super::fence::{Fence, Naming, unique_token};
use super::staged;
use super::staged::{ApplyOutcome, ended_by_server};
use crate::model::change::Revision;
use crate::store::neo4j::driver::client::Client;
use crate::store::neo4j::driver::connection::pause;
use crate::store::neo4j::driver::error::Neo4jResult;
use crate::store::neo4j::driver::graph_state::GraphState;
use crate::store::neo4j::driver::leases::Heartbeat;
use crate::store::neo4j::driver::statement::cypher;
use crate::store::neo4j::driver::transaction::Transaction;
use crate::store::neo4j::format::SCHEMA_VERSION;
use crate::store::{StoreError, StoreResult};

/// How often in succession the lock may be lost without progress before the writer fails.
const LOST_MAX: u32 = 8;

/// The held lock. It is released when it is dropped.
pub(in crate::store) struct WriteLock {
    txn: Transaction,
    fence: Fence,
    // Ends before the transaction does.
    _heartbeat: Heartbeat,
}

/// The state that the last writer left.
pub(in crate::store) struct LastWrite {
    /// The revision of the graph.
    pub(in crate::store) revision: Revision,
    /// The revision of a commit that was marked but not made; equal to `revision` if there is none.
    committing: Revision,
    /// The number of the last line of the change log.
    pub(super) cursor: i64,
    /// The number of the newest provenance.
    pub(in crate::store) provenance: i64,
    /// The revision that last changed a redirect or a restriction.
    pub(super) merged_at: Revision,
    /// The token of a staged write that was announced but not completed; empty if there is none.
    staged: String,
}

/// The outcome of taking the lock.
enum LockOutcome {
    /// The lock is held, and nothing is left to complete.
    Ready(LastWrite),
    /// A staged write was applied, and completes with the transaction.
    Applied,
    /// Another writer has taken over, or the lock's transaction has ended; some steps of a staged write were applied before.
    Lost { applied: u64 },
}

impl WriteLock {
    /// Waits for other writers and takes the lock. First removes the mark of a commit whose writer died before it committed, and completes
    /// an announced staged write, so that no commit is being applied while the lock is held.
    pub(in crate::store) async fn take(client: &Arc<Client>) -> Neo4jResult<(Self, LastWrite)> {
        let mut lost = 0;
        loop {
            // Boxed: the driver's futures are large, and would enlarge all futures that contain them.
            let (mut lock, last) = Box::pin(Self::wait(client)).await?;
            let found = match Box::pin(lock.finish_last(last)).await {
                Ok(LockOutcome::Applied) => match lock.txn.commit().await {
                    Ok(_) => continue,
                    Err(error) if ended_by_server(&error) => LockOutcome::Lost { applied: 0 },
                    Err(error) => return Err(error),
                },
                Ok(LockOutcome::Ready(last)) => return Ok((lock, last)),
                Ok(found) => {
                    lock.release().await;
                    found
                }
                Err(error) => {
                    lock.release().await;
                    return Err(error);
                }
            };
            let applied = matches!(found, LockOutcome::Lost { applied } if applied > 0);
            lost = if applied { 0 } else { lost + 1 };
            if lost > LOST_MAX {
                return Err(StoreError::Unavailable.into());
            }
            pause(lost).await;
        }
    }

    async fn wait(client: &Arc<Client>) -> Neo4jResult<(Self, LastWrite)> {
        let token = unique_token();
        // Also while it waits: its transaction may be older than a lease when it gets the lock.
        let heartbeat = Heartbeat::start(client.leases(), &token);
        let mut naming = Naming::Named;
        let (txn, rows) = loop {
            let mut txn = client.begin().await?;
            txn.leave_metadata_to_statement();
            let taken = txn.run::<LastWriteRow>(naming.apply(client, &token, cypher!("lock")));
            match client.leases().waiting_for_lock(&token, taken).await {
                Ok(rows) => break (txn, rows),
                Err(error) => {
                    txn.rollback().await;
                    if !error.is_transient() || naming == Naming::Unnamed {
                        return Err(error);
                    }
                    naming = Naming::Unnamed;
                }
            }
        };
        match LastWrite::read(rows) {
            Ok((last, previous)) => {
                let lock = Self {
                    txn,
                    fence: Fence::new(client, token, previous),
                    _heartbeat: heartbeat,
                };
                Ok((lock, last))
            }
            Err(error) => {
                txn.rollback().await;
                Err(error.into())
            }
        }
    }

    /// Completes what the last writer began but did not complete.
    async fn finish_last(&mut self, last: LastWrite) -> Neo4jResult<LockOutcome> {
        if !last.staged.is_empty() {
            let lease_ms = self.fence.client().options().limits.lease_ms_max;
            return Ok(
                match staged::complete(&self.fence, &mut self.txn, &last.staged).await? {
                    ApplyOutcome::Ended => LockOutcome::Applied,
                    ApplyOutcome::Lost { applied } => {
                        tracing::warn!(
                            applied,
                            lease_ms,
                            "this process stopped applying a large write after this number of steps: it has lost the writers' lock, because it was \
                             stopped for longer than its lease, or the server ended its transaction. The current holder of the lock \
                             applies the rest; nothing is applied twice"
                        );
                        LockOutcome::Lost { applied }
                    }
                },
            );
        }
        if last.committing > last.revision {
            tracing::warn!(revision = %last.committing, "a commit was marked but not made: removing its mark");
            if !self.fence.mark(last.revision).await? {
                return Ok(LockOutcome::Lost { applied: 0 });
            }
        }
        Ok(LockOutcome::Ready(last))
    }

    /// The fence of the holder.
    pub(super) fn fence(&self) -> &Fence {
        &self.fence
    }

    /// The transaction that holds the lock, for statements that are committed or rolled back with it.
    pub(in crate::store) fn transaction(&mut self) -> &mut Transaction {
        &mut self.txn
    }

    /// Commits the transaction and releases the lock.
    pub(in crate::store) async fn commit(self) -> Neo4jResult<Option<String>> {
        self.txn.commit().await
    }

    /// Rolls back the transaction and releases the lock.
    pub(in crate::store) async fn release(self) {
        self.txn.rollback().await;
    }
}

type LastWriteRow = (i64, i64, i64, i64, i64, String, String);

impl LastWrite {
    /// Reads the state that the last writer left, and the token of the node `Commit`.
    fn read(rows: Vec<LastWriteRow>) -> StoreResult<(Self, String)> {
        let (revision, committing, cursor, provenance, merged_at, staged, previous) = rows
            .into_iter()
            .next()
            .ok_or_else(|| StoreError::Damaged("the graph has no revision".into()))?;
        let last = Self {
            revision: Revision(revision.cast_unsigned()),
            committing: Revision(committing.cast_unsigned()),
            cursor,
            provenance,
            merged_at: Revision(merged_at.cast_unsigned()),
            staged,
        };
        Ok((last, previous))
    }

    /// The state of the graph while no other writer has the lock.
    pub(in crate::store) fn graph_state(&self) -> GraphState {
        GraphState {
            revision: self.revision,
            committing: self.revision,
            merged_at: self.merged_at,
            staged: false,
            schema: SCHEMA_VERSION,
        }
    }
}
