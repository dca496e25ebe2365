//! Trace: along which ways a resource gets from some entities to others, and where it stops.
//!
//! Pure and bounded: everything here works on a [`Subgraph`] that a store handed over, spends a [`WorkBudget`], and
//! where that runs out gives what it has and says so. Nothing is read, nothing is cut in silence.
//!
//! A path is a walk of an automaton, [`net`](self): its state is the entity and what it carries so far, so that a path
//! is counted once although an unstated resource fits any. What no path can use is pruned before anything is listed,
//! in time linear in the walked part of the graph.

mod components;
mod count;
mod criticality;
mod dead_ends;
mod figure_draft;
pub mod figures;
mod ground;
mod group;
pub mod mechanisms;
pub mod members;
mod net;
mod order;
mod paths;
mod prover;
mod prune;
mod resource_walks;
mod rules;
mod shortest;
mod tables;
mod union;
mod walker;
mod walks;
pub mod ways;
mod weakened;

use std::sync::{Arc, OnceLock};

pub use count::PathCount;
pub use criticality::{Critical, Part};
pub use dead_ends::{DeadEnd, DeadEndReason, DeadEnds};
pub use members::{CountInterval, Member, count_members};
pub use paths::{Path, PathKey, PathPage};
pub use rules::{Ends, Gate, Role, Rules, TraceMode, WAYPOINTS_MAX};
pub use union::PathUnion;

use crate::model::budget::WorkBudget;
use crate::model::subgraph::Subgraph;
use crate::model::walk::TruncationReason;
use ground::Ground;
use net::Net;
use prune::Pruned;
use shortest::Shortest;
use tables::Tables;
use union::Coverage;

/// All paths between some sources and some targets, and what was reached on the way; nothing is listed until asked for.
///
/// - **Promise.** Every answer is of the one subgraph. What is shared by several answers is computed once.
/// - **Truncation.** Where the subgraph is not whole, or building ran out of work, each answer says so.
/// - **Work.** Building: linear in the relations times the resources carried; tables: length × pruned relations × 2^waypoints.
#[derive(Debug)]
pub struct Trace {
    ends: Ends,
    rules: Rules,
    ground: Ground,
    net: Net,
    pruned: Pruned,
    tables: Tables,
    truncated: Option<TruncationReason>,
    shortest: OnceLock<Shortest>,
    coverage: OnceLock<Coverage>,
}

impl Trace {
    /// Walks the subgraph from the sources, and prunes it to what lies on a way to a target.
    pub fn new(subgraph: Arc<Subgraph>, ends: Ends, rules: Rules, budget: &mut WorkBudget) -> Self {
        let truncated = subgraph.truncated;
        let ground = Ground::new(subgraph, &ends, rules);
        let net = Net::walk(&ground, budget);
        let pruned = Pruned::new(&net, &ground.question, budget);
        let tables = Tables::new(&pruned, ground.question.waypoint_count, budget);
        Self {
            ends,
            rules,
            ground,
            net,
            pruned,
            tables,
            truncated: truncated.or(budget.spent_out()),
            shortest: OnceLock::new(),
            coverage: OnceLock::new(),
        }
    }

    /// Why nothing built on this trace can be whole, where that is so.
    pub fn truncated(&self) -> Option<TruncationReason> {
        self.truncated
    }

    /// The graph it walks.
    pub fn subgraph(&self) -> &Arc<Subgraph> {
        &self.ground.subgraph
    }

    /// Between which entities.
    pub fn ends(&self) -> &Ends {
        &self.ends
    }
}
