//! The part of a layer that an answer rests on: what lies between its ends, with every relation that has an end there.
//!
//! An amount elsewhere can neither refuse an answer, nor make it slower, nor stand among its facts.

use std::collections::{BTreeSet, HashSet};

use super::carriers::Ends;
use super::facts::{LinkFact, SplitFact};
use super::grouped::grouped;
use super::layer::Heading;
use super::names::Names;
use crate::model::id::EntityId;
use crate::model::job;

/// Which part of a layer is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// What can be reached from the sources and leads to the targets.
    Between,
    /// The targets alone.
    Targets,
    /// All that leads to the targets.
    Upstream,
}

/// The relations and splits of a part of a layer.
#[derive(Debug)]
pub(super) struct PartOfLayer<'f> {
    pub(super) links: Vec<&'f LinkFact>,
    pub(super) splits: Vec<SplitFact>,
    /// The entities of the part; others are in it only as the far ends of relations.
    pub(super) inside: HashSet<EntityId>,
}

/// Takes a part out of a layer, in time linear in the layer.
pub(super) fn part_of<'f>(
    links: &'f [LinkFact],
    splits: Vec<SplitFact>,
    ends: &Ends,
    scope: Scope,
) -> PartOfLayer<'f> {
    let graph = Graph::new(links, &splits);
    let (from, to) = (graph.numbers(&ends.sources), graph.numbers(&ends.targets));
    let inside = match scope {
        Scope::Targets => graph.marks(&to),
        Scope::Upstream => graph.reached(&to, Way::Back),
        Scope::Between => {
            let (after, before) = (graph.reached(&from, Way::On), graph.reached(&to, Way::Back));
            let both = after.iter().zip(before);
            both.map(|(after, before)| *after && before).collect()
        }
    };
    // What is passed on to the part depends on all that its giver takes in.
    let near = graph.with_givers(&inside);
    let ends = links.iter().zip(&graph.link_ends);
    let links = ends
        .filter(|(_, (from, to))| near[*from] || near[*to])
        .map(|(link, _)| link)
        .collect();
    let kept: Vec<bool> = graph.givers.iter().map(|giver| near[*giver]).collect();
    let inside = graph.ids(&inside);
    let splits = splits.into_iter().zip(kept).filter(|(_, kept)| *kept);
    PartOfLayer {
        links,
        splits: splits.map(|(split, _)| split).collect(),
        inside,
    }
}

/// Entities as numbers, and who may give to whom.
struct Graph<'f> {
    names: Names<'f>,
    /// Of each relation.
    link_ends: Vec<(usize, usize)>,
    /// Of each split.
    givers: Vec<usize>,
    /// Givers and takers; those of splits come last.
    arcs: Vec<(usize, usize)>,
    of_links: usize,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    On,
    Back,
}

impl<'f> Graph<'f> {
    fn new(links: &'f [LinkFact], splits: &'f [SplitFact]) -> Self {
        let mut names = Names::default();
        let ends = links.iter();
        let link_ends: Vec<(usize, usize)> = ends
            .map(|link| (names.number(&link.from), names.number(&link.to)))
            .collect();
        let mut arcs = Vec::with_capacity(links.len());
        for (link, (from, to)) in links.iter().zip(&link_ends) {
            job::step();
            if link.carried.heading != Heading::Backward {
                arcs.push((*from, *to));
            }
            if link.carried.heading != Heading::Forward {
                arcs.push((*to, *from));
            }
        }
        let of_links = arcs.len();
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
            link_ends,
            givers,
            arcs,
            of_links,
        }
    }

    /// The numbers of those of some entities that are in the layer.
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

    /// Some entities, and all that the arcs lead to from them, or from which they lead to them.
    fn reached(&self, starts: &[usize], way: Way) -> Vec<bool> {
        closure(self.marks(starts), &self.arcs, way)
    }

    /// Some entities, and all who pass on to them what they would keep.
    fn with_givers(&self, inside: &[bool]) -> Vec<bool> {
        closure(inside.to_vec(), &self.arcs[self.of_links..], Way::Back)
    }
}

/// What is marked, and all that the arcs lead to from it.
fn closure(mut marks: Vec<bool>, arcs: &[(usize, usize)], way: Way) -> Vec<bool> {
    let turned = |arc: &(usize, usize)| match way {
        Way::On => *arc,
        Way::Back => (arc.1, arc.0),
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
