//! Lookups of records by data set, source, key or former id.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use super::graph::{EvidenceRow, GraphSnapshot};
use super::table::Slot;
use crate::model::change::Subject;
use crate::model::id::{DatasetId, EntityId, SourceId};
use crate::model::record::Observation;
use crate::store::codec::Provenance;

impl GraphSnapshot {
    /// The row of a record's statements, and its provenance.
    pub(super) fn provenance(&self, subject: &Subject) -> Option<(EvidenceRow, Arc<Provenance>)> {
        let key = subject.as_str();
        match subject {
            Subject::Entity(id) => self
                .node(id)
                .map(|node| (node.facts.evidence_row, node.facts.provenance.clone())),
            Subject::Relation(_) => self
                .relations
                .row(key)
                .map(|r| (r.evidence_row, r.provenance.clone())),
            Subject::Observation(_) => self
                .observations
                .row(key)
                .map(|o| (o.evidence_row, o.provenance.clone())),
            Subject::Rule(_) => self
                .rules
                .row(key)
                .map(|r| (r.evidence_row, r.provenance.clone())),
            Subject::Source(_) => {
                let datasets = self.sources.row(key)?.datasets.clone();
                let none = Provenance::of(&[]);
                Some((
                    0,
                    Arc::new(Provenance {
                        members: datasets.clone(),
                        contributors: datasets,
                        ..none
                    }),
                ))
            }
        }
    }

    pub(super) fn ids(&self, slots: Vec<Slot>) -> Vec<EntityId> {
        slots
            .into_iter()
            .filter_map(|slot| self.id(slot).cloned())
            .collect()
    }

    pub(super) fn observations_of_entity(
        &self,
        id: &EntityId,
        indicators: Option<&[String]>,
    ) -> Vec<Arc<Observation>> {
        let slots = self
            .node(id)
            .map(|node| node.observations.clone())
            .unwrap_or_default();
        let rows = slots
            .iter()
            .filter_map(|slot| self.observations.get(*slot))
            .map(|leaf| leaf.record.clone());
        rows.filter(|row| indicators.is_none_or(|some| some.contains(&row.indicator)))
            .collect()
    }

    /// The records that a data set has a row for or a statement on. Reads every record: its callers use most of them anyway.
    pub(super) fn subjects_of(&self, dataset: &DatasetId) -> Vec<Subject> {
        let sources = self
            .sources
            .rows()
            .filter(|s| s.datasets.contains(dataset))
            .map(|s| Subject::Source(s.id.clone()));
        let stated = self.subjects_with(|provenance| provenance.contributors.contains(dataset));
        sources.chain(stated).collect()
    }

    /// The records with a statement that cites one of some sources.
    pub(super) fn subjects_citing(&self, sources: &[SourceId]) -> Vec<Subject> {
        let sources: HashSet<&SourceId> = sources.iter().collect();
        let cites = |provenance: &Provenance| {
            let mut cited = provenance.evidence.iter().map(|class| &class.source);
            cited.any(|source| sources.contains(source))
        };
        self.subjects_with(cites)
    }

    /// The records whose provenance passes a test: entities, then relations, observations and rules.
    fn subjects_with(&self, has: impl Fn(&Provenance) -> bool) -> Vec<Subject> {
        let entities = self.entities.rows().filter(|node| has(&node.facts.provenance));
        let relations = self.relations.rows().filter(|node| has(&node.provenance));
        let observations = self.observations.rows().filter(|leaf| has(&leaf.provenance));
        let rules = self.rules.rows().filter(|leaf| has(&leaf.provenance));
        entities
            .map(|node| Subject::Entity(node.facts.id.clone()))
            .chain(relations.map(|node| Subject::Relation(node.id.clone())))
            .chain(observations.map(|leaf| Subject::Observation(leaf.record.id.clone())))
            .chain(rules.map(|leaf| Subject::Rule(leaf.record.id.clone())))
            .collect()
    }

    /// The former ids, each with the canonical id that it leads to; of these ids, if given.
    pub(super) fn redirects_of(&self, ids: Option<&[EntityId]>) -> Vec<(EntityId, EntityId)> {
        let own = |(id, kept): (&EntityId, &EntityId)| (id.clone(), kept.clone());
        let Some(ids) = ids else {
            return self.redirects.iter().map(own).collect();
        };
        let asked: BTreeSet<&EntityId> = ids.iter().collect();
        let found = asked
            .into_iter()
            .filter_map(|id| self.redirects.get_key_value(id));
        found.map(own).collect()
    }

    pub(super) fn subject_of_key(&self, key: &str) -> Option<Subject> {
        let entity = || {
            self.entities
                .row(key)
                .map(|node| Subject::Entity(node.facts.id.clone()))
        };
        let relation = || {
            self.relations
                .row(key)
                .map(|node| Subject::Relation(node.id.clone()))
        };
        let observation = || {
            self.observations
                .row(key)
                .map(|leaf| Subject::Observation(leaf.record.id.clone()))
        };
        let rule = || {
            self.rules
                .row(key)
                .map(|leaf| Subject::Rule(leaf.record.id.clone()))
        };
        let source = || {
            self.sources
                .row(key)
                .map(|source| Subject::Source(source.id.clone()))
        };
        // A former id is never free again.
        let former = || {
            EntityId::parse(key)
                .ok()
                .filter(|id| self.redirects.contains_key(id))
                .map(Subject::Entity)
        };
        entity()
            .or_else(relation)
            .or_else(observation)
            .or_else(rule)
            .or_else(source)
            .or_else(former)
    }
}
