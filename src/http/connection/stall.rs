//! Stalled HTTP/2 streams, whose client stopped reading the response: each is reset by itself, however busy its connection is.
//!
//! hyper polls a body when the client's window has room. A response that has bytes left and is not polled is therefore stalled.
//! Bodies are handed over in small parts, and the last byte apart from the rest, because what was handed over and is not sent
//! cannot be observed here.

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

/// Bytes handed over at a time.
const CHUNK_BYTES: usize = 16 * 1024;

thread_local! {
    static CURRENT: RefCell<Option<Arc<StreamProgress>>> = const { RefCell::new(None) };
}

/// The progress of one response stream.
#[derive(Debug, Default)]
struct StreamProgress {
    /// Since when a part of the response has been waiting for the client.
    waiting_since: Mutex<Option<Instant>>,
}

impl StreamProgress {
    fn note_waiting(&self) {
        *self.waiting_since.lock() = Some(Instant::now());
    }

    fn note_read(&self) {
        *self.waiting_since.lock() = None;
    }
}

/// Runs the streams of a connection and drops a stalled one, which sends `RST_STREAM`.
#[derive(Clone, Copy)]
pub(super) struct StreamExecutor {
    pub(super) idle: Duration,
}

impl<F> Executor<F> for StreamExecutor
where
    F: Future<Output = ()> + Send + 'static,
{
    fn execute(&self, stream: F) {
        tokio::spawn(MonitoredTask {
            inner: Box::pin(stream),
            stream: Arc::default(),
            idle: self.idle,
            timer: None,
        });
    }
}

/// A running stream.
struct MonitoredTask<F> {
    inner: Pin<Box<F>>,
    stream: Arc<StreamProgress>,
    idle: Duration,
    timer: Option<Pin<Box<Sleep>>>,
}

impl<F: Future<Output = ()>> Future for MonitoredTask<F> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let this = self.get_mut();
        let outer = CURRENT.replace(Some(this.stream.clone()));
        let done = this.inner.as_mut().poll(cx);
        CURRENT.set(outer);
        if done.is_ready() {
            return done;
        }
        let Some(since) = *this.stream.waiting_since.lock() else {
            this.timer = None;
            return Poll::Pending;
        };
        let end = since + this.idle;
        let timer = this.timer.get_or_insert_with(|| Box::pin(sleep_until(end)));
        if timer.deadline() != end {
            timer.as_mut().reset(end);
        }
        if timer.as_mut().poll(cx).is_ready() {
            tracing::debug!("a client stopped reading its response; the stream is reset");
            return Poll::Ready(());
        }
        Poll::Pending
    }
}

/// The response with its body monitored, if it has an HTTP/2 stream of its own.
pub(super) fn monitor_body(response: Response) -> Response {
    match CURRENT.with_borrow(Clone::clone) {
        Some(stream) => response.map(|body| {
            stream.note_waiting();
            Body::new(MonitoredBody {
                inner: body,
                rest: Bytes::new(),
                stream,
            })
        }),
        None => response,
    }
}

struct MonitoredBody {
    inner: Body,
    /// Bytes of the inner body that are not handed over yet.
    rest: Bytes,
    stream: Arc<StreamProgress>,
}

impl MonitoredBody {
    fn next_chunk(&mut self) -> Bytes {
        let is_last = self.inner.is_end_stream();
        let length = match self.rest.len() {
            0 | 1 => self.rest.len(),
            length if length > CHUNK_BYTES => CHUNK_BYTES,
            length if is_last => length - 1,
            length => length,
        };
        self.rest.split_to(length)
    }
}

impl HttpBody for MonitoredBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let this = &mut *self;
        this.stream.note_read();
        while this.rest.is_empty() {
            match Pin::new(&mut this.inner).poll_frame(cx) {
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => this.rest = data,
                    Err(other) => return Poll::Ready(Some(Ok(other))),
                },
                // Nothing is ready, so the client is not the one that stalls.
                other => return other,
            }
        }
        let chunk = this.next_chunk();
        this.stream.note_waiting();
        Poll::Ready(Some(Ok(Frame::data(chunk))))
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

impl Drop for MonitoredBody {
    fn drop(&mut self) {
        self.stream.note_read();
    }
}
