//! The definition of the ledger, followed literally and slowly: walks are listed length by length, each amount is held against
//! each other.

use std::collections::{BTreeMap, BTreeSet};

use hukun::model::Decimal;
use hukun::model::entity::EntityKind;
use hukun::model::flow_direction::FlowDirection;
use hukun::model::id::{EntityId, RelationId};
use hukun::model::quantity::{Basis, Quantity};
use hukun::model::relation::Relation;
use hukun::model::resource::Resource;
use hukun::trace::end_class::{EndStatus, LedgerSide};
use hukun::trace::figures::Figure;

use super::Case;

/// A step of a walk: from where to where, and whether it is a carrier's.
type Step<'a> = (&'a EntityId, &'a EntityId, bool);

pub struct Reference<'a> {
    case: &'a Case,
}

/// What is compared of a figure.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Summary {
    resource: Option<Resource>,
    basis: Option<Basis>,
    total: (Option<Decimal>, Option<Decimal>),
    parts: Vec<Option<(Option<Decimal>, Option<Decimal>)>>,
    counted: Vec<RelationId>,
    stages: Vec<RelationId>,
    split: Vec<RelationId>,
    open: Vec<RelationId>,
}

impl Summary {
    pub fn of(figure: &Figure) -> Self {
        let bounds = |quantity: &Quantity| (quantity.lower(), quantity.upper());
        let parts = [
            &figure.both_stated,
            &figure.origin_not_stated,
            &figure.destination_not_stated,
            &figure.neither_stated,
        ];
        Self {
            resource: figure.key.resource,
            basis: figure.key.basis,
            total: bounds(&figure.total),
            parts: parts.into_iter().map(|part| part.as_ref().map(bounds)).collect(),
            counted: figure.relations.clone(),
            stages: figure.stages.clone(),
            split: figure.split_not_stated.clone(),
            open: figure.open.clone(),
        }
    }
}

/// A relation that counts, in the direction that fits.
#[derive(Clone, Copy)]
struct Counted<'a> {
    relation: &'a Relation,
    class: (EndStatus, EndStatus),
    tail: &'a EntityId,
    head: &'a EntityId,
}

impl<'a> Reference<'a> {
    pub fn new(case: &'a Case) -> Self {
        Self { case }
    }

