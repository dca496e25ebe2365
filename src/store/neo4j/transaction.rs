//! A transaction of several statements. However it ends, the server does not keep it open.

use std::sync::Arc;

use neo4rs::{Operation, Query, Row, Txn};
use serde::de::DeserializeOwned;
use tokio::sync::OwnedSemaphorePermit;

use super::client::Client;
use super::connection::within;
use super::error::{Failed, unreadable};
use super::statement::Statement;
use crate::store::Answer;

/// A transaction under way. Dropped, it is taken back.
pub(super) struct Transaction {
    txn: Txn,
    statement_ms_max: u64,
    // Last, for what is in it is dropped after the driver's transaction.
    open: Open,
}

/// That the server may have a transaction open. The driver gives a connection back to its pool as it is, and the server holds
/// the transaction, and its locks, until the connection is used again or closed: so it is closed.
struct Open {
    client: Arc<Client>,
    ended: bool,
    _place: OwnedSemaphorePermit,
}

impl Drop for Open {
    fn drop(&mut self) {
        if !self.ended {
            self.client.renew();
        }
    }
}

impl Transaction {
    /// Begins one, of statements that may take so long each, on a server that has what the bookmarks stand for.
    pub(super) async fn begin(
        client: &Arc<Client>,
        operation: Operation,
        bookmarks: Vec<String>,
        statement_ms_max: u64,
    ) -> Result<Self, Failed> {
        let deadline = within(client.options.limits.connect_ms_max);
        let place = client.place(deadline).await?;
        let mut open = Open {
            client: client.clone(),
            ended: true,
            _place: place,
        };
        let graph = client.graph();
        let begun = async {
            // From here on it may stand on the server.
            open.ended = false;
            graph.start_txn_as(operation, Some(bookmarks)).await
        };
        let txn = client.timed(deadline, begun).await?;
        Ok(Self {
            txn,
            statement_ms_max,
            open,
        })
    }

    /// Runs a statement and gives each row's `row`, read as `T`.
    pub(super) async fn run<T: DeserializeOwned>(
        &mut self,
        statement: Statement,
    ) -> Result<Answer<Vec<T>>, Failed> {
        let rows = self.gather(statement.query(self.statement_ms_max)).await?;
        Ok(rows
            .iter()
            .map(|row| row.get::<T>("row").map_err(|error| unreadable(&error)))
            .collect())
    }

    /// Runs a query and gives its rows.
    pub(super) async fn gather(&mut self, query: Query) -> Result<Vec<Row>, Failed> {
        let txn = &mut self.txn;
        let work = async {
            let mut stream = txn.execute(query).await?;
            let mut rows = Vec::new();
            while let Some(row) = stream.next(txn.handle()).await? {
                rows.push(row);
            }
            Ok(rows)
        };
        self.open.client.timed(within(self.statement_ms_max), work).await
    }

    /// Makes it stand, and gives its bookmark. An error leaves open whether it does.
    pub(super) async fn commit(self) -> Result<Option<String>, Failed> {
        let Self {
            txn,
            statement_ms_max,
            mut open,
        } = self;
        let bookmark = open.client.timed(within(statement_ms_max), txn.commit()).await?;
        open.ended = true;
        Ok(bookmark)
    }

    /// Takes it back.
    pub(super) async fn rollback(self) {
        let Self { txn, mut open, .. } = self;
        let deadline = within(open.client.options.limits.connect_ms_max);
        open.ended = open.client.timed(deadline, txn.rollback()).await.is_ok();
    }
}
