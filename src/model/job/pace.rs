//! Steps: checkpoints for plain loops, one in so many.

use std::cell::Cell;
use std::cmp::Ordering;

use super::checkpoint;

/// Steps between two checkpoints.
const STEPS: u32 = 256;

thread_local! {
    /// What is left to the next checkpoint of this thread: short loops add up.
    static LEFT: Cell<u32> = const { Cell::new(STEPS) };
}

/// One step of a loop: a look at a record, a comparison. Costs about a nanosecond; one in so many is a [`checkpoint`].
#[inline]
pub fn step() {
    steps(1);
}

/// So many steps at once.
#[inline]
pub fn steps(steps: usize) {
    let steps = u32::try_from(steps).unwrap_or(u32::MAX);
    let left = LEFT.get().saturating_sub(steps);
    if left > 0 {
        LEFT.set(left);
    } else {
        LEFT.set(STEPS);
        checkpoint();
    }
}

/// Begins to count anew, as a job begins to run on this thread.
pub(super) fn begin() {
    LEFT.set(STEPS);
}

/// Iterators whose items are steps.
pub trait Paced: Iterator + Sized {
    /// The same items, each a [`step`].
    fn paced(self) -> PacedIter<Self> {
        PacedIter(self)
    }
}

impl<I: Iterator> Paced for I {}

/// See [`Paced::paced`].
pub struct PacedIter<I>(I);

impl<I: Iterator> Iterator for PacedIter<I> {
    type Item = I::Item;

    fn next(&mut self) -> Option<I::Item> {
        step();
        self.0.next()
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl<I: DoubleEndedIterator> DoubleEndedIterator for PacedIter<I> {
    fn next_back(&mut self) -> Option<I::Item> {
        step();
        self.0.next_back()
    }
}

impl<I: ExactSizeIterator> ExactSizeIterator for PacedIter<I> {}

/// A comparison that is a step, to sort by.
pub fn by<T: ?Sized>(compare: impl Fn(&T, &T) -> Ordering) -> impl Fn(&T, &T) -> Ordering {
    move |a, b| {
        step();
        compare(a, b)
    }
}
