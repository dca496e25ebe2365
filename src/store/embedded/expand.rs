//! The bounded expansion of the graph in memory.

use std::collections::{BTreeSet, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use super::graph::{GraphSnapshot, RelationNode};
use super::table::Slot;
use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::id::EntityId;
use crate::model::subgraph::Subgraph;
use crate::model::walk::{EntityFacts, WalkRules};
use crate::store::subgraph_builder::{SubgraphBuilder, WalkRelation, WalkSource};

/// Hashes slots by one multiplication: they are small and dense, and the default hash would take most of the time of a walk.
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

/// Entities expanded together; see [`GraphSnapshot::prefetch`].
const BATCH: usize = 64;
/// Relations of one entity that are prefetched: enough for nearly all entities, and little compared with a budget.
const PREFETCH_MAX: usize = 256;

impl WalkSource for GraphSnapshot {
    type Entity = Slot;
    type Hasher = BuildHasherDefault<SlotHasher>;

    fn facts(&self, entity: Slot) -> Option<EntityFacts<'_>> {
        self.entities.get(entity).map(|node| node.facts.walk_facts())
    }
}

impl GraphSnapshot {
    /// See [`crate::store::Reader::expand`].
    pub(super) fn expand(
        &self,
        seeds: &[EntityId],
        stop: &BTreeSet<EntityId>,
        walk: &WalkRules,
        length: u32,
        mut budget: WorkBudget,
    ) -> Subgraph {
        let mut builder = SubgraphBuilder::new(walk);
        let stop: SlotSet = stop.iter().filter_map(|id| self.slot(id)).collect();
        let seeds = self.sorted(seeds.iter().filter_map(|id| self.slot(id)).collect());
        let mut frontier = builder.enter_seeds(self, seeds);
        let mut ahead = Vec::new();
        // One round more than steps: the relations out of the last entities are read, though nothing is entered by them.
        for _ in 0..=length {
            if frontier.is_empty() {
                break;
            }
            let mut next = Vec::new();
            for batch in frontier.chunks(BATCH) {
                self.prefetch(batch, &mut ahead);
                for entity in batch {
                    if let Err(BudgetExhausted(reason)) =
                        self.expand_entity(&mut builder, walk, *entity, &mut next, &mut budget)
                    {
                        return builder.finish(Some(reason));
                    }
                }
            }
            next.retain(|slot| !stop.contains(slot));
            frontier = next;
        }
        builder.finish(None)
    }

    /// Reads the memory that the expansion of a batch touches, and discards it. `ahead` is a buffer that is reused.
    ///
    /// A walk waits for memory nearly all of the time. Cloning a shared key waits for one cache line at a time, while plain
    /// reads without a dependent branch wait together. So a batch is read first, and its keys are cloned when they are in the cache.
    fn prefetch(&self, batch: &[Slot], ahead: &mut Vec<(Slot, Slot)>) {
        let (entities, relations) = (&self.entities, &self.relations);
        let leading = batch
            .iter()
            .filter_map(|slot| Some((*slot, entities.get(*slot)?)))
            .flat_map(|(slot, node)| node.outbound.iter().take(PREFETCH_MAX).map(move |at| (slot, *at)));
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
                read ^= first_byte(other.facts.id.as_str()) ^ other.outbound.len();
            }
        }
        // Without a use, the compiler would remove the reads.
        std::hint::black_box(read);
    }

    fn expand_entity(
        &self,
        builder: &mut SubgraphBuilder<'_, Self>,
        walk: &WalkRules,
        entity: Slot,
        next: &mut Vec<Slot>,
        budget: &mut WorkBudget,
    ) -> Result<(), BudgetExhausted> {
        if walk.rules.is_empty() && !walk.reversed {
            let leading = self.outbound_relations(entity).map(walk_relation);
            builder.expand_entity(self, entity, leading, next, budget)
        } else {
            // Rules or a reversed walk change the direction of some kinds, so that the stored outbound relations do not apply.
            let around = self
                .incident_relations(entity)
                .map(|(_, relation)| walk_relation(relation));
            let turned = around.filter(|relation| relation.leads_from(walk, entity));
            builder.expand_entity(self, entity, turned, next, budget)
        }
    }
}

fn walk_relation(relation: &RelationNode) -> WalkRelation<'_, GraphSnapshot> {
    WalkRelation {
        id: &relation.id,
        from: relation.from,
        to: relation.to,
        facts: relation.walk_facts(),
    }
}

fn first_byte(text: &str) -> usize {
    text.bytes().next().map_or(0, usize::from)
}
