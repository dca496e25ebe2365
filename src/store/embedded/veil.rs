//! A view as a graph of its own: the whole graph with what is hidden taken out, by the same code that applies deletions. So every
//! way of reading is right without knowing of views, and what both have in common is in memory once.

use std::collections::HashMap;
use std::sync::Arc;

use super::apply::{Builder, Misfit};
use super::graph::{EntityCore, EntityNode, Graph, Leaf, RelationNode};
use super::table::{Keyed, Table};
use crate::model::change::{Record, Subject};
use crate::model::entity::Entity;
use crate::model::id::EntityId;
use crate::model::record::{Observation, Rule, Source};
use crate::store::codec::Provenance;
use crate::store::view::{Hidden, hides_source};

/// A graph without what some data sets have.
pub(super) struct Veiled {
    pub(super) hidden: Hidden,
    /// What it was made from. Held, for its statements stand in the file as long as it lives.
    pub(super) whole: Arc<Graph>,
    pub(super) graph: Arc<Graph>,
}

impl Veiled {
    /// The view of a graph, made anew: the work is in a look at every record, and in taking out what is hidden.
    pub(super) fn new(whole: Arc<Graph>, hidden: Hidden) -> Result<Self, Misfit> {
        let graph = Veil::new(&whole, &hidden).whole()?;
        Ok(Self {
            hidden,
            graph: Arc::new(graph),
            whole,
        })
    }

    /// The view of a newer graph: the work is in what differs. Made anew where that decides nothing, as after a merge.
    pub(super) fn followed(&self, whole: Arc<Graph>) -> Result<Self, Misfit> {
        let followed = Veil::new(&whole, &self.hidden).after(self);
        match followed {
            Some(Ok(graph)) => Ok(Self {
                hidden: self.hidden.clone(),
                graph: Arc::new(graph),
                whole,
            }),
            // What does not fit was moved about in a way that only the whole tells.
            Some(Err(_)) | None => Self::new(whole, self.hidden.clone()),
        }
    }
}

/// Says what of a graph is hidden.
struct Veil<'g> {
    graph: &'g Graph,
    hidden: &'g Hidden,
    /// Provenances without what is hidden of them, by where the whole ones are in memory: few, and records share them.
    thinned: HashMap<*const Provenance, Option<Arc<Provenance>>>,
}

impl<'g> Veil<'g> {
    fn new(graph: &'g Graph, hidden: &'g Hidden) -> Self {
        Self {
            graph,
            hidden,
            thinned: HashMap::new(),
        }
    }

    fn hides_entity(&self, core: &EntityCore) -> bool {
        core.provenance.is_hidden(self.hidden)
    }

    fn hides_named(&self, id: &EntityId) -> bool {
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
            || relation.under().iter().any(|id| self.hides_named(id))
    }

    fn hides_observation(&self, leaf: &Leaf<Observation>) -> bool {
        leaf.provenance.is_hidden(self.hidden) || self.hides_named(&leaf.record.entity)
    }

    fn hides_rule(&self, leaf: &Leaf<Rule>) -> bool {
        leaf.provenance.is_hidden(self.hidden) || leaf.record.named().any(|id| self.hides_named(id))
    }

    fn hides_source(&self, source: &Source) -> bool {
        hides_source(self.hidden, &source.datasets)
    }

    /// What a record rests on in the view; none where that is all.
    fn thinned(&mut self, whole: &Arc<Provenance>) -> Option<Arc<Provenance>> {
        let thinned = self.thinned.entry(Arc::as_ptr(whole));
        let hidden = self.hidden;
        thinned
            .or_insert_with(|| whole.without(hidden).map(Arc::new))
            .clone()
    }

    fn rests_on(&mut self, whole: &Arc<Provenance>) -> Arc<Provenance> {
        self.thinned(whole).unwrap_or_else(|| whole.clone())
    }

    /// A source with the data sets that are seen.
    fn listed(&self, source: &Source) -> Source {
        let mut source = source.clone();
        source.datasets.retain(|id| !self.hidden.contains(id));
        source
    }

