//! GraphQL: the schema, and answers to requests.
//!
//! Resolvers translate what was asked, call one use case, and translate its answer back. What hangs below a list is read
//! in batches ([`batch`]); everything in one request is read in one session, so at one revision.

mod ask;
mod asker;
mod batch;
mod cursor;
mod document_limits;
mod enums;
mod errors;
mod feed;
mod front;
mod inputs;
mod limits;
mod loaders;
mod meter;
mod mutation;
mod plain;
mod query;
mod question;
mod scalars;
mod schema;
mod subscription;
mod text;
mod types;

pub(crate) use errors::{Code, Failure};
pub use feed::{Event, Followed};
pub use front::SentVariables;
pub use limits::DocumentLimits;
pub use question::{Answer, Question};
pub use schema::{Engine, sdl};
