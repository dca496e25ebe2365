//! The amounts of some relations, added up where they may be.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::quantity::{Basis, Measure, Quantity, QuantityParts, QuantityStatus, Unit};
use crate::model::relation::{Relation, Resource};
use crate::model::sum::Sum;

/// What may be added: amounts of one status, resource and unit.
pub(super) type Layer = (QuantityStatus, Option<Resource>, Option<Unit>);

/// The sums of a row's amounts, by layer.
///
/// An amount on LEVERAGES is claimed whatever its basis; one of measure RULE or CHANGE, or without status, is no amount of
/// this kind. A conserved relation without an amount leaves open above every sum of its resource that its unit and
/// basis, where given, allow; and where both are given, there is a sum, if only an unknown one. Carriers pass on amounts
/// that were counted before. The basis of a sum is that of its amounts where they have one, and so is the
/// measure; where they differ in that, the sum is CUMULATIVE.
pub(super) fn quantities(relations: &[&Relation]) -> BTreeMap<Layer, Quantity> {
    let mut sums: BTreeMap<Layer, Layered> = BTreeMap::new();
    let (known, unknown): (Vec<&Relation>, Vec<&Relation>) = relations
        .iter()
        .filter(|r| !r.kind.info().is_carrier())
        .partition(|r| amount(r).is_some_and(is_known));
    for relation in known {
        let Some(quantity) = amount(relation) else {
            continue;
        };
        let Some(status) = status(relation, quantity) else {
            continue;
        };
        sums.entry((status, relation.resource(), quantity.unit().cloned()))
            .or_default()
            .add(quantity);
    }
    for relation in unknown.into_iter().filter(|relation| relation.is_conserved()) {
        leave_open(relation, &mut sums);
    }
    sums.into_iter()
        .map(|(layer, sum)| (layer.clone(), sum.quantity(layer.2)))
        .collect()
}

fn leave_open(relation: &Relation, sums: &mut BTreeMap<Layer, Layered>) {
    let unknown = amount(relation)
        .cloned()
        .or_else(|| Quantity::new(QuantityParts::default(), Measure::Cumulative).ok());
    let Some(unknown) = unknown else { return };
    let is_no_flow = matches!(unknown.measure(), Measure::Rule | Measure::Change);
    if is_no_flow || (unknown.basis().is_some() && status(relation, &unknown).is_none()) {
        return;
    }
    let (given_status, given_unit) = (status(relation, &unknown), unknown.unit().cloned());
    if let (Some(status), Some(_)) = (given_status, &given_unit) {
        sums.entry((status, relation.resource(), given_unit.clone()))
            .or_default();
    }
    for ((status, resource, unit), sum) in sums {
        let conserved = relation
            .kind
            .info()
            .conserved
            .in_unit(unit.as_ref().map(Unit::as_str));
        let is_allowed = given_status.is_none_or(|given| given == *status)
            && (given_unit.is_none() || given_unit == *unit)
            && *resource == relation.resource();
        if conserved && is_allowed {
            sum.add(&unknown);
        }
    }
}

/// The amount that counts.
fn amount(relation: &Relation) -> Option<&Quantity> {
    relation.quantity.as_ref().map(Quantity::effective)
}

fn is_known(quantity: &Quantity) -> bool {
    quantity.lower().is_some() || quantity.upper().is_some()
}

fn status(relation: &Relation, quantity: &Quantity) -> Option<QuantityStatus> {
    match quantity.measure() {
        Measure::Rule | Measure::Change => None,
        Measure::Stock | Measure::Flow | Measure::Cumulative => relation.kind.status_of(Some(quantity)),
    }
}

/// A sum, and the bases and measures of what was added.
struct Layered {
    sum: Sum,
    bases: BTreeSet<Basis>,
    measures: BTreeSet<Measure>,
}

impl Default for Layered {
    fn default() -> Self {
        Self {
            sum: Sum::new(),
            bases: BTreeSet::new(),
            measures: BTreeSet::new(),
        }
    }
}

impl Layered {
    fn add(&mut self, quantity: &Quantity) {
        self.sum.add(quantity);
        self.bases.extend(quantity.basis());
        self.measures.insert(quantity.measure());
    }

    fn quantity(&self, unit: Option<Unit>) -> Quantity {
        let measure = only(&self.measures).unwrap_or(Measure::Cumulative);
        self.sum.quantity(unit, only(&self.bases), measure)
    }
}

/// What is in a set of one.
fn only<T: Copy + Ord>(set: &BTreeSet<T>) -> Option<T> {
    set.first().copied().filter(|_| set.len() == 1)
}
