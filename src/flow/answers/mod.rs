//! The answers of a flow, each a method of `Flow`, computed on demand within a budget of its own.
//! Start at `rows`, which has the amounts in total, by source and by target.

pub(super) mod circulation;
mod industries;
mod industry_tally;
pub(super) mod missing;
pub(super) mod pairs;
pub(super) mod rows;
pub(super) mod sankey;
