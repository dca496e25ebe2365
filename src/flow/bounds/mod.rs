//! The proven minimum and maximum of what flows from some entities to others, whatever mixes with what.
//! Start at `solver`: it uses `max_flow` if all amounts are certain, otherwise the linear `program`.

mod cuts;
pub(super) mod flow_error;
pub mod linear;
mod max_flow;
mod program;
pub(super) mod solver;
