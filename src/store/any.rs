//! The store that was chosen when the program started: one of those there are, without a box or a generic above it.

use std::collections::BTreeSet;

use tokio::sync::watch;

use super::embedded::{EmbeddedReader, EmbeddedStore};
use super::neo4j::{Neo4jReader, Neo4jStore};
use super::{
    Answer, AnyKeys, DatasetInfo, EntityKey, EntityQuery, IncidentQuery, KindCount, LogQuery, Neighbourhood,
    Outcome, Plan, Reader, RelationQuery, Store, View,
};
use crate::model::Decimal;
use crate::model::budget::WorkBudget;
use crate::model::change::{Revision, Subject};
use crate::model::entity::{EntityKind, SharedEntity};
use crate::model::id::{DatasetId, EntityId, ObservationId, RelationId, RuleId, SourceId};
use crate::model::log::{LogPlace, LoggedChange};
use crate::model::ontology::RelationKind;
use crate::model::page::{Page, PageRequest};
use crate::model::record::{Observation, Rule, RuleType, Source};
use crate::model::relation::Relation;
use crate::model::selector::{AsOf, EntityFilter, InRegion, RegionRole, RelationFilter, Selector};
use crate::model::statement::{Evidence, Statement};
use crate::model::subgraph::Subgraph;
use crate::model::walk::Walk;

/// One of the stores.
pub enum AnyStore {
    /// In memory over a file.
    Embedded(EmbeddedStore),
    /// In Neo4j.
    Neo4j(Neo4jStore),
}

/// What reads from it.
#[derive(Clone)]
pub enum AnyReader {
    /// In memory over a file.
    Embedded(EmbeddedReader),
    /// In Neo4j.
    Neo4j(Neo4jReader),
}

impl AnyStore {
    /// The API keys that are kept with it.
    pub fn keys(&self) -> AnyKeys {
        match self {
            Self::Embedded(store) => store.keys().into(),
            Self::Neo4j(store) => store.keys().into(),
        }
    }
}

impl From<EmbeddedStore> for AnyStore {
    fn from(store: EmbeddedStore) -> Self {
        Self::Embedded(store)
    }
}

impl From<Neo4jStore> for AnyStore {
    fn from(store: Neo4jStore) -> Self {
        Self::Neo4j(store)
    }
}

impl Store for AnyStore {
    type Reader = AnyReader;

    async fn newest(&self) -> Answer<Revision> {
        match self {
            Self::Embedded(store) => store.newest().await,
            Self::Neo4j(store) => store.newest().await,
        }
    }

    async fn reader(&self, view: &View) -> Answer<AnyReader> {
        Ok(match self {
            Self::Embedded(store) => AnyReader::Embedded(store.reader(view).await?),
            Self::Neo4j(store) => AnyReader::Neo4j(store.reader(view).await?),
        })
    }

    async fn steady_reader(&self, view: &View) -> Answer<AnyReader> {
        Ok(match self {
            Self::Embedded(store) => AnyReader::Embedded(store.steady_reader(view).await?),
            Self::Neo4j(store) => AnyReader::Neo4j(store.steady_reader(view).await?),
        })
    }

    async fn commit<P: Plan>(&self, plan: P) -> Answer<Outcome<P::Refusal>> {
        match self {
            Self::Embedded(store) => store.commit(plan).await,
            Self::Neo4j(store) => store.commit(plan).await,
        }
    }

    fn news(&self) -> watch::Receiver<Revision> {
        match self {
            Self::Embedded(store) => store.news(),
            Self::Neo4j(store) => store.news(),
        }
    }
}

macro_rules! forward {
    ($($name:ident($($arg:ident: $type:ty),*) -> $answer:ty;)+) => { $(
        async fn $name(&self, $($arg: $type),*) -> Answer<$answer> {
            match self {
                Self::Embedded(reader) => reader.$name($($arg),*).await,
                // Boxed: the futures of Neo4j are large, and those of the embedded store must not be as large as them.
                Self::Neo4j(reader) => Box::pin(reader.$name($($arg),*)).await,
            }
        }
    )+ };
}

