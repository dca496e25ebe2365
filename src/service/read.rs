//! Reading: everything in one session is read at one revision, and every call of the store is counted.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::personal::{self, Personal};
use super::{Backend, Limits, Result, ServiceError};
use crate::model::Decimal;
use crate::model::budget::WorkBudget;
use crate::model::change::{Revision, Subject};
use crate::model::entity::{EntityKind, SharedEntity};
use crate::model::id::{DatasetId, EntityId, ObservationId, RelationId, RuleId, SourceId};
use crate::model::log::{LogPlace, LoggedChange};
use crate::model::ontology::RelationKind;
use crate::model::page::{Page, PageRequest};
use crate::model::principal::Principal;
use crate::model::record::{Observation, Rule, RuleType, Source};
use crate::model::relation::Relation;
use crate::model::selector::{AsOf, EntityFilter, InRegion, RegionRole, RelationFilter, Selector};
use crate::model::statement::{Evidence, Statement};
use crate::model::subgraph::Subgraph;
use crate::model::walk::Walk;
use crate::store::{
    Answer, DatasetInfo, EntityKey, EntityQuery, IncidentQuery, KindCount, LogQuery, Neighbourhood, Reader,
    RelationQuery, Store, StoreError,
};

/// Reads at one revision. A copy shares the revision and the count of calls.
#[derive(Clone)]
pub struct Session {
    reader: <Backend as Store>::Reader,
    limits: Arc<Limits>,
    principal: Arc<Principal>,
    stats: Arc<SessionStats>,
}

/// What a session has cost so far.
#[derive(Debug, Default)]
pub struct SessionStats {
    store_calls: AtomicU64,
    overtaken: AtomicBool,
}

impl SessionStats {
    /// How often the store was called.
    pub fn store_calls(&self) -> u64 {
        self.store_calls.load(Ordering::Relaxed)
    }

    /// Whether a write overtook it, so that what it gave is not whole.
    pub fn overtaken(&self) -> bool {
        self.overtaken.load(Ordering::Relaxed)
    }
}

macro_rules! forward {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) -> $answer:ty;)+) => { $(
        $(#[$doc])*
        pub async fn $name(&self, $($arg: $type),*) -> Result<$answer> {
            self.stats.store_calls.fetch_add(1, Ordering::Relaxed);
            self.shown(self.reader.$name($($arg),*).await)
        }
    )+ };
}

impl Session {
    pub(super) fn new(reader: <Backend as Store>::Reader, limits: Arc<Limits>, principal: Principal) -> Self {
        Self {
            reader,
            limits,
            principal: Arc::new(principal),
            stats: Arc::default(),
        }
    }

    /// What the asker may see of an answer.
    fn shown<T: Personal>(&self, answer: Answer<T>) -> Result<T> {
        let mut answer = self.noted(answer)?;
        if !self.principal.pii {
            answer.conceal();
        }
        Ok(answer)
    }

    /// Notes that the graph moved on, whatever becomes of the error above.
    fn noted<T>(&self, answer: Answer<T>) -> Result<T> {
        if matches!(answer, Err(StoreError::Moved { .. })) {
            self.stats.overtaken.store(true, Ordering::Relaxed);
        }
        Ok(answer?)
    }

    /// The revision it reads at.
    pub fn revision(&self) -> Revision {
        self.reader.revision()
    }

    /// Who asks.
    pub fn principal(&self) -> &Principal {
        &self.principal
    }

    /// The limits of its answers.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// What it has cost so far.
    pub fn stats(&self) -> &SessionStats {
        &self.stats
    }

