//! Fragmentation: the share of pairs of members that no chain of ties connects (Borgatti 2006).
//!
//! 1 − Σ m(m − 1) / n(n − 1) over the components of m members, of n in total: 0 if all are connected, 1 if no
//! two are.

use crate::model::Decimal;
use crate::model::job;

/// The fragmentation of `count` members, numbered from 0, with undirected ties; `None` for fewer than two
/// members.
///
/// **Work.** Almost linear in the ties (union–find).
pub fn fragmentation(count: usize, ties: impl IntoIterator<Item = (usize, usize)>) -> Option<Decimal> {
    let mut sets = DisjointSets::new(count);
    ties.into_iter().for_each(|(a, b)| sets.join(a, b));
    let pairs = |count: u64| Decimal::from(count) * Decimal::from(count.saturating_sub(1));
    let joined: Decimal = sets.sizes().map(pairs).sum();
    let whole = pairs(count as u64);
    let unjoined = whole - joined;
    unjoined.checked_div(whole)
}

/// Disjoint sets: each member points to another of its set, and one of them to itself.
struct DisjointSets(Vec<usize>);

impl DisjointSets {
    fn new(count: usize) -> Self {
        Self((0..count).collect())
    }

    fn root(&mut self, mut member: usize) -> usize {
        while self.0[member] != member {
            job::step();
            self.0[member] = self.0[self.0[member]];
            member = self.0[member];
        }
        member
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.root(a), self.root(b));
        self.0[a.max(b)] = a.min(b);
    }

    fn sizes(mut self) -> impl Iterator<Item = u64> {
        let mut sizes = vec![0; self.0.len()];
        for member in 0..self.0.len() {
            job::step();
            sizes[self.root(member)] += 1;
        }
        sizes.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_is_said_of_fewer_than_two() {
        assert_eq!(fragmentation(0, []), None);
        assert_eq!(fragmentation(1, []), None);
        assert_eq!(fragmentation(2, []), Some(Decimal::ONE));
        assert_eq!(fragmentation(2, [(1, 0)]), Some(Decimal::ZERO));
    }

    /// Pair by pair: is there a chain?
    fn counted(count: usize, ties: &[(usize, usize)]) -> Decimal {
        let joined = |from: usize, to: usize| {
            let mut reached = vec![from];
            let mut at = 0;
            while let Some(member) = reached.get(at).copied() {
                at += 1;
                for (a, b) in ties {
                    for (here, there) in [(a, b), (b, a)] {
                        if *here == member && !reached.contains(there) {
                            reached.push(*there);
                        }
                    }
                }
            }
            reached.contains(&to)
        };
        let pairs: Vec<(usize, usize)> = (0..count)
            .flat_map(|a| (0..count).filter(move |b| *b != a).map(move |b| (a, b)))
            .collect();
        let apart = pairs.iter().filter(|(a, b)| !joined(*a, *b)).count();
        Decimal::from(apart) / Decimal::from(pairs.len())
    }

    proptest! {
        #[test]
        fn it_is_the_part_of_the_pairs_that_nothing_joins(
            count in 2_usize..9,
            ties in prop::collection::vec((0_usize..9, 0_usize..9), 0..12),
        ) {
            let ties: Vec<_> = ties.into_iter().map(|(a, b)| (a % count, b % count)).collect();
            prop_assert_eq!(fragmentation(count, ties.iter().copied()), Some(counted(count, &ties)));
        }
    }
}
