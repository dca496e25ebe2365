//! The states that a trace reaches from its sources, their distances and the steps between them.
//!
//! A state is an entity and the position of a path there: it starts, passes with a resource, or ends. Each
//! state is expanded once, so that the walk is linear in the relations times the resources carried.

use std::collections::HashMap;

use super::graph::{EdgeOutcome, TraceGraph};
use super::order::RelationRank;
use super::rules::{PathPosition, TraceQuery};
use crate::model::budget::WorkBudget;
use crate::model::job;
use crate::model::subgraph::{EntityIndex, Subgraph};

/// The index of a state.
pub(super) type StateIndex = u32;

/// An entity and the position of a path there.
#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    pub(super) entity: EntityIndex,
    pub(super) position: PathPosition,
    /// The smallest number of relations from a source.
    pub(super) distance: u32,
}

/// A step along a relation to a state.
#[derive(Clone, Copy, Debug)]
pub(super) struct StateArc {
    pub(super) rank: RelationRank,
    pub(super) to: StateIndex,
}

/// The reached states, nearest first, and their steps.
#[derive(Debug)]
pub(super) struct StateGraph {
    pub(super) nodes: Vec<State>,
    arcs: Vec<StateArc>,
    starts: Vec<u32>,
    /// States before this index are expanded, or are at the maximum length.
    pub(super) expanded: usize,
}

impl StateGraph {
    /// Walks from the sources, breadth first. If the budget runs out, the nearest states are expanded.
    pub(super) fn walk(graph: &TraceGraph, budget: &mut WorkBudget) -> Self {
        let TraceGraph {
            subgraph,
            order,
            query,
        } = graph;
        let mut finder = StateFinder::new(subgraph, query);
        let mut state_graph = Self {
            nodes: Vec::new(),
            arcs: Vec::new(),
            starts: vec![0],
            expanded: 0,
        };
        for source in &query.sources {
            state_graph.nodes.push(State {
                entity: *source,
                position: PathPosition::Start,
                distance: 0,
            });
        }
        while let Some(node) = state_graph.nodes.get(state_graph.expanded).copied() {
            let onward = node.distance < query.length_max && !matches!(node.position, PathPosition::Final(_));
            let out_edges = if onward { order.out_edges(node.entity) } else { &[] };
            if budget.spend_many(out_edges.len() as u64).is_err() {
                break;
            }
            for edge in out_edges {
                let EdgeOutcome::Walked { middle, closing } =
                    graph.edge_outcome(node.entity, node.position, edge)
                else {
                    continue;
                };
                for position in middle.into_iter().chain(closing) {
                    let to = finder.node(&mut state_graph.nodes, edge.to, position, node.distance + 1);
                    state_graph.arcs.push(StateArc { rank: edge.rank, to });
                }
            }
            state_graph.close_node();
        }
        while state_graph.starts.len() <= state_graph.nodes.len() {
            state_graph
                .starts
                .push(state_graph.starts.last().copied().unwrap_or(0));
        }
        state_graph
    }

    fn close_node(&mut self) {
        self.starts
            .push(u32::try_from(self.arcs.len()).unwrap_or(u32::MAX));
        self.expanded += 1;
    }

    /// The steps from a state, by rank.
    pub(super) fn arcs(&self, node: StateIndex) -> &[StateArc] {
        &self.arcs[self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize]
    }

    /// The states by index.
    pub(super) fn indices(&self) -> std::ops::Range<StateIndex> {
        0..u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)
    }

    /// The smallest number of steps from each state to one of `goals`; [`UNREACHED`] if none is reached.
    /// Linear: each step is visited twice.
    pub(super) fn distances_to(&self, goals: impl Iterator<Item = StateIndex>) -> Vec<u32> {
        let reverse = self.reversed();
        let mut distances = vec![UNREACHED; self.nodes.len()];
        let mut queue: Vec<StateIndex> = goals.collect();
        for goal in &queue {
            distances[*goal as usize] = 0;
        }
        let mut at = 0;
        while let Some(node) = queue.get(at).copied() {
            job::step();
            at += 1;
            for from in reverse.before(node) {
                job::step();
                if distances[*from as usize] == UNREACHED {
                    distances[*from as usize] = distances[node as usize] + 1;
                    queue.push(*from);
                }
            }
        }
        distances
    }

    fn reversed(&self) -> ReversedArcs {
        let mut starts = super::order::starts_of(self.arcs.iter().map(|arc| arc.to), self.nodes.len());
        let mut from = vec![0; self.arcs.len()];
        // Filled from the back, so that `starts` ends as it began.
        starts.rotate_left(1);
        starts.pop();
        for node in self.indices().rev() {
            for arc in self.arcs(node) {
                job::step();
                let slot = &mut starts[arc.to as usize];
                *slot -= 1;
                from[*slot as usize] = node;
            }
        }
        starts.push(u32::try_from(from.len()).unwrap_or(u32::MAX));
        ReversedArcs { starts, from }
    }
}

/// The distance of a state from which no goal is reached.
pub(super) const UNREACHED: u32 = u32::MAX / 2;

struct ReversedArcs {
    starts: Vec<u32>,
    from: Vec<StateIndex>,
}

impl ReversedArcs {
    fn before(&self, node: StateIndex) -> &[StateIndex] {
        &self.from[self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize]
    }
}

/// Finds the index of a state, or adds the state.
struct StateFinder {
    carried_count: usize,
    /// By entity and resource: the index plus one; 0 if there is none.
    middle: Vec<u32>,
    /// Few entities are targets.
    closing: HashMap<(EntityIndex, u8), StateIndex>,
}

impl StateFinder {
    fn new(subgraph: &Subgraph, query: &TraceQuery) -> Self {
        let carried_count = query.carried_count();
        Self {
            carried_count,
            middle: vec![0; subgraph.entities.len() * carried_count],
            closing: HashMap::new(),
        }
    }

    fn node(
        &mut self,
        nodes: &mut Vec<State>,
        entity: EntityIndex,
        position: PathPosition,
        distance: u32,
    ) -> StateIndex {
        let next = u32::try_from(nodes.len()).unwrap_or(u32::MAX - 1);
        let found = match position {
            PathPosition::Final(carried) => *self.closing.entry((entity, carried)).or_insert(next),
            PathPosition::Middle(carried) => {
                let slot = &mut self.middle[entity as usize * self.carried_count + usize::from(carried)];
                if *slot == 0 {
                    *slot = next + 1;
                }
                *slot - 1
            }
            // All sources are added before the walk begins.
            PathPosition::Start => next,
        };
        if found == next {
            nodes.push(State {
                entity,
                position,
                distance,
            });
        }
        found
    }
}
