//! The loaders of one request: each reads one kind of thing for many keys at once.

use std::sync::Arc;

use super::batch::{Loader, Lookup, Running};
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
use crate::service::{DatasetInfo, IncidentQuery, UnderQuery};
use crate::service::{Result as ServiceResult, RuleCheck, Session};

/// Rows that a key is taken to have where it has several, and nothing says how many.
const FEW: usize = 20;

/// One row a loader: what its keys share, a key, a value, how many rows a key has, and how a batch is read.
macro_rules! loaders {
    ($($(#[$doc:meta])* $name:ident: $lookup:ident($query_type:ty, $key:ty) -> $value:ty [$rows:expr] = |$session:ident, $query:pat_param, $keys:ident| $fetch:expr;)+) => {
        /// The loaders of one request.
        pub(super) struct Loaders {
            /// The query of loaders whose keys share nothing.
            plain: Arc<()>,
            $($(#[$doc])* pub(super) $name: Loader<$lookup>,)+
        }

        impl Loaders {
            /// Loaders that read in a session.
            pub(super) fn new(session: &Session, account: &Account) -> Self {
                Self { plain: Arc::new(()), $($name: Loader::new(session.clone(), account.clone()),)+ }
            }
        }

        impl Loaders {
            /// Starts a batch of each kind for which keys wait.
            pub(super) fn start(&self, running: &mut Vec<Running>) {
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
    /// Entities; a merged id gives the entity kept.
    entities: Entities((), EntityId) -> Option<SharedEntity> [|()| 8] = |session, (), keys| session.entities(keys).await;
    /// What an id stands for now.
    kept: Kept((), EntityId) -> Option<EntityId> [|()| 1] = |session, (), keys| session.resolve(keys).await;
    /// Relations.
    relations: Relations((), RelationId) -> Option<Arc<Relation>> [|()| 1] = |session, (), keys| Ok(shared(session.relations(keys).await?));
    /// Observations.
    observations: Observations((), ObservationId) -> Option<Arc<Observation>> [|()| 1] = |session, (), keys| Ok(shared(session.observations(keys).await?));
    /// Rules.
    rules: Rules((), RuleId) -> Option<Arc<Rule>> [|()| FEW] = |session, (), keys| Ok(shared(session.rules(keys).await?));
    /// Rules against what was.
    checks: Checks((), RuleId) -> Option<Arc<RuleCheck>> [|()| FEW] = |session, (), keys| {
        let rules = session.rules(keys).await?;
        let known: Vec<Rule> = rules.iter().flatten().cloned().collect();
        let mut checks = session.check_rules(&known).await?.into_iter();
        Ok(rules.iter().map(|rule| rule.as_ref().and_then(|_| checks.next()).map(Arc::new)).collect())
    };
    /// Sources.
    sources: Sources((), SourceId) -> Option<Arc<Source>> [|()| 1] = |session, (), keys| Ok(shared(session.sources(keys).await?));
    /// Statements on a record.
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
    /// Which record has a key.
    occupants: Occupants((), String) -> Option<Subject> [|()| 1] = |session, (), keys| session.occupants(keys).await;
    /// The regions that an entity is of.
    regions: Regions((RegionRole, AsOf), EntityId) -> Arc<[EntityId]> [|_| 1] = |session, (role, at), keys| {
        Ok(session.regions(keys, *role, *at).await?.into_iter().map(Arc::from).collect())
    };
    /// How many relations an entity has.
    degrees: Degrees((), EntityId) -> u64 [|()| 1] = |session, (), keys| {
        let degrees = session.degrees(keys).await?;
        Ok(degrees.iter().map(|kinds| kinds.iter().map(|kind| kind.count).sum()).collect())
    };
    /// One page of relations at an entity.
    incident: Incident(IncidentQuery, EntityId) -> Arc<Page<Relation>> [|query| query.page.limit] = |session, query, keys| {
        Ok(session.incident(keys, query).await?.into_iter().map(Arc::new).collect())
    };
    /// How many relations there are at an entity.
    incident_counts: IncidentCounts(IncidentQuery, EntityId) -> u64 [|_| 1] = |session, query, keys| session.count_incident(keys, query).await;
    /// One page of the relations under a programme.
    under: Under(UnderQuery, EntityId) -> Arc<Page<Relation>> [|query| query.page.limit] = |session, query, keys| {
        Ok(session.relations_under(keys, query).await?.into_iter().map(Arc::new).collect())
    };
    /// How many relations fall under a programme.
    under_counts: UnderCounts((RelationFilter, AsOf), EntityId) -> u64 [|_| 1] = |session, (filter, at), keys| {
        session.count_relations_under(keys, filter, *at).await
    };
    /// One page of observations of an entity.
    observed: Observed(ObservationQuery, EntityId) -> Arc<Page<Observation>> [|query| query.page.limit] = |session, query, keys| {
        let pages = session.observations_of(keys, query.indicators.as_deref(), &query.page).await?;
        Ok(pages.into_iter().map(Arc::new).collect())
    };
    /// How many observations an entity has.
    observed_counts: ObservedCounts(Option<Vec<String>>, EntityId) -> u64 [|_| 1] = |session, indicators, keys| {
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

/// A page of observations.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct ObservationQuery {
    /// Of these indicators only, where given.
    pub(super) indicators: Option<Vec<String>>,
    /// Which of them.
    pub(super) page: PageRequest<ObservationId>,
}

fn shared<T>(found: Vec<Option<T>>) -> Vec<Option<Arc<T>>> {
    found.into_iter().map(|one| one.map(Arc::new)).collect()
}

impl Loaders {
    /// The value of a key of a loader whose keys share nothing.
    pub(super) async fn one<L: Lookup<Query = ()>>(
        &self,
        loader: &Loader<L>,
        key: L::Key,
    ) -> Result<L::Value> {
        loader.load(&self.plain, key).await
    }

    /// Takes over entities that a list has read.
    pub(super) fn prime_entities<'a>(&self, entities: impl IntoIterator<Item = &'a SharedEntity>) {
        for entity in entities {
            self.entities
                .prime(&self.plain, entity.id.clone(), Some(entity.clone()));
        }
    }
}
