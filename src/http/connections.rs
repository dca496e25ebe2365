//! Connections: how many are open, how long one may be silent, and how they end.
//!
//! Beyond the limits a few are accepted all the same, and only asked how the server is ([`super::quota`]). What is more waits in
//! the system's queue of the address, unaccepted: it costs no memory here, and is served as soon as another leaves. Silent
//! clients cannot keep it waiting, for every silence has an end.

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

use super::auth::Peer;
use super::is_health;
use super::limits::Limits;
use super::quota::{ConnectionPlace, ConnectionQuota};
use super::refusals::Worded;
use super::silence::{Silence, Watched};
use super::stall::{self, StreamExecutor};

/// How long to wait where no connection can be accepted, as when the process has no file descriptors left.
const ACCEPT_AGAIN: Duration = Duration::from_secs(1);
/// How long a spare connection may be silent: whoever asks how the server is, asks at once.
const SPARE_SILENCE: Duration = Duration::from_secs(2);
/// Bytes of a request's head, which hyper keeps in a buffer that it fills with a body too, and of what waits to be sent.
/// A target has at most 65,534 bytes.
const HEAD_BYTES_MAX: usize = 80 * 1024;
/// Requests at a time over one connection of HTTP/2.
const STREAMS_MAX: u32 = 100;
/// Bytes of a body that a client may send ahead, of one request and of all over its connection.
const STREAM_BYTES_MAX: u32 = 64 * 1024;
const CONNECTION_BYTES_MAX: u32 = 128 * 1024;
/// Bytes of an answer over HTTP/2 that wait to be sent.
const SEND_BYTES_MAX: usize = 16 * 1024;

/// Accepts connections until `shutdown` is done; then tells by `stop`, and lets what runs come to its end, for so long as the limits say.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    limits: &Limits,
    quota: ConnectionQuota,
    stop: watch::Sender<bool>,
    shutdown: impl Future<Output = ()>,
) {
    let mut open = JoinSet::new();
    let mut shutdown = pin!(shutdown);
    loop {
        let (stream, peer, place) = tokio::select! {
            accepted = next(&listener, &quota) => accepted,
            // What has ended is let go of.
            Some(_) = open.join_next() => continue,
            () = &mut shutdown => break,
        };
        let most = if place.is_spare() {
            SPARE_SILENCE
        } else {
            Duration::MAX
        };
        let silence = Silence::new(limits.header().min(most), limits.idle().min(most));
        let silence = Arc::new(silence);
        let peer = Peer(peer.ip());
        open.spawn(converse(
            stream,
            peer,
            place,
            router.clone(),
            silence,
            stop.subscribe(),
        ));
    }
    // Nobody is to wait in a queue that is not served any more.
    drop(listener);
    stop.send_replace(true);
    // What became a WebSocket is a connection of ours no more, but still hears of the stop; and the routes would for ever.
    drop(router);
    let all_ended = async {
        while open.join_next().await.is_some() {}
        stop.closed().await;
    };
    if tokio::time::timeout(limits.shutdown(), all_ended).await.is_err() {
        tracing::warn!(
            connections = open.len(),
            limit_ms = limits.shutdown_ms_max,
            "requests still running at the end of the time to stop are dropped"
        );
    }
}

/// The next connection that has a place.
async fn next(listener: &TcpListener, quota: &ConnectionQuota) -> (TcpStream, SocketAddr, ConnectionPlace) {
    loop {
        let room = quota.room().await;
        match listener.accept().await {
            Ok((stream, peer)) => match quota.place(room, peer.ip()) {
                Some(place) => return (stream, peer, place),
                // It is closed: an answer would have to wait for a question.
                None => tracing::debug!(%peer, "an address has as many connections as it may"),
            },
            Err(error) if is_of_the_client(&error) => {}
            Err(error) => {
                tracing::error!(%error, "no connection can be accepted; trying again");
                tokio::time::sleep(ACCEPT_AGAIN).await;
            }
        }
    }
}

fn is_of_the_client(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}

/// The protocols of a connection, with buffers that no budget of memory counts and that are small therefore.
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

/// Answers what comes over one connection, until its end, too long a silence, or the end of the server.
async fn converse(
    stream: TcpStream,
    peer: Peer,
    place: ConnectionPlace,
    router: Router,
    silence: Arc<Silence>,
    mut stop: watch::Receiver<bool>,
) {
    // A small answer must not wait for the client's delayed acknowledgement.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection keeps Nagle's algorithm");
    }
    let spare_asked = Notify::new();
    let answers = service_fn(|mut request: Request<Incoming>| {
        request.extensions_mut().insert(peer);
        if place.is_spare() {
            if !is_health(request.uri().path())
                && let Err(crowd) = place.fill()
            {
                request.extensions_mut().insert(crowd);
            }
            // One answer, and it is free again for who asks next.
            if place.is_spare() {
                spare_asked.notify_one();
            }
        }
        let running = silence.request_began(&request);
        let answer = router.clone().call(request);
        async move {
            let answer = answer.await;
            drop(running);
            answer.map(stall::watched)
        }
    });
    let io = TokioIo::new(Worded::new(Watched::new(stream, silence.clone())));
    let builder = builder(silence.idle());
    let mut connection = pin!(builder.serve_connection_with_upgrades(io, answers));
    let mut stopping = false;
    loop {
        tokio::select! {
            ended = &mut connection => {
                if let Err(error) = ended {
                    tracing::debug!(%error, "a connection broke off");
                }
                break;
            }
            () = tokio::time::sleep_until(silence.look_again_at()) => {
                if silence.is_too_long() {
                    tracing::debug!("a connection was silent for too long");
                    break;
                }
            }
            () = async { drop(stop.wait_for(|stop| *stop).await) }, if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
            () = spare_asked.notified() => connection.as_mut().graceful_shutdown(),
        }
    }
}
