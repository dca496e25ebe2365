//! The visible part of a graph as a graph of its own: the hidden records are deleted from a copy, by the code that applies deletions.
//! So no read needs to test visibility, and the pages that both graphs share are in memory once.

use std::collections::HashMap;
use std::sync::Arc;

use super::apply::{ApplyError, GraphEditor};
use super::graph::{EntityCore, EntityNode, EvidenceRow, GraphSnapshot, RecordNode, RelationNode};
use super::table::{SlotTable, TableRow};
use crate::model::change::{Record, Subject};
use crate::model::entity::Entity;
use crate::model::id::EntityId;
use crate::model::record::{Observation, Rule, Source};
use crate::store::codec::Provenance;
use crate::store::visibility::{HiddenDatasets, hides_source};

/// A graph without the records and statements of some data sets.
pub(super) struct VisibleGraph {
    pub(super) hidden: HiddenDatasets,
    /// The whole graph that it was built from. It is kept so that the rows of its statements stay in the file.
    pub(super) whole: Arc<GraphSnapshot>,
    pub(super) graph: Arc<GraphSnapshot>,
}

impl VisibleGraph {
    /// Builds the visible graph of a whole graph. Reads every record.
    pub(super) fn new(whole: Arc<GraphSnapshot>, hidden: HiddenDatasets) -> Result<Self, ApplyError> {
        let graph = VisibleGraphBuilder::new(&whole, &hidden).build()?;
        Ok(Self {
            hidden,
            graph: Arc::new(graph),
            whole,
        })
    }

    /// The visible graph of a newer whole graph. Reads only the differences, or rebuilds it where they do not suffice, as after a merge.
    pub(super) fn updated_to(&self, whole: Arc<GraphSnapshot>) -> Result<Self, ApplyError> {
        let updated = VisibleGraphBuilder::new(&whole, &self.hidden).build_from_older(self);
        match updated {
            Some(Ok(graph)) => Ok(Self {
                hidden: self.hidden.clone(),
                graph: Arc::new(graph),
                whole,
            }),
            // The differences were not enough to update it.
            Some(Err(_)) | None => Self::new(whole, self.hidden.clone()),
        }
    }
}

/// A record, its visible provenance and the row of its statements.
type VisibleVersion = (Option<Record>, Arc<Provenance>, EvidenceRow);

/// Builds the visible graph of a whole graph.
struct VisibleGraphBuilder<'g> {
    graph: &'g GraphSnapshot,
    hidden: &'g HiddenDatasets,
    /// Provenances without their hidden parts, by the address of the whole ones; none where nothing is hidden. They are few, and records
    /// share them.
    without_hidden: HashMap<*const Provenance, Option<Arc<Provenance>>>,
}

impl<'g> VisibleGraphBuilder<'g> {
    fn new(graph: &'g GraphSnapshot, hidden: &'g HiddenDatasets) -> Self {
        Self {
            graph,
            hidden,
            without_hidden: HashMap::new(),
        }
    }

    fn hides_entity(&self, core: &EntityCore) -> bool {
        core.provenance.is_hidden(self.hidden)
    }

    fn hides_entity_id(&self, id: &EntityId) -> bool {
        self.graph
            .node(id)
            .is_some_and(|node| self.hides_entity(&node.facts))
    }

    fn hides_relation(&self, relation: &RelationNode) -> bool {
        let ends = [relation.from, relation.to];
        relation.provenance.is_hidden(self.hidden)
            || ends.iter().any(|end| {
                let node = self.graph.entities.get(*end);
                node.is_some_and(|node| self.hides_entity(&node.facts))
            })
            || relation.under().iter().any(|id| self.hides_entity_id(id))
    }

    fn hides_observation(&self, node: &RecordNode<Observation>) -> bool {
        node.provenance.is_hidden(self.hidden) || self.hides_entity_id(&node.record.entity)
    }

    fn hides_rule(&self, node: &RecordNode<Rule>) -> bool {
        node.provenance.is_hidden(self.hidden)
            || node.record.named_entities().any(|id| self.hides_entity_id(id))
    }

    fn hides_source(&self, source: &Source) -> bool {
        hides_source(self.hidden, &source.datasets)
    }

    /// A provenance without its hidden parts; none if nothing of it is hidden.
    fn without_hidden(&mut self, whole: &Arc<Provenance>) -> Option<Arc<Provenance>> {
        let visible = self.without_hidden.entry(Arc::as_ptr(whole));
        let hidden = self.hidden;
        visible
            .or_insert_with(|| whole.without(hidden).map(Arc::new))
            .clone()
    }

    fn visible_provenance(&mut self, whole: &Arc<Provenance>) -> Arc<Provenance> {
        self.without_hidden(whole).unwrap_or_else(|| whole.clone())
    }

    /// A source that lists only the visible data sets.
    fn visible_source(&self, source: &Source) -> Source {
        let mut source = source.clone();
        source.datasets.retain(|id| !self.hidden.contains(id));
        source
    }

