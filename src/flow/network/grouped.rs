//! Grouping of numbers in one list, with the start of each group.

use crate::model::job;

/// Groups the indices of items by the group of each, ascending within each group. Returns the start of each
/// group, with the end of the last, and the list. Linear time.
pub(in crate::flow) fn grouped(
    groups: usize,
    of: impl Iterator<Item = usize> + Clone,
) -> (Vec<usize>, Vec<usize>) {
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
