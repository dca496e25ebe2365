//! Budgets: how much work and time an answer may take. Running out truncates an answer; it never breaks it.
//!
//! Spending is also where a job is cancelled and lets others run: see [`job`].

use std::time::{Duration, Instant};

use super::job;
use super::walk::TruncationReason;

/// What is left to spend. A unit of work is one relation looked at.
#[derive(Clone, Debug)]
pub struct WorkBudget {
    left: u64,
    deadline: Option<Instant>,
    /// How long the job had waited for turns when the budget was made.
    waited_before: Duration,
    until_clock: u32,
    spent_out: Option<TruncationReason>,
}

/// The budget is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfWork(pub TruncationReason);

/// Reading the clock costs more than looking at a relation, so it is read once in so many.
const WORK_PER_CLOCK: u32 = 1024;

impl WorkBudget {
    /// So many relations, until then; what the job waits for its turn meanwhile is added.
    pub fn new(work_max: u64, deadline: Option<Instant>) -> Self {
        Self {
            left: work_max,
            deadline,
            waited_before: job::waited(),
            until_clock: 0,
            spent_out: None,
        }
    }

    /// Spends one unit.
    pub fn spend(&mut self) -> Result<(), OutOfWork> {
        self.spend_many(1)
    }

    /// Spends many units at once.
    pub fn spend_many(&mut self, units: u64) -> Result<(), OutOfWork> {
        if let Some(reason) = self.spent_out {
            return Err(OutOfWork(reason));
        }
        if self.left < units {
            return Err(self.run_out(TruncationReason::WorkLimit));
        }
        self.left -= units;
        let units = u32::try_from(units).unwrap_or(u32::MAX);
        match self.until_clock.checked_sub(units) {
            Some(left) => self.until_clock = left,
            None => {
                self.until_clock = WORK_PER_CLOCK;
                job::checkpoint();
                if self.deadline().is_some_and(|deadline| Instant::now() >= deadline) {
                    return Err(self.run_out(TruncationReason::TimeLimit));
                }
            }
        }
        Ok(())
    }

    /// The same, of so many units at most.
    #[must_use]
    pub fn at_most(self, units: u64) -> Self {
        Self {
            left: self.left.min(units),
            ..self
        }
    }

    /// How many units are left.
    pub fn left(&self) -> u64 {
        self.left
    }

    /// When it runs out, whatever is left by then.
    pub fn deadline(&self) -> Option<Instant> {
        let waited = job::waited().saturating_sub(self.waited_before);
        self.deadline.map(|deadline| deadline + waited)
    }

    /// Why it ran out, where it did.
    pub fn spent_out(&self) -> Option<TruncationReason> {
        self.spent_out
    }

    fn run_out(&mut self, reason: TruncationReason) -> OutOfWork {
        self.left = 0;
        self.spent_out = Some(reason);
        OutOfWork(reason)
    }
}
