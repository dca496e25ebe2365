//! The first path in the order for each pair of source and target.
//!
//! Paths are searched by source and by length, so that what is found is final. If no walk visits an entity
//! twice, or the shortest cannot, each state is visited once for each depth and set of remaining waypoints:
//! the first walk to it comes first in the order, and the continuations are the same.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::ops::ControlFlow;

use super::Trace;
use super::path_lister::{ListOrder, PathLister, PathVisitor, StatePath};
use super::paths::{Path, PathKey, PathPage};
use super::prune::{FirstStep, PrunedGraph};
use super::state_graph::StateIndex;
use super::tables::WaypointSet;
use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::page::{PageRequest, page_of_sorted};
use crate::model::subgraph::EntityIndex;
use crate::model::walk::TruncationReason;

/// The first path of each pair, in path order.
#[derive(Debug)]
pub(super) struct ShortestPaths {
    pub(super) paths: Vec<StatePath>,
    /// Why longer paths may be missing.
    pub(super) truncated: Option<TruncationReason>,
}

impl Trace {
    /// The first path of each pair; computed once, by the first caller's budget.
    ///
    /// **Work.** Sources × length² × pruned relations; with waypoints, or if sources may be passed, up to all
    /// paths.
    pub(super) fn shortest(&self, budget: &mut WorkBudget) -> &ShortestPaths {
        self.shortest.get_or_init(|| self.find_shortest(budget))
    }

    pub(super) fn shortest_page(&self, request: &PageRequest<PathKey>, budget: &mut WorkBudget) -> PathPage {
        let shortest = self.shortest(budget);
        let paths: Vec<Path> = shortest.paths.iter().map(|found| self.path(found)).collect();
        PathPage {
            page: page_of_sorted(&paths, Path::key, request),
            truncated: self.truncated.or(shortest.truncated),
        }
    }

    fn find_shortest(&self, budget: &mut WorkBudget) -> ShortestPaths {
        let mut shortest = ShortestPaths {
            paths: Vec::new(),
            truncated: None,
        };
        let targets: HashSet<EntityIndex> = {
            let closing = self.pruned.indices().flat_map(|node| self.pruned.closing(node));
            closing
                .map(|arc| self.pruned.nodes[arc.to as usize].entity)
                .collect()
        };
        let lister = PathLister {
            pruned: &self.pruned,
            tables: &self.tables,
            order: ListOrder::Ascending,
        };
        let mut finders: Vec<ShortestPathFinder<'_>> = self
            .pruned
            .sources
            .iter()
            .map(|source| ShortestPathFinder::new(&self.pruned, *source, &targets))
            .collect();
        let visits_states_once = self.visits_states_once(&self.pruned);
        for length in 1..=self.tables.length_max() {
            let mut found = Vec::new();
            for finder in finders.iter_mut().filter(|finder| finder.missing > 0) {
                // Only complete lengths are kept, so that the result is a prefix of the full list.
                if let Err(BudgetExhausted(reason)) = finder.list(&lister, length, visits_states_once, budget)
                {
                    return ShortestPaths {
                        truncated: Some(reason),
                        ..shortest
                    };
                }
                found.append(&mut finder.kept);
            }
            found.sort_by(|a, b| self.compare(a, b));
            shortest.paths.append(&mut found);
        }
        shortest
    }

    /// The number of the given targets that no path reaches any more from a source, by the remaining steps.
    pub(super) fn count_unreached(
        &self,
        lister: &PathLister<'_>,
        source: StateIndex,
        targets: &HashSet<EntityIndex>,
        budget: &mut WorkBudget,
    ) -> Result<usize, BudgetExhausted> {
        let mut finder = ShortestPathFinder::new(lister.pruned, source, targets);
        let visits_states_once = self.visits_states_once(lister.pruned);
        for length in 1..=lister.tables.length_max() {
            if finder.missing > 0 {
                finder.list(lister, length, visits_states_once, budget)?;
            }
        }
        Ok(finder.missing)
    }

    /// Whether one visit to a state for each depth and set of remaining waypoints is enough. Otherwise a path
    /// that passes a source again, or makes a detour to a waypoint, may differ in what can follow.
    fn visits_states_once(&self, pruned: &PrunedGraph) -> bool {
        let query = &self.graph.query;
        pruned.acyclic || (query.waypoint_count == 0 && !query.passes_sources())
    }

    fn compare(&self, a: &StatePath, b: &StatePath) -> Ordering {
        let ids = |found: &StatePath| found.nodes.clone().into_iter().map(|node| &self.entity(node).id);
        a.ranks.cmp(&b.ranks).then_with(|| ids(a).cmp(ids(b)))
    }
}

/// Finds the first path from one source to each target.
struct ShortestPathFinder<'a> {
    onward: Vec<FirstStep>,
    closing: Vec<FirstStep>,
    targets: &'a HashSet<EntityIndex>,
    reached: HashSet<EntityIndex>,
    /// The number of targets without a path so far.
    missing: usize,
    /// The visited states by depth, with the remaining waypoints; `None` if every walk to them counts.
    seen: Option<HashSet<(usize, StateIndex, WaypointSet)>>,
    kept: Vec<StatePath>,
}

impl<'a> ShortestPathFinder<'a> {
    fn new(pruned: &PrunedGraph, start: StateIndex, targets: &'a HashSet<EntityIndex>) -> Self {
        let roots = |arcs: &[super::state_graph::StateArc]| {
            arcs.iter()
                .map(|a| FirstStep {
                    rank: a.rank,
                    start,
                    to: a.to,
                })
                .collect()
        };
        let itself = targets.contains(&pruned.nodes[start as usize].entity);
        Self {
            onward: roots(pruned.onward(start)),
            closing: roots(pruned.closing(start)),
            targets,
            reached: HashSet::new(),
            missing: targets.len() - usize::from(itself),
            seen: None,
            kept: Vec::new(),
        }
    }

    fn list(
        &mut self,
        lister: &PathLister<'_>,
        length: usize,
        visits_states_once: bool,
        budget: &mut WorkBudget,
    ) -> Result<(), BudgetExhausted> {
        self.seen = visits_states_once.then(HashSet::new);
        let (onward, closing) = (
            std::mem::take(&mut self.onward),
            std::mem::take(&mut self.closing),
        );
        let mut visit = ShortestPathVisitor {
            finder: self,
            pruned: lister.pruned,
        };
        let listed = lister.list(length, (&onward, &closing), None, budget, &mut visit);
        (self.onward, self.closing) = (onward, closing);
        listed.map(|_| ())
    }
}

struct ShortestPathVisitor<'a, 'b> {
    finder: &'a mut ShortestPathFinder<'b>,
    pruned: &'a PrunedGraph,
}

impl PathVisitor for ShortestPathVisitor<'_, '_> {
    fn should_enter(&mut self, depth: usize, node: StateIndex, needed: WaypointSet) -> bool {
        self.finder
            .seen
            .as_mut()
            .is_none_or(|seen| seen.insert((depth, node, needed)))
    }

    fn visit(&mut self, path: &StatePath) -> ControlFlow<()> {
        let end = path
            .nodes
            .last()
            .map(|node| self.pruned.nodes[*node as usize].entity);
        let is_sought = |end: &EntityIndex| self.finder.targets.contains(end);
        if end
            .filter(is_sought)
            .is_some_and(|end| self.finder.reached.insert(end))
        {
            self.finder.kept.push(path.clone());
            self.finder.missing -= 1;
        }
        if self.finder.missing > 0 {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }
}
