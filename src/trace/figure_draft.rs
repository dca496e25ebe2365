//! Computes figures. A draft of each finds which amounts are stages, which unknown amounts leave it open, and
//! the sum of the rest.

use std::collections::{BTreeMap, BTreeSet};

use super::end_class::{DirectedEnds, EndClass, EndClassifier, EndStatus};
use super::figures::{CountedRelation, Figure, FigureKey, StatedTotal, amount, is_known, key_of};
use super::resource_walks::ResourceWalks;
use super::walk_graph::WalkNode;
use crate::model::Decimal;
use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::id::{EntityId, RelationId};
use crate::model::job::{self, Paced as _};
use crate::model::quantity::{Measure, Qualifier, Quantity, QuantityParts, Unit};
use crate::model::relation::Relation;
use crate::model::sum::QuantitySum;

/// Computes the figures of relations and stated totals, in the order of their keys. A total of a program
/// replaces all its relations, unless an amount of its key goes `elsewhere`.
pub(super) fn figures(
    relations: &[CountedRelation<'_>],
    totals: &[StatedTotal],
    elsewhere: &BTreeSet<FigureKey>,
    classifier: &EndClassifier,
    budget: &mut WorkBudget,
) -> Result<Vec<Figure>, BudgetExhausted> {
    let (mut stated, mut unknown) = (BTreeMap::<FigureKey, Vec<CountedRelation<'_>>>::new(), Vec::new());
    for counted in relations
        .iter()
        .paced()
        .filter(|c| !c.relation.kind.info().is_carrier())
    {
        match (key_of(counted.relation), is_known(counted.relation)) {
            (Some(key), true) => stated.entry(key).or_default().push(*counted),
            (_, true) => {}
            (key, false) => unknown.extend(UnknownAmount::new(*counted, key)),
        }
    }
    let mut keys: BTreeSet<FigureKey> = stated.keys().cloned().collect();
    keys.extend(unknown.iter().filter_map(UnknownAmount::own_key).cloned());
    keys.extend(totals.iter().filter_map(StatedTotal::key));
    let figure = |key: FigureKey| {
        let draft = FigureDraft {
            amounts: stated.get(&key).map(Vec::as_slice).unwrap_or_default(),
            totals: totals
                .iter()
                .filter(|total| total.key().as_ref() == Some(&key))
                .collect(),
            unknown: unknown.iter().filter(|unknown| unknown.may_be(&key)).collect(),
            walks: classifier.walks_of(key.resource),
            is_elsewhere: elsewhere.contains(&key),
            classifier,
            key,
        };
        draft.figure(budget)
    };
    keys.into_iter().paced().map(figure).collect()
}

/// A relation with an unknown amount of a basis that adds up.
struct UnknownAmount<'a> {
    counted: CountedRelation<'a>,
    key: Option<FigureKey>,
}

impl<'a> UnknownAmount<'a> {
    fn new(counted: CountedRelation<'a>, key: Option<FigureKey>) -> Option<Self> {
        let quantity = amount(counted.relation);
        let is_no_amount = quantity.is_some_and(|quantity| {
            matches!(quantity.measure(), Measure::Rule | Measure::Change)
                || (quantity.basis().is_some() && key.is_none())
        });
        (counted.relation.is_conserved() && !is_no_amount).then_some(Self { counted, key })
    }

    /// The key of the figure that it forms by itself, if only an unknown one.
    fn own_key(&self) -> Option<&FigureKey> {
        self.key
            .as_ref()
            .filter(|key| key.unit.is_some() && key.basis.is_some())
    }

    /// Whether its amount may be part of a figure, by what is stated about it.
    fn may_be(&self, key: &FigureKey) -> bool {
        let quantity = amount(self.counted.relation);
        let unit = quantity.and_then(Quantity::unit);
        let basis = quantity.and_then(Quantity::basis);
        let conserved = self.counted.relation.kind.info().conserved;
        conserved.in_unit(key.unit.as_ref().map(Unit::as_str))
            && self.counted.relation.resource() == key.resource
            && unit.is_none_or(|unit| Some(unit) == key.unit.as_ref())
            && basis.is_none_or(|basis| Some(basis) == key.basis)
            && self.key.as_ref().is_none_or(|own| own.status == key.status)
    }
}

/// The input of one figure.
struct FigureDraft<'a> {
    key: FigureKey,
    amounts: &'a [CountedRelation<'a>],
    totals: Vec<&'a StatedTotal>,
    unknown: Vec<&'a UnknownAmount<'a>>,
    is_elsewhere: bool,
    classifier: &'a EndClassifier,
    walks: Option<&'a ResourceWalks>,
}

/// An amount of a figure: of a relation, or stated about a fund.
struct FigureAmount<'a> {
    relation: Option<&'a CountedRelation<'a>>,
    class: EndClass,
    quantity: Quantity,
    ends: Option<(WalkNode, WalkNode)>,
    tail: &'a EntityId,
    counts: bool,
}

