//! What a network is made of: the relations of a layer, and what is passed on of what entities would keep.

use super::extent::Grains;
use super::layer::{Carried, MissingReason};
use crate::model::Decimal;
use crate::model::id::{EntityId, RelationId};

/// A relation of the layer.
#[derive(Clone, Debug)]
pub struct LinkFact {
    /// Its key.
    pub relation: RelationId,
    /// Where it begins.
    pub from: EntityId,
    /// Where it ends.
    pub to: EntityId,
    /// What it is in the layer.
    pub carried: Carried,
}

impl LinkFact {
    /// Whether it has statements, and none that passes.
    pub fn is_doubted(&self) -> bool {
        self.carried.missing == Some(MissingReason::Doubted)
    }
}

/// A node of a network: an entity, or what one entity keeps of what another passed on to it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum NodeKey {
    Entity(EntityId),
    /// What came from the first and stays with the second. It belongs to the industries of the first alone.
    Portion(EntityId, EntityId),
}

impl NodeKey {
    /// The entity whose name the node bears.
    pub(super) fn entity(&self) -> &EntityId {
        match self {
            Self::Entity(id) | Self::Portion(id, _) => id,
        }
    }
}

/// What an entity would keep is passed on, in parts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SplitFact {
    /// Who would keep it.
    pub(super) giver: NodeKey,
    /// Who gets which part; the rest stays.
    pub(super) parts: Vec<PartFact>,
    /// The shares of it that are known, in sum, whoever gets them: 1 at most.
    pub(super) known: Decimal,
    /// The number of parts that are not stated, whoever gets them.
    pub(super) open: usize,
    /// Whether the parts that are not stated take together all that the others leave.
    pub(super) takes_all: bool,
}

/// A part of what an entity would keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PartFact {
    /// The relation that says so.
    pub(super) relation: RelationId,
    /// Who gets it.
    pub(super) to: NodeKey,
    /// How much.
    pub(super) size: PartSize,
}

/// What is stated of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PartSize {
    /// A share of the whole, 0–1.
    Share(Decimal),
    /// A share between two: shares of different times that are more than the whole together.
    Between(Decimal, Decimal),
    /// An amount; over what is there, an upper bound.
    Amount(StatedAmount),
    /// Nothing, and why.
    Open(MissingReason),
}

/// An amount that a relation states in the unit and status of the layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatedAmount {
    /// At least.
    pub lower: Decimal,
    /// At most; none: without end.
    pub upper: Option<Decimal>,
    /// What is not known of it; none: it is one number.
    pub missing: Option<MissingReason>,
}

/// A link that is put between two nodes without a relation of its own: what of a portion goes on.
#[derive(Clone, Debug)]
pub(super) struct OnwardLink {
    pub(super) from: NodeKey,
    pub(super) to: EntityId,
    pub(super) relation: RelationId,
    /// At least and at most, in grains of the network.
    pub(super) lower: Grains,
    pub(super) upper: Option<Grains>,
}
