//! The union of all paths: what lies on one at least.
//!
//! Walks are united layer by layer, exactly. Where no entity can come twice that is the union of the paths; else each
//! relation not yet on a path found is proved by finding one through it, backwards to a source and on to a target.

use std::collections::BTreeSet;

use super::Trace;
use super::net::{Arc, NodeIndex};
use super::prune::Pruned;
use super::rules::TraceMode;
use super::tables::{Tables, Waypoints};
use super::walker::Found;
use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::id::{EntityId, RelationId};
use crate::model::walk::TruncationReason;

/// What lies on a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathUnion {
    /// The entities, by id.
    pub entities: Vec<EntityId>,
    /// The relations, by id.
    pub relations: Vec<RelationId>,
    /// Why some may be missing; what is there is on a path.
    pub truncated: Option<TruncationReason>,
}

/// What lies on a path, whichever mode was asked, over the indices of the subgraph.
#[derive(Debug)]
pub(super) struct Coverage {
    /// By entity: on a path.
    pub(super) entities: Vec<bool>,
    /// By rank: on a path.
    pub(super) ranks: Vec<bool>,
    /// By entity: on a walk. Where the search was cut, it may be on a path.
    pub(super) walked: Vec<bool>,
    pub(super) truncated: Option<TruncationReason>,
}

impl Trace {
    /// The union of the paths, not of a page of them; computed once, at the cost of the first who asks.
    ///
    /// **Work.** Length² × pruned relations × 2^waypoints. With cycles also the search for a path through each
    /// relation: the length times the relations at an entity where it succeeds at once, as it does but for knots.
    pub fn union(&self, budget: &mut WorkBudget) -> PathUnion {
        let (entities, ranks, truncated) = if self.rules.mode == TraceMode::Shortest {
            let shortest = self.shortest(budget);
            let mut coverage = self.nothing_covered();
            shortest
                .paths
                .iter()
                .for_each(|path| coverage.add(&self.pruned, path));
            (coverage.entities, coverage.ranks, shortest.truncated)
        } else {
            let coverage = self.coverage(budget);
            (
                coverage.entities.clone(),
                coverage.ranks.clone(),
                coverage.truncated,
            )
        };
        let on_path = self
            .ground
            .subgraph
            .entities
            .iter()
            .zip(entities)
            .filter(|(_, covered)| *covered);
        let entities: BTreeSet<&EntityId> = on_path.map(|(entity, _)| &entity.id).collect();
        let walked = (0..).zip(ranks).filter(|(_, covered)| *covered);
        PathUnion {
            entities: entities.into_iter().cloned().collect(),
            relations: walked
                .map(|(rank, _)| self.ground.relation(rank).id.clone())
                .collect(),
            truncated: self.truncated.or(truncated),
        }
    }

    pub(super) fn coverage(&self, budget: &mut WorkBudget) -> &Coverage {
        self.coverage.get_or_init(|| self.cover(budget))
    }

    fn nothing_covered(&self) -> Coverage {
        let (entities, relations) = (
            self.ground.subgraph.entities.len(),
            self.ground.subgraph.relations.len(),
        );
        Coverage {
            entities: vec![false; entities],
            ranks: vec![false; relations],
            walked: vec![false; entities],
            truncated: None,
        }
    }

    fn cover(&self, budget: &mut WorkBudget) -> Coverage {
        let mut coverage = self.nothing_covered();
        let walks = match Walks::unite(&self.pruned, &self.tables, budget) {
            Ok(walks) => walks,
            Err(OutOfWork(reason)) => {
                // Whatever is pruned in may be on a path.
                for node in &self.pruned.nodes {
                    coverage.walked[node.entity as usize] = true;
                }
                return Coverage {
                    truncated: Some(reason),
                    ..coverage
                };
            }
        };
        for (from, arc) in &walks.steps {
            let ends = [*from, arc.to].map(|node| self.pruned.nodes[node as usize].entity as usize);
            for entity in ends {
                coverage.walked[entity] = true;
                coverage.entities[entity] |= self.pruned.acyclic;
            }
            coverage.ranks[arc.rank as usize] |= self.pruned.acyclic;
        }
        if !self.pruned.acyclic {
            let mut prover = Prover::new(&self.pruned, &self.tables, &walks, budget);
            let search = prover.prove(&mut coverage);
            coverage.truncated = search.err().map(|OutOfWork(reason)| reason);
        }
        coverage
    }
}

impl Coverage {
    fn add(&mut self, pruned: &Pruned, path: &Found) {
        path.ranks
            .iter()
            .for_each(|rank| self.ranks[*rank as usize] = true);
        path.nodes
            .iter()
            .for_each(|node| self.entities[pruned.nodes[*node as usize].entity as usize] = true);
    }
}

/// The union of all walks from a source to a target that meet all waypoints.
struct Walks {
    /// The steps of which they are made, each once.
    steps: Vec<(NodeIndex, Arc)>,
    /// By steps taken and state: whether such a walk is there then.
    there: Vec<Vec<bool>>,
}

