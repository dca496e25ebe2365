//! A linear program with its numbers as integers.

use num_bigint::BigInt;
use rust_decimal::Decimal;

use super::LinearProgram;

/// A program with the powers of ten that make its numbers integers.
#[derive(Debug)]
pub(super) struct ScaledProgram<'a> {
    pub(super) program: &'a LinearProgram,
    /// Decimals of costs and coefficients.
    pub(super) coefficient_scale: u32,
    /// Decimals of bounds and right-hand sides.
    pub(super) amount_scale: u32,
}

impl<'a> ScaledProgram<'a> {
    pub(super) fn new(program: &'a LinearProgram) -> Self {
        let costs = program.columns.iter().map(|column| column.cost);
        let entries = program.rows.iter().flat_map(|row| &row.coefficients);
        let coefficients = costs.chain(entries.map(|(_, coefficient)| *coefficient));
        let ends = program
            .columns
            .iter()
            .flat_map(|column| column.upper.into_iter().chain([column.lower]));
        let amounts = ends.chain(program.rows.iter().map(|row| row.rhs));
        Self {
            program,
            coefficient_scale: coefficients.map(|value| value.scale()).max().unwrap_or(0),
            amount_scale: amounts.map(|value| value.scale()).max().unwrap_or(0),
        }
    }

    /// A cost or coefficient in units of the last decimal of any of them.
    pub(super) fn coefficient(&self, value: Decimal) -> BigInt {
        scaled(value, self.coefficient_scale)
    }
}

/// A power of ten.
pub(super) fn ten_to(exponent: u32) -> BigInt {
    BigInt::from(10).pow(exponent)
}

/// A decimal in units of its `scale`-th decimal; it must have no more decimals.
pub(super) fn scaled(value: Decimal, scale: u32) -> BigInt {
    let mantissa = BigInt::from(value.mantissa());
    match scale.saturating_sub(value.scale()) {
        0 => mantissa,
        missing => mantissa * ten_to(missing),
    }
}
