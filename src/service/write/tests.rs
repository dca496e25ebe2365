//! What plans read: each stored record once, and its statements and data sets once.

use std::collections::{BTreeMap, HashSet};
use std::fmt::Debug;
use std::sync::Arc;

use parking_lot::Mutex;

use super::*;
use crate::model::change::{Change, Record};
use crate::model::entity::{Entity, Name, NameRole, Properties};
use crate::model::period::Validity;
use crate::model::principal::DatasetScope;
use crate::model::quantity::{Basis, Measure, Quantity, QuantityParts, Unit};
use crate::model::record::{Access, Coverage};
use crate::model::relation::Driver;
use crate::model::statement::{Assertion, Locator, Rank, Reliability};
use crate::store::embedded::{EmbeddedReader, EmbeddedStore};
use crate::store::reads::for_each_read;
use crate::store::reads::prelude::*;
use crate::store::{PreparedWrite, StoreResult};

/// How often each key was read, by what was read of it: `record`, `statements`, `memberships` or `rules`.
type ReadCounts = BTreeMap<(&'static str, String), usize>;

/// A reader that counts how often each key is read.
#[derive(Clone)]
struct ReadCounter {
    reader: EmbeddedReader,
    counts: Arc<Mutex<ReadCounts>>,
}

impl ReadCounter {
    fn count<'k>(&self, what: &'static str, keys: impl Iterator<Item = &'k str>) {
        let mut counts = self.counts.lock();
        // Records with the key `-` do not exist; they are read so that every read takes the same round trips.
        for key in keys.filter(|key| *key != "-") {
            *counts.entry((what, key.to_string())).or_default() += 1;
        }
    }
}

macro_rules! count_keys {
    ($self:ident, entities, $ids:ident) => {
        $self.count("record", $ids.iter().map(EntityId::as_str))
    };
    ($self:ident, relations, $ids:ident) => {
        $self.count("record", $ids.iter().map(RelationId::as_str))
    };
    ($self:ident, observations, $ids:ident) => {
        $self.count("record", $ids.iter().map(ObservationId::as_str))
    };
    ($self:ident, rules, $ids:ident) => {
        $self.count("record", $ids.iter().map(RuleId::as_str))
    };
    ($self:ident, sources, $ids:ident) => {
        $self.count("record", $ids.iter().map(SourceId::as_str))
    };
    ($self:ident, statements, $subjects:ident) => {
        $self.count("statements", $subjects.iter().map(Subject::as_str))
    };
    ($self:ident, memberships, $subjects:ident) => {
        $self.count("memberships", $subjects.iter().map(Subject::as_str))
    };
    ($self:ident, list_rules, $($arg:ident),*) => {
        $self.count("rules", std::iter::once("all"))
    };
    ($self:ident, $read:ident, $($arg:ident),*) => {};
}

macro_rules! count_reads {
    ($($(#[$doc:meta])* $session:ident fn $name:ident($($arg:ident: $type:ty),* $(,)?) -> $answer:ty;)+) => {
        impl Reader for ReadCounter {
            fn revision(&self) -> Revision {
                self.reader.revision()
            }
            $(
                async fn $name(&self, $($arg: $type),*) -> StoreResult<$answer> {
                    count_keys!(self, $name, $($arg),*);
                    self.reader.$name($($arg),*).await
                }
            )+
        }
    };
}
for_each_read!(count_reads);

/// Prepares a plan, and returns what it read with the result.
async fn prepare<P: WritePlan<Refusal: Debug>>(
    store: &EmbeddedStore,
    mut plan: P,
) -> (ReadCounts, PreparedWrite<P::Output>) {
    let counter = ReadCounter {
        reader: store.reader(&VisibilityFilter::All).await.unwrap(),
        counts: Arc::default(),
    };
    let write = plan.prepare(&counter).await.unwrap().unwrap();
    let counts = counter.counts.lock().clone();
    (counts, write)
}

async fn write(store: &EmbeddedStore, batch: Batch) {
    let outcome = store.commit(UpsertPlan::new(batch)).await.unwrap();
    assert!(matches!(outcome, CommitOutcome::Committed(..)), "{outcome:?}");
}

#[track_caller]
fn assert_nothing_is_read_again(counts: &ReadCounts) {
    let again: Vec<_> = counts.iter().filter(|(_, count)| **count > 1).collect();
    assert!(again.is_empty(), "read again: {again:?}");
}

/// The keys of which something was read.
fn keys<'c>(counts: &'c ReadCounts, what: &str) -> Vec<&'c str> {
    let read = counts.keys().filter(|(read, _)| *read == what);
    read.map(|(_, key)| key.as_str()).collect()
}

