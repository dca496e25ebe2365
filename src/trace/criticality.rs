//! Criticality: how many pairs of source and target depend on an entity or relation.
//!
//! The criticality of a part is 1 − Φ(without it)/Φ, with Φ the number of pairs that a path connects. Only
//! parts on the first path of a pair can disconnect it. Only these are removed and tested, those on the most
//! first paths first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::Trace;
use super::order::RelationRank;
use super::path_lister::{ListOrder, PathLister, StatePath};
use super::state_graph::StateIndex;
use super::tables::ReachTables;
use crate::model::Decimal;
use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::id::{EntityId, RelationId};
use crate::model::job;
use crate::model::subgraph::EntityIndex;
use crate::model::walk::TruncationReason;

/// An entity or relation that can be removed to test its criticality.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CriticalPart {
    /// An entity between the ends.
    Entity(EntityId),
    /// A relation.
    Relation(RelationId),
}

impl CriticalPart {
    /// The id.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Entity(id) => id.as_str(),
            Self::Relation(id) => id.as_str(),
        }
    }
}

/// The criticality of one entity or relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Criticality {
    /// The entity or relation.
    pub part: CriticalPart,
    /// The number of source–target pairs that lose their last path without this part; an upper bound over the
    /// pairs found if `truncated` is set.
    pub lost: usize,
    /// The number of source–target pairs that a path connects.
    pub pairs: usize,
    /// Why the numbers may be inexact; `None` if they are exact.
    pub truncated: Option<TruncationReason>,
}

impl Criticality {
    /// The criticality, 1 − Φ(without it)/Φ, from 0 to 1.
    pub fn value(&self) -> Decimal {
        let value = Decimal::from(self.lost).checked_div(Decimal::from(self.pairs));
        value.unwrap_or_default()
    }

    /// Whether it lies on every path.
    pub fn is_single_point(&self) -> bool {
        self.truncated.is_none() && self.lost == self.pairs
    }
}

/// The removed part, as an index into the subgraph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum RemovedPart {
    Entity(EntityIndex),
    Relation(RelationRank),
}

impl Trace {
    /// Ranks intermediate entities and relations by the number of source–target pairs that depend on them,
    /// greatest first, then by id; at most `limit` rows. Sources and targets are not ranked. The list is
    /// empty if no path exists.
    ///
    /// - **Errors.** `BudgetExhausted` if no path was found within the budget.
    ///
    /// - **Work.** For each part on the first path of some pairs: the number of steps, times length² for each
    ///   of their sources.
    /// - **Truncation.** A part that was not tested to the end is ranked by its upper bound, so that no part
    ///   with a higher criticality is missing above it.
    pub fn criticality(
        &self,
        limit: usize,
        budget: &mut WorkBudget,
    ) -> Result<Vec<Criticality>, BudgetExhausted> {
        let shortest = self.shortest(budget);
        let unsure = self.truncated.or(shortest.truncated);
        if let Some(reason) = unsure.filter(|_| shortest.paths.is_empty()) {
            return Err(BudgetExhausted(reason));
        }
        let mut rows = CriticalityRanking {
            limit,
            pairs: shortest.paths.len(),
            rows: BTreeMap::new(),
        };
        let candidates = self.candidates(&shortest.paths);
        let tried: HashSet<RemovedPart> = candidates.iter().map(|(lost, _)| *lost).collect();
        for (lost, paths) in candidates {
            if rows.is_full_above(paths.len()) {
                break;
            }
            let (count, cut) = match self.count_lost(lost, &paths, budget) {
                Ok(count) => (count, None),
                Err(BudgetExhausted(reason)) => (paths.len(), Some(reason)),
            };
            rows.add(self.part(lost), count, cut.or(unsure));
        }
        if !rows.is_full_above(0) {
            let (others, cut) = self.others(&tried, budget);
            for lost in others {
                job::step();
                rows.add(self.part(lost), 0, unsure.or(cut));
            }
        }
        Ok(rows.rows.into_values().collect())
    }

