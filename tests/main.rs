//! Every test, in one binary: it links once, and they share one support module.

mod conformance;
mod embedded;
mod graphql_aggregate;
mod graphql_batches;
mod graphql_filters;
mod graphql_limits;
mod graphql_pages;
mod graphql_read;
mod graphql_schema;
mod http_audits;
mod http_edge;
mod import_seed;
mod import_support;
mod support;
mod tidy;
mod trace_properties;
