//! Indicators: what a record comes to in one number, one definition a file.
//!
//! Pure and bounded. Exact decimals where the definition allows, binary floats where a root is taken; nothing is rounded
//! here. What is not defined is none, never zero: who asks says why.

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
pub use brokerage::{Role, Roles, brokerage};
pub use ei_index::ei_index;
pub use fragmentation::fragmentation;
pub use krugman::krugman;
pub use leverage::{Gap, Ratio, leverage};
pub use location_quotient::location_quotient;
pub use market_drive::market_drive;
pub use similarity::similarity;

use crate::model::Decimal;
use crate::model::id::EntityId;

/// How much of each industry there is in a place: the sum of its members' shares. Nothing below zero.
pub type Profile = BTreeMap<EntityId, Decimal>;

/// All of a profile together.
fn total(profile: &Profile) -> Decimal {
    profile.values().sum()
}

/// How much of an industry a profile has.
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
