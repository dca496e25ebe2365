//! What askers send, as the model has it: parsed here once, refused here with the argument's name.

pub(super) mod filter;
pub(super) mod flow;
pub(super) mod follow;
pub(super) mod page;
pub(super) mod selector;
pub(super) mod time;
pub(super) mod trace;
pub(super) mod write;
