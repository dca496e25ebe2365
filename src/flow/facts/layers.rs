//! The layers that exist, and how much of each is known.

use std::collections::{BTreeMap, BTreeSet};

use super::layer::{Heading, Layer};
use crate::model::id::{EntityId, RelationId};
use crate::model::job;
use crate::model::quantity::{Measure, Quantity};
use crate::model::relation::Relation;
use crate::model::statement::{Evidence, EvidenceFilter};
use crate::model::sum::QuantitySum;

/// A layer in which some relation states an amount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowLayer {
    /// The layer.
    pub layer: Layer,
    /// The relations that contribute to it, with or without a known amount, by id.
    pub relations: Vec<RelationId>,
    /// The number of relations whose amount is one number.
    pub known_count: usize,
    /// The sum of their amounts. Every relation counts once, so that money that passes through several is
    /// counted several times.
    pub total: Quantity,
}

/// A relation that may contribute, and its evidence.
#[derive(Clone, Debug)]
pub struct LayerRelation {
    /// The relation.
    pub relation: Relation,
    /// Its evidence.
    pub evidence: Evidence,
}

/// Lists the layers with stated amounts, by resource, unit and status. With sources or targets, only layers
/// in which something may flow from the sources to the targets, or is given or received there.
pub fn layers(
    relations: &[LayerRelation],
    filter: &EvidenceFilter,
    from: Option<&BTreeSet<EntityId>>,
    to: Option<&BTreeSet<EntityId>>,
) -> Vec<FlowLayer> {
    let found: BTreeSet<Layer> = relations
        .iter()
        .filter_map(|found| Layer::of_relation(&found.relation))
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
    let (mut sum, mut counted, mut known_count) = (QuantitySum::new(), Vec::new(), 0);
    let mut edges: BTreeMap<&EntityId, Vec<&EntityId>> = BTreeMap::new();
    for LayerRelation { relation, evidence } in relations {
        job::step();
        let Some(contribution) = layer.contribution(relation, evidence, filter) else {
            continue;
        };
        counted.push(relation.id.clone());
        known_count += usize::from(contribution.missing.is_none());
        match relation.quantity.as_ref().map(Quantity::effective) {
            Some(quantity) if filter.passes(evidence) => sum.add(quantity),
            _ => sum.add_unknown(),
        }
        if contribution.heading != Heading::Backward {
            edges.entry(&relation.from).or_default().push(&relation.to);
        }
        if contribution.heading != Heading::Forward {
            edges.entry(&relation.to).or_default().push(&relation.from);
        }
    }
    let is_asked = !counted.is_empty() && leads(&edges, from, to);
    counted.sort_unstable();
    is_asked.then(|| FlowLayer {
        relations: counted,
        known_count,
        total: sum.quantity(Some(layer.unit.clone()), None, Measure::Cumulative),
        layer,
    })
}

/// Whether the targets are reachable from the sources; with only one side given, whether an edge starts or
/// ends there.
fn leads(
    edges: &BTreeMap<&EntityId, Vec<&EntityId>>,
    from: Option<&BTreeSet<EntityId>>,
    to: Option<&BTreeSet<EntityId>>,
) -> bool {
    let is_source = |id: &EntityId| from.is_none_or(|from| from.contains(id));
    let is_target = |id: &EntityId| to.is_none_or(|to| to.contains(id));
    let mut open: Vec<&EntityId> = edges.keys().copied().filter(|id| is_source(id)).collect();
    let mut seen: BTreeSet<&EntityId> = open.iter().copied().collect();
    while let Some(giver) = open.pop() {
        job::step();
        for taker in edges.get(giver).into_iter().flatten() {
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
