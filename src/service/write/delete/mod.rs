//! Deleting: records, sources, data sets and single statements, with what depends on them.

mod dependency;
pub(super) mod plan;
mod refusal;
pub(super) mod request;
pub(super) mod retraction;
mod set;
