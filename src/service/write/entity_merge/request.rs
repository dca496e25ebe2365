//! Entity merges as they are asked for, and what came of them.

use crate::model::id::EntityId;
use crate::service::write::terms::Terms;

/// Entities to merge. Problems name each by its place: 0 is the one kept, then those merged into it.
#[derive(Debug)]
pub struct EntityMerge {
    /// The entity kept.
    pub keep: EntityId,
    /// The entities merged into it.
    pub merge: Vec<EntityId>,
    /// Who writes, and on what terms.
    pub terms: Terms,
}

/// What came of an entity merge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntityMergeSummary {
    /// The entities merged; those that were merged into the one kept before are not among them.
    pub ids: Vec<EntityId>,
    /// How many relations began or ended at one of them, or fell under it.
    pub relations_moved: usize,
}
