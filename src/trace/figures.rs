//! The figures of a programme: what its amounts come to, each unit and basis apart, and nothing counted twice.
//!
//! Amounts of one resource, unit and basis may be *stages* of the same money: 10 issued to a programme and 10 issued by it.
//! Only the last before the targets counts. Where an amount is stated, what is unknown up- or downstream of it is how it was
//! split, and leaves it as it is; what is unknown beside it is no part of it.

use std::collections::{BTreeMap, BTreeSet};

use super::figure_draft::{FigureDraft, UnknownAmount};
use super::ways::{DirectedEnds, EndClass, Ways};
use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::entity::EntityKind;
use crate::model::id::{EntityId, ObservationId, RelationId};
use crate::model::job::Paced as _;
use crate::model::quantity::{Basis, Measure, Quantity, QuantityStatus, Unit};
use crate::model::relation::{Relation, Resource};

/// What one figure is of. Amounts that differ in any of this are never added.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FigureKey {
    /// What the amounts are worth as facts.
    pub status: QuantityStatus,
    /// What they are of; none where it is not stated.
    pub resource: Option<Resource>,
    /// Their unit.
    pub unit: Option<Unit>,
    /// What kind of amount.
    pub basis: Option<Basis>,
}

/// One figure: a sum, its parts by what is stated of the ends, and what it rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What it is of.
    pub key: FigureKey,
    /// The sum.
    pub total: Quantity,
    /// From what was asked, to what was asked.
    pub both_stated: Option<Quantity>,
    /// To what was asked; from where is not stated.
    pub origin_not_stated: Option<Quantity>,
    /// From what was asked; to where is not stated.
    pub destination_not_stated: Option<Quantity>,
    /// Neither is stated.
    pub neither_stated: Option<Quantity>,
    /// The relations that were added up, by id.
    pub relations: Vec<RelationId>,
    /// Stated totals; those that do not count are stages or parts of what does.
    pub totals: Vec<StatedTotal>,
    /// Relations whose amounts are stages or parts of what was added up, by id.
    pub stages: Vec<RelationId>,
    /// Relations of unknown amount up- or downstream of a stated one: only the split is not stated. By id.
    pub split_not_stated: Vec<RelationId>,
    /// Relations of unknown amount that leave the sum open above, by id.
    pub open: Vec<RelationId>,
}

/// A total that is stated of a programme or of a fund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatedTotal {
    /// The programme or fund.
    pub entity: EntityId,
    /// The observation that states it; none where it is what was committed or paid in.
    pub observation: Option<ObservationId>,
    /// How much.
    pub quantity: Quantity,
    /// What of.
    pub resource: Option<Resource>,
    /// Where it comes from and goes.
    pub class: EndClass,
    /// Whether it was added up.
    pub counts: bool,
}

/// A relation that counts, and its class.
#[derive(Clone, Copy)]
pub(super) struct CountedRelation<'a> {
    pub(super) relation: &'a Relation,
    pub(super) classed: DirectedEnds<'a>,
}

/// The figures of some relations and totals, in the order of their keys. A total stated of a programme stands for all its
/// relations, unless an amount of its key goes `elsewhere`.
pub(super) fn figures(
    relations: &[CountedRelation<'_>],
    totals: &[StatedTotal],
    elsewhere: &BTreeSet<FigureKey>,
    ways: &Ways,
    budget: &mut WorkBudget,
) -> Result<Vec<Figure>, OutOfWork> {
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
            net: ways.net(key.resource),
            is_elsewhere: elsewhere.contains(&key),
            ways,
            key,
        };
        draft.figure(budget)
    };
    keys.into_iter().paced().map(figure).collect()
}

/// The keys of the amounts that some relations state.
pub(super) fn keys_of<'a>(relations: impl Iterator<Item = &'a Relation>) -> BTreeSet<FigureKey> {
    relations
        .filter(|relation| !relation.kind.info().is_carrier() && is_known(relation))
        .filter_map(key_of)
        .collect()
}

/// What the amount of a relation is of; none where it is no amount, or its basis is not stated.
pub(super) fn key_of(relation: &Relation) -> Option<FigureKey> {
    let quantity = amount(relation)?;
    Some(FigureKey {
        status: status(relation, quantity)?,
        resource: relation.resource(),
        unit: quantity.unit().cloned(),
        basis: quantity.basis(),
    })
}

pub(super) fn amount(relation: &Relation) -> Option<&Quantity> {
    relation.quantity.as_ref().map(Quantity::effective)
}

fn is_known(relation: &Relation) -> bool {
    amount(relation).is_some_and(|quantity| quantity.lower().is_some() || quantity.upper().is_some())
}

/// None for what is no amount: a rule, a change, a size.
fn status(relation: &Relation, quantity: &Quantity) -> Option<QuantityStatus> {
    match quantity.measure() {
        Measure::Rule | Measure::Change => None,
        Measure::Stock | Measure::Flow | Measure::Cumulative => relation.kind.status_of(Some(quantity)),
    }
}

impl StatedTotal {
    pub(super) fn key(&self) -> Option<FigureKey> {
        let quantity = self.quantity.effective();
        let is_amount = !matches!(quantity.measure(), Measure::Rule | Measure::Change);
        let status = quantity
            .status()
            .filter(|_| is_amount && quantity.lower().is_some())?;
        Some(FigureKey {
            status,
            resource: self.resource,
            unit: quantity.unit().cloned(),
            basis: quantity.basis(),
        })
    }

    pub(super) fn is_of_a_programme(&self) -> bool {
        self.entity.kind() == EntityKind::Program
    }
}
