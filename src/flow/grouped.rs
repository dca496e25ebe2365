//! Things in groups, as one list of them and the place where each group begins.

use crate::model::job;

/// The numbers of some things by the group that each is in, ascending in each: where each group begins in the list, and the last
/// ends, and the list. Takes time linear in both.
pub(super) fn grouped(groups: usize, of: impl Iterator<Item = usize> + Clone) -> (Vec<usize>, Vec<usize>) {
    let mut starts = vec![0; groups + 1];
    for group in of.clone() {
        job::step();
        starts[group + 1] += 1;
    }
    for group in 0..groups {
        job::step();
        starts[group + 1] += starts[group];
    }
    let mut next = starts.clone();
    let mut things = vec![0; starts[groups]];
    for (thing, group) in of.enumerate() {
        job::step();
        things[next[group]] = thing;
        next[group] += 1;
    }
    (starts, things)
}
