//! The network of one layer: entities, the links between them, and what each entity takes in, gives out, puts in and keeps.
//!
//! Amounts are whole grains. Links that are derived from what an entity keeps (a project that a company carries, the
//! shares of industries) are links like any other, of a [`Split`].

use std::collections::BTreeMap;

use super::assume::{self, Assumption, Scenario};
use super::extent::Extent;
use super::facts::{LinkFact, SplitFact};
use super::grains::{TooLarge, grains, scale, times};
use super::grouped::grouped;
use super::layer::{Heading, MissingReason};
use super::names::Names;
use crate::model::Decimal;
use crate::model::id::{EntityId, RelationId};

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

/// What an entity would keep is passed on by shares.
#[derive(Clone, Debug)]
pub(super) struct Split {
    pub(super) node: NodeIndex,
    /// What is split.
    pub(super) total: Extent,
    pub(super) parts: Vec<Part>,
    /// What the parts without a share get of it at most, together.
    pub(super) open: Decimal,
}

/// A part of a split.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) link: LinkIndex,
    pub(super) share: Option<Decimal>,
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
    /// A share: the place of the split, and of the part in it.
    Share(usize, usize),
}

/// One layer as a network.
#[derive(Clone, Debug)]
pub(super) struct Network {
    /// A grain is 10^-scale of the unit.
    pub(super) scale: u32,
    pub(super) entities: Vec<EntityId>,
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
    /// The network of some facts, under what is assumed of them. Relations from an entity to itself are left out.
    pub(super) fn new(
        links: &[LinkFact],
        splits: &[SplitFact],
        scenario: Option<Scenario>,
        assumption: Option<Assumption>,
    ) -> Result<Self, TooLarge> {
        let finer = if assumption.is_some() { assume::FINER } else { 0 };
        let mut network = Self::of_relations(links, splits, finer)?;
        if let Some(scenario) = scenario {
            assume::at_ends(&mut network, scenario);
        }
        network.index();
        if assumption == Some(Assumption::EqualSplit) {
            assume::split_equally(&mut network)?;
        }
        network.add_splits(splits, scenario);
        network.index();
        network.derive()?;
        Ok(network)
    }

    fn of_relations(facts: &[LinkFact], splits: &[SplitFact], finer: u32) -> Result<Self, TooLarge> {
        let mut names = Names::default();
        let ends = facts.iter();
        let ends: Vec<(usize, usize)> = ends
            .map(|fact| (names.number(&fact.from), names.number(&fact.to)))
            .collect();
        for split in splits {
            names.number(&split.entity);
            for part in &split.parts {
                names.number(&part.to);
            }
        }
        let (entities, places) = names.sorted();
        let scale = scale(facts, splits) + finer;
        let mut network = Self {
            scale,
            entities,
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
            network.add_relation(fact, places[from], places[to])?;
        }
        network.sort_links();
        Ok(network)
    }

    /// Puts the links in order of who gives, so that what an entity gives lies together in memory.
    fn sort_links(&mut self) {
        let (_, order) = grouped(self.entities.len(), self.links.iter().map(|link| link.from));
        let mut places = vec![0; order.len()];
        for (place, link) in order.iter().enumerate() {
            places[*link] = place;
        }
        self.links = order.into_iter().map(|link| self.links[link]).collect();
        for pair in &mut self.pairs {
            (pair.forward, pair.backward) = (places[pair.forward], places[pair.backward]);
        }
        for gap in &mut self.gaps {
            if let GapIn::Amount(link) = &mut gap.what {
                *link = places[*link];
            }
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

    /// The links of what entities pass on of what they would keep; [`Network::derive`] finds how much that is. Who passes on to
    /// others that pass on must come before them.
    fn add_splits(&mut self, facts: &[SplitFact], scenario: Option<Scenario>) {
        for fact in facts {
            let Some(node) = self.node(&fact.entity) else {
                continue;
            };
            let place = self.splits.len();
            let mut parts = Vec::new();
            for part in &fact.parts {
                let Some(to) = self.node(&part.to) else { continue };
                let least = (scenario == Some(Scenario::Lower)).then_some(Decimal::ZERO);
                if let Err(reason) = part.share {
                    self.gaps.push(Gap {
                        relation: self.relations.len(),
                        reason,
                        what: GapIn::Share(place, parts.len()),
                    });
                }
                let share = part.share.ok().or(least);
                parts.push(Part {
                    link: self.links.len(),
                    share,
                });
                self.links.push(Link {
                    from: node,
                    to,
                    extent: Extent::ZERO,
                    relation: self.relations.len(),
                    origin: Origin::Part(place),
                });
                self.relations.push(part.relation.clone());
            }
            self.split_at.insert(node, place);
            self.splits.push(Split {
                node,
                total: Extent::ZERO,
                parts,
                open: (Decimal::ONE - fact.known).max(Decimal::ZERO),
            });
        }
    }

    /// Finds what is split, and what each entity takes in, gives out, puts in and keeps, from the amounts of the relations.
    pub(super) fn derive(&mut self) -> Result<(), TooLarge> {
        for place in 0..self.splits.len() {
            let split = &self.splits[place];
            let own = self
                .out
                .of(split.node)
                .iter()
                .filter(|link| !self.is_part(**link));
            let total = self.sum(self.into.of(split.node))?.excess(self.sum(own)?);
            let open = Extent::up_to(times(total, split.open)?.upper);
            let extent = |part: &Part| part.share.map_or(Ok(open), |share| times(total, share));
            let extents = split.parts.iter().map(|part| Ok((part.link, extent(part)?)));
            for (link, extent) in extents.collect::<Result<Vec<_>, TooLarge>>()? {
                self.links[link].extent = extent;
            }
            self.splits[place].total = total;
        }
        self.nodes = (0..self.entities.len())
            .map(|node| self.measure(node))
            .collect::<Result<_, _>>()?;
        Ok(())
    }

    fn measure(&self, node: NodeIndex) -> Result<Node, TooLarge> {
        let own = self.out.of(node).iter().filter(|link| !self.is_part(**link));
        let (taken, given) = (self.sum(self.into.of(node))?, self.sum(own)?);
        let absorbed = match self.split_at.get(&node) {
            Some(place) => kept(&self.splits[*place])?,
            None => taken.excess(given),
        };
        Ok(Node {
            taken,
            given,
            injected: given.excess(taken),
            absorbed,
            is_uncertain: !taken.is_certain() || !given.is_certain(),
        })
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
        self.entities.binary_search(id).ok()
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

/// What an entity keeps of what is split: what has no known share in it, less what others may get.
fn kept(split: &Split) -> Result<Extent, TooLarge> {
    let known: Decimal = split.parts.iter().filter_map(|part| part.share).sum();
    let rest = times(split.total, (Decimal::ONE - known).max(Decimal::ZERO))?;
    if split.parts.iter().all(|part| part.share.is_some()) {
        return Ok(rest);
    }
    let least = times(
        split.total,
        (Decimal::ONE - known - split.open).max(Decimal::ZERO),
    )?;
    Ok(Extent {
        lower: least.lower,
        upper: rest.upper,
    })
}
