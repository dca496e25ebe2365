//! A split, as a fact from which a network is built: what an entity would keep, divided into parts.

use super::layer::{MissingReason, StatedAmount};
use crate::model::Decimal;
use crate::model::id::{EntityId, RelationId};

/// A node of a network: an entity, or the part that one entity keeps of what another passed on to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::flow) enum NodeKey {
    Entity(EntityId),
    /// What came from the first and stays with the second; it belongs to the industries of the first only.
    Portion(EntityId, EntityId),
}

impl NodeKey {
    /// The entity that names the node.
    pub(in crate::flow) fn entity(&self) -> &EntityId {
        match self {
            Self::Entity(id) | Self::Portion(id, _) => id,
        }
    }
}

/// What an entity would keep, divided into parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::flow) struct SplitFact {
    /// The node that would keep it.
    pub(in crate::flow) giver: NodeKey,
    /// The parts and their receivers; the rest stays.
    pub(in crate::flow) parts: Vec<PartFact>,
    /// The sum of the known shares, whoever receives them; at most 1.
    pub(in crate::flow) known: Decimal,
    /// The number of parts of unknown size, whoever receives them.
    pub(in crate::flow) open: usize,
    /// Whether the parts of unknown size together take everything that the others leave.
    pub(in crate::flow) takes_all: bool,
}

/// A part of what an entity would keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::flow) struct PartFact {
    /// The relation that states it.
    pub(in crate::flow) relation: RelationId,
    /// The receiver.
    pub(in crate::flow) to: NodeKey,
    /// The size.
    pub(in crate::flow) size: PartSize,
}

/// The stated size of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::flow) enum PartSize {
    /// A share of the whole, 0–1.
    Share(Decimal),
    /// A share between two values, for shares of different times that together exceed the whole.
    Between(Decimal, Decimal),
    /// An amount; if it exceeds what is available, an upper bound.
    Amount(StatedAmount),
    /// Unknown, with the reason.
    Open(MissingReason),
}
