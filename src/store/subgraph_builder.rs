//! The part of a walk that all stores share: which entities are entered, which entities and relations the subgraph lists, why one is
//! refused, and their order. A store only reads the relations that lead out of an entity, so that all stores return the same.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::{BuildHasher, Hash};

use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::id::RelationId;
use crate::model::relation::effective_resource;
use crate::model::subgraph::{EntityIndex, SubEntity, SubRelation, Subgraph};
use crate::model::walk::{EntityFacts, RelationFacts, TruncationReason, WalkRefusal, WalkRules, leads_out};

/// A store's graph as a walk reads it.
pub(super) trait WalkSource {
    /// The store's own id of an entity.
    type Entity: Copy + Eq + Hash;
    /// The hasher of these ids.
    type Hasher: BuildHasher + Default;

    /// The facts of an entity that a walk reads.
    fn facts(&self, entity: Self::Entity) -> Option<EntityFacts<'_>>;
}

/// A relation that leads out of an entity.
pub(super) struct WalkRelation<'a, G: WalkSource> {
    /// The id of the relation.
    pub(super) id: &'a RelationId,
    /// The entity where it begins.
    pub(super) from: G::Entity,
    /// The entity where it ends.
    pub(super) to: G::Entity,
    /// The facts of the relation that a walk reads.
    pub(super) facts: RelationFacts<'a>,
}

impl<G: WalkSource> WalkRelation<'_, G> {
    /// Whether it may lead out of one of its ends by the rules of a walk.
    pub(super) fn leads_from(&self, walk: &WalkRules, end: G::Entity) -> bool {
        let RelationFacts {
            kind, stated_flow, ..
        } = self.facts;
        let (from_leads, to_leads) = leads_out(walk.flow(kind, stated_flow));
        let is_walkable = kind.info().can_carry() || walk.rules.contains_key(&kind);
        let leads = if self.from == end { from_leads } else { to_leads };
        is_walkable && self.from != self.to && leads
    }
}

/// The state of an entity in a walk.
#[derive(Clone, Copy, PartialEq, Eq)]
enum VisitState {
    /// A listed relation has it as an end.
    Listed,
    /// The walk entered it.
    Entered,
    /// The walk entered it, and read the relations that lead out of it.
    Expanded,
}

/// Builds the subgraph of a walk. A store passes it each entity of a level with the relations that lead out of it: outgoing ones by id,
/// then incoming ones by id.
pub(super) struct SubgraphBuilder<'w, G: WalkSource> {
    walk: &'w WalkRules,
    indices: HashMap<G::Entity, EntityIndex, G::Hasher>,
    /// By index in the subgraph.
    states: Vec<VisitState>,
    subgraph: Subgraph,
}

impl<'w, G: WalkSource> SubgraphBuilder<'w, G> {
    pub(super) fn new(walk: &'w WalkRules) -> Self {
        Self {
            walk,
            indices: HashMap::default(),
            states: Vec::new(),
            subgraph: Subgraph::default(),
        }
    }

    /// Enters the seeds. Returns those entered, each once.
    pub(super) fn enter_seeds(
        &mut self,
        graph: &G,
        seeds: impl IntoIterator<Item = G::Entity>,
    ) -> Vec<G::Entity> {
        let entered = |seed: &G::Entity| {
            let index = self.index_of(graph, *seed);
            index.is_some_and(|index| self.enter(index))
        };
        seeds.into_iter().filter(entered).collect()
    }

    /// Adds the relations that lead out of an entity. Entities entered by them are added to `next`.
    pub(super) fn expand_entity<'a>(
        &mut self,
        graph: &G,
        entity: G::Entity,
        relations: impl IntoIterator<Item = WalkRelation<'a, G>>,
        next: &mut Vec<G::Entity>,
        budget: &mut WorkBudget,
    ) -> Result<(), BudgetExhausted>
    where
        G: 'a,
    {
        let Some(here) = self.index_of(graph, entity) else {
            return Ok(());
        };
        for relation in relations {
            budget.spend()?;
            let other = if relation.from == entity {
                relation.to
            } else {
                relation.from
            };
            let Some(there) = self.index_of(graph, other) else {
                continue;
            };
            let refusal = self.walk.refuse_relation(&relation.facts);
            // The relation is listed already if it leads out of its other end and that was expanded.
            let was_expanded = self.states.get(there as usize) == Some(&VisitState::Expanded);
            if !(was_expanded && relation.leads_from(self.walk, other)) {
                let ends = if relation.from == entity {
                    (here, there)
                } else {
                    (there, here)
                };
                self.add_relation(&relation, ends, refusal);
            }
            if refusal.is_none() && self.enter(there) {
                next.push(other);
            }
        }
        if let Some(state) = self.states.get_mut(here as usize) {
            *state = VisitState::Expanded;
        }
        Ok(())
    }

    /// The subgraph, with the reason if it is truncated.
    pub(super) fn finish(self, truncated: Option<TruncationReason>) -> Subgraph {
        Subgraph {
            truncated,
            ..self.subgraph
        }
    }

    /// The index of an entity in the subgraph, which is added if it is not listed yet.
    fn index_of(&mut self, graph: &G, entity: G::Entity) -> Option<EntityIndex> {
        let entry = match self.indices.entry(entity) {
            Entry::Occupied(entry) => return Some(*entry.get()),
            Entry::Vacant(entry) => entry,
        };
        let facts = graph.facts(entity)?;
        let next = EntityIndex::try_from(self.subgraph.entities.len()).ok()?;
        let refusal = self.walk.refuse_entity(&facts);
        let best = if refusal.is_none() {
            self.walk.evidence.best(facts.evidence)
        } else {
            None
        };
        self.subgraph.entities.push(SubEntity {
            id: facts.id.clone(),
            refusal,
            best,
        });
        self.states.push(VisitState::Listed);
        Some(*entry.insert(next))
    }

    /// Enters an entity. False if it was entered before or is refused.
    fn enter(&mut self, index: EntityIndex) -> bool {
        let index = index as usize;
        let entity = self.subgraph.entities.get(index);
        let may_be_entered = entity.is_some_and(|entity| entity.refusal.is_none());
        let state = self
            .states
            .get_mut(index)
            .filter(|state| **state == VisitState::Listed);
        match state {
            Some(state) if may_be_entered => {
                *state = VisitState::Entered;
                true
            }
            _ => false,
        }
    }

    fn add_relation(
        &mut self,
        relation: &WalkRelation<'_, G>,
        (from, to): (EntityIndex, EntityIndex),
        refusal: Option<WalkRefusal>,
    ) {
        let RelationFacts {
            kind,
            stated_flow,
            stated_resource,
            validity,
            evidence,
        } = relation.facts;
        self.subgraph.relations.push(SubRelation {
            id: relation.id.clone(),
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
