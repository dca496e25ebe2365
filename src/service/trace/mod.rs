//! The trace: which ways a resource takes from some entities to others, and where it stops.
//!
//! Reading is for the store, at most a walk's length in round trips and three more; everything after it is pure, and runs
//! off the threads that others' requests wait for. What is not asked for is not computed.

mod input;
mod ledger;

use std::collections::BTreeSet;
use std::sync::Arc;

use tokio::sync::OnceCell;

pub use self::input::TraceInput;
use super::{Result, ServiceError, Session};
use crate::model::budget::WorkBudget;
use crate::model::change::Revision;
use crate::model::entity::EntityKind;
use crate::model::id::{EntityId, RelationId};
use crate::model::selector::Selector;
use crate::model::subgraph::Subgraph;
use crate::model::walk::TruncationReason;
use crate::trace::{DeadEnds, Ends, Gate, PathCount, PathKey, PathPage, PathUnion, Role, Rules, Trace};

/// A trace that was walked. Its parts are computed when they are asked for, each once, each within a budget of its own.
#[derive(Clone)]
pub struct TraceAnswer {
    trace: Arc<Trace>,
    session: Session,
    count: Arc<OnceCell<PathCount>>,
    union: Arc<OnceCell<PathUnion>>,
    dead_ends: Arc<OnceCell<DeadEnds>>,
}

impl TraceAnswer {
    /// The revision it was read at.
    pub fn revision(&self) -> Revision {
        self.session.revision()
    }

    /// The first paths after a place in their order.
    pub async fn paths(&self, limit: usize, after: Option<PathKey>) -> Result<PathPage> {
        self.compute(move |trace, budget| trace.paths(limit, after.as_ref(), budget)).await
    }

    /// How many paths there are.
    pub async fn count(&self) -> Result<PathCount> {
        let count = self.count.get_or_try_init(|| self.compute(Trace::count)).await?;
        Ok(*count)
    }

    /// What lies on a path.
    pub async fn union(&self) -> Result<&PathUnion> {
        self.union.get_or_try_init(|| self.compute(Trace::union)).await
    }

    /// Where what comes from the sources stops.
    pub async fn dead_ends(&self) -> Result<&DeadEnds> {
        self.dead_ends.get_or_try_init(|| self.compute(Trace::dead_ends)).await
    }

    /// Why the answer is not whole; none: the pages are all the paths, and the count is exact.
    pub async fn truncated(&self) -> Result<Option<TruncationReason>> {
        match self.trace.truncated() {
            Some(reason) => Ok(Some(reason)),
            None => Ok(self.count().await?.truncated),
        }
    }

    /// How many paths use at least one relation of each group.
    async fn count_using(&self, groups: Vec<BTreeSet<RelationId>>) -> Result<Vec<PathCount>> {
        self.compute(move |trace, budget| trace.count_using(&groups, budget)).await
    }

    async fn compute<T: Send + 'static>(&self, work: impl FnOnce(&Trace, &mut WorkBudget) -> T + Send + 'static) -> Result<T> {
        let (trace, budget) = (self.trace.clone(), self.session.limits().trace_budget());
        off_thread(budget, move |budget| work(&trace, budget)).await
    }
}

async fn off_thread<T: Send + 'static>(mut budget: WorkBudget, work: impl FnOnce(&mut WorkBudget) -> T + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(move || work(&mut budget));
    done.await.map_err(|error| ServiceError::Fault(error.to_string()))
}

impl Session {
    /// Walks from the sources of a question towards its targets.
    pub async fn trace(&self, input: TraceInput) -> Result<TraceAnswer> {
        let input = input.checked(self).await?;
        self.walk(&input).await
    }

    /// Walks a question whose ids are known.
    async fn walk(&self, input: &TraceInput) -> Result<TraceAnswer> {
        let sources: BTreeSet<EntityId> = self.select(&input.from, input.walk.at).await?.into_iter().collect();
        let targets: BTreeSet<EntityId> = self.select(&input.to, input.walk.at).await?.into_iter().collect();
        let mut through = Vec::with_capacity(input.through.len());
        for selector in &input.through {
            through.push(self.select(selector, input.walk.at).await?.into_iter().collect());
        }
        let seeds: Vec<EntityId> = sources.iter().cloned().collect();
        let stop = if input.pass_targets { BTreeSet::new() } else { targets.clone() };
        let budget = self.limits().trace_budget();
        let subgraph = Arc::new(self.expand(&seeds, &stop, &input.walk, input.max_length, budget).await?);
        let gates = self.gates(input, &sources, &targets, &through, &subgraph).await?;
        let ends = Ends { sources, targets, through, gates };
        let rules = Rules {
            conversion: input.conversion,
            pass_sources: input.pass_sources,
            pass_targets: input.pass_targets,
            max_length: input.max_length,
            mode: input.mode,
        };
        let trace = off_thread(self.limits().trace_budget(), move |budget| Trace::new(subgraph, ends, rules, budget)).await?;
        Ok(TraceAnswer {
            trace: Arc::new(trace),
            session: self.clone(),
            count: Arc::default(),
            union: Arc::default(),
            dead_ends: Arc::default(),
        })
    }

    /// Industries picked with a region stand for the part of them there: which of the entities beside them are in it.
    async fn gates(
        &self,
        input: &TraceInput,
        sources: &BTreeSet<EntityId>,
        targets: &BTreeSet<EntityId>,
        through: &[BTreeSet<EntityId>],
        subgraph: &Subgraph,
    ) -> Result<Vec<Gate>> {
        let ends = [(Role::From, &input.from, sources), (Role::To, &input.to, targets)];
        let waypoints = input.through.iter().zip(through).map(|(selector, picked)| (Role::Through, selector, picked));
        let mut gates = Vec::new();
        for (role, selector, picked) in ends.into_iter().chain(waypoints) {
            let Some(place) = selector.region.as_ref().filter(|_| selector.picks_industries_of_a_region()) else { continue };
            let industries: BTreeSet<EntityId> =
                picked.iter().filter(|id| id.kind() == EntityKind::Industry).cloned().collect();
            let beside: Vec<EntityId> = beside(&industries, subgraph).into_iter().collect();
            let within = if beside.is_empty() { Vec::new() } else { self.within(&beside, place, input.walk.at).await? };
            let inside = beside.into_iter().zip(within).filter(|(_, within)| *within).map(|(id, _)| id).collect();
            gates.push(Gate { role, industries, inside });
        }
        Ok(gates)
    }
}

/// The entities that a relation of the subgraph joins to one of these.
fn beside(industries: &BTreeSet<EntityId>, subgraph: &Subgraph) -> BTreeSet<EntityId> {
    let id = |index: u32| &subgraph.entities[index as usize].id;
    let mut beside = BTreeSet::new();
    for relation in &subgraph.relations {
        let (from, to) = (id(relation.from), id(relation.to));
        if industries.contains(from) {
            beside.insert(to.clone());
        }
        if industries.contains(to) {
            beside.insert(from.clone());
        }
    }
    beside
}

/// Whether a selector names a region.
fn region_of(selector: &Selector) -> Option<crate::model::selector::InRegion> {
    selector.region.clone()
}
