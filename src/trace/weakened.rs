//! A trace with less evidence: some entities and relations are removed.

use std::collections::HashSet;
use std::sync::Arc;

use super::{Trace, TraceEnds};
use crate::model::budget::WorkBudget;
use crate::model::id::{EntityId, RelationId};
use crate::model::job::{self, Paced as _};
use crate::model::subgraph::Subgraph;
use crate::model::walk::WalkRefusal;

impl Trace {
    /// Builds the trace without the entities and relations that no longer count, between `ends`, a subset of
    /// the present ends. Removing facts creates no path, so that only what lies on a path is walked again.
    /// The dead ends of the result are not those of a new query.
    ///
    /// **Work.** [`Trace::union`] once, and building a trace of the union.
    #[must_use]
    pub fn weakened(
        &self,
        counts: (impl Fn(&EntityId) -> bool, impl Fn(&RelationId) -> bool),
        ends: TraceEnds,
        budget: &mut WorkBudget,
    ) -> Self {
        let (entity_counts, relation_counts) = counts;
        let coverage = self.coverage(budget);
        // If the search for paths was truncated, an unreached relation may lie on one.
        let is_known = coverage.truncated.is_none();
        let on_path: HashSet<&RelationId> = (0..)
            .zip(&coverage.ranks)
            .paced()
            .filter(|(_, covered)| **covered)
            .map(|(rank, _)| &self.graph.relation(rank).id)
            .collect();
        let mut subgraph = Subgraph::clone(&self.graph.subgraph);
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
            entity.refusal = entity.refusal.or(Some(WalkRefusal::Filtered));
        }
        Self::new(Arc::new(subgraph), ends, self.rules, budget)
    }
}
