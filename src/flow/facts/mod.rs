//! The facts of a layer: which relations belong to it, what each contributes, and what entities pass on of what they keep.
//! Start at `layer`.

pub(super) mod carriers;
pub(super) mod edge_fact;
pub(super) mod layer;
pub(super) mod layer_facts;
pub(super) mod layers;
pub(super) mod split_fact;
