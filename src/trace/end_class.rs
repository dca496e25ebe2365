//! The origin and destination of what a relation carries, by walks of any length. The ledger classifies
//! relations by them.
//!
//! Each result is a search from many entities at once for one resource, linear in the relations that carry
//! it. A *conduit* (a fund, program, project or lab) passes on what it takes in, so its location does not
//! show where that comes from.

use std::collections::{BTreeMap, BTreeSet};

use super::resource_walks::{ResourceWalks, SideMarks};
use super::rules::IndustryGate;
use super::walk_graph::{GateMarks, WalkGraph, WalkNode, WalkSide};
use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::entity::EntityKind;
use crate::model::flow_direction::FlowDirection;
use crate::model::id::{EntityId, RelationId};
use crate::model::job;
use crate::model::resource::Resource;
use crate::model::subgraph::Subgraph;
use crate::model::walk::TruncationReason;

/// Whether one end of a flow is on the requested side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EndStatus {
    /// It is selected, or a walk of the resource leads there.
    In,
    /// It is not stated.
    Unstated,
    /// Everything it can be is known to lie elsewhere.
    Out,
}

/// The status of the origin and destination of what a relation carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EndClass {
    /// The origin, relative to the selected sources.
    pub origin: EndStatus,
    /// The destination, relative to the selected targets.
    pub destination: EndStatus,
}

impl EndClass {
    /// Neither end is stated.
    pub(super) const UNSTATED: Self = Self {
        origin: EndStatus::Unstated,
        destination: EndStatus::Unstated,
    };

    /// Whether it is known to come from elsewhere or go elsewhere.
    pub fn is_out(self) -> bool {
        self.origin == EndStatus::Out || self.destination == EndStatus::Out
    }

    /// The degree of mismatch: the number of ends elsewhere, then of ends not stated.
    fn misfit(self) -> (usize, usize) {
        let count = |status| {
            [self.origin, self.destination]
                .iter()
                .filter(|s| **s == status)
                .count()
        };
        (count(EndStatus::Out), count(EndStatus::Unstated))
    }
}

/// One side of a ledger: the selected entities, and those known not to be among them.
#[derive(Clone, Debug, Default)]
pub struct LedgerSide {
    /// The selected entities, without conduits that are selected only by their location.
    pub ends: BTreeSet<EntityId>,
    /// Entities known to lie elsewhere.
    pub elsewhere: BTreeSet<EntityId>,
    /// The region to which Industries among the ends are restricted.
    pub gate: Option<IndustryGate>,
}

impl LedgerSide {
    fn marks(&self, graph: &WalkGraph) -> WalkSide {
        WalkSide {
            ends: graph.marks(&self.ends),
            elsewhere: graph.marks(&self.elsewhere),
            gate: self.gate.as_ref().map(|gate| GateMarks {
                industries: graph.marks(&gate.industries),
                inside: graph.marks(&gate.inside),
            }),
        }
    }
}

/// The part of a relation that a walk uses.
#[derive(Clone, Copy, Debug)]
pub struct CarriedRelation<'a> {
    /// The `from` end.
    pub from: &'a EntityId,
    /// The `to` end.
    pub to: &'a EntityId,
    /// The direction in which it carries.
    pub flow: FlowDirection,
    /// The resource that it carries.
    pub resource: Option<Resource>,
}

/// The class of a relation, and its ends in the direction that fits best.
#[derive(Clone, Copy, Debug)]
pub(super) struct DirectedEnds<'a> {
    pub(super) class: EndClass,
    pub(super) tail: &'a EntityId,
    pub(super) head: &'a EntityId,
    /// Whether walks take it from the tail to the head; not if its direction is unstated.
    pub(super) is_walked: bool,
}

/// Classifies the ends of relations by walks between both sides of a ledger.
pub struct EndClassifier {
    graph: WalkGraph,
    from: LedgerSide,
    to: LedgerSide,
    resources: BTreeSet<Resource>,
    truncated: Option<TruncationReason>,
    walks: BTreeMap<Resource, ResourceWalks>,
}

