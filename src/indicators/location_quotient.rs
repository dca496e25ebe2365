//! Location quotient: the share of an industry in a place relative to its share in the whole.

use super::{Profile, amount, total};
use crate::model::Decimal;
use crate::model::id::EntityId;

/// (xᵢ / x) / (Xᵢ / X) for an industry of a place within a whole; 1 if both shares are equal. `None` if the
/// place has no industry, or the whole has none of this one.
pub fn location_quotient(place: &Profile, whole: &Profile, industry: &EntityId) -> Option<Decimal> {
    let above = amount(place, industry) * total(whole);
    above.checked_div(total(place) * amount(whole, industry))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::indicators::tests::{industry, profile};

    #[test]
    fn one_is_what_is_due() {
        let place = profile(&[("a", "1"), ("b", "1")]);
        let whole = profile(&[("a", "1"), ("b", "3")]);
        let quotient = |name: &str| location_quotient(&place, &whole, &industry(name));
        assert_eq!(quotient("a"), Some(Decimal::TWO));
        assert_eq!(
            quotient("b").unwrap().round_dp(12),
            Decimal::new(666_666_666_667, 12)
        );
        assert_eq!(quotient("c"), None);
        assert_eq!(location_quotient(&profile(&[]), &whole, &industry("a")), None);
        assert_eq!(
            location_quotient(&whole, &whole, &industry("a")),
            Some(Decimal::ONE)
        );
    }
}
