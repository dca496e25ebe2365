//! Jobs: who a second of computing belongs to, and how it ends when nobody waits for it any more.
//!
//! A job is one question, or one page of a feed. It runs on one thread at a time, which knows it as its current job. Every
//! computation passes a [`checkpoint`] at least once in about a thousand steps, by itself or through a
//! [`WorkBudget`](super::budget::WorkBudget). There a job that was cancelled ends, and one that ran for its slice lets others
//! run.
//!
//! A cancelled job ends by unwinding: the answer is wanted no more, so no function on the way has anything to say about it.
//! The unwinding starts with [`std::panic::resume_unwind`], so no panic hook runs and nothing is logged. Whoever starts a job
//! catches it with [`Job::run`]. Two rules keep this sound: nothing shared between jobs is half written at a checkpoint, and
//! no lock that another job may wait for is held at one.

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
use turns::Held;
pub use turns::Turns;

/// The payload with which a cancelled job unwinds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cancelled;

/// One question under way, as the thread that computes for it knows it.
pub struct Job {
    cancelled: AtomicBool,
    /// Wakes whoever polls the job, so that one which waits for a store hears of its end.
    waker: Mutex<Waker>,
    turns: Option<Arc<Turns>>,
    /// What is asked at each checkpoint; true cancels the job.
    probe: Option<Box<dyn Fn() -> bool + Send + Sync>>,
    /// Its place among all jobs, by when each took its first turn; 0 before that.
    came: AtomicU64,
    /// How long it has run, in nanoseconds: what is quick goes before what is long.
    ran: AtomicU64,
    /// How long it has waited for a turn at its checkpoints, in nanoseconds.
    waited: AtomicU64,
}

thread_local! {
    static CURRENT: RefCell<Option<Current>> = const { RefCell::new(None) };
}

/// The job of a thread, and the turn that it runs in.
struct Current {
    job: Arc<Job>,
    turn: Option<Held>,
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
            came: AtomicU64::new(0),
            ran: AtomicU64::new(0),
            waited: AtomicU64::new(0),
        })
    }

    /// Ends the job: at its next checkpoint, or at once where it waits.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Release);
        self.waker.lock().wake_by_ref();
        if let Some(turns) = &self.turns {
            turns.look_again();
        }
    }

    /// Whether nobody waits for it any more.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Acquire)
    }

    /// Whom to wake when it is cancelled.
    pub fn wake_by(&self, waker: &Waker) {
        self.waker.lock().clone_from(waker);
    }

    /// Runs a part of the job on this thread, in a turn. A panic that is not a cancellation goes on.
    pub fn run<T>(self: &Arc<Self>, part: impl FnOnce() -> T) -> Result<T, Cancelled> {
        let turn = match &self.turns {
            Some(turns) => Some(turns.take(self)?),
            None => None,
        };
        let current = Current {
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
            Err(payload) if payload.is::<Cancelled>() => Err(Cancelled),
            Err(payload) => resume_unwind(payload),
        }
    }

    /// How long it has run, up to its last turn.
    fn ran(&self) -> Duration {
        Duration::from_nanos(self.ran.load(Ordering::Relaxed))
    }
}

/// Ends the current job here if it was cancelled, and lets others run if its slice is over. Costs a few nanoseconds. Outside
/// a job it does nothing.
pub fn checkpoint() {
    if is_over() {
        resume_unwind(Box::new(Cancelled));
    }
}

/// As [`checkpoint`], for what cannot unwind: whether the current job was cancelled.
pub fn is_over() -> bool {
    CURRENT.with_borrow_mut(|current| {
        let Some(Current { job, turn }) = current else {
            return false;
        };
        if !job.is_cancelled() && job.probe.as_ref().is_some_and(|probe| probe()) {
            job.cancelled.store(true, Ordering::Release);
        }
        job.is_cancelled() || turn.as_mut().is_some_and(|turn| turn.let_others().is_err())
    })
}

/// How long the current job has waited for turns so far. A budget of time counts what a computation takes, not what others
/// take meanwhile.
pub(super) fn waited() -> Duration {
    CURRENT.with_borrow(|current| {
        let waited = current
            .as_ref()
            .map_or(0, |current| current.job.waited.load(Ordering::Relaxed));
        Duration::from_nanos(waited)
    })
}

/// Gives a panic of a computation as an error; a cancellation goes on.
pub fn contain<T>(work: impl FnOnce() -> T) -> Result<T, Box<dyn std::any::Any + Send>> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| {
        if payload.is::<Cancelled>() {
            resume_unwind(payload)
        }
        payload
    })
}

fn nanos(since: Instant) -> u64 {
    u64::try_from(since.elapsed().as_nanos()).unwrap_or(u64::MAX)
}
