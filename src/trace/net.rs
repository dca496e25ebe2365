//! The automaton of a trace, walked from the sources: which states are reached, how far from them, and by which steps.
//!
//! A state is an entity and how a path stands there: it begins, passes with what it carries, or ends. A state is
//! expanded once, so the walk is linear in the relations times what there is to carry.

use std::collections::HashMap;

use super::ground::{Ground, Step};
use super::order::Rank;
use super::rules::{Question, Stand};
use crate::model::budget::WorkBudget;
use crate::model::job;
use crate::model::subgraph::{EntityIndex, Subgraph};

/// The place of a state.
pub(super) type NodeIndex = u32;

/// An entity, and how a path stands there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) entity: EntityIndex,
    pub(super) stand: Stand,
    /// The least number of relations from a source.
    pub(super) distance: u32,
}

/// A step: by a relation to a state.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arc {
    pub(super) rank: Rank,
    pub(super) to: NodeIndex,
}

/// The states reached, nearest first, and their steps.
#[derive(Debug)]
pub(super) struct Net {
    pub(super) nodes: Vec<Node>,
    arcs: Vec<Arc>,
    starts: Vec<u32>,
    /// States before this one were expanded, or are as far as paths go.
    pub(super) expanded: usize,
}

impl Net {
    /// Walks from the sources, breadth first. Where the budget ends, the states that lie nearest are expanded.
    pub(super) fn walk(ground: &Ground, budget: &mut WorkBudget) -> Self {
        let Ground {
            subgraph,
            order,
            question,
        } = ground;
        let mut finder = Finder::new(subgraph, question);
        let mut net = Self {
            nodes: Vec::new(),
            arcs: Vec::new(),
            starts: vec![0],
            expanded: 0,
        };
        for source in &question.sources {
            net.nodes.push(Node {
                entity: *source,
                stand: Stand::Start,
                distance: 0,
            });
        }
        while let Some(node) = net.nodes.get(net.expanded).copied() {
            let onward = node.distance < question.length_max && !matches!(node.stand, Stand::Final(_));
            let leads = if onward { order.leads(node.entity) } else { &[] };
            if budget.spend_many(leads.len() as u64).is_err() {
                break;
            }
            for lead in leads {
                let Step::Walked { middle, closing } = ground.step(node.entity, node.stand, lead) else {
                    continue;
                };
                for stand in middle.into_iter().chain(closing) {
                    let to = finder.node(&mut net.nodes, lead.to, stand, node.distance + 1);
                    net.arcs.push(Arc { rank: lead.rank, to });
                }
            }
            net.close_node();
        }
        while net.starts.len() <= net.nodes.len() {
            net.starts.push(net.starts.last().copied().unwrap_or(0));
        }
        net
    }

    fn close_node(&mut self) {
        self.starts
            .push(u32::try_from(self.arcs.len()).unwrap_or(u32::MAX));
        self.expanded += 1;
    }

    /// The steps from a state, by rank.
    pub(super) fn arcs(&self, node: NodeIndex) -> &[Arc] {
        &self.arcs[self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize]
    }

    /// The states by index.
    pub(super) fn indices(&self) -> std::ops::Range<NodeIndex> {
        0..u32::try_from(self.nodes.len()).unwrap_or(u32::MAX)
    }

    /// The least number of steps from each state to one of `goals`; [`UNREACHED`] where there is no way.
    /// Linear: every step is looked at twice.
    pub(super) fn distances_to(&self, goals: impl Iterator<Item = NodeIndex>) -> Vec<u32> {
        let reverse = self.reversed();
        let mut distances = vec![UNREACHED; self.nodes.len()];
        let mut queue: Vec<NodeIndex> = goals.collect();
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

    fn reversed(&self) -> Reversed {
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
        Reversed { starts, from }
    }
}

/// No way leads there.
pub(super) const UNREACHED: u32 = u32::MAX / 2;

struct Reversed {
    starts: Vec<u32>,
    from: Vec<NodeIndex>,
}

impl Reversed {
    fn before(&self, node: NodeIndex) -> &[NodeIndex] {
        &self.from[self.starts[node as usize] as usize..self.starts[node as usize + 1] as usize]
    }
}

/// Finds the node of a state, or makes it.
struct Finder {
    carried_count: usize,
    /// By entity and what is carried: the node plus one, for 0 is none.
    middle: Vec<u32>,
    /// Few entities are targets.
    closing: HashMap<(EntityIndex, u8), NodeIndex>,
}

impl Finder {
    fn new(subgraph: &Subgraph, question: &Question) -> Self {
        let carried_count = question.carried_count();
        Self {
            carried_count,
            middle: vec![0; subgraph.entities.len() * carried_count],
            closing: HashMap::new(),
        }
    }

    fn node(&mut self, nodes: &mut Vec<Node>, entity: EntityIndex, stand: Stand, distance: u32) -> NodeIndex {
        let next = u32::try_from(nodes.len()).unwrap_or(u32::MAX - 1);
        let found = match stand {
            Stand::Final(carried) => *self.closing.entry((entity, carried)).or_insert(next),
            Stand::Middle(carried) => {
                let slot = &mut self.middle[entity as usize * self.carried_count + usize::from(carried)];
                if *slot == 0 {
                    *slot = next + 1;
                }
                *slot - 1
            }
            // Sources are all there before the walk begins.
            Stand::Start => next,
        };
        if found == next {
            nodes.push(Node {
                entity,
                stand,
                distance,
            });
        }
        found
    }
}
