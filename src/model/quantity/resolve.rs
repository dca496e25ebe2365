//! Resolution: the amount that follows from a row and its statements.

use super::{Qualifier, Quantity};

impl Quantity {
    /// The quantity of a row without an amount whose statements give one.
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

    /// Resolves the amount of a row with those of its statements; `own` is none for a row without an amount.
    ///
    /// Preferred statements count alone; otherwise the result is the hull of all amounts, without unknown ones if there are others.
    /// `others` are the amounts of statements that are not deprecated, and whether each statement is preferred.
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
        let mut amounts = if preferred.is_empty() { all() } else { preferred };
        if amounts.iter().any(|q| q.lower.is_some()) {
            amounts.retain(|q| q.lower.is_some());
        }
        let resolved = amounts.split_first().map(|(first, rest)| {
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
