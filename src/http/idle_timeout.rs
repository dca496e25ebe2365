//! The read timeout and the idle timeout of a connection.
//!
//! One timer for both versions of HTTP, from the first byte on: hyper's own runs for HTTP/1 alone, only once it knows
//! the version, and takes an idle connection between two requests for a slow one.

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

/// The timeouts of one connection, and what the connection is doing.
#[derive(Debug)]
pub(super) struct IdleTimeout {
    header: Duration,
    idle: Duration,
    state: Mutex<ConnectionState>,
}

#[derive(Debug)]
struct ConnectionState {
    /// Number of running requests. Their time is limited elsewhere, including the time to receive their bodies.
    running: usize,
    /// When a request last began or ended, or the client last received a part of a response.
    since: Instant,
    /// When the request head that is being received began; none between requests.
    head: Option<Instant>,
    /// Whether the connection is HTTP/2, where bytes between requests are not a request head but a window update or a ping.
    multiplexed: bool,
    /// The protocol of what is written.
    outgoing: OutgoingProtocol,
}

/// The protocol of the bytes written, which tells response bytes from others. HTTP/2 runs without TLS here, so its frames
/// can be recognized by their headers.
#[derive(Debug)]
enum OutgoingProtocol {
    /// Nothing was written yet.
    Unknown,
    /// HTTP/1: all bytes belong to responses.
    Http1,
    /// HTTP/2.
    Http2(FrameReader),
}

/// Splits a byte stream into HTTP/2 frames: a header of nine bytes, then as many bytes as it states.
#[derive(Debug, Default)]
struct FrameReader {
    head: [u8; 9],
    /// Bytes of the header read so far.
    seen: usize,
    /// Bytes of the frame that are still to come.
    left: usize,
}

impl FrameReader {
    /// Whether any of these bytes belongs to a response: to a `DATA`, `HEADERS` or `CONTINUATION` frame.
    fn has_response_bytes(&mut self, mut bytes: &[u8]) -> bool {
        let mut has = false;
        while !bytes.is_empty() {
            if self.left == 0 && self.seen < self.head.len() {
                let take = bytes.len().min(self.head.len() - self.seen);
                self.head[self.seen..self.seen + take].copy_from_slice(&bytes[..take]);
                self.seen += take;
                bytes = &bytes[take..];
                if self.seen == self.head.len() {
                    let [a, b, c, ..] = self.head.map(usize::from);
                    self.left = (a << 16) | (b << 8) | c;
                }
            } else {
                let take = bytes.len().min(self.left);
                self.left -= take;
                bytes = &bytes[take..];
            }
            if self.seen == self.head.len() {
                has |= matches!(self.head[3], 0 | 1 | 9);
                if self.left == 0 {
                    self.seen = 0;
                }
            }
        }
        has
    }
}

impl OutgoingProtocol {
    /// Whether any of these bytes belongs to a response.
    fn has_response_bytes(&mut self, bytes: &[u8]) -> bool {
        if let (Self::Unknown, Some(first)) = (&self, bytes.first()) {
            // An HTTP/1 response begins with `HTTP`; the first HTTP/2 frame has less than 2^16 bytes, so it begins with 0.
            *self = if *first == 0 {
                Self::Http2(FrameReader::default())
            } else {
                Self::Http1
            };
        }
        match self {
            Self::Unknown => false,
            Self::Http1 => true,
            Self::Http2(frames) => frames.has_response_bytes(bytes),
        }
    }
}

impl IdleTimeout {
    /// The timeouts of a connection that opens now.
    pub(super) fn new(header: Duration, idle: Duration) -> Self {
        let now = Instant::now();
        Self {
            header,
            idle,
            state: Mutex::new(ConnectionState {
                running: 0,
                since: now,
                head: Some(now),
                multiplexed: false,
                outgoing: OutgoingProtocol::Unknown,
            }),
        }
    }

    /// The idle timeout.
    pub(super) fn idle(&self) -> Duration {
        self.idle
    }

