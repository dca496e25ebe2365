//! Walking, whatever keeps the graph: what is entered, what is noted, why something is refused, and what comes first. A
//! store says what leads out of an entity; here it is decided what becomes of it, so that all stores answer alike.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, Hash};

use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::id::RelationId;
use crate::model::relation::effective_resource;
use crate::model::subgraph::{EntityIndex, SubEntity, SubRelation, Subgraph};
use crate::model::walk::{EntityFacts, Refusal, RelationFacts, TruncationReason, Walk, leads_out};

/// What is walked on: a store's own names for entities, and what it knows of each.
pub(super) trait Ground {
    /// Names an entity.
    type Entity: Copy + Eq + Hash;
    /// Hashes the names.
    type Hasher: BuildHasher + Default;

    /// What a walk looks at in an entity.
    fn facts(&self, entity: Self::Entity) -> Option<EntityFacts<'_>>;
}

/// A relation that leads out of an entity.
pub(super) struct Leading<'a, G: Ground> {
    /// Its key.
    pub(super) id: &'a RelationId,
    /// Where it begins.
    pub(super) from: G::Entity,
    /// Where it ends.
    pub(super) to: G::Entity,
    /// What a walk looks at in it.
    pub(super) facts: RelationFacts<'a>,
}

impl<G: Ground> Leading<'_, G> {
    /// Whether by the walk's rules it may lead out of one of its ends.
    pub(super) fn leads_from(&self, walk: &Walk, end: G::Entity) -> bool {
        let RelationFacts { kind, stated_flow, .. } = self.facts;
        let (from_leads, to_leads) = leads_out(walk.flow(kind, stated_flow));
        let is_walkable = kind.info().can_carry() || walk.rules.contains_key(&kind);
        let leads = if self.from == end { from_leads } else { to_leads };
        is_walkable && self.from != self.to && leads
    }
}

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

/// A walk under way. A store hands it each entity of a level with what leads out of it: what begins there first, by id, then
/// what ends there, by id.
pub(super) struct Walker<'w, G: Ground> {
    walk: &'w Walk,
    places: HashMap<G::Entity, EntityIndex, G::Hasher>,
    /// By place in the answer.
    progress: Vec<Progress>,
    found: Subgraph,
}

impl<'w, G: Ground> Walker<'w, G> {
    pub(super) fn new(walk: &'w Walk) -> Self {
        Self {
            walk,
            places: HashMap::default(),
            progress: Vec::new(),
            found: Subgraph::default(),
        }
    }

    /// Begins: the seeds that are entered, each once.
    pub(super) fn begin(&mut self, ground: &G, seeds: impl IntoIterator<Item = G::Entity>) -> Vec<G::Entity> {
        let entered = |seed: &G::Entity| {
            let place = self.place(ground, *seed);
            place.is_some_and(|place| self.enter(place))
        };
        seeds.into_iter().filter(entered).collect()
    }

    /// Looks at what leads out of an entity. What is entered by it is put into `next`.
    pub(super) fn follow<'a>(
        &mut self,
        ground: &G,
        entity: G::Entity,
        leading: impl IntoIterator<Item = Leading<'a, G>>,
        next: &mut Vec<G::Entity>,
        budget: &mut WorkBudget,
    ) -> Result<(), OutOfWork>
    where
        G: 'a,
    {
        let Some(here) = self.place(ground, entity) else {
            return Ok(());
        };
        for leading in leading {
            budget.spend()?;
            let other = if leading.from == entity {
                leading.to
            } else {
                leading.from
            };
            let Some(there) = self.place(ground, other) else {
                continue;
            };
            let refusal = self.walk.refuse_relation(&leading.facts);
            // It was met before if its other end was left by it.
            let left_there = self.progress.get(there as usize) == Some(&Progress::LookedAround);
            if !(left_there && leading.leads_from(self.walk, other)) {
                let ends = if leading.from == entity {
                    (here, there)
                } else {
                    (there, here)
                };
                self.note(&leading, ends, refusal);
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

    /// What was found; why it is not whole, where it is not.
    pub(super) fn found(self, truncated: Option<TruncationReason>) -> Subgraph {
        Subgraph {
            truncated,
            ..self.found
        }
    }

    /// Where an entity stands in the answer; it is put there where it does not stand yet.
    fn place(&mut self, ground: &G, entity: G::Entity) -> Option<EntityIndex> {
        let place = match self.places.entry(entity) {
            Entry::Occupied(place) => return Some(*place.get()),
            Entry::Vacant(place) => place,
        };
        let facts = ground.facts(entity)?;
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

    fn note(
        &mut self,
        leading: &Leading<'_, G>,
        (from, to): (EntityIndex, EntityIndex),
        refusal: Option<Refusal>,
    ) {
        let RelationFacts {
            kind,
            stated_flow,
            stated_resource,
            validity,
            evidence,
        } = leading.facts;
        self.found.relations.push(SubRelation {
            id: leading.id.clone(),
            kind,
            from,
            to,
            flow: self.walk.flow(kind, stated_flow),
            resource: effective_resource(kind, stated_resource),
            refusal,
            best: self.walk.evidence.best(evidence),
            undated: validity.is_undated(),
        });
    }
}
