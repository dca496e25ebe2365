//! Why a use case gave no answer. The GraphQL edge gives each a code and a next step.

use crate::model::change::Revision;
use crate::model::memory::MemoryExhausted;
use crate::store::{MediumFault, StoreError};

/// A result of the service.
pub type Result<T> = std::result::Result<T, ServiceError>;

/// Why a use case gave no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ServiceError {
    /// What was asked makes no sense; the message says what and what to do.
    #[error("{0}")]
    Input(String),
    /// An id that nothing has.
    #[error("no {what} `{id}` at revision {revision}")]
    UnknownId {
        /// What it should be: entity, region, data set.
        what: &'static str,
        /// The id asked for.
        id: String,
        /// Where it was looked for.
        revision: Revision,
    },
    /// Something that a record does not have; the message says what and what to do.
    #[error("{0}")]
    Absent(String),
    /// The asker may not; the message says what it takes.
    #[error("{0}")]
    Forbidden(String),
    /// The work or time allowed ended before there was an answer that is true of the whole.
    #[error("the work ended while {0}")]
    OutOfWork(&'static str),
    /// The graph changed since the revision on which a write rests.
    #[error("the graph is at revision {current}, not {given}")]
    Stale {
        /// The revision on which the write rests.
        given: Revision,
        /// The revision now.
        current: Revision,
    },
    /// More than is allowed.
    #[error("{what}: {asked}, at most {max}")]
    OverLimit {
        /// Of what.
        what: &'static str,
        /// How much was asked for.
        asked: u64,
        /// How much may be.
        max: u64,
    },
    /// It needs more memory than it may have.
    #[error("the memory for requests ended")]
    MemoryExhausted(MemoryExhausted),
    /// The store does not answer.
    #[error("the store does not answer; try again when it does")]
    StoreUnavailable,
    /// The store answers, and has all it can do.
    #[error("the store is busy; try again in a moment")]
    StoreBusy,
    /// Another program holds the lock on the store's file.
    #[error(
        "another program holds the lock on the store's file, and nothing was written; try again when it has ended"
    )]
    StoreLocked,
    /// The store's medium has no room.
    #[error("the store's disk is full, and nothing was written; free space at {place}, then write again")]
    StoreFull {
        /// Where, in words.
        place: String,
    },
    /// The store's medium fails, or is not to be written.
    #[error("the store's disk cannot be used ({place}: {fault}), and nothing was written: {}; then try again", fault.next_step())]
    StoreMedium {
        /// Where, in words.
        place: String,
        /// What is wrong with it.
        fault: MediumFault,
    },
    /// The store's medium failed when it was told to flush a write.
    #[error(
        "the disk at {place} failed to flush what was written: it is not in the graph, though a crash before the next write may bring \
             it back; look into the log of the system, then write the same again: what stands already is not written twice"
    )]
    StoreUnflushed {
        /// Where.
        place: String,
    },
    /// The store takes no writes.
    #[error(
        "the store is read-only, and nothing was written; try again when its operator has made it writable"
    )]
    StoreReadOnly,
    /// A newer program has raised the store's schema.
    #[error(
        "the store was raised by a newer version of this program, which must take its place; try again when it has"
    )]
    StoreOutdated,
    /// The store applies a large write.
    #[error("the store is applying a large write, of revision {revision}; try again in a minute")]
    StoreApplying {
        /// The revision of the write.
        revision: Revision,
    },
    /// It needs more memory than the store gives one transaction.
    #[error(
        "this needs more memory than the store gives one transaction, and nothing of it was done: do less at a time, or give the \
             store more memory (docs/deploy.md)"
    )]
    StoreMemory,
    /// The store stopped answering while a write was made to stand.
    #[error(
        "the store stopped answering while it was written to, and whether that stands is not known; write the same again: \
             what stands already is not written twice"
    )]
    OutcomeUnknown,
    /// The graph was written to while it was read: the same question with a new session may be answered.
    #[error("the graph changed while it was read")]
    Overtaken,
    /// It took too long.
    #[error("stopped after {after_ms} ms; try again with less, or with a longer limit")]
    Timeout {
        /// The limit.
        after_ms: u64,
    },
    /// Nobody waits for the answer any more.
    #[error("stopped, since nobody waits for the answer")]
    Cancelled,
    /// A fault of the server: for the log, never for the asker.
    #[error("{0}")]
    Fault(String),
}

impl ServiceError {
    /// A cursor is of a log that is not this one.
    pub(super) fn foreign_cursor() -> Self {
        Self::Input(
            "the cursor is not one of this graph's: it is another's, or this one was put back to an older state; \
             read it anew, and follow from `changeCursor`"
                .into(),
        )
    }

    /// Whether the store is what failed.
    pub fn is_of_store(&self) -> bool {
        matches!(
            self,
            Self::StoreUnavailable
                | Self::StoreBusy
                | Self::StoreLocked
                | Self::StoreFull { .. }
                | Self::StoreMedium { .. }
                | Self::StoreUnflushed { .. }
                | Self::StoreReadOnly
                | Self::StoreOutdated
                | Self::StoreApplying { .. }
                | Self::StoreMemory
                | Self::OutcomeUnknown
                | Self::Timeout { .. }
                | Self::Fault(_)
        )
    }
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable => Self::StoreUnavailable,
            StoreError::Busy => Self::StoreBusy,
            StoreError::Locked => Self::StoreLocked,
            StoreError::Full { place } => Self::StoreFull { place },
            StoreError::Unflushed { place } => Self::StoreUnflushed { place },
            StoreError::Medium { place, fault } => Self::StoreMedium { place, fault },
            StoreError::ReadOnly => Self::StoreReadOnly,
            StoreError::Outdated => Self::StoreOutdated,
            StoreError::Applying { revision } => Self::StoreApplying { revision },
            StoreError::TooLarge => Self::StoreMemory,
            StoreError::OutcomeUnknown => Self::OutcomeUnknown,
            StoreError::Timeout { after_ms } => Self::Timeout { after_ms },
            StoreError::Stale { given, current } => Self::Stale { given, current },
            StoreError::StaleRead { .. } => Self::Overtaken,
            StoreError::LogForgotten => Self::Input(
                "what was changed up to that cursor is kept no more: read the graph anew, and follow from `changeCursor`".into(),
            ),
            StoreError::LogForeign => Self::foreign_cursor(),
            StoreError::Damaged(reason) | StoreError::Fault(reason) => Self::Fault(reason),
        }
    }
}
