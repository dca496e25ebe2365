//! Reading from Neo4j at one revision; see [`super::client`] for how that is known.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::de::DeserializeOwned;

use super::client::{Client, Standing};
use super::evidence::Provenances;
use super::filter::Filter;
use super::memory::{Memory, Redirected};
use super::news::News;
use super::pin::Pin;
use super::statement::Statement;
use super::veil::{Sight, Veil};
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
use crate::model::statement::{Evidence, Statement as Stated};
use crate::model::subgraph::Subgraph;
use crate::model::walk::Walk;
use crate::store::{
    Answer, DatasetInfo, EntityKey, EntityQuery, IncidentQuery, KindCount, LogQuery, Neighbourhood, Reader,
    RelationQuery, View,
};

/// What all readers and writers of a process share.
pub(super) struct Shared {
    /// The veil of readers from whom nothing is hidden.
    pub(super) nothing: Arc<Veil>,
    pub(super) client: Arc<Client>,
    pub(super) provenances: Provenances,
    pub(super) memory: Memory,
    pub(super) news: Arc<News>,
}

impl Shared {
    /// Forgets what was learnt of a graph in whose place there is another.
    pub(super) fn forget(&self) {
        self.provenances.forget();
        self.memory.forget();
    }
}

/// Reads at one revision, until the graph moves on: then it says so, and a new one must be had.
#[derive(Clone)]
pub struct Neo4jReader {
    shared: Arc<Shared>,
    pub(super) redirects: Arc<Redirected>,
    pub(super) veil: Arc<Veil>,
    revision: Revision,
    /// Keeps writers waiting while it, or a copy of it, lives.
    _pin: Option<Arc<Pin>>,
}

impl Neo4jReader {
    /// A reader where the graph stands, of a view.
    pub(super) async fn at(shared: &Arc<Shared>, standing: Standing, view: &View) -> Answer<Self> {
        let mut reader = Self {
            shared: shared.clone(),
            redirects: Arc::default(),
            veil: shared.nothing.clone(),
            revision: standing.revision,
            _pin: None,
        };
        let learnt = match shared.memory.as_of(standing.merged_at) {
            Some(known) => known,
            None => shared.memory.learn(standing.merged_at, reader.learnt().await?),
        };
        reader.redirects = learnt.redirects;
        let hidden = view.hidden_of(&learnt.restricted);
        if !hidden.is_empty() {
            reader.veil = Arc::new(Veil { hidden });
        }
        Ok(reader)
    }

    /// What it looks at in a record, at a date.
    pub(super) fn sight(&self, at: AsOf) -> Sight {
        Sight {
            at,
            veiled: self.veil.hides(),
        }
    }

    /// A filter for a question at a date.
    pub(super) fn filter(&self, at: AsOf) -> Filter {
        Filter::new(self.sight(at), &self.redirects)
    }

    /// The provenances that this process has met.
    pub(super) fn provenances(&self) -> &Provenances {
        &self.shared.provenances
    }

    /// What an id stands for, known or not: itself, or the entity it was merged into.
    pub(super) fn kept<'a>(&'a self, id: &'a EntityId) -> &'a EntityId {
        self.redirects.get(id).unwrap_or(id)
    }

    /// The same, with writers kept waiting.
    pub(super) fn pinned(self, pin: Pin) -> Self {
        Self {
            _pin: Some(Arc::new(pin)),
            ..self
        }
    }

    /// Sends a statement that reads, and gives each row's `row`, read as `T`.
    pub(super) async fn ask<T: DeserializeOwned>(&self, statement: Statement) -> Answer<Vec<T>> {
        let _waiting = self.shared.client.wait();
        self.shared
            .client
            .read(self.revision, self.veil.over(statement))
            .await
    }

