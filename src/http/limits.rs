//! The limits of the server, all in one place.

use std::net::TcpListener;
use std::num::{NonZeroU64, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

use super::auth::AuthConfig;
use crate::dataset::SourceFiles;
use crate::graphql::DocumentLimits;

/// How much the server takes on. Where one is reached, the answer says which.
#[derive(Clone, Debug)]
pub struct Limits {
    /// Bytes of a request's body; more is answered 413.
    pub body_bytes_max: usize,
    /// The same of a request by whoever may write.
    pub write_bytes_max: usize,
    /// Bytes of a body over its limit that are read all the same, so that the client hears why it is refused.
    pub drain_bytes_max: usize,
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
    /// Connections open at a time; over further ones only `/health` is answered.
    pub connections_max: NonZeroUsize,
    /// Of these, connections from one address, or one IPv6 network of 64 bits; those of trusted proxies are not counted.
    pub connections_each_max: NonZeroUsize,
    /// Connections beyond these two limits, over which only `/health` is answered; further ones wait, unaccepted.
    pub connections_health_max: usize,
    /// How long the head of a request may take to come in, in milliseconds; of the first from the connection's opening.
    pub header_ms_max: u64,
    /// How long a connection may rest between requests, or a client take nothing of its answer, in milliseconds.
    pub idle_ms_max: u64,
    /// How large and how costly a question may be.
    pub document: DocumentLimits,
    /// How many may follow the changes, and how.
    pub feed: FeedLimits,
}

/// How long a client that is told to go may take to say that it heard.
pub(super) const CLOSE_MAX: Duration = Duration::from_secs(5);

/// How many may follow the changes, and how: over WebSocket, and by server-sent events.
#[derive(Clone, Debug)]
pub struct FeedLimits {
    /// Connections that follow at a time; further ones are answered 503.
    pub connections_max: usize,
    /// Of these, connections of one principal; of anonymous ones, from one address.
    pub connections_each_max: usize,
    /// Operations that a WebSocket may have at a time.
    pub operations_max: usize,
    /// Bytes of a message that a client sends over a WebSocket.
    pub message_bytes_max: usize,
    /// How long a client may take to open the protocol on a WebSocket, in milliseconds.
    pub init_ms_max: u64,
    /// How often a client is shown that the server is there, in milliseconds. One that is silent for two of these is given up.
    pub ping_ms: NonZeroU64,
    /// How long a client may take to take one message, in milliseconds; then it is too slow.
    pub send_ms_max: u64,
    /// Messages of a WebSocket that may wait for the client; operations wait while it is full.
    pub queue_max: NonZeroUsize,
    /// Followers for whom changes are worked out at a time.
    pub concurrent_max: usize,
}

impl Default for FeedLimits {
    fn default() -> Self {
        Self {
            // With `connections_max` still below the 1,024 open files that a process commonly may have.
            connections_max: 400,
            connections_each_max: 100,
            operations_max: 50,
            message_bytes_max: 1024 * 1024,
            init_ms_max: 3_000,
            ping_ms: NonZeroU64::MIN.saturating_add(14_999),
            send_ms_max: 10_000,
            queue_max: NonZeroUsize::MIN.saturating_add(127),
            concurrent_max: 8,
        }
    }
}

impl FeedLimits {
    pub(super) fn init(&self) -> Duration {
        Duration::from_millis(self.init_ms_max)
    }

    pub(super) fn ping(&self) -> Duration {
        Duration::from_millis(self.ping_ms.get())
    }

    pub(super) fn send(&self) -> Duration {
        Duration::from_millis(self.send_ms_max)
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes_max: 1024 * 1024,
            write_bytes_max: 32 * 1024 * 1024,
            drain_bytes_max: 64 * 1024 * 1024,
            request_ms_max: 30_000,
            concurrent_max: 64,
            queue_max: 256,
            retry_after_s: 1,
            shutdown_ms_max: 10_000,
            // Below the 1,024 open files that a process commonly may have.
            connections_max: NonZeroUsize::MIN.saturating_add(511),
            connections_each_max: NonZeroUsize::MIN.saturating_add(127),
            connections_health_max: 16,
            header_ms_max: 10_000,
            idle_ms_max: 75_000,
            document: DocumentLimits::default(),
            feed: FeedLimits::default(),
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
    /// Who may ask, and how they say who they are.
    pub auth: AuthConfig,
    /// Where health is served beside the server itself, by a thread that does nothing else.
    pub health: Option<Arc<TcpListener>>,
    /// Whether a server without data is ready: where it is meant to start so.
    pub empty: bool,
    /// The texts of sources that the operator supplied, for `/sources`.
    pub sources: Arc<SourceFiles>,
    /// Names under which the server is asked for, beside `localhost` and addresses; `*` stands for every name.
    pub hosts: Vec<String>,
    /// Origins beside this server's own whose pages may ask, as `https://example.org`.
    pub origins: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            limits: Limits::default(),
            graphiql: true,
            introspection: true,
            auth: AuthConfig::default(),
            health: None,
            empty: false,
            sources: Arc::default(),
            hosts: Vec::new(),
            origins: Vec::new(),
        }
    }
}
