//! The figures of a program: the sums of its amounts by status, resource, unit and basis, without double
//! counting.
//!
//! Amounts of one resource, unit and basis may be *stages* of the same money, such as 10 issued to a program
//! and 10 issued by it. Only the last amount before the targets counts. If an amount is stated, an unknown
//! amount up- or downstream of it is a division of it and does not change it; an unknown amount beside it is
//! not part of it.

use std::collections::BTreeSet;

use super::end_class::{DirectedEnds, EndClass};
use crate::model::entity::EntityKind;
use crate::model::id::{EntityId, ObservationId, RelationId};
use crate::model::quantity::{Basis, Measure, Quantity, QuantityStatus, Unit};
use crate::model::relation::Relation;
use crate::model::resource::Resource;

/// The key of a figure. Amounts that differ in any part of it are never added.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct FigureKey {
    /// The status of the amounts: realized, promised or claimed.
    pub status: QuantityStatus,
    /// The resource; `None` if it is not stated.
    pub resource: Option<Resource>,
    /// The unit.
    pub unit: Option<Unit>,
    /// The basis.
    pub basis: Option<Basis>,
}

/// A sum of amounts of one key, divided by what is stated about both ends, with the relations it rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// The key.
    pub key: FigureKey,
    /// The sum.
    pub total: Quantity,
    /// The part that is stated to come from the sources and go to the targets.
    pub both_stated: Option<Quantity>,
    /// The part that goes to the targets, with an origin that is not stated.
    pub origin_not_stated: Option<Quantity>,
    /// The part that comes from the sources, with a destination that is not stated.
    pub destination_not_stated: Option<Quantity>,
    /// The part of which neither origin nor destination is stated.
    pub neither_stated: Option<Quantity>,
    /// The relations whose amounts are added, by id.
    pub relations: Vec<RelationId>,
    /// The stated totals; those that do not count are stages or parts of what is added.
    pub totals: Vec<StatedTotal>,
    /// The relations whose amounts are stages or parts of what is added, by id.
    pub stages: Vec<RelationId>,
    /// The relations of unknown amount up- or downstream of a stated one, by id: only the division is not
    /// stated.
    pub split_not_stated: Vec<RelationId>,
    /// The relations of unknown amount that leave the sum without an upper bound, by id.
    pub open: Vec<RelationId>,
}

/// A stated total of a program or fund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StatedTotal {
    /// The program or fund.
    pub entity: EntityId,
    /// The observation that states it; `None` for the committed and paid-in amounts of a fund.
    pub observation: Option<ObservationId>,
    /// The amount.
    pub quantity: Quantity,
    /// The resource.
    pub resource: Option<Resource>,
    /// The class of its origin and destination.
    pub class: EndClass,
    /// Whether it is part of the sum.
    pub counts: bool,
}

/// A relation that counts, and the class of its ends.
#[derive(Clone, Copy)]
pub(super) struct CountedRelation<'a> {
    pub(super) relation: &'a Relation,
    pub(super) directed: DirectedEnds<'a>,
}

/// The keys of the amounts that relations state.
pub(super) fn keys_of<'a>(relations: impl Iterator<Item = &'a Relation>) -> BTreeSet<FigureKey> {
    relations
        .filter(|relation| !relation.kind.info().is_carrier() && is_known(relation))
        .filter_map(key_of)
        .collect()
}

/// The key of the amount of a relation; `None` if it has no amount, or the basis is not stated.
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

pub(super) fn is_known(relation: &Relation) -> bool {
    amount(relation).is_some_and(|quantity| quantity.lower().is_some() || quantity.upper().is_some())
}

/// The status of a quantity; `None` for a rule, change or size.
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

    pub(super) fn is_of_program(&self) -> bool {
        self.entity.kind() == EntityKind::Program
    }
}
