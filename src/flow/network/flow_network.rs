//! The network of one layer: entities, the edges between them, and the amounts that each receives, gives,
//! puts in and keeps.
//!
//! Amounts are whole minor units. Edges for what an entity would keep (a project that a company carries,
//! shares of industries) are ordinary edges that belong to a [`Split`].

use std::collections::{BTreeMap, BTreeSet};

use super::entity_numbers::EntityNumbers;
use super::grouped::grouped;
use super::indices::{EdgeIndex, NodeIndex};
use super::split::Split;
use crate::flow::amounts::amount_range::AmountRange;
use crate::flow::amounts::minor_units::{TooLarge, minor_units};
use crate::flow::facts::edge_fact::EdgeFact;
use crate::flow::facts::layer::{Heading, MissingReason};
use crate::flow::facts::split_fact::{NodeKey, SplitFact};
use crate::model::id::{EntityId, RelationId};
use crate::model::job;

/// An edge between two entities.
#[derive(Clone, Copy, Debug)]
pub(in crate::flow) struct FlowEdge {
    pub(in crate::flow) from: NodeIndex,
    pub(in crate::flow) to: NodeIndex,
    pub(in crate::flow) range: AmountRange,
    /// The relation that it represents.
    pub(in crate::flow) relation: usize,
    pub(in crate::flow) origin: EdgeOrigin,
}

/// The origin of an edge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::flow) enum EdgeOrigin {
    /// A relation with a stated direction.
    Relation,
    /// A relation with an unstated direction: the index of its [`DirectionPair`].
    Either(usize),
    /// Part of what an entity absorbs: the index of its [`Split`].
    Part(usize),
}

/// The two directions of a relation without a stated direction: both together carry its amount.
#[derive(Clone, Copy, Debug)]
pub(in crate::flow) struct DirectionPair {
    pub(in crate::flow) forward: EdgeIndex,
    pub(in crate::flow) backward: EdgeIndex,
    pub(in crate::flow) range: AmountRange,
}

/// The amounts that an entity receives, gives, puts in of its own, and keeps.
#[derive(Clone, Copy, Debug)]
pub(in crate::flow) struct FlowNode {
    pub(in crate::flow) taken: AmountRange,
    /// Without the part that it would keep and passes on.
    pub(in crate::flow) given: AmountRange,
    pub(in crate::flow) injected: AmountRange,
    pub(in crate::flow) absorbed: AmountRange,
    /// Whether an amount at it is uncertain, except shares of what it keeps.
    pub(in crate::flow) is_uncertain: bool,
}

impl FlowNode {
    /// The throughput: the larger of what it receives and gives. What it passes on by shares it has received.
    pub(in crate::flow) fn throughput(&self) -> AmountRange {
        self.taken.max(self.given)
    }
}

/// A fact that is not fully known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::flow) struct FlowGap {
    pub(in crate::flow) relation: usize,
    pub(in crate::flow) reason: MissingReason,
    pub(in crate::flow) kind: GapKind,
}

/// The part of the network that is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::flow) enum GapKind {
    /// The amount of an edge.
    Amount(EdgeIndex),
    /// The direction of a relation.
    Direction(usize),
    /// A part of unknown size: the index of the split, and of the part in it.
    Share(usize, usize),
    /// The stated amount of a part.
    PartAmount(usize, usize),
}

/// A layer as a network.
#[derive(Clone, Debug)]
pub(in crate::flow) struct FlowNetwork {
    /// A minor unit is 10^-scale of the unit.
    pub(in crate::flow) scale: u32,
    /// The entity of each node; portions come after all others.
    pub(in crate::flow) entities: Vec<EntityId>,
    /// The portions, in order.
    portions: Vec<NodeKey>,
    pub(in crate::flow) relations: Vec<RelationId>,
    pub(in crate::flow) nodes: Vec<FlowNode>,
    pub(in crate::flow) edges: Vec<FlowEdge>,
    pub(in crate::flow) pairs: Vec<DirectionPair>,
    pub(in crate::flow) splits: Vec<Split>,
    pub(in crate::flow) gaps: Vec<FlowGap>,
    /// The splits by node.
    pub(in crate::flow) split_at: BTreeMap<NodeIndex, usize>,
    out: Adjacency,
    into: Adjacency,
}

