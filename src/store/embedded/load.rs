//! Loading the graph from the file. What does not fit the mark of integrity is refused.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rusqlite::Connection;

use super::apply::Provenances;
use super::file::{RecordTable, row_hash};
use super::graph::{DatasetNode, EntityCore, EntityNode, EvidenceRow, Graph, Leaf, RelationNode, tokens_of};
use super::postings::Postings;
use super::table::{Slot, Table};
use crate::model::change::Revision;
use crate::store::StoreError;
use crate::store::codec::{
    DatasetRow, EntityRow, ObservationRow, Provenance, ProvenanceRow, RelationRow, RuleRow, SourceRow,
    decode, entity_id,
};

/// A row of a table of records.
struct Row<'a> {
    id: &'a str,
    body: &'a str,
    provenance: Arc<Provenance>,
    evidence: EvidenceRow,
}

/// Reads all rows of a file once, summing their hashes.
struct Loader<'c> {
    conn: &'c Connection,
    provenances: HashMap<i64, Arc<Provenance>>,
    digest: i64,
}

/// The graph in a file, and the provenances it shares.
pub(super) fn load(conn: &Connection) -> Result<(Graph, Provenances), StoreError> {
    let meta = |name: &str| {
        conn.query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| {
            row.get::<_, i64>(0)
        })
    };
    let mut loader = Loader {
        conn,
        provenances: HashMap::new(),
        digest: 0,
    };
    let mut shared = Provenances::default();
    loader.load_provenances(&mut shared)?;
    let mut graph = Graph {
        revision: Revision(meta("revision")?.cast_unsigned()),
        datasets: Arc::new(load_datasets(conn)?),
        redirects: Arc::new(load_redirects(conn)?),
        ..Graph::default()
    };
    loader.rows(RecordTable::Source, |row| {
        graph
            .sources
            .append(Arc::new(decode::<SourceRow>(row.body)?.read(row.id)?));
        Ok(())
    })?;
    let entities = loader.load_entities()?;
    // Tokens are nearly all of the work of an entity, and relations need only its key: so both at once.
    let (postings, rest) = std::thread::scope(|scope| {
        let tokens = scope.spawn(|| index(&entities));
        let rest = loader.load_relations(&entities).and_then(|relations| {
            let observations = loader.load_observations()?;
            Ok((relations, observations, loader.load_rules()?))
        });
        (tokens.join(), rest)
    });
    graph.postings = postings.map_err(|_| StoreError::Fault("indexing the names failed".into()))?;
    (graph.relations, graph.observations, graph.rules) = rest?;
    if loader.digest != meta("digest")? {
        return Err(StoreError::Damaged(
            "its records do not fit its mark of integrity".into(),
        ));
    }
    graph.entities = linked(entities, &graph)?;
    count(&mut graph);
    Ok((graph, shared))
}

impl Loader<'_> {
    fn load_provenances(&mut self, shared: &mut Provenances) -> Result<(), StoreError> {
        let mut select = self.conn.prepare("SELECT id, body FROM provenance")?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let body: &str = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
            let provenance = decode::<ProvenanceRow>(body)?.read()?;
            self.provenances.insert(row.get(0)?, shared.share(provenance));
        }
        Ok(())
    }

    /// Every row of a table, by id.
    fn rows(
        &mut self,
        table: RecordTable,
        mut each: impl FnMut(Row<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let sql = format!(
            "SELECT id, body, provenance, evidence FROM {} ORDER BY id",
            table.name()
        );
        let mut select = self.conn.prepare(&sql)?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let text = |column: usize| row.get_ref(column)?.as_str().map_err(rusqlite::Error::from);
            let (id, body) = (text(0)?, text(1)?);
            let (provenance, evidence): (i64, EvidenceRow) = (row.get(2)?, row.get(3)?);
            self.digest = self
                .digest
                .wrapping_add(row_hash(table, id, body, provenance, evidence));
            let known = self.provenances.get(&provenance).cloned();
            let provenance = known
                .ok_or_else(|| StoreError::Damaged(format!("{id} rests on evidence that is not there")))?;
            each(Row {
                id,
                body,
                provenance,
                evidence,
            })?;
        }
        Ok(())
    }

    fn load_entities(&mut self) -> Result<Vec<EntityCore>, StoreError> {
        let mut entities = Vec::new();
        self.rows(RecordTable::Entity, |row| {
            let entity = decode::<EntityRow>(row.body)?.read(row.id)?;
            entities.push(EntityCore::new(entity, row.provenance, row.evidence));
            Ok(())
        })?;
        Ok(entities)
    }

    fn load_relations(&mut self, entities: &[EntityCore]) -> Result<Table<RelationNode>, StoreError> {
        let slots: HashMap<&str, Slot> = entities
            .iter()
            .zip(0..)
            .map(|(core, slot)| (core.id.as_str(), slot))
            .collect();
        let mut relations = Table::default();
        self.rows(RecordTable::Relation, |row| {
            let relation = decode::<RelationRow<'_>>(row.body)?;
            let end = |id: &str| {
                slots.get(id).copied().ok_or_else(|| {
                    StoreError::Damaged(format!("{} ends at {id}, which is not there", row.id))
                })
            };
            let (from, to) = (end(&relation.from)?, end(&relation.to)?);
            let id_of = |slot: Slot| entities[slot as usize].id.clone();
            let relation = relation.read(row.id, id_of(from), id_of(to))?;
            relations.append(RelationNode::pack(
                relation,
                from,
                to,
                row.provenance,
                row.evidence,
            ));
            Ok(())
        })?;
        Ok(relations)
    }

    fn load_observations(&mut self) -> Result<Table<Leaf<crate::model::record::Observation>>, StoreError> {
        let mut table = Table::default();
        self.rows(RecordTable::Observation, |row| {
            let record = Arc::new(decode::<ObservationRow>(row.body)?.read(row.id)?);
            table.append(Leaf {
                record,
                provenance: row.provenance,
                evidence_row: row.evidence,
            });
            Ok(())
        })?;
        Ok(table)
    }

    fn load_rules(&mut self) -> Result<Table<Leaf<crate::model::record::Rule>>, StoreError> {
        let mut table = Table::default();
        self.rows(RecordTable::Rule, |row| {
            let record = Arc::new(decode::<RuleRow>(row.body)?.read(row.id)?);
            table.append(Leaf {
                record,
                provenance: row.provenance,
                evidence_row: row.evidence,
            });
            Ok(())
        })?;
        Ok(table)
    }
}

