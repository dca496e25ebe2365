//! The options of the Neo4j store on the command line.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

macro_rules! neo4j_args {
    (
        common { $($(#[doc = $doc:literal])+ $name:ident: $type:ty = $env:literal,)+ }
        expert { $($(#[doc = $expert_doc:literal])+ $expert:ident: $expert_type:ty = $expert_env:literal,)+ }
    ) => {
        /// The options of the Neo4j store.
        #[derive(Args, Serialize)]
        pub(super) struct Neo4jArgs {
            $(
                $(#[doc = $doc])+
                #[arg(long, env = $env, global = true, value_name = "VALUE")]
                #[serde(skip_serializing_if = "Option::is_none")]
                $name: Option<$type>,
            )+
            $(
                $(#[doc = $expert_doc])+
                #[arg(
                    long, env = $expert_env, global = true, value_name = "VALUE", hide_short_help = true,
                    help_heading = "Expert"
                )]
                #[serde(skip_serializing_if = "Option::is_none")]
                $expert: Option<$expert_type>,
            )+
        }
    };
}

neo4j_args! {
    common {
        /// User of Neo4j [default: neo4j]
        store_user: String = "HUKUN_STORE_USER",
        /// File with the password of Neo4j; without it, `HUKUN_STORE_PASSWORD` is used
        store_password_file: PathBuf = "HUKUN_STORE_PASSWORD_FILE",
        /// Database in Neo4j [default: the home database of the user]
        store_database: String = "HUKUN_STORE_DATABASE",
    }
    expert {
        /// Connections to Neo4j
        store_connections_max: usize = "HUKUN_STORE_CONNECTIONS_MAX",
        /// Milliseconds to open a connection to Neo4j, or to wait for a free one
        store_connect_ms_max: u64 = "HUKUN_STORE_CONNECT_MS_MAX",
        /// Milliseconds for one read of Neo4j
        store_query_ms_max: u64 = "HUKUN_STORE_QUERY_MS_MAX",
        /// Milliseconds for one statement of a write to Neo4j
        store_write_ms_max: u64 = "HUKUN_STORE_WRITE_MS_MAX",
        /// Records written to Neo4j in one transaction; larger writes are staged
        store_transaction_records_max: usize = "HUKUN_STORE_TRANSACTION_RECORDS_MAX",
        /// Milliseconds for which a writer without a heartbeat keeps the lock of Neo4j while others wait
        store_lease_ms_max: u64 = "HUKUN_STORE_LEASE_MS_MAX",
        /// Milliseconds to wait at startup for a Neo4j that does not answer yet
        store_startup_ms_max: u64 = "HUKUN_STORE_STARTUP_MS_MAX",
        /// Milliseconds between checks for writes of other processes, while a client is subscribed
        store_poll_ms: u64 = "HUKUN_STORE_POLL_MS",
    }
}
