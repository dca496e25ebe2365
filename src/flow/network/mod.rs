//! The network of a layer: the part between the ends of a flow as nodes and edges with amounts in minor units.
//! Start at `flow_network`; `construction` builds one from facts and assumptions.

pub(super) mod assumption;
pub(super) mod components;
mod construction;
mod entity_numbers;
pub(super) mod flow_network;
mod grouped;
pub(super) mod indices;
pub(super) mod layer_part;
pub(super) mod passing;
pub(super) mod reach;
pub(super) mod scale;
pub(super) mod split;
