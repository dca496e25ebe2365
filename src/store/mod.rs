//! Stores: one graph, one revision counter, one change log; the same promises whichever store keeps it.
//!
//! A store reads and writes the graph and walks a bounded part of it. It decides nothing about access, and computes no
//! answer: that is for the service, the trace and the indicators.

mod any;
pub mod backup;
mod codec;
pub mod embedded;
mod error;
mod keys;
pub mod neo4j;
mod view;
mod walker;

use std::collections::BTreeSet;
use std::future::Future;

use tokio::sync::watch;

pub use any::{AnyReader, AnyStore};
pub use error::{OpenError, StoreError};
pub use keys::{AnyKeys, Keys};
pub use view::View;

use crate::model::Decimal;
use crate::model::budget::WorkBudget;
use crate::model::change::{ChangeSet, Revision, Subject};
use crate::model::entity::{EntityKind, SharedEntity};
use crate::model::id::{DatasetId, EntityId, ObservationId, RelationId, RuleId, SourceId};
use crate::model::log::{LogPlace, LoggedChange};
use crate::model::ontology::RelationKind;
use crate::model::page::{Page, PageRequest};
use crate::model::record::{Dataset, Observation, Rule, RuleType, Source};
use crate::model::relation::Relation;
use crate::model::selector::{
    AsOf, Direction, EntityFilter, EntityOrder, InRegion, RegionRole, RelationFilter, Selector,
};
use crate::model::statement::{Evidence, Statement};
use crate::model::subgraph::Subgraph;
use crate::model::walk::Walk;

/// What a store says.
pub type Answer<T> = Result<T, StoreError>;

/// One graph, one revision counter, one change log. What a caller may rely on, whichever store it is:
///
/// - **Revision.** A reader reads at one revision and names it. A committed write is seen by every reader opened later. A store
///   that keeps no older graph says [`StoreError::Moved`] to a reader that was overtaken, and never answers it otherwise.
/// - **View.** A reader of a view that hides a data set answers as if that had never been written: records, counts, degrees, walks,
///   what filters look at, former ids. A record is hidden where a data set with a row for it is, or an entity that it names (an
///   end, `under`, a bearer, a party); a statement with its data set or its record; a source where all data sets that list it
///   are. Where nothing is hidden from a view, it costs nothing.
/// - **Order.** Lists ascend by id, as bytes, where no other order is asked for. No store sorts by a collation of its own.
/// - **Limits.** What stops at a limit says at which, and is a prefix of the full answer. Nothing is cut in silence.
/// - **Writes.** `commit` is all or nothing; a change set that changes nothing makes no revision.
/// - **Errors.** Unknown id: `None`; merged: the entity kept. Worth a retry: as [`StoreError`] says. No driver type.
/// - **Cancel.** A dropped future leaves no write half done, and no work that outlives its deadline.
pub trait Store: Send + Sync + 'static {
    /// What reads at one revision.
    type Reader: Reader;

    /// The newest revision, asked of what keeps the graph: whether it answers at all.
    fn newest(&self) -> impl Future<Output = Answer<Revision>> + Send;

    /// A reader at the newest revision that is known without asking; of one that was overtaken already, the first answer says so.
    fn reader(&self, view: &View) -> impl Future<Output = Answer<Self::Reader>> + Send;

    /// A reader at the newest revision that nothing overtakes while it, or a copy of it, lives: writers may be kept waiting.
    /// For answers that take long, and for what was overtaken too often.
    fn steady_reader(&self, view: &View) -> impl Future<Output = Answer<Self::Reader>> + Send {
        self.reader(view)
    }

    /// Prepares a change set against the newest graph, all of it, with no write in between, and writes it all or nothing.
    ///
    /// The plan may be asked more than once where the store has to start again.
    fn commit<P: Plan>(&self, plan: P) -> impl Future<Output = Answer<Outcome<P::Refusal>>> + Send;

    /// Tells that the graph moved on, whoever wrote, for as long as it is held: then lines may have been added to the log.
    /// Ends with the store. Must be called within a runtime.
    fn news(&self) -> watch::Receiver<Revision>;
}

