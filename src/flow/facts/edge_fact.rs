//! A relation of a layer, as a fact from which a network is built.

use super::layer::{LayerContribution, MissingReason};
use crate::model::id::{EntityId, RelationId};

/// A relation of a layer, an edge of the network.
#[derive(Clone, Debug)]
pub struct EdgeFact {
    /// The id of the relation.
    pub relation: RelationId,
    /// The `from` end.
    pub from: EntityId,
    /// The `to` end.
    pub to: EntityId,
    /// Its direction and amount in the layer.
    pub contribution: LayerContribution,
}

impl EdgeFact {
    /// Whether it has statements but none passes the filter.
    pub fn is_unsupported(&self) -> bool {
        self.contribution.missing == Some(MissingReason::Doubted)
    }
}
