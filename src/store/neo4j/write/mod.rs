//! Writing: from the change set of a plan to its commit.

pub(in crate::store) mod commit;
mod draft;
mod draft_writer;
mod fence;
pub(in crate::store) mod lock;
pub(in crate::store) mod properties;
mod removal;
pub(in crate::store) mod restrictions;
mod rows;
mod sink;
pub(in crate::store) mod snapshot_hold;
mod staged;
mod totals;
mod visibility;