impl FlowNetwork {
    /// The nodes, and the edges of relations.
    pub(super) fn of_relations<'f>(
        facts: &[&'f EdgeFact],
        splits: &'f [SplitFact],
        scale: u32,
    ) -> Result<Self, TooLarge> {
        let mut names = EntityNumbers::default();
        let ends = facts.iter();
        let ends: Vec<(usize, usize)> = ends
            .map(|fact| (names.number(&fact.from), names.number(&fact.to)))
            .collect();
        let mut portions: BTreeSet<&NodeKey> = BTreeSet::new();
        for split in splits {
            job::step();
            for key in std::iter::once(&split.giver).chain(split.parts.iter().map(|part| &part.to)) {
                job::step();
                match key {
                    NodeKey::Entity(id) => _ = names.number(id),
                    NodeKey::Portion(..) => _ = portions.insert(key),
                }
            }
        }
        let (mut entities, places) = names.sorted();
        entities.extend(portions.iter().map(|key| key.entity().clone()));
        let mut network = Self {
            scale,
            entities,
            portions: portions.into_iter().cloned().collect(),
            relations: Vec::with_capacity(facts.len()),
            nodes: Vec::new(),
            edges: Vec::with_capacity(facts.len()),
            pairs: Vec::new(),
            splits: Vec::new(),
            gaps: Vec::new(),
            split_at: BTreeMap::new(),
            out: Adjacency::default(),
            into: Adjacency::default(),
        };
        for (fact, (from, to)) in facts.iter().zip(ends).filter(|(_, (from, to))| from != to) {
            job::step();
            network.add_relation(fact, places[from], places[to])?;
        }
        Ok(network)
    }

    /// Sorts the edges by giver, so that the edges of an entity are adjacent in memory.
    pub(super) fn sort_edges(&mut self) {
        let (_, order) = grouped(self.entities.len(), self.edges.iter().map(|edge| edge.from));
        let mut places = vec![0; order.len()];
        for (place, edge) in order.iter().enumerate() {
            job::step();
            places[*edge] = place;
        }
        self.edges = order.into_iter().map(|edge| self.edges[edge]).collect();
        for pair in &mut self.pairs {
            job::step();
            (pair.forward, pair.backward) = (places[pair.forward], places[pair.backward]);
        }
        for gap in &mut self.gaps {
            job::step();
            if let GapKind::Amount(edge) = &mut gap.kind {
                *edge = places[*edge];
            }
        }
        for part in self.splits.iter_mut().flat_map(|split| &mut split.parts) {
            job::step();
            part.edge = places[part.edge];
        }
    }

    fn add_relation(&mut self, fact: &EdgeFact, from: NodeIndex, to: NodeIndex) -> Result<(), TooLarge> {
        let relation = self.relations.len();
        self.relations.push(fact.relation.clone());
        let contribution = &fact.contribution;
        let range = AmountRange {
            lower: minor_units(contribution.lower, self.scale)?,
            upper: contribution
                .upper
                .map(|upper| minor_units(upper, self.scale))
                .transpose()?,
        };
        let edge = |from, to, range, origin| FlowEdge {
            from,
            to,
            range,
            relation,
            origin,
        };
        let first = self.edges.len();
        let kind = match contribution.heading {
            Heading::Forward => {
                self.edges.push(edge(from, to, range, EdgeOrigin::Relation));
                GapKind::Amount(first)
            }
            Heading::Backward => {
                self.edges.push(edge(to, from, range, EdgeOrigin::Relation));
                GapKind::Amount(first)
            }
            Heading::Either => {
                let (pair, one_way) = (self.pairs.len(), AmountRange::up_to(range.upper));
                self.edges.push(edge(from, to, one_way, EdgeOrigin::Either(pair)));
                self.edges.push(edge(to, from, one_way, EdgeOrigin::Either(pair)));
                self.pairs.push(DirectionPair {
                    forward: first,
                    backward: first + 1,
                    range,
                });
                GapKind::Direction(pair)
            }
        };
        if let Some(reason) = contribution.missing {
            self.gaps.push(FlowGap {
                relation,
                reason,
                kind,
            });
        }
        Ok(())
    }

