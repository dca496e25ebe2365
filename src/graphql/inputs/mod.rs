//! What askers send, as the model has it: parsed here once, refused here with the argument's name.

pub(super) mod filter;
pub(super) mod follow;
pub(super) mod page;
pub(in crate::graphql) mod trace;
