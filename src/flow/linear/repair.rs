//! Multipliers that leave a column without an upper end with an excess prove nothing. Most miss by a rounding error, and
//! changing one more multiplier mends that.

use std::collections::VecDeque;

use num_bigint::{BigInt, Sign};
use rust_decimal::Decimal;

use super::certificate::Certifier;
use super::multipliers::Multipliers;
use super::{LinearProgram, Sense};
use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::job;

/// Changing a multiplier can unsettle other columns, and that can go round: so many changes, and so many more a column.
const CHANGES_MIN: usize = 64;
const CHANGES_PER_COLUMN: usize = 4;

/// Multipliers in the making, and the excesses that follow from them.
#[derive(Debug)]
pub(super) struct Repair<'a> {
    certifier: &'a Certifier<'a>,
    multipliers: &'a mut Multipliers,
    excesses: &'a mut [BigInt],
    /// How often each row's multiplier was changed.
    changes: Vec<usize>,
}

/// A change of one row's multiplier.
struct Change {
    row: usize,
    by: BigInt,
    /// How many columns without an upper end it would give more excess, and how often the row was changed: two changes that
    /// undo each other would go round.
    harm: usize,
}

impl<'a> Repair<'a> {
    pub(super) fn new(
        certifier: &'a Certifier<'a>,
        multipliers: &'a mut Multipliers,
        excesses: &'a mut [BigInt],
    ) -> Self {
        Self {
            changes: vec![0; certifier.program().rows.len()],
            certifier,
            multipliers,
            excesses,
        }
    }

    /// Leaves no excess at a column without an upper end, or gives up on one that nothing helps.
    pub(super) fn run(mut self, budget: &mut WorkBudget) -> Result<(), OutOfWork> {
        let program = self.certifier.program();
        let mut open: VecDeque<usize> = (0..program.columns.len())
            .filter(|column| self.is_open(*column))
            .collect();
        if open.is_empty() {
            return Ok(());
        }
        let rows_of = rows_by_column(program);
        let mut left = CHANGES_MIN + CHANGES_PER_COLUMN * program.columns.len();
        while let Some(column) = open.pop_front() {
            job::step();
            if !self.is_open(column) {
                continue;
            }
            let Some(rest) = left.checked_sub(1) else {
                return Ok(());
            };
            left = rest;
            let rows = rows_of.get(column).map(Vec::as_slice).unwrap_or_default();
            let Some(change) = self.least_harm(column, rows, budget)? else {
                return Ok(());
            };
            open.extend(self.apply(&change));
        }
        Ok(())
    }

    /// Whether a column has an excess and no upper end.
    fn is_open(&self, column: usize) -> bool {
        let endless = self
            .certifier
            .program()
            .columns
            .get(column)
            .is_some_and(|column| column.upper.is_none());
        endless
            && self
                .excesses
                .get(column)
                .is_some_and(|excess| excess.sign() == Sign::Plus)
    }

    /// The change that takes a column's excess away and harms the fewest others.
    fn least_harm(
        &self,
        column: usize,
        rows: &[usize],
        budget: &mut WorkBudget,
    ) -> Result<Option<Change>, OutOfWork> {
        let program = self.certifier.program();
        let mut best: Option<Change> = None;
        for index in rows {
            job::step();
            let (Some(row), Some(excess)) = (program.rows.get(*index), self.excesses.get(column)) else {
                continue;
            };
            budget.spend_many(row.coefficients.len() as u64)?;
            let of_column = row.coefficients.iter().filter(|(other, _)| *other == column);
            let coefficient: BigInt = of_column
                .map(|(_, value)| self.certifier.coefficient(*value))
                .sum();
            if coefficient.sign() == Sign::NoSign {
                continue;
            }
            let raises = coefficient.sign() == Sign::Plus;
            let size = BigInt::from(coefficient.magnitude().clone());
            let by: BigInt = (excess + &size - 1) / size;
            let by = if raises { by } else { -by };
            let after = self
                .multipliers
                .numerators
                .get(*index)
                .map(|numerator| numerator + &by);
            let stays = after.is_some_and(|after| after.sign() != Sign::Minus);
            if row.sense == Sense::AtMost && !stays {
                continue;
            }
            let harmed = |(other, value): &&(usize, Decimal)| {
                value.is_sign_positive() != raises
                    && program
                        .columns
                        .get(*other)
                        .is_some_and(|other| other.upper.is_none())
            };
            let before = self.changes.get(*index).copied().unwrap_or_default();
            let harm = row.coefficients.iter().filter(harmed).count() + before;
            if best.as_ref().is_none_or(|best| harm < best.harm) {
                best = Some(Change {
                    row: *index,
                    by,
                    harm,
                });
            }
        }
        Ok(best)
    }

    /// Changes a multiplier; gives the columns that have an excess and no upper end now.
    fn apply(&mut self, change: &Change) -> Vec<usize> {
        let program = self.certifier.program();
        if let Some(numerator) = self.multipliers.numerators.get_mut(change.row) {
            *numerator += &change.by;
        }
        if let Some(changes) = self.changes.get_mut(change.row) {
            *changes += 1;
        }
        let coefficients = program
            .rows
            .get(change.row)
            .map(|row| row.coefficients.as_slice())
            .unwrap_or_default();
        for (column, coefficient) in coefficients {
            job::step();
            if let Some(excess) = self.excesses.get_mut(*column) {
                *excess -= self.certifier.coefficient(*coefficient) * &change.by;
            }
        }
        let touched = coefficients.iter().map(|(column, _)| *column);
        touched.filter(|column| self.is_open(*column)).collect()
    }
}

fn rows_by_column(program: &LinearProgram) -> Vec<Vec<usize>> {
    let mut rows_of = vec![Vec::new(); program.columns.len()];
    for (index, row) in program.rows.iter().enumerate() {
        job::step();
        for (column, _) in &row.coefficients {
            job::step();
            if let Some(rows) = rows_of.get_mut(*column) {
                rows.push(index);
            }
        }
    }
    rows_of
}
