//! Reading: a reader of one revision, and its reads.

pub(in crate::store) mod clauses;
mod counts;
mod datasets;
mod delegation;
mod expand;
mod ledger;
mod list_entities;
mod list_relations;
mod log;
mod neighborhood;
mod observations;
pub(in crate::store) mod reader;
mod records;
mod redirects;
mod regions;
