//! Rows, which are the parameters of statements that write.

use neo4rs::BoltType;

use super::properties::NodeProperties;
use crate::store::StoreError;
use crate::store::neo4j::driver::error::Neo4jResult;
use crate::store::neo4j::driver::statement::{CypherStatement, cypher};
use crate::store::neo4j::driver::transaction::Transaction;

/// A row of a statement, with its approximate size in bytes.
pub(super) struct WriteRow {
    pub(super) value: BoltType,
    pub(super) bytes: usize,
}

impl WriteRow {
    /// A row of properties.
    pub(super) fn new(properties: NodeProperties, bytes: usize) -> Self {
        Self {
            value: properties.map(),
            bytes,
        }
    }

    /// A row that is a key.
    pub(super) fn key(key: &str) -> Self {
        Self {
            value: key.into(),
            bytes: key.len(),
        }
    }
}

/// The statement that writes the nodes of a label by their key.
pub(super) fn nodes_of(label: &str, key: &str) -> CypherStatement {
    cypher!("put_nodes").fill("label", label).fill("key", key)
}

/// A statement with its rows.
pub(super) struct RowStatement {
    pub(super) statement: CypherStatement,
    /// The name of the parameter.
    pub(super) parameter: &'static str,
    pub(super) rows: Vec<BoltType>,
    /// Whether the statement must return a count of all rows.
    pub(super) counts_each: bool,
}

impl RowStatement {
    /// Runs it in a transaction.
    pub(super) async fn run(self, txn: &mut Transaction) -> Neo4jResult<()> {
        let expected = self.counts_each.then_some(self.rows.len());
        let counts = txn
            .run::<(i64,)>(self.statement.with(self.parameter, self.rows))
            .await?;
        let counted: i64 = counts.iter().map(|(count,)| count).sum();
        match expected {
            Some(expected) if usize::try_from(counted) != Ok(expected) => Err(StoreError::Internal(format!(
                "of {expected} relations of one kind, only {counted} have both their ends"
            ))
            .into()),
            _ => Ok(()),
        }
    }
}
