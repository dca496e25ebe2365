//! Writing a draft: every statement takes many rows, and what does not fit the graph is found before the commit.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::commit::{By, Turn};
use super::draft::{Draft, Standing, Wanted};
use super::error::Failed;
use super::evidence::{Provenances, key_of};
use super::properties::{self, Properties};
use super::reader::Neo4jReader;
use super::restricted::Restrictions;
use super::rows::{Row, Sink, nodes_of};
use super::staged::End;
use super::statement::cypher;
use crate::model::change::{Record, Revision, Subject};
use crate::model::entity::EntityKind;
use crate::model::id::EntityId;
use crate::model::ontology::RelationKind;
use crate::model::relation::Relation;
use crate::store::codec::{DatasetRow, Provenance, encode};
use crate::store::{Answer, StoreError};

/// A draft made ready: what each statement writes.
pub(super) struct Writing {
    pub(super) next: Revision,
    pub(super) draft: Draft,
    /// What stands, or stood, of each record that the draft speaks of.
    pub(super) standing: HashMap<Subject, Standing>,
    /// What each id stands for once this is written; ids that stand for themselves are left out.
    pub(super) kept: HashMap<EntityId, EntityId>,
    pub(super) provenances: HashMap<Subject, Provenance>,
    pub(super) known: HashMap<u64, i64>,
    pub(super) restrictions: Restrictions,
}

impl Writing {
    /// Looks up what the rows need beside the draft: where merged ids lead, and which provenances are known.
    pub(super) async fn new(
        at: &Neo4jReader,
        standing: HashMap<Subject, Standing>,
        draft: Draft,
        restrictions: Restrictions,
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
        let mut writing = Self {
            next,
            draft,
            standing,
            kept,
            provenances,
            known,
            restrictions,
        };
        writing.restrict(at).await?;
        Ok(writing)
    }

    /// Whether processes have to learn anew what they keep: where merged ids lead, and what is restricted.
    pub(super) fn is_to_be_learnt(&self) -> bool {
        !self.draft.redirects.is_empty() || self.restrictions.changed
    }

    /// Writes everything but where the graph stands then, which it gives. What does not fit is a fault of whoever planned it, and nothing may
    /// stand then.
    pub(super) async fn write(
        mut self,
        sink: &mut Sink<'_>,
        turn: &Turn,
        by: &By,
    ) -> Result<Answer<End>, Failed> {
        macro_rules! settled {
            ($answer:expr) => {
                match $answer {
                    Ok(done) => done,
                    Err(error) => return Ok(Err(error)),
                }
            };
        }
        let (new_provenances, newest) = self.number_provenances(turn.provenance);
        settled!(
            sink.send(&cypher!("put_provenances"), "rows", new_provenances)
                .await?
        );
        settled!(self.write_datasets(sink).await?);
        settled!(self.delete_relations(sink).await?);
        settled!(self.put_leaves(sink).await?);
        settled!(self.put_entities(sink).await?);
        settled!(self.put_relations(sink).await?);
        settled!(self.delete_leaves(sink).await?);
        settled!(self.delete_entities(sink).await?);
        settled!(self.put_redirects(sink).await?);
        settled!(self.settle_restricted(sink).await?);
        settled!(self.settle_degrees(sink).await?);
        settled!(self.count_datasets(sink).await?);
        let cursor = settled!(self.write_log(sink, turn.cursor, by).await?);
        Ok(Ok(End {
            from: turn.revision,
            to: self.next,
            cursor,
            provenance: newest,
            learn: self.is_to_be_learnt(),
        }))
    }

