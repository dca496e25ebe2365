//! How many questions are worked on at a time, and how many may wait. A queue without an end would only turn a busy
//! server into a slow one.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Lets a number of questions in at a time.
#[derive(Clone)]
pub(super) struct Gate {
    inner: Arc<Inner>,
}

struct Inner {
    turns: Arc<Semaphore>,
    waiting: AtomicUsize,
    queue_max: usize,
}

/// Too many wait already.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Full;

/// One who waits; leaves the queue even where the wait is given up.
struct Place<'a>(&'a AtomicUsize);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

impl Gate {
    pub(super) fn new(concurrent_max: usize, queue_max: usize) -> Self {
        let inner = Inner {
            turns: Arc::new(Semaphore::new(concurrent_max)),
            waiting: AtomicUsize::new(0),
            queue_max,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// A turn, now or after a wait. It goes with the work, and is given back when that has ended, not when nobody waits for it
    /// any more.
    pub(super) async fn enter(&self) -> Result<OwnedSemaphorePermit, Full> {
        if let Ok(turn) = self.inner.turns.clone().try_acquire_owned() {
            return Ok(turn);
        }
        let before = self.inner.waiting.fetch_add(1, Ordering::AcqRel);
        let _place = Place(&self.inner.waiting);
        if before >= self.inner.queue_max {
            return Err(Full);
        }
        self.inner.turns.clone().acquire_owned().await.map_err(|_| Full)
    }
}

#[cfg(test)]
mod tests {
    use std::task::Poll;

    use async_graphql::futures_util::poll;

    use super::*;

    #[tokio::test]
    async fn the_queue_has_an_end_and_who_leaves_it_makes_room() {
        let gate = Gate::new(1, 1);
        let turn = gate.enter().await.unwrap();
        let mut second = Box::pin(gate.enter());
        assert!(poll!(&mut second).is_pending());
        assert_eq!(gate.enter().await.err(), Some(Full));
        drop(second);
        let mut third = Box::pin(gate.enter());
        assert!(poll!(&mut third).is_pending());
        drop(turn);
        assert!(matches!(poll!(&mut third), Poll::Ready(Ok(_))));
    }
}