impl<'a> FigureDraft<'a> {
    fn figure(self, budget: &mut WorkBudget) -> Result<Figure, BudgetExhausted> {
        let covering: Vec<&StatedTotal> = self
            .totals
            .iter()
            .copied()
            .filter(|total| total.is_of_program() && !self.is_elsewhere)
            .collect();
        let mut amounts = self.amounts();
        let (mut open, mut split) = (Vec::new(), Vec::new());
        if let Some(first) = covering.first() {
            for amount in &mut amounts {
                job::step();
                amount.counts = false;
            }
            amounts.push(FigureAmount {
                relation: None,
                class: first.class,
                quantity: combined_total(covering.iter().map(|total| &total.quantity)),
                ends: None,
                tail: &first.entity,
                counts: true,
            });
            split.extend(self.unknown.iter().copied());
        } else {
            self.leave_out_stages(&mut amounts, budget)?;
            let is_split = self.split(&amounts, budget)?;
            for (unknown, is_split) in self.unknown.iter().copied().zip(is_split) {
                if is_split {
                    split.push(unknown);
                } else {
                    open.push(unknown);
                }
            }
        }
        Ok(self.sum(&amounts, &open, &split))
    }

    /// The amounts of relations, then those stated about funds, each fund once.
    fn amounts(&self) -> Vec<FigureAmount<'a>> {
        let node = |id: &EntityId| self.classifier.node_of(id);
        let of_relation = |counted: &'a CountedRelation<'a>| FigureAmount {
            relation: Some(counted),
            class: counted.directed.class,
            quantity: amount(counted.relation)
                .cloned()
                .unwrap_or_else(Quantity::unstated),
            ends: node(counted.directed.tail)
                .zip(node(counted.directed.head))
                .filter(|_| counted.directed.is_walked),
            tail: counted.directed.tail,
            counts: true,
        };
        let mut of_funds: BTreeMap<&EntityId, Vec<&'a StatedTotal>> = BTreeMap::new();
        for total in self.totals.iter().filter(|total| !total.is_of_program()) {
            of_funds.entry(&total.entity).or_default().push(total);
        }
        let of_fund = |(fund, totals): (&'a EntityId, Vec<&'a StatedTotal>)| FigureAmount {
            relation: None,
            class: totals[0].class,
            quantity: combined_total(totals.iter().map(|total| &total.quantity)),
            ends: node(fund).map(|node| (node, node)),
            tail: fund,
            counts: true,
        };
        let relations = self.amounts.iter().map(of_relation);
        relations.chain(of_funds.into_iter().map(of_fund)).collect()
    }

    /// Excludes amounts that are a stage of another amount, or a part of what a fund is stated to have.
    fn leave_out_stages(
        &self,
        amounts: &mut [FigureAmount<'_>],
        budget: &mut WorkBudget,
    ) -> Result<(), BudgetExhausted> {
        let funds: BTreeSet<EntityId> = amounts
            .iter()
            .filter(|amount| amount.relation.is_none())
            .map(|amount| amount.tail.clone())
            .collect();
        for amount in amounts.iter_mut() {
            job::step();
            let is_part = |counted: &CountedRelation<'_>| funds.contains(counted.directed.head);
            amount.counts = amount.relation.is_none_or(|counted| !is_part(counted));
        }
        let Some(walks) = self.walks else { return Ok(()) };
        let mut walked: Vec<&mut FigureAmount<'_>> = amounts
            .iter_mut()
            .filter(|amount| amount.counts && amount.ends.is_some())
            .collect();
        if walked.len() < 2 {
            return Ok(());
        }
        let ends: Vec<(WalkNode, WalkNode)> = walked.iter().filter_map(|amount| amount.ends).collect();
        let earlier_stages = walks.earlier_stages(&ends, budget)?;
        let is_after = |amount: &FigureAmount<'_>, tail: WalkNode| {
            amount.relation.is_some()
                && walks.is_after_targets(tail)
                && !self.classifier.is_source(amount.tail)
        };
        let later: Vec<bool> = walked
            .iter()
            .zip(&ends)
            .map(|(amount, (tail, _))| is_after(amount, *tail))
            .collect();
        let first = ends.iter().zip(&later).filter(|(_, later)| !**later);
        let reached = if later.contains(&true) {
            walks.reach(first.map(|((_, head), _)| *head), false, budget)?
        } else {
            Vec::new()
        };
        for (at, amount) in walked.iter_mut().enumerate() {
            job::step();
            let is_later = later[at] && reached[ends[at].0 as usize];
            amount.counts = !earlier_stages[at] && !is_later;
        }
        Ok(())
    }

    /// For each unknown amount, whether it only divides a stated one.
    fn split(
        &self,
        amounts: &[FigureAmount<'_>],
        budget: &mut WorkBudget,
    ) -> Result<Vec<bool>, BudgetExhausted> {
        let Some(walks) = self.walks.filter(|_| !self.unknown.is_empty()) else {
            return Ok(vec![false; self.unknown.len()]);
        };
        let ends = || amounts.iter().filter_map(|amount| amount.ends);
        let before = walks.reach(ends().map(|(tail, _)| tail), true, budget)?;
        let after = walks.reach(ends().map(|(_, head)| head), false, budget)?;
        let counted = || {
            let relations = amounts.iter().filter(|amount| amount.counts);
            relations.filter_map(|amount| amount.relation.map(|counted| counted.directed))
        };
        let tails: BTreeSet<&EntityId> = counted().map(|directed| directed.tail).collect();
        let heads: BTreeSet<&EntityId> = counted().map(|directed| directed.head).collect();
        let at = |marks: &[bool], id: &EntityId| {
            self.classifier
                .node_of(id)
                .is_some_and(|node| marks[node as usize])
        };
        let is_split = |unknown: &&UnknownAmount<'_>| {
            let DirectedEnds { tail, head, .. } = unknown.counted.directed;
            let is_beside = tails.contains(tail) || heads.contains(head);
            !is_beside && (at(&before, head) || at(&after, tail))
        };
        Ok(self.unknown.iter().map(is_split).collect())
    }

    fn sum(
        &self,
        amounts: &[FigureAmount<'_>],
        open: &[&UnknownAmount<'_>],
        split: &[&UnknownAmount<'_>],
    ) -> Figure {
        let mut total = FigureSum::default();
        let mut parts: BTreeMap<EndClass, FigureSum> = BTreeMap::new();
        for amount in amounts.iter().filter(|amount| amount.counts) {
            total.add(&amount.quantity);
            parts.entry(amount.class).or_default().add(&amount.quantity);
        }
        for unknown in open {
            job::step();
            let quantity = amount(unknown.counted.relation)
                .cloned()
                .unwrap_or_else(Quantity::unstated);
            total.add(&quantity);
            let class = unknown.counted.directed.class;
            if unknown.own_key().is_some() || parts.contains_key(&class) {
                parts.entry(class).or_default().add(&quantity);
            }
        }
        let part = |origin, destination| {
            let layer = parts.get(&EndClass { origin, destination });
            layer.map(|layer| layer.quantity(&self.key))
        };
        let relations = |counts: bool| {
            let of = amounts.iter().filter(|amount| amount.counts == counts);
            by_id(of.filter_map(|amount| Some(amount.relation?.relation)))
        };
        let of_unknown = |of: &[&UnknownAmount<'_>]| by_id(of.iter().map(|unknown| unknown.counted.relation));
        let counts = |total: &StatedTotal| {
            let mut counted = amounts.iter().filter(|a| a.relation.is_none() && a.counts);
            counted.any(|amount| *amount.tail == total.entity)
        };
        let totals = self.totals.iter().map(|total| StatedTotal {
            counts: counts(total),
            ..(*total).clone()
        });
        Figure {
            total: total.quantity(&self.key),
            both_stated: part(EndStatus::In, EndStatus::In),
            origin_not_stated: part(EndStatus::Unstated, EndStatus::In),
            destination_not_stated: part(EndStatus::In, EndStatus::Unstated),
            neither_stated: part(EndStatus::Unstated, EndStatus::Unstated),
            relations: relations(true),
            totals: totals.collect(),
            stages: relations(false),
            split_not_stated: of_unknown(split),
            open: of_unknown(open),
            key: self.key.clone(),
        }
    }
}

fn by_id<'a>(relations: impl Iterator<Item = &'a Relation>) -> Vec<RelationId> {
    let ids: BTreeSet<&RelationId> = relations.map(|relation| &relation.id).collect();
    ids.into_iter().cloned().collect()
}

/// Combines several totals of one entity: at least the largest, at most the sum, because one may be part of
/// another.
fn combined_total<'a>(totals: impl Iterator<Item = &'a Quantity>) -> Quantity {
    let totals: Vec<&Quantity> = totals.map(Quantity::effective).collect();
    if let [only] = totals.as_slice() {
        return (*only).clone();
    }
    let upper = totals
        .iter()
        .try_fold(Decimal::ZERO, |sum, total| sum.checked_add(total.upper()?));
    let parts = QuantityParts {
        amount: totals.iter().filter_map(|total| total.lower()).max(),
        amount_max: upper,
        qualifier: Some(Qualifier::Range),
        unit: totals.iter().find_map(|total| total.unit().cloned()),
        basis: totals.iter().find_map(|total| total.basis()),
        ..QuantityParts::default()
    };
    Quantity::stored_hull(parts, Measure::Cumulative).unwrap_or_else(|_| Quantity::unstated())
}

/// A sum, with the measures of the amounts added.
#[derive(Default)]
struct FigureSum {
    sum: QuantitySum,
    measures: BTreeSet<Measure>,
}

impl FigureSum {
    fn add(&mut self, quantity: &Quantity) {
        self.sum.add(quantity);
        self.measures.insert(quantity.measure());
    }

    fn quantity(&self, key: &FigureKey) -> Quantity {
        let only = self
            .measures
            .first()
            .copied()
            .filter(|_| self.measures.len() == 1);
        let measure = only.unwrap_or(Measure::Cumulative);
        self.sum.quantity(key.unit.clone(), key.basis, measure)
    }
}
