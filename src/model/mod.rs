//! The model: what the graph is made of. Pure, validated types; a value that exists is valid.
//!
//! No type here knows of a store, of GraphQL or of a file: the edges have counterparts and translate.

pub mod basis;
pub mod budget;
pub mod change;
pub(crate) mod closed;
pub mod entity;
pub mod id;
pub mod key;
pub mod log;
pub mod ontology;
pub mod page;
pub mod period;
pub mod principal;
pub mod quantity;
pub mod record;
pub mod relation;
pub mod selector;
pub mod statement;
pub mod subgraph;
pub mod sum;
pub mod text;
pub mod unit;
pub mod walk;

pub use rust_decimal::Decimal;
