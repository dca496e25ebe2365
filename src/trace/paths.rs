//! Paths as the asker sees them, and pages of them.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use super::Trace;
use super::net::NodeIndex;
use super::rules::TraceMode;
use super::walker::{Found, ListOrder, Seek, Visitor, Walker};
use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::id::{EntityId, RelationId};
use crate::model::page::{Page, PageRequest};
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
    /// page, of one asked from the end the last, and a path before or after is only said to be there if it was found.
    pub page: Page<Path>,
    /// Why paths of the page, or what is said of those around it, may be missing, where they may.
    pub truncated: Option<TruncationReason>,
}

impl Trace {
    /// The first paths after a place in the order, `limit` at most; see [`Trace::page_of_paths`].
    pub fn paths(&self, limit: usize, after: Option<&PathKey>, budget: impl Fn() -> WorkBudget) -> PathPage {
        let request = PageRequest {
            after: after.cloned(),
            ..PageRequest::first(limit)
        };
        self.page_of_paths(&request, budget)
    }

    /// A page of the paths, in their order whichever way it is read.
    ///
    /// - **Promise.** Pages read one after the other are all the paths, each once, however they are cut. A page that runs
    ///   out of work is the beginning of itself, and its last path is a place to go on from; read from the end it is the end
    ///   of itself, and its first path is that place.
    /// - **Work.** A budget each for the page, for whether a path lies behind the key it begins at, and where it ran out for
    ///   whether one lies beyond what it has. The page costs, without cycles, its paths times their length times the relations
    ///   at an entity; with cycles also the ways that come back to where they were.
    pub fn page_of_paths(&self, request: &PageRequest<PathKey>, budget: impl Fn() -> WorkBudget) -> PathPage {
        if self.rules.mode == TraceMode::Shortest {
            return self.shortest_page(request, &mut budget());
        }
        let limit = request.limit;
        let (order, start, end) = if request.from_end {
            (ListOrder::Descending, &request.before, &request.after)
        } else {
            (ListOrder::Ascending, &request.after, &request.before)
        };
        let is_inside = |path: &Path| {
            end.as_ref().is_none_or(|end| match order {
                ListOrder::Ascending => path.key() < *end,
                ListOrder::Descending => path.key() > *end,
            })
        };
        let start = start.as_ref();
        let (mut items, mut cut) = self.some_paths(order, limit.saturating_add(1), start, budget());
        let reaches_end = items.iter().any(|path| !is_inside(path));
        items.retain(is_inside);
        let mut has_more = items.len() > limit;
        items.truncate(limit);
        if cut.is_some() && reaches_end {
            cut = None;
        }
        if cut.is_some() {
            let last = items.last().map(Path::key);
            let (next, unknown) = self.some_paths(order, 1, last.as_ref().or(start), budget());
            has_more = next.iter().any(is_inside);
            // With a path beyond it a full page is whole, and with none any page is.
            let is_whole = unknown.is_none() && (items.len() == limit || !has_more);
            cut = cut.filter(|_| !is_whole);
        }
        let (behind, unknown) = match start {
            Some(_) => self.some_paths(order, 1, None, budget()),
            None => (Vec::new(), None),
        };
        // The very first path of all, the way that is listed: if any lies behind the start, it does.
        let has_behind = behind.iter().any(|path| {
            start.is_some_and(|start| match order {
                ListOrder::Ascending => path.key() <= *start,
                ListOrder::Descending => path.key() >= *start,
            })
        });
        let (has_previous, has_next) = match order {
            ListOrder::Ascending => (has_behind, has_more),
            ListOrder::Descending => {
                items.reverse();
                (has_more, has_behind)
            }
        };
        PathPage {
            page: Page {
                items,
                has_previous,
                has_next,
            },
            truncated: self.truncated.or(cut).or(unknown),
        }
    }

    /// The next paths from a place on, one way, and why there may be more of them, where there may.
    fn some_paths(
        &self,
        order: ListOrder,
        limit: usize,
        from: Option<&PathKey>,
        mut budget: WorkBudget,
    ) -> (Vec<Path>, Option<TruncationReason>) {
        let mut some = Collect {
            limit,
            found: Vec::new(),
        };
        let listed = self.list_from(order, from, &mut budget, &mut some);
        let paths = some.found.iter().map(|found| self.path(found)).collect();
        (paths, listed.err().map(|OutOfWork(reason)| reason))
    }

    /// Lists all paths, shortest first.
    pub(super) fn list(&self, budget: &mut WorkBudget, visitor: &mut impl Visitor) -> Result<(), OutOfWork> {
        self.list_from(ListOrder::Ascending, None, budget, visitor)
    }

    /// Lists all paths from a place on, one way.
    fn list_from(
        &self,
        order: ListOrder,
        from: Option<&PathKey>,
        budget: &mut WorkBudget,
        visitor: &mut impl Visitor,
    ) -> Result<(), OutOfWork> {
        let longest = self.tables.length_max();
        let sought = from.map(|from| from.relations.len());
        let lengths: Box<dyn Iterator<Item = usize>> = match order {
            ListOrder::Ascending => Box::new(sought.unwrap_or(1).max(1)..=longest),
            ListOrder::Descending => Box::new((1..=sought.unwrap_or(longest).min(longest)).rev()),
        };
        let compare = |nodes: &[NodeIndex]| {
            let ids = nodes.iter().map(|node| &self.entity(*node).id);
            from.map_or(Ordering::Equal, |from| ids.cmp(&from.entities))
        };
        let seek = from.map(|from| Seek {
            ranks: from
                .relations
                .iter()
                .map(|id| self.ground.order.seek(&self.ground.subgraph, id))
                .collect(),
            compare: &compare,
        });
        let walker = Walker {
            pruned: &self.pruned,
            tables: &self.tables,
            order,
        };
        let roots = (
            self.pruned.roots_onward.as_slice(),
            self.pruned.roots_closing.as_slice(),
        );
        for length in lengths {
            let seek = seek.as_ref().filter(|_| sought == Some(length));
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

/// Keeps the first paths listed.
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
