//! The concurrency limit: how many requests run at a time, and how many may wait. The queue is bounded, because an unbounded
//! one would turn a busy server into a slow one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Limits the number of requests that run at a time. A clone is another handle to the same limit.
#[derive(Clone)]
pub(in crate::http) struct ConcurrencyLimit {
    state: Arc<LimitState>,
}

struct LimitState {
    permits: Arc<Semaphore>,
    waiting: AtomicUsize,
    queue_max: usize,
}

/// The error that the queue is full.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::http) struct QueueFull;

/// A place in the queue, given up when dropped: also when the request is cancelled while it waits.
struct QueueSlot<'a>(&'a AtomicUsize);

impl Drop for QueueSlot<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl ConcurrencyLimit {
    pub(in crate::http) fn new(concurrent_max: usize, queue_max: usize) -> Self {
        let state = LimitState {
            permits: Arc::new(Semaphore::new(concurrent_max)),
            waiting: AtomicUsize::new(0),
            queue_max,
        };
        Self {
            state: Arc::new(state),
        }
    }

    /// Waits for a permit. The caller moves it into the work, so that it is released when the work has ended, not when nobody waits
    /// for the result any more.
    pub(in crate::http) async fn acquire(&self) -> Result<OwnedSemaphorePermit, QueueFull> {
        if let Ok(permit) = self.state.permits.clone().try_acquire_owned() {
            return Ok(permit);
        }
        let before = self.state.waiting.fetch_add(1, Ordering::AcqRel);
        let _slot = QueueSlot(&self.state.waiting);
        if before >= self.state.queue_max {
            return Err(QueueFull);
        }
        self.state
            .permits
            .clone()
            .acquire_owned()
            .await
            .map_err(|_| QueueFull)
    }
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use async_graphql::futures_util::poll;

    use super::*;

    #[tokio::test]
    async fn the_queue_is_bounded_and_a_cancelled_wait_makes_room() {
        let limit = ConcurrencyLimit::new(1, 1);
        let permit = limit.acquire().await.unwrap();
        let mut second = Box::pin(limit.acquire());
        assert!(poll!(&mut second).is_pending());
        assert_eq!(limit.acquire().await.err(), Some(QueueFull));
        drop(second);
        let mut third = Box::pin(limit.acquire());
        assert!(poll!(&mut third).is_pending());
        drop(permit);
        assert!(matches!(poll!(&mut third), Poll::Ready(Ok(_))));
    }
}
