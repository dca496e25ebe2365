//! The indices of nodes and edges in a network.

/// The index of an entity in a network. Entities are ordered by id, so that answers do not depend on the
/// store.
pub(in crate::flow) type NodeIndex = usize;

/// The index of an edge in a network.
pub(in crate::flow) type EdgeIndex = usize;
