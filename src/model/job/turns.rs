//! Turns: a fair scheduler that limits how many jobs run at a time.
//!
//! A job runs until its time slice is used up and it reaches a checkpoint; then a waiting job may run. Among jobs that have run
//! for less than [`QUICK`], the one that has run least goes first, and all of them go before longer ones: cheap jobs do not wait for
//! expensive ones. Among the longer ones the oldest goes first and keeps its turn, so that under overload some complete in time
//! instead of all too late. One turn in [`LONG_EVERY`] goes to them however many quick ones come.
//!
//! A job that has run for less than [`FRESH`] has turns of its own besides, as many again: a cheap job does not even wait for the next
//! checkpoint of an expensive one, which may be far when the operating system has taken the processor from it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread::Thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::{Job, JobCancelled, nanos_since};

/// The time slice of a job.
const SLICE: Duration = Duration::from_millis(5);
/// The total running time up to which a job is fresh. Most requests need less.
const FRESH: Duration = Duration::from_millis(2);
/// The total running time up to which a job is quick.
const QUICK: Duration = Duration::from_millis(100);
/// One turn in so many goes to a long job.
const LONG_EVERY: u32 = 4;

/// The scheduler.
pub struct Turns {
    queue: Mutex<TurnQueue>,
    /// The number of waiting threads, readable without the lock.
    waiting: AtomicUsize,
}

struct TurnQueue {
    /// The number of free turns for every job, and of those for fresh ones.
    free: usize,
    free_fresh: usize,
    /// The last sequence number assigned.
    last: u64,
    /// Turns given to quick jobs since a long job had one.
    quick_in_a_row: u32,
    /// Quick jobs, by rank, then by when they began to wait.
    quick: BTreeMap<QueuePosition, Arc<Waiter>>,
    /// Long jobs, by sequence number; the first keeps its turn until it is done.
    long: BTreeMap<QueuePosition, Arc<Waiter>>,
}

/// The unique position of a job in its queue.
type QueuePosition = (u128, u64);

/// The rank of a quick job: 0 while it is fresh, then the number of slices that it has used, rounded up.
fn rank(ran: Duration) -> u128 {
    if ran < FRESH {
        0
    } else {
        ran.as_nanos().div_ceil(SLICE.as_nanos())
    }
}

/// Which jobs a turn is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum TurnKind {
    Every,
    Fresh,
}

/// A thread that waits for a turn, and the turn that it got.
struct Waiter {
    thread: Thread,
    is_fresh: bool,
    turn: OnceLock<TurnKind>,
}

/// The turn of a job, released when dropped.
pub(super) struct TurnGuard {
    job: Arc<Job>,
    turns: Arc<Turns>,
    since: Instant,
    /// None if the turn was passed on and not regained, because the job was cancelled.
    kind: Option<TurnKind>,
}

impl Turns {
    /// A scheduler for `max` jobs at a time, at least one, and as many fresh ones.
    pub fn new(max: usize) -> Arc<Self> {
        let max = max.max(1);
        Arc::new(Self {
            queue: Mutex::new(TurnQueue {
                free: max,
                free_fresh: max,
                last: 0,
                quick_in_a_row: 0,
                quick: BTreeMap::new(),
                long: BTreeMap::new(),
            }),
            waiting: AtomicUsize::new(0),
        })
    }

    /// The number of threads that wait for a turn.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Acquire)
    }

    pub(super) fn take(self: &Arc<Self>, job: &Arc<Job>) -> Result<TurnGuard, JobCancelled> {
        let kind = Some(self.wait(job)?);
        Ok(TurnGuard {
            job: job.clone(),
            turns: self.clone(),
            since: Instant::now(),
            kind,
        })
    }

    /// Waits for a turn.
    fn wait(&self, job: &Job) -> Result<TurnKind, JobCancelled> {
        let (is_quick, is_fresh) = (job.ran() < QUICK, job.ran() < FRESH);
        let (position, waiter) = {
            let mut queue = self.queue.lock();
            queue.last += 1;
            let now = queue.last;
            if job.sequence.load(Ordering::Relaxed) == 0 {
                job.sequence.store(now, Ordering::Relaxed);
            }
            let position = if is_quick {
                (rank(job.ran()), now)
            } else {
                (0, job.sequence.load(Ordering::Relaxed))
            };
            if let Some(kind) = queue.take(is_fresh) {
                return Ok(kind);
            }
            let waiter = Arc::new(Waiter {
                thread: std::thread::current(),
                is_fresh,
                turn: OnceLock::new(),
            });
            queue.jobs(is_quick).insert(position, waiter.clone());
            self.waiting.fetch_add(1, Ordering::AcqRel);
            (position, waiter)
        };
        let began = Instant::now();
        let kind = loop {
            if let Some(kind) = waiter.turn.get() {
                break *kind;
            }
            if job.is_cancelled() {
                let mut queue = self.queue.lock();
                if queue.jobs(is_quick).remove(&position).is_some() {
                    self.waiting.fetch_sub(1, Ordering::AcqRel);
                } else if let Some(kind) = waiter.turn.get() {
                    // It got the turn meanwhile: pass it on.
                    self.pass_on(&mut queue, *kind);
                }
                return Err(JobCancelled);
            }
            std::thread::park();
        };
        job.waited.fetch_add(nanos_since(began), Ordering::Relaxed);
        Ok(kind)
    }

    /// Gives a turn to the next job that may have it, or frees it.
    fn pass_on(&self, queue: &mut TurnQueue, kind: TurnKind) {
        let next = match kind {
            TurnKind::Every => queue.next(),
            TurnKind::Fresh => queue.next_fresh(),
        };
        if let Some(next) = next {
            self.waiting.fetch_sub(1, Ordering::AcqRel);
            // Set once, by who took it from the queue.
            let _ = next.turn.set(kind);
            next.thread.unpark();
        } else {
            *queue.free(kind) += 1;
        }
    }

    /// Wakes all waiting threads, so that cancelled jobs leave the queue.
    pub(super) fn wake_all(&self) {
        let queue = self.queue.lock();
        for waiter in queue.quick.values().chain(queue.long.values()) {
            waiter.thread.unpark();
        }
    }
}