/// What a writer intends, decided only when the newest graph is in view.
pub trait Plan: Send + 'static {
    /// Why it may decide to write nothing.
    type Refusal: Send + 'static;

    /// The changes to make, or why none are made.
    fn prepare<R: Reader>(
        &mut self,
        at: &R,
    ) -> impl Future<Output = Answer<Result<ChangeSet, Self::Refusal>>> + Send;
}

/// What came of a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome<R> {
    /// It is written; the graph is at this revision now.
    Committed(Revision),
    /// Nothing differed, so nothing was written; the graph is at this revision.
    Unchanged(Revision),
    /// The plan was refused.
    Refused(R),
}

/// A list of entities to read.
#[derive(Clone, Debug, PartialEq)]
pub struct EntityQuery {
    /// Which entities.
    pub filter: EntityFilter,
    /// The date asked.
    pub at: AsOf,
    /// Sorted by these, then by id.
    pub order: Vec<EntityOrder>,
}

/// The place of an entity in a list: one value for each key of the order, then the id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityKey {
    /// The values sorted by. Text compares as bytes.
    pub values: Vec<OrderValue>,
    /// The id.
    pub id: EntityId,
}

/// A value that a list is sorted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrderValue {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

/// A list of relations to read, sorted by id.
#[derive(Clone, Debug, PartialEq)]
pub struct RelationQuery {
    /// Which relations.
    pub filter: RelationFilter,
    /// The date asked: then the relation and both ends must be valid.
    pub at: AsOf,
}

/// Relations at an entity, and what stands at their other ends. Sorted by the relation's id; a relation from an entity
/// to itself is there once.
#[derive(Clone, Debug, PartialEq)]
pub struct IncidentQuery {
    /// Which relations.
    pub filter: RelationFilter,
    /// Seen from the entity.
    pub direction: Direction,
    /// What the other end must be like.
    pub other: Option<EntityFilter>,
    /// The date asked: then the relation and both ends must be valid.
    pub at: AsOf,
    /// Which of them.
    pub page: PageRequest<RelationId>,
}

/// A page of the change log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogQuery {
    /// Lines after this place. The line itself must still be there, unless it is the place before the first.
    pub after: LogPlace,
    /// How many at most.
    pub limit: usize,
    /// Only lines that concern one of these data sets; none: all lines.
    pub told: Option<BTreeSet<DatasetId>>,
}

/// How many relations of a kind an entity has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindCount {
    /// The kind.
    pub kind: RelationKind,
    /// How many.
    pub count: u64,
}

/// The part of the graph around some entities.
#[derive(Clone, Debug)]
pub struct Neighbourhood {
    /// The entities, nearest first, then by id.
    pub entities: Vec<SharedEntity>,
    /// The relations between them, by id.
    pub relations: Vec<Relation>,
    /// Whether entities were left out for the limit.
    pub truncated: bool,
    /// Relations there are but not in it, by entity and kind.
    pub hidden: Vec<(EntityId, KindCount)>,
}

/// What a data set holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetInfo {
    /// Its record.
    pub dataset: Dataset,
    /// How many entities it has a row for.
    pub entity_count: u64,
    /// How many relations it has a row for.
    pub relation_count: u64,
}

