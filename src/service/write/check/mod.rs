//! Checks of a batch: each record by itself, keys and references, evidence, and the batch together with the graph.

mod cohort;
pub(super) mod evidence;
pub(super) mod former_ids;
pub(super) mod hierarchy;
pub(super) mod keys;
pub(super) mod record;
pub(super) mod relation;
pub(super) mod shares;
pub(super) mod text;
pub(super) mod unknown_keys;
