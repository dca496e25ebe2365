//! Errors of the service. The GraphQL layer assigns a code and a next step to each.

use crate::model::change::Revision;
use crate::model::memory::MemoryExhausted;
use crate::store::{DiskProblem, StoreError};

/// The result of a service call.
pub type Result<T> = std::result::Result<T, ServiceError>;

/// An error of the service.
#[derive(Clone, Debug, thiserror::Error)]
pub enum ServiceError {
    /// The input is invalid; the message says why and what to do.
    #[error("{0}")]
    Input(String),
    /// No record has this id.
    #[error("no {what} `{id}` at revision {revision}")]
    UnknownId {
        /// The expected kind of record: entity, region or data set.
        what: &'static str,
        /// The id.
        id: String,
        /// The revision at which it was looked up.
        revision: Revision,
    },
    /// A record lacks something; the message says what and what to do.
    #[error("{0}")]
    Absent(String),
    /// The principal lacks permission; the message says which is required.
    #[error("{0}")]
    Forbidden(String),
    /// The limit of work or time was reached before there was a complete answer.
    #[error("the work limit was reached while {0}")]
    BudgetExhausted(&'static str),
    /// The graph changed since the revision given with a write.
    #[error("the graph is at revision {current}, not {given}")]
    Stale {
        /// The revision given with the write.
        given: Revision,
        /// The current revision.
        current: Revision,
    },
    /// A limit is exceeded.
    #[error("{what}: {asked}, at most {max}")]
    OverLimit {
        /// The limited items.
        what: &'static str,
        /// The requested number.
        asked: u64,
        /// The maximum.
        max: u64,
    },
    /// It needs more memory than is allowed.
    #[error("the memory for requests is exhausted")]
    MemoryExhausted(MemoryExhausted),
    /// The store does not respond.
    #[error("the store does not respond; try again when it does")]
    StoreUnavailable,
    /// The store responds but is overloaded.
    #[error("the store is busy; try again in a moment")]
    StoreBusy,
    /// Another program holds the lock on the store's file.
    #[error(
        "another program holds the lock on the store's file, and nothing was written; try again after it has exited"
    )]
    StoreLocked,
    /// The disk of the store is full.
    #[error("the store's disk is full, and nothing was written; free space at {place}, then write again")]
    StoreFull {
        /// The location, in words.
        place: String,
    },
    /// The disk of the store fails, or is not writable.
    #[error("the store's disk cannot be used ({place}: {fault}), and nothing was written: {}; then try again", fault.next_step())]
    StoreMedium {
        /// The location, in words.
        place: String,
        /// The fault.
        fault: DiskProblem,
    },
    /// The disk of the store fails to read.
    #[error(
        "the store's disk fails to read the graph's file, and nothing was written; try again after the operator of the server, whose \
             log names the file, has checked the disk"
    )]
    StoreUnreadable,
    /// The disk of the store failed to flush a write.
    #[error(
        "the disk at {place} failed to flush the write: it is not in the graph, although a crash before the next write may bring \
             it back; check the system log, then send the write again: records that are already stored are not written twice"
    )]
    StoreUnflushed {
        /// The location, in words.
        place: String,
    },
    /// The database of the store has stopped after a critical error.
    #[error(
        "the store's database has stopped after a critical error, such as a full disk; try again after its operator has made space \
             and restarted it"
    )]
    StoreStopped,
    /// The store is read-only.
    #[error(
        "the store is read-only, and nothing was written; try again after its operator has made it writable"
    )]
    StoreReadOnly,
    /// A newer program has upgraded the store's schema.
    #[error("the store was upgraded by a newer version of this program; run that version, then try again")]
    StoreOutdated,
    /// The store applies a large write.
    #[error("the store is applying a large write, of revision {revision}; try again in a minute")]
    StoreApplying {
        /// The revision of the write.
        revision: Revision,
    },
    /// It needs more memory than the store allows for one transaction.
    #[error(
        "this needs more memory than the store allows for one transaction, and nothing was written: write less at a time, or give the \
             store more memory (docs/deploy.md)"
    )]
    StoreMemory,
    /// The store stopped responding during a commit.
    #[error(
        "the store stopped responding during a write, and it is not known whether the write was committed; send the write again: \
             records that are already stored are not written twice"
    )]
    OutcomeUnknown,
    /// The graph was written to while it was read: the same question with a new session may be answered.
    #[error("the graph changed while it was read")]
    StaleRead,
    /// The time limit was reached.
    #[error("stopped after {after_ms} ms; request less, or raise the limit")]
    Timeout {
        /// The limit.
        after_ms: u64,
    },
    /// The client no longer waits for the answer.
    #[error("stopped, because the client no longer waits for the response")]
    Cancelled,
    /// An internal error: for the log, never for the client.
    #[error("{0}")]
    Internal(String),
}

impl ServiceError {
    /// The error for a cursor of another change log.
    pub(super) fn foreign_cursor() -> Self {
        Self::Input(
            "the cursor does not belong to this graph: it is from another graph, or this graph was restored to an older state; \
             read the graph again, and continue from `changeCursor`"
                .into(),
        )
    }

    /// Whether the error is a fault of the store or server, rather than of the request.
    pub fn is_of_store(&self) -> bool {
        matches!(
            self,
            Self::StoreUnavailable
                | Self::StoreBusy
                | Self::StoreLocked
                | Self::StoreFull { .. }
                | Self::StoreMedium { .. }
                | Self::StoreUnreadable
                | Self::StoreUnflushed { .. }
                | Self::StoreStopped
                | Self::StoreReadOnly
                | Self::StoreOutdated
                | Self::StoreApplying { .. }
                | Self::StoreMemory
                | Self::OutcomeUnknown
                | Self::Timeout { .. }
                | Self::Internal(_)
        )
    }
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable => Self::StoreUnavailable,
            StoreError::Busy => Self::StoreBusy,
            StoreError::Locked => Self::StoreLocked,
            StoreError::DiskFull { place } => Self::StoreFull { place },
            StoreError::FlushFailed { place } => Self::StoreUnflushed { place },
            StoreError::Disk {
                problem: DiskProblem::Unreadable(_),
                ..
            } => Self::StoreUnreadable,
            StoreError::Disk { place, problem } => Self::StoreMedium { place, fault: problem },
            StoreError::Stopped => Self::StoreStopped,
            StoreError::ReadOnly => Self::StoreReadOnly,
            StoreError::Outdated => Self::StoreOutdated,
            StoreError::Applying { revision } => Self::StoreApplying { revision },
            StoreError::TooLarge => Self::StoreMemory,
            StoreError::OutcomeUnknown => Self::OutcomeUnknown,
            StoreError::Timeout { after_ms } => Self::Timeout { after_ms },
            StoreError::RevisionMismatch { given, current } => Self::Stale { given, current },
            StoreError::StaleRead { .. } => Self::StaleRead,
            StoreError::LogTruncated => Self::Input(
                "the changes up to this cursor are no longer kept: read the graph again, and continue from `changeCursor`".into(),
            ),
            StoreError::LogPositionUnknown => Self::foreign_cursor(),
            StoreError::Damaged(reason) | StoreError::Internal(reason) => Self::Internal(reason),
        }
    }
}
