//! Loops: what goes round, solved exactly to the last digits.
//!
//! In a loop each entity gives on fixed parts of what goes through it, and the rest leaves. One entity after the other is taken
//! out, and who gave to it gives instead to those to whom it gave. Nothing is subtracted: what stays with an entity is not taken
//! from one, it is the sum of all that leaves it (Grassmann, Taksar and Heyman, "Regenerative analysis and steady state
//! distributions for Markov chains", Oper. Res. 33(5), 1985), so that every number keeps its relative precision, however slowly
//! the loop empties. Who has few neighbours goes first, which keeps sparse loops sparse.
//!
//! What is left when each of many has many neighbours would fill memory with pairs. There the flow is followed round by round,
//! until next to nothing is under way ([`Core`]).

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::ops::Range;

use super::core::Core;
use super::real::{Real, ratio, zero};
use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::job;

/// A loop, taken apart once and solved as often as asked. Entities are named by their place in it.
#[derive(Clone, Debug)]
pub(super) struct Loop {
    steps: Vec<Step>,
    /// The neighbours of all steps.
    neighbours: Vec<(usize, Real)>,
    core: Core,
}

/// Pairs of neighbours that one entity may join, and how many entities may be left that join more: so much memory, and no more, is
/// taken beyond what the loop itself takes.
const PAIRS_MAX: usize = 100;
const DENSE_MAX: usize = 300;

/// An entity taken out, and those left with which it dealt.
#[derive(Clone, Debug)]
struct Step {
    place: usize,
    /// What leaves it, of what goes through it.
    leaving: Real,
    /// To whom it gave, and what part of what goes through it.
    to: Range<usize>,
    /// From whom it got, and what part of what goes through them.
    from: Range<usize>,
}

/// A loop before it is taken apart: which part of what goes through each entity goes to which other, and which leaves the loop.
/// Of several parts to the same, all are given.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub(super) to: Vec<Vec<(usize, Real)>>,
    pub(super) out: Vec<Real>,
}

/// A loop that is being taken apart.
struct Rest {
    to: Vec<Neighbours>,
    /// The same parts, by who gets them.
    from: Vec<Neighbours>,
    out: Vec<Real>,
    taken: Vec<bool>,
}

/// Parts to others, or from others: unsorted, several to the same are a sum, and those of who is taken out are void. So nothing is
/// looked for in the long list of an entity that deals with most, whenever one of those goes.
#[derive(Clone, Default)]
struct Neighbours(Vec<(usize, Real)>);

impl Neighbours {
    /// Adds a part. Before the list would grow it is tidied, so that it takes no more than twice what counts.
    fn push(&mut self, part: (usize, Real), taken: &[bool]) {
        if self.0.len() == self.0.capacity() {
            self.tidy(taken);
            if self.0.len() > self.0.capacity() / 2 {
                self.0.reserve(self.0.capacity());
            }
        }
        self.0.push(part);
    }

    /// Adds up what goes to the same, and forgets who is taken out.
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

impl Rest {
    fn new(parts: Parts) -> Self {
        let Parts { to, out } = parts;
        let count = to.len();
        let mut from = vec![Neighbours::default(); count];
        for (place, parts) in to.iter().enumerate() {
            job::step();
            for (other, part) in parts {
                job::step();
                from[*other].0.push((place, *part));
            }
        }
        Self {
            to: to.into_iter().map(Neighbours).collect(),
            from,
            out,
            taken: vec![false; count],
        }
    }

    /// How many pairs of neighbours it joins, at most.
    fn weight(&self, place: usize) -> usize {
        self.to[place].0.len() * self.from[place].0.len()
    }

    fn tidy(&mut self, place: usize) {
        self.to[place].tidy(&self.taken);
        self.from[place].tidy(&self.taken);
    }

    /// Takes one out: to whom it gave and from whom it got.
    fn take(&mut self, place: usize) -> [Vec<(usize, Real)>; 2] {
        self.taken[place] = true;
        [&mut self.to[place], &mut self.from[place]].map(|neighbours| std::mem::take(neighbours).0)
    }

    /// Those who gave to one give instead to those to whom it gave.
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
    /// Takes a loop apart. A unit of work is a pair of neighbours joined.
    pub(super) fn new(parts: Parts, budget: &mut WorkBudget) -> Result<Self, OutOfWork> {
        let mut rest = Rest::new(parts);
        let count = rest.out.len();
        let mut next: BinaryHeap<Reverse<(usize, usize)>> = (0..count)
            .map(|place| Reverse((rest.weight(place), place)))
            .collect();
        let mut steps = Vec::with_capacity(count);
        let mut neighbours = Vec::new();
        while let Some(Reverse((known, place))) = next.pop() {
            job::step();
            rest.tidy(place);
            let weight = rest.weight(place);
            // It has got other neighbours since, and may not be the next any more.
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
            let begin = neighbours.len();
            neighbours.extend(onward);
            let middle = neighbours.len();
            neighbours.extend(arriving);
            steps.push(Step {
                place,
                leaving,
                to: begin..middle,
                from: middle..neighbours.len(),
            });
        }
        let left: Vec<usize> = (0..count).filter(|place| !rest.taken[*place]).collect();
        for place in &left {
            job::step();
            rest.tidy(*place);
        }
        let to: Vec<_> = rest.to.into_iter().map(|Neighbours(parts)| parts).collect();
        let core = Core::new(&left, &to, &rest.out);
        Ok(Self {
            steps,
            neighbours,
            core,
        })
    }

    /// How much goes through each entity, when so much enters the loop at each.
    pub(super) fn through(
        &self,
        mut entering: Vec<Real>,
        budget: &mut WorkBudget,
    ) -> Result<Vec<Real>, OutOfWork> {
        for step in &self.steps {
            job::step();
            let passed = over(entering[step.place], step.leaving);
            for (other, part) in &self.neighbours[step.to.clone()] {
                job::step();
                entering[*other] += *part * passed;
            }
        }
        self.core.through(&mut entering, budget)?;

        for step in self.steps.iter().rev() {
            job::step();
            let sum = self.neighbours[step.from.clone()]
                .iter()
                .fold(entering[step.place], |sum, (other, part)| {
                    sum + *part * entering[*other]
                });
            entering[step.place] = over(sum, step.leaving);
        }
        Ok(entering)
    }

    /// What each unit that goes through an entity comes to, when a unit that leaves the loop at each comes to so much.
    pub(super) fn worth(
        &self,
        mut leaving: Vec<Real>,
        budget: &mut WorkBudget,
    ) -> Result<Vec<Real>, OutOfWork> {
        for step in &self.steps {
            job::step();
            let worth = over(leaving[step.place], step.leaving);
            for (other, part) in &self.neighbours[step.from.clone()] {
                job::step();
                leaving[*other] += *part * worth;
            }
        }
        self.core.worth(&mut leaving, budget)?;
        for step in self.steps.iter().rev() {
            job::step();
            let sum = self.neighbours[step.to.clone()]
                .iter()
                .fold(leaving[step.place], |sum, (other, part)| {
                    sum + *part * leaving[*other]
                });
            leaving[step.place] = over(sum, step.leaving);
        }
        Ok(leaving)
    }
}

pub(super) fn is_nothing(value: Real) -> bool {
    value <= zero()
}

/// A closed loop has nothing that leaves it, and nothing that enters.
pub(super) fn over(value: Real, by: Real) -> Real {
    if is_nothing(by) { zero() } else { ratio(value, by) }
}
