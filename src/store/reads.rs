//! The table of reads, which defines each read of a store once.
//!
//! [`for_each_read`] passes the rows to a macro. The rows define the trait [`Reader`], the dispatch to the chosen store
//! (`store/any.rs`), the delegation of the Neo4j reader (`store/neo4j/read/delegation.rs`), and the counted methods of a session
//! (`service/counted.rs`, `service/read.rs`). A new read is one row here and two bodies: a method of the same name in
//! `store/embedded/reader.rs`, and one on `Neo4jReader` in a file of `store/neo4j/read/`.

use std::future::Future;

use super::StoreResult;
use crate::model::change::Revision;

/// Passes every read to a macro, as `word fn name(argument: Type, …) -> Type;`, each with its documentation.
///
/// The first word says how a session of the service wraps the read:
///
/// - `values`: unchanged; the result is ids, numbers or other small values.
/// - `records`: charges the result to the memory account of the request, for it has whole records.
/// - `special`: by a handwritten method that does more.
macro_rules! for_each_read {
    ($make:ident) => { $make! {
        // ── records by id ─────────────────────────────────────────────────────────────────────────────────────────
        /// Entities in the order of `ids`. A former id gives the canonical entity.
        records fn entities(ids: &[EntityId]) -> Vec<Option<SharedEntity>>;
        /// Relations in the order of `ids`.
        records fn relations(ids: &[RelationId]) -> Vec<Option<Relation>>;
        /// Observations in the order of `ids`.
        records fn observations(ids: &[ObservationId]) -> Vec<Option<Observation>>;
        /// Rules in the order of `ids`.
        records fn rules(ids: &[RuleId]) -> Vec<Option<Rule>>;
        /// Sources in the order of `ids`.
        records fn sources(ids: &[SourceId]) -> Vec<Option<Source>>;
        /// The statements on each subject, in the order of `subjects`; own statements first, in the order in which they were written.
        /// An unknown subject has none.
        special fn statements(subjects: &[Subject]) -> Vec<Vec<Statement>>;
        /// The classes of the statements on each subject, by which filters select; in the order of `subjects`.
        values fn evidence(subjects: &[Subject]) -> Vec<Evidence>;
        /// The data sets that have a row for each subject, sorted; in the order of `subjects`.
        values fn memberships(subjects: &[Subject]) -> Vec<Vec<DatasetId>>;

        // ── lists ─────────────────────────────────────────────────────────────────────────────────────────────────
        /// One page of entities, each with its key.
        records fn list_entities(
            query: &EntityQuery,
            page: &PageRequest<EntityKey>,
        ) -> Page<(EntityKey, SharedEntity)>;
        /// Number of entities in the list.
        values fn count_entities(filter: &EntityFilter, at: AsOf) -> u64;
        /// One page of relations.
        special fn list_relations(query: &RelationQuery, page: &PageRequest<RelationId>) -> Page<Relation>;
        /// Number of relations in the list.
        values fn count_relations(query: &RelationQuery) -> u64;
        /// One page of relations of each entity, in the order of `ids`.
        special fn incident(ids: &[EntityId], query: &IncidentQuery) -> Vec<Page<Relation>>;
        /// Number of relations of each entity in the list, in the order of `ids`; the page of the query is ignored.
        values fn count_incident(ids: &[EntityId], query: &IncidentQuery) -> Vec<u64>;
        /// One page of the observations of each entity, by id, in the order of `ids`; of these indicators only, if given.
        records fn observations_of(
            ids: &[EntityId],
            indicators: Option<&[String]>,
            page: &PageRequest<ObservationId>,
        ) -> Vec<Page<Observation>>;
        /// Number of observations of each entity, in the order of `ids`.
        values fn count_observations_of(ids: &[EntityId], indicators: Option<&[String]>) -> Vec<u64>;
        /// Rules by id: of these bearers, of these types, if given.
        records fn list_rules(bearers: Option<&[EntityId]>, types: Option<&[RuleType]>) -> Vec<Rule>;
        /// One page of sources, by id.
        records fn list_sources(page: &PageRequest<SourceId>) -> Page<Source>;
        /// Number of sources.
        values fn count_sources() -> u64;
        /// All data sets, by id.
        values fn datasets() -> Vec<DatasetInfo>;
        /// The records that a data set has a row for or a statement on: sources, then entities, relations, observations and rules, each by
        /// id.
        values fn subjects_of_dataset(dataset: &DatasetId) -> Vec<Subject>;
        /// The records with a statement that cites one of the sources: entities, then relations, observations and rules, each by id.
        values fn subjects_citing(sources: &[SourceId]) -> Vec<Subject>;

        // ── the graph ─────────────────────────────────────────────────────────────────────────────────────────────
        /// The canonical id of each id: itself, the id of the entity that it was merged into, or none if it is unknown.
        values fn resolve(ids: &[EntityId]) -> Vec<Option<EntityId>>;
        /// The ids of merged entities, each with the id that it leads to, by id; of these ids, if given. The entity that it leads to may be
        /// deleted: the id stays taken all the same. If something is hidden from the reader, only those that lead to a visible entity.
        values fn redirects(ids: Option<&[EntityId]>) -> Vec<(EntityId, EntityId)>;
        /// The entities that a selector selects, by id: those valid at the date, if there is one.
        values fn select(selector: &Selector, at: AsOf) -> Vec<EntityId>;
        /// The regions of each entity, by id, without those above them. A Region is its own region; an entity hosted at a park, without a
        /// region of its own, has the region of the park.
        values fn regions(ids: &[EntityId], role: RegionRole, at: AsOf) -> Vec<Vec<EntityId>>;
        /// Whether each entity is in a region, or in one below it.
        values fn within(ids: &[EntityId], region: &RegionSelector, at: AsOf) -> Vec<bool>;
        /// The part of the graph that is reached from `seeds` in at most `length` steps. The walk does not go on from the entities of
        /// `stop`, unless they are seeds. A reversed walk goes upstream, and says of each relation which way it was walked.
        special fn expand(
            seeds: &[EntityId],
            stop: &BTreeSet<EntityId>,
            walk: &WalkRules,
            length: u32,
            budget: WorkBudget,
        ) -> Subgraph;
        /// The neighborhood of some entities: relations of every kind, in either direction; entities at distance ≤ `depth`, relations
        /// with an end at distance < `depth`.
        special fn neighborhood(
            ids: &[EntityId],
            depth: u32,
            filter: &RelationFilter,
            at: AsOf,
            entities_max: usize,
        ) -> Neighborhood;
        /// Number of relations of each kind of each entity, in the order of `ids`; kinds in the order of the ontology.
        values fn degrees(ids: &[EntityId]) -> Vec<Vec<KindCount>>;
        /// Relations of kinds that are not structure, that pass the walk's date, kinds and evidence, and have an end among `entities` or in
        /// one of `regions`; by id. If there are more than `limit`: the first of them, and true.
        special fn ledger(
            entities: &BTreeSet<EntityId>,
            regions: &[RegionSelector],
            walk: &WalkRules,
            limit: usize,
        ) -> (Vec<Relation>, bool);
        /// Relations of some kinds, valid at the date as both their ends are; by id. If there are more than `limit`: the first of them, and
        /// true.
        special fn relations_of_kinds(kinds: &BTreeSet<RelationKind>, at: AsOf, limit: usize) -> (Vec<Relation>, bool);

        // ── search ────────────────────────────────────────────────────────────────────────────────────────────────
        /// Entities with every one of `tokens` in the index, by id; of these kinds, if given. Some may not match: the caller verifies. If
        /// there are more than `limit`: the first of them, and true.
        records fn candidates(
            tokens: &[String],
            kinds: Option<&[EntityKind]>,
            limit: usize,
        ) -> (Vec<SharedEntity>, bool);

        // ── the change log ────────────────────────────────────────────────────────────────────────────────────────
        /// One page of the log as it was at the revision read. Fails with
        /// [`StoreError::LogTruncated`](crate::store::StoreError::LogTruncated) or
        /// [`StoreError::LogPositionUnknown`](crate::store::StoreError::LogPositionUnknown) if the log does not contain a position of
        /// the page.
        special fn log(query: &LogQuery) -> Page<LoggedChange>;
        /// Number of lines that concern one of these data sets; of all lines, if none are given.
        special fn count_log(datasets: Option<&BTreeSet<DatasetId>>) -> u64;
        /// The position of the first line, which is not number 1 if the oldest lines were removed. Position 0 if the log is empty.
        values fn log_begin() -> LogPosition;
        /// The position of the last line. Position 0 if the log is empty.
        special fn log_end() -> LogPosition;
        /// The newest line on each key, in the order of `keys`: of the lines that concern one of these data sets, or of all, if none are
        /// given.
        special fn last_lines(keys: &[String], datasets: Option<&BTreeSet<DatasetId>>) -> Vec<Option<LoggedChange>>;

        // ── writing ───────────────────────────────────────────────────────────────────────────────────────────────
        /// The record, if any, that has each key; in the order of `keys`.
        values fn subjects_of_keys(keys: &[String]) -> Vec<Option<Subject>>;
        /// The relations of kinds that pass on a share that begin at each entity, with the share; in the order of `ids`.
        values fn shares(ids: &[EntityId]) -> Vec<Vec<(Relation, Decimal)>>;
    } };
}
pub(crate) use for_each_read;

