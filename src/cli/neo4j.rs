//! The settings of the Neo4j store. The password comes by a file or the environment: a flag could be read by every user of
//! the machine.

use std::path::PathBuf;

use clap::Args;
use serde::Serialize;

use super::settings::{Settings, UsageError};
use crate::store::neo4j::{Neo4jLimits, Neo4jOptions, Neo4jPassword};

/// Where the password stands when it is not in a file.
const PASSWORD: &str = "HUKUN_STORE_PASSWORD";

/// A shorter lease would be over while a server collects its garbage.
const LEASE_MS_MIN: u64 = 1_000;

/// What begins the address of a Neo4j. The driver knows what each means.
const SCHEMES: [&str; 6] = [
    "neo4j://",
    "neo4j+s://",
    "neo4j+ssc://",
    "bolt://",
    "bolt+s://",
    "bolt+ssc://",
];

macro_rules! neo4j_args {
    ($($(#[doc = $doc:literal])+ $name:ident: $type:ty = $env:literal,)+) => {
        /// How Neo4j is reached.
        #[derive(Args, Serialize)]
        pub(super) struct Neo4jArgs {
            $(
                $(#[doc = $doc])+
                #[arg(long, env = $env, global = true, value_name = "VALUE")]
                #[serde(skip_serializing_if = "Option::is_none")]
                $name: Option<$type>,
            )+
        }
    };
}

neo4j_args! {
    /// The user of Neo4j [default: neo4j]
    store_user: String = "HUKUN_STORE_USER",
    /// A file that holds the password of Neo4j; else it is taken from `HUKUN_STORE_PASSWORD`
    store_password_file: PathBuf = "HUKUN_STORE_PASSWORD_FILE",
    /// The database in Neo4j; else the user's own
    store_database: String = "HUKUN_STORE_DATABASE",
    /// Connections to Neo4j at a time
    store_connections_max: usize = "HUKUN_STORE_CONNECTIONS_MAX",
    /// Milliseconds that a connection to Neo4j may take, or a wait for one
    store_connect_ms_max: u64 = "HUKUN_STORE_CONNECT_MS_MAX",
    /// Milliseconds that one read of Neo4j may take
    store_query_ms_max: u64 = "HUKUN_STORE_QUERY_MS_MAX",
    /// Milliseconds that one statement of a write to Neo4j may take
    store_write_ms_max: u64 = "HUKUN_STORE_WRITE_MS_MAX",
    /// Records that are written to Neo4j in one transaction; larger writes are staged
    store_transaction_records_max: usize = "HUKUN_STORE_TRANSACTION_RECORDS_MAX",
    /// Milliseconds that a writer keeps the lock of Neo4j without a heartbeat while others wait
    store_lease_ms_max: u64 = "HUKUN_STORE_LEASE_MS_MAX",
    /// Milliseconds to wait at the start for a Neo4j that does not answer yet
    store_startup_ms_max: u64 = "HUKUN_STORE_STARTUP_MS_MAX",
    /// Milliseconds between two looks for what other processes wrote, while someone follows the changes
    store_poll_ms: u64 = "HUKUN_STORE_POLL_MS",
}

/// The password of the environment.
#[expect(
    clippy::disallowed_methods,
    reason = "not by the settings: their flags could be read by every user of the machine"
)]
fn from_environment() -> Option<String> {
    std::env::var(PASSWORD).ok()
}

fn is_neo4j(store: &str) -> bool {
    SCHEMES.iter().any(|scheme| store.starts_with(scheme))
}

/// Refuses a store that there is not.
pub(super) fn check(settings: &Settings) -> Result<(), UsageError> {
    let store = &settings.store;
    if store != "embedded" && !is_neo4j(store) {
        let known = SCHEMES.map(|scheme| format!("{scheme}HOST:PORT")).join(", ");
        return Err(UsageError::new(format!(
            "--store {store}: there is no such store; write `embedded`, or {known}"
        )));
    }
    if store.contains('@') {
        return Err(UsageError::new(format!(
            "--store holds a user or password, which others can read there: give them by --store-user and {PASSWORD} or --store-password-file"
        )));
    }
    if settings.store_connections_max < 2 {
        return Err(UsageError::new(format!(
            "--store-connections-max {}: at least 2, for a writer reads while it writes",
            settings.store_connections_max
        )));
    }
    if settings.store_lease_ms_max < LEASE_MS_MIN {
        return Err(UsageError::new(format!(
            "--store-lease-ms-max {}: at least {LEASE_MS_MIN}, for a writer sends three heartbeats in that time",
            settings.store_lease_ms_max
        )));
    }
    Ok(())
}

/// The options of the Neo4j store; none where another is chosen.
pub(super) fn options(settings: &Settings) -> anyhow::Result<Option<Neo4jOptions>> {
    if !is_neo4j(&settings.store) {
        return Ok(None);
    }
    let password = match &settings.store_password_file {
        // Read when it is first needed, and again whenever it was refused.
        Some(file) => Neo4jPassword::File(file.clone()),
        None => Neo4jPassword::Given(
            from_environment()
                .ok_or_else(|| {
                    UsageError::new(format!(
                        "--store {} needs a password: give it by {PASSWORD}, or a file that holds it by --store-password-file",
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
