//! Exact multipliers as fractions over one denominator, recovered from floating-point values.

use crate::model::job;
use num_bigint::BigInt;

/// One exact multiplier for each row: `numerators` over the positive `denominator`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Multipliers {
    pub(super) numerators: Vec<BigInt>,
    pub(super) denominator: BigInt,
}

/// Tolerances for recovering a fraction, each with its largest denominator. Solvers are accurate to about
/// 1e-9, and shares, by which multipliers divide, have two to four decimals. Where several shares meet,
/// denominators multiply, and only a more accurate value identifies them.
const NEARNESS: [(f64, i64); 2] = [(1e-9, 10_000), (1e-13, 100_000_000)];

/// A longer common denominator costs more than it improves.
const DENOMINATOR_BITS_MAX: u64 = 1_024;

/// Other values are taken as they are, in units of 2^-60.
const FINE_BITS: u32 = 60;

impl Multipliers {
    /// Exact candidates for approximate multipliers, one for each row: integers, which most are in a network;
    /// simple fractions; and the values as they are.
    pub(super) fn candidates(hint: &[f64], rows: usize) -> Vec<Self> {
        let mut hint: Vec<f64> = hint.iter().copied().take(rows).collect();
        hint.resize(rows, 0.0);
        for value in &mut hint {
            job::step();
            if !value.is_finite() {
                *value = 0.0;
            }
        }
        let whole = Self {
            numerators: hint.iter().map(|value| whole(value.round())).collect(),
            denominator: BigInt::from(1),
        };
        if hint
            .iter()
            .all(|value| (value - value.round()).abs() <= f64::EPSILON)
        {
            return vec![whole];
        }
        let mut candidates = vec![whole];
        for (near, denominator_max) in NEARNESS {
            candidates.extend(Self::fractions(&hint, near, denominator_max));
        }
        candidates.push(Self::fine(&hint));
        candidates
    }

    /// Every value as the simplest fraction near it; `None` if a value has none, or no common denominator
    /// fits.
    fn fractions(hint: &[f64], near: f64, denominator_max: i64) -> Option<Self> {
        let fractions: Vec<(i64, i64)> = hint
            .iter()
            .map(|value| simplest_near(*value, near, denominator_max))
            .collect::<Option<_>>()?;
        let mut denominator = BigInt::from(1);
        for (_, own) in &fractions {
            job::step();
            // The factor missing in the common denominator: `own` over their greatest common divisor.
            let rest = (&denominator % own).try_into().unwrap_or(0);
            denominator *= own / greatest_common_divisor(*own, rest);
            if denominator.bits() > DENOMINATOR_BITS_MAX {
                return None;
            }
        }
        let numerators = fractions
            .into_iter()
            .map(|(numerator, own)| &denominator / own * numerator)
            .collect();
        Some(Self {
            numerators,
            denominator,
        })
    }

    fn fine(hint: &[f64]) -> Self {
        let unit = 2_f64.powi(FINE_BITS.cast_signed());
        Self {
            numerators: hint.iter().map(|value| whole((value * unit).round())).collect(),
            denominator: BigInt::from(1) << FINE_BITS,
        }
    }
}

/// A float rounded to an integer; a value outside the range is clamped, because it is useless as a
/// multiplier.
fn whole(value: f64) -> BigInt {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a cast of floats saturates, and any multiplier is sound"
    )]
    BigInt::from(value as i128)
}

/// The convergent of the continued fraction with the smallest denominator that is near enough, as numerator
/// and positive denominator.
fn simplest_near(value: f64, near: f64, denominator_max: i64) -> Option<(i64, i64)> {
    let (mut before, mut last) = ((0_i64, 1_i64), (1_i64, 0_i64));
    let mut rest = value;
    loop {
        #[expect(
            clippy::cast_possible_truncation,
            reason = "a cast of floats saturates; then the product overflows"
        )]
        let digit = rest.floor() as i64;
        let next = (
            digit.checked_mul(last.0)?.checked_add(before.0)?,
            digit.checked_mul(last.1)?.checked_add(before.1)?,
        );
        if next.1 > denominator_max {
            return None;
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "held against the value with a tolerance"
        )]
        let error = (value - next.0 as f64 / next.1 as f64).abs();
        if error <= near * value.abs().max(1.0) {
            return Some(next);
        }
        (before, last) = (last, next);
        rest = (rest - rest.floor()).recip();
    }
}

fn greatest_common_divisor(mut a: i64, mut b: i64) -> i64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_float_is_read_as_the_fraction_it_meant() {
        let [(near, most), (nearer, more)] = NEARNESS;
        assert_eq!(simplest_near(0.35, near, most), Some((7, 20)));
        assert_eq!(simplest_near(-1.0 / 3.0, near, most), Some((-1, 3)));
        assert_eq!(simplest_near(1.0 - 1e-12, near, most), Some((1, 1)));
        assert_eq!(simplest_near(1.0 / 0.65, near, most), Some((20, 13)));
        assert_eq!(simplest_near(std::f64::consts::PI, near, most), None);
        assert_eq!(simplest_near(1e300, near, most), None);
        let odd = -229.0 / 190_000.0;
        assert_eq!(
            (simplest_near(odd, near, most), simplest_near(odd, nearer, more)),
            (None, Some((-229, 190_000)))
        );
    }

    #[test]
    fn fractions_have_the_least_common_denominator() {
        let candidates = Multipliers::candidates(&[0.5, 1.0 / 6.0, -0.75], 3);
        let fractions = candidates.get(1).expect("whole, fractions, fine");
        assert_eq!(fractions.denominator, BigInt::from(12));
        assert_eq!(fractions.numerators, [6, 2, -9].map(BigInt::from));
    }

    #[test]
    fn whatever_comes_there_is_a_multiplier_a_row() {
        for hint in [
            vec![],
            vec![f64::NAN, f64::INFINITY, 1e300, -1e300, 0.1],
            vec![0.3; 9],
        ] {
            for candidate in Multipliers::candidates(&hint, 5) {
                assert_eq!(candidate.numerators.len(), 5);
            }
        }
    }
}