    forward! {
        /// See [`Reader::entities`].
        entities(ids: &[EntityId]) -> Vec<Option<SharedEntity>>;
        /// See [`Reader::relations`].
        relations(ids: &[RelationId]) -> Vec<Option<Relation>>;
        /// See [`Reader::observations`].
        observations(ids: &[ObservationId]) -> Vec<Option<Observation>>;
        /// See [`Reader::rules`].
        rules(ids: &[RuleId]) -> Vec<Option<Rule>>;
        /// See [`Reader::sources`].
        sources(ids: &[SourceId]) -> Vec<Option<Source>>;
        /// See [`Reader::evidence`].
        evidence(subjects: &[Subject]) -> Vec<Evidence>;
        /// See [`Reader::memberships`].
        memberships(subjects: &[Subject]) -> Vec<Vec<DatasetId>>;
        /// See [`Reader::list_entities`].
        list_entities(query: &EntityQuery, page: &PageRequest<EntityKey>) -> Page<(EntityKey, SharedEntity)>;
        /// See [`Reader::count_entities`].
        count_entities(filter: &EntityFilter, at: AsOf) -> u64;
        /// See [`Reader::list_relations`].
        list_relations(query: &RelationQuery, page: &PageRequest<RelationId>) -> Page<Relation>;
        /// See [`Reader::count_relations`].
        count_relations(query: &RelationQuery) -> u64;
        /// See [`Reader::incident`].
        incident(ids: &[EntityId], query: &IncidentQuery) -> Vec<Page<Relation>>;
        /// See [`Reader::count_incident`].
        count_incident(ids: &[EntityId], query: &IncidentQuery) -> Vec<u64>;
        /// See [`Reader::observations_of`].
        observations_of(ids: &[EntityId], indicators: Option<&[String]>, page: &PageRequest<ObservationId>) -> Vec<Page<Observation>>;
        /// See [`Reader::count_observations_of`].
        count_observations_of(ids: &[EntityId], indicators: Option<&[String]>) -> Vec<u64>;
        /// See [`Reader::list_rules`].
        list_rules(bearers: Option<&[EntityId]>, types: Option<&[RuleType]>) -> Vec<Rule>;
        /// See [`Reader::list_sources`].
        list_sources(page: &PageRequest<SourceId>) -> Page<Source>;
        /// See [`Reader::count_sources`].
        count_sources() -> u64;
        /// See [`Reader::datasets`].
        datasets() -> Vec<DatasetInfo>;
        /// See [`Reader::subjects_of_dataset`].
        subjects_of_dataset(dataset: &DatasetId) -> Vec<Subject>;
        /// See [`Reader::resolve`].
        resolve(ids: &[EntityId]) -> Vec<Option<EntityId>>;
        /// See [`Reader::select`].
        select(selector: &Selector, at: AsOf) -> Vec<EntityId>;
        /// See [`Reader::regions`].
        regions(ids: &[EntityId], role: RegionRole, at: AsOf) -> Vec<Vec<EntityId>>;
        /// See [`Reader::within`].
        within(ids: &[EntityId], region: &InRegion, at: AsOf) -> Vec<bool>;
        /// See [`Reader::expand`].
        expand(seeds: &[EntityId], stop: &BTreeSet<EntityId>, walk: &Walk, length: u32, budget: WorkBudget) -> Subgraph;
        /// See [`Reader::degrees`].
        degrees(ids: &[EntityId]) -> Vec<Vec<KindCount>>;
        /// See [`Reader::ledger`].
        ledger(entities: &BTreeSet<EntityId>, regions: &[InRegion], walk: &Walk, limit: usize) -> (Vec<Relation>, bool);
        /// See [`Reader::of_kinds`].
        of_kinds(kinds: &BTreeSet<RelationKind>, at: AsOf, limit: usize) -> (Vec<Relation>, bool);
        /// See [`Reader::candidates`].
        candidates(tokens: &[String], kinds: Option<&[EntityKind]>, limit: usize) -> (Vec<SharedEntity>, bool);
        /// See [`Reader::occupants`].
        occupants(keys: &[String]) -> Vec<Option<Subject>>;
        /// See [`Reader::shares`].
        shares(ids: &[EntityId]) -> Vec<Vec<(Relation, Decimal)>>;
    }

    /// See [`Reader::log_end`].
    pub async fn log_end(&self) -> Result<LogPlace> {
        self.stats.store_calls.fetch_add(1, Ordering::Relaxed);
        self.noted(self.reader.log_end().await)
    }

    /// See [`Reader::log`].
    pub(super) async fn log_lines(&self, query: &LogQuery) -> Result<Page<LoggedChange>> {
        self.stats.store_calls.fetch_add(1, Ordering::Relaxed);
        self.noted(self.reader.log(query).await)
    }

    /// See [`Reader::count_log`].
    pub(super) async fn count_log_lines(&self, told: Option<&BTreeSet<DatasetId>>) -> Result<u64> {
        self.stats.store_calls.fetch_add(1, Ordering::Relaxed);
        self.noted(self.reader.count_log(told).await)
    }

    /// See [`Reader::statements`]. Who may not see personal data costs one call more where experts are among the subjects,
    /// whatever is known of them.
    pub async fn statements(&self, subjects: &[Subject]) -> Result<Vec<Vec<Statement>>> {
        self.stats.store_calls.fetch_add(1, Ordering::Relaxed);
        let mut statements = self.noted(self.reader.statements(subjects).await)?;
        let experts = personal::experts(subjects);
        if !self.principal.pii && !experts.is_empty() {
            self.stats.store_calls.fetch_add(1, Ordering::Relaxed);
            let records = self.noted(self.reader.entities(&experts).await)?;
            personal::conceal_quotes(subjects, &mut statements, &experts, &records);
        }
        Ok(statements)
    }

    /// The part of the graph around some entities; see [`Reader::neighbourhood`].
    pub async fn neighbourhood(
        &self,
        ids: &[EntityId],
        depth: u32,
        filter: &RelationFilter,
        at: AsOf,
        entities_max: usize,
    ) -> Result<Neighbourhood> {
        let ids = self.known("entity", ids).await?;
        self.stats.store_calls.fetch_add(1, Ordering::Relaxed);
        self.shown(
            self.reader
                .neighbourhood(&ids, depth, filter, at, entities_max)
                .await,
        )
    }

    /// What each id stands for now; one that nothing has is refused and named.
    pub async fn known(&self, what: &'static str, ids: &[EntityId]) -> Result<Vec<EntityId>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let resolved = self.resolve(ids).await?;
        let revision = self.revision();
        let known = resolved.into_iter().zip(ids).map(|(known, id)| {
            known.ok_or_else(|| ServiceError::UnknownId {
                what,
                id: id.to_string(),
                revision,
            })
        });
        known.collect()
    }
}
