//! Criticality: which entities and relations the pairs of source and target hang on.
//!
//! Without one, a pair is lost where no other path joins it: 1 − Φ(without it)/Φ, Φ being the pairs that a path joins. Only
//! what lies on the first path of a pair can cost it, so only that is tried, by taking it away, the most promising first.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap, HashSet};

use super::Trace;
use super::net::NodeIndex;
use super::order::Rank;
use super::tables::Tables;
use super::walker::{Found, ListOrder, Walker};
use crate::model::Decimal;
use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::id::{EntityId, RelationId};
use crate::model::job;
use crate::model::subgraph::EntityIndex;
use crate::model::walk::TruncationReason;

/// What may be taken away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// An entity between the ends.
    Entity(EntityId),
    /// A relation.
    Relation(RelationId),
}

impl Part {
    /// Its key.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Entity(id) => id.as_str(),
            Self::Relation(id) => id.as_str(),
        }
    }
}

/// How much hangs on one entity or relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Critical {
    /// The entity or relation.
    pub part: Part,
    /// The pairs of source and target that no path joins without it; where truncated, so many at most of those found.
    pub lost: usize,
    /// The pairs that a path joins.
    pub pairs: usize,
    /// Why its number may be another.
    pub truncated: Option<TruncationReason>,
}

impl Critical {
    /// 1 − Φ(without it)/Φ, from 0 to 1.
    pub fn value(&self) -> Decimal {
        let value = Decimal::from(self.lost).checked_div(Decimal::from(self.pairs));
        value.unwrap_or_default()
    }

    /// Whether it is known to lie on every path.
    pub fn is_single_point(&self) -> bool {
        self.truncated.is_none() && self.lost == self.pairs
    }
}

/// What is taken away, over the indices of the subgraph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Lost {
    Entity(EntityIndex),
    Relation(Rank),
}

impl Trace {
    /// The entities between the ends and the relations on which most pairs hang, greatest first, then by id; up to `limit` of
    /// them. Ends are not ranked. Where no path joins a pair there are none; where none was found within the budget, no row could
    /// say so.
    ///
    /// - **Work.** For each that lies on the first path of some pairs: the steps, times length² for each of their sources.
    /// - **Truncation.** One that was not tried to the end has as many pairs as it can cost, so that nothing that may be
    ///   greater is missing above it.
    pub fn criticality(&self, limit: usize, budget: &mut WorkBudget) -> Result<Vec<Critical>, OutOfWork> {
        let shortest = self.shortest(budget);
        let unsure = self.truncated.or(shortest.truncated);
        if let Some(reason) = unsure.filter(|_| shortest.paths.is_empty()) {
            return Err(OutOfWork(reason));
        }
        let mut rows = Ranking {
            limit,
            pairs: shortest.paths.len(),
            rows: BTreeMap::new(),
        };
        let candidates = self.candidates(&shortest.paths);
        let tried: HashSet<Lost> = candidates.iter().map(|(lost, _)| *lost).collect();
        for (lost, paths) in candidates {
            if rows.is_full_above(paths.len()) {
                break;
            }
            let (count, cut) = match self.count_lost(lost, &paths, budget) {
                Ok(count) => (count, None),
                Err(OutOfWork(reason)) => (paths.len(), Some(reason)),
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

    /// What lies on first paths, each with those, the most paths first, then by id.
    fn candidates<'a>(&self, paths: &'a [Found]) -> Vec<(Lost, Vec<&'a Found>)> {
        let mut on: HashMap<Lost, Vec<&Found>> = HashMap::new();
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

    /// The relations of a path, and its entities that are no end of the question.
    fn parts_of<'a>(&'a self, path: &'a Found) -> impl Iterator<Item = Lost> + 'a {
        let entities = path
            .nodes
            .iter()
            .map(|node| self.pruned.nodes[*node as usize].entity);
        let between = entities.filter(|entity| !self.is_end(*entity)).map(Lost::Entity);
        path.ranks.iter().map(|rank| Lost::Relation(*rank)).chain(between)
    }

    fn is_end(&self, entity: EntityIndex) -> bool {
        let question = &self.ground.question;
        question.is_source[entity as usize] || question.is_target[entity as usize]
    }

    /// How many of the pairs of some first paths have no path without what these paths share.
    fn count_lost(&self, lost: Lost, paths: &[&Found], budget: &mut WorkBudget) -> Result<usize, OutOfWork> {
        budget.spend_many(self.pruned.step_count() as u64)?;
        let pruned = self.pruned.without(|arc| match lost {
            Lost::Entity(entity) => self.pruned.nodes[arc.to as usize].entity == entity,
            Lost::Relation(rank) => arc.rank == rank,
        });
        let tables = Tables::new(&pruned, self.ground.question.waypoint_count, budget);
        if let Some(reason) = budget.spent_out() {
            return Err(OutOfWork(reason));
        }
        let mut targets: BTreeMap<NodeIndex, HashSet<EntityIndex>> = BTreeMap::new();
        for path in paths {
            job::step();
            if let (Some(source), Some(target)) = (path.nodes.first(), path.nodes.last()) {
                let target = self.pruned.nodes[*target as usize].entity;
                targets.entry(*source).or_default().insert(target);
            }
        }
        let walker = Walker {
            pruned: &pruned,
            tables: &tables,
            order: ListOrder::Ascending,
        };
        let mut count = 0;
        for (source, targets) in targets {
            job::step();
            count += self.count_unreached(&walker, source, &targets, budget)?;
        }
        Ok(count)
    }

    /// What lies on a path and was not tried, for another path joins each of its pairs; and why some may be missing.
    fn others(
        &self,
        tried: &HashSet<Lost>,
        budget: &mut WorkBudget,
    ) -> (Vec<Lost>, Option<TruncationReason>) {
        let coverage = self.kept_coverage(budget);
        let on_path = |covered: &[bool]| -> Vec<u32> {
            let covered = (0..).zip(covered).filter(|(_, covered)| **covered);
            covered.map(|(index, _)| index).collect()
        };
        let entities = on_path(&coverage.entities)
            .into_iter()
            .filter(|entity| !self.is_end(*entity))
            .map(Lost::Entity);
        let relations = on_path(&coverage.ranks).into_iter().map(Lost::Relation);
        let others = entities.chain(relations).filter(|lost| !tried.contains(lost));
        (others.collect(), coverage.truncated)
    }

    fn part(&self, lost: Lost) -> Part {
        match lost {
            Lost::Entity(entity) => Part::Entity(self.ground.subgraph.entities[entity as usize].id.clone()),
            Lost::Relation(rank) => Part::Relation(self.ground.relation(rank).id.clone()),
        }
    }
}

/// The first rows so far.
struct Ranking {
    limit: usize,
    pairs: usize,
    rows: BTreeMap<(Reverse<usize>, String), Critical>,
}

impl Ranking {
    fn add(&mut self, part: Part, lost: usize, truncated: Option<TruncationReason>) {
        let place = (Reverse(lost), part.as_str().to_string());
        let row = Critical {
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

    /// Whether nothing that costs so many pairs at most can come among them any more.
    fn is_full_above(&self, most: usize) -> bool {
        let last = self.rows.keys().next_back();
        self.rows.len() >= self.limit && last.is_none_or(|(Reverse(lost), _)| *lost > most)
    }
}
