//! Transactions of several statements. However one ends, the server does not keep it open.

use std::sync::Arc;

use super::connection::within;
use super::error::{Neo4jResult, unreadable_row};
use super::logins::ConnectionPermit;
use super::pool::Neo4jPool;
use super::statement::CypherStatement;
use neo4rs::{Operation, Query, Row, Txn};
use serde::de::DeserializeOwned;

/// A transaction. It is rolled back when it is dropped.
pub(in crate::store) struct Transaction {
    txn: Txn,
    statement_ms_max: u64,
    /// Whether the metadata with the name of its first statement is set.
    is_named: bool,
    // Last: it must be dropped after the driver's transaction.
    guard: TransactionGuard,
}

/// Closes the connection of a transaction that may still be open on the server. The driver would return the connection to its pool as
/// it is, and the server would keep the transaction and its locks until the connection is used again or closed.
struct TransactionGuard {
    pool: Arc<Neo4jPool>,
    ended: bool,
    permit: ConnectionPermit,
}

impl Drop for TransactionGuard {
    fn drop(&mut self) {
        if !self.ended {
            self.pool.replace_pool();
        }
    }
}

impl Transaction {
    /// Begins a transaction whose statements may take `statement_ms_max` each, on a server that has applied the bookmarks.
    pub(super) async fn begin(
        pool: &Arc<Neo4jPool>,
        operation: Operation,
        bookmarks: Vec<String>,
        statement_ms_max: u64,
    ) -> Neo4jResult<Self> {
        let deadline = within(pool.options.limits.connect_ms_max);
        let permit = pool.permit(deadline).await?;
        let mut guard = TransactionGuard {
            pool: pool.clone(),
            ended: true,
            permit,
        };
        let graph = pool.graph();
        let begun = async {
            // From here on it may be open on the server.
            guard.ended = false;
            graph.start_txn_as(operation, Some(bookmarks)).await
        };
        let txn = pool.timed(deadline, begun).await?;
        Ok(Self {
            txn,
            statement_ms_max,
            is_named: false,
            guard,
        })
    }

    /// Leaves the metadata of the transaction to its first statement.
    pub(in crate::store) fn leave_metadata_to_statement(&mut self) {
        self.is_named = true;
    }

    /// Runs a statement and returns each row's `row`, read as `T`.
    pub(in crate::store) async fn run<T: DeserializeOwned>(
        &mut self,
        statement: CypherStatement,
    ) -> Neo4jResult<Vec<T>> {
        let statement = if std::mem::replace(&mut self.is_named, true) {
            statement
        } else {
            statement.into_first_statement()
        };
        let rows = self.gather(statement.query(self.statement_ms_max)).await?;
        let read = |row: &Row| row.get::<T>("row").map_err(|error| unreadable_row(&error).into());
        rows.iter().map(read).collect()
    }

    /// Runs a query and returns its rows.
    pub(super) async fn gather(&mut self, query: Query) -> Neo4jResult<Vec<Row>> {
        let txn = &mut self.txn;
        let work = async {
            let mut stream = txn.execute(query).await?;
            let mut rows = Vec::new();
            while let Some(row) = stream.next(txn.handle()).await? {
                rows.push(row);
            }
            Ok(rows)
        };
        self.guard.pool.timed(within(self.statement_ms_max), work).await
    }

    /// Commits and returns the bookmark. After an error it is unknown whether the commit was applied.
    pub(in crate::store) async fn commit(self) -> Neo4jResult<Option<String>> {
        let Self {
            txn,
            statement_ms_max,
            mut guard,
            ..
        } = self;
        let bookmark = guard.pool.timed(within(statement_ms_max), txn.commit()).await?;
        guard.ended = true;
        guard.permit.mark_good();
        guard.pool.note_written();
        Ok(bookmark)
    }

    /// Rolls back.
    pub(in crate::store) async fn rollback(self) {
        let Self { txn, mut guard, .. } = self;
        let deadline = within(guard.pool.options.limits.connect_ms_max);
        guard.ended = guard.pool.timed(deadline, txn.rollback()).await.is_ok();
        if guard.ended {
            guard.permit.mark_good();
        }
    }
}