impl Reader for AnyReader {
    fn revision(&self) -> Revision {
        match self {
            Self::Embedded(reader) => reader.revision(),
            Self::Neo4j(reader) => reader.revision(),
        }
    }

    forward! {
        entities(ids: &[EntityId]) -> Vec<Option<SharedEntity>>;
        relations(ids: &[RelationId]) -> Vec<Option<Relation>>;
        observations(ids: &[ObservationId]) -> Vec<Option<Observation>>;
        rules(ids: &[RuleId]) -> Vec<Option<Rule>>;
        sources(ids: &[SourceId]) -> Vec<Option<Source>>;
        statements(subjects: &[Subject]) -> Vec<Vec<Statement>>;
        evidence(subjects: &[Subject]) -> Vec<Evidence>;
        memberships(subjects: &[Subject]) -> Vec<Vec<DatasetId>>;
        list_entities(query: &EntityQuery, page: &PageRequest<EntityKey>) -> Page<(EntityKey, SharedEntity)>;
        count_entities(filter: &EntityFilter, at: AsOf) -> u64;
        list_relations(query: &RelationQuery, page: &PageRequest<RelationId>) -> Page<Relation>;
        count_relations(query: &RelationQuery) -> u64;
        incident(ids: &[EntityId], query: &IncidentQuery) -> Vec<Page<Relation>>;
        count_incident(ids: &[EntityId], query: &IncidentQuery) -> Vec<u64>;
        observations_of(ids: &[EntityId], indicators: Option<&[String]>, page: &PageRequest<ObservationId>) -> Vec<Page<Observation>>;
        count_observations_of(ids: &[EntityId], indicators: Option<&[String]>) -> Vec<u64>;
        list_rules(bearers: Option<&[EntityId]>, types: Option<&[RuleType]>) -> Vec<Rule>;
        list_sources(page: &PageRequest<SourceId>) -> Page<Source>;
        count_sources() -> u64;
        datasets() -> Vec<DatasetInfo>;
        subjects_of_dataset(dataset: &DatasetId) -> Vec<Subject>;
        resolve(ids: &[EntityId]) -> Vec<Option<EntityId>>;
        select(selector: &Selector, at: AsOf) -> Vec<EntityId>;
        regions(ids: &[EntityId], role: RegionRole, at: AsOf) -> Vec<Vec<EntityId>>;
        within(ids: &[EntityId], region: &InRegion, at: AsOf) -> Vec<bool>;
        expand(seeds: &[EntityId], stop: &BTreeSet<EntityId>, walk: &Walk, length: u32, budget: WorkBudget) -> Subgraph;
        neighbourhood(ids: &[EntityId], depth: u32, filter: &RelationFilter, at: AsOf, entities_max: usize) -> Neighbourhood;
        degrees(ids: &[EntityId]) -> Vec<Vec<KindCount>>;
        ledger(entities: &BTreeSet<EntityId>, regions: &[InRegion], walk: &Walk, limit: usize) -> (Vec<Relation>, bool);
        of_kinds(kinds: &BTreeSet<RelationKind>, at: AsOf, limit: usize) -> (Vec<Relation>, bool);
        candidates(tokens: &[String], kinds: Option<&[EntityKind]>, limit: usize) -> (Vec<SharedEntity>, bool);
        log(query: &LogQuery) -> Page<LoggedChange>;
        count_log(told: Option<&BTreeSet<DatasetId>>) -> u64;
        log_end() -> LogPlace;
        last_lines(keys: &[String], told: Option<&BTreeSet<DatasetId>>) -> Vec<Option<LoggedChange>>;
        occupants(keys: &[String]) -> Vec<Option<Subject>>;
        shares(ids: &[EntityId]) -> Vec<Vec<(Relation, Decimal)>>;
    }
}