    /// The whole graph without the hidden records and statements.
    fn build(mut self) -> Result<GraphSnapshot, ApplyError> {
        let whole = self.graph;
        let mut graph = GraphSnapshot::clone(whole);
        let mut editor = GraphEditor::new(&mut graph);
        for subject in self.hidden_subjects() {
            editor.delete(&subject)?;
        }
        editor.finish();
        let datasets = Arc::make_mut(&mut graph.datasets);
        datasets.retain(|id, _| !self.hidden.contains(id));
        let leads = |kept: &EntityId| {
            whole
                .node(kept)
                .is_some_and(|node| !self.hides_entity(&node.facts))
        };
        Arc::make_mut(&mut graph.redirects).retain(|_, kept| leads(kept));
        self.remove_hidden_statements(&mut graph);
        Ok(graph)
    }

    /// The hidden records, in an order in which they can be deleted.
    fn hidden_subjects(&self) -> Vec<Subject> {
        let graph = self.graph;
        let relations = graph.relations.rows().filter(|row| self.hides_relation(row));
        let observations = graph
            .observations
            .rows()
            .filter(|row| self.hides_observation(row));
        let rules = graph.rules.rows().filter(|row| self.hides_rule(row));
        let sources = graph.sources.rows().filter(|row| self.hides_source(row));
        let entities = graph.entities.rows().filter(|row| self.hides_entity(&row.facts));
        relations
            .map(|row| Subject::Relation(row.id.clone()))
            .chain(observations.map(|row| Subject::Observation(row.record.id.clone())))
            .chain(rules.map(|row| Subject::Rule(row.record.id.clone())))
            .chain(sources.map(|row| Subject::Source(row.id.clone())))
            .chain(entities.map(|row| Subject::Entity(row.facts.id.clone())))
            .collect()
    }

    /// Removes the statements of hidden data sets from the remaining records.
    fn remove_hidden_statements(&mut self, graph: &mut GraphSnapshot) {
        macro_rules! remove_hidden {
            ($table:ident, $row:ident => $provenance:expr) => {
                let slots: Vec<_> = graph.$table.slots().collect();
                for slot in slots {
                    let Some($row) = graph.$table.get(slot) else {
                        continue;
                    };
                    if let Some(left) = self.without_hidden(&$provenance) {
                        graph.$table.update(slot, |$row| $provenance = left);
                    }
                }
            };
        }
        remove_hidden!(entities, row => row.facts.provenance);
        remove_hidden!(relations, row => row.provenance);
        remove_hidden!(observations, row => row.provenance);
        remove_hidden!(rules, row => row.provenance);
        let shared = graph
            .sources
            .rows()
            .filter(|source| source.datasets.iter().any(|id| self.hidden.contains(id)));
        let listed: Vec<Source> = shared.map(|source| self.visible_source(source)).collect();
        for source in listed {
            graph.sources.put(Arc::new(source));
        }
    }

    /// The visible graph, made from that of an older graph. None if the differences do not suffice: after a merge, and if an entity
    /// became hidden or visible.
    fn build_from_older(mut self, old: &VisibleGraph) -> Option<Result<GraphSnapshot, ApplyError>> {
        let (before, whole) = (&old.whole, self.graph);
        if !Arc::ptr_eq(&before.redirects, &whole.redirects) {
            return None;
        }
        let entities = changes(&before.entities, &whole.entities, |a, b| {
            Arc::ptr_eq(&a.facts.entity, &b.facts.entity)
                && Arc::ptr_eq(&a.facts.provenance, &b.facts.provenance)
                && a.facts.evidence_row == b.facts.evidence_row
        });
        let was = VisibleGraphBuilder::new(before, self.hidden);
        let visibility_changed = |(old, new): &(Option<&EntityNode>, Option<&EntityNode>)| {
            old.zip(*new).is_some_and(|(old, new)| {
                old.key() == new.key() && was.hides_entity(&old.facts) != self.hides_entity(&new.facts)
            })
        };
        // A key that moved to another slot was deleted and created again.
        let moved = |(old, new): &(Option<&EntityNode>, Option<&EntityNode>)| {
            old.is_some_and(|old| {
                new.is_none_or(|new| new.key() != old.key()) && whole.entities.find(old.key()).is_some()
            })
        };
        if entities
            .iter()
            .any(|change| visibility_changed(change) || moved(change))
        {
            return None;
        }
        Some(self.apply_changes(old, &entities))
    }

    fn apply_dataset_changes(&self, visible: &GraphSnapshot, editor: &mut GraphEditor<'_>) {
        let whole = self.graph;
        let shown = whole
            .datasets
            .values()
            .filter(|node| !self.hidden.contains(&node.dataset.id));
        for node in shown {
            editor.put_dataset(node.dataset.clone());
        }
        let gone = visible
            .datasets
            .keys()
            .filter(|id| !whole.datasets.contains_key(*id));
        for id in gone {
            editor.delete_dataset(id);
        }
    }

