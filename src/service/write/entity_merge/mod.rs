//! Merging entities: several that turn out to be one become one, with everything that refers to them.

mod changes;
pub(super) mod fold;
pub(super) mod plan;
pub(super) mod request;
pub(super) mod unite;