fn load_datasets(
    conn: &Connection,
) -> Result<BTreeMap<crate::model::id::DatasetId, DatasetNode>, StoreError> {
    let mut select = conn.prepare("SELECT id, body FROM dataset")?;
    let mut rows = select.query([])?;
    let mut datasets = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (id, body): (String, String) = (row.get(0)?, row.get(1)?);
        let dataset = decode::<DatasetRow>(&body)?.read(&id)?;
        datasets.insert(
            dataset.id.clone(),
            DatasetNode {
                dataset,
                entities: 0,
                relations: 0,
            },
        );
    }
    Ok(datasets)
}

fn load_redirects(
    conn: &Connection,
) -> Result<BTreeMap<crate::model::id::EntityId, crate::model::id::EntityId>, StoreError> {
    let mut select = conn.prepare("SELECT id, kept FROM redirect")?;
    let mut rows = select.query([])?;
    let mut redirects = BTreeMap::new();
    while let Some(row) = rows.next()? {
        let (from, to): (String, String) = (row.get(0)?, row.get(1)?);
        redirects.insert(entity_id(&from)?, entity_id(&to)?);
    }
    Ok(redirects)
}

fn index(entities: &[EntityCore]) -> Postings {
    let mut all: HashMap<String, Vec<Slot>> = HashMap::new();
    for (core, slot) in entities.iter().zip(0..) {
        for token in tokens_of(&core.entity) {
            all.entry(token).or_default().push(slot);
        }
    }
    Postings::gathered(all)
}

/// The entities with their neighbours: relations and observations come by id, so every list is sorted as it grows.
fn linked(entities: Vec<EntityCore>, graph: &Graph) -> Result<Table<EntityNode>, StoreError> {
    let mut outgoing = vec![Vec::new(); entities.len()];
    let mut incoming = vec![Vec::new(); entities.len()];
    let mut observations = vec![Vec::new(); entities.len()];
    for slot in graph.relations.slots() {
        let Some(relation) = graph.relations.get(slot) else {
            continue;
        };
        outgoing[relation.from as usize].push(slot);
        incoming[relation.to as usize].push(slot);
    }
    let place: HashMap<&str, usize> = entities
        .iter()
        .enumerate()
        .map(|(at, core)| (core.id.as_str(), at))
        .collect();
    for slot in graph.observations.slots() {
        let Some(row) = graph.observations.get(slot) else {
            continue;
        };
        let entity = place.get(row.record.entity.as_str());
        let missing = || {
            StoreError::Damaged(format!(
                "{} is of {}, which is not there",
                row.record.id, row.record.entity
            ))
        };
        observations[*entity.ok_or_else(missing)?].push(slot);
    }
    drop(place);
    let mut table = Table::default();
    let neighbours = outgoing.into_iter().zip(incoming).zip(observations);
    for ((core, ((outgoing, incoming), observations)), slot) in entities.into_iter().zip(neighbours).zip(0..)
    {
        let leads = |relation: &&Slot| {
            graph
                .relations
                .get(**relation)
                .is_some_and(|r| r.leads_from(slot))
        };
        let leading: Vec<Slot> = outgoing.iter().chain(&incoming).filter(leads).copied().collect();
        table.append(EntityNode {
            facts: core,
            leading: leading.into(),
            outgoing: outgoing.into(),
            incoming: incoming.into(),
            observations: observations.into(),
        });
    }
    Ok(table)
}

/// Counts the rows of each data set.
fn count(graph: &mut Graph) {
    let mut datasets = (*graph.datasets).clone();
    for node in graph.entities.rows() {
        for id in &node.facts.provenance.members {
            datasets
                .entry(id.clone())
                .and_modify(|dataset| dataset.entities += 1);
        }
    }
    for node in graph.relations.rows() {
        for id in &node.provenance.members {
            datasets
                .entry(id.clone())
                .and_modify(|dataset| dataset.relations += 1);
        }
    }
    graph.datasets = Arc::new(datasets);
}
