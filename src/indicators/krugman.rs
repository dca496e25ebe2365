//! The Krugman specialization index: how much the industry structures of two places differ (Krugman 1991).

use std::collections::BTreeSet;

use super::{Profile, amount, total};
use crate::model::Decimal;

/// The index of two places: Σ |sᵢ − tᵢ|, where sᵢ and tᵢ are the shares of industry i in each of them. It
/// ranges from 0 (same structure) to 2 (no industry in common); `None` if a place has no industry.
pub fn krugman(x: &Profile, y: &Profile) -> Option<Decimal> {
    let (total_x, total_y) = (total(x), total(y));
    let industries: BTreeSet<_> = x.keys().chain(y.keys()).collect();
    // Over the common denominator `total_x * total_y`, so that only one division may round.
    let difference: Decimal = industries
        .into_iter()
        .map(|industry| (amount(x, industry) * total_y - amount(y, industry) * total_x).abs())
        .sum();
    difference.checked_div(total_x * total_y)
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
