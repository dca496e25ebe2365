//! The limits of the server, all in one place.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use crate::dataset::SourceFiles;
use crate::graphql::DocumentLimits;

/// How much the server takes on. Where one is reached, the answer says which.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of a request's body; more is answered 413.
    pub body_bytes_max: usize,
    /// How long a request may take from its last header to its answer, in milliseconds; then it is stopped: TIMEOUT.
    pub request_ms_max: u64,
    /// Questions that are worked on at a time.
    pub concurrent_max: usize,
    /// Questions that may wait for their turn; further ones are answered 503 at once.
    pub queue_max: usize,
    /// What a busy server tells a client to wait, in seconds.
    pub retry_after_s: u64,
    /// How long running requests may take once the server is told to stop, in milliseconds.
    pub shutdown_ms_max: u64,
    /// Connections open at a time; further ones wait, unaccepted, until one ends.
    pub connections_max: NonZeroUsize,
    /// How long the head of a request may take to come in, in milliseconds; of the first from the connection's opening.
    pub header_ms_max: u64,
    /// How long a connection may rest between requests, or a client take nothing of its answer, in milliseconds.
    pub idle_ms_max: u64,
    /// How large and how costly a question may be.
    pub document: DocumentLimits,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes_max: 1024 * 1024,
            request_ms_max: 30_000,
            concurrent_max: 64,
            queue_max: 256,
            retry_after_s: 1,
            shutdown_ms_max: 10_000,
            // Below the 1,024 open files that a process commonly may have.
            connections_max: NonZeroUsize::MIN.saturating_add(511),
            header_ms_max: 10_000,
            idle_ms_max: 75_000,
            document: DocumentLimits::default(),
        }
    }
}

impl Limits {
    pub(super) fn request(&self) -> Duration {
        Duration::from_millis(self.request_ms_max)
    }

    pub(super) fn shutdown(&self) -> Duration {
        Duration::from_millis(self.shutdown_ms_max)
    }

    pub(super) fn header(&self) -> Duration {
        Duration::from_millis(self.header_ms_max)
    }

    pub(super) fn idle(&self) -> Duration {
        Duration::from_millis(self.idle_ms_max)
    }
}

/// What the server offers, and its limits.
#[derive(Clone, Debug)]
pub struct Config {
    /// The limits.
    pub limits: Limits,
    /// Whether `/graphiql` is served.
    pub graphiql: bool,
    /// Whether the schema may be asked for in GraphQL. `/schema.graphql` goes with it.
    pub introspection: bool,
    /// The texts of sources that the operator supplied, for `/sources`.
    pub sources: Arc<SourceFiles>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            graphiql: true,
            introspection: true,
            sources: Arc::default(),
        }
    }
}
