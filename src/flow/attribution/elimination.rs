//! Loops: throughput of cyclic flows, solved with full relative precision.
//!
//! In a loop each entity gives fixed shares of its throughput to others, and the rest leaves. Entities are
//! eliminated one by one, and their givers give to their receivers instead. Nothing is subtracted: the share
//! that leaves an entity is computed as a sum (Grassmann, Taksar and Heyman, "Regenerative analysis and
//! steady state distributions for Markov chains", Oper. Res. 33(5), 1985), so that every number keeps its
//! relative precision, however slowly the loop drains. Entities with few neighbors go first, which keeps
//! sparse loops sparse.
//!
//! If many entities with many neighbors remain, pairs of neighbors would fill memory. These are solved by
//! iteration instead ([`Core`]).

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

use super::core::Core;
use crate::flow::amounts::real::{Real, is_nothing, over, ratio};
use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::job;

/// A loop that is eliminated once and solved any number of times. Entities are identified by their index in
/// the loop.
#[derive(Clone, Debug)]
pub(super) struct Loop {
    steps: Vec<EliminationStep>,
    /// The neighbors of all elimination steps.
    neighbors: Vec<(usize, Real)>,
    core: Core,
}

/// Limits on fill-in, and so on memory: the pairs of neighbors that an eliminated entity may join, and the
/// number of remaining entities that join more.
const PAIRS_MAX: usize = 100;
const DENSE_MAX: usize = 300;

/// An eliminated entity with its remaining neighbors.
#[derive(Clone, Debug)]
struct EliminationStep {
    place: usize,
    /// The share of its throughput that leaves it.
    leaving: Real,
    /// The entities it gave to, with shares of its throughput.
    to: Range<usize>,
    /// The entities it received from, with shares of their throughput.
    from: Range<usize>,
}

/// A loop before elimination: the shares of the throughput of each entity that go to other entities and that
/// leave the loop. An entity may have several shares to the same receiver.
#[derive(Clone, Debug)]
pub(super) struct LoopParts {
    pub(super) to: Vec<Vec<(usize, Real)>>,
    pub(super) out: Vec<Real>,
}

/// A partially eliminated loop.
struct RemainingLoop {
    to: Vec<Neighbors>,
    /// The same shares by receiver.
    from: Vec<Neighbors>,
    out: Vec<Real>,
    taken: Vec<bool>,
}

/// Shares to others or from others, unsorted: several of the same neighbor add up, and those of eliminated
/// entities are void. Nothing is searched in the long list of a hub whenever a neighbor is eliminated.
#[derive(Clone, Default)]
struct Neighbors(Vec<(usize, Real)>);

impl Neighbors {
    /// Adds a share. The list is compacted before it grows, so that it takes at most twice the space of what
    /// counts.
    fn push(&mut self, part: (usize, Real), taken: &[bool]) {
        if self.0.len() == self.0.capacity() {
            self.tidy(taken);
            if self.0.len() > self.0.capacity() / 2 {
                self.0.reserve(self.0.capacity());
            }
        }
        self.0.push(part);
    }

    /// Adds up shares of the same neighbor and drops those of eliminated entities.
    fn tidy(&mut self, taken: &[bool]) {
        self.0.retain(|(other, _)| !taken[*other]);
        self.0.sort_by_key(|(other, _)| *other);
        self.0.dedup_by(|next, kept| {
            let is_same = next.0 == kept.0;
            if is_same {
                kept.1 += next.1;
            }
            is_same
        });
    }
}

impl RemainingLoop {
    fn new(parts: LoopParts) -> Self {
        let LoopParts { to, out } = parts;
        let count = to.len();
        let mut from = vec![Neighbors::default(); count];
        for (place, parts) in to.iter().enumerate() {
            job::step();
            for (other, part) in parts {
                job::step();
                from[*other].0.push((place, *part));
            }
        }
        Self {
            to: to.into_iter().map(Neighbors).collect(),
            from,
            out,
            taken: vec![false; count],
        }
    }

    /// The maximum number of pairs of neighbors that eliminating it joins.
    fn weight(&self, place: usize) -> usize {
        self.to[place].0.len() * self.from[place].0.len()
    }

    fn tidy(&mut self, place: usize) {
        self.to[place].tidy(&self.taken);
        self.from[place].tidy(&self.taken);
    }

    /// Removes an entity and returns the entities it gave to and received from.
    fn take(&mut self, place: usize) -> [Vec<(usize, Real)>; 2] {
        self.taken[place] = true;
        [&mut self.to[place], &mut self.from[place]].map(|neighbors| std::mem::take(neighbors).0)
    }

