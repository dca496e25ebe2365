//! Rows as the parameter of statements that write, and where they go: sent in pieces, each as large as the driver sends well, or
//! kept as the steps of a write that is too large for one transaction.

use neo4rs::BoltType;

use super::error::Failed;
use super::properties::Properties;
use super::staged::{Stage, Step};
use super::statement::{Statement, cut, cypher};
use super::transaction::Transaction;
use crate::store::{Answer, StoreError};

/// Below so many bytes a write is sent in pieces that do not stall; above, each piece stalls once, and is large.
const SMALL_BYTES_MAX: usize = 120_000;
const SMALL_PIECE_BYTES: usize = 6_000;
/// A step of a staged write is as large: some hundred rows, for whose transaction any server has the memory.
const LARGE_PIECE_BYTES: usize = 1_000_000;

/// A row of a statement, and about how many bytes it takes.
pub(super) struct Row {
    value: BoltType,
    bytes: usize,
}

impl Row {
    pub(super) fn new(properties: Properties, bytes: usize) -> Self {
        Self {
            value: properties.map(),
            bytes,
        }
    }
    pub(super) fn key(key: &str) -> Self {
        Self {
            value: key.into(),
            bytes: key.len(),
        }
    }
}

/// The statement that writes the nodes of a label by their key.
pub(super) fn nodes_of(label: &str, key: &str) -> Statement {
    cypher!("put_nodes").fill("label", label).fill("key", key)
}

/// Where the statements of a write go.
pub(super) enum Sink<'w> {
    /// To the server, in the one transaction of the write.
    Now(&'w mut Transaction),
    /// Into steps, to be applied once the write is announced.
    Later(&'w mut Stage),
}

impl Sink<'_> {
    /// Runs a statement that needs no rows.
    pub(super) async fn run(&mut self, statement: Statement) -> Result<Answer<()>, Failed> {
        self.take(Step {
            statement,
            parameter: "rows",
            rows: Vec::new(),
            each: false,
        })
        .await
    }

    /// Sends rows in pieces. No rows: nothing is sent.
    pub(super) async fn send(
        &mut self,
        statement: &Statement,
        parameter: &'static str,
        rows: Vec<Row>,
    ) -> Result<Answer<()>, Failed> {
        self.pieces(statement, parameter, rows, false).await
    }

    /// [`send`](Self::send), of a statement that must count every row.
    pub(super) async fn send_each(
        &mut self,
        statement: &Statement,
        parameter: &'static str,
        rows: Vec<Row>,
    ) -> Result<Answer<()>, Failed> {
        self.pieces(statement, parameter, rows, true).await
    }

    async fn pieces(
        &mut self,
        statement: &Statement,
        parameter: &'static str,
        rows: Vec<Row>,
        each: bool,
    ) -> Result<Answer<()>, Failed> {
        let all: usize = rows.iter().map(|row| row.bytes).sum();
        let piece = match self {
            Self::Now(_) if all < SMALL_BYTES_MAX => SMALL_PIECE_BYTES,
            Self::Now(_) | Self::Later(_) => LARGE_PIECE_BYTES,
        };
        for rows in cut(&rows, |row| row.bytes, piece) {
            let step = Step {
                statement: statement.clone(),
                parameter,
                rows: rows.iter().map(|row| row.value.clone()).collect(),
                each,
            };
            if let Err(error) = self.take(step).await? {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }

    async fn take(&mut self, step: Step) -> Result<Answer<()>, Failed> {
        match self {
            Self::Now(txn) => run(txn, step).await,
            Self::Later(stage) => stage.keep(&step).await,
        }
    }
}

/// Runs a step in a transaction.
pub(super) async fn run(txn: &mut Transaction, step: Step) -> Result<Answer<()>, Failed> {
    let expected = step.each.then_some(step.rows.len());
    let counts = match txn
        .run::<(i64,)>(step.statement.with(step.parameter, step.rows))
        .await?
    {
        Ok(counts) => counts,
        Err(error) => return Ok(Err(error)),
    };
    let counted: i64 = counts.iter().map(|(count,)| count).sum();
    Ok(match expected {
        Some(expected) if usize::try_from(counted) != Ok(expected) => Err(StoreError::Fault(format!(
            "a write has {expected} relations of a kind, and {counted} have both their ends"
        ))),
        _ => Ok(()),
    })
}
