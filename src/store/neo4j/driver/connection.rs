//! The driver's configuration, and small helpers for its connections.

use std::time::Duration;

use super::options::Neo4jOptions;
use neo4rs::{Config, ConfigBuilder, Graph, Query, Row};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::Instant;

/// Rows in one batch of an answer: fewer cost a round trip each, more cost memory.
const FETCH_ROWS: usize = 2_000;

/// The driver's configuration, for a number of connections to an address. The user agent cannot be set: the driver sends its own
/// name. The metadata of a query name the program ([`super::statement::CypherStatement::query`]).
pub(in crate::store) fn config(
    options: &Neo4jOptions,
    password: &SecretString,
    uri: &str,
    connections: usize,
) -> Result<Config, neo4rs::Error> {
    let limits = &options.limits;
    let longest = limits
        .connect_ms_max
        .max(limits.query_ms_max)
        .max(limits.write_ms_max);
    let mut config = ConfigBuilder::new()
        .uri(uri)
        .user(&options.user)
        .password(password.expose_secret())
        .max_connections(connections)
        // This limits how long any answer may take, not only the first. The shorter limits are kept by the pool.
        .connection_timeout(Duration::from_millis(longest))
        // This limits how long a caller waits for a connection of the pool.
        .max_lifetime(Duration::from_millis(limits.connect_ms_max))
        .fetch_size(FETCH_ROWS);
    if let Some(database) = &options.database {
        config = config.db(database.as_str());
    }
    config.build()
}

/// A pool of one connection to the given address, without routing: with routing, the driver does not report why a server refuses a
/// connection.
pub(in crate::store) fn direct(
    options: &Neo4jOptions,
    password: &SecretString,
) -> Result<Graph, neo4rs::Error> {
    let uri = match options.uri.strip_prefix("neo4j") {
        Some(rest) => format!("bolt{rest}"),
        None => options.uri.clone(),
    };
    Graph::connect(config(options, password, &uri, 1)?)
}

/// Waits a random time before another try, longer after each, so that callers do not retry at the same time.
pub(in crate::store) async fn pause(tries: u32) {
    let most = 10_u64 << tries.min(6);
    let ms = fastrand::u64(most / 2..=most);
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

/// Runs a query that reads and returns its rows.
pub(in crate::store) async fn gather(graph: &Graph, query: Query) -> Result<Vec<Row>, neo4rs::Error> {
    let mut stream = graph.execute_read(query).await?;
    let mut rows = Vec::new();
    while let Some(row) = stream.next().await? {
        rows.push(row);
    }
    Ok(rows)
}

/// The deadline `ms_max` milliseconds from now.
pub(in crate::store) fn within(ms_max: u64) -> Instant {
    Instant::now() + Duration::from_millis(ms_max)
}
