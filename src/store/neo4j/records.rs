//! Records by their keys.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use serde::Deserialize;

use super::draft::Standing;
use super::evidence::ProvenanceRow;
use super::memory::{Learnt, Redirected};
use super::reader::Neo4jReader;
use super::statement::{Statement, cypher, pieces};
use crate::model::change::{Record, Subject};
use crate::model::entity::{Entity, SharedEntity};
use crate::model::id::{DatasetId, EntityId, ObservationId, RelationId, RuleId, SourceId};
use crate::model::record::{Dataset, Observation, Rule, Source};
use crate::model::relation::Relation;
use crate::model::statement::Statement as Stated;
use crate::store::codec::{
    DatasetRow, EntityRow, ObservationRow, Provenance, RelationRow, RuleRow, SourceRow, StatementRow, decode,
    entity_id,
};
use crate::store::view::Hidden;
use crate::store::{Answer, StoreError};

/// The labels under which records stand, with the word of the change log for each.
const LABELS: [&str; 5] = ["Entity", "Relation", "Observation", "Rule", "Source"];

/// The label of a subject's node.
pub(super) fn label_of(subject: &Subject) -> &'static str {
    match subject {
        Subject::Entity(_) => "Entity",
        Subject::Relation(_) => "Relation",
        Subject::Observation(_) => "Observation",
        Subject::Rule(_) => "Rule",
        Subject::Source(_) => "Source",
    }
}

pub(super) fn read_entity(id: &str, body: &str) -> Answer<Entity> {
    Ok(decode::<EntityRow>(body)?.read(id)?)
}

pub(super) fn read_relation(id: &str, body: &str) -> Answer<Relation> {
    let row = decode::<RelationRow<'_>>(body)?;
    let (from, to) = (entity_id(&row.from)?, entity_id(&row.to)?);
    Ok(row.read(id, from, to)?)
}

pub(super) fn read_observation(id: &str, body: &str) -> Answer<Observation> {
    Ok(decode::<ObservationRow>(body)?.read(id)?)
}

pub(super) fn read_rule(id: &str, body: &str) -> Answer<Rule> {
    Ok(decode::<RuleRow>(body)?.read(id)?)
}

fn read_source(id: &str, body: &str) -> Answer<Source> {
    Ok(decode::<SourceRow>(body)?.read(id)?)
}

fn read_statements(text: &str) -> Answer<Vec<Stated>> {
    let rows: Vec<StatementRow> = decode(text)?;
    Ok(rows
        .into_iter()
        .map(StatementRow::read)
        .collect::<Result<_, _>>()?)
}

/// Ids as the parameter of one statement each piece.
pub(super) fn by_ids(statement: &Statement, ids: &[&str]) -> Vec<Statement> {
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
pub(super) fn distinct<'a>(ids: impl Iterator<Item = &'a str>) -> Vec<&'a str> {
    ids.collect::<BTreeSet<_>>().into_iter().collect()
}

