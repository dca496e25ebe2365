//! Every test, in one binary: it links once, and they share one support module.

mod conformance;
mod embedded;
mod graphql_read;
mod graphql_schema;
mod support;
mod tidy;
