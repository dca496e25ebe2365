//! The request and the summary of an entity merge.

use crate::model::id::EntityId;
use crate::service::write::terms::Terms;

/// Entities to merge. Problems refer to each by index: 0 is the one kept, then those merged into it.
#[derive(Debug)]
pub struct EntityMerge {
    /// The entity kept.
    pub keep: EntityId,
    /// The entities merged into it.
    pub merge: Vec<EntityId>,
    /// The author and the conditions of the write.
    pub terms: Terms,
}

/// The result of an entity merge.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntityMergeSummary {
    /// The entities merged; those that were merged into the one kept before are not among them.
    pub ids: Vec<EntityId>,
    /// Number of relations that started or ended at one of them, or fell under it.
    pub relations_moved: usize,
}
