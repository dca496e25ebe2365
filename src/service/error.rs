//! Why a use case gave no answer. The GraphQL edge gives each a code and a next step.

use crate::model::change::Revision;
use crate::store::StoreError;

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
    /// The store does not answer.
    #[error("the store does not answer; try again when it does")]
    StoreUnavailable,
    /// The store answers, and has all it can do.
    #[error("the store is busy; try again in a moment")]
    StoreBusy,
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
    /// A fault of the server: for the log, never for the asker.
    #[error("{0}")]
    Fault(String),
}

impl From<StoreError> for ServiceError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Unavailable => Self::StoreUnavailable,
            StoreError::Busy => Self::StoreBusy,
            StoreError::Applying { revision } => Self::StoreApplying { revision },
            StoreError::TooLarge => Self::StoreMemory,
            StoreError::OutcomeUnknown => Self::OutcomeUnknown,
            StoreError::Timeout { after_ms } => Self::Timeout { after_ms },
            StoreError::Stale { given, current } => Self::Stale { given, current },
            StoreError::Moved { .. } => Self::Overtaken,
            StoreError::LogForgotten => Self::Input(
                "what was changed up to that cursor is kept no more: read the graph anew, and follow from `changeCursor`".into(),
            ),
            StoreError::LogForeign => Self::Input(
                "the cursor is not one of this graph's: it is another's, or this one was put back to an older state; \
                 read it anew, and follow from `changeCursor`"
                    .into(),
            ),
            StoreError::Damaged(reason) | StoreError::Fault(reason) => Self::Fault(reason),
        }
    }
}
