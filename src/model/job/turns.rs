//! Turns: so many jobs run at a time, whatever number of them is under way.
//!
//! A job runs until its slice is over and it comes to a checkpoint; then one that waits may run. Among jobs that have run for
//! less than [`QUICK`] the one that has run least goes first, and all of them go before those that have run longer: what is
//! cheap does not wait for what is dear. Among the rest the one that came first goes first and keeps its turn, so that under too much work some are done in time instead of all too late.
//! One turn in [`LONG_EVERY`] goes to those all the same, however many quick ones come.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::Thread;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

use super::{Cancelled, Job, nanos};

/// How long a job runs before others that wait may.
const SLICE: Duration = Duration::from_millis(5);
/// How long a job counts as quick, all its slices together.
const QUICK: Duration = Duration::from_millis(100);
/// One turn in so many goes to a job that is quick no more.
const LONG_EVERY: u32 = 4;

/// Gives out turns.
pub struct Turns {
    line: Mutex<Line>,
    /// How many wait, to be read without the lock.
    waiting: AtomicUsize,
}

struct Line {
    /// Turns that nobody has.
    free: usize,
    /// The last place given out.
    last: u64,
    /// Turns passed on since a long job had one.
    quick_in_a_row: u32,
    /// By how many slices each has run, then by when it began to wait.
    quick: BTreeMap<Place, Arc<Waiter>>,
    /// By when each came: the first goes on until it is done.
    long: BTreeMap<Place, Arc<Waiter>>,
}

/// Where a job stands in its line; no two stand at the same.
type Place = (u128, u64);

/// How many slices a job has run, a part of one as a whole.
fn slices(ran: Duration) -> u128 {
    ran.as_nanos().div_ceil(SLICE.as_nanos())
}

/// A thread that waits for a turn.
struct Waiter {
    thread: Thread,
    called: AtomicBool,
}

/// A turn that a job has. Given back when dropped.
pub(super) struct Held {
    job: Arc<Job>,
    turns: Arc<Turns>,
    since: Instant,
    /// Whether it was passed on, and none came back since the job was cancelled.
    lost: bool,
}

impl Turns {
    /// So many jobs may run at a time; at least one.
    pub fn new(max: usize) -> Arc<Self> {
        Arc::new(Self {
            line: Mutex::new(Line {
                free: max.max(1),
                last: 0,
                quick_in_a_row: 0,
                quick: BTreeMap::new(),
                long: BTreeMap::new(),
            }),
            waiting: AtomicUsize::new(0),
        })
    }

    /// How many threads wait for a turn.
    pub fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Acquire)
    }

    pub(super) fn take(self: &Arc<Self>, job: &Arc<Job>) -> Result<Held, Cancelled> {
        self.wait(job)?;
        Ok(Held {
            job: job.clone(),
            turns: self.clone(),
            since: Instant::now(),
            lost: false,
        })
    }

    /// Waits for a turn.
    fn wait(&self, job: &Job) -> Result<(), Cancelled> {
        let is_quick = job.ran() < QUICK;
        let (place, waiter) = {
            let mut line = self.line.lock();
            line.last += 1;
            let now = line.last;
            if job.came.load(Ordering::Relaxed) == 0 {
                job.came.store(now, Ordering::Relaxed);
            }
            let place = if is_quick {
                (slices(job.ran()), now)
            } else {
                (0, job.came.load(Ordering::Relaxed))
            };
            if line.free > 0 {
                line.free -= 1;
                return Ok(());
            }
            let waiter = Arc::new(Waiter {
                thread: std::thread::current(),
                called: AtomicBool::new(false),
            });
            line.of(is_quick).insert(place, waiter.clone());
            self.waiting.fetch_add(1, Ordering::AcqRel);
            (place, waiter)
        };
        let began = Instant::now();
        while !waiter.called.load(Ordering::Acquire) {
            if job.is_cancelled() {
                let mut line = self.line.lock();
                if line.of(is_quick).remove(&place).is_some() {
                    self.waiting.fetch_sub(1, Ordering::AcqRel);
                } else {
                    // Called meanwhile: the turn goes to the next.
                    self.pass_on(&mut line);
                }
                return Err(Cancelled);
            }
            std::thread::park();
        }
        job.waited.fetch_add(nanos(began), Ordering::Relaxed);
        Ok(())
    }

    /// Gives a turn to whoever is next, or back.
    fn pass_on(&self, line: &mut Line) {
        match line.next() {
            Some(next) => {
                self.waiting.fetch_sub(1, Ordering::AcqRel);
                next.called.store(true, Ordering::Release);
                next.thread.unpark();
            }
            None => line.free += 1,
        }
    }

    /// Wakes those who wait, so that whoever was cancelled leaves.
    pub(super) fn look_again(&self) {
        let line = self.line.lock();
        for waiter in line.quick.values().chain(line.long.values()) {
            waiter.thread.unpark();
        }
    }
}

