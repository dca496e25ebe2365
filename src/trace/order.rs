//! The relations of a subgraph in the order of paths, and what leads out of each entity in that order.

use crate::model::id::RelationId;
use crate::model::job::{self, Paced as _};
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
        let by_rank = sorted_by_id(&subgraph.relations);
        let owners = subgraph.relations.iter().flat_map(ways);
        let starts = starts_of(owners.map(|(from, _)| from), subgraph.entities.len());
        let nothing = Lead {
            rank: 0,
            to: 0,
            refusal: None,
        };
        let mut leads = vec![nothing; starts.last().map_or(0, |end| *end as usize)];
        // Each lead goes to the next free place of its entity, so those of one entity stay in the order of their ranks.
        let mut free = starts.clone();
        for (rank, index) in (0..).zip(&by_rank).paced() {
            let relation = &subgraph.relations[*index as usize];
            for (from, to) in ways(relation) {
                let refusal = relation.refusal.or(subgraph.entities[to as usize].refusal);
                leads[free[from as usize] as usize] = Lead { rank, to, refusal };
                free[from as usize] += 1;
            }
        }
        Self {
            by_rank,
            leads,
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

/// The relations by id, as bytes.
///
/// Ids of one graph begin alike and differ soon after. So they are compared by the eight bytes that follow what all have
/// in common, as one number, and by their texts, which lie all over memory, only where those are the same.
fn sorted_by_id(relations: &[SubRelation]) -> Vec<u32> {
    fn text(relation: &SubRelation) -> &[u8] {
        relation.id.as_str().as_bytes()
    }
    let first = relations.first().map_or(&[][..], text);
    let common = relations.iter().paced().fold(first.len(), |common, relation| {
        let pairs = text(relation).iter().zip(&first[..common]);
        pairs.take_while(|(a, b)| a == b).count()
    });
    let head = |relation: &SubRelation| {
        let mut head = [0; 8];
        for (byte, from) in head.iter_mut().zip(&text(relation)[common..]) {
            *byte = *from;
        }
        u64::from_be_bytes(head)
    };
    let mut keyed: Vec<(u64, u32)> = relations.iter().paced().map(head).zip(0..).collect();
    let id = |index: u32| &relations[index as usize].id;
    keyed.sort_unstable_by(job::by(|a: &(u64, u32), b: &(u64, u32)| {
        a.0.cmp(&b.0).then_with(|| id(a.1).cmp(id(b.1)))
    }));
    keyed.into_iter().map(|(_, index)| index).collect()
}

/// Where a relation leads out, and where to: from no end, one, or both. One from an entity to itself leads nowhere.
fn ways(relation: &SubRelation) -> impl Iterator<Item = (EntityIndex, EntityIndex)> + use<> {
    let SubRelation { from, to, flow, .. } = *relation;
    let (forward, backward) = if from == to {
        (false, false)
    } else {
        leads_out(flow)
    };
    let forward = forward.then_some((from, to));
    forward.into_iter().chain(backward.then_some((to, from)))
}

/// Where the items of each of `count` owners start, given the owner of every item in order; one more entry ends the last.
pub(super) fn starts_of(owners: impl Iterator<Item = u32>, count: usize) -> Vec<u32> {
    let mut starts = vec![0; count + 1];
    for owner in owners.paced() {
        starts[owner as usize + 1] += 1;
    }
    for at in 0..count {
        starts[at + 1] += starts[at];
    }
    starts
}
