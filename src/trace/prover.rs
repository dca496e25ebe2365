//! Searches for a path through a given step, back to a source and forward to a target.

use super::path_lister::StatePath;
use super::prune::PrunedGraph;
use super::state_graph::{StateArc, StateIndex};
use super::tables::{ReachTables, WaypointSet};
use super::walks::WalkUnion;
use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::job;

/// Finds paths through given steps.
pub(super) struct Prover<'a> {
    pruned: &'a PrunedGraph,
    tables: &'a ReachTables,
    walks: &'a WalkUnion,
    /// The steps into each state.
    into: Vec<Vec<(StateIndex, u32)>>,
    budget: &'a mut WorkBudget,
    path: StatePath,
}

impl<'a> Prover<'a> {
    pub(super) fn new(
        pruned: &'a PrunedGraph,
        tables: &'a ReachTables,
        walks: &'a WalkUnion,
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
            path: StatePath {
                ranks: Vec::new(),
                nodes: Vec::new(),
            },
        }
    }

    /// A path that contains the step; its relations and states are in no particular order.
    pub(super) fn find_through(
        &mut self,
        from: StateIndex,
        arc: StateArc,
    ) -> Result<Option<&StatePath>, BudgetExhausted> {
        for depth in 0..self.walks.present.len() {
            if self.walks.present[depth][from as usize] {
                self.path = StatePath {
                    ranks: vec![arc.rank],
                    nodes: vec![arc.to],
                };
                let met = self.pruned.nodes[arc.to as usize].met;
                if self.extend_back(from, depth, (depth, arc.to), met)? {
                    return Ok(Some(&self.path));
                }
            }
        }
        Ok(None)
    }

    /// Extends back to a source in exactly `depth` steps, then forward from the end of the given step. `own` is the
    /// depth at which that step starts, and the state at its end; `met` are the waypoints on the path so far.
    /// Recursion is as deep as a path is long, which is limited.
    fn extend_back(
        &mut self,
        node: StateIndex,
        depth: usize,
        own: (usize, StateIndex),
        met: WaypointSet,
    ) -> Result<bool, BudgetExhausted> {
        self.budget.spend()?;
        if self.contains(node) {
            return Ok(false);
        }
        self.path.nodes.push(node);
        let met = met | self.pruned.nodes[node as usize].met;
        if depth == 0 {
            let (taken, end) = own;
            if self.extend_to_target(end, self.tables.length_max() - taken - 1, self.tables.all & !met)? {
                return Ok(true);
            }
        } else {
            for at in 0..self.into[node as usize].len() {
                let (before, rank) = self.into[node as usize][at];
                if self.walks.present[depth - 1][before as usize] {
                    self.path.ranks.push(rank);
                    if self.extend_back(before, depth - 1, own, met)? {
                        return Ok(true);
                    }
                    self.path.ranks.pop();
                }
            }
        }
        self.path.nodes.pop();
        Ok(false)
    }

    /// Extends forward to a target in any number of steps up to `left_max`. `needed` are the waypoints not yet met.
    fn extend_to_target(
        &mut self,
        end: StateIndex,
        left_max: usize,
        needed: WaypointSet,
    ) -> Result<bool, BudgetExhausted> {
        if self.pruned.is_end(end) {
            return Ok(needed == 0);
        }
        for left in 1..=left_max {
            if self.tables.can_reach(end, left, needed) && self.extend_forward(end, left, needed)? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Extends forward to a target in exactly `left` steps.
    fn extend_forward(
        &mut self,
        node: StateIndex,
        left: usize,
        needed: WaypointSet,
    ) -> Result<bool, BudgetExhausted> {
        let pruned = self.pruned;
        for arc in pruned.steps(node, left) {
            self.budget.spend()?;
            let needed = needed & !pruned.nodes[arc.to as usize].met;
            if self.contains(arc.to) || (left > 1 && !self.tables.can_reach(arc.to, left - 1, needed)) {
                continue;
            }
            self.path.ranks.push(arc.rank);
            self.path.nodes.push(arc.to);
            if left == 1 || self.extend_forward(arc.to, left - 1, needed)? {
                return Ok(true);
            }
            self.path.ranks.pop();
            self.path.nodes.pop();
        }
        Ok(false)
    }

    /// Whether the path has been at the entity of a state: it visits an entity once, whatever it carries.
    fn contains(&self, node: StateIndex) -> bool {
        let entity = |node: StateIndex| self.pruned.nodes[node as usize].entity;
        self.path.nodes.iter().any(|held| entity(*held) == entity(node))
    }
}
