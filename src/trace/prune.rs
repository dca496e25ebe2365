//! The part of the state graph on walks from a source to a target within the maximum length.
//!
//! No path uses a pruned state. A state that remains is on a walk, and on a path if no walk visits an entity
//! twice.

use super::order::{RelationRank, starts_of};
use super::rules::{PathPosition, TraceQuery};
use super::state_graph::{StateArc, StateGraph, StateIndex, UNREACHED};
use crate::model::budget::WorkBudget;
use crate::model::job::{self, Paced as _};
use crate::model::subgraph::EntityIndex;

/// A state that remains after pruning.
#[derive(Clone, Copy, Debug)]
pub(super) struct PrunedState {
    pub(super) entity: EntityIndex,
    /// The waypoints that passing the state satisfies.
    pub(super) met: u8,
    is_end: bool,
}

/// The first step of a path, from a source.
#[derive(Clone, Copy, Debug)]
pub(super) struct FirstStep {
    pub(super) rank: RelationRank,
    pub(super) start: StateIndex,
    pub(super) to: StateIndex,
}

/// The remaining states, renumbered, and the steps between them.
#[derive(Debug)]
pub(super) struct PrunedGraph {
    pub(super) nodes: Vec<PrunedState>,
    onward: ArcTable,
    closing: ArcTable,
    /// First steps of paths of more than one step, by rank, then by the id of the source.
    pub(super) roots_onward: Vec<FirstStep>,
    /// First steps of paths of one step, in the same order.
    pub(super) roots_closing: Vec<FirstStep>,
    /// The states in which paths start, by id.
    pub(super) sources: Vec<StateIndex>,
    /// Whether no walk visits an entity twice, so that every walk is a path.
    pub(super) acyclic: bool,
    pub(super) length_max: usize,
}

#[derive(Debug, Default)]
struct ArcTable {
    arcs: Vec<StateArc>,
    starts: Vec<u32>,
}

impl ArcTable {
    fn new(steps: Vec<(StateIndex, StateArc)>, node_count: usize) -> Self {
        let starts = starts_of(steps.iter().map(|(from, _)| *from), node_count);
        Self {
            arcs: steps.into_iter().map(|(_, arc)| arc).collect(),
            starts,
        }
    }

    fn leaving(&self, node: StateIndex) -> &[StateArc] {
        &self.arcs[self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize]
    }
}

impl PrunedGraph {
    /// Keeps the states and steps with `distance from a source + distance to a target ≤ maximum length`.
    pub(super) fn new(state_graph: &StateGraph, query: &TraceQuery, budget: &mut WorkBudget) -> Self {
        let is_final =
            |node: &StateIndex| matches!(state_graph.nodes[*node as usize].position, PathPosition::Final(_));
        let ahead = state_graph.distances_to(state_graph.indices().filter(is_final));
        let length_max = query.length_max;
        // Each state costs one unit; the walk has paid for the state graph.
        let within = |distance: u32| distance <= length_max && budget.exhausted().is_none();
        let kept: Vec<StateIndex> = state_graph
            .indices()
            .paced()
            .filter(|n| within(state_graph.nodes[*n as usize].distance + ahead[*n as usize]))
            .collect();
        let mut renumbered = vec![UNREACHED; state_graph.nodes.len()];
        for (new, old) in (0..).zip(&kept) {
            job::step();
            renumbered[*old as usize] = new;
        }
        let (mut onward, mut closing) = (Vec::new(), Vec::new());
        for (new, old) in (0..).zip(&kept) {
            job::step();
            let from = &state_graph.nodes[*old as usize];
            for arc in state_graph.arcs(*old) {
                job::step();
                if from.distance + 1 + ahead[arc.to as usize] <= length_max {
                    let steps = if is_final(&arc.to) {
                        &mut closing
                    } else {
                        &mut onward
                    };
                    steps.push((
                        new,
                        StateArc {
                            rank: arc.rank,
                            to: renumbered[arc.to as usize],
                        },
                    ));
                }
            }
        }
        let is_start = |old: &StateIndex| state_graph.nodes[*old as usize].position == PathPosition::Start;
        let met = |old: StateIndex| match state_graph.nodes[old as usize].position {
            PathPosition::Middle(_) => query.meets[state_graph.nodes[old as usize].entity as usize],
            PathPosition::Start | PathPosition::Final(_) => 0,
        };
        let keep = |old: &StateIndex| PrunedState {
            entity: state_graph.nodes[*old as usize].entity,
            met: met(*old),
            is_end: is_final(old),
        };
        // Sources are the first states of the state graph, by id, and keep their order.
        let sources = (0..).zip(&kept).filter(|(_, old)| is_start(old));
        Self {
            nodes: kept.iter().map(keep).collect(),
            onward: ArcTable::new(onward, kept.len()),
            closing: ArcTable::new(closing, kept.len()),
            roots_onward: Vec::new(),
            roots_closing: Vec::new(),
            sources: sources.map(|(new, _)| new).collect(),
            acyclic: false,
            length_max: length_max as usize,
        }
        .with_derived_tables()
    }

