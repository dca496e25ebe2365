//! Tracing: the paths from some entities to others, what was reached, and what stands behind it.
//!
//! The store is called once for the ids, once for each selector, and once to expand; what is computed on what it gave is
//! computed when it is asked for, once, and off the threads that serve requests.

mod criticality;
mod input;
mod ledger_facts;
mod mechanisms;
mod placement;
mod sides;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use futures_util::future::{try_join, try_join_all};
use parking_lot::Mutex;
use tokio::sync::OnceCell;

pub use crate::trace::figures::{Figure, FigureKey, StatedTotal};
pub use crate::trace::mechanisms::{Elsewhere, LeftOut, MechanismRow, NothingCounted, StatementCount};
pub use crate::trace::members::{CountInterval, Member, count_members};
pub use crate::trace::{
    DeadEnd, DeadEndReason, DeadEnds, Path, PathCount, PathKey, PathPage, PathUnion, TraceMode, WAYPOINTS_MAX,
};
pub use criticality::CriticalityRow;
pub use input::{LENGTH_DEFAULT, LENGTH_MAX, TraceInput};
pub use mechanisms::Mechanisms;
pub use placement::Placement;

use super::{Result, ServiceError, Session, workers::compute};
use crate::model::change::Revision;
use crate::model::entity::EntityKind;
use crate::model::id::EntityId;
use crate::model::ontology::RelationKind;
use crate::model::page::PageRequest;
use crate::model::selector::Selector;
use crate::model::subgraph::Subgraph;
use crate::model::walk::TruncationReason;
use crate::store::KindCount;
use crate::trace::{Ends, Gate, Rules, Trace};

/// What came of a trace. A copy is another handle to the same.
///
/// Each answer is computed when it is first asked for. Each has the budget of one step of a walk; one that runs out
/// says so, and what it holds is true.
#[derive(Clone)]
pub struct TraceAnswer {
    session: Session,
    input: Arc<TraceInput>,
    trace: Arc<Trace>,
    count: Arc<OnceCell<PathCount>>,
    union: Arc<OnceCell<Arc<PathUnion>>>,
    dead_ends: Arc<OnceCell<Arc<DeadEnds>>>,
    pages: Arc<Mutex<HashMap<PageRequest<PathKey>, PageCell>>>,
    placements: Arc<Mutex<HashMap<PageRequest<PathKey>, PlacementsCell>>>,
}

type PageCell = Arc<OnceCell<Arc<PathPage>>>;
type PlacementsCell = Arc<OnceCell<Arc<[Placement]>>>;

impl Session {
    /// Traces: reads what a walk from the sources reaches, and prepares what is asked of it.
    ///
    /// - **Errors.** An input that makes no sense is refused; an id that nothing has is refused and named.
    /// - **Calls.** One for the ids, where there are any, and one a selector, all at once; what expanding takes; one for each
    ///   selector that picks Industries of a region, where such an Industry is reached.
    pub async fn trace(&self, input: TraceInput) -> Result<TraceAnswer> {
        input.check(self.limits().ids_max)?;
        let at = input.walk.at;
        // At once: what an id stands for is no condition of what a selector picks, which follows it by itself.
        let selectors: Vec<Selector> = input.selectors().cloned().collect();
        let picking = try_join_all(selectors.iter().map(|selector| self.select(selector, at)));
        let (input, picked) = try_join(self.settle(input), picking).await?;
        let input = Arc::new(input);
        let mut picked = picked.into_iter();
        let sources = picked.next().unwrap_or_default();
        let targets: BTreeSet<EntityId> = picked.next().into_iter().flatten().collect();
        let through = picked.map(|ids| ids.into_iter().collect()).collect();
        let stop = if input.pass_targets {
            BTreeSet::new()
        } else {
            targets.clone()
        };
        let subgraph = if sources.is_empty() {
            Subgraph::default()
        } else {
            self.expand(
                &sources,
                &stop,
                &input.walk,
                input.max_length,
                self.limits().trace_budget(),
            )
            .await?
        };
        let mut ends = Ends {
            sources: sources.into_iter().collect(),
            targets,
            through,
            gates: Vec::new(),
        };
        ends.gates = self.gates(&input, &ends, &subgraph).await?;
        let rules = Rules {
            conversion: input.conversion,
            pass_sources: input.pass_sources,
            pass_targets: input.pass_targets,
            max_length: input.max_length,
            mode: input.mode,
        };
        let mut budget = self.limits().trace_budget();
        let trace = compute(|| Trace::new(Arc::new(subgraph), ends, rules, &mut budget))?;
        Ok(TraceAnswer {
            session: self.clone(),
            input,
            trace: Arc::new(trace),
            count: Arc::default(),
            union: Arc::default(),
            dead_ends: Arc::default(),
            pages: Arc::default(),
            placements: Arc::default(),
        })
    }

