//! How the store reaches Neo4j, and the limits of doing so. Set by the command line; documented in `docs/limits.md`.

use std::path::PathBuf;

use secrecy::SecretString;

use crate::store::OpenError;

/// Where Neo4j is, who asks, and how long and how much it may take.
#[derive(Clone, Debug)]
pub struct Neo4jOptions {
    /// `neo4j://host:port`, or `bolt://` for one server without routing; `+s` and `+ssc` for TLS.
    pub uri: String,
    /// The user.
    pub user: String,
    /// Where the password is.
    pub password: Neo4jPassword,
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
            password: Neo4jPassword::Given(password),
            database: None,
            limits: Neo4jLimits::default(),
        }
    }

    /// The address, without what may be secret in it, and the database, where one was chosen.
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

/// Where the password is.
#[derive(Clone, Debug)]
pub enum Neo4jPassword {
    /// It was given, and stays as it is.
    Given(SecretString),
    /// In a file, which is read again at each sign-in that follows a refused one: so a new password needs no new start.
    File(PathBuf),
}

impl Neo4jPassword {
    /// The password as it is now.
    pub(in crate::store) fn read(&self) -> std::io::Result<SecretString> {
        match self {
            Self::Given(password) => Ok(password.clone()),
            Self::File(file) => {
                let text = std::fs::read_to_string(file)?;
                Ok(text.trim_end_matches(['\r', '\n']).to_string().into())
            }
        }
    }

    /// The password when the store is opened; an error names what is wrong.
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
    /// How long a writer that sends no heartbeat keeps the writers' lock while another waits for it. One that works sends three in
    /// that time.
    pub lease_ms_max: u64,
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
            lease_ms_max: 15_000,
            startup_ms_max: 60_000,
            poll_ms: 250,
        }
    }
}
