//! The part of a layer that an answer depends on: everything between its ends, with every relation that has
//! an end there.
//!
//! Amounts elsewhere then cannot make a query fail, slow it down, or appear among its facts.

use std::collections::{BTreeSet, HashSet};

use super::entity_numbers::EntityNumbers;
use super::grouped::grouped;
use crate::flow::facts::carriers::{Carriers, FlowEnds};
use crate::flow::facts::edge_fact::EdgeFact;
use crate::flow::facts::layer::Heading;
use crate::flow::facts::layer_facts::LayerFacts;
use crate::flow::facts::split_fact::SplitFact;
use crate::model::id::EntityId;
use crate::model::job;

/// The part of a layer to use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::flow) enum LayerScope {
    /// Everything that the sources reach and that leads to the targets.
    Between,
    /// Only the targets.
    Targets,
    /// Everything that leads to the targets.
    Upstream,
}

/// The relations and splits of a part of a layer.
#[derive(Debug)]
pub(in crate::flow) struct LayerPart<'f> {
    pub(in crate::flow) edges: Vec<&'f EdgeFact>,
    pub(in crate::flow) splits: Vec<SplitFact>,
    /// The entities of the part; others occur only as the far ends of relations.
    pub(in crate::flow) inside: HashSet<EntityId>,
}

impl<'f> LayerPart<'f> {
    /// Selects a part of a layer, in time linear in the layer.
    pub(in crate::flow) fn new(facts: &'f LayerFacts, ends: &FlowEnds, scope: LayerScope) -> Self {
        let edges = &facts.edges;
        let splits = Carriers::new(&facts.carriers, facts.may_imply).passing(edges, ends);
        let graph = LayerGraph::new(edges, &splits);
        let (from, to) = (graph.numbers(&ends.sources), graph.numbers(&ends.targets));
        let inside = match scope {
            LayerScope::Targets => graph.marks(&to),
            LayerScope::Upstream => graph.reached(&to, Traversal::Backward),
            LayerScope::Between => {
                let (after, before) = (
                    graph.reached(&from, Traversal::Forward),
                    graph.reached(&to, Traversal::Backward),
                );
                let both = after.iter().zip(before);
                both.map(|(after, before)| *after && before).collect()
            }
        };
        // What is passed on to the part depends on everything that its giver receives.
        let near = graph.with_givers(&inside);
        let ends = edges.iter().zip(&graph.edge_ends);
        let edges = ends
            .filter(|(_, (from, to))| near[*from] || near[*to])
            .map(|(edge, _)| edge)
            .collect();
        let kept: Vec<bool> = graph.givers.iter().map(|giver| near[*giver]).collect();
        let inside = graph.ids(&inside);
        let splits = splits.into_iter().zip(kept).filter(|(_, kept)| *kept);
        Self {
            edges,
            splits: splits.map(|(split, _)| split).collect(),
            inside,
        }
    }
}

/// Entities as numbers, with arcs from possible givers to takers.
struct LayerGraph<'f> {
    names: EntityNumbers<'f>,
    /// The ends of each relation.
    edge_ends: Vec<(usize, usize)>,
    /// The giver of each split.
    givers: Vec<usize>,
    /// Givers and takers; those of splits are last.
    arcs: Vec<(usize, usize)>,
    of_edges: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Traversal {
    Forward,
    Backward,
}

impl<'f> LayerGraph<'f> {
    fn new(edges: &'f [EdgeFact], splits: &'f [SplitFact]) -> Self {
        let mut names = EntityNumbers::default();
        let ends = edges.iter();
        let edge_ends: Vec<(usize, usize)> = ends
            .map(|edge| (names.number(&edge.from), names.number(&edge.to)))
            .collect();
        let mut arcs = Vec::with_capacity(edges.len());
        for (edge, (from, to)) in edges.iter().zip(&edge_ends) {
            job::step();
            if edge.contribution.heading != Heading::Backward {
                arcs.push((*from, *to));
            }
            if edge.contribution.heading != Heading::Forward {
                arcs.push((*to, *from));
            }
        }
        let of_edges = arcs.len();
        let mut givers = Vec::with_capacity(splits.len());
        for split in splits {
            job::step();
            let giver = names.number(split.giver.entity());
            givers.push(giver);
            for part in &split.parts {
                job::step();
                arcs.push((giver, names.number(part.to.entity())));
            }
        }
        Self {
            names,
            edge_ends,
            givers,
            arcs,
            of_edges,
        }
    }

    /// The numbers of the given entities that are in the layer.
    fn numbers(&self, ids: &BTreeSet<EntityId>) -> Vec<usize> {
        ids.iter().filter_map(|id| self.names.find(id)).collect()
    }

    fn marks(&self, numbers: &[usize]) -> Vec<bool> {
        let mut marks = vec![false; self.names.count()];
        for number in numbers {
            job::step();
            marks[*number] = true;
        }
        marks
    }

    fn ids(&self, marks: &[bool]) -> HashSet<EntityId> {
        let marked = (0..marks.len()).filter(|number| marks[*number]);
        marked.map(|number| self.names.id(number).clone()).collect()
    }

    /// The entities reached from `starts` along or against the arcs, including `starts`.
    fn reached(&self, starts: &[usize], direction: Traversal) -> Vec<bool> {
        closure(self.marks(starts), &self.arcs, direction)
    }

    /// The given entities, and all that pass on to them what they would keep.
    fn with_givers(&self, inside: &[bool]) -> Vec<bool> {
        closure(inside.to_vec(), &self.arcs[self.of_edges..], Traversal::Backward)
    }
}

/// The marked entities, and all that the arcs lead to from them.
fn closure(mut marks: Vec<bool>, arcs: &[(usize, usize)], direction: Traversal) -> Vec<bool> {
    let turned = |arc: &(usize, usize)| match direction {
        Traversal::Forward => *arc,
        Traversal::Backward => (arc.1, arc.0),
    };
    let (starts, order) = grouped(marks.len(), arcs.iter().map(|arc| turned(arc).0));
    let mut open: Vec<usize> = (0..marks.len()).filter(|number| marks[*number]).collect();
    while let Some(number) = open.pop() {
        job::step();
        for arc in &order[starts[number]..starts[number + 1]] {
            job::step();
            let next = turned(&arcs[*arc]).1;
            if !std::mem::replace(&mut marks[next], true) {
                open.push(next);
            }
        }
    }
    marks
}