    /// The graph with all that is hidden taken out.
    fn whole(mut self) -> Result<Graph, Misfit> {
        let whole = self.graph;
        let mut graph = Graph::clone(whole);
        let mut builder = Builder::new(&mut graph);
        for subject in self.hidden_subjects() {
            builder.delete(&subject)?;
        }
        builder.finish();
        let datasets = Arc::make_mut(&mut graph.datasets);
        datasets.retain(|id, _| !self.hidden.contains(id));
        let leads = |kept: &EntityId| {
            whole
                .node(kept)
                .is_some_and(|node| !self.hides_entity(&node.facts))
        };
        Arc::make_mut(&mut graph.redirects).retain(|_, kept| leads(kept));
        self.thin(&mut graph);
        Ok(graph)
    }

    /// Everything hidden, in an order in which it can be taken out.
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

    /// Takes the statements of hidden data sets from what is left.
    fn thin(&mut self, graph: &mut Graph) {
        macro_rules! thin {
            ($table:ident, $row:ident => $provenance:expr) => {
                let slots: Vec<_> = graph.$table.slots().collect();
                for slot in slots {
                    let Some($row) = graph.$table.get(slot) else {
                        continue;
                    };
                    if let Some(thinned) = self.thinned(&$provenance) {
                        graph.$table.update(slot, |$row| $provenance = thinned);
                    }
                }
            };
        }
        thin!(entities, row => row.facts.provenance);
        thin!(relations, row => row.provenance);
        thin!(observations, row => row.provenance);
        thin!(rules, row => row.provenance);
        let shared = graph
            .sources
            .rows()
            .filter(|source| source.datasets.iter().any(|id| self.hidden.contains(id)));
        let listed: Vec<Source> = shared.map(|source| self.listed(source)).collect();
        for source in listed {
            graph.sources.put(Arc::new(source));
        }
    }

    /// The view of this graph from that of an older one. None where what differs does not tell: after a merge, and where an entity
    /// became hidden or ceased to be.
    fn after(mut self, old: &Veiled) -> Option<Result<Graph, Misfit>> {
        let (before, whole) = (&old.whole, self.graph);
        if !Arc::ptr_eq(&before.redirects, &whole.redirects) {
            return None;
        }
        let entities = changes(&before.entities, &whole.entities, |a, b| {
            Arc::ptr_eq(&a.facts.entity, &b.facts.entity)
                && Arc::ptr_eq(&a.facts.provenance, &b.facts.provenance)
                && a.facts.evidence_row == b.facts.evidence_row
        });
        let was = Veil::new(before, self.hidden);
        let turned = |(old, new): &(Option<&EntityNode>, Option<&EntityNode>)| {
            old.zip(*new).is_some_and(|(old, new)| {
                old.key() == new.key() && was.hides_entity(&old.facts) != self.hides_entity(&new.facts)
            })
        };
        // A key that went from one slot to another is gone and new.
        let moved = |(old, new): &(Option<&EntityNode>, Option<&EntityNode>)| {
            old.is_some_and(|old| {
                new.is_none_or(|new| new.key() != old.key()) && whole.entities.find(old.key()).is_some()
            })
        };
        if entities.iter().any(|change| turned(change) || moved(change)) {
            return None;
        }
        Some(self.follow(old, &entities))
    }