    /// Sends several at once, for what is too much for one message; the rows in the order of the statements.
    pub(super) async fn ask_all<T: DeserializeOwned>(
        &self,
        statements: impl IntoIterator<Item = Statement>,
    ) -> Answer<Vec<T>> {
        use futures_util::{StreamExt as _, TryStreamExt as _};
        // Held as boxed futures: the compiler cannot name their lifetimes in a stream.
        let client = &self.shared.client;
        let asked: Vec<_> = statements
            .into_iter()
            .map(|statement| client.read::<T>(self.revision, self.veil.over(statement)))
            .collect();
        if asked.is_empty() {
            return Ok(Vec::new());
        }
        let _waiting = client.wait();
        let at_once = (client.options.limits.connections_max / 4).max(1);
        let rows: Vec<Vec<T>> = futures_util::stream::iter(asked)
            .buffered(at_once)
            .try_collect()
            .await?;
        Ok(rows.into_iter().flatten().collect())
    }
}

impl Reader for Neo4jReader {
    fn revision(&self) -> Revision {
        self.revision
    }

    async fn entities(&self, ids: &[EntityId]) -> Answer<Vec<Option<SharedEntity>>> {
        self.entities_by_id(ids).await
    }

    async fn relations(&self, ids: &[RelationId]) -> Answer<Vec<Option<Relation>>> {
        self.relations_by_id(ids).await
    }

    async fn observations(&self, ids: &[ObservationId]) -> Answer<Vec<Option<Observation>>> {
        self.observations_by_id(ids).await
    }

    async fn rules(&self, ids: &[RuleId]) -> Answer<Vec<Option<Rule>>> {
        self.rules_by_id(ids).await
    }

    async fn sources(&self, ids: &[SourceId]) -> Answer<Vec<Option<Source>>> {
        self.sources_by_id(ids).await
    }

    async fn statements(&self, subjects: &[Subject]) -> Answer<Vec<Vec<Stated>>> {
        self.statements_on(subjects).await
    }

    async fn evidence(&self, subjects: &[Subject]) -> Answer<Vec<Evidence>> {
        Ok(self
            .provenances_of(subjects)
            .await?
            .into_iter()
            .map(|p| p.evidence.clone())
            .collect())
    }

    async fn memberships(&self, subjects: &[Subject]) -> Answer<Vec<Vec<DatasetId>>> {
        Ok(self
            .provenances_of(subjects)
            .await?
            .into_iter()
            .map(|p| p.members.clone())
            .collect())
    }

    async fn list_entities(
        &self,
        query: &EntityQuery,
        page: &PageRequest<EntityKey>,
    ) -> Answer<Page<(EntityKey, SharedEntity)>> {
        self.page_of_entities(query, page).await
    }

    async fn count_entities(&self, filter: &EntityFilter, at: AsOf) -> Answer<u64> {
        self.number_of_entities(filter, at).await
    }

    async fn list_relations(
        &self,
        query: &RelationQuery,
        page: &PageRequest<RelationId>,
    ) -> Answer<Page<Relation>> {
        self.page_of_relations(query, page).await
    }

    async fn count_relations(&self, query: &RelationQuery) -> Answer<u64> {
        self.number_of_relations(query).await
    }

    async fn incident(&self, ids: &[EntityId], query: &IncidentQuery) -> Answer<Vec<Page<Relation>>> {
        self.pages_at(ids, query).await
    }

    async fn count_incident(&self, ids: &[EntityId], query: &IncidentQuery) -> Answer<Vec<u64>> {
        self.numbers_at(ids, query).await
    }

    async fn observations_of(
        &self,
        ids: &[EntityId],
        indicators: Option<&[String]>,
        page: &PageRequest<ObservationId>,
    ) -> Answer<Vec<Page<Observation>>> {
        self.pages_of_observations(ids, indicators, page).await
    }

    async fn count_observations_of(
        &self,
        ids: &[EntityId],
        indicators: Option<&[String]>,
    ) -> Answer<Vec<u64>> {
        self.numbers_of_observations(ids, indicators).await
    }

