//! The limits and the configuration of the HTTP server.

use std::net::TcpListener;
use std::num::{NonZeroU64, NonZeroUsize};
use std::sync::Arc;
use std::time::Duration;

use super::auth::AuthConfig;
use crate::dataset::SourceFiles;
use crate::graphql::DocumentLimits;

/// The limits of the HTTP server. An error that a limit causes names it.
#[derive(Clone, Debug)]
pub struct HttpLimits {
    /// Maximum size of a request body in bytes; a larger one gets 413.
    pub body_bytes_max: usize,
    /// Maximum size of a request body from a principal that may write, in bytes.
    pub write_bytes_max: usize,
    /// Bytes of an oversized body that are read and discarded, so that the client receives the error.
    pub drain_bytes_max: usize,
    /// Longest pause of a client while its oversized body is discarded, in milliseconds; after it the client gets the error.
    pub drain_pause_ms_max: u64,
    /// Time limit of a request from its last header to its compressed response, in milliseconds; after it the request fails with
    /// TIMEOUT, or a complete response is sent uncompressed.
    pub request_ms_max: u64,
    /// Number of requests that run at a time.
    pub concurrent_max: usize,
    /// Number of requests that may wait; further ones get 503 at once.
    pub queue_max: usize,
    /// Value of `Retry-After` when the server is busy, in seconds.
    pub retry_after_s: u64,
    /// Time that running requests get at shutdown, in milliseconds.
    pub shutdown_ms_max: u64,
    /// Number of open connections; further ones are served `/health` only.
    pub connections_max: NonZeroUsize,
    /// Number of open connections from one address or one IPv6 /64 network; those of trusted proxies are not counted.
    pub connections_each_max: NonZeroUsize,
    /// Number of connections beyond these two limits, which are served `/health` only; further ones wait in the accept queue.
    pub connections_health_max: usize,
    /// Time limit for receiving the head of a request, in milliseconds; for the first request it starts when the connection opens.
    pub header_ms_max: u64,
    /// Idle timeout in milliseconds: between requests, and while a client reads nothing of its response.
    pub idle_ms_max: u64,
    /// Limits on the size and cost of a GraphQL document.
    pub document: DocumentLimits,
    /// Limits of subscription connections.
    pub feed: FeedLimits,
}

/// Time limit for a client to answer a close frame.
pub(super) const CLOSE_MAX: Duration = Duration::from_secs(5);

/// Limits of the connections that can subscribe: WebSocket and server-sent events.
#[derive(Clone, Debug)]
pub struct FeedLimits {
    /// Number of open connections; further ones get 503.
    pub connections_max: usize,
    /// Number of open connections of one principal; anonymous ones are counted by address.
    pub connections_each_max: usize,
    /// Number of operations that one WebSocket may run at a time.
    pub operations_max: usize,
    /// Maximum size of a WebSocket message from a client, in bytes.
    pub message_bytes_max: usize,
    /// Time limit for `connection_init` on a WebSocket, in milliseconds.
    pub init_ms_max: u64,
    /// Interval of keep-alive messages, in milliseconds. A WebSocket that sends nothing for two of them is closed.
    pub ping_ms: NonZeroU64,
    /// Time limit for a client to receive one message, in milliseconds; after it the connection is closed.
    pub send_ms_max: u64,
    /// Number of messages queued for one client; operations wait while the queue is full.
    pub queue_max: NonZeroUsize,
    /// Number of subscribers whose events are computed at a time.
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

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            body_bytes_max: 1024 * 1024,
            write_bytes_max: 32 * 1024 * 1024,
            drain_bytes_max: 64 * 1024 * 1024,
            drain_pause_ms_max: 500,
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

impl HttpLimits {
    pub(super) fn request(&self) -> Duration {
        Duration::from_millis(self.request_ms_max)
    }

    pub(super) fn drain_pause(&self) -> Duration {
        Duration::from_millis(self.drain_pause_ms_max)
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

/// The configuration of the HTTP server.
#[derive(Clone, Debug)]
pub struct Config {
    /// The limits.
    pub limits: HttpLimits,
    /// Whether `/graphiql` is served.
    pub graphiql: bool,
    /// Whether introspection and `/schema.graphql` are enabled.
    pub introspection: bool,
    /// Authentication.
    pub auth: AuthConfig,
    /// A second address that serves health on a thread of its own.
    pub health: Option<Arc<TcpListener>>,
    /// Whether a server without data is ready, because it was started empty on purpose.
    pub empty: bool,
    /// The texts of sources that the operator supplied, for `/sources`.
    pub sources: Arc<SourceFiles>,
    /// Host names of the server besides `localhost` and addresses; `*` allows every name.
    pub hosts: Vec<String>,
    /// Origins besides this server's own whose pages may send requests, as `https://example.org`.
    pub origins: Vec<String>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            limits: HttpLimits::default(),
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
