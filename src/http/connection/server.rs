//! Connections: accepting them within the quota, closing idle ones, and ending them at shutdown.
//!
//! Beyond the limits a few spare connections are accepted, which are served `/health` only (`quota/connection_quota.rs`). Further
//! ones wait in the system's accept queue: they cost no memory here, and are accepted as soon as another closes. Idle clients
//! cannot keep them waiting, because every connection has an idle timeout.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::Request;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use hyper_util::server::conn::auto::Builder;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tower::Service as _;

use super::idle_timeout::{IdleTimeout, MonitoredStream};
use super::parser_errors::ErrorBodyWriter;
use super::stall::{self, StreamExecutor};
use crate::http::auth::PeerAddress;
use crate::http::limits::HttpLimits;
use crate::http::quota::connection_quota::{ConnectionQuota, ConnectionSlot, is_health};

/// Pause after a failed accept, as when the process has no file descriptors left.
const ACCEPT_RETRY: Duration = Duration::from_secs(1);
/// Idle timeout of a spare connection: a health check sends its request at once.
const SPARE_IDLE_MAX: Duration = Duration::from_secs(2);
/// Maximum bytes of a request head. hyper uses a buffer of this size for the head, the body and the response.
/// A request target has at most 65,534 bytes.
const HEAD_BYTES_MAX: usize = 80 * 1024;
/// Maximum concurrent requests of an HTTP/2 connection.
const STREAMS_MAX: u32 = 100;
/// Bytes of request bodies that a client may send ahead, for one stream and for the connection.
const STREAM_BYTES_MAX: u32 = 64 * 1024;
const CONNECTION_BYTES_MAX: u32 = 128 * 1024;
/// Bytes of an HTTP/2 response that wait to be sent.
const SEND_BYTES_MAX: usize = 16 * 1024;

/// Accepts connections until `shutdown` completes; then signals `stop` and waits for running requests, within their limit.
pub(in crate::http) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: &HttpLimits,
    quota: ConnectionQuota,
    stop: watch::Sender<bool>,
    shutdown: impl Future<Output = ()>,
) {
    let mut open = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let (stream, peer, slot) = tokio::select! {
            accepted = next(&listener, &quota) => accepted,
            Some(_) = open.join_next() => continue,
            () = &mut shutdown => break,
        };
        let idle_max = if slot.is_spare() {
            SPARE_IDLE_MAX
        } else {
            Duration::MAX
        };
        let timeout = IdleTimeout::new(limits.header().min(idle_max), limits.idle().min(idle_max));
        let timeout = Arc::new(timeout);
        let peer = PeerAddress(peer.ip());
        open.spawn(serve_connection(
            stream,
            peer,
            slot,
            router.clone(),
            timeout,
            stop.subscribe(),
        ));
    }
    // New clients must not wait in a queue that is not served any more.
    drop(listener);
    stop.send_replace(true);
    // WebSockets left the connection set, but still hold a receiver of `stop`; so do the routes, until they are dropped.
    drop(router);
    let all_ended = async {
        while open.join_next().await.is_some() {}
        stop.closed().await;
    };
    if tokio::time::timeout(limits.shutdown(), all_ended).await.is_err() {
        tracing::warn!(
            connections = open.len(),
            limit_ms = limits.shutdown_ms_max,
            "shutdown time is over; requests that are still running are dropped"
        );
    }
}

/// The next connection that gets a slot.
async fn next(listener: &TcpListener, quota: &ConnectionQuota) -> (TcpStream, SocketAddr, ConnectionSlot) {
    loop {
        let pending = quota.reserve().await;
        match listener.accept().await {
            Ok((stream, peer)) => match quota.assign(pending, peer.ip()) {
                Some(slot) => return (stream, peer, slot),
                // Closed without a response: that would have to wait for a request.
                None => tracing::debug!(%peer, "an address is at its connection limit"),
            },
            Err(error) if is_client_error(&error) => {}
            Err(error) => {
                tracing::error!(%error, "connections cannot be accepted; retrying");
                tokio::time::sleep(ACCEPT_RETRY).await;
            }
        }
    }
}

fn is_client_error(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

/// Configures both protocols with small buffers, since `--memory-max` does not count them.
fn builder(idle: Duration) -> Builder<StreamExecutor> {
    let mut builder = Builder::new(StreamExecutor { idle });
    builder.http1().max_buf_size(HEAD_BYTES_MAX);
    builder
        .http2()
        .max_concurrent_streams(STREAMS_MAX)
        .initial_stream_window_size(STREAM_BYTES_MAX)
        .initial_connection_window_size(CONNECTION_BYTES_MAX)
        .max_send_buf_size(SEND_BYTES_MAX);
    builder
}

/// Serves one connection until it ends, times out, or the server stops.
async fn serve_connection(
    stream: TcpStream,
    peer: PeerAddress,
    slot: ConnectionSlot,
    router: Router,
    timeout: Arc<IdleTimeout>,
    mut stop: watch::Receiver<bool>,
) {
    // A small response must not wait for the client's delayed acknowledgement.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "TCP_NODELAY cannot be set");
    }
    let spare_served = Notify::new();
    let service = service_fn(|mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        if slot.is_spare() {
            if !is_health(request.uri().path())
                && let Err(reason) = slot.upgrade()
            {
                request.extensions_mut().insert(reason);
            }
            // It is closed after one response, so that it is free for the next health check.
            if slot.is_spare() {
                spare_served.notify_one();
            }
        }
        let running = timeout.begin_request(&request);
        let response = router.clone().call(request);
        async move {
            let response = response.await;
            drop(running);
            response.map(stall::monitor_body)
        }
    });
    let io = TokioIo::new(ErrorBodyWriter::new(MonitoredStream::new(
        stream,
        timeout.clone(),
    )));
    let builder = builder(timeout.idle());
    let mut connection = pin!(builder.serve_connection_with_upgrades(io, service));
    let mut stopping = false;
    loop {
        tokio::select! {
            ended = &mut connection => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection ended with an error");
                }
                break;
            }
            () = tokio::time::sleep_until(timeout.check_again_at()) => {
                if timeout.is_over() {
                    tracing::debug!("a connection timed out");
                    break;
                }
            }
            () = async { drop(stop.wait_for(|stop| *stop).await) }, if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
            () = spare_served.notified() => connection.as_mut().graceful_shutdown(),
        }
    }
}