impl Walks {
    fn unite(pruned: &Pruned, tables: &Tables, budget: &mut WorkBudget) -> Result<Self, OutOfWork> {
        let length_max = tables.length_max();
        let mut used: BTreeSet<(NodeIndex, bool, usize)> = BTreeSet::new();
        // By state and set of waypoints met so far: whether a walk that can be completed is there with it.
        let mut here = vec![false; pruned.nodes.len() * tables.sets];
        for source in &pruned.sources {
            here[*source as usize * tables.sets] = true;
        }
        let mut there = Vec::new();
        for left in (1..=length_max).rev() {
            budget.spend_many((pruned.step_count() * tables.sets) as u64)?;
            let mut next = vec![false; here.len()];
            for (node, met) in states(&here, tables.sets) {
                if met == tables.all {
                    let closing = (0..pruned.closing(node).len()).map(|at| (node, true, at));
                    used.extend(closing);
                }
                for (at, arc) in pruned.onward(node).iter().enumerate() {
                    let met = met | pruned.nodes[arc.to as usize].met;
                    if (1..left).any(|left| tables.can(arc.to, left, tables.all & !met)) {
                        used.insert((node, false, at));
                        next[arc.to as usize * tables.sets + usize::from(met)] = true;
                    }
                }
            }
            there.push(
                here.chunks(tables.sets)
                    .map(|sets| sets.contains(&true))
                    .collect(),
            );
            here = next;
        }
        let step = |(node, is_closing, at): (NodeIndex, bool, usize)| {
            let arcs = if is_closing {
                pruned.closing(node)
            } else {
                pruned.onward(node)
            };
            (node, arcs[at])
        };
        Ok(Self {
            steps: used.into_iter().map(step).collect(),
            there,
        })
    }
}

/// The states and sets of waypoints that are marked.
fn states(here: &[bool], sets: usize) -> impl Iterator<Item = (NodeIndex, Waypoints)> {
    (0..).zip(here.chunks(sets)).flat_map(|(node, marks)| {
        let marked = (0..=Waypoints::MAX).zip(marks).filter(|(_, marked)| **marked);
        marked.map(move |(met, _)| (node, met))
    })
}

/// Finds paths through given steps.
struct Prover<'a> {
    pruned: &'a Pruned,
    tables: &'a Tables,
    walks: &'a Walks,
    /// The steps into each state.
    into: Vec<Vec<(NodeIndex, u32)>>,
    budget: &'a mut WorkBudget,
    path: Found,
}

impl<'a> Prover<'a> {
    fn new(pruned: &'a Pruned, tables: &'a Tables, walks: &'a Walks, budget: &'a mut WorkBudget) -> Self {
        let mut into = vec![Vec::new(); pruned.nodes.len()];
        for (from, arc) in &walks.steps {
            into[arc.to as usize].push((*from, arc.rank));
        }
        Self {
            pruned,
            tables,
            walks,
            into,
            budget,
            path: Found {
                ranks: Vec::new(),
                nodes: Vec::new(),
            },
        }
    }

    fn prove(&mut self, coverage: &mut Coverage) -> Result<(), OutOfWork> {
        for (from, arc) in &self.walks.steps {
            if !coverage.ranks[arc.rank as usize] && self.find_through(*from, *arc)? {
                coverage.add(self.pruned, &self.path);
            }
        }
        Ok(())
    }

    /// Whether a path takes the step; then `path` holds it, in no order.
    fn find_through(&mut self, from: NodeIndex, arc: Arc) -> Result<bool, OutOfWork> {
        for depth in 0..self.walks.there.len() {
            if self.walks.there[depth][from as usize] {
                self.path = Found {
                    ranks: vec![arc.rank],
                    nodes: vec![arc.to],
                };
                let met = self.pruned.nodes[arc.to as usize].met;
                if self.back(from, depth, (depth, arc.to), met)? {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Goes back to a source in exactly `depth` steps, then on from the step's own end. Recursion is as deep as a path is
    /// long, which is limited.
    fn back(
        &mut self,
        node: NodeIndex,
        depth: usize,
        own: (usize, NodeIndex),
        met: Waypoints,
    ) -> Result<bool, OutOfWork> {
        self.budget.spend()?;
        if self.holds(node) {
            return Ok(false);
        }
        self.path.nodes.push(node);
        let met = met | self.pruned.nodes[node as usize].met;
        if depth == 0 {
            let (taken, end) = own;
            if self.on_from(end, self.tables.length_max() - taken - 1, self.tables.all & !met)? {
                return Ok(true);
            }
        } else {
            for at in 0..self.into[node as usize].len() {
                let (before, rank) = self.into[node as usize][at];
                if self.walks.there[depth - 1][before as usize] {
                    self.path.ranks.push(rank);
                    if self.back(before, depth - 1, own, met)? {
                        return Ok(true);
                    }
                    self.path.ranks.pop();
                }
            }
        }
        self.path.nodes.pop();
        Ok(false)
    }

    fn on_from(&mut self, end: NodeIndex, left_max: usize, needed: Waypoints) -> Result<bool, OutOfWork> {
        if self.pruned.is_end(end) {
            return Ok(needed == 0);
        }
        for left in 1..=left_max {
            if self.tables.can(end, left, needed) && self.ahead(end, left, needed)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Goes on to a target in exactly `left` steps.
    fn ahead(&mut self, node: NodeIndex, left: usize, needed: Waypoints) -> Result<bool, OutOfWork> {
        let pruned = self.pruned;
        for arc in pruned.steps(node, left) {
            self.budget.spend()?;
            let needed = needed & !pruned.nodes[arc.to as usize].met;
            if self.holds(arc.to) || (left > 1 && !self.tables.can(arc.to, left - 1, needed)) {
                continue;
            }
            self.path.ranks.push(arc.rank);
            self.path.nodes.push(arc.to);
            if left == 1 || self.ahead(arc.to, left - 1, needed)? {
                return Ok(true);
            }
            self.path.ranks.pop();
            self.path.nodes.pop();
        }
        Ok(false)
    }

    fn holds(&self, node: NodeIndex) -> bool {
        let entity = |node: NodeIndex| self.pruned.nodes[node as usize].entity;
        self.path.nodes.iter().any(|held| entity(*held) == entity(node))
    }
}