fn puts<T>(write: &PreparedWrite<T>) -> Vec<&str> {
    let puts = write.changes.changes.iter().filter_map(|change| match change {
        Change::Put { record, .. } => Some(record.key()),
        _ => None,
    });
    puts.collect()
}

fn entity_id(id: &str) -> EntityId {
    EntityId::parse(id).unwrap()
}

fn editor() -> Principal {
    Principal {
        name: "editor".into(),
        role: Role::Editor,
        pii: true,
        scope: DatasetScope::Unscoped,
    }
}

fn operator() -> Principal {
    Principal::operator("operator")
}

/// A batch of a data set. Its statements cite the source `source:<data set>`.
fn batch(dataset: &str, access: Access, by: Principal, drafts: Vec<Draft>) -> Batch {
    Batch {
        dataset: Dataset {
            id: DatasetId::parse(dataset).unwrap(),
            title: "Data set".into(),
            licence: "CC0-1.0".into(),
            synthetic: true,
            coverage: Coverage::Sample,
            access,
            imported_at: None,
        },
        drafts,
        mode: WriteMode::Add,
        terms: Terms::new(by),
        unread: HashSet::new(),
    }
}

fn source(id: &str) -> Draft {
    Draft::Record {
        record: Box::new(Record::Source(Source {
            id: SourceId::parse(id).unwrap(),
            title: "Source".into(),
            authors: Vec::new(),
            affiliation: None,
            publisher: None,
            published_on: None,
            language: None,
            licence: None,
            sha256: None,
            url: None,
            datasets: Vec::new(),
        })),
        own: Vec::new(),
        more: Vec::new(),
    }
}

fn stated(dataset: &str) -> StatementDraft {
    StatementDraft {
        source: SourceId::parse(&format!("source:{dataset}")).unwrap(),
        locator: Locator::parse("L1"),
        quote: Some("so it says".into()),
        assertion: Assertion::Stated,
        reliability: Reliability::Independent,
        rank: Rank::Normal,
        property: None,
        amount: None,
        as_of: None,
    }
}

fn entity(dataset: &str, id: &str, description: Option<&str>) -> Draft {
    let id = entity_id(id);
    Draft::Record {
        record: Box::new(Record::Entity(Entity {
            names: vec![Name {
                value: id.to_string(),
                lang: "en".into(),
                role: NameRole::Official,
            }],
            description: description.map(Into::into),
            tags: Vec::new(),
            external_ids: Vec::new(),
            former_ids: Vec::new(),
            size: None,
            validity: Validity::default(),
            properties: Properties::empty(id.kind()),
            recorded_at: chrono::DateTime::UNIX_EPOCH,
            id,
        })),
        own: vec![stated(dataset)],
        more: Vec::new(),
    }
}

fn amount(yuan: i64) -> QuantityParts {
    QuantityParts {
        amount: Some(yuan.into()),
        unit: Some(Unit::parse("CNY").unwrap()),
        basis: Some(Basis::Invested),
        ..QuantityParts::default()
    }
}

