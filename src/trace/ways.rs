//! Where a resource can come from and where it can go, by walks of any length: what a ledger classes relations by.
//!
//! Each answer is a search from many entities at once, one a resource, linear in the relations that carry it. A *conduit*
//! (a fund, programme, project or lab) passes on what it takes in: its own seat says nothing of where that comes from.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::resource_walks::{ResourceWalks, SideMarks, WalkPlace, WalkStep};
use super::rules::Gate;
use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::entity::EntityKind;
use crate::model::id::{EntityId, RelationId};
use crate::model::job;
use crate::model::ontology::RelationKind;
use crate::model::relation::{FlowDirection, Resource};
use crate::model::subgraph::Subgraph;
use crate::model::walk::TruncationReason;

/// What is known of one end of a relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndStanding {
    /// It is among what was asked for, or a walk of the resource leads there.
    In,
    /// It is not stated.
    Unstated,
    /// All that it can be lies elsewhere, and is known to.
    Out,
}

/// Where what a relation carries comes from, and where it goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndClass {
    /// As seen from the sources that were asked for.
    pub origin: EndStanding,
    /// As seen from the targets that were asked for.
    pub destination: EndStanding,
}

impl EndClass {
    /// Neither is stated.
    pub(super) const UNSTATED: Self = Self {
        origin: EndStanding::Unstated,
        destination: EndStanding::Unstated,
    };

    /// Whether it is known to come from elsewhere, or to go elsewhere.
    pub fn is_out(self) -> bool {
        self.origin == EndStanding::Out || self.destination == EndStanding::Out
    }

    /// How well it fits: nothing elsewhere first, then as much stated as can be.
    fn misfit(self) -> (usize, usize) {
        let count = |standing| {
            [self.origin, self.destination]
                .iter()
                .filter(|s| **s == standing)
                .count()
        };
        (count(EndStanding::Out), count(EndStanding::Unstated))
    }
}

/// One side of the question: the entities asked for, and what is known not to be of them.
#[derive(Clone, Debug, Default)]
pub struct LedgerSide {
    /// The entities asked for; without conduits that only their seat put there.
    pub ends: BTreeSet<EntityId>,
    /// Entities known to lie elsewhere.
    pub elsewhere: BTreeSet<EntityId>,
    /// Industries among the ends that stand for their part in a region.
    pub gate: Option<Gate>,
}

/// A relation as a walk sees it.
#[derive(Clone, Copy, Debug)]
pub struct CarriedRelation<'a> {
    /// Where it begins.
    pub from: &'a EntityId,
    /// Where it ends.
    pub to: &'a EntityId,
    /// Which way it carries.
    pub flow: FlowDirection,
    /// What.
    pub resource: Option<Resource>,
}

/// A relation as it is counted: its class, and the ends in the direction that fits.
#[derive(Clone, Copy, Debug)]
pub(super) struct DirectedEnds<'a> {
    pub(super) class: EndClass,
    pub(super) tail: &'a EntityId,
    pub(super) head: &'a EntityId,
    /// Whether it leads from the tail to the head; one whose way is not stated may, and walks do not take it.
    pub(super) is_walked: bool,
}

/// The relations that may be walked, and both sides of the question.
pub struct Ways {
    places: HashMap<EntityId, WalkPlace>,
    pub(super) kinds: Vec<EntityKind>,
    pub(super) from: LedgerSide,
    pub(super) to: LedgerSide,
    pub(super) steps: Vec<(Option<Resource>, WalkStep)>,
    resources: BTreeSet<Resource>,
    truncated: Option<TruncationReason>,
    pub(super) include_unstated: bool,
    nets: BTreeMap<Resource, ResourceWalks>,
}

impl Ways {
    /// Puts together what was walked downstream and upstream, `up` by a reversed walk; unstated directions were walked both ways.
    ///
    /// `include_unstated`: such relations, and those whose resource is not stated, lead on too.
    pub fn new(
        (down, up): (&Subgraph, &Subgraph),
        (from, to): (LedgerSide, LedgerSide),
        include_unstated: bool,
        budget: &mut WorkBudget,
    ) -> Self {
        let mut ways = Self {
            places: HashMap::new(),
            kinds: Vec::new(),
            from,
            to,
            steps: Vec::new(),
            resources: BTreeSet::new(),
            truncated: down.truncated.or(up.truncated),
            include_unstated,
            nets: BTreeMap::new(),
        };
        let mut seen: BTreeSet<RelationId> = BTreeSet::new();
        for (graph, is_reversed) in [(down, false), (up, true)] {
            ways.add(graph, is_reversed, &mut seen);
        }
        let resources: Vec<Resource> = ways.resources.iter().copied().collect();
        for resource in resources {
            match ResourceWalks::new(&ways, resource, budget) {
                Ok(net) => _ = ways.nets.insert(resource, net),
                Err(OutOfWork(reason)) => _ = ways.truncated.get_or_insert(reason),
            }
        }
        ways
    }

    /// Why walks are missing, where that is so: then nothing is known to lie elsewhere.
    pub fn truncated(&self) -> Option<TruncationReason> {
        self.truncated
    }

    fn add(&mut self, graph: &Subgraph, is_reversed: bool, seen: &mut BTreeSet<RelationId>) {
        let ends_in_industries = self.to.ends.iter().any(|end| end.kind() == EntityKind::Industry);
        for relation in &graph.relations {
            job::step();
            let [from, to] = [relation.from, relation.to].map(|at| &graph.entities[at as usize]);
            let is_walked = relation.refusal.is_none() && from.refusal.is_none() && to.refusal.is_none();
            let into_industry = [from, to].iter().any(|end| end.id.kind() == EntityKind::Industry);
            if !is_walked || (into_industry && !ends_in_industries) || !seen.insert(relation.id.clone()) {
                continue;
            }
            let flow = if is_reversed {
                relation.flow.reversed()
            } else {
                relation.flow
            };
            let [from, to] = [self.place(&from.id), self.place(&to.id)];
            self.resources.extend(relation.resource);
            self.add_steps((from, to), flow, relation.resource, relation.kind);
        }
    }