    fn put_entities(
        &mut self,
        entities: &[(Option<&EntityNode>, Option<&EntityNode>)],
        editor: &mut GraphEditor<'_>,
    ) -> Result<(), ApplyError> {
        for node in entities.iter().filter_map(|(_, new)| *new) {
            if !self.hides_entity(&node.facts) {
                let (facts, record) = (&node.facts, Record::Entity(Entity::clone(&node.facts.entity)));
                editor.put(
                    record,
                    self.visible_provenance(&facts.provenance),
                    facts.evidence_row,
                )?;
            }
        }
        Ok(())
    }

    /// A relation as it is put into the visible graph; no record if its ends are gone.
    fn visible_relation(&mut self, row: &RelationNode) -> VisibleVersion {
        let record = self.graph.unpack(row).map(Record::Relation);
        (record, self.visible_provenance(&row.provenance), row.evidence_row)
    }

    /// An observation or a rule as it is put into the visible graph.
    fn visible_record<T>(&mut self, row: &RecordNode<T>, record: impl Fn(&T) -> Record) -> VisibleVersion {
        (
            Some(record(&row.record)),
            self.visible_provenance(&row.provenance),
            row.evidence_row,
        )
    }

    fn apply_changes(
        &mut self,
        old: &VisibleGraph,
        entities: &[(Option<&EntityNode>, Option<&EntityNode>)],
    ) -> Result<GraphSnapshot, ApplyError> {
        let (before, whole) = (&old.whole, self.graph);
        let mut graph = GraphSnapshot::clone(&old.graph);
        graph.revision = whole.revision;
        let visible = &old.graph;
        let mut editor = GraphEditor::new(&mut graph);
        self.apply_dataset_changes(visible, &mut editor);
        self.put_entities(entities, &mut editor)?;
        macro_rules! apply_changes {
            ($table:ident, $subject:ident, $same:expr, $hides:ident, $id:expr, $put:expr) => {
                let changed = changes(&before.$table, &whole.$table, $same);
                for row in changed.iter().filter_map(|(old, _)| *old) {
                    let gone = whole
                        .$table
                        .row(row.key())
                        .is_none_or(|row| self.$hides(row));
                    if gone && visible.$table.find(row.key()).is_some() {
                        editor.delete(&Subject::$subject($id(row)))?;
                    }
                }
                for row in changed.iter().filter_map(|(_, new)| *new) {
                    if !self.$hides(row) {
                        let (record, provenance, evidence) = $put(self, row);
                        if let Some(record) = record {
                            editor.put(record, provenance, evidence)?;
                        }
                    }
                }
            };
        }
        apply_changes!(
            relations,
            Relation,
            // Rewritten statements are in another row.
            |a: &RelationNode, b: &RelationNode| a.evidence_row != 0 && a.evidence_row == b.evidence_row,
            hides_relation,
            |row: &RelationNode| row.id.clone(),
            Self::visible_relation
        );
        apply_changes!(
            observations,
            Observation,
            is_same_node,
            hides_observation,
            |row: &RecordNode<Observation>| row.record.id.clone(),
            |builder: &mut Self, row: &RecordNode<Observation>| {
                builder.visible_record(row, |record| Record::Observation(record.clone()))
            }
        );
        apply_changes!(
            rules,
            Rule,
            is_same_node,
            hides_rule,
            |row: &RecordNode<Rule>| row.record.id.clone(),
            |builder: &mut Self, row: &RecordNode<Rule>| {
                builder.visible_record(row, |record| Record::Rule(record.clone()))
            }
        );
        let none = Arc::new(Provenance::of(&[]));
        apply_changes!(
            sources,
            Source,
            Arc::ptr_eq,
            hides_source,
            |row: &Arc<Source>| row.id.clone(),
            |builder: &mut Self, row: &Arc<Source>| (
                Some(Record::Source(builder.visible_source(row))),
                none.clone(),
                0
            )
        );
        for node in entities.iter().filter_map(|(old, _)| *old) {
            if whole.entities.find(node.key()).is_none() && visible.entities.find(node.key()).is_some() {
                editor.delete(&Subject::Entity(node.facts.id.clone()))?;
            }
        }
        editor.finish();
        Ok(graph)
    }
}

fn is_same_node<T>(a: &RecordNode<T>, b: &RecordNode<T>) -> bool {
    Arc::ptr_eq(&a.record, &b.record)
        && Arc::ptr_eq(&a.provenance, &b.provenance)
        && a.evidence_row == b.evidence_row
}

/// The old and the new row of each slot in which they differ.
type SlotChanges<'t, T> = Vec<(Option<&'t T>, Option<&'t T>)>;

fn changes<'t, T: TableRow + Clone>(
    old: &'t SlotTable<T>,
    new: &'t SlotTable<T>,
    same: impl Fn(&T, &T) -> bool,
) -> SlotChanges<'t, T> {
    let slots = old.slots_changed(new);
    let pairs = slots.map(|slot| (old.get(slot), new.get(slot)));
    let differs = |(old, new): &(Option<&T>, Option<&T>)| match (old, new) {
        (Some(old), Some(new)) => old.key() != new.key() || !same(old, new),
        (None, None) => false,
        _ => true,
    };
    pairs.filter(differs).collect()
}
