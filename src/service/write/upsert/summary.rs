//! The summary of an upsert.

use crate::model::change::Revision;

/// Number of records that a batch created, updated, left unchanged and deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UpsertSummary {
    /// The revision of the graph afterwards.
    pub revision: Revision,
    /// New records.
    pub created: usize,
    /// Records that changed or whose statements changed.
    pub updated: usize,
    /// Records that were the same already.
    pub unchanged: usize,
    /// Deleted records.
    pub deleted: usize,
}