    /// Connects the givers of an entity to its receivers.
    fn join(&mut self, onward: &[(usize, Real)], arriving: &[(usize, Real)], own: Real, leaving: Real) {
        for (giver, part) in arriving {
            job::step();
            let share = ratio(*part, leaving);
            self.out[*giver] += share * own;
            for (taker, more) in onward.iter().filter(|(taker, _)| taker != giver) {
                job::step();
                let part = share * *more;
                self.to[*giver].push((*taker, part), &self.taken);
                self.from[*taker].push((*giver, part), &self.taken);
            }
        }
    }
}

impl Loop {
    /// Eliminates a loop. A unit of work is a pair of neighbors joined.
    pub(super) fn new(parts: LoopParts, budget: &mut WorkBudget) -> Result<Self, BudgetExhausted> {
        let mut rest = RemainingLoop::new(parts);
        let count = rest.out.len();
        let mut next: BinaryHeap<Reverse<(usize, usize)>> = (0..count)
            .map(|place| Reverse((rest.weight(place), place)))
            .collect();
        let mut steps = Vec::with_capacity(count);
        let mut neighbors = Vec::new();
        while let Some(Reverse((known, place))) = next.pop() {
            job::step();
            rest.tidy(place);
            let weight = rest.weight(place);
            // It has gained neighbors since, and may not be the next any more.
            if weight > known && next.peek().is_some_and(|Reverse((least, _))| *least < weight) {
                next.push(Reverse((weight, place)));
                continue;
            }
            if weight > PAIRS_MAX && count - steps.len() > DENSE_MAX {
                break;
            }
            budget.spend_many(weight as u64 + 1)?;
            let [onward, arriving] = rest.take(place);
            let own = rest.out[place];
            let leaving = onward.iter().fold(own, |sum, (_, part)| sum + *part);
            if !is_nothing(leaving) {
                rest.join(&onward, &arriving, own, leaving);
            }
            let begin = neighbors.len();
            neighbors.extend(onward);
            let middle = neighbors.len();
            neighbors.extend(arriving);
            steps.push(EliminationStep {
                place,
                leaving,
                to: begin..middle,
                from: middle..neighbors.len(),
            });
        }
        let left: Vec<usize> = (0..count).filter(|place| !rest.taken[*place]).collect();
        for place in &left {
            job::step();
            rest.tidy(*place);
        }
        let to: Vec<_> = rest.to.into_iter().map(|Neighbors(parts)| parts).collect();
        let core = Core::new(&left, &to, &rest.out);
        Ok(Self {
            steps,
            neighbors,
            core,
        })
    }

    /// The throughput of each entity, given the amount that enters at each.
    pub(super) fn throughput(
        &self,
        mut entering: Vec<Real>,
        budget: &mut WorkBudget,
    ) -> Result<Vec<Real>, BudgetExhausted> {
        for step in &self.steps {
            job::step();
            let passed = over(entering[step.place], step.leaving);
            for (other, part) in &self.neighbors[step.to.clone()] {
                job::step();
                entering[*other] += *part * passed;
            }
        }
        self.core.throughput(&mut entering, budget)?;

        for step in self.steps.iter().rev() {
            job::step();
            let sum = self.neighbors[step.from.clone()]
                .iter()
                .fold(entering[step.place], |sum, (other, part)| {
                    sum + *part * entering[*other]
                });
            entering[step.place] = over(sum, step.leaving);
        }
        Ok(entering)
    }

    /// The value of a unit of throughput at each entity, given the value of a unit that leaves the loop at
    /// each.
    pub(super) fn absorbed_fractions(
        &self,
        mut leaving: Vec<Real>,
        budget: &mut WorkBudget,
    ) -> Result<Vec<Real>, BudgetExhausted> {
        for step in &self.steps {
            job::step();
            let fraction = over(leaving[step.place], step.leaving);
            for (other, part) in &self.neighbors[step.from.clone()] {
                job::step();
                leaving[*other] += *part * fraction;
            }
        }
        self.core.absorbed_fractions(&mut leaving, budget)?;
        for step in self.steps.iter().rev() {
            job::step();
            let sum = self.neighbors[step.to.clone()]
                .iter()
                .fold(leaving[step.place], |sum, (other, part)| {
                    sum + *part * leaving[*other]
                });
            leaving[step.place] = over(sum, step.leaving);
        }
        Ok(leaving)
    }
}
