//! A reader that counts every read of a session and notes stale reads.

use std::sync::Arc;

use super::session_stats::SessionStats;
use super::{Backend, Result};
use crate::model::change::Revision;
use crate::model::job;
use crate::store::reads::for_each_read;
use crate::store::reads::prelude::*;
use crate::store::{Reader, Store, StoreError, StoreResult};

/// A reader that counts its reads.
#[derive(Clone)]
pub(super) struct CountedReader {
    reader: <Backend as Store>::Reader,
    stats: Arc<SessionStats>,
}

impl CountedReader {
    /// Wraps a reader.
    pub(super) fn new(reader: <Backend as Store>::Reader, stats: Arc<SessionStats>) -> Self {
        Self { reader, stats }
    }

    /// The revision of the reader.
    pub(super) fn revision(&self) -> Revision {
        self.reader.revision()
    }

    fn count_call(&self) {
        job::checkpoint();
        self.stats.count_store_call();
    }

    /// Notes a stale read, regardless of how the caller handles the error.
    fn note_stale_read<T>(&self, answer: StoreResult<T>) -> Result<T> {
        if matches!(answer, Err(StoreError::StaleRead { .. })) {
            self.stats.note_stale_read();
        }
        Ok(answer?)
    }
}

macro_rules! count {
    ($($(#[$doc:meta])* $session:ident fn $name:ident($($arg:ident: $type:ty),* $(,)?) -> $answer:ty;)+) => {
        impl CountedReader { $(
            $(#[$doc])*
            pub(super) async fn $name(&self, $($arg: $type),*) -> Result<$answer> {
                self.count_call();
                self.note_stale_read(self.reader.$name($($arg),*).await)
            }
        )+ }
    };
}
for_each_read!(count);
