//! The facts from which a network is built: relations of a layer, and splits of what entities would keep.

use super::amount_range::MinorUnits;
use super::layer::{LayerContribution, MissingReason, StatedAmount};
use crate::model::Decimal;
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

/// A node of a network: an entity, or the part that one entity keeps of what another passed on to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum NodeKey {
    Entity(EntityId),
    /// What came from the first and stays with the second; it belongs to the industries of the first only.
    Portion(EntityId, EntityId),
}

impl NodeKey {
    /// The entity that names the node.
    pub(super) fn entity(&self) -> &EntityId {
        match self {
            Self::Entity(id) | Self::Portion(id, _) => id,
        }
    }
}

/// What an entity would keep, divided into parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SplitFact {
    /// The node that would keep it.
    pub(super) giver: NodeKey,
    /// The parts and their receivers; the rest stays.
    pub(super) parts: Vec<PartFact>,
    /// The sum of the known shares, whoever receives them; at most 1.
    pub(super) known: Decimal,
    /// The number of parts of unknown size, whoever receives them.
    pub(super) open: usize,
    /// Whether the parts of unknown size together take everything that the others leave.
    pub(super) takes_all: bool,
}

/// A part of what an entity would keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PartFact {
    /// The relation that states it.
    pub(super) relation: RelationId,
    /// The receiver.
    pub(super) to: NodeKey,
    /// The size.
    pub(super) size: PartSize,
}

/// The stated size of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PartSize {
    /// A share of the whole, 0–1.
    Share(Decimal),
    /// A share between two values, for shares of different times that together exceed the whole.
    Between(Decimal, Decimal),
    /// An amount; if it exceeds what is available, an upper bound.
    Amount(StatedAmount),
    /// Unknown, with the reason.
    Open(MissingReason),
}

/// An edge without a relation of its own, for the part of a portion that flows on.
#[derive(Clone, Debug)]
pub(super) struct OnwardEdge {
    pub(super) from: NodeKey,
    pub(super) to: EntityId,
    pub(super) relation: RelationId,
    /// Minimum and maximum in minor units of the network.
    pub(super) lower: MinorUnits,
    pub(super) upper: Option<MinorUnits>,
}
