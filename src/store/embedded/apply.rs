//! Applying a change set to a copy of the graph.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use super::graph::{
    DatasetNode, EntityCore, EntityNode, EvidenceRow, GraphSnapshot, RecordNode, RelationNode, tokens_of,
};
use super::postings::PostingChanges;
use super::table::Slot;
use crate::model::change::{Record, Subject};
use crate::model::entity::Entity;
use crate::model::id::{DatasetId, EntityId};
use crate::model::record::{Dataset, Observation, Rule};
use crate::model::relation::Relation;
use crate::store::codec::Provenance;

/// A change that does not fit the graph; the plan that made it is wrong.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct ApplyError(String);

/// Applies changes to a graph. Adjacency is updated once, at the end: a hub that gains ten thousand relations is sorted once.
pub(super) struct GraphEditor<'a> {
    graph: &'a mut GraphSnapshot,
    adjacency: BTreeMap<Slot, AdjacencyChanges>,
    removed_relations: HashSet<Slot>,
    /// The slots of relation ends looked up so far: a hub is the end of thousands of relations.
    ends: HashMap<EntityId, Slot>,
    tokens: PostingChanges,
    /// Slots of deleted relations: not reused until no adjacency contains them.
    vacated: Vec<Slot>,
}

#[derive(Default)]
struct AdjacencyChanges {
    outgoing: Vec<Slot>,
    incoming: Vec<Slot>,
    observations: Vec<Slot>,
    has_removals: bool,
}

impl<'a> GraphEditor<'a> {
    pub(super) fn new(graph: &'a mut GraphSnapshot) -> Self {
        Self {
            graph,
            adjacency: BTreeMap::new(),
            removed_relations: HashSet::new(),
            ends: HashMap::new(),
            tokens: PostingChanges::default(),
            vacated: Vec::new(),
        }
    }

    /// Whether the graph, with the changes so far, contains a record.
    pub(super) fn has(&self, subject: &Subject) -> bool {
        let key = subject.as_str();
        match subject {
            Subject::Source(_) => self.graph.sources.row(key).is_some(),
            Subject::Entity(_) => self.graph.entities.row(key).is_some(),
            Subject::Relation(_) => self.graph.relations.row(key).is_some(),
            Subject::Observation(_) => self.graph.observations.row(key).is_some(),
            Subject::Rule(_) => self.graph.rules.row(key).is_some(),
        }
    }

    /// Inserts or replaces a record whose amounts are resolved.
    pub(super) fn put(
        &mut self,
        record: Record,
        provenance: Arc<Provenance>,
        row: EvidenceRow,
    ) -> Result<(), ApplyError> {
        match record {
            Record::Source(source) => {
                self.graph.sources.put(Arc::new(source));
            }
            Record::Entity(entity) => self.put_entity(entity, provenance, row),
            Record::Relation(relation) => self.put_relation(relation, &provenance, row)?,
            Record::Observation(observation) => self.put_observation(observation, provenance, row)?,
            Record::Rule(rule) => self.put_rule(rule, provenance, row),
        }
        Ok(())
    }

    fn put_entity(&mut self, entity: Entity, provenance: Arc<Provenance>, row: EvidenceRow) {
        let existing = self.graph.entities.find(entity.id.as_str());
        let new_tokens = tokens_of(&entity);
        let old = existing.and_then(|slot| self.graph.entities.get(slot)).cloned();
        self.update_counts(
            old.as_ref().map(|old| &*old.facts.provenance),
            Some(&provenance),
            |node| &mut node.entities,
        );
        let facts = EntityCore::new(entity, provenance, row);
        let slot = match (existing, &old) {
            (Some(slot), Some(_)) => {
                self.graph.entities.update(slot, |node| node.facts = facts);
                slot
            }
            _ => {
                let node = EntityNode {
                    facts,
                    outgoing: Arc::default(),
                    incoming: Arc::default(),
                    outbound: Arc::default(),
                    observations: Arc::default(),
                };
                self.graph.entities.put(node).0
            }
        };
        let old_tokens = old.map(|old| tokens_of(&old.facts.entity)).unwrap_or_default();
        if old_tokens != new_tokens {
            let unchanged: HashSet<&String> = new_tokens.iter().collect();
            self.tokens.remove(
                slot,
                old_tokens.into_iter().filter(|token| !unchanged.contains(token)),
            );
            self.tokens.add(slot, new_tokens.into_iter());
        }
    }

