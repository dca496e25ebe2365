//! Turns: a fair scheduler that limits how many jobs run at a time.
//!
//! A job runs until its time slice is used up and it reaches a checkpoint; then a waiting job may run. Among jobs that have run
//! for less than [`QUICK`], the one that has run least goes first, and all of them go before longer ones: cheap jobs do not wait for
//! expensive ones. Among the longer ones the oldest goes first and keeps its turn, so that under overload some complete in time
//! instead of all too late. One turn in [`LONG_EVERY`] goes to them however many quick ones come.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::Thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::{Job, JobCancelled, nanos_since};

/// The time slice of a job.
const SLICE: Duration = Duration::from_millis(5);
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
    /// The number of free turns.
    free: usize,
    /// The last sequence number assigned.
    last: u64,
    /// Turns given to quick jobs since a long job had one.
    quick_in_a_row: u32,
    /// Quick jobs, by the number of slices used, then by when they began to wait.
    quick: BTreeMap<QueuePosition, Arc<Waiter>>,
    /// Long jobs, by sequence number; the first keeps its turn until it is done.
    long: BTreeMap<QueuePosition, Arc<Waiter>>,
}

/// The unique position of a job in its queue.
type QueuePosition = (u128, u64);

/// The number of slices that a job has used, rounded up.
fn slices(ran: Duration) -> u128 {
    ran.as_nanos().div_ceil(SLICE.as_nanos())
}

/// A thread that waits for a turn.
struct Waiter {
    thread: Thread,
    has_turn: AtomicBool,
}

/// The turn of a job, released when dropped.
pub(super) struct TurnGuard {
    job: Arc<Job>,
    turns: Arc<Turns>,
    since: Instant,
    /// Whether the turn was passed on and not regained, because the job was cancelled.
    lost: bool,
}

impl Turns {
    /// A scheduler for `max` jobs at a time, at least one.
    pub fn new(max: usize) -> Arc<Self> {
        Arc::new(Self {
            queue: Mutex::new(TurnQueue {
                free: max.max(1),
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
        self.wait(job)?;
        Ok(TurnGuard {
            job: job.clone(),
            turns: self.clone(),
            since: Instant::now(),
            lost: false,
        })
    }

    /// Waits for a turn.
    fn wait(&self, job: &Job) -> Result<(), JobCancelled> {
        let is_quick = job.ran() < QUICK;
        let (position, waiter) = {
            let mut queue = self.queue.lock();
            queue.last += 1;
            let now = queue.last;
            if job.sequence.load(Ordering::Relaxed) == 0 {
                job.sequence.store(now, Ordering::Relaxed);
            }
            let position = if is_quick {
                (slices(job.ran()), now)
            } else {
                (0, job.sequence.load(Ordering::Relaxed))
            };
            if queue.free > 0 {
                queue.free -= 1;
                return Ok(());
            }
            let waiter = Arc::new(Waiter {
                thread: std::thread::current(),
                has_turn: AtomicBool::new(false),
            });
            queue.jobs(is_quick).insert(position, waiter.clone());
            self.waiting.fetch_add(1, Ordering::AcqRel);
            (position, waiter)
        };
        let began = Instant::now();
        while !waiter.has_turn.load(Ordering::Acquire) {
            if job.is_cancelled() {
                let mut queue = self.queue.lock();
                if queue.jobs(is_quick).remove(&position).is_some() {
                    self.waiting.fetch_sub(1, Ordering::AcqRel);
                } else {
                    // It got the turn meanwhile: pass it on.
                    self.pass_on(&mut queue);
                }
                return Err(JobCancelled);
            }
            std::thread::park();
        }
        job.waited.fetch_add(nanos_since(began), Ordering::Relaxed);
        Ok(())
    }

    /// Gives a turn to the next job, or frees it.
    fn pass_on(&self, queue: &mut TurnQueue) {
        match queue.next() {
            Some(next) => {
                self.waiting.fetch_sub(1, Ordering::AcqRel);
                next.has_turn.store(true, Ordering::Release);
                next.thread.unpark();
            }
            None => queue.free += 1,
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
            Some((slices_used, _)) => ran >= QUICK || slices_used < slices(ran),
            None => ran >= QUICK && first(&self.long).is_some_and(|(_, other)| other < sequence),
        }
    }
}

impl TurnGuard {
    /// Gives the turn to another job and waits to regain it, if the slice is used up and a job with precedence waits.
    pub(super) fn yield_turn(&mut self) -> Result<(), JobCancelled> {
        if self.turns.waiting() == 0 || self.since.elapsed() < SLICE {
            return Ok(());
        }
        self.record_time();
        {
            let mut queue = self.turns.queue.lock();
            if !queue.has_job_before(&self.job) {
                return Ok(());
            }
            self.turns.pass_on(&mut queue);
        }
        let waited = self.turns.wait(&self.job);
        self.lost = waited.is_err();
        self.since = Instant::now();
        waited
    }

    fn record_time(&mut self) {
        self.job.ran.fetch_add(nanos_since(self.since), Ordering::Relaxed);
        self.since = Instant::now();
    }
}

impl Drop for TurnGuard {
    fn drop(&mut self) {
        if !self.lost {
            self.record_time();
            let mut queue = self.turns.queue.lock();
            self.turns.pass_on(&mut queue);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::checkpoint;
    use super::*;

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
        let turns = Turns::new(2);
        let (running, most) = (AtomicUsize::new(0), AtomicUsize::new(0));
        std::thread::scope(|scope| {
            for _ in 0..12 {
                scope.spawn(|| {
                    let job = Job::new(turns.clone());
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
        assert!((1..=2).contains(&most.load(Ordering::Acquire)));
        assert_eq!((turns.waiting(), turns.queue.lock().free), (0, 2));
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
        assert_eq!((turns.waiting(), turns.queue.lock().free), (0, 1));
    }

    #[test]
    fn a_cancelled_job_leaves_the_queue_and_its_turn() {
        let turns = Turns::new(1);
        let (one, other) = (Job::new(turns.clone()), Job::new(turns.clone()));
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
        assert_eq!(turns.queue.lock().free, 1);
    }
}
