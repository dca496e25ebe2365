//! What statements make of the amount that a row gives.

use super::{Qualifier, Quantity};

impl Quantity {
    /// What stands where a row gives no amount and statements do.
    fn implicit(first: &Self) -> Self {
        Self {
            lower: None,
            upper: None,
            qualifier: Qualifier::Unknown,
            original_text: None,
            contested: false,
            implicit: true,
            resolved: None,
            ..first.clone()
        }
    }

    /// Notes what statements make of a row's amount; `None` for a row without one.
    ///
    /// A preferred statement counts alone; else, where amounts differ, they give their hull; who says that it is not known contradicts
    /// nobody. `others` are the amounts that statements give which are not deprecated, and whether each is preferred.
    pub fn resolve(own: Option<Self>, others: &[(&Self, bool)]) -> Option<Self> {
        let own = own.filter(|own| !own.implicit).map(|own| Self {
            resolved: None,
            ..own
        });
        let Some((first, _)) = others.first() else {
            return own;
        };
        let preferred: Vec<&Self> = others
            .iter()
            .filter(|(_, preferred)| *preferred)
            .map(|(q, _)| *q)
            .collect();
        let all = || -> Vec<&Self> { own.iter().chain(others.iter().map(|(q, _)| *q)).collect() };
        let mut speaking = if preferred.is_empty() { all() } else { preferred };
        if speaking.iter().any(|q| q.lower.is_some()) {
            speaking.retain(|q| q.lower.is_some());
        }
        let resolved = speaking.split_first().map(|(first, rest)| {
            let start = Self {
                resolved: None,
                ..(*first).clone()
            };
            rest.iter()
                .fold(start, |sum, q| if sum.same_amount(q) { sum } else { sum.hull(q) })
        });
        let row = own.unwrap_or_else(|| Self::implicit(first));
        let resolved = resolved.filter(|resolved| !resolved.same_amount(&row) || row.implicit);
        Some(Self {
            resolved: resolved.map(Box::new),
            ..row
        })
    }
}
