//! The network of one layer: entities, the links between them, and what each entity takes in, gives out, puts in and keeps.
//!
//! Amounts are whole grains. Links that are derived from what an entity keeps (a project that a company carries, the
//! shares of industries) are links like any other, of a [`Split`].

use std::collections::{BTreeMap, BTreeSet};

use super::assume::{self, Assumption, Scenario};
use super::extent::Extent;
use super::facts::{LinkFact, NodeKey, OnwardLink, SplitFact};
use super::grains::{TooLarge, grains, scale};
use super::grouped::grouped;
use super::layer::{Heading, MissingReason};
use super::names::Names;
use super::split::Split;
use crate::model::id::{EntityId, RelationId};
use crate::model::job;

/// The place of an entity in a network. Entities are in order of their ids, so that an answer does not depend on the store.
pub(super) type NodeIndex = usize;
/// The place of a link in a network.
pub(super) type LinkIndex = usize;

/// A link between two entities.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) from: NodeIndex,
    pub(super) to: NodeIndex,
    pub(super) extent: Extent,
    /// The relation it stands for.
    pub(super) relation: usize,
    pub(super) origin: Origin,
}

/// Why there is a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A relation carries.
    Relation,
    /// A relation carries one way or the other: the place of its [`Pair`].
    Either(usize),
    /// Part of what an entity absorbs: the place of its [`Split`].
    Part(usize),
}

/// The two ways of a relation whose direction is not stated: both together carry its amount.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    pub(super) forward: LinkIndex,
    pub(super) backward: LinkIndex,
    pub(super) extent: Extent,
}

/// What an entity takes in, gives out, puts in of its own, and keeps.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) taken: Extent,
    /// Without what it passes on of what it would keep.
    pub(super) given: Extent,
    pub(super) injected: Extent,
    pub(super) absorbed: Extent,
    /// Whether an amount at it is uncertain, shares of what it keeps aside.
    pub(super) is_uncertain: bool,
}

impl Node {
    /// What goes through it: the larger of what it takes in and gives out. What it passes on by shares it took in.
    pub(super) fn through(&self) -> Extent {
        self.taken.max(self.given)
    }
}

/// A fact that is not known whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) relation: usize,
    pub(super) reason: MissingReason,
    pub(super) what: GapIn,
}

/// Where something is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GapIn {
    /// The amount of a link.
    Amount(LinkIndex),
    /// The direction of a relation.
    Direction(usize),
    /// A part that is not stated: the place of the split, and of the part in it.
    Share(usize, usize),
    /// The stated amount of a part.
    PartAmount(usize, usize),
}

/// One layer as a network.
#[derive(Clone, Debug)]
pub(super) struct Network {
    /// A grain is 10^-scale of the unit.
    pub(super) scale: u32,
    /// Of each node; those of portions come after all others.
    pub(super) entities: Vec<EntityId>,
    /// The portions, in order.
    portions: Vec<NodeKey>,
    pub(super) relations: Vec<RelationId>,
    pub(super) nodes: Vec<Node>,
    pub(super) links: Vec<Link>,
    pub(super) pairs: Vec<Pair>,
    pub(super) splits: Vec<Split>,
    pub(super) gaps: Vec<Gap>,
    /// The splits by their entity.
    pub(super) split_at: BTreeMap<NodeIndex, usize>,
    out: Adjacency,
    into: Adjacency,
}

impl Network {
    /// The network of some facts, under what is assumed of them. Relations from an entity to itself are left out. Who passes on to
    /// others that pass on must come before them among the splits.
    pub(super) fn new<'f>(
        links: &[&'f LinkFact],
        onward: &'f [OnwardLink],
        splits: &'f [SplitFact],
        scenario: Option<Scenario>,
        assumption: Option<Assumption>,
    ) -> Result<Self, TooLarge> {
        let finer = if assumption.is_some() { assume::FINER } else { 0 };
        Self::at_scale(
            links,
            onward,
            splits,
            (scenario, assumption),
            scale(links, splits) + finer,
        )
    }

    /// The same at a scale that is known to be fine enough.
    pub(super) fn at_scale<'f>(
        links: &[&'f LinkFact],
        onward: &'f [OnwardLink],
        splits: &'f [SplitFact],
        (scenario, assumption): (Option<Scenario>, Option<Assumption>),
        scale: u32,
    ) -> Result<Self, TooLarge> {
        let mut network = Self::of_relations(links, splits, scale)?;
        if let Some(scenario) = scenario {
            assume::at_ends(&mut network, scenario);
        }
        for link in onward {
            job::step();
            network.add_onward(link);
        }
        network.add_splits(splits, (scenario, assumption))?;
        network.sort_links();
        network.index();
        if assumption == Some(Assumption::EqualSplit) {
            assume::split_equally(&mut network)?;
        }
        network.derive()?;
        Ok(network)
    }

