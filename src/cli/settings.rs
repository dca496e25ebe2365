//! The settings, the options that set them on the command line or in the environment, and their defaults.
//!
//! An option that is not given is none and is not serialized, so that the value of a source of lower precedence
//! remains: `read_settings` merges the options into the defaults. A field must therefore have the same name in the
//! options and in [`Settings`]. The doc comments of the options are their help texts; `defaults` appends the defaults
//! of numbers to them.

use std::net::{IpAddr, SocketAddr};
use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::path::PathBuf;

use clap::Args;
use serde::{Deserialize, Serialize};

use super::auth_args::{AuthArgs, Switch};
use super::neo4j_args::Neo4jArgs;
use crate::graphql::DocumentLimits;
use crate::http;
use crate::service;
use crate::store::embedded::VIEWS_MAX;
use crate::store::neo4j::Neo4jLimits;

/// The options of the store. They are global, so that `hukun key list --store …` equals `hukun key --store … list`.
#[derive(Args, Serialize)]
pub(super) struct StoreOptions {
    /// Store: embedded, neo4j://HOST:PORT, or bolt://HOST:PORT for a single server [default: embedded]
    #[arg(long, env = "HUKUN_STORE", global = true, value_name = "STORE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<String>,
    /// Directory of the embedded store [default: data]
    #[arg(long, env = "HUKUN_DATA_DIR", global = true, value_name = "DIR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    data_dir: Option<PathBuf>,
    #[command(flatten)]
    #[serde(flatten)]
    neo4j: Neo4jArgs,
}