    /// Numbers the provenances that no record had before.
    fn number_provenances(&mut self, mut newest: i64) -> (Vec<Row>, i64) {
        let mut rows = Vec::new();
        let ordered: BTreeMap<u64, &Provenance> = self.provenances.values().map(|p| (key_of(p), p)).collect();
        for (key, provenance) in ordered {
            if let std::collections::hash_map::Entry::Vacant(unknown) = self.known.entry(key) {
                newest += 1;
                unknown.insert(newest);
                rows.push(Row::new(Provenances::row(newest, key, provenance), 200));
            }
        }
        (rows, newest)
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

    pub(super) fn kept<'a>(&'a self, id: &'a EntityId) -> &'a EntityId {
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

    pub(super) fn wanted(
        &self,
    ) -> impl Iterator<Item = (&Subject, &Record, &[crate::model::statement::Statement])> {
        self.draft
            .wanted
            .iter()
            .filter_map(|(subject, wanted)| match wanted {
                Wanted::Stands(record, statements) => Some((subject, &**record, statements.as_slice())),
                Wanted::Gone => None,
            })
    }

    pub(super) fn gone(&self) -> impl Iterator<Item = &Subject> {
        self.draft
            .wanted
            .iter()
            .filter(|(_, wanted)| matches!(wanted, Wanted::Gone))
            .map(|(subject, _)| subject)
    }

    async fn write_datasets(&self, sink: &mut Sink<'_>) -> Result<Answer<()>, Failed> {
        let row = |dataset: &crate::model::record::Dataset| -> Answer<Row> {
            let body = encode(&DatasetRow::of(dataset))?;
            let bytes = body.len() + 100;
            let properties = Properties::default()
                .with("id", dataset.id.as_str())
                .with("title", dataset.title.as_str())
                .with("access", dataset.access.name())
                .with("body", body);
            Ok(Row::new(properties, bytes))
        };
        match self.draft.datasets.iter().map(row).collect::<Answer<Vec<Row>>>() {
            Ok(rows) => sink.send(&cypher!("put_datasets"), "rows", rows).await,
            Err(error) => Ok(Err(error)),
        }
    }

    async fn put_entities(&self, sink: &mut Sink<'_>) -> Result<Answer<()>, Failed> {
        let mut by_kind: BTreeMap<EntityKind, Vec<Row>> = BTreeMap::new();
        for (subject, record, _) in self.wanted() {
            let Record::Entity(entity) = record else { continue };
            let row = self
                .provenance(subject)
                .and_then(|id| properties::entity(entity, id))
                .map(|row| row.restricted(&self.restricted(subject, record)));
            match row {
                Ok(row) => by_kind.entry(entity.kind()).or_default().push(Row::new(row, 900)),
                Err(error) => return Ok(Err(error)),
            }
        }
        for (kind, rows) in by_kind {
            let statement = cypher!("put_entities").fill("label", &properties::label(kind));
            if let Err(error) = sink.send(&statement, "rows", rows).await? {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }

    async fn put_relations(&self, sink: &mut Sink<'_>) -> Result<Answer<()>, Failed> {
        let mut nodes = Vec::new();
        let mut by_kind: BTreeMap<RelationKind, Vec<Row>> = BTreeMap::new();
        for (subject, record, _) in self.wanted() {
            let Record::Relation(relation) = record else {
                continue;
            };
            let restricted = self.restricted(subject, record);
            let relation = self.settled(relation);
            let node = self.provenance(subject).and_then(|id| {
                let ends = Properties::default()
                    .with("from", relation.from.as_str())
                    .with("to", relation.to.as_str())
                    .with(
                        "properties",
                        properties::relationship(&relation, id)
                            .restricted(&restricted)
                            .map(),
                    );
                by_kind
                    .entry(relation.kind)
                    .or_default()
                    .push(Row::new(ends, 350));
                Ok(properties::relation(&relation, id)?.restricted(&restricted))
            });
            match node {
                Ok(node) => nodes.push(Row::new(node, 600)),
                Err(error) => return Ok(Err(error)),
            }
        }
        if let Err(error) = sink.send(&nodes_of("Relation", "id"), "rows", nodes).await? {
            return Ok(Err(error));
        }
        for (kind, rows) in by_kind {
            let statement = cypher!("create_relationships").fill("kind", kind.name());
            if let Err(error) = sink.send_each(&statement, "rows", rows).await? {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }

    /// Sources, observations, rules, and the evidence of every record.
    async fn put_leaves(&self, sink: &mut Sink<'_>) -> Result<Answer<()>, Failed> {
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
            let leaf = leaf.map(|(label, row)| {
                (
                    label,
                    row.map(|row| row.restricted(&self.restricted(subject, record))),
                )
            });
            for (label, row) in leaf.into_iter().chain(evidence) {
                match row {
                    Ok(row) => leaves.entry(label).or_default().push(Row::new(row, 600)),
                    Err(error) => return Ok(Err(error)),
                }
            }
        }
        for (label, rows) in leaves {
            let key = if label == "Evidence" { "of" } else { "id" };
            if let Err(error) = sink.send(&nodes_of(label, key), "rows", rows).await? {
                return Ok(Err(error));
            }
        }
        Ok(Ok(()))
    }
}
