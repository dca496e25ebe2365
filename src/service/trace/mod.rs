//! Tracing: the paths between some entities, what was reached, and the evidence behind it.
//!
//! The store is called once for ids, once for each selector, and once to expand. Results are computed on
//! demand, once, and not on the threads that serve requests.

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
pub use crate::trace::mechanisms::{
    ElsewhereFigures, MechanismRow, NothingCounted, OmittedProgram, StatementCount,
};
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
use crate::trace::{IndustryGate, Trace, TraceEnds, TraceRules};

/// The answer to a trace query. Clones share it.
///
/// Each result is computed on first use, within the budget of one step of a walk. If that runs out, the
/// result says so, and what it contains is correct.
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
    /// Reads the subgraph that a walk from the sources reaches, and prepares the trace.
    ///
    /// - **Errors.** Invalid input; an unknown id.
    /// - **Calls.** One for ids, if there are any, and one for each selector, all concurrently; those of
    ///   expanding; one for each selector of Industries with a region, if such an Industry is reached.
    pub async fn trace(&self, input: TraceInput) -> Result<TraceAnswer> {
        input.check(self.limits().ids_max)?;
        let at = input.walk.at;
        // Concurrently, because selectors resolve merged ids themselves.
        let selectors: Vec<Selector> = input.selectors().cloned().collect();
        let picking = try_join_all(selectors.iter().map(|selector| self.select(selector, at)));
        let (input, picked) = try_join(self.resolve_input_ids(input), picking).await?;
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
        let mut ends = TraceEnds {
            sources: sources.into_iter().collect(),
            targets,
            through,
            gates: Vec::new(),
        };
        ends.gates = self.gates(&input, &ends, &subgraph).await?;
        let rules = TraceRules {
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

    /// The neighbors of Industries that are in the regions with which these are selected.
    async fn gates(
        &self,
        input: &TraceInput,
        ends: &TraceEnds,
        subgraph: &Subgraph,
    ) -> Result<Vec<IndustryGate>> {
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
            gates.push(IndustryGate {
                role,
                industries,
                inside: inside.collect(),
            });
        }
        Ok(gates)
    }
}

/// The neighbors of the Industries, by id.
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
    /// The revision at which it was read.
    pub fn revision(&self) -> Revision {
        self.session.revision()
    }

    /// The query, with canonical ids.
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

    /// The placement of each path of a page in the regions that the query names, in page order.
    ///
    /// **Calls.** As many as there are levels of regions, for the whole page.
    pub async fn placements(&self, page: &PageRequest<PathKey>) -> Result<Arc<[Placement]>> {
        let cell = self.placements.lock().entry(page.clone()).or_default().clone();
        let placements = cell.get_or_try_init(|| async {
            let found = self.paths(page).await?;
            Ok::<_, ServiceError>(self.placements_on(&found.page.items).await?.into())
        });
        Ok(placements.await?.clone())
    }

    /// The number of paths.
    pub async fn count(&self) -> Result<PathCount> {
        let count = self.count.get_or_try_init(|| async {
            compute(|| self.trace.count(&mut self.session.limits().trace_budget()))
        });
        Ok(*count.await?)
    }

    /// Why there may be more paths than the count; `None` if it is exact. A page may still run out of its own
    /// budget.
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

    /// The number of relations of entities of the union outside it, by entity and kind. One store call.
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