/// An investment in a project, under a program if one is given.
fn investment(dataset: &str, id: &str, [from, to]: [&str; 2], under: Option<&str>) -> Draft {
    Draft::Record {
        record: Box::new(Record::Relation(Relation {
            id: RelationId::parse(id).unwrap(),
            kind: RelationKind::InvestsIn,
            from: entity_id(from),
            to: entity_id(to),
            stated_resource: None,
            stated_flow: None,
            quantity: Some(Quantity::new(amount(5), Measure::Stock).unwrap()),
            share: None,
            under: under.into_iter().map(entity_id).collect(),
            driver: Driver::Unstated,
            validity: Validity::default(),
        })),
        own: vec![stated(dataset)],
        more: Vec::new(),
    }
}

/// A data set `other` with an investment, and a restricted one.
async fn fill(store: &EmbeddedStore) {
    let other = vec![
        source("source:other"),
        entity("other", "fund:o", None),
        entity("other", "project:o", None),
        investment("other", "o", ["fund:o", "project:o"], None),
    ];
    write(store, batch("other", Access::Public, operator(), other)).await;
    let secret = vec![source("source:secret"), entity("secret", "fund:s", None)];
    write(store, batch("secret", Access::Restricted, operator(), secret)).await;
}

/// A batch of an editor with every sort of draft, among them a statement of another amount of a relation that it has no row for.
fn edited(description: Option<&str>) -> Batch {
    let statement = StatementDraft {
        amount: Some(Box::new(amount(6))),
        ..stated("d")
    };
    let drafts = vec![
        source("source:d"),
        entity("d", "fund:d", description),
        entity("d", "project:d", description),
        investment("d", "r", ["fund:d", "project:o"], None),
        Draft::Statement {
            subject: "o".into(),
            statement,
        },
    ];
    batch("d", Access::Public, editor(), drafts)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upsert_of_unchanged_records_reads_each_once() {
    let store = EmbeddedStore::temporary().unwrap();
    fill(&store).await;
    write(&store, edited(None)).await;
    let (counts, planned) = prepare(&store, UpsertPlan::new(edited(None))).await;
    assert_nothing_is_read_again(&counts);
    assert_eq!(
        keys(&counts, "record"),
        ["fund:d", "o", "project:d", "r", "source:d"]
    );
    assert_eq!(keys(&counts, "statements"), ["fund:d", "o", "project:d", "r"]);
    assert!(planned.changes.changes.is_empty(), "{:?}", planned.changes);
    assert_eq!((planned.output.unchanged, planned.output.updated), (5, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upsert_of_changed_records_reads_each_once() {
    let store = EmbeddedStore::temporary().unwrap();
    fill(&store).await;
    write(&store, edited(None)).await;
    let (counts, planned) = prepare(&store, UpsertPlan::new(edited(Some("changed")))).await;
    assert_nothing_is_read_again(&counts);
    assert_eq!(puts(&planned), ["fund:d", "project:d"]);
    assert_eq!((planned.output.unchanged, planned.output.updated), (3, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_upsert_of_new_records_reads_none() {
    let store = EmbeddedStore::temporary().unwrap();
    fill(&store).await;
    let (counts, planned) = prepare(&store, UpsertPlan::new(edited(None))).await;
    assert_nothing_is_read_again(&counts);
    assert_eq!(keys(&counts, "record"), ["o"]);
    assert_eq!(keys(&counts, "statements"), ["o"]);
    assert_eq!((planned.output.created, planned.output.updated), (4, 1));
}

/// A source that a restricted data set shares is compared twice, to decide whether it may be shared and whether it changes.
#[tokio::test(flavor = "multi_thread")]
async fn a_source_that_a_restricted_data_set_shares_is_read_once() {
    let store = EmbeddedStore::temporary().unwrap();
    fill(&store).await;
    let shared = vec![
        source("source:secret"),
        source("source:other"),
        entity("secret", "fund:s", None),
    ];
    let shared = batch("secret", Access::Restricted, operator(), shared);
    let (counts, planned) = prepare(&store, UpsertPlan::new(shared)).await;
    assert_nothing_is_read_again(&counts);
    assert_eq!(puts(&planned), ["source:other"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_replacement_reads_what_loses_its_row_once() {
    let store = EmbeddedStore::temporary().unwrap();
    fill(&store).await;
    let rows = vec![
        source("source:d"),
        source("source:other"),
        entity("d", "fund:o", None),
        entity("d", "fund:d", None),
        entity("d", "fund:gone", None),
    ];
    write(&store, batch("d", Access::Public, operator(), rows)).await;
    let rows = vec![source("source:d"), entity("d", "fund:d", None)];
    let replacement = Batch {
        mode: WriteMode::Replace,
        ..batch("d", Access::Public, operator(), rows)
    };
    let (counts, planned) = prepare(&store, UpsertPlan::new(replacement)).await;
    assert_nothing_is_read_again(&counts);
    assert_eq!(keys(&counts, "statements"), ["fund:d", "fund:gone", "fund:o"]);
    assert_eq!(puts(&planned), ["source:other", "fund:o"]);
    assert_eq!((planned.output.unchanged, planned.output.deleted), (2, 1));
}

/// Two batches that refer to each other.
fn joint() -> JointUpsertPlan {
    let a = vec![
        source("source:a"),
        entity("a", "fund:a", None),
        investment("a", "ra", ["fund:a", "project:b"], None),
    ];
    let b = vec![
        source("source:b"),
        entity("b", "project:b", None),
        investment("b", "rb", ["fund:a", "project:b"], None),
    ];
    JointUpsertPlan {
        by: "operator".into(),
        batches: vec![
            batch("a", Access::Public, operator(), a),
            batch("b", Access::Public, operator(), b),
        ],
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn batches_that_are_written_together_read_each_record_once() {
    let store = EmbeddedStore::temporary().unwrap();
    let outcome = store.commit(joint()).await.unwrap();
    let CommitOutcome::Committed(_, summaries) = outcome else {
        panic!("{outcome:?}");
    };
    let created = summaries
        .iter()
        .map(|one| (one.created, one.updated, one.unchanged));
    assert_eq!(created.collect::<Vec<_>>(), [(3, 0, 0), (3, 0, 0)]);
    let (counts, planned) = prepare(&store, joint()).await;
    assert_nothing_is_read_again(&counts);
    assert_eq!(keys(&counts, "record").len(), 6);
    assert!(planned.changes.changes.is_empty(), "{:?}", planned.changes);
    let unchanged = planned
        .output
        .iter()
        .map(|one| (one.created, one.updated, one.unchanged));
    assert_eq!(unchanged.collect::<Vec<_>>(), [(0, 0, 3), (0, 0, 3)]);
}

/// A data set `a` with an investment, which a data set `b` has too, under a program.
fn overlapping() -> JointUpsertPlan {
    let investment = |dataset, under| investment(dataset, "r", ["fund:a", "project:a"], under);
    let a = vec![
        source("source:a"),
        entity("a", "fund:a", None),
        entity("a", "project:a", None),
        entity("a", "program:p", None),
        investment("a", None),
    ];
    let b = vec![source("source:b"), investment("b", Some("program:p"))];
    JointUpsertPlan {
        by: "operator".into(),
        batches: vec![
            batch("a", Access::Public, operator(), a),
            batch("b", Access::Public, operator(), b),
        ],
    }
}

/// Each batch changes the relation, and the last gives it what is stored: only the store can tell that nothing changes.
#[tokio::test(flavor = "multi_thread")]
async fn batches_that_overwrite_each_other_change_nothing_when_repeated() {
    let store = EmbeddedStore::temporary().unwrap();
    store.commit(overlapping()).await.unwrap();
    let (_, planned) = prepare(&store, overlapping()).await;
    assert_eq!(puts(&planned), ["r"]);
    let again = store.commit(overlapping()).await.unwrap();
    let CommitOutcome::Committed(revision, _) = again else {
        panic!("{again:?}");
    };
    let lines = lines_of(&store, revision).await;
    // The times of import of the data sets only.
    assert_eq!(lines, ["a", "b"]);
}

/// The keys of the lines of the change log that a revision wrote.
async fn lines_of(store: &EmbeddedStore, revision: Revision) -> Vec<String> {
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    let keys = ["a", "b", "r", "fund:a", "project:a", "program:p"].map(String::from);
    let lines = reader.last_lines(&keys, None).await.unwrap();
    let lines = lines.into_iter().flatten();
    let of_revision = lines.filter(|line| line.position.revision == revision);
    of_revision
        .map(|line| line.changed.as_str().to_string())
        .collect()
}

/// Prepares the changes of a plan with stored versions that name the data set `plan` wherever facts change.
struct Renamed<P>(P);

impl<P: WritePlan> WritePlan for Renamed<P> {
    type Output = P::Output;
    type Refusal = P::Refusal;

    async fn prepare<R: Reader>(
        &mut self,
        at: &R,
    ) -> StoreResult<std::result::Result<PreparedWrite<P::Output>, P::Refusal>> {
        let planned = self.0.prepare(at).await?;
        Ok(planned.map(|mut write| {
            write.previous.rename_datasets(&DatasetId::parse("plan").unwrap());
            write
        }))
    }
}

/// The change log names the data sets that the plan found, so the store has not read the records to find them again.
#[tokio::test(flavor = "multi_thread")]
async fn a_store_does_not_compare_what_a_plan_has_compared() {
    let store = EmbeddedStore::temporary().unwrap();
    fill(&store).await;
    write(&store, edited(None)).await;
    let outcome = store
        .commit(Renamed(UpsertPlan::new(edited(Some("changed")))))
        .await;
    assert!(matches!(outcome, Ok(CommitOutcome::Committed(..))), "{outcome:?}");
    let reader = store.reader(&VisibilityFilter::All).await.unwrap();
    let lines = reader.last_lines(&["fund:d".into()], None).await.unwrap();
    let datasets = lines.into_iter().flatten().flat_map(|line| line.datasets);
    let datasets: Vec<String> = datasets.map(|id| id.to_string()).collect();
    assert_eq!(datasets, ["plan"]);
}

/// Two funds, each with an investment; one falls under a program.
async fn fill_funds(store: &EmbeddedStore) {
    let rows = vec![
        source("source:d"),
        entity("d", "fund:one", None),
        entity("d", "fund:two", None),
        entity("d", "project:d", None),
        entity("d", "program:p", None),
        investment("d", "r1", ["fund:one", "project:d"], Some("program:p")),
        investment("d", "r2", ["fund:two", "project:d"], None),
    ];
    write(store, batch("d", Access::Public, operator(), rows)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deletion_reads_a_record_that_stays_once() {
    let store = EmbeddedStore::temporary().unwrap();
    fill_funds(&store).await;
    let plan = DeletePlan {
        deletion: Deletion {
            kind: DeletionKind::Entity,
            ids: vec!["program:p".into()],
            cascade: true,
            dry_run: false,
            terms: Terms::new(editor()),
        },
        records_max: 100,
    };
    let (counts, planned) = prepare(&store, plan).await;
    assert_nothing_is_read_again(&counts);
    // The list of relations under the program has it already.
    assert_eq!(keys(&counts, "record"), [""; 0]);
    assert_eq!(keys(&counts, "statements"), ["r1"]);
    assert_eq!(puts(&planned), ["r1"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_entity_merge_reads_each_record_once() {
    let store = EmbeddedStore::temporary().unwrap();
    fill(&store).await;
    fill_funds(&store).await;
    let plan = EntityMergePlan {
        merge: EntityMerge {
            keep: entity_id("fund:one"),
            merge: vec![entity_id("fund:two")],
            terms: Terms::new(editor()),
        },
        records_max: 100,
    };
    let (counts, planned) = prepare(&store, plan).await;
    assert_nothing_is_read_again(&counts);
    assert_eq!(keys(&counts, "record"), ["fund:one", "fund:two"]);
    assert_eq!(puts(&planned), ["fund:one", "r2"]);
}
