//! Reads of records by their keys.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::Deserialize;

use super::reader::Neo4jReader;
use crate::model::change::{Record, Subject};
use crate::model::entity::SharedEntity;
use crate::model::id::{DatasetId, EntityId, ObservationId, RelationId, RuleId, SourceId};
use crate::model::record::{Dataset, Observation, Rule, Source};
use crate::model::relation::Relation;
use crate::model::statement::{Evidence, Statement};
use crate::store::codec::{DatasetRow, Provenance, decode};
use crate::store::neo4j::driver::statement::{CypherStatement, cypher, pieces};
use crate::store::neo4j::format::{
    LABELS, StoredRecordVersion, label_of, read_entity, read_observation, read_relation, read_rule,
    read_source, read_statements,
};
use crate::store::neo4j::provenance::ProvenanceNodeRow;
use crate::store::{StoreError, StoreResult};

/// The word of the visibility test of records with a label.
fn sort_of(label: &str) -> &'static str {
    if label == "Source" { "listed" } else { "visible" }
}

/// The statement for pieces of the ids that are small enough for one message.
pub(in crate::store) fn by_ids(statement: &CypherStatement, ids: &[&str]) -> Vec<CypherStatement> {
    let pieces = pieces(ids, |id| id.len());
    pieces
        .into_iter()
        .map(|ids| statement.clone().with("ids", ids.to_vec()))
        .collect()
}

/// The keys of the subjects whose nodes have a label.
fn of_label<'a>(subjects: &'a [Subject], label: &'a str) -> impl Iterator<Item = &'a str> {
    subjects
        .iter()
        .filter(move |subject| label_of(subject) == label)
        .map(Subject::as_str)
}

/// Each id once, as text.
pub(in crate::store) fn distinct<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    ids.collect::<BTreeSet<_>>().into_iter().collect()
}

