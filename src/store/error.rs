//! What can go wrong in a store, in words that no driver knows.

use crate::model::change::Revision;

/// Why a store did not do what it was asked. Worth a retry: [`StoreError::Unavailable`], [`StoreError::Busy`],
/// [`StoreError::Applying`], [`StoreError::OutcomeUnknown`] and [`StoreError::Timeout`]; [`StoreError::Moved`] with a new reader; no other.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It does not answer now.
    #[error("the store does not answer")]
    Unavailable,
    /// All its connections are in use, and were for as long as one may wait.
    #[error("the store is busy")]
    Busy,
    /// A write so large that it takes long is being applied, and the store keeps no older graph to read meanwhile.
    #[error("the store is applying a large write, of revision {revision}")]
    Applying {
        /// The revision of the write.
        revision: Revision,
    },
    /// It stopped answering while a write was made to stand: whether it does is not known.
    #[error("the store stopped answering while it was written to")]
    OutcomeUnknown,
    /// It took longer than it may.
    #[error("the store took longer than {after_ms} ms")]
    Timeout {
        /// The limit.
        after_ms: u64,
    },
    /// It needs more memory than the store gives one transaction; nothing of it was done.
    #[error("this needs more memory than the store gives one transaction")]
    TooLarge,
    /// The graph changed since the revision on which a write rests.
    #[error("the graph is at revision {current}, not {given}")]
    Stale {
        /// The revision on which the write rests.
        given: Revision,
        /// The revision now.
        current: Revision,
    },
    /// The graph moved on while a reader read, and the store keeps no older one: start again with a new reader.
    #[error("the graph moved on from revision {read_at} while it was read")]
    Moved {
        /// The revision at which the reader read.
        read_at: Revision,
    },
    /// The log begins after that place: what was written up to it is kept no more.
    #[error("the change log is kept only from a later place on")]
    LogForgotten,
    /// The log has no such place: it is that of another store, or of one that was put back to an older state since.
    #[error("the change log has no such place")]
    LogForeign,
    /// What is stored does not fit itself.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// Anything else: a fault of the store or of its medium, for the log alone.
    #[error("the store failed: {0}")]
    Fault(String),
}

/// Why a store was not opened. The message is what the operator reads.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("{place} is in use by process {holder}: stop that one, or choose another --data-dir")]
    InUse {
        /// The data directory.
        place: String,
        /// The process that has it.
        holder: String,
    },
    /// A newer program wrote it.
    #[error(
        "{place} was written by a newer Hukun (schema {found}; this one reads up to {known}): use that version, or another --data-dir"
    )]
    Newer {
        /// The file.
        place: String,
        /// Its schema version.
        found: i64,
        /// The newest that this program knows.
        known: i64,
    },
    /// It is no store of ours.
    #[error("{place} is not a Hukun store: {reason}; nothing was changed. Choose another --data-dir")]
    Foreign {
        /// The file.
        place: String,
        /// What gave it away.
        reason: String,
    },
    /// It is ours and broken.
    #[error(
        "{place} is damaged: {reason}; nothing was changed. Restore a backup, or move it away and import again"
    )]
    Damaged {
        /// The file.
        place: String,
        /// What does not fit.
        reason: String,
    },
    /// The server is not there, or does not let us in.
    #[error("{place} cannot be opened: {reason}")]
    Unreachable {
        /// The address.
        place: String,
        /// What to do something about.
        reason: String,
    },
    /// The medium refused.
    #[error("{place} cannot be opened: {reason}")]
    Io {
        /// The file or directory.
        place: String,
        /// What the system said.
        reason: String,
    },
}