    /// Computes the splits and the amounts of each node from the amounts of the relations.
    pub(in crate::flow) fn derive(&mut self) -> Result<(), TooLarge> {
        let mut kept = BTreeMap::new();
        for place in 0..self.splits.len() {
            job::step();
            kept.insert(self.splits[place].node, self.divide(place)?);
        }
        self.nodes = (0..self.entities.len())
            .map(|node| self.measure(node, kept.get(&node).copied()))
            .collect::<Result<_, _>>()?;
        Ok(())
    }

    /// Divides what the entity of a split would keep, and returns what it keeps.
    pub(super) fn divide(&mut self, place: usize) -> Result<AmountRange, TooLarge> {
        let node = self.splits[place].node;
        let own = self.out.at(node).iter().filter(|edge| !self.is_part(**edge));
        self.splits[place].total = self.sum(self.into.at(node))?.excess(self.sum(own)?);
        let split = &self.splits[place];
        let division = split.divide()?;
        for (part, range) in split.parts.iter().zip(division.parts) {
            job::step();
            self.edges[part.edge].range = range;
        }
        Ok(division.kept)
    }

    fn measure(&self, node: NodeIndex, kept: Option<AmountRange>) -> Result<FlowNode, TooLarge> {
        let own = self.out.at(node).iter().filter(|edge| !self.is_part(**edge));
        let (taken, given) = (self.sum(self.into.at(node))?, self.sum(own)?);
        Ok(FlowNode {
            taken,
            given,
            injected: given.excess(taken),
            absorbed: kept.unwrap_or_else(|| taken.excess(given)),
            is_uncertain: !taken.is_certain() || !given.is_certain(),
        })
    }

    /// Whether the amount at a node, or its division, is not one number.
    pub(in crate::flow) fn is_open(&self, node: NodeIndex) -> bool {
        let facts = &self.nodes[node];
        let is_split_open = |place: &usize| {
            let mut parts = self.splits[*place].parts.iter();
            parts.any(|part| !self.edges[part.edge].range.is_certain())
        };
        facts.is_uncertain
            || !facts.absorbed.is_certain()
            || self.split_at.get(&node).is_some_and(is_split_open)
    }

    fn is_part(&self, edge: EdgeIndex) -> bool {
        matches!(self.edges[edge].origin, EdgeOrigin::Part(_))
    }

    fn sum<'a>(&self, edges: impl IntoIterator<Item = &'a EdgeIndex>) -> Result<AmountRange, TooLarge> {
        let mut extents = edges.into_iter().map(|edge| self.edges[*edge].range);
        extents
            .try_fold(AmountRange::ZERO, AmountRange::plus)
            .ok_or(TooLarge)
    }

    /// The index of an entity; `None` if it is not in the layer.
    pub(in crate::flow) fn node(&self, id: &EntityId) -> Option<NodeIndex> {
        let entities = &self.entities[..self.entities.len() - self.portions.len()];
        entities.binary_search(id).ok()
    }

    /// The index of a node.
    pub(in crate::flow) fn node_of(&self, key: &NodeKey) -> Option<NodeIndex> {
        match key {
            NodeKey::Entity(id) => self.node(id),
            NodeKey::Portion(..) => {
                let place = self.portions.binary_search(key).ok()?;
                Some(self.entities.len() - self.portions.len() + place)
            }
        }
    }

    /// The edges out of a node.
    pub(in crate::flow) fn outgoing(&self, node: NodeIndex) -> &[EdgeIndex] {
        self.out.at(node)
    }

    /// The edges into a node.
    pub(in crate::flow) fn incoming(&self, node: NodeIndex) -> &[EdgeIndex] {
        self.into.at(node)
    }

    /// Builds the adjacency lists.
    pub(in crate::flow) fn index(&mut self) {
        let count = self.entities.len();
        self.out = Adjacency::new(count, self.edges.iter().map(|edge| edge.from));
        self.into = Adjacency::new(count, self.edges.iter().map(|edge| edge.to));
    }
}

/// The edges at each node, in their own order.
#[derive(Clone, Debug, Default)]
struct Adjacency {
    starts: Vec<usize>,
    edges: Vec<EdgeIndex>,
}

impl Adjacency {
    fn new(count: usize, ends: impl Iterator<Item = NodeIndex> + Clone) -> Self {
        let (starts, edges) = grouped(count, ends);
        Self { starts, edges }
    }

    fn at(&self, node: NodeIndex) -> &[EdgeIndex] {
        &self.edges[self.starts[node]..self.starts[node + 1]]
    }
}
