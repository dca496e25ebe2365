//! Checks of records, page by page: the properties of each node are compared with those that its record and statements imply.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use neo4rs::{BoltMap, BoltType};
use serde::Deserialize;

use super::check::NativeCheck;
use super::expected;
use super::expected::{NODE, differences, problem_of, projected};
use super::report::NativeProblem;
use crate::model::change::{Record, Subject};
use crate::model::entity::EntityKind;
use crate::model::id::{DatasetId, EntityId};
use crate::store::StoreResult;
use crate::store::codec::Provenance;
use crate::store::neo4j::driver::ownership;
use crate::store::neo4j::driver::statement::{CypherStatement, cypher};
use crate::store::neo4j::format::{
    kind_label, read_entity, read_observation, read_relation, read_rule, read_source, read_statements,
};
use crate::store::neo4j::provenance::key_of;
use crate::store::neo4j::write::properties;
use crate::store::neo4j::write::properties::NodeProperties;
use crate::store::neo4j::write::restrictions::{RecordRestriction, named_by};

/// Number of records checked in one transaction.
pub(super) const PAGE: i64 = 500;

/// The node of a record: id, labels, properties, the properties of its `Evidence` node, and those of the `Provenance`
/// node that it refers to. A source has neither; in a damaged graph, either may be missing.
#[derive(Deserialize)]
struct NodeRow(String, Vec<String>, BoltMap, Option<BoltMap>, Option<BoltMap>);

/// A record that can be read, with its node.
pub(super) struct CheckedRecord {
    pub(super) id: String,
    labels: Vec<String>,
    /// The properties of its node.
    node: BoltMap,
    /// The properties of its `Evidence` node, which holds its statements.
    evidence: Option<BoltMap>,
    pub(super) record: Record,
    /// The provenance that follows from its statements.
    expected_provenance: Provenance,
    /// The number of the `Provenance` node: the stored one, which [`NativeCheck::with_provenances`] corrects.
    pub(super) provenance: i64,
    /// Whether the stored number is of another provenance than the expected one.
    has_wrong_provenance: bool,
    /// The restricted data sets with which it must be hidden.
    pub(super) restricted: RecordRestriction,
}

impl NativeCheck {
    /// Checks the records of a label, and their relationships if it is `Relation`.
    pub(super) async fn check_records(&mut self, label: &'static str) -> StoreResult<()> {
        let names = NODE
            .iter()
            .find(|(checked, _)| *checked == label)
            .map_or(&[][..], |(_, names)| names);
        let test = ownership::test_of(label);
        let page = cypher!("native/records")
            .fill("label", label)
            .fill("test", &test)
            .fill("properties", &projected(names));
        let mut after = String::new();
        loop {
            let page = page.clone().with("after", after.as_str()).with("limit", PAGE);
            let rows: Vec<NodeRow> = self.reader.ask(page).await?;
            let Some(last) = rows.last() else { return Ok(()) };
            after.clone_from(&last.0);
            self.report.records += rows.len() as u64;
            let found: Vec<CheckedRecord> =
                rows.into_iter().filter_map(|row| self.read(label, row)).collect();
            let found = self.with_provenances(label, found).await?;
            self.check_nodes(label, &found).await?;
            if label == "Relation" {
                self.check_relationships(&found).await?;
            }
            self.end_page().await?;
        }
    }

    /// The record of a row; `None` if it or its statements cannot be read, which is reported.
    fn read(&mut self, label: &str, row: NodeRow) -> Option<CheckedRecord> {
        let NodeRow(id, labels, node, evidence, stored_provenance) = row;
        let body = text_of(&node, "body").unwrap_or_default();
        let record = match label {
            "Source" => read_source(&id, &body).map(Record::Source),
            "Entity" => read_entity(&id, &body).map(Record::Entity),
            "Relation" => read_relation(&id, &body).map(Record::Relation),
            "Observation" => read_observation(&id, &body).map(Record::Observation),
            _ => read_rule(&id, &body).map(Record::Rule),
        };
        let Ok(record) = record else {
            self.note(NativeProblem::Unreadable, &id);
            return None;
        };
        let stated = evidence
            .as_ref()
            .map(|evidence| text_of(evidence, "statements").unwrap_or_default());
        // If the provenance has evidence classes, the statements that they come from must exist.
        let must_be_stated = stored_provenance
            .as_ref()
            .is_some_and(|stored_provenance| !texts_of(stored_provenance, "evidence").is_empty());
        let statements = match stated.as_deref() {
            Some(statements) => read_statements(statements).ok(),
            None if must_be_stated => None,
            None => Some(Vec::new()),
        };
        let Some(statements) = statements else {
            self.note(NativeProblem::StatementsMissing, &id);
            return None;
        };
        if let Some(evidence) = &evidence
            && let Ok(expected) = properties::evidence(&id, &statements).and_then(expected::map)
            && !differences(&expected, evidence).is_empty()
        {
            self.note(NativeProblem::Property, &id);
        }
        let provenance = Provenance::of(&statements);
        let number = number_of(&node, "provenance").unwrap_or_default();
        Some(CheckedRecord {
            has_wrong_provenance: !stored_provenance
                .is_some_and(|there| is_node_of(&there, number, &provenance)),
            evidence,
            provenance: number,
            expected_provenance: provenance,
            restricted: RecordRestriction::default(),
            id,
            labels,
            node,
            record,
        })
    }

