//! The core of a loop in which many give to many: followed round by round, until next to nothing is under way.
//!
//! Nothing is taken away here either. Each round passes on what arrived in the one before; what is still under way when the rounds end is
//! less than 10^-20 of what entered, so that no amount is off by more than that part of all that was put in. How many rounds
//! that takes depends on how much leaves the loop in each, and on nothing else.

use super::elimination::{is_nothing, over};
use super::real::{Real, zero};
use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::job;

/// What part of what entered may be under way when the rounds end.
const UNDER_WAY: f64 = 1e-20;

/// Those of a loop that are left.
#[derive(Clone, Debug, Default)]
pub(super) struct Core {
    members: Vec<Member>,
}

#[derive(Clone, Debug)]
struct Member {
    /// Its place in the loop.
    place: usize,
    /// What leaves it, to others here or for good, of what goes through it.
    leaving: Real,
    /// What leaves for good, of what leaves.
    lost: Real,
    /// To whom here, by their number, and what part of what leaves.
    to: Vec<(usize, Real)>,
}

impl Core {
    /// The core of some places, ascending: what they give to each other, and what leaves the loop from each.
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
            Member {
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

    /// Turns what enters at each place into what goes through it. Places that are not here are left as they are.
    pub(super) fn through(&self, amounts: &mut [Real], budget: &mut WorkBudget) -> Result<(), OutOfWork> {
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

    /// Turns what a unit that leaves for good at each place comes to into what a unit that goes through it comes to.
    ///
    /// A unit ends somewhere: the rounds end where, of each unit, all but 10^-20 has.
    pub(super) fn worth(&self, leaving: &mut [Real], budget: &mut WorkBudget) -> Result<(), OutOfWork> {
        let own: Vec<Real> = self
            .members
            .iter()
            .map(|member| over(leaving[member.place], member.leaving))
            .collect();
        let (mut worth, mut ended) = (vec![zero(); own.len()], vec![zero(); own.len()]);
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
                    comes += worth[*other] * *part;
                    ends += ended[*other] * *part;
                }
                (worth[number], ended[number]) = (comes, ends);
                is_open |= Real::from(1.0) - ends > Real::from(UNDER_WAY);
            }
        }
        for (member, worth) in self.members.iter().zip(worth) {
            job::step();
            leaving[member.place] = worth;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::real::ratio;
    use super::*;

    /// A ring in which each gives a tenth away and the rest on: what enters at the first goes round again and again.
    #[test]
    fn a_ring_is_followed_to_its_end() {
        let tenth = ratio(Real::from(1.0), Real::from(10.0));
        let to: Vec<Vec<(usize, Real)>> = (0..3).map(|n| vec![((n + 1) % 3, tenth * 9.0)]).collect();
        let core = Core::new(&[0, 1, 2], &to, &[tenth; 3]);
        let mut budget = WorkBudget::new(u64::MAX, None);
        let mut amounts = vec![Real::from(1.0), zero(), zero()];
        core.through(&mut amounts, &mut budget).unwrap();
        // 1 / (1 − 0.9³)
        let wanted = ratio(Real::from(1000.0), Real::from(271.0));
        assert!((amounts[0] - wanted).abs() < Real::from(1e-18), "{amounts:?}");
        assert!((amounts[2] - wanted * tenth * 9.0 * tenth * 9.0).abs() < Real::from(1e-18));
        let mut worth = vec![tenth, zero(), zero()];
        core.worth(&mut worth, &mut budget).unwrap();
        assert!((worth[0] - wanted * tenth).abs() < Real::from(1e-18), "{worth:?}");
        let mut little = WorkBudget::new(5, None);
        assert!(core.worth(&mut [tenth, zero(), zero()], &mut little).is_err());
    }
}
