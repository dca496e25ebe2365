//! How the store reaches Neo4j, and the limits of doing so. Set by the command line; documented in `docs/limits.md`.

use std::path::PathBuf;

use secrecy::SecretString;

use crate::store::OpenError;

/// The address, user and database of Neo4j, and the limits.
#[derive(Clone, Debug)]
pub struct Neo4jOptions {
    /// `neo4j://host:port`, or `bolt://` for one server without routing; `+s` and `+ssc` for TLS.
    pub uri: String,
    /// The user.
    pub user: String,
    /// The password, or its file.
    pub password: Neo4jPassword,
    /// The database; none: the default database of the user.
    pub database: Option<String>,
    /// The limits of time and size.
    pub limits: Neo4jLimits,
}

impl Neo4jOptions {
    /// Options for the default database of a user, with the default limits.
    pub fn new(uri: impl Into<String>, user: impl Into<String>, password: SecretString) -> Self {
        Self {
            uri: uri.into(),
            user: user.into(),
            password: Neo4jPassword::Given(password),
            database: None,
            limits: Neo4jLimits::default(),
        }
    }

    /// The address without credentials, and the database if one was chosen.
    pub(in crate::store) fn place(&self) -> String {
        let address = match self.uri.split_once('@') {
            Some((front, host)) => {
                let scheme = front.split_once("://").map_or("neo4j", |(scheme, _)| scheme);
                format!("{scheme}://{host}")
            }
            None => self.uri.clone(),
        };
        match &self.database {
            Some(database) => format!("{address} (database {database})"),
            None => address,
        }
    }
}

/// The password of Neo4j, or its file.
#[derive(Clone, Debug)]
pub enum Neo4jPassword {
    /// The password itself.
    Given(SecretString),
    /// The path of a file. It is read again after a refused login, so that a changed password needs no restart.
    File(PathBuf),
}

impl Neo4jPassword {
    /// The current password.
    pub(in crate::store) fn read(&self) -> std::io::Result<SecretString> {
        match self {
            Self::Given(password) => Ok(password.clone()),
            Self::File(file) => {
                let text = std::fs::read_to_string(file)?;
                Ok(text.trim_end_matches(['\r', '\n']).to_string().into())
            }
        }
    }

    /// The password for opening the store.
    pub(in crate::store) fn first(&self) -> Result<SecretString, OpenError> {
        self.read().map_err(|error| OpenError::Io {
            place: match self {
                Self::Given(_) => "the password of Neo4j".into(),
                Self::File(file) => format!("the password file {}", file.display()),
            },
            reason: error.to_string(),
        })
    }
}

/// The limits of time and size of the store in Neo4j.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neo4jLimits {
    /// Number of connections; further callers wait for one. At least two, for a writer reads while it writes.
    pub connections_max: usize,
    /// Time limit for opening a connection, or waiting for one, in milliseconds.
    pub connect_ms_max: u64,
    /// Time limit for one read, in milliseconds.
    pub query_ms_max: u64,
    /// Time limit for one statement of a write, or its commit, in milliseconds.
    pub write_ms_max: u64,
    /// Number of records written in one transaction, which the server keeps in memory, about 16 KB each; larger writes are staged.
    pub transaction_records_max: usize,
    /// How long a writer that sends no heartbeat keeps the writers' lock while another waits for it, in milliseconds. A working writer
    /// sends three heartbeats in that time.
    pub lease_ms_max: u64,
    /// How long to wait at the start for a server that does not answer yet, in milliseconds.
    pub startup_ms_max: u64,
    /// Interval in milliseconds at which the revision is polled for writes of other processes, while the change feed has subscribers.
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
            lease_ms_max: 15_000,
            startup_ms_max: 60_000,
            poll_ms: 250,
        }
    }
}
