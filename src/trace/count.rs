//! The number of paths, in total and for each group of relations.

use std::collections::{BTreeSet, HashSet};
use std::ops::ControlFlow;

use super::Trace;
use super::order::RelationRank;
use super::path_lister::{PathVisitor, StatePath};
use super::rules::TraceMode;
use super::tables::WaypointSet;
use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::id::RelationId;
use crate::model::job::{self, Paced as _};
use crate::model::walk::TruncationReason;

/// A number of paths, exact or a lower bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PathCount {
    /// The number of paths; a lower bound if `truncated` is set.
    pub value: u128,
    /// Why there may be more paths; `None` if the number is exact.
    pub truncated: Option<TruncationReason>,
}

impl PathCount {
    /// Whether the number is exact rather than a lower bound.
    pub fn is_exact(&self) -> bool {
        self.truncated.is_none()
    }
}

impl Trace {
    /// The number of paths.
    ///
    /// - **Exact**, without listing, if no walk visits an entity twice; otherwise counted by listing, within
    ///   the budget.
    /// - **Work.** Length × pruned relations × 2^waypoints, or the number of paths times their length.
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
            let mut tally = PathTally {
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

    /// The number of paths that use at least one relation of each group.
    ///
    /// - **Work.** As [`Trace::count`]: once for each group without cycles, otherwise once in total.
    pub fn count_using(&self, groups: &[BTreeSet<RelationId>], budget: &mut WorkBudget) -> Vec<PathCount> {
        let groups: Vec<BTreeSet<RelationRank>> = groups.iter().map(|group| self.ranks_of(group)).collect();
        let mut tally = PathTally {
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

    /// Counts all paths minus those that avoid the group. A group that lies on no path costs nothing.
    fn count_using_acyclic(
        &self,
        groups: &[BTreeSet<RelationRank>],
        budget: &mut WorkBudget,
    ) -> Vec<PathCount> {
        let walked: HashSet<RelationRank> =
            self.pruned.all_steps().paced().map(|(_, arc)| arc.rank).collect();
        let all = self.count_walks(&BTreeSet::new(), budget);
        let using = |group: &BTreeSet<RelationRank>| {
            if !group.iter().any(|rank| walked.contains(rank)) {
                return PathCount {
                    value: 0,
                    truncated: self.truncated,
                };
            }
            let avoiding = self.count_walks(group, budget);
            let truncated = all.truncated.or(avoiding.truncated);
            // The difference of two lower bounds is not a bound.
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

    fn ranks_of(&self, relations: &BTreeSet<RelationId>) -> BTreeSet<RelationRank> {
        let sought = relations
            .iter()
            .map(|id| self.graph.order.seek(&self.graph.subgraph, id));
        sought.filter(|(_, exact)| *exact).map(|(rank, _)| rank).collect()
    }

    /// Counts the walks that avoid some relations. If no walk visits an entity twice, these are the paths.
    ///
    /// The table has the number of continuations for each number of remaining steps, state and set of
    /// waypoints still to visit.
    fn count_walks(&self, avoid: &BTreeSet<RelationRank>, budget: &mut WorkBudget) -> PathCount {
        let (pruned, tables) = (&self.pruned, &self.tables);
        let at = |node: u32, needed: WaypointSet| node as usize * tables.sets + usize::from(needed);
        let mut count = PathCount {
            value: 0,
            truncated: None,
        };
        let mut ahead: Vec<u128> = Vec::new();
        for left in 1..=tables.length_max() {
            if let Err(BudgetExhausted(reason)) = budget.spend_many(tables.pass_cost(pruned)) {
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

/// Adds with saturation; a saturated count becomes a lower bound.
fn add(sum: &mut u128, more: u128, truncated: &mut Option<TruncationReason>) {
    let (total, is_over) = sum.overflowing_add(more);
    *sum = if is_over { u128::MAX } else { total };
    if is_over {
        *truncated = Some(TruncationReason::WorkLimit);
    }
}

fn reason(listed: Result<(), BudgetExhausted>) -> Option<TruncationReason> {
    listed.err().map(|BudgetExhausted(reason)| reason)
}

/// Counts all listed paths, and the listed paths that use a relation of each group.
struct PathTally<'a> {
    total: u128,
    using: Vec<u128>,
    groups: &'a [BTreeSet<RelationRank>],
}

impl PathTally<'_> {
    fn add(&mut self, path: &StatePath) {
        self.total += 1;
        for (count, group) in self.using.iter_mut().zip(self.groups) {
            job::step();
            *count += u128::from(path.ranks.iter().any(|rank| group.contains(rank)));
        }
    }
}

impl PathVisitor for PathTally<'_> {
    fn visit(&mut self, path: &StatePath) -> ControlFlow<()> {
        self.add(path);
        ControlFlow::Continue(())
    }
}
