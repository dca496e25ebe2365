//! Walking, whatever keeps the graph: what is entered, what is noted, why something is refused, and what comes first. A
//! store says what leads out of an entity; here it is decided what becomes of it, so that all stores answer alike.

use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, Hash};

use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::id::RelationId;
use crate::model::relation::effective_resource;
use crate::model::subgraph::{EntityIndex, SubEntity, SubRelation, Subgraph};
use crate::model::walk::{EntityFacts, Refusal, RelationFacts, TruncationReason, Walk};

/// What is walked on: a store's own names for entities and relations, and what it knows of an entity.
pub(super) trait Ground {
    /// Names an entity.
    type Entity: Copy + Eq + Hash;
    /// Names a relation.
    type Relation: Copy + Eq + Hash;
    /// Hashes both.
    type Hasher: BuildHasher + Default;

    /// What a walk looks at in an entity.
    fn facts(&self, entity: Self::Entity) -> Option<EntityFacts<'_>>;
}

/// A relation that leads out of an entity.
pub(super) struct Leading<'a, G: Ground> {
    /// Its name in the store.
    pub(super) relation: G::Relation,
    /// Its key.
    pub(super) id: &'a RelationId,
    /// Where it begins.
    pub(super) from: G::Entity,
    /// Where it ends.
    pub(super) to: G::Entity,
    /// What a walk looks at in it.
    pub(super) facts: RelationFacts<'a>,
}

/// A walk under way. A store hands it each entity of a level with what leads out of it: what begins there first, by id, then
/// what ends there, by id.
pub(super) struct Walker<'w, G: Ground> {
    walk: &'w Walk,
    places: HashMap<G::Entity, EntityIndex, G::Hasher>,
    /// Entities that were walked to; others are noted only because a refused relation leads there.
    walked: HashSet<G::Entity, G::Hasher>,
    relations: HashSet<G::Relation, G::Hasher>,
    found: Subgraph,
}

impl<'w, G: Ground> Walker<'w, G> {
    pub(super) fn new(walk: &'w Walk) -> Self {
        Self {
            walk,
            places: HashMap::default(),
            walked: HashSet::default(),
            relations: HashSet::default(),
            found: Subgraph::default(),
        }
    }

    /// Begins: the seeds that are entered, each once.
    pub(super) fn begin(&mut self, ground: &G, seeds: impl IntoIterator<Item = G::Entity>) -> Vec<G::Entity> {
        seeds.into_iter().filter(|seed| self.enter(ground, *seed)).collect()
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
        for leading in leading {
            budget.spend()?;
            let refusal = self.walk.refuse_relation(&leading.facts);
            if self.relations.insert(leading.relation) {
                self.note(ground, &leading, refusal);
            }
            let other = if leading.from == entity { leading.to } else { leading.from };
            if refusal.is_none() && self.enter(ground, other) {
                next.push(other);
            }
        }
        Ok(())
    }

    /// What was found; why it is not whole, where it is not.
    pub(super) fn found(self, truncated: Option<TruncationReason>) -> Subgraph {
        Subgraph { truncated, ..self.found }
    }

    /// Where an entity stands in the answer; it is put there where it does not stand yet.
    fn place(&mut self, ground: &G, entity: G::Entity) -> EntityIndex {
        if let Some(place) = self.places.get(&entity) {
            return *place;
        }
        let place = EntityIndex::try_from(self.found.entities.len()).unwrap_or(EntityIndex::MAX);
        if let Some(facts) = ground.facts(entity) {
            let refusal = self.walk.refuse_entity(&facts);
            let best = if refusal.is_none() { self.walk.evidence.best(facts.evidence) } else { None };
            self.found.entities.push(SubEntity { id: facts.id.clone(), refusal, best });
            self.places.insert(entity, place);
        }
        place
    }

    /// Walks to an entity. True where it was not walked to before and may be.
    fn enter(&mut self, ground: &G, entity: G::Entity) -> bool {
        let place = self.place(ground, entity) as usize;
        let may_be = self.found.entities.get(place).is_some_and(|entity| entity.refusal.is_none());
        may_be && self.walked.insert(entity)
    }

    fn note(&mut self, ground: &G, leading: &Leading<'_, G>, refusal: Option<Refusal>) {
        let (from, to) = (self.place(ground, leading.from), self.place(ground, leading.to));
        let RelationFacts { kind, stated_flow, stated_resource, validity, evidence } = leading.facts;
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