    fn put_relation(
        &mut self,
        relation: Relation,
        provenance: &Arc<Provenance>,
        row: EvidenceRow,
    ) -> Result<(), ApplyError> {
        let [from, to] = [&relation.from, &relation.to].map(|id| {
            let slot = self.end_slot(id);
            slot.ok_or_else(|| ApplyError(format!("{} has an end {id} that does not exist", relation.id)))
        });
        let (from, to) = (from?, to?);
        let node = RelationNode::pack(relation, from, to, provenance.clone(), row);
        let (slot, old) = self.graph.relations.put(node);
        self.update_counts(
            old.as_ref().map(|old| &*old.provenance),
            Some(provenance),
            |node| &mut node.relations,
        );
        match old {
            Some(old) if (old.from, old.to) == (from, to) => {
                // The ends are the same, but its flow direction may differ.
                self.adjacency.entry(from).or_default();
                self.adjacency.entry(to).or_default();
                return Ok(());
            }
            Some(old) => {
                self.adjacency.entry(old.from).or_default().has_removals = true;
                self.adjacency.entry(old.to).or_default().has_removals = true;
            }
            None => {}
        }
        self.adjacency.entry(from).or_default().outgoing.push(slot);
        self.adjacency.entry(to).or_default().incoming.push(slot);
        Ok(())
    }

    fn end_slot(&mut self, id: &EntityId) -> Option<Slot> {
        if let Some(slot) = self.ends.get(id) {
            return Some(*slot);
        }
        let Some(slot) = self.graph.entities.find(id.as_str()) else {
            return self.graph.slot(id);
        };
        self.ends.insert(id.clone(), slot);
        Some(slot)
    }

    fn put_observation(
        &mut self,
        record: Observation,
        provenance: Arc<Provenance>,
        evidence_row: EvidenceRow,
    ) -> Result<(), ApplyError> {
        let missing = || {
            ApplyError(format!(
                "{} is of {}, which does not exist",
                record.id, record.entity
            ))
        };
        let entity = self.graph.slot(&record.entity).ok_or_else(missing)?;
        let (slot, old) = self.graph.observations.put(RecordNode {
            record: Arc::new(record),
            provenance,
            evidence_row,
        });
        if let Some(old) = old.and_then(|old| self.graph.slot(&old.record.entity)) {
            self.adjacency.entry(old).or_default().has_removals = true;
        }
        self.adjacency.entry(entity).or_default().observations.push(slot);
        Ok(())
    }

    fn put_rule(&mut self, rule: Rule, provenance: Arc<Provenance>, evidence_row: EvidenceRow) {
        self.graph.rules.put(RecordNode {
            record: Arc::new(rule),
            provenance,
            evidence_row,
        });
    }

    /// Deletes a record. An entity must have no relations and no observations left.
    pub(super) fn delete(&mut self, subject: &Subject) -> Result<(), ApplyError> {
        let missing = || ApplyError(format!("{} does not exist", subject.as_str()));
        match subject {
            Subject::Relation(id) => {
                let (slot, old) = self.graph.relations.vacate(id.as_str()).ok_or_else(missing)?;
                self.update_counts(Some(&old.provenance), None, |node| &mut node.relations);
                self.detach_relation(slot, [old.from, old.to]);
            }
            Subject::Observation(id) => {
                let old = self.graph.observations.remove(id.as_str()).ok_or_else(missing)?;
                let entity = self.graph.slot(&old.record.entity);
                self.adjacency
                    .entry(entity.unwrap_or_default())
                    .or_default()
                    .has_removals = true;
            }
            Subject::Rule(id) => {
                self.graph.rules.remove(id.as_str()).ok_or_else(missing)?;
            }
            Subject::Source(id) => {
                self.graph.sources.remove(id.as_str()).ok_or_else(missing)?;
            }
            Subject::Entity(id) => {
                self.update_adjacency();
                let slot = self.graph.entities.find(id.as_str()).ok_or_else(missing)?;
                let old = self.graph.entities.get(slot).cloned().ok_or_else(missing)?;
                if !(old.outgoing.is_empty() && old.incoming.is_empty() && old.observations.is_empty()) {
                    return Err(ApplyError(format!("{id} still has relations or observations")));
                }
                self.tokens.remove(slot, tokens_of(&old.facts.entity).into_iter());
                self.graph.entities.remove(id.as_str());
                self.ends.remove(id);
                self.update_counts(Some(&old.facts.provenance), None, |node| &mut node.entities);
            }
        }
        Ok(())
    }

    fn detach_relation(&mut self, relation: Slot, ends: [Slot; 2]) {
        self.removed_relations.insert(relation);
        self.vacated.push(relation);
        for end in ends {
            let adjacent = self.adjacency.entry(end).or_default();
            adjacent.has_removals = true;
            adjacent.outgoing.retain(|slot| *slot != relation);
            adjacent.incoming.retain(|slot| *slot != relation);
        }
    }

