//! The state of the graph, which every statement that reads returns in its last row.

use neo4rs::Row;

use super::error::unreadable_row;
use crate::model::change::Revision;
use crate::store::StoreResult;

/// The revision of the graph, and what is being written to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) struct GraphState {
    /// The revision.
    pub(in crate::store) revision: Revision,
    /// The revision of the commit that is being applied; equal to `revision` if there is none.
    pub(in crate::store) committing: Revision,
    /// The revision that last changed a redirect or a restriction, of which each process keeps a copy.
    pub(in crate::store) merged_at: Revision,
    /// Whether a commit that is being applied is a staged write, which may take minutes.
    pub(in crate::store) staged: bool,
    /// The version of the schema.
    pub(in crate::store) schema: i64,
}

impl GraphState {
    /// Whether no commit is being applied.
    pub(in crate::store) fn is_settled(&self) -> bool {
        self.committing <= self.revision
    }

    /// Reads the last row of a statement that reads.
    pub(super) fn read(row: &Row) -> StoreResult<Self> {
        let (revision, committing, merged_at, staged, schema): (i64, i64, i64, bool, i64) =
            row.get("row").map_err(|error| unreadable_row(&error))?;
        Ok(Self {
            revision: Revision(revision.cast_unsigned()),
            committing: Revision(committing.cast_unsigned()),
            merged_at: Revision(merged_at.cast_unsigned()),
            staged,
            schema,
        })
    }
}
