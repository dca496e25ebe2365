//! The bound that multipliers prove, in integers.
//!
//! For multipliers y, non-negative at rows of `AtMost`, every solution x has c·x ≤ b·y + (c − Aᵀy)·x, and the
//! second sum is at most its value with each column at the bound that its excess (c − Aᵀy) favors.

use num_bigint::{BigInt, Sign};
use rust_decimal::Decimal;

use super::multipliers::Multipliers;
use super::repair::Repair;
use super::scaled_program::{ScaledProgram, scaled, ten_to};
use super::{LinearProgram, Sense};
use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::job;

/// Decimals of a bound; fewer if it is too large for them.
const DECIMALS: u32 = 12;

/// Proves bounds of one program.
#[derive(Debug)]
pub(super) struct Certifier<'a> {
    scaled: ScaledProgram<'a>,
}

impl<'a> Certifier<'a> {
    pub(super) fn new(program: &'a LinearProgram) -> Self {
        Self {
            scaled: ScaledProgram::new(program),
        }
    }

    /// The bound that these multipliers prove, rounded up; `None` if a column without an upper bound has an
    /// excess left.
    pub(super) fn bound(
        &self,
        mut multipliers: Multipliers,
        budget: &mut WorkBudget,
    ) -> Result<Option<Decimal>, BudgetExhausted> {
        for (row, numerator) in self.scaled.program.rows.iter().zip(&mut multipliers.numerators) {
            job::step();
            if row.sense == Sense::AtMost && numerator.sign() == Sign::Minus {
                *numerator = BigInt::ZERO;
            }
        }
        let mut excesses = self.excesses(&multipliers, budget)?;
        Repair::new(&self.scaled, &mut multipliers, &mut excesses).run(budget)?;

        let mut total = BigInt::ZERO;
        for (row, numerator) in self.scaled.program.rows.iter().zip(&multipliers.numerators) {
            job::step();
            total += scaled(row.rhs, self.scaled.amount_scale) * numerator;
        }
        total *= ten_to(self.scaled.coefficient_scale);
        for (column, excess) in self.scaled.program.columns.iter().zip(excesses) {
            job::step();
            let end = match excess.sign() {
                Sign::NoSign => continue,
                Sign::Minus => column.lower,
                Sign::Plus => match column.upper {
                    Some(upper) => upper,
                    None => return Ok(None),
                },
            };
            total += excess * scaled(end, self.scaled.amount_scale);
        }
        let unit = multipliers.denominator * ten_to(self.scaled.coefficient_scale + self.scaled.amount_scale);
        Ok(rounded_up(&total, &unit))
    }

    /// c − Aᵀy, in units of the coefficients' last decimal over the multipliers' denominator.
    fn excesses(
        &self,
        multipliers: &Multipliers,
        budget: &mut WorkBudget,
    ) -> Result<Vec<BigInt>, BudgetExhausted> {
        let columns = self.scaled.program.columns.iter();
        let mut excesses: Vec<BigInt> = columns
            .map(|column| self.scaled.coefficient(column.cost) * &multipliers.denominator)
            .collect();
        for (row, numerator) in self.scaled.program.rows.iter().zip(&multipliers.numerators) {
            job::step();
            budget.spend_many(row.coefficients.len() as u64)?;
            if numerator.sign() == Sign::NoSign {
                continue;
            }
            for (column, coefficient) in &row.coefficients {
                job::step();
                if let Some(excess) = excesses.get_mut(*column) {
                    *excess -= self.scaled.coefficient(*coefficient) * numerator;
                }
            }
        }
        Ok(excesses)
    }
}

/// `total` over the positive `unit`, rounded up to twelve decimals, or as many as fit. `None` if it does not
/// fit even without decimals.
fn rounded_up(total: &BigInt, unit: &BigInt) -> Option<Decimal> {
    for decimals in (0..=DECIMALS).rev() {
        let scaled = total * ten_to(decimals);
        let mut quotient = &scaled / unit;
        if (scaled % unit).sign() == Sign::Plus {
            quotient += 1;
        }
        let fits = i128::try_from(&quotient)
            .ok()
            .and_then(|quotient| Decimal::try_from_i128_with_scale(quotient, decimals).ok());
        if let Some(decimal) = fits {
            return Some(decimal.normalize());
        }
    }
    (total.sign() == Sign::Minus).then_some(Decimal::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounded(total: i128, unit: i128) -> Option<String> {
        rounded_up(&BigInt::from(total), &BigInt::from(unit)).map(|decimal| decimal.to_string())
    }

    #[test]
    fn a_bound_is_rounded_up() {
        assert_eq!(rounded(1, 3).as_deref(), Some("0.333333333334"));
        assert_eq!(rounded(-1, 3).as_deref(), Some("-0.333333333333"));
        assert_eq!(rounded(7, 20).as_deref(), Some("0.35"));
    }

    #[test]
    fn a_large_bound_keeps_the_decimals_that_fit() {
        assert_eq!(
            rounded(10_i128.pow(24), 3).as_deref(),
            Some("333333333333333333333333.33334")
        );
        assert_eq!(rounded(i128::MAX, 1), None);
        assert_eq!(rounded(i128::MIN, 1), Some(Decimal::MIN.to_string()));
    }
}