    pub(super) fn put_dataset(&mut self, dataset: Dataset) {
        let datasets = Arc::make_mut(&mut self.graph.datasets);
        match datasets.get_mut(&dataset.id) {
            Some(node) => node.dataset = dataset,
            None => {
                datasets.insert(
                    dataset.id.clone(),
                    DatasetNode {
                        dataset,
                        entities: 0,
                        relations: 0,
                    },
                );
            }
        }
    }

    pub(super) fn delete_dataset(&mut self, id: &DatasetId) {
        Arc::make_mut(&mut self.graph.datasets).remove(id);
    }

    /// The data sets that have a row for an entity.
    pub(super) fn members(&self, id: &EntityId) -> Vec<DatasetId> {
        let node = self.graph.entities.row(id.as_str());
        node.map(|node| node.facts.provenance.members.clone())
            .unwrap_or_default()
    }

    pub(super) fn redirect(&mut self, from: EntityId, to: EntityId) {
        let redirects = Arc::make_mut(&mut self.graph.redirects);
        // Redirects to the merged entity now lead to the canonical one, so that no redirect leads to another.
        for target in redirects.values_mut().filter(|target| **target == from) {
            *target = to.clone();
        }
        redirects.insert(from, to);
    }

    fn update_counts(
        &mut self,
        old: Option<&Provenance>,
        new: Option<&Provenance>,
        counter: impl Fn(&mut DatasetNode) -> &mut u64,
    ) {
        let [old, new] = [old, new].map(|p| p.map_or(&[][..], |p| &p.members));
        if old == new {
            return;
        }
        let datasets = Arc::make_mut(&mut self.graph.datasets);
        for (id, node) in datasets.iter_mut() {
            let count = counter(node);
            match (old.contains(id), new.contains(id)) {
                (true, false) => *count = count.saturating_sub(1),
                (false, true) => *count += 1,
                _ => {}
            }
        }
    }

    /// Updates adjacency and the token index.
    pub(super) fn finish(mut self) {
        self.update_adjacency();
        self.vacated
            .drain(..)
            .for_each(|slot| self.graph.relations.free(slot));
        self.graph.postings.apply(self.tokens);
    }

    /// Updates the adjacency of every entity that was changed.
    fn update_adjacency(&mut self) {
        for (entity, adjacent) in std::mem::take(&mut self.adjacency) {
            let Some(node) = self.graph.entities.get(entity) else {
                continue;
            };
            let relations = &self.graph.relations;
            let at_end = |slot: Slot, outgoing: bool| {
                relations.get(slot).is_some_and(|r| {
                    !self.removed_relations.contains(&slot)
                        && (if outgoing { r.from } else { r.to }) == entity
                })
            };
            let merge = |old: &Arc<[Slot]>, gained: Vec<Slot>, outgoing: bool| {
                let mut all: Vec<Slot> = old
                    .iter()
                    .copied()
                    .filter(|s| !adjacent.has_removals || at_end(*s, outgoing))
                    .collect();
                let sorted = gained.len();
                all.extend(gained);
                if sorted > 0 {
                    all.sort_by(|a, b| {
                        relations
                            .get(*a)
                            .map(|r| &r.id)
                            .cmp(&relations.get(*b).map(|r| &r.id))
                    });
                    all.dedup();
                }
                Arc::<[Slot]>::from(all)
            };
            let outgoing = merge(&node.outgoing, adjacent.outgoing, true);
            let incoming = merge(&node.incoming, adjacent.incoming, false);
            let both = outgoing.iter().chain(incoming.iter()).copied();
            let outbound = both
                .filter(|slot| {
                    relations
                        .get(*slot)
                        .is_some_and(|relation| relation.leads_from(entity))
                })
                .collect();
            let observations = self.updated_observations(entity, &node.observations, adjacent.observations);
            self.graph.entities.update(entity, |node| {
                node.outgoing = outgoing;
                node.incoming = incoming;
                node.outbound = outbound;
                node.observations = observations;
            });
        }
        self.removed_relations.clear();
    }

    fn updated_observations(&self, entity: Slot, old: &Arc<[Slot]>, gained: Vec<Slot>) -> Arc<[Slot]> {
        let rows = &self.graph.observations;
        let of_entity = |slot: &Slot| {
            rows.get(*slot)
                .is_some_and(|row| self.graph.slot(&row.record.entity) == Some(entity))
        };
        let mut all: Vec<Slot> = old.iter().copied().chain(gained).filter(of_entity).collect();
        all.sort_by(|a, b| {
            rows.get(*a)
                .map(|r| &r.record.id)
                .cmp(&rows.get(*b).map(|r| &r.record.id))
        });
        all.dedup();
        all.into()
    }
}
