//! Output types: the values of the model as GraphQL types, one file per family.

pub(super) mod aggregate;
pub(super) mod analysis;
pub(super) mod change;
mod covers;
pub(super) mod dataset;
pub(super) mod entity;
mod figure;
pub(super) mod flow;
pub(super) mod incident;
pub(super) mod indicator;
pub(super) mod kinds;
pub(super) mod leverage;
pub(super) mod mechanism;
pub(super) mod named;
pub(super) mod observation;
pub(super) mod ontology;
pub(super) mod page;
pub(super) mod properties;
pub(super) mod quantity;
pub(super) mod relation;
pub(super) mod rule;
pub(super) mod statement;
pub(super) mod subgraph;
pub(super) mod trace;
mod truncation;
pub(super) mod vocabulary;
pub(super) mod write_result;