    async fn list_rules(
        &self,
        bearers: Option<&[EntityId]>,
        types: Option<&[RuleType]>,
    ) -> Answer<Vec<Rule>> {
        self.rules_where(bearers, types).await
    }

    async fn list_sources(&self, page: &PageRequest<SourceId>) -> Answer<Page<Source>> {
        self.page_of_sources(page).await
    }

    async fn count_sources(&self) -> Answer<u64> {
        self.number_of_sources().await
    }

    async fn datasets(&self) -> Answer<Vec<DatasetInfo>> {
        self.all_datasets().await
    }

    async fn subjects_of_dataset(&self, dataset: &DatasetId) -> Answer<Vec<Subject>> {
        self.contributed_by(dataset).await
    }

    async fn resolve(&self, ids: &[EntityId]) -> Answer<Vec<Option<EntityId>>> {
        self.known(ids).await
    }

    async fn select(&self, selector: &Selector, at: AsOf) -> Answer<Vec<EntityId>> {
        self.selected(selector, at).await
    }

    async fn regions(&self, ids: &[EntityId], role: RegionRole, at: AsOf) -> Answer<Vec<Vec<EntityId>>> {
        self.regions_of(ids, role, at).await
    }

    async fn within(&self, ids: &[EntityId], region: &InRegion, at: AsOf) -> Answer<Vec<bool>> {
        self.are_within(ids, region, at).await
    }

    async fn expand(
        &self,
        seeds: &[EntityId],
        stop: &BTreeSet<EntityId>,
        walk: &Walk,
        length: u32,
        budget: WorkBudget,
    ) -> Answer<Subgraph> {
        self.expanded(seeds, stop, walk, length, budget).await
    }

    async fn neighbourhood(
        &self,
        ids: &[EntityId],
        depth: u32,
        filter: &RelationFilter,
        at: AsOf,
        entities_max: usize,
    ) -> Answer<Neighbourhood> {
        self.around(ids, depth, filter, at, entities_max).await
    }

    async fn degrees(&self, ids: &[EntityId]) -> Answer<Vec<Vec<KindCount>>> {
        self.degrees_of(ids).await
    }

    async fn ledger(
        &self,
        entities: &BTreeSet<EntityId>,
        regions: &[InRegion],
        walk: &Walk,
        limit: usize,
    ) -> Answer<(Vec<Relation>, bool)> {
        self.ledger_of(entities, regions, walk, limit).await
    }

    async fn of_kinds(
        &self,
        kinds: &BTreeSet<RelationKind>,
        at: AsOf,
        limit: usize,
    ) -> Answer<(Vec<Relation>, bool)> {
        self.relations_of_kinds(kinds, at, limit).await
    }

    async fn candidates(
        &self,
        tokens: &[String],
        kinds: Option<&[EntityKind]>,
        limit: usize,
    ) -> Answer<(Vec<SharedEntity>, bool)> {
        self.with_tokens(tokens, kinds, limit).await
    }

    async fn log(&self, query: &LogQuery) -> Answer<Page<LoggedChange>> {
        self.page_of_log(query).await
    }

    async fn count_log(&self, told: Option<&BTreeSet<DatasetId>>) -> Answer<u64> {
        self.length_of_log(told).await
    }

    async fn log_end(&self) -> Answer<LogPlace> {
        self.end_of_log().await
    }

    async fn last_lines(
        &self,
        keys: &[String],
        told: Option<&BTreeSet<DatasetId>>,
    ) -> Answer<Vec<Option<LoggedChange>>> {
        self.last_lines_on(keys, told).await
    }

    async fn occupants(&self, keys: &[String]) -> Answer<Vec<Option<Subject>>> {
        self.occupants_of(keys).await
    }

    async fn shares(&self, ids: &[EntityId]) -> Answer<Vec<Vec<(Relation, Decimal)>>> {
        self.shares_from(ids).await
    }
}
