//! The writers' lock: one writer at a time, over all processes on one database.
//!
//! The lock is that of one node, held by an open transaction. Nothing rests on holding it: see [`super::fence`].

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
use crate::store::{Answer, StoreError};

/// How often in a row the lock may be lost without progress before the writer gives up.
const LOST_MAX: u32 = 8;

/// The lock, held. Dropped, it is released.
pub(in crate::store) struct WriteLock {
    txn: Transaction,
    fence: Fence,
    // Ends before the transaction does.
    _heartbeat: Heartbeat,
}

/// What the last writer left: the state from which the next write goes on.
pub(in crate::store) struct LastWrite {
    /// The revision of the graph.
    pub(in crate::store) revision: Revision,
    /// The revision of a commit that was marked; the same if none is left.
    committing: Revision,
    /// The number of the last line of the change log.
    pub(super) cursor: i64,
    /// The number of the newest provenance.
    pub(in crate::store) provenance: i64,
    /// The revision that last changed a redirect or a restriction.
    pub(super) merged_at: Revision,
    /// The token of a staged write that was announced and not ended; otherwise empty.
    staged: String,
}

/// What was found when the lock was taken.
enum LockOutcome {
    /// Nothing was left to do.
    Ready(LastWrite),
    /// A staged write, which has been applied and ends with the transaction.
    Applied,
    /// Another writer has taken over, or the lock's transaction has ended; some statements of a staged write were applied before.
    Lost { applied: u64 },
}

impl WriteLock {
    /// Waits for the other writers and takes the lock. Its holder knows that no commit is being applied: the mark of a commit whose
    /// writer died before it committed is removed, and a staged write that was announced is applied to its end first.
    pub(in crate::store) async fn take(client: &Arc<Client>) -> Neo4jResult<(Self, LastWrite)> {
        let mut lost = 0;
        loop {
            // Boxed: the driver's futures are large, and every one above them would be as large as they.
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
        // While it waits, too: its transaction may be older than a lease when it gets the lock.
        let heartbeat = Heartbeat::start(client.leases(), &token);
        let mut naming = Naming::Named;
        let (txn, rows) = loop {
            let mut txn = client.begin().await?;
            txn.names_itself();
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
            Ok((last, seen)) => {
                let lock = Self {
                    txn,
                    fence: Fence::new(client, token, seen),
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

    /// Ends what the last writer began and did not end.
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
                            "this process stopped applying a large write after so many steps: it has lost the writers' lock, for it stood \
                             still for longer than its lease, or the server ended its transaction. Whoever has the lock now applies the \
                             rest; nothing is applied twice"
                        );
                        LockOutcome::Lost { applied }
                    }
                },
            );
        }
        if last.committing > last.revision {
            tracing::warn!(revision = %last.committing, "a commit was begun and never made: removing its mark");
            if !self.fence.mark(last.revision).await? {
                return Ok(LockOutcome::Lost { applied: 0 });
            }
        }
        Ok(LockOutcome::Ready(last))
    }

    /// The proof that its holder is still the writer.
    pub(super) fn fence(&self) -> &Fence {
        &self.fence
    }

    /// The transaction that holds the lock, for what is committed or rolled back with it.
    pub(in crate::store) fn transaction(&mut self) -> &mut Transaction {
        &mut self.txn
    }

    /// Commits what was written in the transaction, and releases the lock.
    pub(in crate::store) async fn commit(self) -> Neo4jResult<Option<String>> {
        self.txn.commit().await
    }

    /// Releases the lock, and rolls back what was written in the transaction.
    pub(in crate::store) async fn release(self) {
        self.txn.rollback().await;
    }
}

type LastWriteRow = (i64, i64, i64, i64, i64, String, String);

impl LastWrite {
    /// What the last writer left, and the token of the last change of the node `Commit`.
    fn read(rows: Vec<LastWriteRow>) -> Answer<(Self, String)> {
        let (revision, committing, cursor, provenance, merged_at, staged, seen) = rows
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
        Ok((last, seen))
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