    fn follow(
        &mut self,
        old: &Veiled,
        entities: &[(Option<&EntityNode>, Option<&EntityNode>)],
    ) -> Result<Graph, Misfit> {
        let (before, whole) = (&old.whole, self.graph);
        let mut graph = Graph::clone(&old.graph);
        graph.revision = whole.revision;
        let view = &old.graph;
        let mut builder = Builder::new(&mut graph);
        for node in whole
            .datasets
            .values()
            .filter(|node| !self.hidden.contains(&node.dataset.id))
        {
            builder.put_dataset(node.dataset.clone());
        }
        for id in view
            .datasets
            .keys()
            .filter(|id| !whole.datasets.contains_key(*id))
        {
            builder.delete_dataset(id);
        }
        for node in entities.iter().filter_map(|(_, new)| *new) {
            if !self.hides_entity(&node.facts) {
                let (core, record) = (&node.facts, Record::Entity(Entity::clone(&node.facts.entity)));
                builder.put(record, self.rests_on(&core.provenance), core.evidence_row)?;
            }
        }
        macro_rules! follow {
            ($table:ident, $subject:ident, $same:expr, $hides:ident, $id:expr, $put:expr) => {
                let changed = changes(&before.$table, &whole.$table, $same);
                for row in changed.iter().filter_map(|(old, _)| *old) {
                    let gone = whole
                        .$table
                        .row(row.key())
                        .is_none_or(|row| self.$hides(row));
                    if gone && view.$table.find(row.key()).is_some() {
                        builder.delete(&Subject::$subject($id(row)))?;
                    }
                }
                for row in changed.iter().filter_map(|(_, new)| *new) {
                    if !self.$hides(row) {
                        let (record, provenance, evidence) = $put(self, row);
                        if let Some(record) = record {
                            builder.put(record, provenance, evidence)?;
                        }
                    }
                }
            };
        }
        follow!(
            relations,
            Relation,
            // Statements that were written again stand in another row.
            |a: &RelationNode, b: &RelationNode| a.evidence_row != 0 && a.evidence_row == b.evidence_row,
            hides_relation,
            |row: &RelationNode| row.id.clone(),
            |veil: &mut Self, row: &RelationNode| {
                let record = whole.unpack(row).map(Record::Relation);
                (record, veil.rests_on(&row.provenance), row.evidence_row)
            }
        );
        follow!(
            observations,
            Observation,
            same_leaf,
            hides_observation,
            |row: &Leaf<Observation>| row.record.id.clone(),
            |veil: &mut Self, row: &Leaf<Observation>| {
                let record = Record::Observation(Observation::clone(&row.record));
                (Some(record), veil.rests_on(&row.provenance), row.evidence_row)
            }
        );
        follow!(
            rules,
            Rule,
            same_leaf,
            hides_rule,
            |row: &Leaf<Rule>| row.record.id.clone(),
            |veil: &mut Self, row: &Leaf<Rule>| {
                let record = Record::Rule(Rule::clone(&row.record));
                (Some(record), veil.rests_on(&row.provenance), row.evidence_row)
            }
        );
        let none = Arc::new(Provenance::of(&[]));
        follow!(
            sources,
            Source,
            Arc::ptr_eq,
            hides_source,
            |row: &Arc<Source>| row.id.clone(),
            |veil: &mut Self, row: &Arc<Source>| (Some(Record::Source(veil.listed(row))), none.clone(), 0)
        );
        for node in entities.iter().filter_map(|(old, _)| *old) {
            if whole.entities.find(node.key()).is_none() && view.entities.find(node.key()).is_some() {
                builder.delete(&Subject::Entity(node.facts.id.clone()))?;
            }
        }
        builder.finish();
        Ok(graph)
    }
}

fn same_leaf<T>(a: &Leaf<T>, b: &Leaf<T>) -> bool {
    Arc::ptr_eq(&a.record, &b.record)
        && Arc::ptr_eq(&a.provenance, &b.provenance)
        && a.evidence_row == b.evidence_row
}

/// What stood and what stands in each slot where that differs.
type Changes<'t, T> = Vec<(Option<&'t T>, Option<&'t T>)>;

fn changes<'t, T: Keyed + Clone>(
    old: &'t Table<T>,
    new: &'t Table<T>,
    same: impl Fn(&T, &T) -> bool,
) -> Changes<'t, T> {
    let slots = old.slots_changed(new);
    let pairs = slots.map(|slot| (old.get(slot), new.get(slot)));
    let differs = |(old, new): &(Option<&T>, Option<&T>)| match (old, new) {
        (Some(old), Some(new)) => old.key() != new.key() || !same(old, new),
        (None, None) => false,
        _ => true,
    };
    pairs.filter(differs).collect()
}
