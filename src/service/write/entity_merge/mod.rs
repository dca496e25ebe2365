//! Entity merges: several entities become one, with all records that refer to them.

mod changes;
pub(super) mod combine;
pub(super) mod fold;
pub(super) mod plan;
pub(super) mod request;