/// The types that the rows name, for the modules that pass the rows to a macro of their own.
pub(crate) mod prelude {
    pub(crate) use std::collections::BTreeSet;

    pub(crate) use crate::model::Decimal;
    pub(crate) use crate::model::budget::WorkBudget;
    pub(crate) use crate::model::change::{LogPosition, LoggedChange, Subject};
    pub(crate) use crate::model::entity::{EntityKind, SharedEntity};
    pub(crate) use crate::model::id::{DatasetId, EntityId, ObservationId, RelationId, RuleId, SourceId};
    pub(crate) use crate::model::ontology::RelationKind;
    pub(crate) use crate::model::page::{Page, PageRequest};
    pub(crate) use crate::model::record::{Observation, Rule, RuleType, Source};
    pub(crate) use crate::model::relation::Relation;
    pub(crate) use crate::model::selector::{
        AsOf, EntityFilter, RegionRole, RegionSelector, RelationFilter, Selector,
    };
    pub(crate) use crate::model::statement::{Evidence, Statement};
    pub(crate) use crate::model::subgraph::Subgraph;
    pub(crate) use crate::model::walk::WalkRules;
    pub(crate) use crate::store::{
        DatasetInfo, EntityKey, EntityQuery, IncidentQuery, KindCount, LogQuery, Neighborhood, RelationQuery,
    };
}
use self::prelude::*;

macro_rules! declare_reader {
    ($($(#[$doc:meta])* $session:ident fn $name:ident($($arg:ident: $type:ty),* $(,)?) -> $answer:ty;)+) => {
        /// A reader of one revision. All its results are of that revision, however long it lives.
        ///
        /// Every read takes many ids at once, so that a level of a nested query costs one call. The reads are defined in the table of
        /// `store/reads.rs`.
        pub trait Reader: Clone + Send + Sync + 'static {
            /// The revision it reads at.
            fn revision(&self) -> Revision;
            $(
                $(#[$doc])*
                fn $name(&self, $($arg: $type),*) -> impl Future<Output = StoreResult<$answer>> + Send;
            )+
        }
    };
}
for_each_read!(declare_reader);
