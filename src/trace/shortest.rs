//! For each pair of source and target the first path in the order.
//!
//! Source by source and length by length, so that what is found is final. Where no way comes to an entity twice, or the
//! shortest cannot, each state is looked at once for each depth and what is still to meet: the first way there comes first in
//! the order, and what follows is the same.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::ops::ControlFlow;

use super::Trace;
use super::net::NodeIndex;
use super::paths::{Path, PathKey, PathPage};
use super::prune::{Pruned, Root};
use super::tables::Waypoints;
use super::walker::{Found, ListOrder, Visitor, Walker};
use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::page::{PageRequest, page_of_sorted};
use crate::model::subgraph::EntityIndex;
use crate::model::walk::TruncationReason;

/// The paths kept, in their order.
#[derive(Debug)]
pub(super) struct Shortest {
    pub(super) paths: Vec<Found>,
    /// Why longer ones may be missing.
    pub(super) truncated: Option<TruncationReason>,
}

impl Trace {
    /// The first path of each pair; computed once, at the cost of the first who asks.
    ///
    /// **Work.** Sources × length² × pruned relations; with waypoints, or where sources may be passed, up to all the paths.
    pub(super) fn shortest(&self, budget: &mut WorkBudget) -> &Shortest {
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

    fn find_shortest(&self, budget: &mut WorkBudget) -> Shortest {
        let mut shortest = Shortest {
            paths: Vec::new(),
            truncated: None,
        };
        let targets: HashSet<EntityIndex> = {
            let closing = self.pruned.indices().flat_map(|node| self.pruned.closing(node));
            closing
                .map(|arc| self.pruned.nodes[arc.to as usize].entity)
                .collect()
        };
        let walker = Walker {
            pruned: &self.pruned,
            tables: &self.tables,
            order: ListOrder::Ascending,
        };
        let mut finders: Vec<Finder<'_>> = self
            .pruned
            .sources
            .iter()
            .map(|source| Finder::new(&self.pruned, *source, &targets))
            .collect();
        let looks_once = self.looks_once(&self.pruned);
        for length in 1..=self.tables.length_max() {
            let mut found = Vec::new();
            for finder in finders.iter_mut().filter(|finder| finder.missing > 0) {
                // Only whole lengths are kept, so that what is kept begins the full list.
                if let Err(OutOfWork(reason)) = finder.list(&walker, length, looks_once, budget) {
                    return Shortest {
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

    /// How many of some targets no path reaches any more from a source, by the steps given: those of this trace, or some of them.
    pub(super) fn count_unreached(
        &self,
        walker: &Walker<'_>,
        source: NodeIndex,
        targets: &HashSet<EntityIndex>,
        budget: &mut WorkBudget,
    ) -> Result<usize, OutOfWork> {
        let mut finder = Finder::new(walker.pruned, source, targets);
        let looks_once = self.looks_once(walker.pruned);
        for length in 1..=walker.tables.length_max() {
            if finder.missing > 0 {
                finder.list(walker, length, looks_once, budget)?;
            }
        }
        Ok(finder.missing)
    }

    /// Whether a state need be looked at once for each depth and what is still to meet. Elsewhere a path through a source
    /// again, or round by a waypoint, may differ in what can follow.
    fn looks_once(&self, pruned: &Pruned) -> bool {
        let question = &self.ground.question;
        pruned.acyclic || (question.waypoint_count == 0 && !question.passes_sources())
    }

    fn compare(&self, a: &Found, b: &Found) -> Ordering {
        let ids = |found: &Found| found.nodes.clone().into_iter().map(|node| &self.entity(node).id);
        a.ranks.cmp(&b.ranks).then_with(|| ids(a).cmp(ids(b)))
    }
}

/// Finds the first path to each target from one source.
struct Finder<'a> {
    onward: Vec<Root>,
    closing: Vec<Root>,
    targets: &'a HashSet<EntityIndex>,
    reached: HashSet<EntityIndex>,
    /// How many targets have no path yet.
    missing: usize,
    /// The states looked at, by depth, with what was still to meet; none: every way to them counts.
    seen: Option<HashSet<(usize, NodeIndex, Waypoints)>>,
    kept: Vec<Found>,
}

impl<'a> Finder<'a> {
    fn new(pruned: &Pruned, start: NodeIndex, targets: &'a HashSet<EntityIndex>) -> Self {
        let roots = |arcs: &[super::net::Arc]| {
            arcs.iter()
                .map(|a| Root {
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
        walker: &Walker<'_>,
        length: usize,
        looks_once: bool,
        budget: &mut WorkBudget,
    ) -> Result<(), OutOfWork> {
        self.seen = looks_once.then(HashSet::new);
        let (onward, closing) = (
            std::mem::take(&mut self.onward),
            std::mem::take(&mut self.closing),
        );
        let mut visit = Visit {
            finder: self,
            pruned: walker.pruned,
        };
        let listed = walker.list(length, (&onward, &closing), None, budget, &mut visit);
        (self.onward, self.closing) = (onward, closing);
        listed.map(|_| ())
    }
}

struct Visit<'a, 'b> {
    finder: &'a mut Finder<'b>,
    pruned: &'a Pruned,
}

impl Visitor for Visit<'_, '_> {
    fn enters(&mut self, depth: usize, node: NodeIndex, needed: Waypoints) -> bool {
        self.finder
            .seen
            .as_mut()
            .is_none_or(|seen| seen.insert((depth, node, needed)))
    }

    fn found(&mut self, path: &Found) -> ControlFlow<()> {
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