    /// What lies inside the regions with which Industries were picked, among the entities beside them.
    async fn gates(&self, input: &TraceInput, ends: &Ends, subgraph: &Subgraph) -> Result<Vec<Gate>> {
        let mut gates = Vec::new();
        for (role, selector, picked) in placement::picks(input, ends) {
            let Some(region) = selector
                .region
                .as_ref()
                .filter(|_| selector.picks_industries_of_a_region())
            else {
                continue;
            };
            let industries: BTreeSet<EntityId> = picked
                .iter()
                .filter(|id| id.kind() == EntityKind::Industry)
                .cloned()
                .collect();
            let beside = beside(subgraph, &industries);
            let inside = if beside.is_empty() {
                Vec::new()
            } else {
                self.within(&beside, region, input.walk.at).await?
            };
            let inside = beside
                .into_iter()
                .zip(inside)
                .filter(|(_, inside)| *inside)
                .map(|(id, _)| id);
            gates.push(Gate {
                role,
                industries,
                inside: inside.collect(),
            });
        }
        Ok(gates)
    }
}

/// The entities next to some, by id.
fn beside(subgraph: &Subgraph, industries: &BTreeSet<EntityId>) -> Vec<EntityId> {
    let id = |index: u32| &subgraph.entities[index as usize].id;
    let ends = subgraph
        .relations
        .iter()
        .flat_map(|r| [(id(r.from), id(r.to)), (id(r.to), id(r.from))]);
    let found: BTreeSet<&EntityId> = ends
        .filter(|(end, _)| industries.contains(*end))
        .map(|(_, other)| other)
        .collect();
    found.into_iter().cloned().collect()
}

impl TraceAnswer {
    /// The revision it was read at.
    pub fn revision(&self) -> Revision {
        self.session.revision()
    }

    /// The question, every id in it known and followed to what it stands for now.
    pub fn input(&self) -> &TraceInput {
        &self.input
    }

    /// The prepared trace, for further analysis.
    pub fn trace(&self) -> &Arc<Trace> {
        &self.trace
    }

    /// A page of the paths, in their order.
    pub async fn paths(&self, request: &PageRequest<PathKey>) -> Result<Arc<PathPage>> {
        let cell = self.pages.lock().entry(request.clone()).or_default().clone();
        let page = cell.get_or_try_init(|| async {
            let limits = self.session.limits();
            compute(|| Arc::new(self.trace.page_of_paths(request, || limits.trace_budget())))
        });
        Ok(page.await?.clone())
    }

    /// How each path of a page is placed in the regions that the question names, in the order of the page.
    ///
    /// **Calls.** Those of [`TraceAnswer::paths`] need none; these are as many as there are levels of regions, for the whole page.
    pub async fn placements(&self, page: &PageRequest<PathKey>) -> Result<Arc<[Placement]>> {
        let cell = self.placements.lock().entry(page.clone()).or_default().clone();
        let placements = cell.get_or_try_init(|| async {
            let found = self.paths(page).await?;
            Ok::<_, ServiceError>(self.placements_on(&found.page.items).await?.into())
        });
        Ok(placements.await?.clone())
    }

    /// How many paths there are.
    pub async fn count(&self) -> Result<PathCount> {
        let count = self.count.get_or_try_init(|| async {
            compute(|| self.trace.count(&mut self.session.limits().trace_budget()))
        });
        Ok(*count.await?)
    }

    /// Why the paths may be more than their count; none: it is exact. A page may yet run out of work of its own.
    pub async fn truncated_by(&self) -> Result<Option<TruncationReason>> {
        Ok(self.count().await?.truncated)
    }

    /// The union of all the paths.
    pub async fn union(&self) -> Result<Arc<PathUnion>> {
        let union = self.union.get_or_try_init(|| async {
            compute(|| Arc::new(self.trace.union(&mut self.session.limits().trace_budget())))
        });
        Ok(union.await?.clone())
    }

    /// The relations that the entities of the union have beside those in it, by entity and kind. One call of the store.
    pub async fn hidden(&self) -> Result<Vec<(EntityId, KindCount)>> {
        let union = self.union().await?;
        let degrees = self.session.degrees(&union.entities).await?;
        let mut shown: BTreeMap<(&EntityId, RelationKind), u64> = BTreeMap::new();
        let subgraph = self.trace.subgraph();
        let relations: BTreeSet<_> = union.relations.iter().collect();
        for relation in subgraph
            .relations
            .iter()
            .filter(|relation| relations.contains(&relation.id))
        {
            for end in [relation.from, relation.to] {
                *shown
                    .entry((&subgraph.entities[end as usize].id, relation.kind))
                    .or_default() += 1;
            }
        }
        let counts = union
            .entities
            .iter()
            .zip(degrees)
            .flat_map(|(id, kinds)| kinds.into_iter().map(move |kind| (id, kind)));
        let hidden = counts.map(|(id, KindCount { kind, count })| {
            let count = count.saturating_sub(shown.get(&(id, kind)).copied().unwrap_or(0));
            (id.clone(), KindCount { kind, count })
        });
        Ok(hidden.filter(|(_, hidden)| hidden.count > 0).collect())
    }

    /// The dead ends, by entity.
    pub async fn dead_ends(&self) -> Result<Arc<DeadEnds>> {
        let dead_ends = self.dead_ends.get_or_try_init(|| async {
            compute(|| Arc::new(self.trace.dead_ends(&mut self.session.limits().trace_budget())))
        });
        Ok(dead_ends.await?.clone())
    }
}
