//! Indicators: one number computed from a record, with one definition in each file.
//!
//! Pure and bounded. Exact decimals where the definition allows, binary floats for roots; nothing is rounded
//! here. An undefined value is `None`, never zero; the caller gives the reason.

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

/// The amount of each industry in a place: the sum of its members' shares. Never negative.
pub type Profile = BTreeMap<EntityId, Decimal>;

/// The sum of a profile.
fn total(profile: &Profile) -> Decimal {
    profile.values().sum()
}

/// The amount of an industry in a profile.
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