impl Line {
    fn of(&mut self, is_quick: bool) -> &mut BTreeMap<Place, Arc<Waiter>> {
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
                let other = self.of(!is_quick);
                (other.pop_first().map(|(_, next)| next), !is_quick)
            }
        };
        self.quick_in_a_row = if was_quick { self.quick_in_a_row + 1 } else { 0 };
        next
    }

    /// Whether somebody who waits goes before a job.
    fn goes_before(&self, job: &Job) -> bool {
        let first = |line: &BTreeMap<Place, Arc<Waiter>>| line.first_key_value().map(|(place, _)| *place);
        let (ran, came) = (job.ran(), job.came.load(Ordering::Relaxed));
        match first(&self.quick) {
            Some((of_other, _)) => ran >= QUICK || of_other < slices(ran),
            None => ran >= QUICK && first(&self.long).is_some_and(|(_, other)| other < came),
        }
    }
}

impl Held {
    /// Lets others run, where the slice is over and somebody waits who goes before this job.
    pub(super) fn let_others(&mut self) -> Result<(), Cancelled> {
        if self.turns.waiting() == 0 || self.since.elapsed() < SLICE {
            return Ok(());
        }
        self.note();
        {
            let mut line = self.turns.line.lock();
            if !line.goes_before(&self.job) {
                return Ok(());
            }
            self.turns.pass_on(&mut line);
        }
        let waited = self.turns.wait(&self.job);
        self.lost = waited.is_err();
        self.since = Instant::now();
        waited
    }

    fn note(&mut self) {
        self.job.ran.fetch_add(nanos(self.since), Ordering::Relaxed);
        self.since = Instant::now();
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if !self.lost {
            self.note();
            let mut line = self.turns.line.lock();
            self.turns.pass_on(&mut line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::checkpoint;
    use super::*;

    /// Computes for about so long, as a computation does: with checkpoints.
    fn compute(job: &Arc<Job>, long: Duration) -> Result<(), Cancelled> {
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
        assert_eq!((turns.waiting(), turns.line.lock().free), (0, 2));
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
                while job.came.load(Ordering::Relaxed) == 0 {
                    std::thread::yield_now();
                }
            }
            let quick = Job::new(turns.clone());
            assert_eq!(compute(&quick, Duration::from_millis(5)), Ok(()));
            ended.lock().push("quick");
        });
        assert_eq!(*ended.lock(), ["quick", "first", "second", "third"]);
        assert_eq!((turns.waiting(), turns.line.lock().free), (0, 1));
    }

    #[test]
    fn a_cancelled_job_leaves_the_line_and_its_turn() {
        let turns = Turns::new(1);
        let (one, other) = (Job::new(turns.clone()), Job::new(turns.clone()));
        std::thread::scope(|scope| {
            let endless = scope.spawn(|| compute(&one, Duration::MAX));
            while turns.line.lock().free > 0 {
                std::thread::yield_now();
            }
            let waiting = scope.spawn(|| other.run(|| ()));
            while turns.waiting() == 0 {
                std::thread::yield_now();
            }
            other.cancel();
            assert_eq!(waiting.join().ok(), Some(Err(Cancelled)));
            assert_eq!(turns.waiting(), 0);
            one.cancel();
            assert_eq!(endless.join().ok(), Some(Err(Cancelled)));
        });
        assert_eq!(turns.line.lock().free, 1);
    }
}
