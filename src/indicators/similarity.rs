//! Structural similarity: the cosine of the industry proportions of two places.

use super::{Profile, amount};
use crate::model::Decimal;

/// Σ xᵢyᵢ / √(Σxᵢ² Σyᵢ²), from 0 (none in common) to 1 (the same proportions); `None` if a place has no
/// industry.
pub fn similarity(x: &Profile, y: &Profile) -> Option<f64> {
    let square = |profile: &Profile| profile.values().map(|share| share * share).sum::<Decimal>();
    let common: Decimal = x
        .iter()
        .map(|(industry, share)| share * amount(y, industry))
        .sum();
    let [common, x, y] = [common, square(x), square(y)].map(|sum| f64::try_from(sum).ok());
    let (x, y) = (x.filter(|x| *x > 0.0)?, y.filter(|y| *y > 0.0)?);
    Some((common? / (x.sqrt() * y.sqrt())).min(1.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicators::tests::profile;

    #[test]
    fn from_nothing_in_common_to_the_same_proportions() {
        let (a, b) = (profile(&[("a", "1")]), profile(&[("b", "2")]));
        assert_eq!(similarity(&a, &b), Some(0.0));
        let (one, three) = (
            profile(&[("a", "0.1"), ("b", "0.2")]),
            profile(&[("a", "0.3"), ("b", "0.6")]),
        );
        assert!((similarity(&one, &three).unwrap() - 1.0).abs() < 1e-12);
        let both = profile(&[("a", "1"), ("b", "1")]);
        assert!((similarity(&a, &both).unwrap() - 0.5_f64.sqrt()).abs() < 1e-12);
        assert_eq!(similarity(&a, &profile(&[])), None);
        assert_eq!(similarity(&profile(&[("a", "0")]), &a), None);
    }
}
