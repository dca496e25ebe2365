//! Walking a bounded part of the graph.

use std::collections::hash_map::Entry;
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

/// Entities that are looked around together; see [`Expansion::fetch`].
const BATCH: usize = 64;
/// Relations of one entity that are fetched ahead: enough for nearly all, and nothing beside a budget.
const FETCHED_MAX: usize = 256;

/// How far a walk has come with an entity.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    /// A relation ends there.
    Noted,
    /// It was walked to.
    Entered,
    /// So it was, and all that leads out of it was looked at.
    LookedAround,
}

/// A walk under way.
struct Expansion<'g> {
    graph: &'g Graph,
    walk: &'g Walk,
    places: SlotMap<EntityIndex>,
    /// By place in the answer.
    progress: Vec<Progress>,
    /// Entities and relations of the batch that is fetched; kept for its room.
    ahead: Vec<(Slot, Slot)>,
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
            progress: Vec::new(),
            ahead: Vec::new(),
            found: Subgraph::default(),
        };
        let mut frontier: Vec<Slot> = self.sorted(seeds.iter().filter_map(|id| self.slot(id)).collect());
        frontier.retain(|seed| expansion.place(*seed).is_some_and(|place| expansion.enter(place)));
        let stop: SlotSet = stop.iter().filter_map(|id| self.slot(id)).collect();
        // One round more than steps: what leads out of the last entities is looked at, though nothing is entered by it.
        for _ in 0..=length {
            let mut next = Vec::new();
            for batch in frontier.chunks(BATCH) {
                expansion.fetch(batch);
                for entity in batch {
                    if let Err(OutOfWork(reason)) = expansion.look_around(*entity, &mut next, &mut budget) {
                        expansion.found.truncated = Some(reason);
                        return expansion.found;
                    }
                }
            }
            next.retain(|slot| !stop.contains(slot));
            frontier = next;
        }
        expansion.found
    }
}

impl Expansion<'_> {
    /// Reads what looking around will touch, and does nothing with it.
    ///
    /// Nearly all of a walk is waiting for memory. Counting a shared key up waits for it alone, while plain reads wait
    /// together, most of all in loops that decide nothing by what they read: so a batch is read first, one step after
    /// another, and its keys are counted up when they are near.
    fn fetch(&mut self, batch: &[Slot]) {
        let (entities, relations) = (&self.graph.entities, &self.graph.relations);
        let leading = batch
            .iter()
            .filter_map(|slot| Some((*slot, entities.get(*slot)?)))
            .flat_map(|(slot, node)| node.leading.iter().take(FETCHED_MAX).map(move |at| (slot, *at)));
        self.ahead.clear();
        self.ahead.extend(leading);
        let mut read = 0;
        for (entity, relation) in &mut self.ahead {
            if let Some(relation) = relations.get(*relation) {
                read ^= first_byte(relation.id.as_str());
                *entity = relation.other(*entity);
            }
        }
        for (other, _) in &self.ahead {
            if let Some(other) = entities.get(*other) {
                read ^= first_byte(other.facts.id.as_str()) ^ other.leading.len();
            }
        }
        // Without a use, the reads would be left out.
        std::hint::black_box(read);
    }

    /// Where an entity stands in the answer; it is put there where it does not stand yet.
    fn place(&mut self, slot: Slot) -> Option<EntityIndex> {
        let place = match self.places.entry(slot) {
            Entry::Occupied(place) => return Some(*place.get()),
            Entry::Vacant(place) => place,
        };
        let facts = self.graph.entities.get(slot)?.facts.walk_facts();
        let next = EntityIndex::try_from(self.found.entities.len()).ok()?;
        let refusal = self.walk.refuse_entity(&facts);
        let best = if refusal.is_none() {
            self.walk.evidence.best(facts.evidence)
        } else {
            None
        };
        self.found.entities.push(SubEntity {
            id: facts.id.clone(),
            refusal,
            best,
        });
        self.progress.push(Progress::Noted);
        Some(*place.insert(next))
    }

    /// Walks to an entity. True where it was not walked to before and may be.
    fn enter(&mut self, place: EntityIndex) -> bool {
        let place = place as usize;
        let entity = self.found.entities.get(place);
        let may_be = entity.is_some_and(|entity| entity.refusal.is_none());
        let progress = self
            .progress
            .get_mut(place)
            .filter(|progress| **progress == Progress::Noted);
        match progress {
            Some(progress) if may_be => {
                *progress = Progress::Entered;
                true
            }
            _ => false,
        }
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
            let around = graph.around(entity).map(|(_, relation)| relation);
            let turned = around.filter(|relation| leads_from(walk, relation, entity));
            self.follow(entity, turned, next, budget)
        }
    }

    fn follow<'a>(
        &mut self,
        entity: Slot,
        leading: impl Iterator<Item = &'a RelationNode>,
        next: &mut Vec<Slot>,
        budget: &mut WorkBudget,
    ) -> Result<(), OutOfWork> {
        let Some(here) = self.place(entity) else {
            return Ok(());
        };
        for relation in leading {
            budget.spend()?;
            let other = relation.other(entity);
            let Some(there) = self.place(other) else { continue };
            let refusal = self.walk.refuse_relation(&relation.walk_facts());
            // It was met before if its other end was left by it.
            let left_there = self.progress.get(there as usize) == Some(&Progress::LookedAround);
            if !(left_there && leads_from(self.walk, relation, other)) {
                let (from, to) = if relation.from == entity {
                    (here, there)
                } else {
                    (there, here)
                };
                self.note(relation, from, to, refusal);
            }
            if refusal.is_none() && self.enter(there) {
                next.push(other);
            }
        }
        if let Some(progress) = self.progress.get_mut(here as usize) {
            *progress = Progress::LookedAround;
        }
        Ok(())
    }

    fn note(
        &mut self,
        relation: &RelationNode,
        from: EntityIndex,
        to: EntityIndex,
        refusal: Option<Refusal>,
    ) {
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

/// Whether by the walk's rules a relation may lead out of one of its ends.
fn leads_from(walk: &Walk, relation: &RelationNode, end: Slot) -> bool {
    let (from_leads, to_leads) = leads_out(walk.flow(relation.kind, relation.stated_flow));
    let is_walkable = relation.kind.info().can_carry() || walk.rules.contains_key(&relation.kind);
    is_walkable
        && relation.from != relation.to
        && if relation.from == end {
            from_leads
        } else {
            to_leads
        }
}

fn first_byte(text: &str) -> usize {
    text.bytes().next().map_or(0, usize::from)
}
