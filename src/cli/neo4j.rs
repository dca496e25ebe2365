//! The settings of the Neo4j store. The password comes from a file or the environment, because every user of the machine could
//! read a flag.

use super::settings::Settings;
use super::usage::UsageError;
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
