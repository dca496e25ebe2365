//! The relations of a subgraph in the order of paths, and what leads out of each entity in that order.

use crate::model::id::RelationId;
use crate::model::subgraph::{EntityIndex, SubRelation, Subgraph};
use crate::model::walk::{Refusal, leads_out};

/// The place of a relation among all of a subgraph, by id as bytes.
pub(super) type Rank = u32;

/// A relation that would lead out of an entity, walked or refused.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lead {
    pub(super) rank: Rank,
    pub(super) to: EntityIndex,
    /// Why it is not walked: for itself, or for the entity it leads to.
    pub(super) refusal: Option<Refusal>,
}

/// The relations by rank, and the leads of each entity by rank.
#[derive(Debug)]
pub(super) struct Order {
    by_rank: Vec<u32>,
    leads: Vec<Lead>,
    starts: Vec<u32>,
}

impl Order {
    pub(super) fn new(subgraph: &Subgraph) -> Self {
        let relations = &subgraph.relations;
        let mut by_rank: Vec<u32> = (0..).zip(relations).map(|(index, _)| index).collect();
        by_rank.sort_by(|a, b| relations[*a as usize].id.cmp(&relations[*b as usize].id));
        let mut leading: Vec<(EntityIndex, Lead)> = Vec::with_capacity(relations.len());
        for (rank, index) in (0..).zip(&by_rank) {
            leading.extend(leads_of(subgraph, &relations[*index as usize], rank));
        }
        // Stable, so the leads of one entity stay in the order of their ranks.
        leading.sort_by_key(|(from, _)| *from);
        let starts = starts_of(leading.iter().map(|(from, _)| *from), subgraph.entities.len());
        Self {
            by_rank,
            leads: leading.into_iter().map(|(_, lead)| lead).collect(),
            starts,
        }
    }

    /// What leads out of an entity, by rank.
    pub(super) fn leads(&self, entity: EntityIndex) -> &[Lead] {
        &self.leads[self.starts[entity as usize] as usize..self.starts[entity as usize + 1] as usize]
    }

    /// The relation of a rank.
    pub(super) fn relation<'a>(&self, subgraph: &'a Subgraph, rank: Rank) -> &'a SubRelation {
        &subgraph.relations[self.by_rank[rank as usize] as usize]
    }

    /// The first rank not below an id, and whether it is that id's own.
    pub(super) fn seek(&self, subgraph: &Subgraph, id: &RelationId) -> (Rank, bool) {
        let found = self
            .by_rank
            .binary_search_by(|index| subgraph.relations[*index as usize].id.cmp(id));
        let exact = found.is_ok();
        let (Ok(at) | Err(at)) = found;
        (Rank::try_from(at).unwrap_or(Rank::MAX), exact)
    }
}

/// Where a relation leads out: from no end, one, or both. One from an entity to itself leads nowhere.
fn leads_of(
    subgraph: &Subgraph,
    relation: &SubRelation,
    rank: Rank,
) -> impl Iterator<Item = (EntityIndex, Lead)> {
    let (forward, backward) = if relation.from == relation.to {
        (false, false)
    } else {
        leads_out(relation.flow)
    };
    let lead = |to: EntityIndex| {
        let refusal = relation.refusal.or(subgraph.entities[to as usize].refusal);
        Lead { rank, to, refusal }
    };
    let forward = forward.then(|| (relation.from, lead(relation.to)));
    let backward = backward.then(|| (relation.to, lead(relation.from)));
    forward.into_iter().chain(backward)
}

/// Where the items of each of `count` owners start, given the owner of every item in order; one more entry ends the last.
pub(super) fn starts_of(owners: impl Iterator<Item = u32>, count: usize) -> Vec<u32> {
    let mut starts = vec![0; count + 1];
    for owner in owners {
        starts[owner as usize + 1] += 1;
    }
    for at in 0..count {
        starts[at + 1] += starts[at];
    }
    starts
}
