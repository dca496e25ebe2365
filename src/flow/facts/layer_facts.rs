//! The facts of a layer, as they were read.

use super::carriers::CarrierFact;
use super::edge_fact::EdgeFact;

/// The facts of a layer as a store returned them: all that are valid and count.
#[derive(Clone, Debug, Default)]
pub struct LayerFacts {
    /// The relations of the layer, by id.
    pub edges: Vec<EdgeFact>,
    /// The relations that pass on what an entity would keep.
    pub carriers: Vec<CarrierFact>,
    /// Whether implied statements count.
    pub may_imply: bool,
}