    /// Removes some steps. States that are on no walk any more remain.
    pub(super) fn without(&self, is_lost: impl Fn(StateArc) -> bool) -> Self {
        let rest = |steps: for<'a> fn(&'a Self, StateIndex) -> &'a [StateArc]| {
            let of = |node| steps(self, node).iter().map(move |arc| (node, *arc));
            let kept = self
                .indices()
                .flat_map(of)
                .paced()
                .filter(|(_, arc)| !is_lost(*arc));
            ArcTable::new(kept.collect(), self.nodes.len())
        };
        Self {
            nodes: self.nodes.clone(),
            onward: rest(Self::onward),
            closing: rest(Self::closing),
            roots_onward: Vec::new(),
            roots_closing: Vec::new(),
            sources: self.sources.clone(),
            acyclic: false,
            length_max: self.length_max,
        }
        .with_derived_tables()
    }

    /// Completes the fields that are derived from the steps.
    fn with_derived_tables(mut self) -> Self {
        self.roots_onward = self.roots(Self::onward);
        self.roots_closing = self.roots(Self::closing);
        self.acyclic = self.is_acyclic();
        self
    }

    /// Steps after which the path continues, by rank.
    pub(super) fn onward(&self, node: StateIndex) -> &[StateArc] {
        self.onward.leaving(node)
    }

    /// Steps that end the path, by rank.
    pub(super) fn closing(&self, node: StateIndex) -> &[StateArc] {
        self.closing.leaving(node)
    }

    /// The steps from a state with `left` steps remaining: only the last one ends the path.
    pub(super) fn steps(&self, node: StateIndex, left: usize) -> &[StateArc] {
        if left == 1 {
            self.closing(node)
        } else {
            self.onward(node)
        }
    }

    /// Whether paths end at a state.
    pub(super) fn is_end(&self, node: StateIndex) -> bool {
        self.nodes[node as usize].is_end
    }

    /// All steps, each with the state it leaves.
    pub(super) fn all_steps(&self) -> impl Iterator<Item = (StateIndex, StateArc)> {
        let of = |node| {
            self.onward(node)
                .iter()
                .chain(self.closing(node))
                .map(move |arc| (node, *arc))
        };
        self.indices().flat_map(of)
    }

    /// The number of steps.
    pub(super) fn step_count(&self) -> usize {
        self.onward.arcs.len() + self.closing.arcs.len()
    }

    /// The states by index.
    pub(super) fn indices(&self) -> std::ops::Range<StateIndex> {
        0..u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)
    }

    fn roots(&self, steps: impl for<'a> Fn(&'a Self, StateIndex) -> &'a [StateArc]) -> Vec<FirstStep> {
        let of = |start: StateIndex| {
            let arcs = steps(self, start);
            arcs.iter().map(move |arc| FirstStep {
                rank: arc.rank,
                start,
                to: arc.to,
            })
        };
        let mut roots: Vec<FirstStep> = self.sources.iter().flat_map(|start| of(*start)).collect();
        // The sort is stable: within a rank the sources keep the order of their ids.
        roots.sort_by_key(|root| root.rank);
        roots
    }

    /// Whether the entities have a topological order (Kahn's algorithm). All states of an entity count as
    /// one: a return in another state is a return.
    fn is_acyclic(&self) -> bool {
        let entity = |node: StateIndex| self.nodes[node as usize].entity;
        let entities = self
            .nodes
            .iter()
            .map(|node| node.entity as usize + 1)
            .max()
            .unwrap_or(0);
        let mut states: Vec<Vec<StateIndex>> = vec![Vec::new(); entities];
        let mut entering = vec![0_u32; entities];
        for node in self.indices() {
            states[entity(node) as usize].push(node);
            for arc in self.onward(node).iter().chain(self.closing(node)) {
                job::step();
                entering[entity(arc.to) as usize] += 1;
            }
        }
        let mut ready: Vec<usize> = (0..entities).filter(|e| entering[*e] == 0).collect();
        let mut done = 0;
        while let Some(next) = ready.pop() {
            done += 1;
            for node in &states[next] {
                job::step();
                for arc in self.onward(*node).iter().chain(self.closing(*node)) {
                    job::step();
                    let to = entity(arc.to) as usize;
                    entering[to] -= 1;
                    if entering[to] == 0 {
                        ready.push(to);
                    }
                }
            }
        }
        done == entities
    }
}
