//! Paths as clients see them, and pages of paths.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use super::Trace;
use super::path_lister::{ListOrder, PathLister, PathVisitor, SeekKey, StatePath};
use super::rules::TraceMode;
use super::state_graph::StateIndex;
use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::id::{EntityId, RelationId};
use crate::model::page::{Page, PageRequest};
use crate::model::resource::Resource;
use crate::model::statement::Assertion;
use crate::model::subgraph::{SubEntity, SubRelation};
use crate::model::walk::TruncationReason;

/// A path from a source to a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// The entities on the path, one more than relations; all distinct.
    pub entities: Vec<EntityId>,
    /// The relations of the path, in order.
    pub relations: Vec<RelationId>,
    /// The resources that the relations state, in path order without duplicates; empty if none states one.
    pub resources: Vec<Resource>,
    /// The weakest assertion of its entities and relations, each rated by its strongest statement.
    pub weakest: Assertion,
    /// The number of its relations without a date.
    pub undated_count: usize,
}

impl Path {
    /// The key of the path in the order of paths.
    pub fn key(&self) -> PathKey {
        PathKey {
            relations: self.relations.clone(),
            entities: self.entities.clone(),
        }
    }
}

/// A position in the order of paths: by length, then by relation ids as bytes, then by entity ids. It need
/// not be the key of an existing path.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PathKey {
    /// The relation ids, in path order.
    pub relations: Vec<RelationId>,
    /// The entity ids, in path order.
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

/// A page of paths.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathPage {
    /// The paths, and whether others precede and follow. If `truncated` is set, these are the first paths of
    /// the page (the last, if it was read from the end), and a path before or after is reported only if it
    /// was found.
    pub page: Page<Path>,
    /// Why paths of the page, or of what precedes and follows, may be missing; `None` if the page is
    /// complete.
    pub truncated: Option<TruncationReason>,
}

impl Trace {
    /// The first paths after a position, at most `limit`; see [`Trace::page_of_paths`].
    pub fn paths(&self, limit: usize, after: Option<&PathKey>, budget: impl Fn() -> WorkBudget) -> PathPage {
        let request = PageRequest {
            after: after.cloned(),
            ..PageRequest::first(limit)
        };
        self.page_of_paths(&request, budget)
    }

    /// Reads a page of the paths; the order is the same in both directions.
    ///
    /// - **Completeness.** Consecutive pages together contain each path exactly once, whatever their sizes. A
    ///   page that runs out of work contains its first paths, and its last path is the position to continue
    ///   from; for a page read from the end, its last paths and its first path.
    /// - **Work.** Separate budgets for the page, for whether a path precedes its start, and, if the page ran
    ///   out of work, for whether a path follows it. Without cycles the page costs its paths times their
    ///   length times the relations at an entity; with cycles also the walks that return to an entity.
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
            // A full page is complete if a path follows it, and any page is if none follows.
            let is_whole = unknown.is_none() && (items.len() == limit || !has_more);
            cut = cut.filter(|_| !is_whole);
        }
        let (behind, unknown) = match start {
            Some(_) => self.some_paths(order, 1, None, budget()),
            None => (Vec::new(), None),
        };
        // The first path of all in listing order: if any path precedes the start, it does.
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

    /// The next paths from a position, in one direction, and why more may exist.
    fn some_paths(
        &self,
        order: ListOrder,
        limit: usize,
        from: Option<&PathKey>,
        mut budget: WorkBudget,
    ) -> (Vec<Path>, Option<TruncationReason>) {
        let mut some = PathCollector {
            limit,
            found: Vec::new(),
        };
        let listed = self.list_from(order, from, &mut budget, &mut some);
        let paths = some.found.iter().map(|found| self.path(found)).collect();
        (paths, listed.err().map(|BudgetExhausted(reason)| reason))
    }

    /// Lists all paths, shortest first.
    pub(super) fn list(
        &self,
        budget: &mut WorkBudget,
        visitor: &mut impl PathVisitor,
    ) -> Result<(), BudgetExhausted> {
        self.list_from(ListOrder::Ascending, None, budget, visitor)
    }

    /// Lists all paths from a position in one direction.
    fn list_from(
        &self,
        order: ListOrder,
        from: Option<&PathKey>,
        budget: &mut WorkBudget,
        visitor: &mut impl PathVisitor,
    ) -> Result<(), BudgetExhausted> {
        let longest = self.tables.length_max();
        let sought = from.map(|from| from.relations.len());
        let lengths: Box<dyn Iterator<Item = usize>> = match order {
            ListOrder::Ascending => Box::new(sought.unwrap_or(1).max(1)..=longest),
            ListOrder::Descending => Box::new((1..=sought.unwrap_or(longest).min(longest)).rev()),
        };
        let compare = |nodes: &[StateIndex]| {
            let ids = nodes.iter().map(|node| &self.entity(*node).id);
            from.map_or(Ordering::Equal, |from| ids.cmp(&from.entities))
        };
        let seek = from.map(|from| SeekKey {
            ranks: from
                .relations
                .iter()
                .map(|id| self.graph.order.seek(&self.graph.subgraph, id))
                .collect(),
            compare: &compare,
        });
        let lister = PathLister {
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
            if lister.list(length, roots, seek, budget, visitor)?.is_break() {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Converts a path over states to the path that clients see.
    pub(super) fn path(&self, found: &StatePath) -> Path {
        let relations: Vec<&SubRelation> = found
            .ranks
            .iter()
            .map(|rank| self.graph.relation(*rank))
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
        // Everything walked has an accepted statement; if it had none, nothing would be weaker.
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

    pub(super) fn entity(&self, node: StateIndex) -> &SubEntity {
        &self.graph.subgraph.entities[self.pruned.nodes[node as usize].entity as usize]
    }
}

/// Collects the first `limit` listed paths.
struct PathCollector {
    limit: usize,
    found: Vec<StatePath>,
}

impl PathVisitor for PathCollector {
    fn visit(&mut self, path: &StatePath) -> ControlFlow<()> {
        self.found.push(path.clone());
        if self.found.len() < self.limit {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    }
}
