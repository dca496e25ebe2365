//! The union of all walks that visit all waypoints, layer by layer.
//!
//! A walk may visit an entity twice; if none does, this is the union of the paths.

use std::collections::BTreeSet;

use super::prune::PrunedGraph;
use super::state_graph::{StateArc, StateIndex};
use super::tables::{ReachTables, WaypointSet};
use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::job::{self, Paced as _};

/// The union of all walks from a source to a target that visit all waypoints.
pub(super) struct WalkUnion {
    /// The steps of these walks, without duplicates.
    pub(super) steps: Vec<(StateIndex, StateArc)>,
    /// By number of steps taken and state: whether such a walk is in the state.
    pub(super) present: Vec<Vec<bool>>,
}

impl WalkUnion {
    pub(super) fn new(
        pruned: &PrunedGraph,
        tables: &ReachTables,
        budget: &mut WorkBudget,
    ) -> Result<Self, BudgetExhausted> {
        let length_max = tables.length_max();
        let mut used: BTreeSet<(StateIndex, bool, usize)> = BTreeSet::new();
        // By state and set of waypoints visited so far: whether a walk that can be completed is there.
        let mut here = vec![false; pruned.nodes.len() * tables.sets];
        for source in &pruned.sources {
            here[*source as usize * tables.sets] = true;
        }
        let mut present = Vec::new();
        for left in (1..=length_max).rev() {
            budget.spend_many(tables.pass_cost(pruned))?;
            let mut next = vec![false; here.len()];
            for (node, met) in states(&here, tables.sets) {
                job::step();
                if met == tables.all {
                    let closing = (0..pruned.closing(node).len()).map(|at| (node, true, at));
                    used.extend(closing);
                }
                for (at, arc) in pruned.onward(node).iter().enumerate() {
                    job::step();
                    let met = met | pruned.nodes[arc.to as usize].met;
                    if (1..left).any(|left| tables.can_reach(arc.to, left, tables.all & !met)) {
                        used.insert((node, false, at));
                        next[arc.to as usize * tables.sets + usize::from(met)] = true;
                    }
                }
            }
            present.push(
                here.chunks(tables.sets)
                    .map(|sets| sets.contains(&true))
                    .collect(),
            );
            here = next;
        }
        let step = |(node, is_closing, at): (StateIndex, bool, usize)| {
            let arcs = if is_closing {
                pruned.closing(node)
            } else {
                pruned.onward(node)
            };
            (node, arcs[at])
        };
        Ok(Self {
            steps: used.into_iter().paced().map(step).collect(),
            present,
        })
    }
}

/// The marked states and sets of waypoints.
fn states(here: &[bool], sets: usize) -> impl Iterator<Item = (StateIndex, WaypointSet)> {
    (0..).zip(here.chunks(sets)).flat_map(|(node, marks)| {
        let marked = (0..=WaypointSet::MAX).zip(marks).filter(|(_, marked)| **marked);
        marked.map(move |(met, _)| (node, met))
    })
}
