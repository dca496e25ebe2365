//! Steps: cheap checkpoints for plain loops.

use std::cell::Cell;
use std::cmp::Ordering;

use super::checkpoint;

/// Steps between two checkpoints.
const STEPS: u32 = 256;

thread_local! {
    /// Steps left to the next checkpoint of this thread; short loops add up.
    static LEFT: Cell<u32> = const { Cell::new(STEPS) };
}

/// Counts one step of a loop, such as a record read or a comparison. Costs about a nanosecond; every 256th step is a [`checkpoint`].
#[inline]
pub fn step() {
    steps(1);
}

/// Counts several steps at once.
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

/// Restarts the count when a job begins to run on this thread.
pub(super) fn begin() {
    LEFT.set(STEPS);
}

/// Extends iterators so that each item counts as a step.
pub trait Paced: Iterator + Sized {
    /// The same items, each of which counts as a [`step`].
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

/// A comparison function that counts as a step, for sorting.
pub fn by<T: ?Sized>(compare: impl Fn(&T, &T) -> Ordering) -> impl Fn(&T, &T) -> Ordering {
    move |a, b| {
        step();
        compare(a, b)
    }
}
