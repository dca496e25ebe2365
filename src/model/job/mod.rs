//! Jobs: cancellable units of computation that take turns on the CPU.
//!
//! A job is one request, or one page of a feed. It runs on one thread at a time, which knows it as its current job. Every
//! computation passes a [`checkpoint`] at least once in about a thousand steps, by itself or through a
//! [`WorkBudget`](super::budget::WorkBudget). There a cancelled job ends, and a job that has used its time slice lets others run.
//!
//! A cancelled job ends by unwinding, because no caller needs its result. The unwinding starts with
//! [`std::panic::resume_unwind`], so no panic hook runs and nothing is logged. [`Job::run`] catches it. Two rules keep this sound:
//! at a checkpoint, no data shared between jobs is half written, and no lock is held that another job may wait for.

mod pace;
mod turns;

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::task::Waker;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

pub use pace::{Paced, PacedIter, by, step, steps};
use turns::TurnGuard;
pub use turns::Turns;

/// The payload with which a cancelled job unwinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JobCancelled;

/// A running request, as the thread that computes it knows it.
pub struct Job {
    cancelled: AtomicBool,
    /// Wakes the task that polls the job, so that it is cancelled even while it waits for a store.
    waker: Mutex<Waker>,
    turns: Option<Arc<Turns>>,
    /// Called at each checkpoint; true cancels the job.
    probe: Option<Box<dyn Fn() -> bool + Send + Sync>>,
    /// Its sequence number, by the time of its first turn; 0 before that.
    sequence: AtomicU64,
    /// How long it has run, in nanoseconds; quick jobs go before long ones.
    ran: AtomicU64,
    /// How long it has waited for a turn at its checkpoints, in nanoseconds.
    waited: AtomicU64,
}

thread_local! {
    static CURRENT: RefCell<Option<CurrentJob>> = const { RefCell::new(None) };
}

/// The job of a thread, and the turn it runs in.
struct CurrentJob {
    job: Arc<Job>,
    turn: Option<TurnGuard>,
}

impl Job {
    /// A job that takes turns with others.
    pub fn new(turns: Arc<Turns>) -> Arc<Self> {
        Self::with(Some(turns), None)
    }

    /// A job that runs at once, and is cancelled by the first checkpoint at which `probe` is true.
    pub fn probed(probe: impl Fn() -> bool + Send + Sync + 'static) -> Arc<Self> {
        Self::with(None, Some(Box::new(probe)))
    }

    fn with(turns: Option<Arc<Turns>>, probe: Option<Box<dyn Fn() -> bool + Send + Sync>>) -> Arc<Self> {
        Arc::new(Self {
            cancelled: AtomicBool::new(false),
            waker: Mutex::new(Waker::noop().clone()),
            turns,
            probe,
            sequence: AtomicU64::new(0),
            ran: AtomicU64::new(0),
            waited: AtomicU64::new(0),
        })
    }

    /// Cancels the job: it ends at its next checkpoint, or at once if it waits.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
        self.waker.lock().wake_by_ref();
        if let Some(turns) = &self.turns {
            turns.wake_all();
        }
    }

    /// Whether it was cancelled.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }

    /// Sets the waker that is called when it is cancelled.
    pub fn wake_by(&self, waker: &Waker) {
        self.waker.lock().clone_from(waker);
    }

    /// Runs a part of the job on this thread, in a turn. A panic that is not a cancellation goes on.
    pub fn run<T>(self: &Arc<Self>, part: impl FnOnce() -> T) -> Result<T, JobCancelled> {
        let turn = match &self.turns {
            Some(turns) => Some(turns.take(self)?),
            None => None,
        };
        let current = CurrentJob {
            job: self.clone(),
            turn,
        };
        let outer = CURRENT.with_borrow_mut(|place| place.replace(current));
        pace::begin();
        let done = catch_unwind(AssertUnwindSafe(|| {
            checkpoint();
            part()
        }));
        let ended = CURRENT.with_borrow_mut(|place| std::mem::replace(place, outer));
        // Gives the turn back.
        drop(ended);
        match done {
            Ok(value) => Ok(value),
            Err(payload) if payload.is::<JobCancelled>() => Err(JobCancelled),
            Err(payload) => resume_unwind(payload),
        }
    }

    /// How long it has run, up to its last turn.
    fn ran(&self) -> Duration {
        Duration::from_nanos(self.ran.load(Ordering::Relaxed))
    }
}

/// Ends the current job if it was cancelled, and lets others run if its time slice is used up. Costs a few nanoseconds. Outside a
/// job it does nothing.
pub fn checkpoint() {
    if is_cancelled() {
        resume_unwind(Box::new(JobCancelled));
    }
}

/// Whether the current job was cancelled; a [`checkpoint`] for code that cannot unwind.
pub fn is_cancelled() -> bool {
    CURRENT.with_borrow_mut(|current| {
        let Some(CurrentJob { job, turn }) = current else {
            return false;
        };
        if !job.is_cancelled() && job.probe.as_ref().is_some_and(|probe| probe()) {
            job.cancelled.store(true, Ordering::Release);
        }
        job.is_cancelled() || turn.as_mut().is_some_and(|turn| turn.yield_turn().is_err())
    })
}

/// How long the current job has waited for turns so far. A time budget does not count it.
pub(super) fn waited() -> Duration {
    CURRENT.with_borrow(|current| {
        let waited = current
            .as_ref()
            .map_or(0, |current| current.job.waited.load(Ordering::Relaxed));
        Duration::from_nanos(waited)
    })
}

/// Returns a panic of a computation as an error; a cancellation continues to unwind.
pub fn catch_panic<T>(work: impl FnOnce() -> T) -> Result<T, Box<dyn std::any::Any + Send>> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        if payload.is::<JobCancelled>() {
            resume_unwind(payload)
        }
        payload
    })
}

fn nanos_since(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX)
}
