//! The settings of the Neo4j store. The password comes from a file or the environment, because every user of the machine could
//! read a flag.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::settings::{Settings, UsageError};
use crate::store::neo4j::{Neo4jLimits, Neo4jOptions, Neo4jPassword};

/// The environment variable with the password.
const PASSWORD_ENV: &str = "HUKUN_STORE_PASSWORD";

/// Minimum lease in milliseconds: a shorter one could expire while Neo4j collects garbage.
const LEASE_MS_MIN: u64 = 1_000;

/// The URL schemes of Neo4j, which the driver interprets.
const SCHEMES: [&str; 6] = [
    "neo4j://",
    "neo4j+s://",
    "neo4j+ssc://",
    "bolt://",
    "bolt+s://",
    "bolt+ssc://",
];

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

/// The password from the environment.
#[expect(
    clippy::disallowed_methods,
    reason = "not a setting, because every user of the machine could read a flag"
)]
fn password_from_environment() -> Option<String> {
    std::env::var(PASSWORD_ENV).ok()
}

fn is_neo4j(store: &str) -> bool {
    SCHEMES.iter().any(|scheme| store.starts_with(scheme))
}

/// Checks the settings of the store.
pub(super) fn check(settings: &Settings) -> Result<(), UsageError> {
    let store = &settings.store;
    if store != "embedded" && !is_neo4j(store) {
        let known = SCHEMES.map(|scheme| format!("{scheme}HOST:PORT")).join(", ");
        return Err(UsageError::new(format!(
            "--store {store}: not a valid store (expected `embedded`, or {known})"
        )));
    }
    if store.contains('@') {
        return Err(UsageError::new(format!(
            "--store contains a user or password, which others can read there; use --store-user, and {PASSWORD_ENV} or --store-password-file"
        )));
    }
    if settings.store_connections_max < 2 {
        return Err(UsageError::new(format!(
            "--store-connections-max {}: at least 2, because a writer reads while it writes",
            settings.store_connections_max
        )));
    }
    if settings.store_lease_ms_max < LEASE_MS_MIN {
        return Err(UsageError::new(format!(
            "--store-lease-ms-max {}: at least {LEASE_MS_MIN}, because a writer sends three heartbeats in that time",
            settings.store_lease_ms_max
        )));
    }
    Ok(())
}

/// The options of the Neo4j store; none if another store is selected.
pub(super) fn options(settings: &Settings) -> anyhow::Result<Option<Neo4jOptions>> {
    if !is_neo4j(&settings.store) {
        return Ok(None);
    }
    let password = match &settings.store_password_file {
        // Read on first use, and again whenever Neo4j rejects it.
        Some(file) => Neo4jPassword::File(file.clone()),
        None => Neo4jPassword::Given(
            password_from_environment()
                .ok_or_else(|| {
                    UsageError::new(format!(
                        "--store {} needs a password; set {PASSWORD_ENV}, or name a file with it by --store-password-file",
                        settings.store
                    ))
                })?
                .into(),
        ),
    };
    let limits = Neo4jLimits {
        connections_max: settings.store_connections_max,
        connect_ms_max: settings.store_connect_ms_max,
        query_ms_max: settings.store_query_ms_max,
        write_ms_max: settings.store_write_ms_max,
        transaction_records_max: settings.store_transaction_records_max,
        lease_ms_max: settings.store_lease_ms_max,
        startup_ms_max: settings.store_startup_ms_max,
        poll_ms: settings.store_poll_ms,
    };
    Ok(Some(Neo4jOptions {
        uri: settings.store.clone(),
        user: settings.store_user.clone(),
        password,
        database: settings.store_database.clone(),
        limits,
    }))
}
