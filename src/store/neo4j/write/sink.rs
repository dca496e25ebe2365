//! The destination of a write's statements: the server at once, or the steps of a staged write.

use super::rows::{RowStatement, WriteRow};
use super::staged::StagedWrite;
use crate::store::neo4j::driver::error::Neo4jResult;
use crate::store::neo4j::driver::statement::{CypherStatement, cut};
use crate::store::neo4j::driver::transaction::Transaction;

/// A smaller write is sent in pieces that do not stall; a larger one in large pieces, each of which stalls once.
const SMALL_BYTES_MAX: usize = 120_000;
const SMALL_PIECE_BYTES: usize = 6_000;
/// Also the size of a step of a staged write: some hundred rows, for which any server has the memory.
const LARGE_PIECE_BYTES: usize = 1_000_000;

/// The destination of a write's statements.
pub(super) enum StatementSink<'w> {
    /// The server, in the one transaction of the write.
    Transaction(&'w mut Transaction),
    /// Steps, which are applied once the write is announced.
    Staged(&'w mut StagedWrite),
}

impl StatementSink<'_> {
    /// Runs a statement that needs no rows.
    pub(super) async fn run(&mut self, statement: CypherStatement) -> Neo4jResult<()> {
        self.take(RowStatement {
            statement,
            parameter: "rows",
            rows: Vec::new(),
            counts_each: false,
        })
        .await
    }

    /// Sends rows in pieces. Sends nothing if there are no rows.
    pub(super) async fn send(
        &mut self,
        statement: &CypherStatement,
        parameter: &'static str,
        rows: Vec<WriteRow>,
    ) -> Neo4jResult<()> {
        self.send_pieces(statement, parameter, rows, false).await
    }

    /// [`send`](Self::send), for a statement that must count every row.
    pub(super) async fn send_each(
        &mut self,
        statement: &CypherStatement,
        parameter: &'static str,
        rows: Vec<WriteRow>,
    ) -> Neo4jResult<()> {
        self.send_pieces(statement, parameter, rows, true).await
    }

    async fn send_pieces(
        &mut self,
        statement: &CypherStatement,
        parameter: &'static str,
        rows: Vec<WriteRow>,
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
            Self::Staged(write) => write.store_step(&statement).await,
        }
    }
}
