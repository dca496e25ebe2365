//! Walking a bounded part of the graph.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};

use super::graph::{Graph, RelationNode};
use super::table::Slot;
use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::id::EntityId;
use crate::model::relation::effective_resource;
use crate::model::subgraph::{EntityIndex, SubEntity, SubRelation, Subgraph};
use crate::model::walk::{Refusal, Walk, leads_out};

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

type SlotMap<V> = HashMap<Slot, V, BuildHasherDefault<SlotHasher>>;
type SlotSet = HashSet<Slot, BuildHasherDefault<SlotHasher>>;

/// A walk under way.
struct Expansion<'g> {
    graph: &'g Graph,
    walk: &'g Walk,
    places: SlotMap<EntityIndex>,
    /// Entities that were walked to; others are noted only because a refused relation leads there.
    walked: SlotSet,
    relations: SlotSet,
    found: Subgraph,
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
        let mut expansion = Expansion {
            graph: self,
            walk,
            places: SlotMap::default(),
            walked: SlotSet::default(),
            relations: SlotSet::default(),
            found: Subgraph::default(),
        };
        let mut frontier: Vec<Slot> = self.sorted(seeds.iter().filter_map(|id| self.slot(id)).collect());
        frontier.retain(|seed| expansion.enter(*seed));
        let stop: SlotSet = stop.iter().filter_map(|id| self.slot(id)).collect();
        // One round more than steps: what leads out of the last entities is looked at, though nothing is entered by it.
        for _ in 0..=length {
            let mut next = Vec::new();
            for entity in &frontier {
                if let Err(OutOfWork(reason)) = expansion.look_around(*entity, &mut next, &mut budget) {
                    expansion.found.truncated = Some(reason);
                    return expansion.found;
                }
            }
            next.retain(|slot| !stop.contains(slot));
            frontier = next;
        }
        expansion.found
    }
}

impl Expansion<'_> {
    /// Where an entity stands in the answer; it is put there where it does not stand yet.
    fn place(&mut self, slot: Slot) -> EntityIndex {
        if let Some(place) = self.places.get(&slot) {
            return *place;
        }
        let place = EntityIndex::try_from(self.found.entities.len()).unwrap_or(EntityIndex::MAX);
        if let Some(node) = self.graph.entities.get(slot) {
            let facts = node.facts.walk_facts();
            let refusal = self.walk.refuse_entity(&facts);
            let best = if refusal.is_none() {
                self.walk.evidence.best(facts.evidence)
            } else {
                None
            };
            self.found.entities.push(SubEntity {
                id: node.facts.entity.id.clone(),
                refusal,
                best,
            });
            self.places.insert(slot, place);
        }
        place
    }

    /// Walks to an entity. True where it was not walked to before and may be.
    fn enter(&mut self, slot: Slot) -> bool {
        let place = self.place(slot) as usize;
        self.found
            .entities
            .get(place)
            .is_some_and(|entity| entity.refusal.is_none())
            && self.walked.insert(slot)
    }

    fn look_around(
        &mut self,
        entity: Slot,
        next: &mut Vec<Slot>,
        budget: &mut WorkBudget,
    ) -> Result<(), OutOfWork> {
        let (graph, walk) = (self.graph, self.walk);
        if walk.rules.is_empty() {
            self.follow(entity, graph.leading(entity), next, budget)
        } else {
            // The caller turns some kinds round, so what leads out is not what leads out by itself.
            let turned = graph.around(entity).filter(|(_, relation)| {
                let walkable = relation.kind.info().can_carry() || walk.rules.contains_key(&relation.kind);
                let (from_leads, to_leads) = leads_out(walk.flow(relation.kind, relation.stated_flow));
                walkable
                    && relation.from != relation.to
                    && if relation.from == entity {
                        from_leads
                    } else {
                        to_leads
                    }
            });
            self.follow(entity, turned, next, budget)
        }
    }

    fn follow<'a>(
        &mut self,
        entity: Slot,
        leading: impl Iterator<Item = (Slot, &'a RelationNode)>,
        next: &mut Vec<Slot>,
        budget: &mut WorkBudget,
    ) -> Result<(), OutOfWork> {
        for (slot, relation) in leading {
            budget.spend()?;
            let refusal = self.walk.refuse_relation(&relation.walk_facts());
            if self.relations.insert(slot) {
                self.note(relation, refusal);
            }
            let other = relation.other(entity);
            if refusal.is_none() && self.enter(other) {
                next.push(other);
            }
        }
        Ok(())
    }

    fn note(&mut self, relation: &RelationNode, refusal: Option<Refusal>) {
        let (from, to) = (self.place(relation.from), self.place(relation.to));
        self.found.relations.push(SubRelation {
            id: relation.id.clone(),
            kind: relation.kind,
            from,
            to,
            flow: self.walk.flow(relation.kind, relation.stated_flow),
            resource: effective_resource(relation.kind, relation.stated_resource),
            refusal,
            best: self.walk.evidence.best(&relation.provenance.evidence),
            undated: relation.validity.is_undated(),
        });
    }
}
