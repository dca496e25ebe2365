//! Receiving a request: the content type, the body within its limit, and the GraphQL request in it. Start at `graphql_request`.

pub(super) mod body;
pub(super) mod content_type;
pub(super) mod graphql_request;
