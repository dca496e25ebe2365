//! Proofs that a step lies on a path: a path through it, found backwards to a source and on to a target.

use super::net::{Arc, NodeIndex};
use super::prune::Pruned;
use super::tables::{Tables, Waypoints};
use super::walker::Found;
use super::walks::Walks;
use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::job;

/// Finds paths through given steps.
pub(super) struct Prover<'a> {
    pruned: &'a Pruned,
    tables: &'a Tables,
    walks: &'a Walks,
    /// The steps into each state.
    into: Vec<Vec<(NodeIndex, u32)>>,
    budget: &'a mut WorkBudget,
    path: Found,
}

impl<'a> Prover<'a> {
    pub(super) fn new(
        pruned: &'a Pruned,
        tables: &'a Tables,
        walks: &'a Walks,
        budget: &'a mut WorkBudget,
    ) -> Self {
        let mut into = vec![Vec::new(); pruned.nodes.len()];
        for (from, arc) in &walks.steps {
            job::step();
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

    /// A path that takes the step, its parts in no order.
    pub(super) fn find_through(&mut self, from: NodeIndex, arc: Arc) -> Result<Option<&Found>, OutOfWork> {
        for depth in 0..self.walks.there.len() {
            if self.walks.there[depth][from as usize] {
                self.path = Found {
                    ranks: vec![arc.rank],
                    nodes: vec![arc.to],
                };
                let met = self.pruned.nodes[arc.to as usize].met;
                if self.back(from, depth, (depth, arc.to), met)? {
                    return Ok(Some(&self.path));
                }
            }
        }
        Ok(None)
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
