//! Clauses of Cypher that several statements contain.

pub(in crate::store) mod filter;
pub(in crate::store) mod region;
pub(in crate::store) mod visibility;
pub(in crate::store) mod window;
