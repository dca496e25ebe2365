//! The model: the types of the graph. They are validated when constructed, so every value is valid.
//!
//! The model depends on no store, API or file format; those layers have their own types and convert.

pub mod actor;
pub mod basis;
pub mod budget;
pub mod change;
pub(crate) mod closed;
pub mod currency;
mod date_text;
pub mod entity;
mod entity_kind;
pub mod field;
pub mod flow_direction;
pub mod footprint;
pub mod free_text;
pub mod id;
pub mod job;
pub mod key;
pub mod language;
pub mod locator;
pub mod log_datasets;
pub mod memory;
pub mod ontology;
pub mod page;
pub mod partial_date;
pub mod period;
pub mod principal;
pub mod quantity;
pub mod record;
pub mod refusal;
pub mod relation;
pub mod resource;
pub mod selector;
pub mod statement;
pub mod subgraph;
pub mod sum;
pub mod text;
pub mod text_limit;
pub mod unit;
pub mod vocabulary;
pub mod walk;

pub use rust_decimal::Decimal;
