//! The records that an upsert touches.

use crate::model::change::Subject;
use crate::service::write::check::evidence::ResolvedStatement;
use crate::service::write::split_batch::BatchRecord;

/// A record that a batch touches, with what the batch says of it.
pub(super) struct UpsertTarget<'a> {
    pub(super) subject: Subject,
    /// Its row; none where the batch has statements on it alone, or no longer has a row for it.
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
