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
    /// What is written.
    outgoing: Outgoing,
}

/// What is written over a connection, so far as it tells answers from the rest. HTTP/2 is spoken without TLS here, so its
/// frames can be told by their heads.
#[derive(Debug)]
enum Outgoing {
    /// Nothing was written yet.
    Unknown,
    /// HTTP/1: all of it is answers.
    Plain,
    /// HTTP/2.
    Frames(FrameReader),
}

/// Follows frames: nine bytes of a head, then as many as it says.
#[derive(Debug, Default)]
struct FrameReader {
    head: [u8; 9],
    /// How many bytes of the head were seen.
    seen: usize,
    /// How many bytes of the frame are to come.
    left: usize,
}

impl FrameReader {
    /// Whether any of these bytes is of an answer: of `DATA`, `HEADERS` or `CONTINUATION`.
    fn has_answer(&mut self, mut bytes: &[u8]) -> bool {
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

impl Outgoing {
    /// Whether any of these bytes is of an answer.
    fn has_answer(&mut self, bytes: &[u8]) -> bool {
        if let (Self::Unknown, Some(first)) = (&self, bytes.first()) {
            // An answer of HTTP/1 begins with its name; the first frame has less than 2^16 bytes.
            *self = if *first == 0 {
                Self::Frames(FrameReader::default())
            } else {
                Self::Plain
            };
        }
        match self {
            Self::Unknown => false,
            Self::Plain => true,
            Self::Frames(frames) => frames.has_answer(bytes),
        }
    }
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
                outgoing: Outgoing::Unknown,
            }),
        }
    }

    /// How long a client may take nothing.
    pub(super) fn idle(&self) -> Duration {
        self.idle
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

    /// A client that takes an answer may have sent its next question already. What is written besides, as the answer to a
    /// ping, is no sign of one that does.
    fn written<'b>(&self, parts: impl Iterator<Item = &'b [u8]>) {
        let mut state = self.state.lock();
        let mut answers = false;
        // Each part is read, whatever came before it.
        for part in parts {
            answers |= state.outgoing.has_answer(part);
        }
        if !answers {
            return;
        }
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

    fn tell<'b>(
        &self,
        written: Poll<io::Result<usize>>,
        parts: impl Iterator<Item = &'b [u8]>,
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Ok(mut left @ 1..)) = written {
            self.silence.written(parts.map_while(|part| {
                let taken = part.len().min(left);
                left -= taken;
                (taken > 0 || part.is_empty()).then(|| &part[..taken])
            }));
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
        self.tell(written, std::iter::once(bytes))
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(cx, parts);
        self.tell(written, parts.iter().map(|part| &**part))
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
    fn an_answer_is_told_from_a_ping_however_frames_are_cut() {
        let frame = |kind: u8, length: u8| {
            let mut frame = vec![0, 0, length, kind, 0, 0, 0, 0, 1];
            frame.extend(std::iter::repeat_n(7, usize::from(length)));
            frame
        };
        let (settings, ping, data, end) = (frame(4, 6), frame(6, 8), frame(0, 20), frame(0, 0));
        for size in 1..40 {
            let mut outgoing = Outgoing::Unknown;
            let mut has = |bytes: &[u8]| {
                let mut any = false;
                for part in bytes.chunks(size) {
                    any |= outgoing.has_answer(part);
                }
                any
            };
            assert!(!has(&settings) && !has(&ping), "by {size}");
            assert!(has(&data) && !has(&ping) && has(&end) && !has(&ping), "by {size}");
        }
        assert!(Outgoing::Unknown.has_answer(b"HTTP/1.1 200 OK"));
    }
}
