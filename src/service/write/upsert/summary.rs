//! What came of an upsert.

use crate::model::change::Revision;

/// How many records a batch created, updated, left unchanged and deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UpsertSummary {
    /// The revision of the graph afterwards.
    pub revision: Revision,
    /// New records.
    pub created: usize,
    /// Records that changed, or whose statements did.
    pub updated: usize,
    /// Records that were as the batch has them.
    pub unchanged: usize,
    /// Deleted records.
    pub deleted: usize,
}