impl Neo4jReader {
    /// The bodies of nodes with a label, by id.
    async fn bodies<'a>(
        &self,
        label: &str,
        ids: impl Iterator<Item = &'a str>,
    ) -> Answer<HashMap<String, String>> {
        let sort = if label == "Source" { "listed" } else { "seen" };
        let statement = cypher!("bodies").fill("label", label).fill("sort", sort);
        let rows: Vec<(String, String)> = self.ask_all(by_ids(&statement, &distinct(ids))).await?;
        Ok(rows.into_iter().collect())
    }

    pub(super) async fn entities_by_id(&self, ids: &[EntityId]) -> Answer<Vec<Option<SharedEntity>>> {
        let kept: Vec<&EntityId> = ids.iter().map(|id| self.kept(id)).collect();
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

    pub(super) async fn relations_by_id(&self, ids: &[RelationId]) -> Answer<Vec<Option<Relation>>> {
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

    pub(super) async fn observations_by_id(&self, ids: &[ObservationId]) -> Answer<Vec<Option<Observation>>> {
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

    pub(super) async fn rules_by_id(&self, ids: &[RuleId]) -> Answer<Vec<Option<Rule>>> {
        let bodies = self.bodies("Rule", ids.iter().map(RuleId::as_str)).await?;
        let read = |id: &RuleId| {
            bodies
                .get(id.as_str())
                .map(|body| read_rule(id.as_str(), body))
                .transpose()
        };
        ids.iter().map(read).collect()
    }

    pub(super) async fn sources_by_id(&self, ids: &[SourceId]) -> Answer<Vec<Option<Source>>> {
        let bodies = self.bodies("Source", ids.iter().map(SourceId::as_str)).await?;
        let read = |id: &SourceId| {
            bodies
                .get(id.as_str())
                .map(|body| self.read_source(id.as_str(), body))
                .transpose()
        };
        ids.iter().map(read).collect()
    }

    pub(super) async fn statements_on(&self, subjects: &[Subject]) -> Answer<Vec<Vec<Stated>>> {
        let subjects = self.kept_subjects(subjects);
        let mut asked = Vec::new();
        if self.veil.hides() {
            for label in LABELS.into_iter().filter(|label| *label != "Source") {
                let wanted = distinct(of_label(&subjects, label));
                asked.extend(by_ids(&cypher!("statements_seen").fill("label", label), &wanted));
            }
        } else {
            let wanted = distinct(subjects.iter().map(Subject::as_str));
            asked.extend(by_ids(&cypher!("statements"), &wanted));
        }
        let rows: Vec<(String, String)> = self.ask_all(asked).await?;
        let mut found: HashMap<String, Vec<Stated>> = HashMap::with_capacity(rows.len());
        for (of, statements) in rows {
            let mut statements = read_statements(&statements)?;
            statements.retain(|statement| !self.veil.hidden.contains(&statement.dataset));
            found.insert(of, statements);
        }
        Ok(subjects
            .iter()
            .map(|subject| found.get(subject.as_str()).cloned().unwrap_or_default())
            .collect())
    }

    /// What each record rests on; a record that is not there rests on nothing.
    pub(super) async fn provenances_of(&self, subjects: &[Subject]) -> Answer<Vec<Arc<Provenance>>> {
        let subjects = self.kept_subjects(subjects);
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
        self.learn(numbers.values().copied()).await?;
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
                (None, Some(number)) => self.rests_on(*number),
                (None, None) => Ok(none.clone()),
            };
        subjects.iter().map(provenance).collect()
    }

    /// What records rest on that have a number, as this reader sees it.
    pub(super) fn rests_on(&self, number: i64) -> Answer<Arc<Provenance>> {
        let whole = self.provenances().get(number)?;
        let left = if self.veil.hides() {
            whole.without(&self.veil.hidden)
        } else {
            None
        };
        Ok(left.map_or(whole, Arc::new))
    }

    /// A source, with the data sets that this reader sees.
    pub(super) fn read_source(&self, id: &str, body: &str) -> Answer<Source> {
        let mut source = read_source(id, body)?;
        source.datasets.retain(|id| !self.veil.hidden.contains(id));
        Ok(source)
    }

    /// Learns the provenances of these numbers that this process has not met.
    pub(super) async fn learn(&self, numbers: impl Iterator<Item = i64>) -> Answer<()> {
        let unknown = self.provenances().unknown(numbers);
        for ids in unknown.chunks(1_000) {
            let rows: Vec<ProvenanceRow> = self.ask(cypher!("provenances").with("ids", ids.to_vec())).await?;
            self.provenances().learn(rows)?;
        }
        Ok(())
    }

    /// The subjects with what merged ids stand for now.
    fn kept_subjects(&self, subjects: &[Subject]) -> Vec<Subject> {
        let followed = |subject: &Subject| match subject {
            Subject::Entity(id) => Subject::Entity(self.kept(id).clone()),
            other => other.clone(),
        };
        subjects.iter().map(followed).collect()
    }

    /// What each id stands for now, where there is such an entity.
    pub(super) async fn known(&self, ids: &[EntityId]) -> Answer<Vec<Option<EntityId>>> {
        let kept: Vec<&EntityId> = ids.iter().map(|id| self.kept(id)).collect();
        let wanted = distinct(kept.iter().map(|id| id.as_str()));
        let found: Vec<String> = self.ask_all(by_ids(&cypher!("known"), &wanted)).await?;
        let found: BTreeSet<String> = found.into_iter().collect();
        Ok(kept
            .into_iter()
            .map(|id| found.contains(id.as_str()).then(|| id.clone()))
            .collect())
    }

    /// Every id merged away with the id kept, and the data sets that are restricted.
    pub(super) async fn learnt(&self) -> Answer<Learnt> {
        let rows: Vec<(String, Option<String>)> = self.ask(cypher!("learn")).await?;
        let (mut redirects, mut restricted) = (Redirected::new(), Hidden::new());
        for (id, kept) in rows {
            match kept {
                Some(kept) => drop(redirects.insert(entity_id(&id)?, entity_id(&kept)?)),
                None => {
                    let id = DatasetId::parse(&id).map_err(|error| StoreError::Damaged(error.to_string()))?;
                    restricted.insert(id);
                }
            }
        }
        Ok(Learnt {
            redirects: Arc::new(redirects),
            restricted: Arc::new(restricted),
        })
    }

    /// The numbers of provenances that are known to the graph, by their keys.
    pub(super) async fn provenance_ids(&self, keys: &BTreeSet<u64>) -> Answer<HashMap<u64, i64>> {
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

    /// Records as they stand, with their statements, where there are any.
    pub(super) async fn standing(&self, subjects: &[Subject]) -> Answer<HashMap<Subject, Standing>> {
        /// Key, body, statements.
        #[derive(Deserialize)]
        struct Row(String, String, Option<String>);
        let mut standing = HashMap::new();
        if crate::store::Reader::revision(self).0 == 0 {
            return Ok(standing);
        }
        for label in LABELS {
            let of_label = subjects.iter().filter(|subject| label_of(subject) == label);
            let by_key: HashMap<&str, &Subject> =
                of_label.map(|subject| (subject.as_str(), subject)).collect();
            let wanted = distinct(by_key.keys().copied());
            let statement = cypher!("standing_records").fill("label", label);
            for Row(key, body, statements) in self.ask_all::<Row>(by_ids(&statement, &wanted)).await? {
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
                let statements = statements
                    .as_deref()
                    .map(read_statements)
                    .transpose()?
                    .unwrap_or_default();
                standing.insert((*subject).clone(), Standing { record, statements });
            }
        }
        Ok(standing)
    }

    /// The records of all data sets.
    pub(super) async fn datasets_by_id(&self) -> Answer<HashMap<String, Dataset>> {
        let rows: Vec<(String, String, i64, i64)> = self.ask(cypher!("datasets")).await?;
        let read = |(id, body, _, _): (String, String, i64, i64)| {
            Ok((id.clone(), decode::<DatasetRow>(&body)?.read(&id)?))
        };
        rows.into_iter().map(read).collect()
    }

    /// Which record, if any, has each key.
    pub(super) async fn occupants_of(&self, keys: &[String]) -> Answer<Vec<Option<Subject>>> {
        let wanted = distinct(keys.iter().map(String::as_str));
        let rows: Vec<(String, String)> = self.ask_all(by_ids(&cypher!("occupants"), &wanted)).await?;
        let mut found: HashMap<String, Subject> = HashMap::with_capacity(rows.len());
        for (key, label) in rows {
            let parsed = match label.as_str() {
                "Relation" => RelationId::parse(&key).map(Subject::Relation),
                "Observation" => ObservationId::parse(&key).map(Subject::Observation),
                "Rule" => RuleId::parse(&key).map(Subject::Rule),
                "Source" => SourceId::parse(&key).map(Subject::Source),
                // A former id stays taken for ever, by the entity it leads to.
                _ => EntityId::parse(&key).map(Subject::Entity),
            };
            let subject = parsed.map_err(|error| StoreError::Damaged(error.to_string()))?;
            found.insert(key, subject);
        }
        Ok(keys.iter().map(|key| found.get(key).cloned()).collect())
    }
}
