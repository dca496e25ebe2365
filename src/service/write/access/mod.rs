//! Permissions of a writer: ownership of records, visibility of the graph, and the separation of restricted data sets.

pub(super) mod memberships;
pub(super) mod ownership;
pub(super) mod restriction;
pub(super) mod visibility;
