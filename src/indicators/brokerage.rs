//! Brokerage: how often an entity connects two others that no arc joins directly, by role (Gould and
//! Fernandez 1989).
//!
//! The triads a → b → c without a → c are not listed. For each b, all pairs of neighbors are counted by their
//! groups, and those that are not such triads (a = c, or a → c) are subtracted. A hub therefore costs its
//! degree, not its square.

use std::collections::BTreeMap;

use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::job;

/// The number of triads in which an entity has each role.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BrokerageRoles {
    /// Between two entities of its own group.
    pub coordinator: u64,
    /// From another group into its own.
    pub gatekeeper: u64,
    /// From its own group into another.
    pub representative: u64,
    /// Between two entities of one other group.
    pub consultant: u64,
    /// From one other group into a third.
    pub liaison: u64,
}

impl BrokerageRoles {
    /// The sum over all roles.
    pub fn total(&self) -> u64 {
        self.coordinator + self.gatekeeper + self.representative + self.consultant + self.liaison
    }

    fn of(&mut self, role: BrokerageRole) -> &mut u64 {
        match role {
            BrokerageRole::Coordinator => &mut self.coordinator,
            BrokerageRole::Gatekeeper => &mut self.gatekeeper,
            BrokerageRole::Representative => &mut self.representative,
            BrokerageRole::Consultant => &mut self.consultant,
            BrokerageRole::Liaison => &mut self.liaison,
        }
    }
}

/// A role of the middle entity in a triad. The letters are the groups of the three entities.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BrokerageRole {
    /// A A A.
    Coordinator,
    /// A | B B.
    Gatekeeper,
    /// A A | B.
    Representative,
    /// A | B | A.
    Consultant,
    /// A | B | C.
    Liaison,
}

impl BrokerageRole {
    /// The role of the middle entity, given the groups of the three.
    pub fn of(from: usize, between: usize, to: usize) -> Self {
        match (from == between, between == to) {
            (true, true) => Self::Coordinator,
            (false, true) => Self::Gatekeeper,
            (true, false) => Self::Representative,
            (false, false) if from == to => Self::Consultant,
            (false, false) => Self::Liaison,
        }
    }
}

/// Counts the roles of each entity, numbered from 0, given the group of each and the arcs between them. A
/// repeated arc counts once; an arc from an entity to itself is ignored.
///
/// **Work.** For each arc the smaller degree of its ends. **Errors.** `BudgetExhausted`: a count over part of
/// the arcs would be wrong.
pub fn brokerage(
    groups: &[usize],
    arcs: impl IntoIterator<Item = (usize, usize)>,
    budget: &mut WorkBudget,
) -> Result<Vec<BrokerageRoles>, BudgetExhausted> {
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); groups.len()];
    let mut into = out.clone();
    for (from, to) in arcs.into_iter().filter(|(from, to)| from != to) {
        job::step();
        out[from].push(to);
    }
    for (from, to) in out.iter_mut().enumerate() {
        job::step();
        to.sort_unstable();
        to.dedup();
        for to in to.iter() {
            job::step();
            into[*to].push(from);
        }
    }
    let mut roles: Vec<BrokerageRoles> = (0..groups.len())
        .map(|between| all_pairs(groups, groups[between], &into[between], &out[between]))
        .collect();
    for (from, direct) in out.iter().enumerate() {
        job::step();
        for to in direct {
            job::step();
            let (few, others) = if direct.len() < into[*to].len() {
                (direct, &into[*to])
            } else {
                (&into[*to], direct)
            };
            budget.spend_many(few.len() as u64)?;
            for between in few.iter().filter(|one| others.binary_search(one).is_ok()) {
                job::step();
                *roles[*between].of(BrokerageRole::of(groups[from], groups[*between], groups[*to])) -= 1;
            }
            if out[*to].binary_search(&from).is_ok() {
                *roles[*to].of(BrokerageRole::of(groups[from], groups[*to], groups[from])) -= 1;
            }
        }
    }
    Ok(roles)
}

/// The roles of one entity as if no two of its neighbors were equal or joined.
fn all_pairs(groups: &[usize], own: usize, into: &[usize], out: &[usize]) -> BrokerageRoles {
    let count = |neighbors: &[usize]| {
        let mut counts: BTreeMap<usize, u64> = BTreeMap::new();
        for neighbor in neighbors {
            job::step();
            *counts.entry(groups[*neighbor]).or_default() += 1;
        }
        counts
    };
    let (into, out) = (count(into), count(out));
    let mut roles = BrokerageRoles::default();
    for (from, from_count) in &into {
        job::step();
        for (to, to_count) in &out {
            job::step();
            *roles.of(BrokerageRole::of(*from, own, *to)) += from_count * to_count;
        }
    }
    roles
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::walk::TruncationReason;

    fn plenty() -> WorkBudget {
        WorkBudget::new(u64::MAX, None)
    }

    /// The definition: every three, one by one.
    fn counted(groups: &[usize], arcs: &[(usize, usize)]) -> Vec<BrokerageRoles> {
        let all = 0..groups.len();
        let arc = |from: usize, to: usize| from != to && arcs.contains(&(from, to));
        let mut roles = vec![BrokerageRoles::default(); groups.len()];
        for a in all.clone() {
            for b in all.clone() {
                for c in all.clone() {
                    if a != c && arc(a, b) && arc(b, c) && !arc(a, c) {
                        *roles[b].of(BrokerageRole::of(groups[a], groups[b], groups[c])) += 1;
                    }
                }
            }
        }
        roles
    }

    #[test]
    fn each_role_by_its_groups() {
        let role = |groups: [usize; 3]| {
            let roles = brokerage(&groups, [(0, 1), (1, 2), (0, 1)], &mut plenty()).unwrap();
            assert_eq!((roles[0].total(), roles[2].total()), (0, 0));
            let BrokerageRoles {
                coordinator,
                gatekeeper,
                representative,
                consultant,
                liaison,
            } = roles[1];
            [coordinator, gatekeeper, representative, consultant, liaison]
        };
        assert_eq!(role([0, 0, 0]), [1, 0, 0, 0, 0]);
        assert_eq!(role([0, 1, 1]), [0, 1, 0, 0, 0]);
        assert_eq!(role([0, 0, 1]), [0, 0, 1, 0, 0]);
        assert_eq!(role([0, 1, 0]), [0, 0, 0, 1, 0]);
        assert_eq!(role([0, 1, 2]), [0, 0, 0, 0, 1]);
    }

    #[test]
    fn out_of_work_is_no_answer() {
        let mut budget = WorkBudget::new(1, None);
        let cut = brokerage(&[0, 0, 0], [(0, 1), (1, 2), (0, 2)], &mut budget);
        assert_eq!(cut, Err(BudgetExhausted(TruncationReason::WorkLimit)));
    }

    proptest! {
        #[test]
        fn they_are_those_of_the_definition(
            groups in prop::collection::vec(0_usize..4, 1..8),
            arcs in prop::collection::vec((0_usize..8, 0_usize..8), 0..30),
        ) {
            let arcs: Vec<_> = arcs.into_iter().map(|(a, b)| (a % groups.len(), b % groups.len())).collect();
            let found = brokerage(&groups, arcs.iter().copied(), &mut plenty()).unwrap();
            prop_assert_eq!(found, counted(&groups, &arcs));
        }
    }
}
