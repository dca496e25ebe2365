//! Writing a draft: every statement takes many rows, and what does not fit the graph is found before the commit.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};
use neo4rs::BoltType;

use super::commit::Turn;
use super::draft::{Draft, Logged, Standing, Wanted};
use super::error::Failed;
use super::evidence::{Provenances, key_of};
use super::properties::{self, Properties};
use super::reader::Neo4jReader;
use super::statement::{Statement, cut, cypher};
use super::transaction::Transaction;
use crate::model::change::{Record, Revision, Subject};
use crate::model::entity::EntityKind;
use crate::model::id::{DatasetId, EntityId};
use crate::model::ontology::RelationKind;
use crate::model::relation::Relation;
use crate::store::codec::{DatasetRow, Provenance, encode};
use crate::store::{Answer, StoreError};

/// Below so many bytes a write is sent in pieces that do not stall; above, each piece stalls once, and is large.
const SMALL_BYTES_MAX: usize = 120_000;
const SMALL_PIECE_BYTES: usize = 6_000;
const LARGE_PIECE_BYTES: usize = 1_000_000;

/// A row of a statement, and about how many bytes it takes.
struct Row {
    value: BoltType,
    bytes: usize,
}

/// A draft made ready: what each statement writes.
pub(super) struct Writing {
    next: Revision,
    draft: Draft,
    /// What stands, or stood, of each record that the draft speaks of.
    standing: HashMap<Subject, Standing>,
    /// What each id stands for once this is written; ids that stand for themselves are left out.
    kept: HashMap<EntityId, EntityId>,
    provenances: HashMap<Subject, Provenance>,
    known: HashMap<u64, i64>,
}

impl Writing {
    /// Looks up what the rows need beside the draft: where merged ids lead, and which provenances are known.
    pub(super) async fn new(
        at: &Neo4jReader,
        standing: &HashMap<Subject, Standing>,
        draft: Draft,
        next: Revision,
    ) -> Answer<Self> {
        let mut named: BTreeSet<EntityId> = BTreeSet::new();
        let mut provenances = HashMap::new();
        for (subject, wanted) in &draft.wanted {
            let Wanted::Stands(record, statements) = wanted else {
                continue;
            };
            match &**record {
                Record::Relation(relation) => named.extend([relation.from.clone(), relation.to.clone()]),
                Record::Observation(observation) => drop(named.insert(observation.entity.clone())),
                Record::Rule(rule) => drop(named.insert(rule.bearer.clone())),
                Record::Source(_) => continue,
                Record::Entity(_) => {}
            }
            provenances.insert(subject.clone(), Provenance::of(statements));
        }
        let ours = |id: &EntityId| draft.wanted.contains_key(&Subject::Entity(id.clone()));
        named.retain(|id| !ours(id));
        let led = |id: EntityId| at.redirects.get(&id).map(|kept| (id.clone(), kept.clone()));
        let mut kept: HashMap<EntityId, EntityId> = named.into_iter().filter_map(led).collect();
        for (from, to) in &draft.redirects {
            kept.values_mut()
                .filter(|kept| *kept == from)
                .for_each(|kept| *kept = to.clone());
            kept.insert(from.clone(), to.clone());
        }
        let keys: BTreeSet<u64> = provenances.values().map(key_of).collect();
        let known = at.provenance_ids(&keys).await?;
        Ok(Self {
            next,
            draft,
            standing: standing.clone(),
            kept,
            provenances,
            known,
        })
    }