impl EndClassifier {
    /// Builds the classifier from a subgraph walked downstream and one walked upstream, with `up` from a
    /// reversed walk; unstated directions are walked both ways.
    ///
    /// With `include_unstated`, relations with an unstated direction or resource lead on as well.
    pub fn new(
        (down, up): (&Subgraph, &Subgraph),
        (from, to): (LedgerSide, LedgerSide),
        include_unstated: bool,
        budget: &mut WorkBudget,
    ) -> Self {
        let mut classifier = Self {
            graph: WalkGraph::new(include_unstated),
            from,
            to,
            resources: BTreeSet::new(),
            truncated: down.truncated.or(up.truncated),
            walks: BTreeMap::new(),
        };
        let mut seen: BTreeSet<RelationId> = BTreeSet::new();
        for (graph, is_reversed) in [(down, false), (up, true)] {
            classifier.add(graph, is_reversed, &mut seen);
        }
        let resources: Vec<Resource> = classifier.resources.iter().copied().collect();
        let [sources, targets] = [&classifier.from, &classifier.to].map(|side| side.marks(&classifier.graph));
        for resource in resources {
            match ResourceWalks::new(&classifier.graph, [&sources, &targets], resource, budget) {
                Ok(walks) => _ = classifier.walks.insert(resource, walks),
                Err(BudgetExhausted(reason)) => _ = classifier.truncated.get_or_insert(reason),
            }
        }
        classifier
    }

    /// Why walks may be missing; then no end is known to lie elsewhere.
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
            let [from, to] = [self.graph.number(&from.id), self.graph.number(&to.id)];
            self.resources.extend(relation.resource);
            self.graph
                .add_steps((from, to), flow, relation.resource, relation.kind);
        }
    }

    /// Classifies a relation. BOTH is classified in the direction that fits best; UNSTATED by what both
    /// directions agree on.
    pub fn class(&self, relation: CarriedRelation<'_>) -> EndClass {
        self.directed_ends(relation).class
    }

    pub(super) fn directed_ends<'a>(&self, relation: CarriedRelation<'a>) -> DirectedEnds<'a> {
        let CarriedRelation { from, to, flow, .. } = relation;
        let one_way = |tail: &'a EntityId, head: &'a EntityId| DirectedEnds {
            class: EndClass {
                origin: self.origin(tail, relation.resource),
                destination: self.destination(head, relation.resource),
            },
            tail,
            head,
            is_walked: flow != FlowDirection::Unstated || self.graph.include_unstated,
        };
        let (there, back) = (one_way(from, to), one_way(to, from));
        match flow {
            FlowDirection::Forward | FlowDirection::None => there,
            FlowDirection::Backward => back,
            FlowDirection::Both if back.class.misfit() < there.class.misfit() => back,
            FlowDirection::Both => there,
            FlowDirection::Unstated => {
                let agreed = |a: EndStatus, b: EndStatus| if a == b { a } else { EndStatus::Unstated };
                let class = EndClass {
                    origin: agreed(there.class.origin, back.class.origin),
                    destination: agreed(there.class.destination, back.class.destination),
                };
                DirectedEnds { class, ..there }
            }
        }
    }

    /// Where a resource at an entity can come from.
    pub(super) fn origin(&self, at: &EntityId, resource: Option<Resource>) -> EndStatus {
        self.status_at(
            at,
            &self.from,
            resource.and_then(|r| Some(&self.walks.get(&r)?.upstream)),
        )
    }

    /// Where a resource at an entity can go.
    pub(super) fn destination(&self, at: &EntityId, resource: Option<Resource>) -> EndStatus {
        self.status_at(
            at,
            &self.to,
            resource.and_then(|r| Some(&self.walks.get(&r)?.downstream)),
        )
    }

    /// Uses walks if the resource is stated and the entity was reached; otherwise the entity alone.
    fn status_at(&self, at: &EntityId, side: &LedgerSide, known: Option<&SideMarks>) -> EndStatus {
        let walked = known.and_then(|known| Some((known, self.graph.node(at)? as usize)));
        let (is_in, may_be) = match walked {
            Some((known, node)) => (known.is_in[node], known.may_be[node]),
            None => (
                side.ends.contains(at),
                at.kind().is_conduit() || !side.elsewhere.contains(at),
            ),
        };
        match (is_in, may_be || self.truncated.is_some()) {
            (true, _) => EndStatus::In,
            (false, true) => EndStatus::Unstated,
            (false, false) => EndStatus::Out,
        }
    }

    /// The walks of a resource, to find amounts in series.
    pub(super) fn walks_of(&self, resource: Option<Resource>) -> Option<&ResourceWalks> {
        self.walks.get(&resource?)
    }

    pub(super) fn node_of(&self, id: &EntityId) -> Option<WalkNode> {
        self.graph.node(id)
    }

    /// Whether an entity is known to lie outside both sides.
    pub(super) fn is_elsewhere(&self, id: &EntityId) -> bool {
        !id.kind().is_conduit() && self.from.elsewhere.contains(id) && self.to.elsewhere.contains(id)
    }

    pub(super) fn is_source(&self, id: &EntityId) -> bool {
        self.from.ends.contains(id)
    }
}
