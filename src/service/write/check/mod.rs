//! Checks of a batch: of its records by themselves, of the keys it names, of its evidence, and of what it adds up to with the graph.

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
