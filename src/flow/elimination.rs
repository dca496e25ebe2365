//! Loops: what goes round, solved exactly to the last digits.
//!
//! In a loop each entity gives on fixed parts of what goes through it, and the rest leaves. One entity after the other is taken
//! out, and who gave to it gives instead to those to whom it gave. Nothing is subtracted: what stays with an entity is not taken
//! from one, it is the sum of all that leaves it (Grassmann, Taksar and Heyman, "Regenerative analysis and steady state
//! distributions for Markov chains", Oper. Res. 33(5), 1985), so that every number keeps its relative precision, however slowly
//! the loop empties. Who has the fewest neighbours goes first, which keeps sparse loops sparse.
//!
//! What is left when each of many has many neighbours would fill memory with pairs. There the flow is followed round by round,
//! until next to nothing is under way ([`Core`]).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use super::core::Core;
use super::real::{Real, ratio, zero};
use crate::model::budget::{OutOfWork, WorkBudget};

/// A loop, taken apart once and solved as often as asked. Entities are named by their place in it.
#[derive(Clone, Debug)]
pub(super) struct Loop {
    steps: Vec<Step>,
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
    to: Vec<(usize, Real)>,
    from: Vec<(usize, Real)>,
}

/// A loop before it is taken apart: which part of what goes through each entity goes to which other, and which leaves the loop.
#[derive(Clone, Debug)]
pub(super) struct Parts {
    pub(super) to: Vec<BTreeMap<usize, Real>>,
    pub(super) out: Vec<Real>,
}

impl Loop {
    /// Takes a loop apart. A unit of work is a pair of neighbours joined.
    pub(super) fn new(parts: Parts, budget: &mut WorkBudget) -> Result<Self, OutOfWork> {
        let Parts { mut to, mut out } = parts;
        let count = to.len();
        let mut from: Vec<BTreeMap<usize, Real>> = vec![BTreeMap::new(); count];
        for (place, parts) in to.iter().enumerate() {
            for (other, part) in parts {
                from[*other].insert(place, *part);
            }
        }
        let weight = |to: &[BTreeMap<usize, Real>], from: &[BTreeMap<usize, Real>], place: usize| {
            to[place].len() * from[place].len()
        };
        let mut next: BinaryHeap<Reverse<(usize, usize)>> = (0..count)
            .map(|place| Reverse((weight(&to, &from, place), place)))
            .collect();
        let mut taken = vec![false; count];
        let mut steps = Vec::with_capacity(count);
        let mut left = count;
        while let Some(Reverse((known, place))) = next.pop() {
            // An entry of an entity that has other neighbours by now is stale: there is another.
            if taken[place] || known != weight(&to, &from, place) {
                continue;
            }
            if known > PAIRS_MAX && left > DENSE_MAX {
                break;
            }
            (taken[place], left) = (true, left - 1);
            budget.spend_many(known as u64 + 1)?;
            let (onward, arriving) = (std::mem::take(&mut to[place]), std::mem::take(&mut from[place]));
            let own = out[place];
            let leaving = onward.values().fold(own, |sum, part| sum + *part);
            for (giver, part) in &arriving {
                to[*giver].remove(&place);
                if is_nothing(leaving) {
                    continue;
                }
                let share = ratio(*part, leaving);
                out[*giver] += share * own;
                for (taker, more) in onward.iter().filter(|(taker, _)| *taker != giver) {
                    let sum = to[*giver].entry(*taker).or_insert_with(zero);
                    *sum += share * *more;
                    from[*taker].insert(*giver, *sum);
                }
            }
            for taker in onward.keys() {
                from[*taker].remove(&place);
            }
            let touched = arriving.keys().chain(onward.keys()).copied();
            next.extend(touched.map(|other| Reverse((weight(&to, &from, other), other))));
            steps.push(Step {
                place,
                leaving,
                to: onward.into_iter().collect(),
                from: arriving.into_iter().collect(),
            });
        }
        let core = Core::new((0..count).filter(|place| !taken[*place]), &to, &out);
        Ok(Self { steps, core })
    }

    /// How much goes through each entity, when so much enters the loop at each.
    pub(super) fn through(
        &self,
        mut entering: Vec<Real>,
        budget: &mut WorkBudget,
    ) -> Result<Vec<Real>, OutOfWork> {
        for step in &self.steps {
            let passed = over(entering[step.place], step.leaving);
            for (other, part) in &step.to {
                entering[*other] += *part * passed;
            }
        }
        self.core.through(&mut entering, budget)?;
        for step in self.steps.iter().rev() {
            let sum = step.from.iter().fold(entering[step.place], |sum, (other, part)| {
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
            let worth = over(leaving[step.place], step.leaving);
            for (other, part) in &step.from {
                leaving[*other] += *part * worth;
            }
        }
        self.core.worth(&mut leaving, budget)?;
        for step in self.steps.iter().rev() {
            let sum = step.to.iter().fold(leaving[step.place], |sum, (other, part)| {
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
