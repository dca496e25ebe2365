//! What a network is made of: the relations of a layer, and what is passed on of what entities would keep.

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

/// What an entity absorbs is passed on by shares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct SplitFact {
    /// Who absorbs it.
    pub(super) entity: EntityId,
    /// Who gets which part; the rest stays.
    pub(super) parts: Vec<PartFact>,
    /// The shares of it that are known, in sum, whoever gets them.
    pub(super) known: Decimal,
}

/// A part of what an entity absorbs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PartFact {
    /// The relation that says so.
    pub(super) relation: RelationId,
    /// Who gets it.
    pub(super) to: EntityId,
    /// Which part, 0–1, or why it is not known.
    pub(super) share: Result<Decimal, MissingReason>,
}
