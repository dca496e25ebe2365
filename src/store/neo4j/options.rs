//! How the store reaches Neo4j, and the limits of doing so. Set by the command line; documented in `docs/limits.md`.

use secrecy::SecretString;

/// Where Neo4j is, who asks, and how long and how much it may take.
#[derive(Clone, Debug)]
pub struct Neo4jOptions {
    /// `neo4j://host:port`, or `bolt://` for one server without routing; `+s` and `+ssc` for TLS.
    pub uri: String,
    /// The user.
    pub user: String,
    /// The password.
    pub password: SecretString,
    /// The database; none: the user's own.
    pub database: Option<String>,
    /// How long and how much it may take.
    pub limits: Neo4jLimits,
}

impl Neo4jOptions {
    /// The user's own database at an address, with the default limits.
    pub fn new(uri: impl Into<String>, user: impl Into<String>, password: SecretString) -> Self {
        Self {
            uri: uri.into(),
            user: user.into(),
            password,
            database: None,
            limits: Neo4jLimits::default(),
        }
    }
}

/// The limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neo4jLimits {
    /// Connections at once; further callers wait for one. At least two: a writer reads while it writes.
    pub connections_max: usize,
    /// How long opening a connection, or waiting for one, may take, in milliseconds.
    pub connect_ms_max: u64,
    /// How long one read may take.
    pub query_ms_max: u64,
    /// How long one statement of a write, or its commit, may take.
    pub write_ms_max: u64,
    /// Records that are written in one transaction, which the server keeps in its memory, some 16 KB each; larger writes are staged.
    pub transaction_records_max: usize,
    /// How long to wait at the start for a server that is not there yet.
    pub startup_ms_max: u64,
    /// How often the revision is asked for while someone listens to the change feed, for what other processes write.
    pub poll_ms: u64,
}

impl Default for Neo4jLimits {
    fn default() -> Self {
        Self {
            connections_max: 16,
            connect_ms_max: 5_000,
            query_ms_max: 10_000,
            write_ms_max: 600_000,
            transaction_records_max: 2_000,
            startup_ms_max: 60_000,
            poll_ms: 250,
        }
    }
}