    fn of_relations<'f>(
        facts: &[&'f LinkFact],
        splits: &'f [SplitFact],
        scale: u32,
    ) -> Result<Self, TooLarge> {
        let mut names = Names::default();
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
            links: Vec::with_capacity(facts.len()),
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

    /// Puts the links in order of who gives, so that what an entity gives lies together in memory.
    fn sort_links(&mut self) {
        let (_, order) = grouped(self.entities.len(), self.links.iter().map(|link| link.from));
        let mut places = vec![0; order.len()];
        for (place, link) in order.iter().enumerate() {
            job::step();
            places[*link] = place;
        }
        self.links = order.into_iter().map(|link| self.links[link]).collect();
        for pair in &mut self.pairs {
            job::step();
            (pair.forward, pair.backward) = (places[pair.forward], places[pair.backward]);
        }
        for gap in &mut self.gaps {
            job::step();
            if let GapIn::Amount(link) = &mut gap.what {
                *link = places[*link];
            }
        }
        for part in self.splits.iter_mut().flat_map(|split| &mut split.parts) {
            job::step();
            part.link = places[part.link];
        }
    }

    fn add_relation(&mut self, fact: &LinkFact, from: NodeIndex, to: NodeIndex) -> Result<(), TooLarge> {
        let relation = self.relations.len();
        self.relations.push(fact.relation.clone());
        let carried = &fact.carried;
        let extent = Extent {
            lower: grains(carried.lower, self.scale)?,
            upper: carried.upper.map(|upper| grains(upper, self.scale)).transpose()?,
        };
        let link = |from, to, extent, origin| Link {
            from,
            to,
            extent,
            relation,
            origin,
        };
        let first = self.links.len();
        let what = match carried.heading {
            Heading::Forward => {
                self.links.push(link(from, to, extent, Origin::Relation));
                GapIn::Amount(first)
            }
            Heading::Backward => {
                self.links.push(link(to, from, extent, Origin::Relation));
                GapIn::Amount(first)
            }
            Heading::Either => {
                let (pair, one_way) = (self.pairs.len(), Extent::up_to(extent.upper));
                self.links.push(link(from, to, one_way, Origin::Either(pair)));
                self.links.push(link(to, from, one_way, Origin::Either(pair)));
                self.pairs.push(Pair {
                    forward: first,
                    backward: first + 1,
                    extent,
                });
                GapIn::Direction(pair)
            }
        };
        if let Some(reason) = carried.missing {
            self.gaps.push(Gap {
                relation,
                reason,
                what,
            });
        }
        Ok(())
    }

    /// Finds what is split, and what each entity takes in, gives out, puts in and keeps, from the amounts of the relations.
    pub(super) fn derive(&mut self) -> Result<(), TooLarge> {
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

    /// Divides what the entity of a split would keep, and gives what it does.
    pub(super) fn divide(&mut self, place: usize) -> Result<Extent, TooLarge> {
        let node = self.splits[place].node;
        let own = self.out.of(node).iter().filter(|link| !self.is_part(**link));
        self.splits[place].total = self.sum(self.into.of(node))?.excess(self.sum(own)?);
        let split = &self.splits[place];
        let division = split.divide()?;
        for (part, extent) in split.parts.iter().zip(division.parts) {
            job::step();
            self.links[part.link].extent = extent;
        }
        Ok(division.kept)
    }

    fn measure(&self, node: NodeIndex, kept: Option<Extent>) -> Result<Node, TooLarge> {
        let own = self.out.of(node).iter().filter(|link| !self.is_part(**link));
        let (taken, given) = (self.sum(self.into.of(node))?, self.sum(own)?);
        Ok(Node {
            taken,
            given,
            injected: given.excess(taken),
            absorbed: kept.unwrap_or_else(|| taken.excess(given)),
            is_uncertain: !taken.is_certain() || !given.is_certain(),
        })
    }

    /// Whether what is at a node, or how it is split, is not known as one number.
    pub(super) fn is_open(&self, node: NodeIndex) -> bool {
        let facts = &self.nodes[node];
        let is_split_open = |place: &usize| {
            let mut parts = self.splits[*place].parts.iter();
            parts.any(|part| !self.links[part.link].extent.is_certain())
        };
        facts.is_uncertain
            || !facts.absorbed.is_certain()
            || self.split_at.get(&node).is_some_and(is_split_open)
    }

    fn is_part(&self, link: LinkIndex) -> bool {
        matches!(self.links[link].origin, Origin::Part(_))
    }

    fn sum<'a>(&self, links: impl IntoIterator<Item = &'a LinkIndex>) -> Result<Extent, TooLarge> {
        let mut extents = links.into_iter().map(|link| self.links[*link].extent);
        extents.try_fold(Extent::ZERO, Extent::plus).ok_or(TooLarge)
    }

    /// The place of an entity; none where it is not in the layer.
    pub(super) fn node(&self, id: &EntityId) -> Option<NodeIndex> {
        let entities = &self.entities[..self.entities.len() - self.portions.len()];
        entities.binary_search(id).ok()
    }

    /// The place of a node.
    pub(super) fn node_of(&self, key: &NodeKey) -> Option<NodeIndex> {
        match key {
            NodeKey::Entity(id) => self.node(id),
            NodeKey::Portion(..) => {
                let place = self.portions.binary_search(key).ok()?;
                Some(self.entities.len() - self.portions.len() + place)
            }
        }
    }

    /// The links out of an entity.
    pub(super) fn outgoing(&self, node: NodeIndex) -> &[LinkIndex] {
        self.out.of(node)
    }

    /// The links into an entity.
    pub(super) fn incoming(&self, node: NodeIndex) -> &[LinkIndex] {
        self.into.of(node)
    }

    /// Sorts the links by their ends.
    fn index(&mut self) {
        let count = self.entities.len();
        self.out = Adjacency::new(count, self.links.iter().map(|link| link.from));
        self.into = Adjacency::new(count, self.links.iter().map(|link| link.to));
    }
}

/// The links at each entity, in their own order.
#[derive(Clone, Debug, Default)]
struct Adjacency {
    starts: Vec<usize>,
    links: Vec<LinkIndex>,
}

impl Adjacency {
    fn new(count: usize, ends: impl Iterator<Item = NodeIndex> + Clone) -> Self {
        let (starts, links) = grouped(count, ends);
        Self { starts, links }
    }

    fn of(&self, node: NodeIndex) -> &[LinkIndex] {
        &self.links[self.starts[node]..self.starts[node + 1]]
    }
}