    /// The steps of a resource; `possible`: those too of which the direction is not stated.
    fn steps(&self, resource: Resource, possible: bool) -> Vec<Step<'a>> {
        let ends_in_industries = self
            .case
            .to
            .ends
            .iter()
            .any(|end| end.kind() == EntityKind::Industry);
        let mut steps = Vec::new();
        for relation in &self.case.relations {
            let carrier = relation.kind.info().is_carrier();
            let into_industry = [&relation.from, &relation.to]
                .iter()
                .any(|end| end.kind() == EntityKind::Industry);
            if !(carrier || relation.resource() == Some(resource)) || (into_industry && !ends_in_industries) {
                continue;
            }
            let (there, back) = match relation.flow() {
                FlowDirection::Forward => (true, false),
                FlowDirection::Backward => (false, true),
                FlowDirection::Both => (true, true),
                FlowDirection::Unstated => {
                    let walked = possible || self.case.include_unstated;
                    (walked, walked)
                }
                FlowDirection::None => (false, false),
            };
            if there {
                steps.push((&relation.from, &relation.to, carrier));
            }
            if back {
                steps.push((&relation.to, &relation.from, carrier));
            }
        }
        steps
    }

    /// Whether a walk of one step or more leads from one to the other. What begins a walk of the resource is no carrier.
    fn leads(&self, from: &EntityId, to: &EntityId, steps: &[Step<'_>], begins: bool) -> bool {
        let mut here: BTreeSet<&EntityId> = BTreeSet::from([from]);
        for length in 1..=2 * self.case.entities.len() {
            let onward = steps
                .iter()
                .filter(|(tail, _, carrier)| here.contains(tail) && !(begins && length == 1 && *carrier));
            here = onward.map(|(_, head, _)| *head).collect();
            if here.contains(to) {
                return true;
            }
        }
        false
    }

    fn standing(&self, at: &EntityId, side: &LedgerSide, resource: Resource, upstream: bool) -> EndStatus {
        let comes = |other: &EntityId, possible: bool, at: &EntityId| {
            let steps = self.steps(resource, possible);
            if upstream {
                self.leads(other, at, &steps, true)
            } else {
                self.leads(at, other, &steps, false)
            }
        };
        let all = &self.case.entities;
        if side.ends.contains(at) || side.ends.iter().any(|end| comes(end, false, at)) {
            return EndStatus::In;
        }
        let is_known = |other: &EntityId| match other.kind() {
            EntityKind::Industry => true,
            // A conduit is accounted for by what is none.
            kind if kind.is_conduit() => all
                .iter()
                .any(|one| !one.kind().is_conduit() && comes(one, false, other)),
            _ => side.elsewhere.contains(other),
        };
        let may_be = all.iter().filter(|other| *other == at || comes(other, true, at));
        if may_be.clone().all(is_known) {
            EndStatus::Out
        } else {
            EndStatus::Unstated
        }
    }

    pub fn class(&self, relation: &Relation) -> (EndStatus, EndStatus) {
        self.counted(relation).class
    }

    fn counted<'b>(&self, relation: &'b Relation) -> Counted<'b> {
        let resource = relation.resource().unwrap();
        let one_way = |tail: &'b EntityId, head: &'b EntityId| Counted {
            relation,
            class: (
                self.place(tail, resource, true),
                self.place(head, resource, false),
            ),
            tail,
            head,
        };
        let (there, back) = (
            one_way(&relation.from, &relation.to),
            one_way(&relation.to, &relation.from),
        );
        let count = |counted: &Counted<'_>, standing| {
            [counted.class.0, counted.class.1]
                .iter()
                .filter(|one| **one == standing)
                .count()
        };
        let misfit = |counted: &Counted<'_>| {
            (
                count(counted, EndStatus::Out),
                count(counted, EndStatus::Unstated),
            )
        };
        match relation.flow() {
            FlowDirection::Backward => back,
            FlowDirection::Both if misfit(&back) < misfit(&there) => back,
            FlowDirection::Unstated => {
                let agreed = |a: EndStatus, b: EndStatus| if a == b { a } else { EndStatus::Unstated };
                Counted {
                    class: (
                        agreed(there.class.0, back.class.0),
                        agreed(there.class.1, back.class.1),
                    ),
                    ..there
                }
            }
            _ => there,
        }
    }

    /// By walks where the entity is on one; what no relation of the question's walks touches stands for itself.
    fn place(&self, at: &EntityId, resource: Resource, upstream: bool) -> EndStatus {
        let side = if upstream { &self.case.from } else { &self.case.to };
        self.standing(at, side, resource, upstream)
    }

    pub fn figures(&self, tied: bool) -> Vec<Summary> {
        let nothing = (EndStatus::Unstated, EndStatus::Unstated);
        let is_out = |class: (EndStatus, EndStatus)| class.0 == EndStatus::Out || class.1 == EndStatus::Out;
        let counted: Vec<Counted<'_>> = self
            .case
            .relations
            .iter()
            .filter(|relation| relation.resource().is_some())
            .map(|relation| self.counted(relation))
            .filter(|counted| !is_out(counted.class) && (tied || counted.class != nothing))
            .collect();
        let keys: BTreeSet<(Resource, Basis)> = counted
            .iter()
            .filter_map(|counted| {
                Some((
                    counted.relation.resource()?,
                    counted.relation.quantity.as_ref()?.basis()?,
                ))
            })
            .collect();
        keys.into_iter().map(|key| self.figure(key, &counted)).collect()
    }

    fn figure(&self, (resource, basis): (Resource, Basis), all: &[Counted<'_>]) -> Summary {
        let amount = |counted: &Counted<'_>| counted.relation.quantity.as_ref().and_then(Quantity::lower);
        let of_basis = |counted: &Counted<'_>| {
            let stated = counted.relation.quantity.as_ref().and_then(Quantity::basis);
            stated.is_none_or(|stated| stated == basis)
        };
        let here = all
            .iter()
            .filter(|counted| counted.relation.resource() == Some(resource) && of_basis(counted));
        let (stated, unknown): (Vec<Counted<'_>>, Vec<Counted<'_>>) =
            here.copied().partition(|counted| amount(counted).is_some());
        let (counts, stages): (Vec<Counted<'_>>, Vec<Counted<'_>>) = stated
            .iter()
            .copied()
            .partition(|one| self.counts(one, &stated, resource));
        let steps = self.steps(resource, false);
        let reaches = |from: &EntityId, to: &EntityId| from == to || self.leads(from, to, &steps, false);
        let is_split = |one: &Counted<'_>| {
            let beside = counts
                .iter()
                .any(|other| other.tail == one.tail || other.head == one.head);
            let in_series = stated
                .iter()
                .filter(|other| self.is_walked(other))
                .any(|other| reaches(one.head, other.tail) || reaches(other.head, one.tail));
            in_series && !beside
        };
        let (split, open): (Vec<Counted<'_>>, Vec<Counted<'_>>) = unknown.into_iter().partition(is_split);
        let mut sums: BTreeMap<(EndStatus, EndStatus), (Decimal, bool, bool)> = BTreeMap::new();
        let mut total = (Decimal::ZERO, false, false);
        for one in &counts {
            let amount = amount(one).unwrap();
            let part = sums.entry(one.class).or_default();
            (part.0, part.1) = (part.0 + amount, true);
            (total.0, total.1) = (total.0 + amount, true);
        }
        for one in &open {
            total.2 = true;
            if one.relation.quantity.is_some() || sums.contains_key(&one.class) {
                sums.entry(one.class).or_default().2 = true;
            }
        }
        let bounds = |(sum, is_known, is_open): (Decimal, bool, bool)| {
            (is_known.then_some(sum), (is_known && !is_open).then_some(sum))
        };
        let part = |class| sums.get(&class).map(|sum| bounds(*sum));
        let ids = |of: &[Counted<'_>]| {
            let mut ids: Vec<RelationId> = of.iter().map(|one| one.relation.id.clone()).collect();
            ids.sort();
            ids
        };
        Summary {
            resource: Some(resource),
            basis: Some(basis),
            total: bounds(total),
            parts: [
                (EndStatus::In, EndStatus::In),
                (EndStatus::Unstated, EndStatus::In),
                (EndStatus::In, EndStatus::Unstated),
                (EndStatus::Unstated, EndStatus::Unstated),
            ]
            .map(part)
            .into(),
            counted: ids(&counts),
            stages: ids(&stages),
            split: ids(&split),
            open: ids(&open),
        }
    }

    fn is_walked(&self, one: &Counted<'_>) -> bool {
        one.relation.flow() != FlowDirection::Unstated || self.case.include_unstated
    }

    /// Whether an amount is the last of its series before the targets.
    fn counts(&self, one: &Counted<'_>, stated: &[Counted<'_>], resource: Resource) -> bool {
        let steps = self.steps(resource, false);
        let targets = &self.case.to.ends;
        let before: Vec<Step<'_>> = steps
            .iter()
            .filter(|(tail, head, _)| !targets.contains(*tail) && !targets.contains(*head))
            .copied()
            .collect();
        let follows = |one: &Counted<'_>, other: &Counted<'_>| {
            self.is_walked(one)
                && self.is_walked(other)
                && !targets.contains(one.head)
                && !targets.contains(other.tail)
                && (one.head == other.tail || self.leads(one.head, other.tail, &before, false))
        };
        let others = || stated.iter().filter(|other| other.relation.id != one.relation.id);
        let is_earlier = others().any(|other| follows(one, other) && !follows(other, one));
        // Beyond the targets: at one of them, or come there by one alone.
        let to_target: Vec<Step<'_>> = steps
            .iter()
            .filter(|(tail, ..)| !targets.contains(*tail))
            .copied()
            .collect();
        let is_beyond = |one: &Counted<'_>| {
            let sources = &self.case.from.ends;
            let begins_before = |end: &EntityId| {
                let mut first = steps.iter().filter(|(tail, _, carrier)| *tail == end && !carrier);
                first.any(|(_, head, _)| *head == one.tail || self.leads(head, one.tail, &to_target, false))
            };
            let is_in = sources.iter().any(|end| self.leads(end, one.tail, &steps, true));
            !sources.contains(one.tail)
                && (targets.contains(one.tail) || (is_in && !sources.iter().any(begins_before)))
        };
        let is_later = self.is_walked(one)
            && is_beyond(one)
            && others().any(|other| {
                self.is_walked(other)
                    && !is_beyond(other)
                    && (other.head == one.tail || self.leads(other.head, one.tail, &steps, false))
            });
        !is_earlier && !is_later
    }
}
