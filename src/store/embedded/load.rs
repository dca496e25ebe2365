//! Loading the graph from the file. A file whose rows do not match the digest is refused.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rusqlite::Connection;

use super::file::{RecordTable, row_hash};
use super::graph::{
    DatasetNode, EntityCore, EntityNode, EvidenceRow, GraphSnapshot, RecordNode, RelationNode, tokens_of,
};
use super::postings::Postings;
use super::provenance_pool::ProvenancePool;
use super::table::{Slot, SlotTable};
use crate::model::change::Revision;
use crate::store::StoreError;
use crate::store::codec::{
    DatasetRow, EntityRow, ObservationRow, Provenance, ProvenanceRow, RelationRow, RuleRow, SourceRow,
    decode, entity_id,
};

/// A row of a record table.
struct RecordRow<'a> {
    id: &'a str,
    body: &'a str,
    provenance: Arc<Provenance>,
    evidence: EvidenceRow,
}

/// Reads all rows of a file once and sums their hashes.
struct GraphLoader<'c> {
    conn: &'c Connection,
    provenances: HashMap<i64, Arc<Provenance>>,
    digest: i64,
}

/// Loads the graph of a file, and the pool of its provenances.
pub(super) fn load(conn: &Connection) -> Result<(GraphSnapshot, ProvenancePool), StoreError> {
    let meta = |name: &str| {
        conn.query_row("SELECT value FROM meta WHERE name = ?1", [name], |row| {
            row.get::<_, i64>(0)
        })
    };
    let mut loader = GraphLoader {
        conn,
        provenances: HashMap::new(),
        digest: 0,
    };
    let mut shared = ProvenancePool::default();
    loader.load_provenances(&mut shared)?;
    let mut graph = GraphSnapshot {
        revision: Revision(meta("revision")?.cast_unsigned()),
        datasets: Arc::new(load_datasets(conn)?),
        redirects: Arc::new(load_redirects(conn)?),
        ..GraphSnapshot::default()
    };
    loader.rows(RecordTable::Source, |row| {
        graph
            .sources
            .append(Arc::new(decode::<SourceRow>(row.body)?.read(row.id)?));
        Ok(())
    })?;
    let entities = loader.load_entities()?;
    // Tokens take most of the time, and relations need only the keys of entities: both are made at the same time.
    let (postings, rest) = std::thread::scope(|scope| {
        let tokens = scope.spawn(|| index(&entities));
        let rest = loader.load_relations(&entities).and_then(|relations| {
            let observations = loader.load_observations()?;
            Ok((relations, observations, loader.load_rules()?))
        });
        (tokens.join(), rest)
    });
    graph.postings = postings.map_err(|_| StoreError::Internal("indexing the names failed".into()))?;
    (graph.relations, graph.observations, graph.rules) = rest?;
    if loader.digest != meta("digest")? {
        return Err(StoreError::Damaged(
            "its records do not match the stored digest".into(),
        ));
    }
    graph.entities = linked(entities, &graph)?;
    count(&mut graph);
    Ok((graph, shared))
}

impl GraphLoader<'_> {
    fn load_provenances(&mut self, shared: &mut ProvenancePool) -> Result<(), StoreError> {
        let mut select = self.conn.prepare("SELECT id, body FROM provenance")?;
        let mut rows = select.query([])?;
        while let Some(row) = rows.next()? {
            let body: &str = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
            let provenance = decode::<ProvenanceRow>(body)?.read()?;
            self.provenances.insert(row.get(0)?, shared.intern(provenance));
        }
        Ok(())
    }

    /// Calls a function with each row of a table, by id.
    fn rows(
        &mut self,
        table: RecordTable,
        mut each: impl FnMut(RecordRow<'_>) -> Result<(), StoreError>,
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
                .ok_or_else(|| StoreError::Damaged(format!("{id} has a provenance that does not exist")))?;
            each(RecordRow {
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

    fn load_relations(&mut self, entities: &[EntityCore]) -> Result<SlotTable<RelationNode>, StoreError> {
        let slots: HashMap<&str, Slot> = entities
            .iter()
            .zip(0..)
            .map(|(core, slot)| (core.id.as_str(), slot))
            .collect();
        let mut relations = SlotTable::default();
        self.rows(RecordTable::Relation, |row| {
            let relation = decode::<RelationRow<'_>>(row.body)?;
            let end = |id: &str| {
                slots.get(id).copied().ok_or_else(|| {
                    StoreError::Damaged(format!("{} ends at {id}, which does not exist", row.id))
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

    fn load_observations(
        &mut self,
    ) -> Result<SlotTable<RecordNode<crate::model::record::Observation>>, StoreError> {
        let mut table = SlotTable::default();
        self.rows(RecordTable::Observation, |row| {
            let record = Arc::new(decode::<ObservationRow>(row.body)?.read(row.id)?);
            table.append(RecordNode {
                record,
                provenance: row.provenance,
                evidence_row: row.evidence,
            });
            Ok(())
        })?;
        Ok(table)
    }

    fn load_rules(&mut self) -> Result<SlotTable<RecordNode<crate::model::record::Rule>>, StoreError> {
        let mut table = SlotTable::default();
        self.rows(RecordTable::Rule, |row| {
            let record = Arc::new(decode::<RuleRow>(row.body)?.read(row.id)?);
            table.append(RecordNode {
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
    Postings::build(all)
}

/// The entities with their adjacency. Relations and observations are read by id, so that every list is sorted.
fn linked(entities: Vec<EntityCore>, graph: &GraphSnapshot) -> Result<SlotTable<EntityNode>, StoreError> {
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
                "{} is of {}, which does not exist",
                row.record.id, row.record.entity
            ))
        };
        observations[*entity.ok_or_else(missing)?].push(slot);
    }
    drop(place);
    let mut table = SlotTable::default();
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
            outbound: leading.into(),
            outgoing: outgoing.into(),
            incoming: incoming.into(),
            observations: observations.into(),
        });
    }
    Ok(table)
}

/// Counts the entities and relations of each data set.
fn count(graph: &mut GraphSnapshot) {
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
