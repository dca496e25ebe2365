//! Work threads: where questions are answered, beside the threads that serve.
//!
//! A question runs as a [`Job`] on a thread of its own, from parsing to the last byte of its answer, and takes turns with
//! others: no more compute at a time than `--work-threads`. While it waits for a store, its turn is free.

use std::fmt;
use std::future::Future;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::model::job::{Cancelled, Job, Turns, contain};

use super::{Result, ServiceError};

/// Runs jobs on work threads. A copy shares the turns.
#[derive(Clone)]
pub struct Workers {
    turns: Arc<Turns>,
}

impl Workers {
    /// So many jobs compute at a time.
    pub fn new(threads: NonZeroUsize) -> Self {
        Self {
            turns: Turns::new(threads.get()),
        }
    }

    /// Runs a job to its end; none where it was cancelled. Dropped, the job is cancelled and ends soon after. `guard` is
    /// dropped when the job has ended, by whatever way.
    pub async fn run<T, F>(
        &self,
        guard: impl Send + 'static,
        job: impl FnOnce() -> F + Send + 'static,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = T>,
    {
        let owner = Owner(Job::new(self.turns.clone()));
        let (job_of_thread, runtime) = (owner.0.clone(), tokio::runtime::Handle::current());
        let done = tokio::task::spawn_blocking(move || {
            let _guard = guard;
            let made = job_of_thread.run(job)?;
            let driven = Driven {
                job: job_of_thread.clone(),
                future: Box::pin(made),
            };
            runtime.block_on(driven)
        });
        match done.await {
            Ok(done) => done.map_err(|Cancelled| ServiceError::Cancelled),
            Err(error) => match error.try_into_panic() {
                // As if it had been computed here: whoever serves says that a request panicked.
                Ok(panic) => std::panic::resume_unwind(panic),
                Err(_) => Err(ServiceError::Cancelled),
            },
        }
    }
}

impl fmt::Debug for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workers")
            .field("waiting", &self.turns.waiting())
            .finish()
    }
}

/// Whoever waits for a job.
struct Owner(Arc<Job>);

impl Drop for Owner {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// A job's future, polled in turns, and dropped in one.
struct Driven<F> {
    job: Arc<Job>,
    future: Pin<Box<F>>,
}

impl<F: Future> Future for Driven<F> {
    type Output = std::result::Result<F::Output, Cancelled>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { job, future } = self.get_mut();
        job.wake_by(cx.waker());
        if job.is_cancelled() {
            return Poll::Ready(Err(Cancelled));
        }
        match job.run(|| future.as_mut().poll(cx)) {
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Ok(Poll::Pending) => Poll::Pending,
            Err(Cancelled) => Poll::Ready(Err(Cancelled)),
        }
    }
}

/// Computes within the job. A panic fails what was asked for, and not all that was asked with it.
pub(super) fn compute<T>(work: impl FnOnce() -> T) -> Result<T> {
    contain(work).map_err(|panic| {
        let said = panic.downcast_ref::<&str>().map(|said| (*said).to_string());
        let said = said.or_else(|| panic.downcast_ref::<String>().cloned());
        ServiceError::Fault(format!("a computation panicked: {}", said.unwrap_or_default()))
    })
}
