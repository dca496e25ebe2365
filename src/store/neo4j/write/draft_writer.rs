//! Writes a draft. Every statement takes many rows; a record that does not fit the graph fails the write before its commit.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::{DateTime, Utc};

use super::draft::{RecordChange, WriteDraft};
use super::lock::LastWrite;
use super::properties;
use super::properties::NodeProperties;
use super::restrictions::RestrictionChanges;
use super::rows::{WriteRow, nodes_of};
use super::sink::StatementSink;
use super::staged::FinalState;
use crate::model::change::{Record, Revision, Subject};
use crate::model::entity::EntityKind;
use crate::model::id::EntityId;
use crate::model::ontology::RelationKind;
use crate::model::relation::Relation;
use crate::store::codec::{DatasetRow, Provenance, encode};
use crate::store::neo4j::driver::error::Neo4jResult;
use crate::store::neo4j::driver::statement::cypher;
use crate::store::neo4j::format::kind_label;
use crate::store::neo4j::provenance::key_of;
use crate::store::neo4j::read::reader::Neo4jReader;
use crate::store::{StoreError, StoreResult};

/// The author of a write.
pub(super) struct Author {
    pub(super) name: String,
    pub(super) at: DateTime<Utc>,
    /// A new one for each try: by it a writer whose COMMIT was not answered finds out whether it was applied.
    pub(super) token: String,
}

/// A draft with the data that its rows need.
pub(super) struct DraftWriter {
    pub(super) next: Revision,
    pub(super) draft: WriteDraft,
    /// The redirects after the write, of the ids that it names.
    pub(super) redirects: HashMap<EntityId, EntityId>,
    pub(super) provenances: HashMap<Subject, Provenance>,
    /// The numbers of provenances, by their keys.
    pub(super) provenance_numbers: HashMap<u64, i64>,
    pub(super) restrictions: RestrictionChanges,
}