    /// Writes everything. What does not fit is a fault of whoever planned it, and nothing may stand then.
    pub(super) async fn write(
        mut self,
        txn: &mut Transaction,
        turn: &Turn,
        by: &str,
        when: DateTime<Utc>,
        written_by: &str,
    ) -> Result<Answer<()>, Failed> {
        macro_rules! settled {
            ($answer:expr) => {
                match $answer {
                    Ok(done) => done,
                    Err(error) => return Ok(Err(error)),
                }
            };
        }
        let (new_provenances, newest) = settled!(self.number_provenances(turn.provenance));
        settled!(send(txn, &cypher!("put_provenances"), "rows", new_provenances).await?);
        settled!(self.write_datasets(txn).await?);
        settled!(self.delete_relations(txn).await?);
        settled!(self.put_leaves(txn).await?);
        settled!(self.put_entities(txn).await?);
        settled!(self.put_relations(txn).await?);
        settled!(self.delete_leaves(txn).await?);
        settled!(self.delete_entities(txn).await?);
        settled!(self.put_redirects(txn).await?);
        settled!(self.settle_degrees(txn).await?);
        settled!(self.count_datasets(txn).await?);
        let cursor = settled!(self.write_log(txn, turn.cursor, by, when).await?);
        let finish = cypher!("finish")
            .with("revision", self.next.0.cast_signed())
            .with("cursor", cursor)
            .with("provenance", newest)
            .with("merges", !self.draft.redirects.is_empty())
            .with("written_by", written_by);
        Ok(txn.run::<(i64,)>(finish).await?.map(|_| ()))
    }

    /// Numbers the provenances that no record had before.
    fn number_provenances(&mut self, mut newest: i64) -> Answer<(Vec<Row>, i64)> {
        let mut rows = Vec::new();
        let ordered: BTreeMap<u64, &Provenance> = self.provenances.values().map(|p| (key_of(p), p)).collect();
        for (key, provenance) in ordered {
            if !self.known.contains_key(&key) {
                newest += 1;
                self.known.insert(key, newest);
                rows.push(Row::new(Provenances::row(newest, key, provenance), 200));
            }
        }
        Ok((rows, newest))
    }

    /// The number of what a record rests on.
    fn provenance(&self, subject: &Subject) -> Answer<i64> {
        let known = self
            .provenances
            .get(subject)
            .and_then(|provenance| self.known.get(&key_of(provenance)));
        known
            .copied()
            .ok_or_else(|| StoreError::Fault(format!("{} has no provenance", subject.as_str())))
    }

    fn kept<'a>(&'a self, id: &'a EntityId) -> &'a EntityId {
        self.kept.get(id).unwrap_or(id)
    }

    /// The relation with its ends as they are kept.
    fn settled(&self, relation: &Relation) -> Relation {
        let (from, to) = (self.kept(&relation.from).clone(), self.kept(&relation.to).clone());
        Relation {
            from,
            to,
            ..relation.clone()
        }
    }

    fn wanted(&self) -> impl Iterator<Item = (&Subject, &Record, &[crate::model::statement::Statement])> {
        self.draft
            .wanted
            .iter()
            .filter_map(|(subject, wanted)| match wanted {
                Wanted::Stands(record, statements) => Some((subject, &**record, statements.as_slice())),
                Wanted::Gone => None,
            })
    }

    fn gone(&self) -> impl Iterator<Item = &Subject> {
        self.draft
            .wanted
            .iter()
            .filter(|(_, wanted)| matches!(wanted, Wanted::Gone))
            .map(|(subject, _)| subject)
    }

    async fn write_datasets(&self, txn: &mut Transaction) -> Result<Answer<()>, Failed> {
        let row = |dataset: &crate::model::record::Dataset| -> Answer<Row> {
            let body = encode(&DatasetRow::of(dataset))?;
            let bytes = body.len() + 100;
            let properties = Properties::default()
                .with("id", dataset.id.as_str())
                .with("title", dataset.title.as_str())
                .with("body", body);
            Ok(Row::new(properties, bytes))
        };
        match self.draft.datasets.iter().map(row).collect::<Answer<Vec<Row>>>() {
            Ok(rows) => send(txn, &cypher!("put_datasets"), "rows", rows).await,
            Err(error) => Ok(Err(error)),
        }
    }

