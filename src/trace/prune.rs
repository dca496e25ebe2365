//! The part of the walked net that lies on a way from a source to a target of no more than the longest length.
//!
//! What is left out is on no path. What is kept is on a walk, and on a path wherever no entity can come twice.

use super::net::{Arc, Net, NodeIndex, UNREACHED};
use super::order::{Rank, starts_of};
use super::rules::{Question, Stand};
use crate::model::budget::WorkBudget;
use crate::model::job::{self, Paced as _};
use crate::model::subgraph::EntityIndex;

/// A state that is kept.
#[derive(Clone, Copy, Debug)]
pub(super) struct Kept {
    pub(super) entity: EntityIndex,
    /// The waypoints met by passing there.
    pub(super) met: u8,
    is_end: bool,
}

/// A first step.
#[derive(Clone, Copy, Debug)]
pub(super) struct Root {
    pub(super) rank: Rank,
    pub(super) start: NodeIndex,
    pub(super) to: NodeIndex,
}

/// The states that are kept, numbered anew, and the steps between them.
#[derive(Debug)]
pub(super) struct Pruned {
    pub(super) nodes: Vec<Kept>,
    onward: Steps,
    closing: Steps,
    /// First steps to where a path passes, by rank, then by the id of the source.
    pub(super) roots_onward: Vec<Root>,
    /// First steps to where a path ends, in the same order.
    pub(super) roots_closing: Vec<Root>,
    /// The states at which paths begin, by id.
    pub(super) sources: Vec<NodeIndex>,
    /// Whether no walk can come to an entity twice, so that every walk is a path.
    pub(super) acyclic: bool,
    pub(super) length_max: usize,
}

#[derive(Debug, Default)]
struct Steps {
    arcs: Vec<Arc>,
    starts: Vec<u32>,
}

impl Steps {
    fn new(steps: Vec<(NodeIndex, Arc)>, node_count: usize) -> Self {
        let starts = starts_of(steps.iter().map(|(from, _)| *from), node_count);
        Self {
            arcs: steps.into_iter().map(|(_, arc)| arc).collect(),
            starts,
        }
    }

    fn of(&self, node: NodeIndex) -> &[Arc] {
        &self.arcs[self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize]
    }
}

impl Pruned {
    /// Keeps the states and steps with `distance from a source + distance to a target ≤ the longest length`.
    pub(super) fn new(net: &Net, question: &Question, budget: &mut WorkBudget) -> Self {
        let is_final = |node: &NodeIndex| matches!(net.nodes[*node as usize].stand, Stand::Final(_));
        let ahead = net.distances_to(net.indices().filter(is_final));
        let length_max = question.length_max;
        // Building is charged as one look at each state: the net it comes from was paid for.
        let within = |distance: u32| distance <= length_max && budget.spent_out().is_none();
        let kept: Vec<NodeIndex> = net
            .indices()
            .paced()
            .filter(|n| within(net.nodes[*n as usize].distance + ahead[*n as usize]))
            .collect();
        let mut renumbered = vec![UNREACHED; net.nodes.len()];
        for (new, old) in (0..).zip(&kept) {
            job::step();
            renumbered[*old as usize] = new;
        }
        let (mut onward, mut closing) = (Vec::new(), Vec::new());
        for (new, old) in (0..).zip(&kept) {
            job::step();
            let from = &net.nodes[*old as usize];
            for arc in net.arcs(*old) {
                job::step();
                if from.distance + 1 + ahead[arc.to as usize] <= length_max {
                    let steps = if is_final(&arc.to) {
                        &mut closing
                    } else {
                        &mut onward
                    };
                    steps.push((
                        new,
                        Arc {
                            rank: arc.rank,
                            to: renumbered[arc.to as usize],
                        },
                    ));
                }
            }
        }
        let is_start = |old: &NodeIndex| net.nodes[*old as usize].stand == Stand::Start;
        let met = |old: NodeIndex| match net.nodes[old as usize].stand {
            Stand::Middle(_) => question.meets[net.nodes[old as usize].entity as usize],
            Stand::Start | Stand::Final(_) => 0,
        };
        let keep = |old: &NodeIndex| Kept {
            entity: net.nodes[*old as usize].entity,
            met: met(*old),
            is_end: is_final(old),
        };
        // Sources are the first states of the net, by id, and keep their order.
        let sources = (0..).zip(&kept).filter(|(_, old)| is_start(old));
        Self {
            nodes: kept.iter().map(keep).collect(),
            onward: Steps::new(onward, kept.len()),
            closing: Steps::new(closing, kept.len()),
            roots_onward: Vec::new(),
            roots_closing: Vec::new(),
            sources: sources.map(|(new, _)| new).collect(),
            acyclic: false,
            length_max: length_max as usize,
        }
        .finished()
    }