impl Neo4jReader {
    /// The bodies of nodes with a label, by id.
    async fn bodies<'a>(
        &self,
        label: &str,
        ids: impl Iterator<Item = &'a str>,
    ) -> StoreResult<HashMap<String, String>> {
        let statement = cypher!("bodies")
            .fill("label", label)
            .fill("sort", sort_of(label));
        let rows: Vec<(String, String)> = self.ask_all(by_ids(&statement, &distinct(ids))).await?;
        Ok(rows.into_iter().collect())
    }

    pub(in crate::store) async fn entities(
        &self,
        ids: &[EntityId],
    ) -> StoreResult<Vec<Option<SharedEntity>>> {
        let kept: Vec<&EntityId> = ids.iter().map(|id| self.canonical(id)).collect();
        let bodies = self.bodies("Entity", kept.iter().map(|id| id.as_str())).await?;
        let mut found: HashMap<String, SharedEntity> = HashMap::with_capacity(bodies.len());
        for (id, body) in bodies {
            let entity = Arc::new(read_entity(&id, &body)?);
            found.insert(id, entity);
        }
        Ok(kept
            .into_iter()
            .map(|id| found.get(id.as_str()).cloned())
            .collect())
    }

    pub(in crate::store) async fn relations(&self, ids: &[RelationId]) -> StoreResult<Vec<Option<Relation>>> {
        let bodies = self
            .bodies("Relation", ids.iter().map(RelationId::as_str))
            .await?;
        let read = |id: &RelationId| {
            bodies
                .get(id.as_str())
                .map(|body| read_relation(id.as_str(), body))
                .transpose()
        };
        ids.iter().map(read).collect()
    }

    pub(in crate::store) async fn observations(
        &self,
        ids: &[ObservationId],
    ) -> StoreResult<Vec<Option<Observation>>> {
        let bodies = self
            .bodies("Observation", ids.iter().map(ObservationId::as_str))
            .await?;
        let read = |id: &ObservationId| {
            bodies
                .get(id.as_str())
                .map(|body| read_observation(id.as_str(), body))
                .transpose()
        };
        ids.iter().map(read).collect()
    }

    pub(in crate::store) async fn rules(&self, ids: &[RuleId]) -> StoreResult<Vec<Option<Rule>>> {
        let bodies = self.bodies("Rule", ids.iter().map(RuleId::as_str)).await?;
        let read = |id: &RuleId| {
            bodies
                .get(id.as_str())
                .map(|body| read_rule(id.as_str(), body))
                .transpose()
        };
        ids.iter().map(read).collect()
    }

    pub(in crate::store) async fn sources(&self, ids: &[SourceId]) -> StoreResult<Vec<Option<Source>>> {
        let bodies = self.bodies("Source", ids.iter().map(SourceId::as_str)).await?;
        let read = |id: &SourceId| {
            bodies
                .get(id.as_str())
                .map(|body| self.read_source(id.as_str(), body))
                .transpose()
        };
        ids.iter().map(read).collect()
    }

    pub(in crate::store) async fn statements(
        &self,
        subjects: &[Subject],
    ) -> StoreResult<Vec<Vec<Statement>>> {
        let subjects = self.canonical_subjects(subjects);
        let mut asked = Vec::new();
        if self.visibility.hides() {
            for label in LABELS.into_iter().filter(|label| *label != "Source") {
                let wanted = distinct(of_label(&subjects, label));
                asked.extend(by_ids(
                    &cypher!("visible_statements").fill("label", label),
                    &wanted,
                ));
            }
        } else {
            let wanted = distinct(subjects.iter().map(Subject::as_str));
            asked.extend(by_ids(&cypher!("statements"), &wanted));
        }
        let rows: Vec<(String, String)> = self.ask_all(asked).await?;
        let mut found: HashMap<String, Vec<Statement>> = HashMap::with_capacity(rows.len());
        for (of, statements) in rows {
            let mut statements = read_statements(&statements)?;
            statements.retain(|statement| !self.visibility.hidden.contains(&statement.dataset));
            found.insert(of, statements);
        }
        Ok(subjects
            .iter()
            .map(|subject| found.get(subject.as_str()).cloned().unwrap_or_default())
            .collect())
    }

    pub(in crate::store) async fn evidence(&self, subjects: &[Subject]) -> StoreResult<Vec<Evidence>> {
        let provenances = self.provenances_of(subjects).await?;
        Ok(provenances.iter().map(|p| p.evidence.clone()).collect())
    }

    pub(in crate::store) async fn memberships(
        &self,
        subjects: &[Subject],
    ) -> StoreResult<Vec<Vec<DatasetId>>> {
        let provenances = self.provenances_of(subjects).await?;
        Ok(provenances.iter().map(|p| p.members.clone()).collect())
    }

    /// The provenance of each record; an empty one for a record that does not exist.
    pub(super) async fn provenances_of(&self, subjects: &[Subject]) -> StoreResult<Vec<Arc<Provenance>>> {
        let subjects = self.canonical_subjects(subjects);
        let mut asked = Vec::new();
        for label in LABELS.into_iter().filter(|label| *label != "Source") {
            let wanted = distinct(of_label(&subjects, label));
            asked.extend(by_ids(&cypher!("provenance_of").fill("label", label), &wanted));
        }
        let numbers: HashMap<String, i64> = self.ask_all::<(String, i64)>(asked).await?.into_iter().collect();
        let mut listed: HashMap<String, Vec<DatasetId>> = HashMap::new();
        for (id, body) in self.bodies("Source", of_label(&subjects, "Source")).await? {
            let datasets = self.read_source(&id, &body)?.datasets;
            listed.insert(id, datasets);
        }
        self.load_provenances(numbers.values().copied()).await?;
        let none = Arc::new(Provenance::of(&[]));
        let provenance =
            |subject: &Subject| match (listed.get(subject.as_str()), numbers.get(subject.as_str())) {
                (Some(datasets), _) => {
                    let (members, contributors) = (datasets.clone(), datasets.clone());
                    Ok(Arc::new(Provenance {
                        evidence: Vec::new().into(),
                        members,
                        contributors,
                        said_by: Vec::new(),
                    }))
                }
                (None, Some(number)) => self.provenance_at(*number),
                (None, None) => Ok(none.clone()),
            };
        subjects.iter().map(provenance).collect()
    }

    /// The provenance with a number, without the data sets that are hidden from this reader.
    pub(super) fn provenance_at(&self, number: i64) -> StoreResult<Arc<Provenance>> {
        let whole = self.provenances().get(number)?;
        let left = if self.visibility.hides() {
            whole.without(&self.visibility.hidden)
        } else {
            None
        };
        Ok(left.map_or(whole, Arc::new))
    }

    /// A source, with its visible data sets.
    pub(in crate::store) fn read_source(&self, id: &str, body: &str) -> StoreResult<Source> {
        let mut source = read_source(id, body)?;
        source.datasets.retain(|id| !self.visibility.hidden.contains(id));
        Ok(source)
    }

    /// Reads the provenances with these numbers that are not in the cache.
    pub(in crate::store) async fn load_provenances(
        &self,
        numbers: impl Iterator<Item = i64>,
    ) -> StoreResult<()> {
        let missing = self.provenances().missing(numbers);
        for ids in missing.chunks(1_000) {
            let rows: Vec<ProvenanceNodeRow> =
                self.ask(cypher!("provenances").with("ids", ids.to_vec())).await?;
            self.provenances().put(rows)?;
        }
        Ok(())
    }

    /// The subjects with canonical ids.
    fn canonical_subjects(&self, subjects: &[Subject]) -> Vec<Subject> {
        let canonical = |subject: &Subject| match subject {
            Subject::Entity(id) => Subject::Entity(self.canonical(id).clone()),
            other => other.clone(),
        };
        subjects.iter().map(canonical).collect()
    }

    /// The numbers of the provenances that are stored, by their keys.
    pub(in crate::store) async fn provenance_ids(
        &self,
        keys: &BTreeSet<u64>,
    ) -> StoreResult<HashMap<u64, i64>> {
        let keys: Vec<i64> = keys.iter().map(|key| key.cast_signed()).collect();
        let statements = keys
            .chunks(500)
            .map(|keys| cypher!("find_provenances").with("keys", keys.to_vec()));
        let rows: Vec<(i64, i64)> = self.ask_all(statements).await?;
        Ok(rows
            .into_iter()
            .map(|(key, id)| (key.cast_unsigned(), id))
            .collect())
    }

    /// The stored records of some subjects, with their statements.
    pub(in crate::store) async fn stored_records(
        &self,
        subjects: &[Subject],
    ) -> StoreResult<HashMap<Subject, StoredRecordVersion>> {
        /// Key, body, statements, whether the record must have statements.
        #[derive(Deserialize)]
        struct StoredRecordRow(String, String, Option<String>, bool);
        let mut stored = HashMap::new();
        if self.snapshot_revision().0 == 0 {
            return Ok(stored);
        }
        for label in LABELS {
            let of_label = subjects.iter().filter(|subject| label_of(subject) == label);
            let by_key: HashMap<&str, &Subject> =
                of_label.map(|subject| (subject.as_str(), subject)).collect();
            let wanted = distinct(by_key.keys().copied());
            let statement = cypher!("stored_records")
                .fill("label", label)
                .fill("sort", sort_of(label));
            for StoredRecordRow(key, body, statements, is_stated) in self
                .ask_all::<StoredRecordRow>(by_ids(&statement, &wanted))
                .await?
            {
                let Some(subject) = by_key.get(key.as_str()) else {
                    continue;
                };
                let record = match subject {
                    Subject::Entity(_) => Record::Entity(read_entity(&key, &body)?),
                    Subject::Relation(_) => Record::Relation(read_relation(&key, &body)?),
                    Subject::Observation(_) => Record::Observation(read_observation(&key, &body)?),
                    Subject::Rule(_) => Record::Rule(read_rule(&key, &body)?),
                    Subject::Source(_) => Record::Source(read_source(&key, &body)?),
                };
                let statements = match statements {
                    Some(statements) => read_statements(&statements)?,
                    None if is_stated => {
                        return Err(StoreError::Damaged(format!(
                            "the statements on {key} are missing"
                        )));
                    }
                    None => Vec::new(),
                };
                stored.insert((*subject).clone(), StoredRecordVersion { record, statements });
            }
        }
        Ok(stored)
    }

    /// The records of all data sets.
    pub(in crate::store) async fn datasets_by_id(&self) -> StoreResult<HashMap<String, Dataset>> {
        let rows: Vec<(String, String, i64, i64)> = self.ask(cypher!("datasets")).await?;
        let read = |(id, body, _, _): (String, String, i64, i64)| {
            Ok((id.clone(), decode::<DatasetRow>(&body)?.read(&id)?))
        };
        rows.into_iter().map(read).collect()
    }

    /// See [`Reader::subjects_of_keys`](crate::store::Reader::subjects_of_keys).
    pub(in crate::store) async fn subjects_of_keys(
        &self,
        keys: &[String],
    ) -> StoreResult<Vec<Option<Subject>>> {
        let wanted = distinct(keys.iter().map(String::as_str));
        let rows: Vec<(String, String)> = self
            .ask_all(by_ids(&cypher!("subjects_of_keys"), &wanted))
            .await?;
        let mut found: HashMap<String, Subject> = HashMap::with_capacity(rows.len());
        for (key, label) in rows {
            let parsed = match label.as_str() {
                "Relation" => RelationId::parse(&key).map(Subject::Relation),
                "Observation" => ObservationId::parse(&key).map(Subject::Observation),
                "Rule" => RuleId::parse(&key).map(Subject::Rule),
                "Source" => SourceId::parse(&key).map(Subject::Source),
                // A former id is never free again.
                _ => EntityId::parse(&key).map(Subject::Entity),
            };
            let subject = parsed.map_err(|error| StoreError::Damaged(error.to_string()))?;
            found.insert(key, subject);
        }
        Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
    }
}
