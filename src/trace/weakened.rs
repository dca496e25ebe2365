//! The same question of less: what becomes of a trace where some of its facts count no more.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Ends, Trace};
use crate::model::budget::WorkBudget;
use crate::model::id::{EntityId, RelationId};
use crate::model::job::{self, Paced as _};
use crate::model::subgraph::Subgraph;
use crate::model::walk::Refusal;

impl Trace {
    /// The trace without the entities and relations that count no more, between `ends`, which are no more than they were.
    /// Fewer facts make no new path, so only what lies on a path is walked again; the dead ends of the answer are not those of the question.
    ///
    /// **Work.** Once [`Trace::union`], to know what is on a path, and building a trace of that.
    #[must_use]
    pub fn weakened(
        &self,
        counts: (impl Fn(&EntityId) -> bool, impl Fn(&RelationId) -> bool),
        ends: Ends,
        budget: &mut WorkBudget,
    ) -> Self {
        let (entity_counts, relation_counts) = counts;
        let coverage = self.coverage(budget);
        // Where the search for paths was cut, what it did not reach may lie on one.
        let is_known = coverage.truncated.is_none();
        let on_path: HashSet<&RelationId> = (0..)
            .zip(&coverage.ranks)
            .paced()
            .filter(|(_, covered)| **covered)
            .map(|(rank, _)| &self.ground.relation(rank).id)
            .collect();
        let mut subgraph = Subgraph::clone(&self.ground.subgraph);
        subgraph.relations.retain(|relation| {
            job::step();
            (!is_known || on_path.contains(&relation.id)) && relation_counts(&relation.id)
        });
        for entity in subgraph
            .entities
            .iter_mut()
            .paced()
            .filter(|entity| !entity_counts(&entity.id))
        {
            entity.refusal = entity.refusal.or(Some(Refusal::Filtered));
        }
        Self::new(Arc::new(subgraph), ends, self.rules, budget)
    }
}
