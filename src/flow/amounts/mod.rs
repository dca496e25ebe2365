//! Amounts: intervals of whole minor units, which are exact, and numbers of 31 digits for the results of divisions.
//! Start at `amount_range`.

pub(super) mod amount_range;
pub(super) mod minor_units;
pub(super) mod real;
