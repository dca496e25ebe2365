//! Deletion of records, sources, data sets and single statements, with their dependents.

mod dependency;
pub(super) mod plan;
mod prepare;
mod refusal;
pub(super) mod request;
pub(super) mod retraction;
mod set;