impl TurnQueue {
    fn jobs(&mut self, is_quick: bool) -> &mut BTreeMap<QueuePosition, Arc<Waiter>> {
        if is_quick { &mut self.quick } else { &mut self.long }
    }

    fn free(&mut self, kind: TurnKind) -> &mut usize {
        match kind {
            TurnKind::Every => &mut self.free,
            TurnKind::Fresh => &mut self.free_fresh,
        }
    }

    /// Takes a free turn.
    fn take(&mut self, is_fresh: bool) -> Option<TurnKind> {
        let kinds: &[TurnKind] = if is_fresh {
            &[TurnKind::Every, TurnKind::Fresh]
        } else {
            &[TurnKind::Every]
        };
        let kind = kinds.iter().copied().find(|kind| *self.free(*kind) > 0)?;
        *self.free(kind) -= 1;
        Some(kind)
    }

    /// The first job in the queue if it is fresh; fresh jobs stand before all others.
    fn next_fresh(&mut self) -> Option<Arc<Waiter>> {
        let first = self.quick.first_entry()?;
        first.get().is_fresh.then(|| first.remove())
    }

    fn next(&mut self) -> Option<Arc<Waiter>> {
        let long_first = self.quick_in_a_row + 1 >= LONG_EVERY;
        let first = if long_first {
            &mut self.long
        } else {
            &mut self.quick
        };
        let is_quick = !long_first;
        let (next, was_quick) = match first.pop_first() {
            Some((_, next)) => (Some(next), is_quick),
            None => {
                let other = self.jobs(!is_quick);
                (other.pop_first().map(|(_, next)| next), !is_quick)
            }
        };
        self.quick_in_a_row = if was_quick { self.quick_in_a_row + 1 } else { 0 };
        next
    }

    /// Whether a waiting job goes before this one.
    fn has_job_before(&self, job: &Job) -> bool {
        let first = |jobs: &BTreeMap<QueuePosition, Arc<Waiter>>| {
            jobs.first_key_value().map(|(position, _)| *position)
        };
        let (ran, sequence) = (job.ran(), job.sequence.load(Ordering::Relaxed));
        match first(&self.quick) {
            Some((waiting, _)) => ran >= QUICK || waiting < rank(ran),
            None => ran >= QUICK && first(&self.long).is_some_and(|(_, other)| other < sequence),
        }
    }
}

impl TurnGuard {
    /// Gives the turn to another job and waits to regain it, if the slice is used up and a job with precedence waits. A job that is
    /// no longer fresh gives back a turn for fresh ones.
    pub(super) fn yield_turn(&mut self) -> Result<(), JobCancelled> {
        let Some(kind) = self.kind else {
            return Err(JobCancelled);
        };
        let goes_on = match kind {
            TurnKind::Every => self.turns.waiting() == 0 || self.since.elapsed() < SLICE,
            TurnKind::Fresh => self.since.elapsed() < FRESH,
        };
        if goes_on {
            return Ok(());
        }
        self.record_time();
        {
            let mut queue = self.turns.queue.lock();
            if kind == TurnKind::Every && !queue.has_job_before(&self.job) {
                return Ok(());
            }
            self.turns.pass_on(&mut queue, kind);
        }
        let waited = self.turns.wait(&self.job);
        self.kind = waited.as_ref().ok().copied();
        self.since = Instant::now();
        waited.map(|_| ())
    }

    fn record_time(&mut self) {
        self.job.ran.fetch_add(nanos_since(self.since), Ordering::Relaxed);
        self.since = Instant::now();
    }
}