    /// The records with the correct numbers of their provenances, and the restricted data sets with which they must be
    /// hidden. Reports wrong provenances. Sources have none.
    async fn with_provenances(
        &mut self,
        label: &str,
        mut found: Vec<CheckedRecord>,
    ) -> StoreResult<Vec<CheckedRecord>> {
        if label == "Source" {
            return Ok(found);
        }
        let wrong = found.iter().filter(|found| found.has_wrong_provenance);
        let wanted: HashMap<u64, Provenance> = wrong
            .map(|found| {
                (
                    key_of(&found.expected_provenance),
                    found.expected_provenance.clone(),
                )
            })
            .collect();
        let numbers = if wanted.is_empty() {
            HashMap::new()
        } else {
            self.provenance_numbers(&wanted).await?
        };
        let wrong: Vec<String> = found
            .iter()
            .filter(|found| found.has_wrong_provenance)
            .map(|found| found.id.clone())
            .collect();
        for id in wrong {
            self.note(NativeProblem::Provenance, &id);
        }
        for record in found.iter_mut().filter(|found| found.has_wrong_provenance) {
            if let Some(number) = numbers.get(&key_of(&record.expected_provenance)) {
                record.provenance = *number;
            }
        }
        if self.restricted.is_empty() {
            return Ok(found);
        }
        // A record is hidden with its own restricted data sets and with those of the entities that it names.
        let named: BTreeSet<EntityId> = found
            .iter()
            .flat_map(|found| named_by(&found.record))
            .map(|id| self.reader.canonical(id).clone())
            .collect();
        let named: Vec<Subject> = named.into_iter().map(Subject::Entity).collect();
        let statements = self.reader.statements(&named).await?;
        let members = statements
            .iter()
            .map(|statements| self.restricted_members(&Provenance::of(statements)));
        let members: HashMap<&str, BTreeSet<DatasetId>> =
            named.iter().map(Subject::as_str).zip(members).collect();
        let restricted = found.iter().map(|record| {
            let mut datasets = self.restricted_members(&record.expected_provenance);
            for id in named_by(&record.record) {
                datasets.extend(
                    members
                        .get(self.reader.canonical(id).as_str())
                        .into_iter()
                        .flatten()
                        .cloned(),
                );
            }
            RecordRestriction::new(datasets, &record.expected_provenance.members)
        });
        let restricted: Vec<RecordRestriction> = restricted.collect();
        for (record, restricted) in found.iter_mut().zip(restricted) {
            record.restricted = restricted;
        }
        Ok(found)
    }

    /// The restricted data sets among those that have a row for a record with this provenance.
    fn restricted_members(&self, provenance: &Provenance) -> BTreeSet<DatasetId> {
        let members = provenance.members.iter();
        members
            .filter(|id| self.restricted.contains(*id))
            .cloned()
            .collect()
    }

