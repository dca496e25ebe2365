//! Which layers there are, and how much of each is known.

use std::collections::{BTreeMap, BTreeSet};

use super::layer::{Heading, Layer};
use crate::model::id::{EntityId, RelationId};
use crate::model::job;
use crate::model::quantity::{Measure, Quantity};
use crate::model::relation::Relation;
use crate::model::statement::{Evidence, EvidenceFilter};
use crate::model::sum::Sum;

/// A layer that exists: an amount of it is stated somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowLayer {
    /// Which.
    pub layer: Layer,
    /// What counts in it, its amount known or not, by id.
    pub relations: Vec<RelationId>,
    /// Of how many the amount is known as one number.
    pub known_count: usize,
    /// Their amounts in sum: every relation once, so that what passes several is in it several times.
    pub total: Quantity,
}

/// A relation that may count, and what supports it.
#[derive(Clone, Debug)]
pub struct LayerRelation {
    /// The relation.
    pub relation: Relation,
    /// What supports it.
    pub evidence: Evidence,
}

/// The layers in which some relation has an amount, or would have if that were known, by resource, unit and status. Where sources or
/// targets are given: those in which something may come from the one to the other, or is given or taken there.
pub fn layers(
    relations: &[LayerRelation],
    filter: &EvidenceFilter,
    from: Option<&BTreeSet<EntityId>>,
    to: Option<&BTreeSet<EntityId>>,
) -> Vec<FlowLayer> {
    let found: BTreeSet<Layer> = relations
        .iter()
        .filter_map(|found| Layer::of(&found.relation))
        .collect();
    let of = |layer| of_layer(layer, relations, filter, from, to);
    found.into_iter().filter_map(of).collect()
}

fn of_layer(
    layer: Layer,
    relations: &[LayerRelation],
    filter: &EvidenceFilter,
    from: Option<&BTreeSet<EntityId>>,
    to: Option<&BTreeSet<EntityId>>,
) -> Option<FlowLayer> {
    let (mut sum, mut counted, mut known_count) = (Sum::new(), Vec::new(), 0);
    let mut links: BTreeMap<&EntityId, Vec<&EntityId>> = BTreeMap::new();
    for LayerRelation { relation, evidence } in relations {
        job::step();
        let Some(carried) = layer.admit(relation, evidence, filter) else {
            continue;
        };
        counted.push(relation.id.clone());
        known_count += usize::from(carried.missing.is_none());
        match relation.quantity.as_ref().map(Quantity::effective) {
            Some(quantity) if filter.passes(evidence) => sum.add(quantity),
            _ => sum.add_unknown(),
        }
        if carried.heading != Heading::Backward {
            links.entry(&relation.from).or_default().push(&relation.to);
        }
        if carried.heading != Heading::Forward {
            links.entry(&relation.to).or_default().push(&relation.from);
        }
    }
    let is_asked = !counted.is_empty() && leads(&links, from, to);
    counted.sort_unstable();
    is_asked.then(|| FlowLayer {
        relations: counted,
        known_count,
        total: sum.quantity(Some(layer.unit.clone()), None, Measure::Cumulative),
        layer,
    })
}

/// Whether a way leads from the sources to the targets; where only one of both is asked for, whether one begins or ends there.
fn leads(
    links: &BTreeMap<&EntityId, Vec<&EntityId>>,
    from: Option<&BTreeSet<EntityId>>,
    to: Option<&BTreeSet<EntityId>>,
) -> bool {
    let is_source = |id: &EntityId| from.is_none_or(|from| from.contains(id));
    let is_target = |id: &EntityId| to.is_none_or(|to| to.contains(id));
    let mut open: Vec<&EntityId> = links.keys().copied().filter(|id| is_source(id)).collect();
    let mut seen: BTreeSet<&EntityId> = open.iter().copied().collect();
    while let Some(giver) = open.pop() {
        job::step();
        for taker in links.get(giver).into_iter().flatten() {
            job::step();
            if is_target(taker) {
                return true;
            }
            if seen.insert(taker) {
                open.push(taker);
            }
        }
    }
    false
}
