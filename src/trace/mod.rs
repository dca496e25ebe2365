//! Trace: the paths along which a resource reaches some entities from others, and where it stops.
//!
//! Pure and bounded: every computation works on a [`Subgraph`] that a store returned and spends a
//! [`WorkBudget`]. When the budget is exhausted, it returns what it has with the reason. Nothing is read
//! here, and nothing is truncated silently.
//!
//! A path is a walk of an automaton (`state_graph`). Its state is an entity and the resource carried so far,
//! so that a path is counted once although a relation without a stated resource matches any. States that lie
//! on no path are pruned before paths are listed, in time linear in the walked part of the graph.

mod components;
mod count;
mod criticality;
mod dead_ends;
pub mod end_class;
mod figure_draft;
pub mod figures;
mod graph;
mod group;
mod ledger_facts;
pub mod mechanisms;
pub mod members;
mod order;
mod path_lister;
mod paths;
mod prover;
mod prune;
mod resource_walks;
mod rules;
mod shortest;
mod state_graph;
mod tables;
mod union;
mod walk_graph;
mod walks;
mod weakened;

use std::sync::{Arc, OnceLock};

pub use count::PathCount;
pub use criticality::{CriticalPart, Criticality};
pub use dead_ends::{DeadEnd, DeadEndReason, DeadEnds};
pub use members::{CountInterval, Member, count_members};
pub use paths::{Path, PathKey, PathPage};
pub use rules::{IndustryGate, SelectorRole, TraceEnds, TraceMode, TraceRules, WAYPOINTS_MAX};
pub use union::PathUnion;

use crate::model::budget::WorkBudget;
use crate::model::subgraph::Subgraph;
use crate::model::walk::TruncationReason;
use graph::TraceGraph;
use prune::PrunedGraph;
use shortest::ShortestPaths;
use state_graph::StateGraph;
use tables::ReachTables;
use union::PathCoverage;

/// All paths between two sets of entities in one subgraph. Paths are listed on demand.
///
/// - **Consistency.** Every answer is about the same subgraph. Intermediate results that several answers need
///   are computed once.
/// - **Truncation.** If the subgraph is incomplete, or the budget ran out while building, every answer says
///   so.
/// - **Work.** Building: linear in the relations times the resources carried. Tables: length × pruned
///   relations × 2^waypoints.
#[derive(Debug)]
pub struct Trace {
    ends: TraceEnds,
    rules: TraceRules,
    graph: TraceGraph,
    state_graph: StateGraph,
    pruned: PrunedGraph,
    tables: ReachTables,
    truncated: Option<TruncationReason>,
    shortest: OnceLock<ShortestPaths>,
    coverage: OnceLock<PathCoverage>,
}

impl Trace {
    /// Walks the subgraph from the sources and prunes it to the states from which a target can be reached.
    pub fn new(subgraph: Arc<Subgraph>, ends: TraceEnds, rules: TraceRules, budget: &mut WorkBudget) -> Self {
        let truncated = subgraph.truncated;
        let graph = TraceGraph::new(subgraph, &ends, rules);
        let state_graph = StateGraph::walk(&graph, budget);
        let pruned = PrunedGraph::new(&state_graph, &graph.query, budget);
        let tables = ReachTables::new(&pruned, graph.query.waypoint_count, budget);
        Self {
            ends,
            rules,
            graph,
            state_graph,
            pruned,
            tables,
            truncated: truncated.or(budget.exhausted()),
            shortest: OnceLock::new(),
            coverage: OnceLock::new(),
        }
    }

    /// The reason for which every answer of this trace may be incomplete, if there is one.
    pub fn truncated(&self) -> Option<TruncationReason> {
        self.truncated
    }

    /// The subgraph that this trace walks.
    pub fn subgraph(&self) -> &Arc<Subgraph> {
        &self.graph.subgraph
    }

    /// The sources, targets and waypoints.
    pub fn ends(&self) -> &TraceEnds {
        &self.ends
    }
}