    /// Compares the nodes of a page with their records. Wrong properties and labels are reported, and corrected if this
    /// is a repair.
    async fn check_nodes(&mut self, label: &'static str, page: &[CheckedRecord]) -> StoreResult<()> {
        let (mut node_rows, mut evidence_rows) = (Vec::new(), Vec::new());
        // The ids of the entities with wrong labels, by the kind that they must have.
        let mut kinds: BTreeMap<EntityKind, Vec<BoltType>> = BTreeMap::new();
        for found in page {
            let named = match &found.record {
                Record::Observation(observation) => Some(self.reader.canonical(&observation.entity).clone()),
                Record::Rule(rule) => Some(self.reader.canonical(&rule.bearer).clone()),
                Record::Source(_) | Record::Entity(_) | Record::Relation(_) => None,
            };
            let named = named.as_ref().map(EntityId::as_str);
            let expected = expected::node(
                &self.with_canonical_ends(&found.record),
                named,
                found.provenance,
                &found.restricted,
            )?;
            let changed = differences(&expected, &found.node);
            // A wrong provenance was already reported by `with_provenances`.
            let problems: BTreeSet<NativeProblem> = changed
                .keys()
                .map(|name| problem_of(name))
                .filter(|problem| *problem != NativeProblem::Provenance)
                .collect();
            for problem in problems {
                self.note(problem, &found.id);
            }
            if !changed.is_empty() {
                node_rows.push(keyed(&found.id, changed));
            }
            // `read` has reported a difference here; this only collects what a repair writes.
            if let Some(evidence) = &found.evidence {
                let statements = read_statements(&text_of(evidence, "statements").unwrap_or_default())?;
                let expected = expected::map(properties::evidence(&found.id, &statements)?)?;
                let changed = differences(&expected, evidence);
                if !changed.is_empty() {
                    evidence_rows.push(keyed(&found.id, changed));
                }
            }
            if let Record::Entity(entity) = &found.record
                && !has_labels_of(&found.labels, entity.kind())
            {
                self.note(NativeProblem::Label, &found.id);
                kinds
                    .entry(entity.kind())
                    .or_default()
                    .push(found.id.as_str().into());
            }
        }
        self.repair(put_properties(label, "id"), "rows", node_rows)
            .await?;
        self.repair(put_properties("Evidence", "of"), "rows", evidence_rows)
            .await?;
        for (kind, ids) in kinds {
            let others = EntityKind::ALL.iter().filter(|other| **other != kind);
            let others: String = others.map(|other| format!(":{}", kind_label(*other))).collect();
            let statement = cypher!("native/put_kind")
                .fill("others", &others)
                .fill("label", &kind_label(kind));
            self.repair(statement, "ids", ids).await?;
        }
        Ok(())
    }

    /// The record, with canonical ends if it is a relation.
    fn with_canonical_ends(&self, record: &Record) -> Record {
        match record {
            Record::Relation(relation) => {
                let mut relation = relation.clone();
                relation.from = self.reader.canonical(&relation.from).clone();
                relation.to = self.reader.canonical(&relation.to).clone();
                Record::Relation(relation)
            }
            other => other.clone(),
        }
    }
}

/// The statement that sets properties of nodes with a label, which it finds by the property `key`.
pub(super) fn put_properties(label: &str, key: &str) -> CypherStatement {
    cypher!("native/put_properties")
        .fill("label", label)
        .fill("key", key)
}

/// A row of the parameter of [`put_properties`]: the key of a node, and the properties to set.
pub(super) fn keyed(key: &str, properties: BTreeMap<String, BoltType>) -> BoltType {
    let mut changed = BoltMap::default();
    for (name, value) in properties {
        changed.put(name.as_str().into(), value);
    }
    let row = NodeProperties::default().with("key", key);
    row.with("properties", BoltType::Map(changed)).map()
}

/// Whether the labels of an entity are `Entity` and that of its kind, and not that of another kind.
fn has_labels_of(labels: &[String], kind: EntityKind) -> bool {
    let has = |name: &str| labels.iter().any(|label| label == name);
    has("Entity")
        && EntityKind::ALL
            .iter()
            .all(|other| has(&kind_label(*other)) == (*other == kind))
}

/// Whether a `Provenance` node has this number and equals this provenance. Its `key`, a hash of the rest, is not
/// compared, nor is an empty `said_by`, which a graph of an older version has.
fn is_node_of(node: &BoltMap, number: i64, provenance: &Provenance) -> bool {
    let BoltType::Map(row) = properties::provenance(number, 0, provenance).map() else {
        return false;
    };
    let mut changed = differences(&row, node);
    changed.remove("key");
    if texts_of(node, "said_by").is_empty() {
        changed.remove("said_by");
    }
    number_of(node, "id") == Some(number) && changed.is_empty()
}

/// A property that is a text; `None` if it is missing or of another type.
pub(super) fn text_of(map: &BoltMap, name: &str) -> Option<String> {
    map.get::<String>(name).ok()
}

fn texts_of(map: &BoltMap, name: &str) -> Vec<String> {
    map.get::<Vec<String>>(name).unwrap_or_default()
}

fn number_of(map: &BoltMap, name: &str) -> Option<i64> {
    map.get::<i64>(name).ok()
}
