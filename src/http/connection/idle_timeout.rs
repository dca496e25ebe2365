//! The read timeout and the idle timeout of a connection.
//!
//! One timer serves both versions of HTTP, from the first byte on. The timer of hyper runs only for HTTP/1,
//! only once the version is known, and treats an idle connection between two requests as one that sends its
//! request slowly.

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

/// The timeouts of one connection, and the state of the connection, which decides which of them applies.
#[derive(Debug)]
pub(super) struct IdleTimeout {
    /// Read timeout: the time within which a request head must be complete.
    header: Duration,
    /// Idle timeout: the time that a connection may spend between requests.
    idle: Duration,
    state: Mutex<ConnectionState>,
}

#[derive(Debug)]
struct ConnectionState {
    /// Number of running requests. Their time is limited elsewhere, including the time to receive their bodies.
    running: usize,
    /// Start of the idle time: when the connection was opened, the last request ended, or response bytes were
    /// last written.
    idle_since: Instant,
    /// When the request head that is being received began; `None` between requests.
    head_since: Option<Instant>,
    /// Whether the connection is HTTP/2. There, bytes between requests do not start a request head: they may
    /// be a window update or a ping.
    multiplexed: bool,
    /// The protocol of the bytes written so far.
    outgoing: OutgoingProtocol,
}

/// The protocol of the bytes written, which tells response bytes from others. HTTP/2 runs without TLS here,
/// so its frames can be recognized by their headers.
#[derive(Debug)]
enum OutgoingProtocol {
    /// Nothing has been written yet.
    Unknown,
    /// HTTP/1: all bytes belong to responses.
    Http1,
    /// HTTP/2.
    Http2(FrameReader),
}

/// Splits a byte stream into HTTP/2 frames: a header of nine bytes, then as many bytes as it states.
#[derive(Debug, Default)]
struct FrameReader {
    /// The header of the current frame: three bytes of payload length, one of type, then flags and stream.
    header: [u8; 9],
    /// Number of header bytes read so far.
    header_read: usize,
    /// Number of payload bytes that are still to come.
    payload_left: usize,
}

impl FrameReader {
    /// Whether any of these bytes belongs to a response: to a `DATA`, `HEADERS` or `CONTINUATION` frame.
    fn has_response_bytes(&mut self, mut bytes: &[u8]) -> bool {
        let mut has_response = false;
        while !bytes.is_empty() {
            if self.payload_left == 0 && self.header_read < self.header.len() {
                let take = bytes.len().min(self.header.len() - self.header_read);
                self.header[self.header_read..self.header_read + take].copy_from_slice(&bytes[..take]);
                self.header_read += take;
                bytes = &bytes[take..];
                if self.header_read == self.header.len() {
                    let [high, middle, low, ..] = self.header.map(usize::from);
                    self.payload_left = (high << 16) | (middle << 8) | low;
                }
            } else {
                let take = bytes.len().min(self.payload_left);
                self.payload_left -= take;
                bytes = &bytes[take..];
            }
            if self.header_read == self.header.len() {
                // The type of the frame: `DATA`, `HEADERS` or `CONTINUATION`.
                has_response |= matches!(self.header[3], 0 | 1 | 9);
                if self.payload_left == 0 {
                    self.header_read = 0;
                }
            }
        }
        has_response
    }
}

impl OutgoingProtocol {
    /// Whether any of these bytes belongs to a response.
    fn has_response_bytes(&mut self, bytes: &[u8]) -> bool {
        if let (Self::Unknown, Some(first)) = (&self, bytes.first()) {
            // An HTTP/1 response begins with `HTTP`; the first HTTP/2 frame has less than 2^16 bytes, so it
            // begins with 0.
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
    /// The timeouts of a connection that is opened now. Its first request head is expected from now on.
    pub(super) fn new(header: Duration, idle: Duration) -> Self {
        let now = Instant::now();
        Self {
            header,
            idle,
            state: Mutex::new(ConnectionState {
                running: 0,
                idle_since: now,
                head_since: Some(now),
                multiplexed: false,
                outgoing: OutgoingProtocol::Unknown,
            }),
        }
    }

    /// The idle timeout.
    pub(super) fn idle(&self) -> Duration {
        self.idle
    }

    /// Notes that the head of a request was received. The caller holds the returned guard until the response is ready.
    pub(super) fn begin_request<B>(self: &Arc<Self>, request: &Request<B>) -> RunningRequest {
        let mut state = self.state.lock();
        state.running += 1;
        state.head_since = None;
        state.multiplexed = request.version() == Version::HTTP_2;
        RunningRequest(self.clone())
    }

    /// Whether the connection has timed out.
    pub(super) fn is_over(&self) -> bool {
        self.deadline(&self.state.lock())
            .is_some_and(|deadline| Instant::now() >= deadline)
    }

    /// When to check again: at the deadline, but after the shorter of both timeouts at the latest. A request
    /// head that begins after now cannot time out before that.
    pub(super) fn check_again_at(&self) -> Instant {
        let latest = Instant::now() + self.header.min(self.idle);
        self.deadline(&self.state.lock())
            .map_or(latest, |deadline| deadline.min(latest))
    }

    /// When the connection times out if nothing happens; `None` while a request is running.
    fn deadline(&self, state: &ConnectionState) -> Option<Instant> {
        let idle_until = state.idle_since + self.idle;
        let deadline = state
            .head_since
            .map_or(idle_until, |head_since| head_since + self.header);
        (state.running == 0).then_some(deadline)
    }

    /// Notes bytes read: between the requests of HTTP/1, they begin a request head.
    fn note_read(&self) {
        let mut state = self.state.lock();
        if state.running == 0 && !state.multiplexed && state.head_since.is_none() {
            state.head_since = Some(Instant::now());
        }
    }

    /// Notes bytes written. Only response bytes restart the timer, also that of a request head, because a
    /// client may send its next request while it still receives a response. Other bytes, such as the answer
    /// to a ping, do not.
    fn note_written<'b>(&self, parts: impl Iterator<Item = &'b [u8]>) {
        let mut state = self.state.lock();
        let mut has_response = false;
        // Not `any`, which stops early: each part must pass through the frame reader.
        for part in parts {
            has_response |= state.outgoing.has_response_bytes(part);
        }
        if !has_response {
            return;
        }
        state.idle_since = Instant::now();
        state.head_since = state.head_since.map(|_| state.idle_since);
    }
}

/// The guard of a running request: dropping it ends the request for the timeouts.
pub(super) struct RunningRequest(Arc<IdleTimeout>);

impl Drop for RunningRequest {
    fn drop(&mut self) {
        let mut state = self.0.state.lock();
        state.running -= 1;
        state.idle_since = Instant::now();
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

    /// Reports the bytes that a write took from `parts`, and returns its result.
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