impl DraftWriter {
    /// Reads the data that the rows need: redirects of ids and numbers of provenances.
    pub(super) async fn new(
        at: &Neo4jReader,
        draft: WriteDraft,
        restrictions: RestrictionChanges,
        next: Revision,
    ) -> StoreResult<Self> {
        let mut named: BTreeSet<EntityId> = BTreeSet::new();
        let mut provenances = HashMap::new();
        for (subject, change) in &draft.changes {
            let RecordChange::Put(record, statements) = change else {
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
        let ours = |id: &EntityId| draft.changes.contains_key(&Subject::Entity(id.clone()));
        named.retain(|id| !ours(id));
        let redirect = |id: EntityId| at.redirects.get(&id).map(|to| (id.clone(), to.clone()));
        let mut redirects: HashMap<EntityId, EntityId> = named.into_iter().filter_map(redirect).collect();
        for (from, to) in &draft.redirects {
            redirects
                .values_mut()
                .filter(|end| *end == from)
                .for_each(|end| *end = to.clone());
            redirects.insert(from.clone(), to.clone());
        }
        let keys: BTreeSet<u64> = provenances.values().map(key_of).collect();
        let provenance_numbers = at.provenance_ids(&keys).await?;
        let mut writer = Self {
            next,
            draft,
            redirects,
            provenances,
            provenance_numbers,
            restrictions,
        };
        writer.look_up_restrictions(at).await?;
        Ok(writer)
    }

    /// Whether a redirect or a restriction changes, so that processes must read their lookups again.
    pub(super) fn changes_lookups(&self) -> bool {
        !self.draft.redirects.is_empty() || self.restrictions.changed
    }

    /// Writes everything but the final state of the graph, which it returns. After an error, the write must be rolled back.
    pub(super) async fn write(
        mut self,
        sink: &mut StatementSink<'_>,
        last: &LastWrite,
        by: &Author,
    ) -> Neo4jResult<FinalState> {
        let (new_provenances, newest) = self.number_provenances(last.provenance);
        sink.send(&cypher!("put_provenances"), "rows", new_provenances)
            .await?;
        self.write_datasets(sink).await?;
        self.delete_relations(sink).await?;
        self.put_leaves(sink).await?;
        self.put_entities(sink).await?;
        self.put_relations(sink).await?;
        self.delete_leaves(sink).await?;
        self.delete_entities(sink).await?;
        self.put_redirects(sink).await?;
        self.recompute_restrictions(sink).await?;
        self.settle_degrees(sink).await?;
        self.count_datasets(sink).await?;
        self.delete_datasets(sink).await?;
        let cursor = self.write_log(sink, last.cursor, by).await?;
        Ok(FinalState {
            from: last.revision,
            to: self.next,
            cursor,
            provenance: newest,
            changes_lookups: self.changes_lookups(),
        })
    }

    /// Numbers the provenances that are not stored yet.
    fn number_provenances(&mut self, mut newest: i64) -> (Vec<WriteRow>, i64) {
        let mut rows = Vec::new();
        let ordered: BTreeMap<u64, &Provenance> = self.provenances.values().map(|p| (key_of(p), p)).collect();
        for (key, provenance) in ordered {
            if let std::collections::hash_map::Entry::Vacant(unknown) = self.provenance_numbers.entry(key) {
                newest += 1;
                unknown.insert(newest);
                rows.push(WriteRow::new(
                    properties::provenance(newest, key, provenance),
                    200,
                ));
            }
        }
        (rows, newest)
    }

    /// The number of a record's provenance.
    fn provenance(&self, subject: &Subject) -> StoreResult<i64> {
        let known = self
            .provenances
            .get(subject)
            .and_then(|provenance| self.provenance_numbers.get(&key_of(provenance)));
        known
            .copied()
            .ok_or_else(|| StoreError::Internal(format!("{} has no provenance", subject.as_str())))
    }

    /// The canonical id of an id after the write.
    pub(super) fn canonical<'a>(&'a self, id: &'a EntityId) -> &'a EntityId {
        self.redirects.get(id).unwrap_or(id)
    }

    /// The relation with canonical ends.
    fn with_canonical_ends(&self, relation: &Relation) -> Relation {
        let (from, to) = (
            self.canonical(&relation.from).clone(),
            self.canonical(&relation.to).clone(),
        );
        Relation {
            from,
            to,
            ..relation.clone()
        }
    }

    /// The records that are written, with their statements.
    pub(super) fn puts(
        &self,
    ) -> impl Iterator<Item = (&Subject, &Record, &[crate::model::statement::Statement])> {
        self.draft
            .changes
            .iter()
            .filter_map(|(subject, wanted)| match wanted {
                RecordChange::Put(record, statements) => Some((subject, &**record, statements.as_slice())),
                RecordChange::Delete => None,
            })
    }

    /// The records that are deleted.
    pub(super) fn deletes(&self) -> impl Iterator<Item = &Subject> {
        self.draft
            .changes
            .iter()
            .filter(|(_, wanted)| matches!(wanted, RecordChange::Delete))
            .map(|(subject, _)| subject)
    }

    async fn write_datasets(&self, sink: &mut StatementSink<'_>) -> Neo4jResult<()> {
        let row = |dataset: &crate::model::record::Dataset| -> StoreResult<WriteRow> {
            let body = encode(&DatasetRow::of(dataset))?;
            let bytes = body.len() + 100;
            let properties = NodeProperties::default()
                .with("id", dataset.id.as_str())
                .with("title", dataset.title.as_str())
                .with("access", dataset.access.name())
                .with("body", body);
            Ok(WriteRow::new(properties, bytes))
        };
        let rows = self
            .draft
            .datasets
            .iter()
            .map(row)
            .collect::<StoreResult<Vec<WriteRow>>>()?;
        sink.send(&cypher!("put_datasets"), "rows", rows).await
    }

    async fn put_entities(&self, sink: &mut StatementSink<'_>) -> Neo4jResult<()> {
        let mut by_kind: BTreeMap<EntityKind, Vec<WriteRow>> = BTreeMap::new();
        for (subject, record, _) in self.puts() {
            let Record::Entity(entity) = record else { continue };
            let row = properties::entity(entity, self.provenance(subject)?)?
                .restricted(&self.restricted(subject, record));
            by_kind
                .entry(entity.kind())
                .or_default()
                .push(WriteRow::new(row, 900));
        }
        for (kind, rows) in by_kind {
            let statement = cypher!("put_entities").fill("label", &kind_label(kind));
            sink.send(&statement, "rows", rows).await?;
        }
        Ok(())
    }

    async fn put_relations(&self, sink: &mut StatementSink<'_>) -> Neo4jResult<()> {
        let mut nodes = Vec::new();
        let mut by_kind: BTreeMap<RelationKind, Vec<WriteRow>> = BTreeMap::new();
        for (subject, record, _) in self.puts() {
            let Record::Relation(relation) = record else {
                continue;
            };
            let restricted = self.restricted(subject, record);
            let relation = self.with_canonical_ends(relation);
            let provenance = self.provenance(subject)?;
            let relationship = properties::relationship(&relation, provenance).restricted(&restricted);
            let row = NodeProperties::default()
                .with("from", relation.from.as_str())
                .with("to", relation.to.as_str())
                .with("properties", relationship.map());
            let of_kind = by_kind.entry(relation.kind).or_default();
            of_kind.push(WriteRow::new(row, 350));
            let node = properties::relation(&relation, provenance)?.restricted(&restricted);
            nodes.push(WriteRow::new(node, 600));
        }
        sink.send(&nodes_of("Relation", "id"), "rows", nodes).await?;
        for (kind, rows) in by_kind {
            let statement = cypher!("create_relationships").fill("kind", kind.name());
            sink.send_each(&statement, "rows", rows).await?;
        }
        Ok(())
    }

    /// Writes sources, observations, rules, and the evidence of every record.
    async fn put_leaves(&self, sink: &mut StatementSink<'_>) -> Neo4jResult<()> {
        let mut leaves: BTreeMap<&'static str, Vec<WriteRow>> = BTreeMap::new();
        for (subject, record, statements) in self.puts() {
            let leaf = match record {
                Record::Source(source) => Some(("Source", properties::source(source)?)),
                Record::Observation(observation) => {
                    let entity = self.canonical(&observation.entity).as_str();
                    let provenance = self.provenance(subject)?;
                    let row = properties::observation(observation, entity, provenance)?;
                    Some(("Observation", row))
                }
                Record::Rule(rule) => {
                    let bearer = self.canonical(&rule.bearer).as_str();
                    let provenance = self.provenance(subject)?;
                    Some(("Rule", properties::rule(rule, bearer, provenance)?))
                }
                Record::Entity(_) | Record::Relation(_) => None,
            };
            if let Some((label, row)) = leaf {
                let row = row.restricted(&self.restricted(subject, record));
                leaves.entry(label).or_default().push(WriteRow::new(row, 600));
            }
            if !statements.is_empty() {
                let row = properties::evidence(subject.as_str(), statements)?;
                leaves
                    .entry("Evidence")
                    .or_default()
                    .push(WriteRow::new(row, 600));
            }
        }
        for (label, rows) in leaves {
            let key = if label == "Evidence" { "of" } else { "id" };
            sink.send(&nodes_of(label, key), "rows", rows).await?;
        }
        Ok(())
    }
}
