//! For each pair of source and target the first path in the order.
//!
//! Source by source and length by length, so that what is found is final. A source with nothing to pass on its way twice
//! looks at each state once for each depth: the first way there comes first in the order, and what follows is the same.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::ops::ControlFlow;

use super::Trace;
use super::net::NodeIndex;
use super::paths::{Path, PathKey, PathPage};
use super::prune::{Pruned, Root};
use super::walker::{Found, Visitor, Walker};
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

    pub(super) fn shortest_page(
        &self,
        limit: usize,
        after: Option<&PathKey>,
        budget: &mut WorkBudget,
    ) -> PathPage {
        let shortest = self.shortest(budget);
        let paths: Vec<Path> = shortest.paths.iter().map(|found| self.path(found)).collect();
        let request = PageRequest {
            limit,
            from_end: false,
            after: after.cloned(),
            before: None,
        };
        PathPage {
            page: page_of_sorted(&paths, Path::key, &request),
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
        let mut finders: Vec<Finder> = self
            .pruned
            .sources
            .iter()
            .map(|source| Finder::new(&self.pruned, *source, &targets))
            .collect();
        // A path through a source again, or round by a waypoint, may differ in what can follow.
        let looks_once = self.ground.question.waypoint_count == 0 && !self.ground.question.passes_sources();
        for length in 1..=self.tables.length_max() {
            let mut found = Vec::new();
            for finder in finders.iter_mut().filter(|finder| finder.missing > 0) {
                finder.seen = looks_once.then(HashSet::new);
                // Only whole lengths are kept, so that what is kept begins the full list.
                if let Err(OutOfWork(reason)) = finder.list(self, length, budget) {
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

    fn compare(&self, a: &Found, b: &Found) -> Ordering {
        let ids = |found: &Found| found.nodes.clone().into_iter().map(|node| &self.entity(node).id);
        a.ranks.cmp(&b.ranks).then_with(|| ids(a).cmp(ids(b)))
    }
}

/// Finds the first path to each target from one source.
struct Finder {
    onward: Vec<Root>,
    closing: Vec<Root>,
    reached: HashSet<EntityIndex>,
    /// How many targets have no path yet.
    missing: usize,
    /// The states looked at, by depth; none: every way to them counts.
    seen: Option<HashSet<(usize, NodeIndex)>>,
    kept: Vec<Found>,
}

impl Finder {
    fn new(pruned: &Pruned, start: NodeIndex, targets: &HashSet<EntityIndex>) -> Self {
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
            reached: HashSet::new(),
            missing: targets.len() - usize::from(itself),
            seen: None,
            kept: Vec::new(),
        }
    }

    fn list(&mut self, trace: &Trace, length: usize, budget: &mut WorkBudget) -> Result<(), OutOfWork> {
        let walker = Walker {
            pruned: &trace.pruned,
            tables: &trace.tables,
        };
        let (onward, closing) = (
            std::mem::take(&mut self.onward),
            std::mem::take(&mut self.closing),
        );
        let mut visit = Visit {
            finder: self,
            pruned: &trace.pruned,
        };
        let listed = walker.list(length, (&onward, &closing), None, budget, &mut visit);
        (self.onward, self.closing) = (onward, closing);
        listed.map(|_| ())
    }
}

struct Visit<'a> {
    finder: &'a mut Finder,
    pruned: &'a Pruned,
}

impl Visitor for Visit<'_> {
    fn enters(&mut self, depth: usize, node: NodeIndex) -> bool {
        self.finder
            .seen
            .as_mut()
            .is_none_or(|seen| seen.insert((depth, node)))
    }

    fn found(&mut self, path: &Found) -> ControlFlow<()> {
        let end = path
            .nodes
            .last()
            .map(|node| self.pruned.nodes[*node as usize].entity);
        if end.is_some_and(|end| self.finder.reached.insert(end)) {
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
