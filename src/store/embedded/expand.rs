//! Walking a bounded part of the graph.

use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use super::graph::{Graph, RelationNode};
use super::table::Slot;
use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::id::EntityId;
use crate::model::subgraph::Subgraph;
use crate::model::walk::{EntityFacts, Walk, leads_out};
use crate::store::walker::{Ground, Leading, Walker};

/// Slots are small and dense: one multiplication spreads them, where the default hash would be most of a walk.
#[derive(Default)]
pub(super) struct SlotHasher(u64);

impl Hasher for SlotHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.write_u32(u32::from(*byte));
        }
    }
    fn write_u32(&mut self, slot: u32) {
        // 2^64 divided by the golden ratio (Knuth, TAOCP 3, 6.4): neighbours land far apart.
        self.0 = (self.0 ^ u64::from(slot))
            .wrapping_mul(0x9e37_79b9_7f4a_7c15)
            .rotate_left(26);
    }
}

type SlotSet = HashSet<Slot, BuildHasherDefault<SlotHasher>>;

impl Ground for Graph {
    type Entity = Slot;
    type Relation = Slot;
    type Hasher = BuildHasherDefault<SlotHasher>;

    fn facts(&self, entity: Slot) -> Option<EntityFacts<'_>> {
        self.entities.get(entity).map(|node| node.facts.walk_facts())
    }
}

impl Graph {
    /// See [`crate::store::Reader::expand`].
    pub(super) fn expand(
        &self,
        seeds: &[EntityId],
        stop: &BTreeSet<EntityId>,
        walk: &Walk,
        length: u32,
        mut budget: WorkBudget,
    ) -> Subgraph {
        let mut walker = Walker::new(walk);
        let stop: SlotSet = stop.iter().filter_map(|id| self.slot(id)).collect();
        let seeds = self.sorted(seeds.iter().filter_map(|id| self.slot(id)).collect());
        let mut frontier = walker.begin(self, seeds);
        // One round more than steps: what leads out of the last entities is looked at, though nothing is entered by it.
        for _ in 0..=length {
            let mut next = Vec::new();
            for entity in frontier {
                if let Err(OutOfWork(reason)) = self.look_around(&mut walker, walk, entity, &mut next, &mut budget) {
                    return walker.found(Some(reason));
                }
            }
            next.retain(|slot| !stop.contains(slot));
            frontier = next;
        }
        walker.found(None)
    }

    fn look_around(
        &self,
        walker: &mut Walker<'_, Self>,
        walk: &Walk,
        entity: Slot,
        next: &mut Vec<Slot>,
        budget: &mut WorkBudget,
    ) -> Result<(), OutOfWork> {
        if walk.rules.is_empty() {
            walker.follow(self, entity, self.leading(entity).map(seen), next, budget)
        } else {
            // The caller turns some kinds round, so what leads out is not what leads out by itself.
            let turned = self.around(entity).filter(|(_, relation)| {
                let walkable = relation.kind.info().can_carry() || walk.rules.contains_key(&relation.kind);
                let (from_leads, to_leads) = leads_out(walk.flow(relation.kind, relation.stated_flow));
                walkable
                    && relation.from != relation.to
                    && if relation.from == entity { from_leads } else { to_leads }
            });
            walker.follow(self, entity, turned.map(seen), next, budget)
        }
    }
}

fn seen((slot, relation): (Slot, &RelationNode)) -> Leading<'_, Graph> {
    Leading {
        relation: slot,
        id: &relation.id,
        from: relation.from,
        to: relation.to,
        facts: relation.walk_facts(),
    }
}
