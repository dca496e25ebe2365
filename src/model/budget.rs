//! Budgets: how much work and time an answer may take. Running out truncates an answer; it never breaks it.

use std::time::Instant;

use super::walk::TruncationReason;

/// What is left to spend. A unit of work is one relation looked at.
#[derive(Clone, Debug)]
pub struct WorkBudget {
    left: u64,
    deadline: Option<Instant>,
    until_clock: u32,
    spent_out: Option<TruncationReason>,
}

/// The budget is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfWork(pub TruncationReason);

/// Reading the clock costs more than looking at a relation, so it is read once in so many.
const WORK_PER_CLOCK: u32 = 1024;

impl WorkBudget {
    /// So many relations, until then.
    pub fn new(work_max: u64, deadline: Option<Instant>) -> Self {
        Self {
            left: work_max,
            deadline,
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
                if self.deadline.is_some_and(|deadline| Instant::now() >= deadline) {
                    return Err(self.run_out(TruncationReason::TimeLimit));
                }
            }
        }
        Ok(())
    }

    /// How many units are left.
    pub fn left(&self) -> u64 {
        self.left
    }

    /// When it runs out, whatever is left by then.
    pub fn deadline(&self) -> Option<Instant> {
        self.deadline
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
