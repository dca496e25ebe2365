//! Paths as the asker sees them, and pages of them.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use super::Trace;
use super::net::NodeIndex;
use super::rules::TraceMode;
use super::walker::{Found, Seek, Visitor, Walker};
use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::id::{EntityId, RelationId};
use crate::model::page::Page;
use crate::model::relation::Resource;
use crate::model::statement::Assertion;
use crate::model::subgraph::{SubEntity, SubRelation};
use crate::model::walk::TruncationReason;

/// A way from a source to a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The entities it goes through, one more than relations; all distinct.
    pub entities: Vec<EntityId>,
    /// The relations walked, in turn.
    pub relations: Vec<RelationId>,
    /// What they state to carry, in the order of the way, each once; none where none states it.
    pub resources: Vec<Resource>,
    /// The weakest of its facts, each taken by its best statement.
    pub weakest: Assertion,
    /// How many of its relations have no date.
    pub undated_count: usize,
}

impl Path {
    /// Its place in the order.
    pub fn key(&self) -> PathKey {
        PathKey {
            relations: self.relations.clone(),
            entities: self.entities.clone(),
        }
    }
}

/// A place in the order of paths: by length, then relation ids in turn as bytes, then entity ids. Nothing need stand there.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PathKey {
    /// The relations, in turn.
    pub relations: Vec<RelationId>,
    /// The entities, in turn.
    pub entities: Vec<EntityId>,
}

impl Ord for PathKey {
    fn cmp(&self, other: &Self) -> Ordering {
        let key = |key: &Self| key.relations.len();
        key(self)
            .cmp(&key(other))
            .then_with(|| (&self.relations, &self.entities).cmp(&(&other.relations, &other.entities)))
    }
}
impl PartialOrd for PathKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Some paths, in their order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPage {
    /// The paths, and whether there are others before and after. Where it is truncated these are the first paths of the
    /// page, and a path before or after is only said to be there if it was found.
    pub page: Page<Path>,
    /// Why paths of the page, or what is said of those around it, may be missing, where they may.
    pub truncated: Option<TruncationReason>,
}

impl Trace {
    /// The first paths after a place in the order, `limit` at most.
    ///
    /// - **Promise.** Pages read one after the other are all the paths, each once, however they are cut. A page that runs
    ///   out of work is the beginning of itself, and its last path is a place to go on from.
    /// - **Work.** A budget each for the page, for whether a path comes before it, and where it ran out for whether one
    ///   comes after what it has. The page costs, without cycles, its paths times their length times the relations at
    ///   an entity; with cycles also the ways that come back to where they were.
    pub fn paths(&self, limit: usize, after: Option<&PathKey>, budget: impl Fn() -> WorkBudget) -> PathPage {
        if self.rules.mode == TraceMode::Shortest {
            return self.shortest_page(limit, after, &mut budget());
        }
        let (mut items, mut cut) = self.first_paths(limit.saturating_add(1), after, budget());
        let mut has_next = items.len() > limit;
        items.truncate(limit);
        if cut.is_some() {
            let last = items.last().map(Path::key);
            let (next, unknown) = self.first_paths(1, last.as_ref().or(after), budget());
            has_next = !next.is_empty();
            // With a path after it a full page is whole, and with none any page is.
            let is_whole = unknown.is_none() && (items.len() == limit || !has_next);
            cut = cut.filter(|_| !is_whole);
        }
        let (before, unknown) = match after {
            Some(_) => self.first_paths(1, None, budget()),
            None => (Vec::new(), None),
        };
        let has_previous = before
            .iter()
            .any(|path| after.is_some_and(|after| path.key() <= *after));
        PathPage {
            page: Page {
                items,
                has_previous,
                has_next,
            },
            truncated: self.truncated.or(cut).or(unknown),
        }
    }

    /// The first paths after a place, and why there may be more of them, where there may.
    fn first_paths(
        &self,
        limit: usize,
        after: Option<&PathKey>,
        mut budget: WorkBudget,
    ) -> (Vec<Path>, Option<TruncationReason>) {
        let mut first = Collect {
            limit,
            found: Vec::new(),
        };
        let listed = self.list(after, &mut budget, &mut first);
        let paths = first.found.iter().map(|found| self.path(found)).collect();
        (paths, listed.err().map(|OutOfWork(reason)| reason))
    }

    /// Lists all paths after a place, shortest first.
    pub(super) fn list(
        &self,
        after: Option<&PathKey>,
        budget: &mut WorkBudget,
        visitor: &mut impl Visitor,
    ) -> Result<(), OutOfWork> {
        let after = after.filter(|after| !after.relations.is_empty());
        let first = after.map_or(1, |after| after.relations.len());
        let compare = |nodes: &[NodeIndex]| {
            let ids = nodes.iter().map(|node| &self.entity(*node).id);
            after.map_or(Ordering::Greater, |after| ids.cmp(&after.entities))
        };
        let seek = after.map(|after| Seek {
            ranks: after
                .relations
                .iter()
                .map(|id| self.ground.order.seek(&self.ground.subgraph, id))
                .collect(),
            compare: &compare,
        });
        let walker = Walker {
            pruned: &self.pruned,
            tables: &self.tables,
        };
        let roots = (
            self.pruned.roots_onward.as_slice(),
            self.pruned.roots_closing.as_slice(),
        );
        for length in first..=self.tables.length_max() {
            let seek = seek.as_ref().filter(|_| length == first);
            if walker.list(length, roots, seek, budget, visitor)?.is_break() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// What a path found is to the asker.
    pub(super) fn path(&self, found: &Found) -> Path {
        let relations: Vec<&SubRelation> = found
            .ranks
            .iter()
            .map(|rank| self.ground.relation(*rank))
            .collect();
        let entities: Vec<&SubEntity> = found.nodes.iter().map(|node| self.entity(*node)).collect();
        let mut resources = Vec::new();
        for resource in relations.iter().filter_map(|relation| relation.resource) {
            if !resources.contains(&resource) {
                resources.push(resource);
            }
        }
        let best = relations
            .iter()
            .map(|r| r.best)
            .chain(entities.iter().map(|e| e.best));
        // What is walked has a statement that passes; were there none, nothing would be weaker.
        let facts = best.map(|best| best.unwrap_or(Assertion::Normative));
        Path {
            weakest: facts
                .max_by_key(|fact| fact.weakness())
                .unwrap_or(Assertion::Normative),
            undated_count: relations.iter().filter(|relation| relation.undated).count(),
            entities: entities.into_iter().map(|entity| entity.id.clone()).collect(),
            relations: relations
                .into_iter()
                .map(|relation| relation.id.clone())
                .collect(),
            resources,
        }
    }

    pub(super) fn entity(&self, node: NodeIndex) -> &SubEntity {
        &self.ground.subgraph.entities[self.pruned.nodes[node as usize].entity as usize]
    }
}

/// Keeps the first paths.
struct Collect {
    limit: usize,
    found: Vec<Found>,
}

impl Visitor for Collect {
    fn found(&mut self, path: &Found) -> ControlFlow<()> {
        self.found.push(path.clone());
        if self.found.len() < self.limit {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }
}
