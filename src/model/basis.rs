//! What kind of amount a quantity is, and what that makes it worth as a fact.

use super::closed::closed_list;

closed_list! {
    /// What an amount is worth as a fact. Amounts of different status are never added.
    QuantityStatus {
        /// It happened.
        Realised "REALISED",
        /// It was promised.
        Promised "PROMISED",
        /// It is said to be an effect.
        Claimed "CLAIMED",
    }
}

closed_list! {
    /// What kind of amount it is.
    Basis {
        /// Paid into a fund.
        PaidIn "PAID_IN",
        /// Invested.
        Invested "INVESTED",
        /// Invested back in the place that a rule names.
        Reinvested "REINVESTED",
        /// Granted.
        Granted "GRANTED",
        /// Returned to who gave it.
        Returned "RETURNED",
        /// Issued, as vouchers are.
        Issued "ISSUED",
        /// Shared, as taxes are.
        Shared "SHARED",
        /// Delivered: persons, projects, compute.
        Delivered "DELIVERED",
        /// Committed.
        Committed "COMMITTED",
        /// Set aside.
        Earmarked "EARMARKED",
        /// Private money that is said to have followed.
        CrowdedIn "CROWDED_IN",
        /// Output that is said to have followed.
        Output "OUTPUT",
        /// Tax that is said to have followed.
        TaxYield "TAX_YIELD",
        /// A size or an indicator: of no status, never in a flow.
        Measured "MEASURED",
    }
}

impl Basis {
    /// Its status; a measured amount has none.
    pub const fn status(self) -> Option<QuantityStatus> {
        match self {
            Self::PaidIn
            | Self::Invested
            | Self::Reinvested
            | Self::Granted
            | Self::Returned
            | Self::Issued
            | Self::Shared
            | Self::Delivered => Some(QuantityStatus::Realised),
            Self::Committed | Self::Earmarked => Some(QuantityStatus::Promised),
            Self::CrowdedIn | Self::Output | Self::TaxYield => Some(QuantityStatus::Claimed),
            Self::Measured => None,
        }
    }
}
