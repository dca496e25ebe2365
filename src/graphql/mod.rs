//! GraphQL: the schema, and answers to requests.
//!
//! Resolvers translate what was asked, call one use case, and translate its answer back. What hangs below a list is read
//! in batches ([`batch`]); everything in one request is read in one session, so at one revision.

mod batch;
mod cursor;
mod enums;
mod errors;
mod inputs;
mod limits;
mod loaders;
mod mutation;
mod plain;
mod query;
mod scalars;
mod schema;
mod text;
mod types;

pub(crate) use errors::{Code, Failure};
pub use limits::DocumentLimits;
pub use schema::{Answer, Engine, Question, sdl};
