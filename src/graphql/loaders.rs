//! The loaders of one request: each reads one kind of record for many keys at once.

use std::sync::Arc;

use super::batch::{BatchLoader, Lookup, RunningBatch};
use super::errors::Result;
use crate::model::change::Subject;
use crate::model::entity::SharedEntity;
use crate::model::footprint::Footprint;
use crate::model::id::{DatasetId, EntityId, ObservationId, RelationId, RuleId, SourceId};
use crate::model::memory::Account;
use crate::model::page::{Page, PageRequest};
use crate::model::record::{Observation, Rule, Source};
use crate::model::relation::Relation;
use crate::model::selector::{AsOf, RegionRole, RelationFilter};
use crate::model::statement::Statement;
use crate::service::{DatasetInfo, IncidentQuery, ProgramRelationsQuery};
use crate::service::{Result as ServiceResult, RuleCheck, Session};

/// Assumed number of rows of a key that may have several.
const FEW: usize = 20;

/// One row for each loader: the query that its keys share, the key, the value, the number of rows of a key, and the read.
macro_rules! loaders {
    ($($(#[$doc:meta])* $name:ident: $lookup:ident($query_type:ty, $key:ty) -> $value:ty [$rows:expr] = |$session:ident, $query:pat_param, $keys:ident| $fetch:expr;)+) => {
        /// The loaders of one request.
        pub(super) struct Loaders {
            /// The query of loaders without one.
            no_query: Arc<()>,
            $($(#[$doc])* pub(super) $name: BatchLoader<$lookup>,)+
        }

        impl Loaders {
            /// Loaders that read in a session.
            pub(super) fn new(session: &Session, account: &Account) -> Self {
                Self { no_query: Arc::new(()), $($name: BatchLoader::new(session.clone(), account.clone()),)+ }
            }
        }

        impl Loaders {
            /// Starts a batch of each loader that has waiting keys.
            pub(super) fn start(&self, running: &mut Vec<RunningBatch>) {
                $(self.$name.start(running);)+
            }
        }

        $(
            pub(super) struct $lookup;
            impl Lookup for $lookup {
                type Query = $query_type;
                type Key = $key;
                type Value = $value;
                fn rows(query: &$query_type) -> usize {
                    let rows: fn(&$query_type) -> usize = $rows;
                    rows(query)
                }
                async fn fetch($session: &Session, $query: &$query_type, $keys: &[$key]) -> ServiceResult<Vec<$value>> {
                    $fetch
                }
            }
        )+
    };
}

loaders! {
    /// Entities; the id of a merged entity gives the entity it was merged into.
    entities: Entities((), EntityId) -> Option<SharedEntity> [|()| 8] = |session, (), keys| session.entities(keys).await;
    /// Canonical ids of entities.
    canonical_ids: CanonicalIds((), EntityId) -> Option<EntityId> [|()| 1] = |session, (), keys| session.resolve(keys).await;
    /// Relations.
    relations: Relations((), RelationId) -> Option<Arc<Relation>> [|()| 1] = |session, (), keys| Ok(shared(session.relations(keys).await?));
    /// Observations.
    observations: Observations((), ObservationId) -> Option<Arc<Observation>> [|()| 1] = |session, (), keys| Ok(shared(session.observations(keys).await?));
    /// Rules.
    rules: Rules((), RuleId) -> Option<Arc<Rule>> [|()| FEW] = |session, (), keys| Ok(shared(session.rules(keys).await?));
    /// Checks of rules against recorded amounts.
    checks: Checks((), RuleId) -> Option<Arc<RuleCheck>> [|()| FEW] = |session, (), keys| {
        let rules = session.rules(keys).await?;
        let known: Vec<Rule> = rules.iter().flatten().cloned().collect();
        let mut checks = session.check_rules(&known).await?.into_iter();
        Ok(rules.iter().map(|rule| rule.as_ref().and_then(|_| checks.next()).map(Arc::new)).collect())
    };
    /// Sources.
    sources: Sources((), SourceId) -> Option<Arc<Source>> [|()| 1] = |session, (), keys| Ok(shared(session.sources(keys).await?));
    /// Statements about a record.
    statements: Statements((), Subject) -> Arc<[Statement]> [|()| FEW] = |session, (), keys| {
        Ok(session.statements(keys).await?.into_iter().map(Arc::from).collect())
    };
    /// The data sets that have a row for a record.
    memberships: Memberships((), Subject) -> Arc<[DatasetId]> [|()| 1] = |session, (), keys| {
        Ok(session.memberships(keys).await?.into_iter().map(Arc::from).collect())
    };
    /// All data sets.
    datasets: Datasets((), ()) -> Arc<[DatasetInfo]> [|()| 1] = |session, (), keys| {
        let all: Arc<[DatasetInfo]> = session.datasets().await?.into();
        Ok(vec![all; keys.len()])
    };
    /// The record that has a key.
    occupants: Occupants((), String) -> Option<Subject> [|()| 1] = |session, (), keys| session.subjects_of_keys(keys).await;
    /// The regions that an entity belongs to.
    regions: Regions((RegionRole, AsOf), EntityId) -> Arc<[EntityId]> [|_| 1] = |session, (role, at), keys| {
        Ok(session.regions(keys, *role, *at).await?.into_iter().map(Arc::from).collect())
    };
    /// Number of relations of an entity.
    degrees: Degrees((), EntityId) -> u64 [|()| 1] = |session, (), keys| {
        let degrees = session.degrees(keys).await?;
        Ok(degrees.iter().map(|kinds| kinds.iter().map(|kind| kind.count).sum()).collect())
    };
    /// One page of the relations of an entity.
    incident_relations: IncidentRelations(IncidentQuery, EntityId) -> Arc<Page<Relation>> [|query| query.page.limit] = |session, query, keys| {
        Ok(session.incident(keys, query).await?.into_iter().map(Arc::new).collect())
    };
    /// Number of relations of an entity that match a query.
    incident_relation_counts: IncidentRelationCounts(IncidentQuery, EntityId) -> u64 [|_| 1] = |session, query, keys| session.count_incident(keys, query).await;
    /// One page of the relations under a program.
    program_relations: ProgramRelations(ProgramRelationsQuery, EntityId) -> Arc<Page<Relation>> [|query| query.page.limit] = |session, query, keys| {
        Ok(session.relations_under(keys, query).await?.into_iter().map(Arc::new).collect())
    };
    /// Number of relations under a program.
    program_relation_counts: ProgramRelationCounts((RelationFilter, AsOf), EntityId) -> u64 [|_| 1] = |session, (filter, at), keys| {
        session.count_relations_under(keys, filter, *at).await
    };
    /// One page of the observations of an entity.
    entity_observations: EntityObservations(ObservationQuery, EntityId) -> Arc<Page<Observation>> [|query| query.page.limit] = |session, query, keys| {
        let pages = session.observations_of(keys, query.indicators.as_deref(), &query.page).await?;
        Ok(pages.into_iter().map(Arc::new).collect())
    };
    /// Number of observations of an entity.
    entity_observation_counts: EntityObservationCounts(Option<Vec<String>>, EntityId) -> u64 [|_| 1] = |session, indicators, keys| {
        session.count_observations_of(keys, indicators.as_deref()).await
    };
}

impl Footprint for DatasetInfo {
    fn heap(&self) -> u64 {
        self.dataset.heap()
    }
}

impl Footprint for RuleCheck {
    fn heap(&self) -> u64 {
        self.reason.heap() + self.relations.heap()
    }
}

/// The query for a page of observations.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ObservationQuery {
    /// The indicators to include; none for all.
    pub(super) indicators: Option<Vec<String>>,
    /// The page.
    pub(super) page: PageRequest<ObservationId>,
}

fn shared<T>(found: Vec<Option<T>>) -> Vec<Option<Arc<T>>> {
    found.into_iter().map(|one| one.map(Arc::new)).collect()
}

impl Loaders {
    /// Loads the value of a key from a loader without a query.
    pub(super) async fn one<L: Lookup<Query = ()>>(
        &self,
        loader: &BatchLoader<L>,
        key: L::Key,
    ) -> Result<L::Value> {
        loader.load(&self.no_query, key).await
    }

    /// Adds entities that a list has read already.
    pub(super) fn prime_entities<'a>(&self, entities: impl IntoIterator<Item = &'a SharedEntity>) {
        for entity in entities {
            self.entities
                .prime(&self.no_query, entity.id.clone(), Some(entity.clone()));
        }
    }
}
