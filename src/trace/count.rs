//! How many paths there are, and how many use some relations.

use std::collections::{BTreeSet, HashSet};
use std::ops::ControlFlow;

use super::Trace;
use super::order::Rank;
use super::rules::TraceMode;
use super::tables::Waypoints;
use super::walker::{Found, Visitor};
use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::id::RelationId;
use crate::model::job::{self, Paced as _};
use crate::model::walk::TruncationReason;

/// A number of paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathCount {
    /// How many; where it is not exact, how many at least.
    pub value: u128,
    /// Why there may be more; none: it is exact.
    pub truncated: Option<TruncationReason>,
}

impl PathCount {
    /// Whether it is the number itself, no lower bound.
    pub fn is_exact(&self) -> bool {
        self.truncated.is_none()
    }
}

impl Trace {
    /// How many paths there are.
    ///
    /// - **Exact** without listing where no entity can come twice; else by listing, within the budget.
    /// - **Work.** Length × pruned relations × 2^waypoints, or the paths times their length.
    pub fn count(&self, budget: &mut WorkBudget) -> PathCount {
        if self.rules.mode == TraceMode::Shortest {
            let shortest = self.shortest(budget);
            return PathCount {
                value: shortest.paths.len() as u128,
                truncated: self.truncated.or(shortest.truncated),
            };
        }
        let counted = if self.pruned.acyclic {
            self.count_walks(&BTreeSet::new(), budget)
        } else {
            let mut tally = Tally {
                total: 0,
                using: Vec::new(),
                groups: &[],
            };
            let listed = self.list(budget, &mut tally);
            PathCount {
                value: tally.total,
                truncated: reason(listed),
            }
        };
        PathCount {
            truncated: self.truncated.or(counted.truncated),
            ..counted
        }
    }

    /// For each group of relations, how many paths use at least one of them.
    ///
    /// - **Work.** As [`Trace::count`]: without cycles once for each group, else once for all.
    pub fn count_using(&self, groups: &[BTreeSet<RelationId>], budget: &mut WorkBudget) -> Vec<PathCount> {
        let groups: Vec<BTreeSet<Rank>> = groups.iter().map(|group| self.ranks_of(group)).collect();
        let mut tally = Tally {
            total: 0,
            using: vec![0; groups.len()],
            groups: &groups,
        };
        let truncated = if self.rules.mode == TraceMode::Shortest {
            let shortest = self.shortest(budget);
            shortest.paths.iter().for_each(|path| tally.add(path));
            shortest.truncated
        } else if self.pruned.acyclic {
            return self.count_using_acyclic(&groups, budget);
        } else {
            reason(self.list(budget, &mut tally))
        };
        let truncated = self.truncated.or(truncated);
        tally
            .using
            .iter()
            .map(|value| PathCount {
                value: *value,
                truncated,
            })
            .collect()
    }

    /// All paths less those that avoid the group; a group that lies on none costs nothing.
    fn count_using_acyclic(&self, groups: &[BTreeSet<Rank>], budget: &mut WorkBudget) -> Vec<PathCount> {
        let walked: HashSet<Rank> = self.pruned.all_steps().paced().map(|(_, arc)| arc.rank).collect();
        let all = self.count_walks(&BTreeSet::new(), budget);
        let using = |group: &BTreeSet<Rank>| {
            if !group.iter().any(|rank| walked.contains(rank)) {
                return PathCount {
                    value: 0,
                    truncated: self.truncated,
                };
            }
            let avoiding = self.count_walks(group, budget);
            let truncated = all.truncated.or(avoiding.truncated);
            // The difference of two lower bounds bounds nothing.
            let value = if truncated.is_none() {
                all.value - avoiding.value
            } else {
                0
            };
            PathCount {
                value,
                truncated: self.truncated.or(truncated),
            }
        };
        groups.iter().map(using).collect()
    }

    fn ranks_of(&self, relations: &BTreeSet<RelationId>) -> BTreeSet<Rank> {
        let sought = relations
            .iter()
            .map(|id| self.ground.order.seek(&self.ground.subgraph, id));
        sought.filter(|(_, exact)| *exact).map(|(rank, _)| rank).collect()
    }

    /// How many walks there are that use none of some relations; where no entity can come twice they are the paths.
    ///
    /// For each number of steps left, state and set of waypoints still to meet: the number of ways on.
    fn count_walks(&self, avoid: &BTreeSet<Rank>, budget: &mut WorkBudget) -> PathCount {
        let (pruned, tables) = (&self.pruned, &self.tables);
        let at = |node: u32, needed: Waypoints| node as usize * tables.sets + usize::from(needed);
        let mut count = PathCount {
            value: 0,
            truncated: None,
        };
        let mut ahead: Vec<u128> = Vec::new();
        for left in 1..=tables.length_max() {
            if let Err(OutOfWork(reason)) = budget.spend_many(tables.pass_cost(pruned)) {
                return PathCount {
                    truncated: Some(reason),
                    ..count
                };
            }
            let mut layer = vec![0_u128; pruned.nodes.len() * tables.sets];
            for node in pruned.indices() {
                job::step();
                for arc in pruned
                    .steps(node, left)
                    .iter()
                    .filter(|arc| !avoid.contains(&arc.rank))
                {
                    if left == 1 {
                        add(&mut layer[at(node, 0)], 1, &mut count.truncated);
                        continue;
                    }
                    let met = pruned.nodes[arc.to as usize].met;
                    for needed in 0..=tables.all {
                        let ways = ahead[at(arc.to, needed & !met)];
                        add(&mut layer[at(node, needed)], ways, &mut count.truncated);
                    }
                }
            }
            let ways = pruned.sources.iter().map(|source| layer[at(*source, tables.all)]);
            ways.for_each(|ways| add(&mut count.value, ways, &mut count.truncated));
            ahead = layer;
        }
        count
    }
}

/// Adds; what is too large to hold stays at the largest number and makes the count a lower bound.
fn add(sum: &mut u128, more: u128, truncated: &mut Option<TruncationReason>) {
    let (total, is_over) = sum.overflowing_add(more);
    *sum = if is_over { u128::MAX } else { total };
    if is_over {
        *truncated = Some(TruncationReason::WorkLimit);
    }
}

fn reason(listed: Result<(), OutOfWork>) -> Option<TruncationReason> {
    listed.err().map(|OutOfWork(reason)| reason)
}

/// Counts the paths listed, and those that use a relation of each group.
struct Tally<'a> {
    total: u128,
    using: Vec<u128>,
    groups: &'a [BTreeSet<Rank>],
}

impl Tally<'_> {
    fn add(&mut self, path: &Found) {
        self.total += 1;
        for (count, group) in self.using.iter_mut().zip(self.groups) {
            job::step();
            *count += u128::from(path.ranks.iter().any(|rank| group.contains(rank)));
        }
    }
}

impl Visitor for Tally<'_> {
    fn found(&mut self, path: &Found) -> ControlFlow<()> {
        self.add(path);
        ControlFlow::Continue(())
    }
}