    /// The parts on first paths, each with those paths: the most paths first, then by id.
    fn candidates<'a>(&self, paths: &'a [StatePath]) -> Vec<(RemovedPart, Vec<&'a StatePath>)> {
        let mut on: HashMap<RemovedPart, Vec<&StatePath>> = HashMap::new();
        for path in paths {
            job::step();
            for lost in self.parts_of(path) {
                on.entry(lost).or_default().push(path);
            }
        }
        let mut candidates: Vec<_> = on.into_iter().collect();
        candidates.sort_by_cached_key(|(lost, paths)| {
            (Reverse(paths.len()), self.part(*lost).as_str().to_string())
        });
        candidates
    }

    /// The relations of a path, and its entities other than sources and targets.
    fn parts_of<'a>(&'a self, path: &'a StatePath) -> impl Iterator<Item = RemovedPart> + 'a {
        let entities = path
            .nodes
            .iter()
            .map(|node| self.pruned.nodes[*node as usize].entity);
        let between = entities
            .filter(|entity| !self.is_end(*entity))
            .map(RemovedPart::Entity);
        path.ranks
            .iter()
            .map(|rank| RemovedPart::Relation(*rank))
            .chain(between)
    }

    fn is_end(&self, entity: EntityIndex) -> bool {
        let query = &self.graph.query;
        query.is_source[entity as usize] || query.is_target[entity as usize]
    }

    /// The number of pairs, among those of the given first paths, that have no path once the part is removed.
    fn count_lost(
        &self,
        lost: RemovedPart,
        paths: &[&StatePath],
        budget: &mut WorkBudget,
    ) -> Result<usize, BudgetExhausted> {
        budget.spend_many(self.pruned.step_count() as u64)?;
        let pruned = self.pruned.without(|arc| match lost {
            RemovedPart::Entity(entity) => self.pruned.nodes[arc.to as usize].entity == entity,
            RemovedPart::Relation(rank) => arc.rank == rank,
        });
        let tables = ReachTables::new(&pruned, self.graph.query.waypoint_count, budget);
        if let Some(reason) = budget.exhausted() {
            return Err(BudgetExhausted(reason));
        }
        let mut targets: BTreeMap<StateIndex, HashSet<EntityIndex>> = BTreeMap::new();
        for path in paths {
            job::step();
            if let (Some(source), Some(target)) = (path.nodes.first(), path.nodes.last()) {
                let target = self.pruned.nodes[*target as usize].entity;
                targets.entry(*source).or_default().insert(target);
            }
        }
        let lister = PathLister {
            pruned: &pruned,
            tables: &tables,
            order: ListOrder::Ascending,
        };
        let mut count = 0;
        for (source, targets) in targets {
            job::step();
            count += self.count_unreached(&lister, source, &targets, budget)?;
        }
        Ok(count)
    }

    /// The parts on a path that were not tested, because each of their pairs has another path; and why some
    /// may be missing.
    fn others(
        &self,
        tried: &HashSet<RemovedPart>,
        budget: &mut WorkBudget,
    ) -> (Vec<RemovedPart>, Option<TruncationReason>) {
        let coverage = self.kept_coverage(budget);
        let on_path = |covered: &[bool]| -> Vec<u32> {
            let covered = (0..).zip(covered).filter(|(_, covered)| **covered);
            covered.map(|(index, _)| index).collect()
        };
        let entities = on_path(&coverage.entities)
            .into_iter()
            .filter(|entity| !self.is_end(*entity))
            .map(RemovedPart::Entity);
        let relations = on_path(&coverage.ranks).into_iter().map(RemovedPart::Relation);
        let others = entities.chain(relations).filter(|lost| !tried.contains(lost));
        (others.collect(), coverage.truncated)
    }

    fn part(&self, lost: RemovedPart) -> CriticalPart {
        match lost {
            RemovedPart::Entity(entity) => {
                CriticalPart::Entity(self.graph.subgraph.entities[entity as usize].id.clone())
            }
            RemovedPart::Relation(rank) => CriticalPart::Relation(self.graph.relation(rank).id.clone()),
        }
    }
}

/// The highest-ranked rows so far, at most `limit`.
struct CriticalityRanking {
    limit: usize,
    pairs: usize,
    rows: BTreeMap<(Reverse<usize>, String), Criticality>,
}

impl CriticalityRanking {
    fn add(&mut self, part: CriticalPart, lost: usize, truncated: Option<TruncationReason>) {
        let place = (Reverse(lost), part.as_str().to_string());
        let row = Criticality {
            part,
            lost,
            pairs: self.pairs,
            truncated,
        };
        self.rows.insert(place, row);
        if self.rows.len() > self.limit {
            self.rows.pop_last();
        }
    }

    /// Whether no part with at most this number of lost pairs can still enter the ranking.
    fn is_full_above(&self, most: usize) -> bool {
        let last = self.rows.keys().next_back();
        self.rows.len() >= self.limit && last.is_none_or(|(Reverse(lost), _)| *lost > most)
    }
}
