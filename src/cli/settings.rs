//! Settings: from the command line, the environment, `hukun.toml` and the defaults, in this order.

use std::net::{IpAddr, SocketAddr};
use std::num::{NonZeroU32, NonZeroU64, NonZeroUsize};
use std::path::{Path, PathBuf};

use clap::Args;
use figment::Figment;
use figment::providers::{Format as _, Serialized, Toml};
use serde::{Deserialize, Serialize};

pub(super) use super::usage::UsageError;
use crate::graphql::DocumentLimits;
use crate::http;
use crate::service;
use crate::store::embedded::VIEWS_MAX;
use crate::store::neo4j::Neo4jLimits;

/// The settings file that is read where it is there.
const FILE: &str = "hukun.toml";

/// Where the graph is kept. Global, so that `hukun key list --store …` is as good as `hukun key --store … list`.
#[derive(Args, Serialize)]
pub(super) struct StoreOptions {
    /// The store: embedded, neo4j://HOST:PORT, or bolt://HOST:PORT for one server [default: embedded]
    #[arg(long, env = "HUKUN_STORE", global = true, value_name = "STORE")]
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<String>,
    /// Where the embedded store keeps its file [default: data]
    #[arg(long, env = "HUKUN_DATA_DIR", global = true, value_name = "DIR")]
    #[serde(skip_serializing_if = "Option::is_none")]
    data_dir: Option<PathBuf>,
    #[command(flatten)]
    #[serde(flatten)]
    neo4j: super::neo4j::Neo4jArgs,
}

