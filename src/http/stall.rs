//! Streams of HTTP/2 whose client takes nothing more of an answer: each is cut by itself, however busy its connection is.
//!
//! hyper asks a body for more when the client's window has room. So an answer of which something is left, and that is
//! not asked for it, stands still. Bodies are handed over in small parts, and the last byte apart from the rest: what
//! was handed over and is not sent would not be seen here.

use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use hyper::rt::Executor;
use parking_lot::Mutex;
use tokio::time::{Instant, Sleep, sleep_until};

/// Bytes that are handed over at a time.
const PART: usize = 16 * 1024;

thread_local! {
    static CURRENT: RefCell<Option<Arc<Stream>>> = const { RefCell::new(None) };
}

/// Since when the client has left a part of the answer where it is.
#[derive(Debug, Default)]
struct Stream {
    left_since: Mutex<Option<Instant>>,
}

impl Stream {
    fn is_offered(&self) {
        *self.left_since.lock() = Some(Instant::now());
    }

    fn is_taken(&self) {
        *self.left_since.lock() = None;
    }
}

/// Runs the streams of a connection, and drops one that stands still for too long: its client is told by `RST_STREAM`.
#[derive(Clone, Copy)]
pub(super) struct StreamExecutor {
    pub(super) idle: Duration,
}

impl<F> Executor<F> for StreamExecutor
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: F) {
        tokio::spawn(Watch {
            inner: Box::pin(stream),
            stream: Arc::default(),
            idle: self.idle,
            timer: None,
        });
    }
}

/// A stream at work.
struct Watch<F> {
    inner: Pin<Box<F>>,
    stream: Arc<Stream>,
    idle: Duration,
    timer: Option<Pin<Box<Sleep>>>,
}

impl<F: Future<Output = ()>> Future for Watch<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let outer = CURRENT.replace(Some(this.stream.clone()));
        let done = this.inner.as_mut().poll(cx);
        CURRENT.set(outer);
        if done.is_ready() {
            return done;
        }
        let Some(since) = *this.stream.left_since.lock() else {
            this.timer = None;
            return Poll::Pending;
        };
        let end = since + this.idle;
        let timer = this.timer.get_or_insert_with(|| Box::pin(sleep_until(end)));
        if timer.deadline() != end {
            timer.as_mut().reset(end);
        }
        if timer.as_mut().poll(cx).is_ready() {
            tracing::debug!("a client took nothing of its answer for too long; the stream is cut");
            return Poll::Ready(());
        }
        Poll::Pending
    }
}

/// The response with its body watched, where it goes over a stream of its own.
pub(super) fn watched(response: Response) -> Response {
    match CURRENT.with_borrow(Clone::clone) {
        Some(stream) => response.map(|body| {
            stream.is_offered();
            Body::new(WatchedBody {
                inner: body,
                rest: Bytes::new(),
                stream,
            })
        }),
        None => response,
    }
}

struct WatchedBody {
    inner: Body,
    /// What came of the inner body and is not handed over yet.
    rest: Bytes,
    stream: Arc<Stream>,
}

impl WatchedBody {
    fn part(&mut self) -> Bytes {
        let is_last = self.inner.is_end_stream();
        let length = match self.rest.len() {
            0 | 1 => self.rest.len(),
            length if length > PART => PART,
            length if is_last => length - 1,
            length => length,
        };
        self.rest.split_to(length)
    }
}

impl HttpBody for WatchedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        this.stream.is_taken();
        while this.rest.is_empty() {
            match Pin::new(&mut this.inner).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => this.rest = data,
                    Err(other) => return Poll::Ready(Some(Ok(other))),
                },
                // What is not there yet, the client cannot take.
                other => return other,
            }
        }
        let part = this.part();
        this.stream.is_offered();
        Poll::Ready(Some(Ok(Frame::data(part))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.inner.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let (rest, inner) = (self.rest.len() as u64, self.inner.size_hint());
        let mut hint = SizeHint::new();
        hint.set_lower(inner.lower() + rest);
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}

impl Drop for WatchedBody {
    fn drop(&mut self) {
        self.stream.is_taken();
    }
}
