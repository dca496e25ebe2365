//! The union of all paths: the entities and relations on at least one path.
//!
//! Walks are united layer by layer, exactly. If no walk visits an entity twice, that is the union of the
//! paths; otherwise, for each relation not on a path found so far, a path through it is searched, back to a
//! source and forward to a target.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::Trace;
use super::path_lister::StatePath;
use super::prover::Prover;
use super::prune::PrunedGraph;
use super::rules::TraceMode;
use super::state_graph::{StateArc, StateIndex};
use super::walks::WalkUnion;
use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::id::{EntityId, RelationId};
use crate::model::job::{self, Paced as _};
use crate::model::walk::TruncationReason;

/// The entities and relations on at least one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathUnion {
    /// The entities, by id.
    pub entities: Vec<EntityId>,
    /// The relations, by id.
    pub relations: Vec<RelationId>,
    /// Why some may be missing; all that are listed are on a path.
    pub truncated: Option<TruncationReason>,
}

/// The parts of the subgraph on a path, as flags over its indices, regardless of the mode.
#[derive(Clone, Debug)]
pub(super) struct PathCoverage {
    /// Whether each entity is on a path.
    pub(super) entities: Vec<bool>,
    /// Whether the relation at each rank is on a path.
    pub(super) ranks: Vec<bool>,
    /// Whether each entity is on a walk; if the search was truncated, it may be on a path.
    pub(super) walked: Vec<bool>,
    pub(super) truncated: Option<TruncationReason>,
}

impl Trace {
    /// The union of all paths; computed once, by the first caller's budget.
    ///
    /// **Work.** Length² × pruned relations × 2^waypoints. With cycles also the search for a path through
    /// each relation, which usually costs the length times the relations at an entity.
    pub fn union(&self, budget: &mut WorkBudget) -> PathUnion {
        let PathCoverage {
            entities,
            ranks,
            truncated,
            ..
        } = &*self.kept_coverage(budget);
        let on_path = self
            .graph
            .subgraph
            .entities
            .iter()
            .zip(entities)
            .filter(|(_, covered)| **covered);
        let entities: BTreeSet<&EntityId> = on_path.paced().map(|(entity, _)| &entity.id).collect();
        let walked = (0..).zip(ranks).filter(|(_, covered)| **covered);
        PathUnion {
            entities: entities.into_iter().cloned().collect(),
            relations: walked
                .map(|(rank, _)| self.graph.relation(rank).id.clone())
                .collect(),
            truncated: self.truncated.or(*truncated),
        }
    }

    /// The coverage by the paths that the mode selects.
    pub(super) fn kept_coverage(&self, budget: &mut WorkBudget) -> Cow<'_, PathCoverage> {
        if self.rules.mode == TraceMode::All {
            return Cow::Borrowed(self.coverage(budget));
        }
        let shortest = self.shortest(budget);
        let mut coverage = self.nothing_covered();
        for path in &shortest.paths {
            job::step();
            coverage.add(&self.pruned, path);
        }
        coverage.truncated = shortest.truncated;
        Cow::Owned(coverage)
    }

    pub(super) fn coverage(&self, budget: &mut WorkBudget) -> &PathCoverage {
        self.coverage.get_or_init(|| self.cover(budget))
    }

    fn nothing_covered(&self) -> PathCoverage {
        let (entities, relations) = (
            self.graph.subgraph.entities.len(),
            self.graph.subgraph.relations.len(),
        );
        PathCoverage {
            entities: vec![false; entities],
            ranks: vec![false; relations],
            walked: vec![false; entities],
            truncated: None,
        }
    }

    fn cover(&self, budget: &mut WorkBudget) -> PathCoverage {
        let mut coverage = self.nothing_covered();
        for node in &self.pruned.nodes {
            job::step();
            coverage.walked[node.entity as usize] = true;
        }
        let searched = if self.pruned.acyclic && self.tables.all == 0 {
            // Everything in the pruned graph is on a walk, and here on a path.
            coverage.add_steps(&self.pruned, self.pruned.all_steps());
            Ok(())
        } else {
            self.cover_walks(&mut coverage, budget)
        };
        coverage.truncated = searched.err().map(|BudgetExhausted(reason)| reason);
        coverage
    }

    fn cover_walks(
        &self,
        coverage: &mut PathCoverage,
        budget: &mut WorkBudget,
    ) -> Result<(), BudgetExhausted> {
        let walks = WalkUnion::new(&self.pruned, &self.tables, budget)?;
        if self.pruned.acyclic {
            coverage.add_steps(&self.pruned, walks.steps.iter().copied());
            return Ok(());
        }
        let mut prover = Prover::new(&self.pruned, &self.tables, &walks, budget);
        for (from, arc) in &walks.steps {
            job::step();
            if !coverage.ranks[arc.rank as usize]
                && let Some(path) = prover.find_through(*from, *arc)?
            {
                coverage.add(&self.pruned, path);
            }
        }
        Ok(())
    }
}

impl PathCoverage {
    fn add_steps(&mut self, pruned: &PrunedGraph, steps: impl Iterator<Item = (StateIndex, StateArc)>) {
        for (from, arc) in steps {
            job::step();
            self.ranks[arc.rank as usize] = true;
            for node in [from, arc.to] {
                self.entities[pruned.nodes[node as usize].entity as usize] = true;
            }
        }
    }

    fn add(&mut self, pruned: &PrunedGraph, path: &StatePath) {
        path.ranks
            .iter()
            .for_each(|rank| self.ranks[*rank as usize] = true);
        path.nodes
            .iter()
            .for_each(|node| self.entities[pruned.nodes[*node as usize].entity as usize] = true);
    }
}
