//! What the driver needs to connect, and the smallest things that are done with it.

use std::time::Duration;

use neo4rs::{Config, ConfigBuilder, Graph, Query, Row};
use secrecy::ExposeSecret as _;
use tokio::time::Instant;

use super::options::Neo4jOptions;

/// Rows in one batch of an answer: fewer cost a round trip each, more cost memory.
const FETCH_ROWS: usize = 2_000;

/// The driver's configuration: so many connections to an address.
pub(super) fn config(options: &Neo4jOptions, uri: &str, connections: usize) -> Result<Config, neo4rs::Error> {
    let limits = &options.limits;
    let longest = limits
        .connect_ms_max
        .max(limits.query_ms_max)
        .max(limits.write_ms_max);
    let mut config = ConfigBuilder::new()
        .uri(uri)
        .user(&options.user)
        .password(options.password.expose_secret())
        .max_connections(connections)
        // The driver's word for how long any answer may take, not the first alone. The shorter limits are kept here.
        .connection_timeout(Duration::from_millis(longest))
        // The driver's word for how long a caller waits for a connection of the pool.
        .max_lifetime(Duration::from_millis(limits.connect_ms_max))
        .fetch_size(FETCH_ROWS);
    if let Some(database) = &options.database {
        config = config.db(database.as_str());
    }
    config.build()
}

/// One connection to the very address that was given, without routing: by routing, the driver does not tell why a server lets
/// nobody in.
pub(super) fn direct(options: &Neo4jOptions) -> Result<Graph, neo4rs::Error> {
    let uri = match options.uri.strip_prefix("neo4j") {
        Some(rest) => format!("bolt{rest}"),
        None => options.uri.clone(),
    };
    Graph::connect(config(options, &uri, 1)?)
}

/// Waits a little longer each time, and never as long as another caller.
pub(super) async fn pause(tries: u32) {
    let most = 10_u64 << tries.min(6);
    let ms = fastrand::u64(most / 2..=most);
    tokio::time::sleep(Duration::from_millis(ms)).await;
}

/// All rows of an answer.
pub(super) async fn gather(graph: &Graph, query: Query) -> Result<Vec<Row>, neo4rs::Error> {
    let mut stream = graph.execute_read(query).await?;
    let mut rows = Vec::new();
    while let Some(row) = stream.next().await? {
        rows.push(row);
    }
    Ok(rows)
}

/// The moment after which something takes too long.
pub(super) fn within(ms_max: u64) -> Instant {
    Instant::now() + Duration::from_millis(ms_max)
}