/// Reads at one revision. What a reader answers is consistent however long it lives.
///
/// Every call takes many ids at once, so that a level of a nested question costs one call.
pub trait Reader: Clone + Send + Sync + 'static {
    /// The revision it reads at.
    fn revision(&self) -> Revision;

    // ── records by id ─────────────────────────────────────────────────────────────────────────────────────────
    /// In the order of `ids`. A merged id gives the entity kept.
    fn entities(&self, ids: &[EntityId]) -> impl Future<Output = Answer<Vec<Option<SharedEntity>>>> + Send;
    /// In the order of `ids`.
    fn relations(&self, ids: &[RelationId]) -> impl Future<Output = Answer<Vec<Option<Relation>>>> + Send;
    /// In the order of `ids`.
    fn observations(
        &self,
        ids: &[ObservationId],
    ) -> impl Future<Output = Answer<Vec<Option<Observation>>>> + Send;
    /// In the order of `ids`.
    fn rules(&self, ids: &[RuleId]) -> impl Future<Output = Answer<Vec<Option<Rule>>>> + Send;
    /// In the order of `ids`.
    fn sources(&self, ids: &[SourceId]) -> impl Future<Output = Answer<Vec<Option<Source>>>> + Send;
    /// In the order of `subjects`; own statements first, in the order in which they were written. Unknown: none.
    fn statements(&self, subjects: &[Subject]) -> impl Future<Output = Answer<Vec<Vec<Statement>>>> + Send;
    /// In the order of `subjects`: what filters look at in their statements.
    fn evidence(&self, subjects: &[Subject]) -> impl Future<Output = Answer<Vec<Evidence>>> + Send;
    /// In the order of `subjects`: the data sets that have a row for each, sorted.
    fn memberships(&self, subjects: &[Subject]) -> impl Future<Output = Answer<Vec<Vec<DatasetId>>>> + Send;

    // ── lists ─────────────────────────────────────────────────────────────────────────────────────────────────
    /// One page of entities, each with its key.
    fn list_entities(
        &self,
        query: &EntityQuery,
        page: &PageRequest<EntityKey>,
    ) -> impl Future<Output = Answer<Page<(EntityKey, SharedEntity)>>> + Send;
    /// How many entities there are in the list.
    fn count_entities(&self, filter: &EntityFilter, at: AsOf) -> impl Future<Output = Answer<u64>> + Send;
    /// One page of relations.
    fn list_relations(
        &self,
        query: &RelationQuery,
        page: &PageRequest<RelationId>,
    ) -> impl Future<Output = Answer<Page<Relation>>> + Send;
    /// How many relations there are in the list.
    fn count_relations(&self, query: &RelationQuery) -> impl Future<Output = Answer<u64>> + Send;
    /// One page of relations of each entity, in the order of `ids`.
    fn incident(
        &self,
        ids: &[EntityId],
        query: &IncidentQuery,
    ) -> impl Future<Output = Answer<Vec<Page<Relation>>>> + Send;
    /// How many relations of each entity there are in the list, in the order of `ids`; the page asked is not looked at.
    fn count_incident(
        &self,
        ids: &[EntityId],
        query: &IncidentQuery,
    ) -> impl Future<Output = Answer<Vec<u64>>> + Send;
    /// One page of the observations of each entity, by id, in the order of `ids`; of these indicators only, where given.
    fn observations_of(
        &self,
        ids: &[EntityId],
        indicators: Option<&[String]>,
        page: &PageRequest<ObservationId>,
    ) -> impl Future<Output = Answer<Vec<Page<Observation>>>> + Send;
    /// How many observations each entity has.
    fn count_observations_of(
        &self,
        ids: &[EntityId],
        indicators: Option<&[String]>,
    ) -> impl Future<Output = Answer<Vec<u64>>> + Send;
    /// Rules by id: of these bearers, of these types, where given.
    fn list_rules(
        &self,
        bearers: Option<&[EntityId]>,
        types: Option<&[RuleType]>,
    ) -> impl Future<Output = Answer<Vec<Rule>>> + Send;
    /// One page of sources, by id.
    fn list_sources(&self, page: &PageRequest<SourceId>)
    -> impl Future<Output = Answer<Page<Source>>> + Send;
    /// How many sources there are.
    fn count_sources(&self) -> impl Future<Output = Answer<u64>> + Send;
    /// All data sets, by id.
    fn datasets(&self) -> impl Future<Output = Answer<Vec<DatasetInfo>>> + Send;
    /// Every key of a kind of record that a data set has a row for or a statement on, by id.
    fn subjects_of_dataset(&self, dataset: &DatasetId) -> impl Future<Output = Answer<Vec<Subject>>> + Send;

    // ── the graph ─────────────────────────────────────────────────────────────────────────────────────────────
    /// What each id stands for now: itself, the entity it was merged into, or none where it is unknown.
    fn resolve(&self, ids: &[EntityId]) -> impl Future<Output = Answer<Vec<Option<EntityId>>>> + Send;
    /// The entities that a selector picks, by id: valid at the date, where there is one.
    fn select(&self, selector: &Selector, at: AsOf) -> impl Future<Output = Answer<Vec<EntityId>>> + Send;
    /// The regions that each entity is of, by id, without those above them; a Region is of itself, and what is hosted at a
    /// park, with no region of its own, is where the park is.
    fn regions(
        &self,
        ids: &[EntityId],
        role: RegionRole,
        at: AsOf,
    ) -> impl Future<Output = Answer<Vec<Vec<EntityId>>>> + Send;
    /// Whether each entity is in a region, or in one below it.
    fn within(
        &self,
        ids: &[EntityId],
        region: &InRegion,
        at: AsOf,
    ) -> impl Future<Output = Answer<Vec<bool>>> + Send;
    /// What is reached from `seeds` in at most `length` steps; nothing is walked on from the entities of `stop`, unless
    /// they are seeds.
    fn expand(
        &self,
        seeds: &[EntityId],
        stop: &BTreeSet<EntityId>,
        walk: &Walk,
        length: u32,
        budget: WorkBudget,
    ) -> impl Future<Output = Answer<Subgraph>> + Send;
    /// Relations of every kind, either way; entities at distance ≤ `depth`, relations with an end at distance < `depth`.
    fn neighbourhood(
        &self,
        ids: &[EntityId],
        depth: u32,
        filter: &RelationFilter,
        at: AsOf,
        entities_max: usize,
    ) -> impl Future<Output = Answer<Neighbourhood>> + Send;
    /// How many relations of each kind each entity has, in the order of `ids`; kinds in the order of the ontology.
    fn degrees(&self, ids: &[EntityId]) -> impl Future<Output = Answer<Vec<Vec<KindCount>>>> + Send;
    /// Relations of kinds that are no structure, which pass the walk's date, kinds and evidence, and have an end among
    /// `entities` or in one of `regions`; by id. More than `limit`: the first of them, and true.
    fn ledger(
        &self,
        entities: &BTreeSet<EntityId>,
        regions: &[InRegion],
        walk: &Walk,
        limit: usize,
    ) -> impl Future<Output = Answer<(Vec<Relation>, bool)>> + Send;

    /// Relations of some kinds, valid at the date as both their ends are; by id. More than `limit`: the first of them, and true.
    fn of_kinds(
        &self,
        kinds: &BTreeSet<RelationKind>,
        at: AsOf,
        limit: usize,
    ) -> impl Future<Output = Answer<(Vec<Relation>, bool)>> + Send;

    // ── search ────────────────────────────────────────────────────────────────────────────────────────────────
    /// Entities that have every one of `tokens` in the index, by id; of these kinds, where given. Some may not match: the
    /// caller verifies. More than `limit`: the first of them, and true.
    fn candidates(
        &self,
        tokens: &[String],
        kinds: Option<&[EntityKind]>,
        limit: usize,
    ) -> impl Future<Output = Answer<(Vec<SharedEntity>, bool)>> + Send;

    // ── the change log ────────────────────────────────────────────────────────────────────────────────────────
    /// One page of the log as it was at the revision read. A place that the log does not know: [`StoreError::LogForgotten`],
    /// [`StoreError::LogForeign`].
    fn log(&self, query: &LogQuery) -> impl Future<Output = Answer<Page<LoggedChange>>> + Send;
    /// How many lines concern one of these data sets; none: how many there are.
    fn count_log(&self, told: Option<&BTreeSet<DatasetId>>) -> impl Future<Output = Answer<u64>> + Send;
    /// The place of the last line.
    fn log_end(&self) -> impl Future<Output = Answer<LogPlace>> + Send;

    /// The newest line on each key, in the order of `keys`, among those that concern one of these data sets; none: among all.
    fn last_lines(
        &self,
        keys: &[String],
        told: Option<&BTreeSet<DatasetId>>,
    ) -> impl Future<Output = Answer<Vec<Option<LoggedChange>>>> + Send;

    // ── writing ───────────────────────────────────────────────────────────────────────────────────────────────
    /// Which record, if any, has each key, in the order of `keys`.
    fn occupants(&self, keys: &[String]) -> impl Future<Output = Answer<Vec<Option<Subject>>>> + Send;
    /// Shares of the relations of kinds that pass on a share, by the entity they begin at: relation, share.
    fn shares(&self, ids: &[EntityId]) -> impl Future<Output = Answer<Vec<Vec<(Relation, Decimal)>>>> + Send;
}
