//! Rows as the parameter of statements that write: sent in pieces, each as large as the driver sends well.

use neo4rs::BoltType;

use super::error::Failed;
use super::properties::Properties;
use super::statement::{Statement, cut, cypher};
use super::transaction::Transaction;
use crate::store::Answer;

/// Below so many bytes a write is sent in pieces that do not stall; above, each piece stalls once, and is large.
const SMALL_BYTES_MAX: usize = 120_000;
pub(super) const SMALL_PIECE_BYTES: usize = 6_000;
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

/// Sends rows in pieces. No rows: nothing is sent.
pub(super) async fn send(
    txn: &mut Transaction,
    statement: &Statement,
    parameter: &str,
    rows: Vec<Row>,
) -> Result<Answer<()>, Failed> {
    Ok(send_counting(txn, statement, parameter, rows).await?.map(|_| ()))
}

/// [`send`], and the sum of what the statement counted.
pub(super) async fn send_counting(
    txn: &mut Transaction,
    statement: &Statement,
    parameter: &str,
    rows: Vec<Row>,
) -> Result<Answer<usize>, Failed> {
    let all: usize = rows.iter().map(|row| row.bytes).sum();
    let piece = if all < SMALL_BYTES_MAX {
        SMALL_PIECE_BYTES
    } else {
        LARGE_PIECE_BYTES
    };
    let mut counted = 0;
    for rows in cut(&rows, |row| row.bytes, piece) {
        let values: Vec<BoltType> = rows.iter().map(|row| row.value.clone()).collect();
        match txn
            .run::<(i64,)>(statement.clone().with(parameter, values))
            .await?
        {
            Ok(counts) => {
                counted += counts
                    .iter()
                    .map(|(count,)| usize::try_from(*count).unwrap_or(0))
                    .sum::<usize>();
            }
            Err(error) => return Ok(Err(error)),
        }
    }
    Ok(Ok(counted))
}
