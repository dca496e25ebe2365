//! What can still come: from each state, in exactly so many steps, a target, with which waypoints on the way.
//!
//! Read by everything that lists paths, so that it turns back where nothing can come. Exact for walks; for paths it
//! is a bound, and exact where no entity can come twice.

use super::net::NodeIndex;
use super::prune::Pruned;
use crate::model::budget::WorkBudget;
use crate::model::job;

/// A set of waypoints, a bit for each.
pub(super) type Waypoints = u8;

/// A table row is read straight through, so many entries for one look at a relation.
const ENTRIES_PER_WORK: u64 = 8;

/// For each number of steps left and each state, the sets of waypoints of which all can still be met.
#[derive(Debug)]
pub(super) struct Tables {
    /// Every waypoint.
    pub(super) all: Waypoints,
    /// Sets of waypoints there are: 2^waypoints.
    pub(super) sets: usize,
    words: usize,
    /// By steps left, from 1; shorter than the longest length where the budget ended.
    layers: Vec<Vec<u64>>,
}

impl Tables {
    pub(super) fn new(pruned: &Pruned, waypoint_count: usize, budget: &mut WorkBudget) -> Self {
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

    /// What one pass over all the steps costs.
    pub(super) fn pass_cost(&self, pruned: &Pruned) -> u64 {
        (pruned.step_count() * self.sets) as u64 / ENTRIES_PER_WORK
    }

    fn layer(&self, pruned: &Pruned, left: usize) -> Vec<u64> {
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
                for needed in (0..=self.all).filter(|needed| self.can(arc.to, left - 1, needed & !met)) {
                    row[usize::from(needed) / 64] |= 1 << (needed % 64);
                }
            }
        }
        layer
    }

    /// The longest length of which everything is known: less than asked where the budget ended.
    pub(super) fn length_max(&self) -> usize {
        self.layers.len()
    }

    /// Whether a target can be reached in exactly so many steps, with all of these waypoints met on the way.
    pub(super) fn can(&self, node: NodeIndex, left: usize, needed: Waypoints) -> bool {
        let row = node as usize * self.words;
        self.layers[left - 1][row + usize::from(needed) / 64] & (1 << (needed % 64)) != 0
    }
}
