//! The counting wrapper: every read of a session is counted, and a stale read is noted.

use std::sync::Arc;

use super::read::SessionStats;
use super::{Backend, Result};
use crate::model::change::Revision;
use crate::model::job;
use crate::store::reads::for_each_read;
use crate::store::reads::prelude::*;
use crate::store::{Answer, Reader, Store, StoreError};

/// A reader whose reads are counted.
#[derive(Clone)]
pub(super) struct CountedReader {
    reader: <Backend as Store>::Reader,
    stats: Arc<SessionStats>,
}

impl CountedReader {
    /// Counts the reads of a reader.
    pub(super) fn new(reader: <Backend as Store>::Reader, stats: Arc<SessionStats>) -> Self {
        Self { reader, stats }
    }

    /// The revision it reads at.
    pub(super) fn revision(&self) -> Revision {
        self.reader.revision()
    }

    fn count_call(&self) {
        job::checkpoint();
        self.stats.count_store_call();
    }

    /// Notes a stale read, whatever becomes of the error above.
    fn noted<T>(&self, answer: Answer<T>) -> Result<T> {
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
                self.noted(self.reader.$name($($arg),*).await)
            }
        )+ }
    };
}
for_each_read!(count);
