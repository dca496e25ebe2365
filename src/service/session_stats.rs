//! The cost of a session: its store calls, and what made its answer incomplete.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;

/// The cost of a session so far.
#[derive(Debug, Default)]
pub struct SessionStats {
    store_calls: AtomicU64,
    stale_read: AtomicBool,
    stated_later: Mutex<BTreeSet<String>>,
}

impl SessionStats {
    /// The number of store calls.
    pub fn store_calls(&self) -> u64 {
        self.store_calls.load(Ordering::Relaxed)
    }

    /// The number of amounts treated as unknown, because they are only stated after the date of the query.
    pub fn stated_later(&self) -> usize {
        self.stated_later.lock().len()
    }

    pub(super) fn note_stated_later(&self, amount: &str) {
        self.stated_later.lock().insert(amount.to_string());
    }

    pub(super) fn count_store_call(&self) {
        self.store_calls.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn note_stale_read(&self) {
        self.stale_read.store(true, Ordering::Relaxed);
    }

    /// Whether a read was stale, so that the answer is incomplete.
    pub fn had_stale_read(&self) -> bool {
        self.stale_read.load(Ordering::Relaxed)
    }
}
