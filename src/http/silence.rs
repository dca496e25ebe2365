//! How long a connection has said nothing that helps, and when that is too long.
//!
//! One clock for both versions of HTTP, from the first byte on: hyper's own runs for HTTP/1 alone, only once it knows
//! the version, and takes a connection at rest between two requests for a slow one.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::http::{Request, Version};
use parking_lot::Mutex;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::Instant;

/// What a connection is doing, and since when.
#[derive(Debug)]
pub(super) struct Silence {
    header: Duration,
    idle: Duration,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Requests being worked on. How long they may take is a limit of their own, their bodies' arrival included.
    running: usize,
    /// When a request last began or was worked out, or a part of an answer was taken by the client.
    since: Instant,
    /// When the request that is coming in began to, where one is.
    head: Option<Instant>,
    /// Where HTTP/2 is spoken, bytes between requests are not the head of one: a window, a ping.
    multiplexed: bool,
}

impl Silence {
    /// Of a connection that opens now and owes its first request.
    pub(super) fn new(header: Duration, idle: Duration) -> Self {
        let now = Instant::now();
        Self {
            header,
            idle,
            state: Mutex::new(State {
                running: 0,
                since: now,
                head: Some(now),
                multiplexed: false,
            }),
        }
    }

    /// The head of a request is there. The guard lasts until its answer is worked out.
    pub(super) fn request_began<B>(self: &Arc<Self>, request: &Request<B>) -> Running {
        let mut state = self.state.lock();
        state.running += 1;
        state.head = None;
        state.multiplexed = request.version() == Version::HTTP_2;
        Running(self.clone())
    }

    /// Whether the connection is to be given up.
    pub(super) fn is_too_long(&self) -> bool {
        self.end(&self.state.lock())
            .is_some_and(|end| Instant::now() >= end)
    }

    /// When to ask again. A head that begins after now is late no sooner than a whole `header` from now.
    pub(super) fn look_again_at(&self) -> Instant {
        let soon = Instant::now() + self.header.min(self.idle);
        self.end(&self.state.lock()).map_or(soon, |end| end.min(soon))
    }

    fn end(&self, state: &State) -> Option<Instant> {
        let at_rest = state.since + self.idle;
        let end = state.head.map_or(at_rest, |head| head + self.header);
        (state.running == 0).then_some(end)
    }

    fn read(&self) {
        let mut state = self.state.lock();
        if state.running == 0 && !state.multiplexed && state.head.is_none() {
            state.head = Some(Instant::now());
        }
    }

    /// A client that takes an answer may have sent its next question already.
    fn written(&self) {
        let mut state = self.state.lock();
        state.since = Instant::now();
        state.head = state.head.map(|_| state.since);
    }
}

/// A request that is being worked on.
pub(super) struct Running(Arc<Silence>);

impl Drop for Running {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        state.running -= 1;
        state.since = Instant::now();
    }
}

/// A stream that tells what moves over it.
pub(super) struct Watched {
    stream: TcpStream,
    silence: Arc<Silence>,
}

impl Watched {
    pub(super) fn new(stream: TcpStream, silence: Arc<Silence>) -> Self {
        Self { stream, silence }
    }

    fn tell(&self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if matches!(written, Poll::Ready(Ok(1..))) {
            self.silence.written();
        }
        written
    }
}

impl AsyncRead for Watched {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.silence.read();
        }
        read
    }
}

impl AsyncWrite for Watched {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.tell(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.tell(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
