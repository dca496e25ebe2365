//! The destination of a write's statements: the server at once, or the steps of a staged write.

use super::rows::{Row, RowStatement};
use super::staged::StagedWrite;
use crate::store::neo4j::driver::error::Neo4jResult;
use crate::store::neo4j::driver::statement::{Statement, cut};
use crate::store::neo4j::driver::transaction::Transaction;

/// Below so many bytes a write is sent in pieces that do not stall; above, each piece stalls once, and is large.
const SMALL_BYTES_MAX: usize = 120_000;
const SMALL_PIECE_BYTES: usize = 6_000;
/// A step of a staged write is as large: some hundred rows, for whose transaction any server has the memory.
const LARGE_PIECE_BYTES: usize = 1_000_000;

/// The destination of a write's statements.
pub(super) enum Sink<'w> {
    /// The server, in the one transaction of the write.
    Transaction(&'w mut Transaction),
    /// Steps, which are applied once the write is announced.
    Staged(&'w mut StagedWrite),
}

impl Sink<'_> {
    /// Runs a statement that needs no rows.
    pub(super) async fn run(&mut self, statement: Statement) -> Neo4jResult<()> {
        self.take(RowStatement {
            statement,
            parameter: "rows",
            rows: Vec::new(),
            counts_each: false,
        })
        .await
    }

    /// Sends rows in pieces. No rows: nothing is sent.
    pub(super) async fn send(
        &mut self,
        statement: &Statement,
        parameter: &'static str,
        rows: Vec<Row>,
    ) -> Neo4jResult<()> {
        self.send_pieces(statement, parameter, rows, false).await
    }

    /// [`send`](Self::send), of a statement that must count every row.
    pub(super) async fn send_each(
        &mut self,
        statement: &Statement,
        parameter: &'static str,
        rows: Vec<Row>,
    ) -> Neo4jResult<()> {
        self.send_pieces(statement, parameter, rows, true).await
    }

    async fn send_pieces(
        &mut self,
        statement: &Statement,
        parameter: &'static str,
        rows: Vec<Row>,
        counts_each: bool,
    ) -> Neo4jResult<()> {
        let all: usize = rows.iter().map(|row| row.bytes).sum();
        let piece = match self {
            Self::Transaction(_) if all < SMALL_BYTES_MAX => SMALL_PIECE_BYTES,
            Self::Transaction(_) | Self::Staged(_) => LARGE_PIECE_BYTES,
        };
        for rows in cut(&rows, |row| row.bytes, piece) {
            self.take(RowStatement {
                statement: statement.clone(),
                parameter,
                rows: rows.iter().map(|row| row.value.clone()).collect(),
                counts_each,
            })
            .await?;
        }
        Ok(())
    }

    async fn take(&mut self, statement: RowStatement) -> Neo4jResult<()> {
        match self {
            Self::Transaction(txn) => statement.run(txn).await,
            Self::Staged(write) => write.keep(&statement).await,
        }
    }
}
