//! The hull of quantities: the smallest interval that contains them all.

use super::{Measure, Qualifier, Quantity, QuantityError, QuantityParts};

impl Quantity {
    /// The smallest quantity that contains both, marked as contested. Unit, basis and measure are those of `self`.
    #[must_use]
    pub fn hull(&self, other: &Self) -> Self {
        let lower = self.lower.zip(other.lower).map(|(a, b)| a.min(b));
        let upper = self.upper.zip(other.upper).map(|(a, b)| a.max(b));
        // An end is exclusive only if every quantity with this end is; if both ends are, the qualifier of the lower end is used.
        let above = |q: &Self| q.lower != lower || q.lower_exclusive();
        let below = |q: &Self| q.upper != upper || q.upper_exclusive();
        let qualifier = match (lower, upper) {
            (None, None) => Qualifier::Unknown,
            (Some(_), _) if above(self) && above(other) => Qualifier::MoreThan,
            (_, Some(_)) if below(self) && below(other) => Qualifier::LessThan,
            (None, Some(_)) => Qualifier::AtMost,
            (Some(_), _) => Qualifier::Range,
        };
        Self {
            lower,
            upper,
            qualifier,
            contested: true,
            implicit: false,
            original_text: None,
            resolved: None,
            ..self.clone()
        }
    }

    /// A hull from stored parts; unlike the quantity of a row, it can be a RANGE without an upper end.
    pub fn stored_hull(mut parts: QuantityParts, default_measure: Measure) -> Result<Self, QuantityError> {
        let is_open = parts.qualifier == Some(Qualifier::Range) && parts.amount_max.is_none();
        if is_open {
            parts.qualifier = Some(Qualifier::MoreThan);
        }
        let mut kept = Self::new(parts, default_measure)?;
        if is_open {
            kept.qualifier = Qualifier::Range;
        }
        Ok(kept)
    }
}
