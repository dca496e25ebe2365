//! Work budgets: limits on the work and time of an answer. An exhausted budget truncates an answer; it never makes it wrong.
//!
//! Spending is also a checkpoint of the current job: see [`job`].

use std::time::{Duration, Instant};

use super::job;
use super::walk::TruncationReason;

/// The work and time that are left. A unit of work is one relation visited.
#[derive(Clone, Debug)]
pub struct WorkBudget {
    left: u64,
    deadline: Option<Instant>,
    /// How long the job had waited for turns when the budget was created.
    waited_before: Duration,
    until_clock: u32,
    exhausted: Option<TruncationReason>,
}

/// The error that a budget is exhausted, with the limit that was reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BudgetExhausted(pub TruncationReason);

/// Units of work between two reads of the clock, which cost more than visiting a relation.
const WORK_PER_CLOCK: u32 = 1024;

impl WorkBudget {
    /// A budget of `work_max` units until `deadline`. The time that the job waits for turns is added to the deadline.
    pub fn new(work_max: u64, deadline: Option<Instant>) -> Self {
        Self {
            left: work_max,
            deadline,
            waited_before: job::waited(),
            until_clock: 0,
            exhausted: None,
        }
    }

    /// Spends one unit.
    pub fn spend(&mut self) -> Result<(), BudgetExhausted> {
        self.spend_many(1)
    }

    /// Spends many units at once.
    pub fn spend_many(&mut self, units: u64) -> Result<(), BudgetExhausted> {
        if let Some(reason) = self.exhausted {
            return Err(BudgetExhausted(reason));
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

    /// The same budget, with at most `units` left.
    #[must_use]
    pub fn at_most(self, units: u64) -> Self {
        Self {
            left: self.left.min(units),
            ..self
        }
    }

    /// The number of units left.
    pub fn left(&self) -> u64 {
        self.left
    }

    /// The deadline, with the waiting time of the job added.
    pub fn deadline(&self) -> Option<Instant> {
        let waited = job::waited().saturating_sub(self.waited_before);
        self.deadline.map(|deadline| deadline + waited)
    }

    /// The limit that was reached; none while the budget lasts.
    pub fn exhausted(&self) -> Option<TruncationReason> {
        self.exhausted
    }

    fn run_out(&mut self, reason: TruncationReason) -> BudgetExhausted {
        self.left = 0;
        self.exhausted = Some(reason);
        BudgetExhausted(reason)
    }
}
