//! GraphQL: the schema, and the execution of requests.
//!
//! Resolvers parse their arguments, call one use case of the service, and convert its result. The records
//! that the items of a list refer to are read in batches ([`batch`]). A query reads everything in one
//! session, and so at one revision; each field of a mutation reads at the revision of its write.

mod batch;
mod cost;
mod cursor;
mod document_limits;
mod document_text;
mod enums;
mod errors;
mod execute_json;
mod feed;
mod inputs;
mod limits;
mod loaders;
mod meter;
mod mutation;
mod plain_fields;
mod prepared_request;
mod query;
mod request_context;
mod response;
mod scalars;
mod schema;
mod selection_size;
mod subscription;
mod types;
mod validation;

pub(crate) use errors::{ErrorCode, Failure};
pub use feed::{ChangeFeed, FeedEvent};
pub use limits::DocumentLimits;
pub use prepared_request::PreparedRequest;
pub use response::GraphqlResponse;
pub use schema::{Engine, sdl};
pub use validation::SentVariables;
