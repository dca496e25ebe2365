//! Reachability tables: whether a target is reached from each state in a number of steps with some waypoints
//! on the way.
//!
//! Used by every listing of paths, to turn back if no target can be reached. Exact for walks; an upper bound
//! for paths, and exact for them if no walk visits an entity twice.

use super::prune::PrunedGraph;
use super::state_graph::StateIndex;
use crate::model::budget::WorkBudget;
use crate::model::job;

/// A set of waypoints, one bit for each.
pub(super) type WaypointSet = u8;

/// Table rows are read sequentially, so that many entries cost as much as one relation.
const ENTRIES_PER_WORK: u64 = 8;

/// For each number of remaining steps and each state, the sets of waypoints that can still be visited.
#[derive(Debug)]
pub(super) struct ReachTables {
    /// The set of all waypoints.
    pub(super) all: WaypointSet,
    /// The number of sets of waypoints: 2^waypoints.
    pub(super) sets: usize,
    words: usize,
    /// By remaining steps, from 1; shorter than the maximum length if the budget ran out.
    layers: Vec<Vec<u64>>,
}

impl ReachTables {
    pub(super) fn new(pruned: &PrunedGraph, waypoint_count: usize, budget: &mut WorkBudget) -> Self {
        let sets = 1_usize << waypoint_count;
        let all = u8::try_from(sets - 1).unwrap_or(u8::MAX);
        let mut tables = Self {
            all,
            sets,
            words: sets.div_ceil(64),
            layers: Vec::new(),
        };
        let cost = tables.pass_cost(pruned);
        for left in 1..=pruned.length_max {
            if budget.spend_many(cost).is_err() {
                break;
            }
            let layer = tables.layer(pruned, left);
            tables.layers.push(layer);
        }
        tables
    }

    /// The work of one pass over all steps.
    pub(super) fn pass_cost(&self, pruned: &PrunedGraph) -> u64 {
        (pruned.step_count() * self.sets) as u64 / ENTRIES_PER_WORK
    }

    fn layer(&self, pruned: &PrunedGraph, left: usize) -> Vec<u64> {
        let mut layer = vec![0; pruned.nodes.len() * self.words];
        for node in pruned.indices() {
            let row = &mut layer[node as usize * self.words..][..self.words];
            if left == 1 {
                row[0] = u64::from(!pruned.closing(node).is_empty());
                continue;
            }
            for arc in pruned.onward(node) {
                job::step();
                let met = pruned.nodes[arc.to as usize].met;
                for needed in (0..=self.all).filter(|needed| self.can_reach(arc.to, left - 1, needed & !met))
                {
                    row[usize::from(needed) / 64] |= 1 << (needed % 64);
                }
            }
        }
        layer
    }

    /// The longest length for which the tables are complete; less than requested if the budget ran out.
    pub(super) fn length_max(&self) -> usize {
        self.layers.len()
    }

    /// Whether a target can be reached in exactly `left` steps that visit all `needed` waypoints.
    pub(super) fn can_reach(&self, node: StateIndex, left: usize, needed: WaypointSet) -> bool {
        let row = node as usize * self.words;
        self.layers[left - 1][row + usize::from(needed) / 64] & (1 << (needed % 64)) != 0
    }
}
