//! Work threads, on which requests are executed, separate from the threads that serve connections.
//!
//! A request runs as a [`Job`] on its own thread, from parsing to the last byte of its response, and takes
//! turns with others: at most `--work-threads` compute at a time. While it waits for a store, its turn is
//! free.

use std::fmt;
use std::future::Future;
use std::num::NonZeroUsize;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use crate::model::job::{Job, JobCancelled, Turns, catch_panic};

use super::{Result, ServiceError};

/// Runs jobs on work threads. Clones share the turns.
#[derive(Clone)]
pub struct Workers {
    turns: Arc<Turns>,
}

impl Workers {
    /// Allows `threads` jobs to compute at the same time.
    pub fn new(threads: NonZeroUsize) -> Self {
        Self {
            turns: Turns::new(threads.get()),
        }
    }

    /// Runs a job to its end; an error if it is cancelled. Dropping the future cancels the job, which ends
    /// soon after. `guard` is dropped when the job has ended, in any way.
    pub async fn run<T, F>(
        &self,
        guard: impl Send + 'static,
        job: impl FnOnce() -> F + Send + 'static,
    ) -> Result<T>
    where
        T: Send + 'static,
        F: Future<Output = T>,
    {
        let owner = JobOwner(Job::new(self.turns.clone()));
        let (job_of_thread, runtime) = (owner.0.clone(), tokio::runtime::Handle::current());
        let done = tokio::task::spawn_blocking(move || {
            let _guard = guard;
            let driven = DrivenJob {
                job: job_of_thread,
                // Made within the first poll, so that making it needs no turn of its own.
                future: Box::pin(async move { job().await }),
            };
            runtime.block_on(driven)
        });
        match done.await {
            Ok(done) => done.map_err(|JobCancelled| ServiceError::Cancelled),
            Err(error) => match error.try_into_panic() {
                // As if it had been computed here: the caller reports that a request panicked.
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

/// Cancels its job when dropped.
struct JobOwner(Arc<Job>);

impl Drop for JobOwner {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// The future of a job, polled during its turns and dropped in one.
struct DrivenJob<F> {
    job: Arc<Job>,
    future: Pin<Box<F>>,
}

impl<F: Future> Future for DrivenJob<F> {
    type Output = std::result::Result<F::Output, JobCancelled>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let Self { job, future } = self.get_mut();
        job.wake_by(cx.waker());
        if job.is_cancelled() {
            return Poll::Ready(Err(JobCancelled));
        }
        match job.run(|| future.as_mut().poll(cx)) {
            Ok(Poll::Ready(output)) => Poll::Ready(Ok(output)),
            Ok(Poll::Pending) => Poll::Pending,
            Err(JobCancelled) => Poll::Ready(Err(JobCancelled)),
        }
    }
}

/// Computes within the job. A panic fails this computation, not everything requested with it.
pub(super) fn compute<T>(work: impl FnOnce() -> T) -> Result<T> {
    catch_panic(work).map_err(|panic| {
        let said = panic.downcast_ref::<&str>().map(|said| (*said).to_string());
        let said = said.or_else(|| panic.downcast_ref::<String>().cloned());
        ServiceError::Internal(format!("a computation panicked: {}", said.unwrap_or_default()))
    })
}
