//! Every test, in one binary: it links once, and they share one support module.

mod conformance;
mod embedded;
mod import_merge;
mod import_refusals;
mod import_round_trip;
mod import_seed;
mod import_support;
mod graphql_schema;
mod support;
mod tidy;
