//! Krugman specialization index: the difference between the industries of two places (Krugman 1991).

use std::collections::BTreeSet;

use super::{Profile, amount, total};
use crate::model::Decimal;

/// Σ |sᵢ − tᵢ| over the shares of each industry in both places, from 0 (equal) to 2 (none in common); `None`
/// if a place has no industry.
pub fn krugman(x: &Profile, y: &Profile) -> Option<Decimal> {
    let (all_x, all_y) = (total(x), total(y));
    let industries: BTreeSet<_> = x.keys().chain(y.keys()).collect();
    // Over one denominator, so that only one division may round.
    let apart: Decimal = industries
        .into_iter()
        .map(|industry| (amount(x, industry) * all_y - amount(y, industry) * all_x).abs())
        .sum();
    apart.checked_div(all_x * all_y)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicators::tests::profile;

    #[test]
    fn from_the_same_to_nothing_in_common() {
        let (a, b) = (profile(&[("a", "1")]), profile(&[("b", "7")]));
        assert_eq!(krugman(&a, &b), Some(Decimal::TWO));
        assert_eq!(krugman(&a, &profile(&[("a", "0.2")])), Some(Decimal::ZERO));
        let thirds = profile(&[("a", "1"), ("b", "1"), ("c", "1")]);
        let third = Decimal::ONE / Decimal::from(3);
        assert_eq!(
            krugman(&a, &thirds).unwrap().round_dp(20),
            (third * Decimal::from(4)).round_dp(20)
        );
        assert_eq!(krugman(&a, &profile(&[])), None);
    }
}