impl Drop for TurnGuard {
    fn drop(&mut self) {
        if let Some(kind) = self.kind {
            self.record_time();
            let mut queue = self.turns.queue.lock();
            self.turns.pass_on(&mut queue, kind);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::checkpoint;
    use super::*;

    impl Turns {
        /// How many wait, and how many turns of each kind are free.
        fn unused(&self) -> (usize, usize, usize) {
            let queue = self.queue.lock();
            (self.waiting(), queue.free, queue.free_fresh)
        }
    }

    fn job_that_ran(turns: &Arc<Turns>, ran: Duration) -> Arc<Job> {
        let job = Job::new(turns.clone());
        job.ran
            .store(u64::try_from(ran.as_nanos()).unwrap(), Ordering::Relaxed);
        job
    }

    /// Computes for about a duration, with checkpoints.
    fn compute(job: &Arc<Job>, long: Duration) -> Result<(), JobCancelled> {
        job.run(|| {
            let mut ran = Duration::ZERO;
            while ran < long {
                let began = Instant::now();
                std::hint::black_box((0..1_000).sum::<u64>());
                ran += began.elapsed();
                checkpoint();
            }
        })
    }

    #[test]
    fn no_more_run_at_a_time_than_there_are_turns() {
        // Fresh jobs have turns of their own besides.
        for (ran, max) in [(Duration::ZERO, 4), (FRESH, 2), (QUICK, 2)] {
            let turns = Turns::new(2);
            let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
            std::thread::scope(|scope| {
                for _ in 0..12 {
                    scope.spawn(|| {
                        let job = job_that_ran(&turns, ran);
                        for _ in 0..50 {
                            let part = job.run(|| {
                                most.fetch_max(running.fetch_add(1, Ordering::AcqRel) + 1, Ordering::AcqRel);
                                std::thread::yield_now();
                                running.fetch_sub(1, Ordering::AcqRel);
                            });
                            assert_eq!(part, Ok(()));
                        }
                    });
                }
            });
            assert!((1..=max).contains(&most.load(Ordering::Acquire)), "{ran:?}");
            assert_eq!(turns.unused(), (0, 2, 2));
        }
    }

    #[test]
    fn a_fresh_job_does_not_wait_for_a_checkpoint_and_a_job_is_not_fresh_for_long() {
        let turns = Turns::new(1);
        let (fresh, not_fresh) = (Job::new(turns.clone()), job_that_ran(&turns, FRESH));
        let (began, ends) = (std::sync::Barrier::new(2), std::sync::Barrier::new(2));
        std::thread::scope(|scope| {
            let long = scope.spawn(|| {
                not_fresh.run(|| {
                    began.wait();
                    // No checkpoint until the other job is done.
                    ends.wait();
                })
            });
            began.wait();
            assert_eq!(fresh.run(|| ()), Ok(()));
            let of_thread = fresh.clone();
            // It loses its turn after a while, and waits for the one that the long job has.
            let goes_on = scope.spawn(move || compute(&of_thread, FRESH * 4));
            while turns.waiting() == 0 {
                std::thread::yield_now();
            }
            assert!(fresh.ran() >= FRESH);
            ends.wait();
            assert_eq!(
                (long.join().ok(), goes_on.join().ok()),
                (Some(Ok(())), Some(Ok(())))
            );
        });
        assert_eq!(turns.unused(), (0, 1, 1));
    }

    #[test]
    fn a_quick_job_does_not_wait_for_long_ones_and_they_come_to_their_end() {
        let turns = Turns::new(1);
        let ended = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for name in ["first", "second", "third"] {
                let (job, ended) = (Job::new(turns.clone()), &ended);
                let of_thread = job.clone();
                scope.spawn(move || {
                    assert_eq!(compute(&of_thread, Duration::from_millis(600)), Ok(()));
                    ended.lock().push(name);
                });
                while job.sequence.load(Ordering::Relaxed) == 0 {
                    std::thread::yield_now();
                }
            }
            let quick = Job::new(turns.clone());
            assert_eq!(compute(&quick, Duration::from_millis(5)), Ok(()));
            ended.lock().push("quick");
        });
        assert_eq!(*ended.lock(), ["quick", "first", "second", "third"]);
        assert_eq!(turns.unused(), (0, 1, 1));
    }

    #[test]
    fn a_cancelled_job_leaves_the_queue_and_its_turn() {
        let turns = Turns::new(1);
        let (one, other) = (job_that_ran(&turns, FRESH), job_that_ran(&turns, FRESH));
        std::thread::scope(|scope| {
            let endless = scope.spawn(|| compute(&one, Duration::MAX));
            while turns.queue.lock().free > 0 {
                std::thread::yield_now();
            }
            let waiting = scope.spawn(|| other.run(|| ()));
            while turns.waiting() == 0 {
                std::thread::yield_now();
            }
            other.cancel();
            assert_eq!(waiting.join().ok(), Some(Err(JobCancelled)));
            assert_eq!(turns.waiting(), 0);
            one.cancel();
            assert_eq!(endless.join().ok(), Some(Err(JobCancelled)));
        });
        assert_eq!(turns.unused(), (0, 1, 1));
    }
}
