//! Dependencies that block a deletion.

use std::collections::BTreeSet;

use crate::model::change::Subject;
use crate::model::id::{EntityId, SourceId};

/// A dependency that blocks the deletion of a record.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dependency {
    /// Records refer to the entity.
    Entity(EntityId),
    /// Statements cite the source.
    Source(SourceId),
    /// Data sets that stay have statements on the record.
    Stated(Subject),
    /// The statements are the last evidence of the row of a record.
    Evidence,
}

/// The records that depend on a record that is to be deleted.
#[derive(Default)]
pub(super) struct Referrers {
    pub(super) by: BTreeSet<String>,
    /// Whether a record that the writer cannot see depends on it.
    pub(super) hidden: bool,
}
