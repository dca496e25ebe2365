//! The records that an upsert touches.

use crate::model::change::Subject;
use crate::service::write::check::evidence::ResolvedStatement;
use crate::service::write::split_batch::BatchRecord;

/// A record that a batch touches, with its row and statements in the batch.
pub(super) struct UpsertTarget<'a> {
    pub(super) subject: Subject,
    /// Its row; `None` if the batch has only statements on it, or no longer has a row for it.
    pub(super) row: Option<&'a BatchRecord>,
    /// Statements beside those of its row.
    pub(super) statements: Vec<&'a ResolvedStatement<'a>>,
}

impl UpsertTarget<'_> {
    pub(super) fn new(subject: Subject) -> Self {
        Self {
            subject,
            row: None,
            statements: Vec::new(),
        }
    }
}