// Makes both the options of `hukun serve` and the settings, so that most options are written once: with the help text,
// the type and the environment variable. The short help (`-h`) hides the `expert` ones.
macro_rules! serve_options {
    (
        common { $($(#[doc = $doc:literal])+ $name:ident: $type:ty = $env:literal,)+ }
        expert { $($(#[doc = $expert_doc:literal])+ $expert:ident: $expert_type:ty = $expert_env:literal,)+ }
    ) => {
        /// The options of `hukun serve`.
        #[derive(Args, Serialize)]
        pub(super) struct ServeOptions {
            /// Directory with the files of sources, to show quotations in context; files are matched by SHA-256, not by name
            #[arg(long, env = "HUKUN_SOURCES", value_name = "DIR")]
            #[serde(skip_serializing_if = "Option::is_none")]
            sources: Option<PathBuf>,
            /// Second address that serves only /health/live and /health/ready
            #[arg(long, env = "HUKUN_HEALTH_LISTEN", value_name = "ADDR")]
            #[serde(skip_serializing_if = "Option::is_none")]
            health_listen: Option<SocketAddr>,
            /// Start without the built-in data set; the embedded store remembers this
            #[arg(long, env = "HUKUN_EMPTY", value_name = "VALUE", num_args = 0..=1, default_missing_value = "true")]
            #[serde(skip_serializing_if = "Option::is_none")]
            empty: Option<bool>,
            /// Import the built-in data set if the graph is empty [default: true for the embedded store, false for Neo4j]
            #[arg(long, env = "HUKUN_SEED", value_name = "VALUE", num_args = 0..=1, default_missing_value = "true")]
            #[serde(skip_serializing_if = "Option::is_none")]
            seed: Option<bool>,
            $(
                $(#[doc = $doc])+
                #[arg(long, env = $env, value_name = "VALUE")]
                #[serde(skip_serializing_if = "Option::is_none")]
                $name: Option<$type>,
            )+
            $(
                $(#[doc = $expert_doc])+
                #[arg(
                    long, env = $expert_env, value_name = "VALUE", hide_short_help = true, help_heading = "Expert"
                )]
                #[serde(skip_serializing_if = "Option::is_none")]
                $expert: Option<$expert_type>,
            )+
            #[command(flatten)]
            #[serde(flatten)]
            auth: AuthArgs,
        }

        /// All settings, with defaults.
        #[derive(Serialize, Deserialize)]
        #[serde(deny_unknown_fields)]
        pub(super) struct Settings {
            pub(super) store: String,
            pub(super) data_dir: PathBuf,
            pub(super) store_user: String,
            pub(super) store_password_file: Option<PathBuf>,
            pub(super) store_database: Option<String>,
            pub(super) store_connections_max: usize,
            pub(super) store_connect_ms_max: u64,
            pub(super) store_query_ms_max: u64,
            pub(super) store_write_ms_max: u64,
            pub(super) store_transaction_records_max: usize,
            pub(super) store_lease_ms_max: u64,
            pub(super) store_startup_ms_max: u64,
            pub(super) store_poll_ms: u64,
            pub(super) anonymous: Switch,
            pub(super) auth_failures_per_minute_max: NonZeroU32,
            pub(super) proxies: Vec<IpAddr>,
            pub(super) jwt_jwks: Option<String>,
            pub(super) jwt_issuer: Option<String>,
            pub(super) jwt_audience: Option<String>,
            pub(super) jwt_roles_claim: String,
            pub(super) jwt_datasets_claim: String,
            pub(super) jwt_skew_s_max: u64,
            pub(super) jwt_refetch_s_min: NonZeroU64,
            pub(super) jwt_refresh_s_max: NonZeroU64,
            pub(super) sources: Option<PathBuf>,
            pub(super) health_listen: Option<SocketAddr>,
            pub(super) empty: bool,
            pub(super) seed: Option<bool>,
            $(pub(super) $name: $type,)+
            $(pub(super) $expert: $expert_type,)+
        }
    };
}

serve_options! {
    common {
        /// Address to listen on [default: 127.0.0.1:8080]
        listen: SocketAddr = "HUKUN_LISTEN",
        /// Serve /graphiql [default: true]
        graphiql: bool = "HUKUN_GRAPHIQL",
        /// Allow introspection and serve /schema.graphql [default: true]
        introspection: bool = "HUKUN_INTROSPECTION",
        /// Host names of this server besides localhost and addresses, separated by spaces; * allows every name
        hosts: String = "HUKUN_HOSTS",
        /// Origins besides this server's own whose pages may send requests, separated by spaces: `https://example.org`
        origins: String = "HUKUN_ORIGINS",
        /// Milliseconds that a request may take
        request_ms_max: u64 = "HUKUN_REQUEST_MS_MAX",
        /// Requests that run at a time
        concurrent_max: usize = "HUKUN_CONCURRENT_MAX",
        /// Threads that compute, at least 1 [default: the number of cores]
        work_threads: NonZeroUsize = "HUKUN_WORK_THREADS",
        /// Bytes of memory that all running requests may use together
        memory_max: u64 = "HUKUN_MEMORY_MAX",
        /// Open connections, at least 1
        connections_max: NonZeroUsize = "HUKUN_CONNECTIONS_MAX",
    }
    expert {
        /// Bytes of a request body
        body_bytes_max: usize = "HUKUN_BODY_BYTES_MAX",
        /// Bytes of a request body from a client that may write
        write_bytes_max: usize = "HUKUN_WRITE_BYTES_MAX",
        /// Bytes of an oversized request body that are read and discarded
        drain_bytes_max: usize = "HUKUN_DRAIN_BYTES_MAX",
        /// Milliseconds that a client may pause while its oversized request body is discarded
        drain_pause_ms_max: u64 = "HUKUN_DRAIN_PAUSE_MS_MAX",
        /// Requests that wait while others run
        queue_max: usize = "HUKUN_QUEUE_MAX",
        /// Seconds in Retry-After when the server is busy
        retry_after_s: u64 = "HUKUN_RETRY_AFTER_S",
        /// Milliseconds for running requests at shutdown
        shutdown_ms_max: u64 = "HUKUN_SHUTDOWN_MS_MAX",
        /// Open connections from one address, at least 1; those of trusted proxies are not counted
        connections_each_max: NonZeroUsize = "HUKUN_CONNECTIONS_EACH_MAX",
        /// Connections beyond these limits, which are served /health only
        connections_health_max: usize = "HUKUN_CONNECTIONS_HEALTH_MAX",
        /// Milliseconds to receive the head of a request
        header_ms_max: u64 = "HUKUN_HEADER_MS_MAX",
        /// Milliseconds that a connection may be idle, or its client read nothing of a response
        idle_ms_max: u64 = "HUKUN_IDLE_MS_MAX",
        /// Connections that can subscribe to changes (over a WebSocket or event stream)
        feed_connections_max: usize = "HUKUN_FEED_CONNECTIONS_MAX",
        /// Connections that can subscribe, for each principal; anonymous ones are counted by address
        feed_connections_each_max: usize = "HUKUN_FEED_CONNECTIONS_EACH_MAX",
        /// Operations that one WebSocket runs at a time
        feed_operations_max: usize = "HUKUN_FEED_OPERATIONS_MAX",
        /// Bytes of a WebSocket message from a client
        feed_message_bytes_max: usize = "HUKUN_FEED_MESSAGE_BYTES_MAX",
        /// Milliseconds for a client to initialize a WebSocket
        feed_init_ms_max: u64 = "HUKUN_FEED_INIT_MS_MAX",
        /// Milliseconds between pings of a WebSocket, or comments of an event stream, at least 1
        feed_ping_ms: NonZeroU64 = "HUKUN_FEED_PING_MS",
        /// Milliseconds for a client to receive one message
        feed_send_ms_max: u64 = "HUKUN_FEED_SEND_MS_MAX",
        /// Messages queued for a WebSocket client, at least 1
        feed_queue_max: NonZeroUsize = "HUKUN_FEED_QUEUE_MAX",
        /// Subscribers whose changes are computed at a time
        feed_concurrent_max: usize = "HUKUN_FEED_CONCURRENT_MAX",
        /// Deprecated: use --origins; the origins of both count
        feed_origins: String = "HUKUN_FEED_ORIGINS",
        /// Bytes of a GraphQL document
        document_bytes_max: usize = "HUKUN_DOCUMENT_BYTES_MAX",
        /// Nested brackets in a GraphQL document
        nesting_max: usize = "HUKUN_NESTING_MAX",
        /// Nested fields in a GraphQL document
        depth_max: usize = "HUKUN_DEPTH_MAX",
        /// Fields that a GraphQL document selects, fragments expanded
        fields_max: u64 = "HUKUN_FIELDS_MAX",
        /// Aliases in a GraphQL document, fragments expanded
        aliases_max: u64 = "HUKUN_ALIASES_MAX",
        /// Directives in a GraphQL document, fragments expanded
        directives_max: u64 = "HUKUN_DIRECTIVES_MAX",
        /// Values in an answer
        cost_max: u64 = "HUKUN_COST_MAX",
        /// Rows in all pages of an answer together
        rows_max: u64 = "HUKUN_ROWS_MAX",
        /// Bytes of an answer as JSON, with those of the records read for it
        answer_bytes_max: u64 = "HUKUN_ANSWER_BYTES_MAX",
        /// Relations that one step of a trace visits
        trace_work_max: u64 = "HUKUN_TRACE_WORK_MAX",
        /// Milliseconds of computing for one step of a trace
        trace_ms_max: u64 = "HUKUN_TRACE_MS_MAX",
        /// Relations that a flow is computed from
        flow_relations_max: usize = "HUKUN_FLOW_RELATIONS_MAX",
        /// Edges and coefficients that one part of a flow visits
        flow_work_max: u64 = "HUKUN_FLOW_WORK_MAX",
        /// Milliseconds of computing for one part of a flow
        flow_ms_max: u64 = "HUKUN_FLOW_MS_MAX",
        /// Relations that a ledger is computed from
        ledger_relations_max: usize = "HUKUN_LEDGER_RELATIONS_MAX",
        /// Entities, and relations, that an indicator is computed from
        indicator_facts_max: usize = "HUKUN_INDICATOR_FACTS_MAX",
        /// Sources that a trace is repeated without, one at a time
        robustness_sources_max: usize = "HUKUN_ROBUSTNESS_SOURCES_MAX",
        /// Entities that a search verifies
        search_candidates_max: usize = "HUKUN_SEARCH_CANDIDATES_MAX",
        /// Entities that an aggregate is computed from
        aggregate_entities_max: u64 = "HUKUN_AGGREGATE_ENTITIES_MAX",
        /// Entities in a neighbourhood
        neighbourhood_entities_max: usize = "HUKUN_NEIGHBOURHOOD_ENTITIES_MAX",
        /// Ids in one argument
        ids_max: usize = "HUKUN_IDS_MAX",
        /// Records that one write names, or affects
        write_records_max: usize = "HUKUN_WRITE_RECORDS_MAX",
        /// Views without a restricted data set that the embedded store keeps
        views_max: usize = "HUKUN_VIEWS_MAX",
    }
}

impl Default for Settings {
    #[expect(clippy::too_many_lines, reason = "a line an option, and no two ideas")]
    fn default() -> Self {
        // Destructured completely, so that a limit without a setting is a compile error.
        let http::HttpLimits {
            body_bytes_max,
            write_bytes_max,
            drain_bytes_max,
            drain_pause_ms_max,
            request_ms_max,
            concurrent_max,
            queue_max,
            retry_after_s,
            shutdown_ms_max,
            connections_max,
            connections_each_max,
            connections_health_max,
            header_ms_max,
            idle_ms_max,
            document,
            feed,
        } = http::HttpLimits::default();
        let DocumentLimits {
            document_bytes_max,
            nesting_max,
            depth_max,
            fields_max,
            aliases_max,
            directives_max,
            cost_max,
            rows_max,
            answer_bytes_max,
            memory_max,
        } = document;
        let service::Limits {
            work_threads,
            trace_work_max,
            trace_ms_max,
            flow_relations_max,
            flow_work_max,
            flow_ms_max,
            ledger_relations_max,
            indicator_facts_max,
            robustness_sources_max,
            search_candidates_max,
            aggregate_entities_max,
            neighbourhood_entities_max,
            ids_max,
            write_records_max,
        } = service::Limits::default();
        let neo4j = Neo4jLimits::default();
        Self {
            store: "embedded".into(),
            data_dir: "data".into(),
            store_user: "neo4j".into(),
            store_password_file: None,
            store_database: None,
            store_connections_max: neo4j.connections_max,
            store_connect_ms_max: neo4j.connect_ms_max,
            store_query_ms_max: neo4j.query_ms_max,
            store_write_ms_max: neo4j.write_ms_max,
            store_transaction_records_max: neo4j.transaction_records_max,
            store_lease_ms_max: neo4j.lease_ms_max,
            store_startup_ms_max: neo4j.startup_ms_max,
            store_poll_ms: neo4j.poll_ms,
            anonymous: Switch::On,
            auth_failures_per_minute_max: http::AuthConfig::default().failures_per_minute_max,
            proxies: Vec::new(),
            jwt_jwks: None,
            jwt_issuer: None,
            jwt_audience: None,
            jwt_roles_claim: "roles".into(),
            jwt_datasets_claim: "datasets".into(),
            jwt_skew_s_max: 60,
            // 30 and 300 seconds; `NonZeroU64::MIN` is 1.
            jwt_refetch_s_min: NonZeroU64::MIN.saturating_add(29),
            jwt_refresh_s_max: NonZeroU64::MIN.saturating_add(299),
            sources: None,
            health_listen: None,
            empty: false,
            // The default depends on the store.
            seed: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            graphiql: true,
            introspection: true,
            body_bytes_max,
            write_bytes_max,
            drain_bytes_max,
            drain_pause_ms_max,
            request_ms_max,
            concurrent_max,
            queue_max,
            retry_after_s,
            shutdown_ms_max,
            connections_max,
            connections_each_max,
            connections_health_max,
            header_ms_max,
            idle_ms_max,
            feed_connections_max: feed.connections_max,
            feed_connections_each_max: feed.connections_each_max,
            feed_operations_max: feed.operations_max,
            feed_message_bytes_max: feed.message_bytes_max,
            feed_init_ms_max: feed.init_ms_max,
            feed_ping_ms: feed.ping_ms,
            feed_send_ms_max: feed.send_ms_max,
            feed_queue_max: feed.queue_max,
            feed_concurrent_max: feed.concurrent_max,
            feed_origins: String::new(),
            hosts: String::new(),
            origins: String::new(),
            document_bytes_max,
            nesting_max,
            depth_max,
            fields_max,
            aliases_max,
            directives_max,
            cost_max,
            rows_max,
            answer_bytes_max,
            memory_max,
            work_threads,
            trace_work_max,
            trace_ms_max,
            flow_relations_max,
            flow_work_max,
            flow_ms_max,
            ledger_relations_max,
            indicator_facts_max,
            robustness_sources_max,
            search_candidates_max,
            aggregate_entities_max,
            neighbourhood_entities_max,
            ids_max,
            write_records_max,
            views_max: VIEWS_MAX,
        }
    }
}