    /// The same states without some steps; what lies on no way any more stays.
    pub(super) fn without(&self, is_lost: impl Fn(Arc) -> bool) -> Self {
        let rest = |steps: for<'a> fn(&'a Self, NodeIndex) -> &'a [Arc]| {
            let of = |node| steps(self, node).iter().map(move |arc| (node, *arc));
            let kept = self
                .indices()
                .flat_map(of)
                .paced()
                .filter(|(_, arc)| !is_lost(*arc));
            Steps::new(kept.collect(), self.nodes.len())
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
        .finished()
    }

    /// Completed by what follows from the steps.
    fn finished(mut self) -> Self {
        self.roots_onward = self.roots(Self::onward);
        self.roots_closing = self.roots(Self::closing);
        self.acyclic = self.is_acyclic();
        self
    }

    /// Steps to where a path passes, by rank.
    pub(super) fn onward(&self, node: NodeIndex) -> &[Arc] {
        self.onward.of(node)
    }

    /// Steps to where a path ends, by rank.
    pub(super) fn closing(&self, node: NodeIndex) -> &[Arc] {
        self.closing.of(node)
    }

    /// The steps from a state when so many are left: the last one ends the path, and no other does.
    pub(super) fn steps(&self, node: NodeIndex, left: usize) -> &[Arc] {
        if left == 1 {
            self.closing(node)
        } else {
            self.onward(node)
        }
    }

    /// Whether paths end at a state.
    pub(super) fn is_end(&self, node: NodeIndex) -> bool {
        self.nodes[node as usize].is_end
    }

    /// All the steps, each with the state it leaves.
    pub(super) fn all_steps(&self) -> impl Iterator<Item = (NodeIndex, Arc)> {
        let of = |node| {
            self.onward(node)
                .iter()
                .chain(self.closing(node))
                .map(move |arc| (node, *arc))
        };
        self.indices().flat_map(of)
    }

    /// How many steps there are.
    pub(super) fn step_count(&self) -> usize {
        self.onward.arcs.len() + self.closing.arcs.len()
    }

    /// The states by index.
    pub(super) fn indices(&self) -> std::ops::Range<NodeIndex> {
        0..u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)
    }

    fn roots(&self, steps: impl for<'a> Fn(&'a Self, NodeIndex) -> &'a [Arc]) -> Vec<Root> {
        let of = |start: NodeIndex| {
            let arcs = steps(self, start);
            arcs.iter().map(move |arc| Root {
                rank: arc.rank,
                start,
                to: arc.to,
            })
        };
        let mut roots: Vec<Root> = self.sources.iter().flat_map(|start| of(*start)).collect();
        // Stable: within a rank the sources stay in the order of their ids.
        roots.sort_by_key(|root| root.rank);
        roots
    }

    /// Whether the entities can be ordered so that every step leads on (Kahn). All states of an entity are one here:
    /// coming back to it in another state is coming back.
    fn is_acyclic(&self) -> bool {
        let entity = |node: NodeIndex| self.nodes[node as usize].entity;
        let entities = self
            .nodes
            .iter()
            .map(|node| node.entity as usize + 1)
            .max()
            .unwrap_or(0);
        let mut states: Vec<Vec<NodeIndex>> = vec![Vec::new(); entities];
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
