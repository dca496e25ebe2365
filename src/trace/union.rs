//! The union of all paths: what lies on one at least.
//!
//! Walks are united layer by layer, exactly. Where no entity can come twice that is the union of the paths; else each
//! relation not yet on a path found is proved by finding one through it, backwards to a source and on to a target.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::Trace;
use super::net::{Arc, NodeIndex};
use super::prover::Prover;
use super::prune::Pruned;
use super::rules::TraceMode;
use super::walker::Found;
use super::walks::Walks;
use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::id::{EntityId, RelationId};
use crate::model::job::{self, Paced as _};
use crate::model::walk::TruncationReason;

/// What lies on a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathUnion {
    /// The entities, by id.
    pub entities: Vec<EntityId>,
    /// The relations, by id.
    pub relations: Vec<RelationId>,
    /// Why some may be missing; what is there is on a path.
    pub truncated: Option<TruncationReason>,
}

/// What lies on a path, whichever mode was asked, over the indices of the subgraph.
#[derive(Clone, Debug)]
pub(super) struct Coverage {
    /// By entity: on a path.
    pub(super) entities: Vec<bool>,
    /// By rank: on a path.
    pub(super) ranks: Vec<bool>,
    /// By entity: on a walk. Where the search was cut, it may be on a path.
    pub(super) walked: Vec<bool>,
    pub(super) truncated: Option<TruncationReason>,
}

impl Trace {
    /// The union of the paths, not of a page of them; computed once, at the cost of the first who asks.
    ///
    /// **Work.** Length² × pruned relations × 2^waypoints. With cycles also the search for a path through each
    /// relation: the length times the relations at an entity where it succeeds at once, as it does but for knots.
    pub fn union(&self, budget: &mut WorkBudget) -> PathUnion {
        let Coverage {
            entities,
            ranks,
            truncated,
            ..
        } = &*self.kept_coverage(budget);
        let on_path = self
            .ground
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
                .map(|(rank, _)| self.ground.relation(rank).id.clone())
                .collect(),
            truncated: self.truncated.or(*truncated),
        }
    }

    /// What lies on a path that the mode keeps.
    pub(super) fn kept_coverage(&self, budget: &mut WorkBudget) -> Cow<'_, Coverage> {
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

    pub(super) fn coverage(&self, budget: &mut WorkBudget) -> &Coverage {
        self.coverage.get_or_init(|| self.cover(budget))
    }

    fn nothing_covered(&self) -> Coverage {
        let (entities, relations) = (
            self.ground.subgraph.entities.len(),
            self.ground.subgraph.relations.len(),
        );
        Coverage {
            entities: vec![false; entities],
            ranks: vec![false; relations],
            walked: vec![false; entities],
            truncated: None,
        }
    }

    fn cover(&self, budget: &mut WorkBudget) -> Coverage {
        let mut coverage = self.nothing_covered();
        for node in &self.pruned.nodes {
            job::step();
            coverage.walked[node.entity as usize] = true;
        }
        let searched = if self.pruned.acyclic && self.tables.all == 0 {
            // What is pruned in lies on a walk, so on a path.
            coverage.add_steps(&self.pruned, self.pruned.all_steps());
            Ok(())
        } else {
            self.cover_walks(&mut coverage, budget)
        };
        coverage.truncated = searched.err().map(|OutOfWork(reason)| reason);
        coverage
    }

    fn cover_walks(&self, coverage: &mut Coverage, budget: &mut WorkBudget) -> Result<(), OutOfWork> {
        let walks = Walks::unite(&self.pruned, &self.tables, budget)?;
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

impl Coverage {
    fn add_steps(&mut self, pruned: &Pruned, steps: impl Iterator<Item = (NodeIndex, Arc)>) {
        for (from, arc) in steps {
            job::step();
            self.ranks[arc.rank as usize] = true;
            for node in [from, arc.to] {
                self.entities[pruned.nodes[node as usize].entity as usize] = true;
            }
        }
    }

    fn add(&mut self, pruned: &Pruned, path: &Found) {
        path.ranks
            .iter()
            .for_each(|rank| self.ranks[*rank as usize] = true);
        path.nodes
            .iter()
            .for_each(|node| self.entities[pruned.nodes[*node as usize].entity as usize] = true);
    }
}