    fn add_steps(
        &mut self,
        (from, to): (WalkPlace, WalkPlace),
        flow: FlowDirection,
        resource: Option<Resource>,
        kind: RelationKind,
    ) {
        let is_carrier = kind.info().is_carrier();
        if resource.is_none() && !is_carrier && !self.include_unstated {
            return;
        }
        let ways: &[(WalkPlace, WalkPlace)] = match flow {
            FlowDirection::Forward => &[(from, to)],
            FlowDirection::Backward => &[(to, from)],
            FlowDirection::Both | FlowDirection::Unstated => &[(from, to), (to, from)],
            FlowDirection::None => &[],
        };
        let is_possible = flow == FlowDirection::Unstated && !self.include_unstated;
        let step = |(tail, head): &(WalkPlace, WalkPlace)| WalkStep {
            tail: *tail,
            head: *head,
            is_carrier,
            is_possible,
        };
        self.steps.extend(ways.iter().map(|way| (resource, step(way))));
    }

    fn place(&mut self, id: &EntityId) -> WalkPlace {
        if let Some(place) = self.places.get(id) {
            return *place;
        }
        let place = WalkPlace::try_from(self.kinds.len()).unwrap_or(WalkPlace::MAX);
        self.kinds.push(id.kind());
        self.places.insert(id.clone(), place);
        place
    }

    /// Which entities, of those walked, are in a set.
    pub(super) fn marks(&self, ids: &BTreeSet<EntityId>) -> Vec<bool> {
        let mut marks = vec![false; self.kinds.len()];
        for place in ids.iter().filter_map(|id| self.places.get(id)) {
            job::step();
            marks[*place as usize] = true;
        }
        marks
    }

    /// Where a relation comes from and goes. BOTH counts in the direction that fits best; of UNSTATED what both directions
    /// agree on is known.
    pub fn class(&self, relation: CarriedRelation<'_>) -> EndClass {
        self.classed(relation).class
    }

    pub(super) fn classed<'a>(&self, relation: CarriedRelation<'a>) -> DirectedEnds<'a> {
        let CarriedRelation { from, to, flow, .. } = relation;
        let one_way = |tail: &'a EntityId, head: &'a EntityId| DirectedEnds {
            class: EndClass {
                origin: self.origin(tail, relation.resource),
                destination: self.destination(head, relation.resource),
            },
            tail,
            head,
            is_walked: flow != FlowDirection::Unstated || self.include_unstated,
        };
        let (there, back) = (one_way(from, to), one_way(to, from));
        match flow {
            FlowDirection::Forward | FlowDirection::None => there,
            FlowDirection::Backward => back,
            FlowDirection::Both if back.class.misfit() < there.class.misfit() => back,
            FlowDirection::Both => there,
            FlowDirection::Unstated => {
                let agreed = |a: EndStanding, b: EndStanding| if a == b { a } else { EndStanding::Unstated };
                let class = EndClass {
                    origin: agreed(there.class.origin, back.class.origin),
                    destination: agreed(there.class.destination, back.class.destination),
                };
                DirectedEnds { class, ..there }
            }
        }
    }

    /// Where what is at an entity can come from.
    pub(super) fn origin(&self, at: &EntityId, resource: Option<Resource>) -> EndStanding {
        self.standing(
            at,
            &self.from,
            resource.and_then(|r| Some(&self.nets.get(&r)?.upstream)),
        )
    }

    /// Where what is at an entity can go.
    pub(super) fn destination(&self, at: &EntityId, resource: Option<Resource>) -> EndStanding {
        self.standing(
            at,
            &self.to,
            resource.and_then(|r| Some(&self.nets.get(&r)?.downstream)),
        )
    }

    /// By walks, where the resource is stated and the entity was walked to; else by the entity alone.
    fn standing(&self, at: &EntityId, side: &LedgerSide, known: Option<&SideMarks>) -> EndStanding {
        let walked = known.and_then(|known| Some((known, *self.places.get(at)? as usize)));
        let (is_in, may_be) = match walked {
            Some((known, place)) => (known.is_in[place], known.may_be[place]),
            None => (
                side.ends.contains(at),
                at.kind().is_conduit() || !side.elsewhere.contains(at),
            ),
        };
        match (is_in, may_be || self.truncated.is_some()) {
            (true, _) => EndStanding::In,
            (false, true) => EndStanding::Unstated,
            (false, false) => EndStanding::Out,
        }
    }

    /// The walks of a resource from and to some entities, for amounts in series.
    pub(super) fn net(&self, resource: Option<Resource>) -> Option<&ResourceWalks> {
        self.nets.get(&resource?)
    }

    pub(super) fn place_of(&self, id: &EntityId) -> Option<WalkPlace> {
        self.places.get(id).copied()
    }

    /// Whether an entity is known to lie elsewhere than both sides of the question.
    pub(super) fn is_elsewhere(&self, id: &EntityId) -> bool {
        !id.kind().is_conduit() && self.from.elsewhere.contains(id) && self.to.elsewhere.contains(id)
    }

    pub(super) fn is_source(&self, id: &EntityId) -> bool {
        self.from.ends.contains(id)
    }
}
