//! The scale of a network: how many decimals its amounts need.

use crate::flow::facts::edge_fact::EdgeFact;
use crate::flow::facts::split_fact::{PartSize, SplitFact};
use crate::model::Decimal;
use crate::model::entity::EntityKind;
use crate::model::job::Paced as _;

/// The scale at which every amount, and every part of one, is a whole number. Amounts that carriers take over
/// have room for the shares of industries as well.
pub(in crate::flow) fn scale(edges: &[&EdgeFact], splits: &[SplitFact]) -> u32 {
    let digits = |value: Decimal| value.normalize().scale();
    let mut amounts = 0;
    for fact in edges.iter().paced() {
        let ends = [Some(fact.contribution.lower), fact.contribution.upper];
        amounts = ends.into_iter().flatten().map(digits).fold(amounts, u32::max);
    }
    // Shares of carriers, then shares of industries.
    let mut shares = [0, 0];
    for (split, part) in splits
        .iter()
        .flat_map(|split| split.parts.iter().map(move |part| (split, part)))
    {
        let level = usize::from(part.to.entity().kind() == EntityKind::Industry);
        let mut note = |share: Decimal| shares[level] = shares[level].max(digits(share));
        note(split.known);
        match part.size {
            PartSize::Share(share) => note(share),
            PartSize::Between(least, most) => {
                note(least);
                note(most);
            }
            PartSize::Amount(amount) => {
                let ends = [Some(amount.lower), amount.upper];
                amounts = ends.into_iter().flatten().map(digits).fold(amounts, u32::max);
            }
            PartSize::Open(_) => {}
        }
    }
    amounts + shares[0] + shares[1]
}
