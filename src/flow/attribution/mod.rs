//! Proportional attribution: which part of what a node keeps comes from which source, if outflows mix in proportion to inflows.
//! Start at `mixing`; the other files solve loops.

mod core;
mod elimination;
pub(super) mod mixing;
