//! Repair of multipliers. Multipliers that leave an excess at a column without an upper bound prove nothing.
//! Most miss by a rounding error, which changing one more multiplier corrects.

use std::collections::VecDeque;

use num_bigint::{BigInt, Sign};
use rust_decimal::Decimal;

use super::multipliers::Multipliers;
use super::scaled_program::ScaledProgram;
use super::{LinearProgram, Sense};
use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::job;

/// A change can affect other columns and may cycle: minimum number of changes, and additional changes for
/// each column.
const CHANGES_MIN: usize = 64;
const CHANGES_PER_COLUMN: usize = 4;

/// Multipliers under repair, with their excesses.
#[derive(Debug)]
pub(super) struct Repair<'a> {
    scaled: &'a ScaledProgram<'a>,
    multipliers: &'a mut Multipliers,
    excesses: &'a mut [BigInt],
    /// The number of changes of each row's multiplier.
    changes: Vec<usize>,
}

/// A change of one row's multiplier.
struct MultiplierChange {
    row: usize,
    by: BigInt,
    /// The number of columns without an upper bound whose excess grows, plus the number of earlier changes of
    /// the row: two changes that undo each other would cycle.
    harm: usize,
}

impl<'a> Repair<'a> {
    pub(super) fn new(
        scaled: &'a ScaledProgram<'a>,
        multipliers: &'a mut Multipliers,
        excesses: &'a mut [BigInt],
    ) -> Self {
        Self {
            changes: vec![0; scaled.program.rows.len()],
            scaled,
            multipliers,
            excesses,
        }
    }

    /// Removes the excess of every column without an upper bound, or gives up on a column that nothing helps.
    pub(super) fn run(mut self, budget: &mut WorkBudget) -> Result<(), BudgetExhausted> {
        let program = self.scaled.program;
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
            .scaled
            .program
            .columns
            .get(column)
            .is_some_and(|column| column.upper.is_none());
        endless
            && self
                .excesses
                .get(column)
                .is_some_and(|excess| excess.sign() == Sign::Plus)
    }

    /// The change that removes the excess of a column and harms the fewest others.
    fn least_harm(
        &self,
        column: usize,
        rows: &[usize],
        budget: &mut WorkBudget,
    ) -> Result<Option<MultiplierChange>, BudgetExhausted> {
        let program = self.scaled.program;
        let mut best: Option<MultiplierChange> = None;
        for index in rows {
            job::step();
            let (Some(row), Some(excess)) = (program.rows.get(*index), self.excesses.get(column)) else {
                continue;
            };
            budget.spend_many(row.coefficients.len() as u64)?;
            let of_column = row.coefficients.iter().filter(|(other, _)| *other == column);
            let coefficient: BigInt = of_column.map(|(_, value)| self.scaled.coefficient(*value)).sum();
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
                best = Some(MultiplierChange {
                    row: *index,
                    by,
                    harm,
                });
            }
        }
        Ok(best)
    }

    /// Applies a change; returns the columns that now have an excess and no upper bound.
    fn apply(&mut self, change: &MultiplierChange) -> Vec<usize> {
        let program = self.scaled.program;
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
                *excess -= self.scaled.coefficient(*coefficient) * &change.by;
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
