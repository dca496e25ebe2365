//! E–I index: external against internal ties of a group (Krackhardt and Stern 1988).

use crate::model::Decimal;

/// (E − I) / (E + I), from −1 (all ties internal) to 1 (all external); `None` without ties.
pub fn ei_index(external: usize, internal: usize) -> Option<Decimal> {
    let (external, internal) = (Decimal::from(external), Decimal::from(internal));
    (external - internal).checked_div(external + internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn from_all_inside_to_all_outside() {
        assert_eq!(ei_index(0, 3), Some(-Decimal::ONE));
        assert_eq!(ei_index(3, 1), Some(Decimal::new(5, 1)));
        assert_eq!(ei_index(2, 2), Some(Decimal::ZERO));
        assert_eq!(ei_index(0, 0), None);
    }
}
