//! Arguments of queries and mutations, parsed into the types of the model. Errors name the argument.

pub(super) mod filter;
pub(super) mod flow;
pub(super) mod page;
pub(super) mod redirects;
pub(super) mod selector;
pub(super) mod time;
pub(super) mod trace;
pub(super) mod write;