macro_rules! serve_options {
    ($($(#[doc = $doc:literal])+ $name:ident: $type:ty = $env:literal,)+) => {
        /// How the graph is served.
        #[derive(Args, Serialize)]
        pub(super) struct ServeOptions {
            /// Where the sources' files are, to show quotations in them; a file is known by its sha256, not its name
            #[arg(long, env = "HUKUN_SOURCES", value_name = "DIR")]
            #[serde(skip_serializing_if = "Option::is_none")]
            sources: Option<PathBuf>,
            /// A second address on which only /health/live and /health/ready are served
            #[arg(long, env = "HUKUN_HEALTH_LISTEN", value_name = "ADDR")]
            #[serde(skip_serializing_if = "Option::is_none")]
            health_listen: Option<SocketAddr>,
            /// Start without the data set that comes with this program; the embedded store remembers it
            #[arg(long, env = "HUKUN_EMPTY", value_name = "VALUE", num_args = 0..=1, default_missing_value = "true")]
            #[serde(skip_serializing_if = "Option::is_none")]
            empty: Option<bool>,
            /// Take the first data set in where the graph is empty [default: true for the embedded store, false for Neo4j]
            #[arg(long, env = "HUKUN_SEED", value_name = "VALUE", num_args = 0..=1, default_missing_value = "true")]
            #[serde(skip_serializing_if = "Option::is_none")]
            seed: Option<bool>,
            $(
                $(#[doc = $doc])+
                #[arg(long, env = $env, value_name = "VALUE")]
                #[serde(skip_serializing_if = "Option::is_none")]
                $name: Option<$type>,
            )+
            #[command(flatten)]
            #[serde(flatten)]
            auth: super::auth::AuthArgs,
        }

        /// All settings, gathered.
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
            pub(super) anonymous: super::auth::Switch,
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
        }
    };
}

serve_options! {
    /// The address to listen on [default: 127.0.0.1:8080]
    listen: SocketAddr = "HUKUN_LISTEN",
    /// Whether /graphiql is served [default: true]
    graphiql: bool = "HUKUN_GRAPHIQL",
    /// Whether the schema may be asked for [default: true]
    introspection: bool = "HUKUN_INTROSPECTION",
    /// Bytes of a request's body
    body_bytes_max: usize = "HUKUN_BODY_BYTES_MAX",
    /// The same of a request by whoever may write
    write_bytes_max: usize = "HUKUN_WRITE_BYTES_MAX",
    /// Bytes of a body over its limit that are read, and dropped, before it is refused
    drain_bytes_max: usize = "HUKUN_DRAIN_BYTES_MAX",
    /// Milliseconds that a request may take
    request_ms_max: u64 = "HUKUN_REQUEST_MS_MAX",
    /// Requests worked on at a time
    concurrent_max: usize = "HUKUN_CONCURRENT_MAX",
    /// Requests that may wait for their turn
    queue_max: usize = "HUKUN_QUEUE_MAX",
    /// Seconds that a client is told to wait when the server is busy
    retry_after_s: u64 = "HUKUN_RETRY_AFTER_S",
    /// Milliseconds that running requests get when the server is told to stop
    shutdown_ms_max: u64 = "HUKUN_SHUTDOWN_MS_MAX",
    /// Names under which this server is asked for, with spaces between, beside localhost and addresses; * for every name
    hosts: String = "HUKUN_HOSTS",
    /// Origins, with spaces between, beside this server's own whose pages may ask: `https://example.org`
    origins: String = "HUKUN_ORIGINS",
    /// Connections open at a time, at least 1
    connections_max: NonZeroUsize = "HUKUN_CONNECTIONS_MAX",
    /// Of these, connections from one address, at least 1; those of trusted proxies are not counted
    connections_each_max: NonZeroUsize = "HUKUN_CONNECTIONS_EACH_MAX",
    /// Connections beyond these limits, over which only /health is answered
    connections_health_max: usize = "HUKUN_CONNECTIONS_HEALTH_MAX",
    /// Milliseconds that the head of a request may take to come in
    header_ms_max: u64 = "HUKUN_HEADER_MS_MAX",
    /// Milliseconds that a connection may rest, or take nothing of its answer
    idle_ms_max: u64 = "HUKUN_IDLE_MS_MAX",
    /// Connections that follow the changes at a time, over WebSocket or by server-sent events
    feed_connections_max: usize = "HUKUN_FEED_CONNECTIONS_MAX",
    /// Of these, connections of one principal; of anonymous ones, from one address
    feed_connections_each_max: usize = "HUKUN_FEED_CONNECTIONS_EACH_MAX",
    /// Operations that a WebSocket may have at a time
    feed_operations_max: usize = "HUKUN_FEED_OPERATIONS_MAX",
    /// Bytes of a message that a client sends over a WebSocket
    feed_message_bytes_max: usize = "HUKUN_FEED_MESSAGE_BYTES_MAX",
    /// Milliseconds that a client may take to open the protocol on a WebSocket
    feed_init_ms_max: u64 = "HUKUN_FEED_INIT_MS_MAX",
    /// Milliseconds between two pings, or comments, to a client that follows, at least 1
    feed_ping_ms: NonZeroU64 = "HUKUN_FEED_PING_MS",
    /// Milliseconds that a client may take to take one message
    feed_send_ms_max: u64 = "HUKUN_FEED_SEND_MS_MAX",
    /// Messages of a WebSocket that may wait for the client, at least 1
    feed_queue_max: NonZeroUsize = "HUKUN_FEED_QUEUE_MAX",
    /// Followers for whom changes are worked out at a time
    feed_concurrent_max: usize = "HUKUN_FEED_CONCURRENT_MAX",
    /// Deprecated: what --origins is now; both count
    feed_origins: String = "HUKUN_FEED_ORIGINS",
    /// Bytes of a GraphQL document
    document_bytes_max: usize = "HUKUN_DOCUMENT_BYTES_MAX",
    /// Brackets within brackets in a GraphQL document
    nesting_max: usize = "HUKUN_NESTING_MAX",
    /// Fields within fields in a GraphQL document
    depth_max: usize = "HUKUN_DEPTH_MAX",
    /// Fields that a GraphQL document may select, fragments spread
    fields_max: u64 = "HUKUN_FIELDS_MAX",
    /// Aliases in a GraphQL document, fragments spread
    aliases_max: u64 = "HUKUN_ALIASES_MAX",
    /// Directives in a GraphQL document, fragments spread
    directives_max: u64 = "HUKUN_DIRECTIVES_MAX",
    /// Values that an answer may have
    cost_max: u64 = "HUKUN_COST_MAX",
    /// Rows that the pages of an answer may have, all together
    rows_max: u64 = "HUKUN_ROWS_MAX",
    /// Bytes of an answer as JSON, with those of the records read for it
    answer_bytes_max: u64 = "HUKUN_ANSWER_BYTES_MAX",
    /// Bytes that all requests in work may hold together
    memory_max: u64 = "HUKUN_MEMORY_MAX",
    /// Questions that compute at a time, at least 1 [default: the number of cores]
    work_threads: NonZeroUsize = "HUKUN_WORK_THREADS",
    /// Relations that a step of a trace may look at
    trace_work_max: u64 = "HUKUN_TRACE_WORK_MAX",
    /// Milliseconds that a step of a trace may take
    trace_ms_max: u64 = "HUKUN_TRACE_MS_MAX",
    /// Relations that a flow may rest on
    flow_relations_max: usize = "HUKUN_FLOW_RELATIONS_MAX",
    /// Links and coefficients that a part of a flow may look at
    flow_work_max: u64 = "HUKUN_FLOW_WORK_MAX",
    /// Milliseconds that a part of a flow may take
    flow_ms_max: u64 = "HUKUN_FLOW_MS_MAX",
    /// Relations that a ledger may rest on
    ledger_relations_max: usize = "HUKUN_LEDGER_RELATIONS_MAX",
    /// Entities, and as many relations, that an indicator may rest on
    indicator_facts_max: usize = "HUKUN_INDICATOR_FACTS_MAX",
    /// Sources that a trace is asked again without, one after the other
    robustness_sources_max: usize = "HUKUN_ROBUSTNESS_SOURCES_MAX",
    /// Entities that a search verifies
    search_candidates_max: usize = "HUKUN_SEARCH_CANDIDATES_MAX",
    /// Entities that an aggregate may rest on
    aggregate_entities_max: u64 = "HUKUN_AGGREGATE_ENTITIES_MAX",
    /// Entities that a neighbourhood may have
    neighbourhood_entities_max: usize = "HUKUN_NEIGHBOURHOOD_ENTITIES_MAX",
    /// Ids that one argument may list
    ids_max: usize = "HUKUN_IDS_MAX",
    /// Records that one write may name, or take along
    write_records_max: usize = "HUKUN_WRITE_RECORDS_MAX",
    /// Views without a restricted data set that the embedded store keeps
    views_max: usize = "HUKUN_VIEWS_MAX",
}

impl Default for Settings {
    #[expect(clippy::too_many_lines, reason = "a line an option, and no two ideas")]
    fn default() -> Self {
        let http::Limits {
            body_bytes_max,
            write_bytes_max,
            drain_bytes_max,
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
        } = http::Limits::default();
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
            anonymous: super::auth::Switch::On,
            auth_failures_per_minute_max: http::AuthConfig::default().failures_per_minute_max,
            proxies: Vec::new(),
            jwt_jwks: None,
            jwt_issuer: None,
            jwt_audience: None,
            jwt_roles_claim: "roles".into(),
            jwt_datasets_claim: "datasets".into(),
            jwt_skew_s_max: 60,
            jwt_refetch_s_min: NonZeroU64::MIN.saturating_add(29),
            jwt_refresh_s_max: NonZeroU64::MIN.saturating_add(299),
            sources: None,
            health_listen: None,
            empty: false,
            seed: None,
            listen: SocketAddr::from(([127, 0, 0, 1], 8080)),
            graphiql: true,
            introspection: true,
            body_bytes_max,
            write_bytes_max,
            drain_bytes_max,
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

impl Settings {
    /// Gathers the settings. A file that was named must be there; an unknown setting in it is refused.
    pub(super) fn gather(
        config: Option<&Path>,
        store: &StoreOptions,
        serve: Option<&ServeOptions>,
    ) -> anyhow::Result<Self> {
        if let Some(missing) = config.filter(|path| !path.is_file()) {
            anyhow::bail!("{} cannot be read: there is no such file", missing.display());
        }
        let mut figment = Figment::from(Serialized::defaults(Self::default()));
        let file = config.unwrap_or(Path::new(FILE));
        if file.is_file() {
            figment = figment.merge(Toml::file_exact(file));
        }
        figment = figment.merge(Serialized::defaults(store));
        if let Some(serve) = serve {
            figment = figment.merge(Serialized::defaults(serve));
        }
        let settings: Self = figment
            .extract()
            .map_err(|error| anyhow::anyhow!("the settings cannot be read: {error}"))?;
        super::neo4j::check(&settings)?;
        super::auth::check(&settings)?;
        super::edges::check(&settings)?;
        Ok(settings)
    }
}
