//! The relations of a subgraph in path order, and the outgoing edges of each entity in that order.

use crate::model::id::RelationId;
use crate::model::job::{self, Paced as _};
use crate::model::subgraph::{EntityIndex, SubRelation, Subgraph};
use crate::model::walk::{WalkRefusal, leads_out};

/// The position of a relation in a subgraph, ordered by id as bytes.
pub(super) type RelationRank = u32;

/// A relation that leaves an entity, walked or excluded.
#[derive(Clone, Copy, Debug)]
pub(super) struct OutEdge {
    pub(super) rank: RelationRank,
    pub(super) to: EntityIndex,
    /// Why it is not walked: because of itself or of the entity it leads to.
    pub(super) refusal: Option<WalkRefusal>,
}

/// The relations by rank, and the outgoing edges of each entity by rank.
#[derive(Debug)]
pub(super) struct RelationOrder {
    /// The index in the subgraph of the relation at each rank.
    by_rank: Vec<u32>,
    /// The edges of all entities, those of one entity together.
    out_edges: Vec<OutEdge>,
    /// Where in `out_edges` the edges of each entity start.
    starts: Vec<u32>,
}

impl RelationOrder {
    pub(super) fn new(subgraph: &Subgraph) -> Self {
        let by_rank = sorted_by_id(&subgraph.relations);
        let owners = subgraph.relations.iter().flat_map(directions);
        let starts = starts_of(owners.map(|(from, _)| from), subgraph.entities.len());
        let nothing = OutEdge {
            rank: 0,
            to: 0,
            refusal: None,
        };
        let mut out_edges = vec![nothing; starts.last().map_or(0, |end| *end as usize)];
        // Each edge goes to the next free slot of its entity, so that the edges of an entity keep the order
        // of ranks.
        let mut free = starts.clone();
        for (rank, index) in (0..).zip(&by_rank).paced() {
            let relation = &subgraph.relations[*index as usize];
            for (from, to) in directions(relation) {
                let refusal = relation.refusal.or(subgraph.entities[to as usize].refusal);
                out_edges[free[from as usize] as usize] = OutEdge { rank, to, refusal };
                free[from as usize] += 1;
            }
        }
        Self {
            by_rank,
            out_edges,
            starts,
        }
    }

    /// The outgoing edges of an entity, by rank.
    pub(super) fn out_edges(&self, entity: EntityIndex) -> &[OutEdge] {
        &self.out_edges[self.starts[entity as usize] as usize..self.starts[entity as usize + 1] as usize]
    }

    /// The relation at a rank.
    pub(super) fn relation<'a>(&self, subgraph: &'a Subgraph, rank: RelationRank) -> &'a SubRelation {
        &subgraph.relations[self.by_rank[rank as usize] as usize]
    }

    /// The first rank not below an id, and whether it is the rank of that id.
    pub(super) fn seek(&self, subgraph: &Subgraph, id: &RelationId) -> (RelationRank, bool) {
        let found = self
            .by_rank
            .binary_search_by(|index| subgraph.relations[*index as usize].id.cmp(id));
        let exact = found.is_ok();
        let (Ok(at) | Err(at)) = found;
        (RelationRank::try_from(at).unwrap_or(RelationRank::MAX), exact)
    }
}

/// The relation indices sorted by id as bytes.
///
/// Ids of one graph share a prefix and differ soon after. They are compared by the eight bytes after the
/// common prefix as one number; the full text, which is spread over memory, is compared only when these are
/// equal.
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

/// The directions in which a relation carries: none, one or both. A relation from an entity to itself carries
/// nowhere.
fn directions(relation: &SubRelation) -> impl Iterator<Item = (EntityIndex, EntityIndex)> + use<> {
    let SubRelation { from, to, flow, .. } = *relation;
    let (forward, backward) = if from == to {
        (false, false)
    } else {
        leads_out(flow)
    };
    let forward = forward.then_some((from, to));
    forward.into_iter().chain(backward.then_some((to, from)))
}

/// The start index of the items of each of `count` owners, given the owner of each item in order; one more
/// entry ends the last.
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