    /// Takes away the native relationships of relations that go or change; the nodes of those that go.
    async fn delete_relations(&self, txn: &mut Transaction) -> Result<Answer<()>, Failed> {
        let old = |subject: &Subject| match self.standing.get(subject).map(|old| &old.record) {
            Some(Record::Relation(old)) => Some(old.clone()),
            _ => None,
        };
        let rows = self.draft.wanted.keys().filter_map(old).map(|old| {
            let properties = Properties::default()
                .with("id", old.id.as_str())
                .with("from", old.from.as_str())
                .with("to", old.to.as_str());
            Row::new(properties, 120)
        });
        let rows: Vec<Row> = rows.collect();
        send(txn, &cypher!("delete_relationships"), "rows", rows).await
    }

    async fn put_entities(&self, txn: &mut Transaction) -> Result<Answer<()>, Failed> {
        let mut by_kind: BTreeMap<EntityKind, Vec<Row>> = BTreeMap::new();
        for (subject, record, _) in self.wanted() {
            let Record::Entity(entity) = record else { continue };
            let row = self
                .provenance(subject)
                .and_then(|id| properties::entity(entity, id));
            match row {
                Ok(row) => by_kind.entry(entity.kind()).or_default().push(Row::new(row, 900)),
                Err(error) => return Ok(Err(error)),
            }
        }
        for (kind, rows) in by_kind {
            let statement = cypher!("put_entities").fill("label", &properties::label(kind));
            if let Err(error) = send(txn, &statement, "rows", rows).await? {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }

    async fn put_relations(&self, txn: &mut Transaction) -> Result<Answer<()>, Failed> {
        let mut nodes = Vec::new();
        let mut by_kind: BTreeMap<RelationKind, Vec<Row>> = BTreeMap::new();
        for (subject, record, _) in self.wanted() {
            let Record::Relation(relation) = record else {
                continue;
            };
            let relation = self.settled(relation);
            let node = self.provenance(subject).and_then(|id| {
                let ends = Properties::default()
                    .with("from", relation.from.as_str())
                    .with("to", relation.to.as_str())
                    .with("properties", properties::relationship(&relation, id).map());
                by_kind
                    .entry(relation.kind)
                    .or_default()
                    .push(Row::new(ends, 350));
                properties::relation(&relation, id)
            });
            match node {
                Ok(node) => nodes.push(Row::new(node, 600)),
                Err(error) => return Ok(Err(error)),
            }
        }
        if let Err(error) = send(txn, &nodes_of("Relation", "id"), "rows", nodes).await? {
            return Ok(Err(error));
        }
        for (kind, rows) in by_kind {
            let expected = rows.len();
            let statement = cypher!("create_relationships").fill("kind", kind.name());
            match send_counting(txn, &statement, "rows", rows).await? {
                Ok(made) if made == expected => {}
                Ok(made) => {
                    let missing = expected - made;
                    return Ok(Err(StoreError::Fault(format!(
                        "{missing} relations of kind {kind} have an end that is not there"
                    ))));
                }
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(()))
    }

    /// Sources, observations, rules, and the evidence of every record.
    async fn put_leaves(&self, txn: &mut Transaction) -> Result<Answer<()>, Failed> {
        let mut leaves: BTreeMap<&'static str, Vec<Row>> = BTreeMap::new();
        for (subject, record, statements) in self.wanted() {
            let leaf = match record {
                Record::Source(source) => Some(("Source", properties::source(source))),
                Record::Observation(observation) => Some((
                    "Observation",
                    self.provenance(subject).and_then(|id| {
                        properties::observation(observation, self.kept(&observation.entity).as_str(), id)
                    }),
                )),
                Record::Rule(rule) => Some((
                    "Rule",
                    self.provenance(subject)
                        .and_then(|id| properties::rule(rule, self.kept(&rule.bearer).as_str(), id)),
                )),
                Record::Entity(_) | Record::Relation(_) => None,
            };
            let evidence = (!statements.is_empty())
                .then(|| ("Evidence", properties::evidence(subject.as_str(), statements)));
            for (label, row) in leaf.into_iter().chain(evidence) {
                match row {
                    Ok(row) => leaves.entry(label).or_default().push(Row::new(row, 600)),
                    Err(error) => return Ok(Err(error)),
                }
            }
        }
        for (label, rows) in leaves {
            let key = if label == "Evidence" { "of" } else { "id" };
            if let Err(error) = send(txn, &nodes_of(label, key), "rows", rows).await? {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }

    /// The nodes of what goes, entities aside, and all evidence that goes with its record.
    async fn delete_leaves(&self, txn: &mut Transaction) -> Result<Answer<()>, Failed> {
        let mut keys: BTreeMap<&'static str, Vec<Row>> = BTreeMap::new();
        for subject in self.gone() {
            let label = match subject {
                Subject::Relation(_) => Some("Relation"),
                Subject::Observation(_) => Some("Observation"),
                Subject::Rule(_) => Some("Rule"),
                Subject::Source(_) => Some("Source"),
                Subject::Entity(_) => None,
            };
            if !self.standing.contains_key(subject) {
                return Ok(Err(StoreError::Fault(format!(
                    "{} is not there",
                    subject.as_str()
                ))));
            }
            for label in label.into_iter().chain(["Evidence"]) {
                keys.entry(label).or_default().push(Row::key(subject.as_str()));
            }
        }
        // What lost all its statements has no evidence any more either.
        let bare = self.wanted().filter(|(_, _, statements)| statements.is_empty());
        keys.entry("Evidence")
            .or_default()
            .extend(bare.map(|(subject, _, _)| Row::key(subject.as_str())));
        for (label, keys) in keys {
            let key = if label == "Evidence" { "of" } else { "id" };
            let statement = cypher!("delete_nodes").fill("label", label).fill("key", key);
            if let Err(error) = send(txn, &statement, "keys", keys).await? {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }

    async fn delete_entities(&self, txn: &mut Transaction) -> Result<Answer<()>, Failed> {
        let ids: Vec<&str> = self
            .gone()
            .filter(|subject| matches!(subject, Subject::Entity(_)))
            .map(Subject::as_str)
            .collect();
        for ids in cut(&ids, |id| id.len(), SMALL_PIECE_BYTES) {
            match txn
                .run::<String>(cypher!("orphans").with("ids", ids.to_vec()))
                .await?
            {
                Ok(left) => {
                    if let Some(id) = left.first() {
                        let told = format!("{id} still has relations or observations");
                        return Ok(Err(StoreError::Fault(told)));
                    }
                }
                Err(error) => return Ok(Err(error)),
            }
        }
        let keys = ids.into_iter().map(Row::key).collect();
        let statement = cypher!("delete_nodes").fill("label", "Entity").fill("key", "id");
        send(txn, &statement, "keys", keys).await
    }

    async fn put_redirects(&self, txn: &mut Transaction) -> Result<Answer<()>, Failed> {
        // One after another: each may move those before it on.
        for (from, to) in &self.draft.redirects {
            let row = Properties::default()
                .with("from", from.as_str())
                .with("to", to.as_str());
            if let Err(error) = send(txn, &cypher!("put_redirects"), "rows", vec![Row::new(row, 100)]).await?
            {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }

    /// Counts the relations anew of every entity that was written or whose relations were.
    async fn settle_degrees(&self, txn: &mut Transaction) -> Result<Answer<()>, Failed> {
        let mut touched: BTreeSet<EntityId> = BTreeSet::new();
        let stood = self
            .draft
            .wanted
            .keys()
            .filter_map(|subject| self.standing.get(subject))
            .map(|old| &old.record);
        for record in stood.chain(self.wanted().map(|(_, record, _)| record)) {
            match record {
                Record::Entity(entity) => drop(touched.insert(entity.id.clone())),
                Record::Relation(relation) => {
                    touched.extend([self.kept(&relation.from).clone(), self.kept(&relation.to).clone()]);
                }
                Record::Source(_) | Record::Observation(_) | Record::Rule(_) => {}
            }
        }
        let ids = touched.iter().map(|id| Row::key(id.as_str())).collect();
        send(txn, &cypher!("settle_degrees"), "ids", ids).await
    }

    async fn count_datasets(&self, txn: &mut Transaction) -> Result<Answer<()>, Failed> {
        let mut gained: BTreeMap<DatasetId, (i64, i64)> = BTreeMap::new();
        let mut count = |record: &Record, members: Vec<DatasetId>, by: i64| {
            for id in members {
                let counts = gained.entry(id).or_default();
                match record {
                    Record::Entity(_) => counts.0 += by,
                    Record::Relation(_) => counts.1 += by,
                    Record::Source(_) | Record::Observation(_) | Record::Rule(_) => {}
                }
            }
        };
        for subject in self.draft.wanted.keys() {
            if let Some(old) = self.standing.get(subject) {
                count(&old.record, Provenance::of(&old.statements).members, -1);
            }
        }
        for (_, record, statements) in self.wanted() {
            count(record, Provenance::of(statements).members, 1);
        }
        let changed = gained
            .into_iter()
            .filter(|(_, (entities, relations))| (*entities, *relations) != (0, 0));
        let rows = changed.map(|(id, (entities, relations))| {
            let row = Properties::default()
                .with("id", id.as_str())
                .with("entities", entities)
                .with("relations", relations);
            Row::new(row, 100)
        });
        let rows = rows.collect();
        send(txn, &cypher!("count_datasets"), "rows", rows).await
    }

    async fn write_log(
        &self,
        txn: &mut Transaction,
        mut cursor: i64,
        by: &str,
        when: DateTime<Utc>,
    ) -> Result<Answer<i64>, Failed> {
        let rows: Vec<Row> = self
            .draft
            .log
            .iter()
            .map(
                |Logged {
                     action,
                     subject,
                     merged_into,
                 }| {
                    cursor += 1;
                    let properties = Properties::default()
                        .with("cursor", cursor)
                        .with("revision", self.next.0.cast_signed())
                        .with("action", action.name())
                        .with("subject", subject.as_str())
                        .with("subject_kind", subject.kind_name());
                    let properties = match merged_into {
                        Some(kept) => properties.with("merged_into", kept.as_str()),
                        None => properties,
                    };
                    Row::new(properties, 200)
                },
            )
            .collect();
        let write = cypher!("log_write")
            .with("revision", self.next.0.cast_signed())
            .with("at", when.timestamp_micros())
            .with("by", by);
        if let Err(error) = txn.run::<(i64,)>(write).await? {
            return Ok(Err(error));
        }
        Ok(send(txn, &cypher!("log"), "rows", rows).await?.map(|()| cursor))
    }
}

impl Row {
    fn new(properties: Properties, bytes: usize) -> Self {
        Self {
            value: properties.map(),
            bytes,
        }
    }
    fn key(key: &str) -> Self {
        Self {
            value: key.into(),
            bytes: key.len(),
        }
    }
}

fn nodes_of(label: &str, key: &str) -> Statement {
    cypher!("put_nodes").fill("label", label).fill("key", key)
}

/// Sends rows in pieces. No rows: nothing is sent.
async fn send(
    txn: &mut Transaction,
    statement: &Statement,
    parameter: &str,
    rows: Vec<Row>,
) -> Result<Answer<()>, Failed> {
    Ok(send_counting(txn, statement, parameter, rows).await?.map(|_| ()))
}

/// [`send`], and the sum of what the statement counted.
async fn send_counting(
    txn: &mut Transaction,
    statement: &Statement,
    parameter: &str,
    rows: Vec<Row>,
) -> Result<Answer<usize>, Failed> {
    let all: usize = rows.iter().map(|row| row.bytes).sum();
    let piece = if all < SMALL_BYTES_MAX {
        SMALL_PIECE_BYTES
    } else {
        LARGE_PIECE_BYTES
    };
    let mut counted = 0;
    for rows in cut(&rows, |row| row.bytes, piece) {
        let values: Vec<BoltType> = rows.iter().map(|row| row.value.clone()).collect();
        match txn
            .run::<(i64,)>(statement.clone().with(parameter, values))
            .await?
        {
            Ok(counts) => {
                counted += counts
                    .iter()
                    .map(|(count,)| usize::try_from(*count).unwrap_or(0))
                    .sum::<usize>()
            }
            Err(error) => return Ok(Err(error)),
        }
    }
    Ok(Ok(counted))
}
