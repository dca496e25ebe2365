//! Walking a bounded part of the graph in memory.

use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use super::graph::{Graph, RelationNode};
use super::table::Slot;
use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::id::EntityId;
use crate::model::subgraph::Subgraph;
use crate::model::walk::{EntityFacts, Walk};
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

/// Entities that are looked around together; see [`Graph::fetch`].
const BATCH: usize = 64;
/// Relations of one entity that are fetched ahead: enough for nearly all, and nothing beside a budget.
const FETCHED_MAX: usize = 256;

impl Ground for Graph {
    type Entity = Slot;
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
        let mut ahead = Vec::new();
        // One round more than steps: what leads out of the last entities is looked at, though nothing is entered by it.
        for _ in 0..=length {
            if frontier.is_empty() {
                break;
            }
            let mut next = Vec::new();
            for batch in frontier.chunks(BATCH) {
                self.fetch(batch, &mut ahead);
                for entity in batch {
                    if let Err(OutOfWork(reason)) =
                        self.look_around(&mut walker, walk, *entity, &mut next, &mut budget)
                    {
                        return walker.found(Some(reason));
                    }
                }
            }
            next.retain(|slot| !stop.contains(slot));
            frontier = next;
        }
        walker.found(None)
    }

    /// Reads what looking around will touch, and does nothing with it. `ahead` is kept for its room.
    ///
    /// Nearly all of a walk is waiting for memory. Counting a shared key up waits for it alone, while plain reads wait
    /// together, most of all in loops that decide nothing by what they read: so a batch is read first, one step after
    /// another, and its keys are counted up when they are near.
    fn fetch(&self, batch: &[Slot], ahead: &mut Vec<(Slot, Slot)>) {
        let (entities, relations) = (&self.entities, &self.relations);
        let leading = batch
            .iter()
            .filter_map(|slot| Some((*slot, entities.get(*slot)?)))
            .flat_map(|(slot, node)| node.leading.iter().take(FETCHED_MAX).map(move |at| (slot, *at)));
        ahead.clear();
        ahead.extend(leading);
        let mut read = 0;
        for (entity, relation) in &mut *ahead {
            if let Some(relation) = relations.get(*relation) {
                read ^= first_byte(relation.id.as_str());
                *entity = relation.other(*entity);
            }
        }
        for (other, _) in &*ahead {
            if let Some(other) = entities.get(*other) {
                read ^= first_byte(other.facts.id.as_str()) ^ other.leading.len();
            }
        }
        // Without a use, the reads would be left out.
        std::hint::black_box(read);
    }

    fn look_around(
        &self,
        walker: &mut Walker<'_, Self>,
        walk: &Walk,
        entity: Slot,
        next: &mut Vec<Slot>,
        budget: &mut WorkBudget,
    ) -> Result<(), OutOfWork> {
        if walk.rules.is_empty() && !walk.reversed {
            let leading = self.leading(entity).map(seen);
            walker.follow(self, entity, leading, next, budget)
        } else {
            // The caller turns some kinds round, or all of them, so what leads out is not what leads out by itself.
            let around = self.around(entity).map(|(_, relation)| seen(relation));
            let turned = around.filter(|relation| relation.leads_from(walk, entity));
            walker.follow(self, entity, turned, next, budget)
        }
    }
}

fn seen(relation: &RelationNode) -> Leading<'_, Graph> {
    Leading {
        id: &relation.id,
        from: relation.from,
        to: relation.to,
        facts: relation.walk_facts(),
    }
}

fn first_byte(text: &str) -> usize {
    text.bytes().next().map_or(0, usize::from)
}
