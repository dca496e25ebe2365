//! The union of all walks that meet all waypoints, layer by layer.
//!
//! A walk may come to an entity twice; where none can, this is the union of the paths.

use std::collections::BTreeSet;

use super::net::{Arc, NodeIndex};
use super::prune::Pruned;
use super::tables::{Tables, Waypoints};
use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::job::{self, Paced as _};

/// The union of all walks from a source to a target that meet all waypoints.
pub(super) struct Walks {
    /// The steps of which they are made, each once.
    pub(super) steps: Vec<(NodeIndex, Arc)>,
    /// By steps taken and state: whether such a walk is there then.
    pub(super) there: Vec<Vec<bool>>,
}

impl Walks {
    pub(super) fn unite(
        pruned: &Pruned,
        tables: &Tables,
        budget: &mut WorkBudget,
    ) -> Result<Self, OutOfWork> {
        let length_max = tables.length_max();
        let mut used: BTreeSet<(NodeIndex, bool, usize)> = BTreeSet::new();
        // By state and set of waypoints met so far: whether a walk that can be completed is there with it.
        let mut here = vec![false; pruned.nodes.len() * tables.sets];
        for source in &pruned.sources {
            here[*source as usize * tables.sets] = true;
        }
        let mut there = Vec::new();
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
            steps: used.into_iter().paced().map(step).collect(),
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
