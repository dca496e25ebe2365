//! The dense core of a loop, solved by iteration until almost nothing is in transit.
//!
//! Nothing is subtracted. Each round passes on what arrived in the previous one. What is still in transit at
//! the end is less than 10^-20 of what entered, so that no amount is off by more than that share of the total
//! input. The number of rounds depends only on how much leaves the loop in each.

use crate::flow::amounts::real::{Real, is_nothing, over, zero};
use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::job;

/// The share of the input that may be in transit at the end.
const UNDER_WAY: f64 = 1e-20;

/// The remaining members of a loop.
#[derive(Clone, Debug, Default)]
pub(super) struct Core {
    members: Vec<CoreMember>,
}

#[derive(Clone, Debug)]
struct CoreMember {
    /// Its index in the loop.
    place: usize,
    /// The share of its throughput that leaves it, to other members or for good.
    leaving: Real,
    /// The share of that which leaves for good.
    lost: Real,
    /// The receiving members by number, each with its share of what leaves.
    to: Vec<(usize, Real)>,
}

impl Core {
    /// Builds the core of some members, ascending, from what they give to each other and what leaves the loop
    /// from each.
    pub(super) fn new(places: &[usize], to: &[Vec<(usize, Real)>], out: &[Real]) -> Self {
        let mut numbers = vec![usize::MAX; to.len()];
        for (number, place) in places.iter().enumerate() {
            job::step();
            numbers[*place] = number;
        }
        let member = |place: usize| {
            let leaving = to[place].iter().fold(out[place], |sum, (_, part)| sum + *part);
            let onward = to[place]
                .iter()
                .map(|(other, part)| (numbers[*other], over(*part, leaving)));
            CoreMember {
                place,
                leaving,
                lost: over(out[place], leaving),
                to: onward.collect(),
            }
        };
        Self {
            members: places.iter().map(|place| member(*place)).collect(),
        }
    }

    /// Turns the amount that enters each member into its throughput. Other entries are unchanged.
    pub(super) fn throughput(
        &self,
        amounts: &mut [Real],
        budget: &mut WorkBudget,
    ) -> Result<(), BudgetExhausted> {
        let sum = |amounts: &[Real]| amounts.iter().fold(zero(), |sum, amount| sum + *amount);
        let mut under_way: Vec<Real> = self.members.iter().map(|member| amounts[member.place]).collect();
        let enough = sum(&under_way) * UNDER_WAY;
        let mut passed = vec![zero(); self.members.len()];
        while sum(&under_way) > enough {
            job::step();
            for (number, member) in self.members.iter().enumerate() {
                job::step();
                let amount = std::mem::replace(&mut under_way[number], zero());
                if is_nothing(amount) {
                    continue;
                }
                budget.spend_many(member.to.len() as u64 + 1)?;
                passed[number] += amount;
                for (other, part) in &member.to {
                    job::step();
                    under_way[*other] += amount * *part;
                }
            }
        }
        for (member, passed) in self.members.iter().zip(passed) {
            job::step();
            amounts[member.place] = over(passed, member.leaving);
        }
        Ok(())
    }

    /// Turns the value of a unit that leaves for good at each member into the value of a unit that passes
    /// through it.
    ///
    /// Each unit ends somewhere: the rounds end when all but 10^-20 of each unit has.
    pub(super) fn absorbed_fractions(
        &self,
        leaving: &mut [Real],
        budget: &mut WorkBudget,
    ) -> Result<(), BudgetExhausted> {
        let own: Vec<Real> = self
            .members
            .iter()
            .map(|member| over(leaving[member.place], member.leaving))
            .collect();
        let (mut absorbed_fractions, mut ended) = (vec![zero(); own.len()], vec![zero(); own.len()]);
        let mut is_open = !own.is_empty();
        while is_open {
            job::step();
            is_open = false;
            for (number, member) in self.members.iter().enumerate() {
                job::step();
                budget.spend_many(member.to.len() as u64 + 1)?;
                let (mut comes, mut ends) = (own[number], member.lost);
                for (other, part) in &member.to {
                    job::step();
                    comes += absorbed_fractions[*other] * *part;
                    ends += ended[*other] * *part;
                }
                (absorbed_fractions[number], ended[number]) = (comes, ends);
                is_open |= Real::from(1.0) - ends > Real::from(UNDER_WAY);
            }
        }
        for (member, fraction) in self.members.iter().zip(absorbed_fractions) {
            job::step();
            leaving[member.place] = fraction;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::amounts::real::ratio;

    /// A ring in which each gives a tenth away and the rest on: what enters at the first goes round again and again.
    #[test]
    fn a_ring_is_followed_to_its_end() {
        let tenth = ratio(Real::from(1.0), Real::from(10.0));
        let to: Vec<Vec<(usize, Real)>> = (0..3).map(|n| vec![((n + 1) % 3, tenth * 9.0)]).collect();
        let core = Core::new(&[0, 1, 2], &to, &[tenth; 3]);
        let mut budget = WorkBudget::new(u64::MAX, None);
        let mut amounts = vec![Real::from(1.0), zero(), zero()];
        core.throughput(&mut amounts, &mut budget).unwrap();
        // 1 / (1 − 0.9³)
        let wanted = ratio(Real::from(1000.0), Real::from(271.0));
        assert!((amounts[0] - wanted).abs() < Real::from(1e-18), "{amounts:?}");
        assert!((amounts[2] - wanted * tenth * 9.0 * tenth * 9.0).abs() < Real::from(1e-18));
        let mut absorbed_fractions = vec![tenth, zero(), zero()];
        core.absorbed_fractions(&mut absorbed_fractions, &mut budget)
            .unwrap();
        assert!(
            (absorbed_fractions[0] - wanted * tenth).abs() < Real::from(1e-18),
            "{absorbed_fractions:?}"
        );
        let mut little = WorkBudget::new(5, None);
        assert!(
            core.absorbed_fractions(&mut [tenth, zero(), zero()], &mut little)
                .is_err()
        );
    }
}