    /// Notes that the head of a request was received. The guard is held until its response is ready.
    pub(super) fn begin_request<B>(self: &Arc<Self>, request: &Request<B>) -> RunningRequest {
        let mut state = self.state.lock();
        state.running += 1;
        state.head = None;
        state.multiplexed = request.version() == Version::HTTP_2;
        RunningRequest(self.clone())
    }

    /// Whether the connection has timed out.
    pub(super) fn is_over(&self) -> bool {
        self.end(&self.state.lock())
            .is_some_and(|end| Instant::now() >= end)
    }

    /// When to check again. A request head that begins after now cannot time out before a whole `header` from now.
    pub(super) fn check_again_at(&self) -> Instant {
        let soon = Instant::now() + self.header.min(self.idle);
        self.end(&self.state.lock()).map_or(soon, |end| end.min(soon))
    }

    fn end(&self, state: &ConnectionState) -> Option<Instant> {
        let at_rest = state.since + self.idle;
        let end = state.head.map_or(at_rest, |head| head + self.header);
        (state.running == 0).then_some(end)
    }

    fn note_read(&self) {
        let mut state = self.state.lock();
        if state.running == 0 && !state.multiplexed && state.head.is_none() {
            state.head = Some(Instant::now());
        }
    }

    /// Notes bytes written. Only response bytes restart the timer: a client that reads a response may have sent its next request
    /// already, but the answer to a ping shows nothing.
    fn note_written<'b>(&self, parts: impl Iterator<Item = &'b [u8]>) {
        let mut state = self.state.lock();
        let mut has_response = false;
        // No short circuit: each part must pass through the frame reader.
        for part in parts {
            has_response |= state.outgoing.has_response_bytes(part);
        }
        if !has_response {
            return;
        }
        state.since = Instant::now();
        state.head = state.head.map(|_| state.since);
    }
}

/// The guard of a running request.
pub(super) struct RunningRequest(Arc<IdleTimeout>);

impl Drop for RunningRequest {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        state.running -= 1;
        state.since = Instant::now();
    }
}

/// A TCP stream that reports its reads and writes to its [`IdleTimeout`].
pub(super) struct MonitoredStream {
    stream: TcpStream,
    timeout: Arc<IdleTimeout>,
}

impl MonitoredStream {
    pub(super) fn new(stream: TcpStream, timeout: Arc<IdleTimeout>) -> Self {
        Self { stream, timeout }
    }

    fn report<'b>(
        &self,
        written: Poll<io::Result<usize>>,
        parts: impl Iterator<Item = &'b [u8]>,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(mut left @ 1..)) = written {
            self.timeout.note_written(parts.map_while(|part| {
                let taken = part.len().min(left);
                left -= taken;
                (taken > 0 || part.is_empty()).then(|| &part[..taken])
            }));
        }
        written
    }
}

impl AsyncRead for MonitoredStream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        if buf.filled().len() > before {
            self.timeout.note_read();
        }
        read
    }
}

impl AsyncWrite for MonitoredStream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.report(written, std::iter::once(bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.report(written, parts.iter().map(|part| &**part))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_is_distinguished_from_a_ping_however_frames_are_split() {
        let frame = |kind: u8, length: u8| {
            let mut frame = vec![0, 0, length, kind, 0, 0, 0, 0, 1];
            frame.extend(std::iter::repeat_n(7, usize::from(length)));
            frame
        };
        let (settings, ping, data, end) = (frame(4, 6), frame(6, 8), frame(0, 20), frame(0, 0));
        for size in 1..40 {
            let mut outgoing = OutgoingProtocol::Unknown;
            let mut has = |bytes: &[u8]| {
                let mut any = false;
                for part in bytes.chunks(size) {
                    any |= outgoing.has_response_bytes(part);
                }
                any
            };
            assert!(!has(&settings) && !has(&ping), "by {size}");
            assert!(has(&data) && !has(&ping) && has(&end) && !has(&ping), "by {size}");
        }
        assert!(OutgoingProtocol::Unknown.has_response_bytes(b"HTTP/1.1 200 OK"));
    }
}
