//! Indicators: figures computed from the facts of the graph, such as specialization or leverage. Each file has one
//! definition. [`allocate`], which divides an amount by a rule, is here because it is a computation of the same kind.
//!
//! The functions read nothing but their arguments, and their work is bounded by the size of these. They compute with
//! exact decimals where the definition allows, and with binary floats where it has roots; nothing is rounded here
//! except to the minor unit of an allocation. An undefined value is `None`, never zero; the caller gives the reason.

mod allocation;
mod brokerage;
mod ei_index;
mod fragmentation;
mod krugman;
mod leverage;
mod location_quotient;
mod market_drive;
mod similarity;

use std::collections::BTreeMap;

pub use allocation::{AllocationError, DIGITS_DEFAULT, Portion, allocate};
pub use brokerage::{BrokerageRole, BrokerageRoles, brokerage};
pub use ei_index::ei_index;
pub use fragmentation::fragmentation;
pub use krugman::krugman;
pub use leverage::{Ratio, RatioGap, leverage};
pub use location_quotient::location_quotient;
pub use market_drive::market_drive;
pub use similarity::similarity;

use crate::model::Decimal;
use crate::model::id::EntityId;

/// The industries of a place: for each, the sum of the shares with which entities of the place belong to it. Never
/// negative.
pub type Profile = BTreeMap<EntityId, Decimal>;

/// The sum over all industries of a profile.
fn total(profile: &Profile) -> Decimal {
    profile.values().sum()
}

/// The sum of shares of one industry in a profile; 0 if the place has none of it.
fn amount(profile: &Profile, industry: &EntityId) -> Decimal {
    profile.get(industry).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn industry(name: &str) -> EntityId {
        EntityId::parse(&format!("industry:{name}")).unwrap()
    }

    pub(super) fn profile(shares: &[(&str, &str)]) -> Profile {
        let share = |(name, share): &(&str, &str)| (industry(name), share.parse().unwrap());
        shares.iter().map(share).collect()
    }
}
