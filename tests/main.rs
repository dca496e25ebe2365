//! Every test, in one binary: it links once, and they share one support module.

// A test says what is wrong by failing, and nothing here is used from outside.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unreachable_pub)]
// A snapshot is long, and a config that differs in one field reads best so.
#![allow(
    clippy::too_many_lines,
    clippy::field_reassign_with_default,
    clippy::needless_raw_string_hashes
)]

mod amounts;
mod answer_parity;
mod command;
mod command_backup;
mod command_key;
mod command_neo4j;
mod command_query;
mod command_sources;
mod conformance;
mod crash;
mod deployment;
mod embedded;
mod embedded_check;
mod embedded_disk;
mod embedded_faults;
mod embedded_files;
mod embedded_unreadable;
mod explorer;
mod flow_properties;
mod fuzz_backup;
mod fuzz_http;
mod fuzz_parsers;
mod graphql_access;
mod graphql_aggregate;
mod graphql_analysis;
mod graphql_batches;
mod graphql_changes;
mod graphql_concurrent;
mod graphql_cursors;
mod graphql_filters;
mod graphql_flow;
mod graphql_indicators;
mod graphql_limits;
mod graphql_pages;
mod graphql_placements;
mod graphql_read;
mod graphql_relay;
mod graphql_requests;
mod graphql_schema;
mod graphql_time;
mod graphql_trace;
mod graphql_vocabulary;
mod graphql_writing;
mod hostile;
mod http_audits;
mod http_connections;
mod http_crowds;
mod http_edge;
mod http_explorer;
mod http_feed;
mod http_hosts;
mod http_keys;
mod http_killed;
mod http_partners;
mod http_probes;
mod http_schemathesis;
mod http_tokens;
mod import_fields;
mod import_graphs;
mod import_merge;
mod import_merged;
mod import_part;
mod import_refusals;
mod import_round_trip;
mod import_seed;
mod import_support;
mod kunshan;
mod ledger_properties;
mod limits_table;
mod linear_bounds;
mod memory;
mod neo4j_cost;
mod neo4j_docs;
mod neo4j_faults;
mod neo4j_feed;
mod neo4j_foreign;
mod neo4j_native;
mod neo4j_schema;
mod neo4j_server;
mod ontology;
mod readme;
mod requests;
mod restricted;
mod search_folding;
mod store_parity;
mod support;
mod tidy;
mod trace_properties;
mod trace_service;
mod work;
