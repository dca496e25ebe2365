//! The errors of stores, without types of a driver.

use std::fmt;
use std::io;

use crate::model::change::Revision;

/// The error number of a disk that can no longer be read or written; the same on every Unix.
const EIO: i32 = 5;

/// The error of a read or write. A retry may succeed after [`StoreError::Unavailable`], [`StoreError::Stopped`], [`StoreError::Busy`],
/// [`StoreError::Locked`], [`StoreError::DiskFull`], [`StoreError::Disk`], [`StoreError::FlushFailed`], [`StoreError::Applying`],
/// [`StoreError::OutcomeUnknown`] and [`StoreError::Timeout`], after [`StoreError::StaleRead`] with a new reader, and after no other.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// The store does not answer.
    #[error("the store does not answer")]
    Unavailable,
    /// All connections were in use for as long as a caller may wait.
    #[error("all connections to the store are in use")]
    Busy,
    /// Another program held the lock of the store for as long as a caller may wait; nothing was written.
    #[error("another program holds the lock of the store; wait until it has ended, then try again")]
    Locked,
    /// The disk is full; nothing was written.
    #[error("the disk is full at {place}")]
    DiskFull {
        /// The directory that needs space, or a description of the disk of another machine.
        place: String,
    },
    /// The disk cannot be written or read for another reason; nothing was written.
    #[error("{place}: {problem}")]
    Disk {
        /// The data directory, or a description of the disk of another machine.
        place: String,
        /// The problem of the disk.
        problem: DiskProblem,
    },
    /// The disk failed to flush a write. The write is not in the graph; a crash before the next write may bring it back.
    #[error("the disk at {place} failed to flush a write")]
    FlushFailed {
        /// The data directory.
        place: String,
    },
    /// The database of the store has stopped after a critical error, until it is restarted.
    #[error(
        "the database has stopped after a critical error, such as a full disk: free space if its disk is full, and restart it"
    )]
    Stopped,
    /// The store is read-only; nothing was written.
    #[error("the store is read-only")]
    ReadOnly,
    /// A newer Hukun has upgraded the schema since the store was opened.
    #[error("a newer Hukun has upgraded the schema of the store; start that version instead of this one")]
    Outdated,
    /// A large write is being applied, and the store keeps no older state that could be read meanwhile.
    #[error("the store is applying a large write (revision {revision})")]
    Applying {
        /// The revision of the write.
        revision: Revision,
    },
    /// The store stopped answering during a commit: it is unknown whether it took effect.
    #[error("the store stopped answering during a write, and it is unknown whether the write took effect")]
    OutcomeUnknown,
    /// A time limit was exceeded.
    #[error("the store took longer than {after_ms} ms")]
    Timeout {
        /// The limit in milliseconds.
        after_ms: u64,
    },
    /// The request needs more memory than the store allows for one transaction; nothing was done.
    #[error("the request needs more memory than the store allows for one transaction")]
    TooLarge,
    /// The graph has another revision than a write requires.
    #[error("the graph is at revision {current}, not {given}")]
    RevisionMismatch {
        /// The revision that the write requires.
        given: Revision,
        /// The revision of the graph.
        current: Revision,
    },
    /// A stale read: the graph has a newer revision than the reader, and the store keeps no older state. Repeat with a new reader.
    #[error("stale read: the graph has a newer revision than {read_at}")]
    StaleRead {
        /// The revision of the reader.
        read_at: Revision,
    },
    /// The change log no longer contains the lines after a position.
    #[error("the change log no longer contains this position")]
    LogTruncated,
    /// The change log does not contain a position: it is of another store, or of this one before an older state was restored.
    #[error("the change log does not contain this position")]
    LogPositionUnknown,
    /// The stored data is inconsistent or cannot be read.
    #[error("the store is damaged: {0}")]
    Damaged(String),
    /// An internal error of the store; the message is for the log only.
    #[error("the store failed: {0}")]
    Internal(String),
}

/// Why a disk that is not full cannot be written or read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiskProblem {
    /// The file system is mounted read-only.
    ReadOnly,
    /// This process has no permission.
    Denied,
    /// A file is where a directory must be.
    NotADirectory,
    /// A directory is where a file must be.
    NotAFile,
    /// A file reached the file size limit of the process.
    FileTooLarge,
    /// The file was removed or replaced while it was open.
    Replaced,
    /// The system reports an error of reading a file.
    Unreadable(String),
    /// The system reports another error.
    Failing(String),
}

impl DiskProblem {
    /// What the operator can do.
    pub const fn next_step(&self) -> &'static str {
        match self {
            Self::ReadOnly => "mount it for writing, or choose another --data-dir",
            Self::Denied => "let the user of this process read and write it, or choose another --data-dir",
            Self::NotADirectory => "move the file away, or choose another --data-dir",
            Self::NotAFile => "move the directory away, or choose another --data-dir",
            Self::FileTooLarge => "raise the file size limit of this process (`ulimit -f`)",
            Self::Replaced => "stop the server, put the file back, and start it again",
            Self::Failing(_) | Self::Unreadable(_) => {
                "check the system log, and replace the disk if it is failing"
            }
        }
    }
}

impl fmt::Display for DiskProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReadOnly => f.write_str("the file system is read-only"),
            Self::Denied => f.write_str("permission denied"),
            Self::NotADirectory => f.write_str("there is a file where a directory must be"),
            Self::NotAFile => f.write_str("there is a directory where a file must be"),
            Self::FileTooLarge => f.write_str("a file has reached the file size limit of this process"),
            Self::Replaced => f.write_str("the graph's file was removed or replaced while the server ran"),
            Self::Failing(reason) => write!(f, "the disk reports an error ({reason})"),
            Self::Unreadable(reason) => write!(f, "the disk fails to read it ({reason})"),
        }
    }
}

/// An error of the system, as a store reports it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum IoFailure {
    /// The disk is full.
    DiskFull,
    /// Another problem of the disk.
    Disk(DiskProblem),
}

impl IoFailure {
    /// Classifies an error of the system.
    pub(super) fn from_io(error: &io::Error) -> Self {
        use io::ErrorKind as Kind;
        Self::Disk(match error.kind() {
            Kind::StorageFull | Kind::QuotaExceeded => return Self::DiskFull,
            Kind::ReadOnlyFilesystem => DiskProblem::ReadOnly,
            Kind::PermissionDenied => DiskProblem::Denied,
            // `create_dir_all` returns `AlreadyExists` for a file in its way.
            Kind::NotADirectory | Kind::AlreadyExists => DiskProblem::NotADirectory,
            Kind::IsADirectory => DiskProblem::NotAFile,
            Kind::FileTooLarge => DiskProblem::FileTooLarge,
            _ => DiskProblem::Failing(error.to_string()),
        })
    }

    /// The error of a store at a place.
    pub(super) fn at(self, place: impl Into<String>) -> StoreError {
        let place = place.into();
        match self {
            Self::DiskFull => StoreError::DiskFull { place },
            Self::Disk(problem) => StoreError::Disk { place, problem },
        }
    }
}

/// Why a store was not opened. The message is for the operator.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process holds the data directory.
    #[error("{place} is in use by {holder}: stop that process, or choose another --data-dir")]
    InUse {
        /// The data directory.
        place: String,
        /// A description of the process.
        holder: String,
    },
    /// Another program holds the lock on the file.
    #[error(
        "another program holds the lock on {place}: wait until it has ended, or stop it, then start again"
    )]
    Locked {
        /// The file.
        place: String,
    },
    /// The disk is full.
    #[error(
        "the disk is full at {place}, and opening the store needs space; free space there, then start again. The data is unchanged"
    )]
    DiskFull {
        /// The file or directory.
        place: String,
    },
    /// The disk cannot be written or read.
    #[error("{place} cannot be opened: {problem}; {}. The data is unchanged", problem.next_step())]
    Disk {
        /// The file or directory.
        place: String,
        /// The problem of the disk.
        problem: DiskProblem,
    },
    /// The graph's file is lost: other files of the same store exist.
    #[error(
        "{place} {state}, but {beside} exists: the graph that was in it is lost, and no new one was created. {next}"
    )]
    GraphLost {
        /// The graph's file.
        place: String,
        /// "is missing" or "is empty".
        state: &'static str,
        /// The file that proves that there was a graph.
        beside: String,
        /// What the operator can do.
        next: String,
    },
    /// A newer Hukun wrote the file.
    #[error(
        "{place} was written by a newer Hukun (schema {found}; this one reads up to {known}): use that version, or another store"
    )]
    NewerSchema {
        /// The file.
        place: String,
        /// The schema version of the file.
        found: i64,
        /// The newest schema version that this program reads.
        known: i64,
    },
    /// The file is of another program.
    #[error("{place} is not a Hukun store: {reason}; nothing was changed. Choose another --data-dir")]
    NotAStore {
        /// The file.
        place: String,
        /// How it differs from a store.
        reason: String,
    },
    /// The file is damaged.
    #[error(
        "{place} is damaged: {reason}; nothing was changed. Restore a backup, or move it away and import again"
    )]
    Damaged {
        /// The file.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The server does not answer, or rejects the connection.
    #[error("{place} cannot be opened: {reason}")]
    Unreachable {
        /// The address.
        place: String,
        /// Why, and what to do.
        reason: String,
    },
    /// The system reports another error.
    #[error("{place} cannot be opened: {reason}")]
    Io {
        /// The file or directory.
        place: String,
        /// The message of the system.
        reason: String,
    },
}

impl OpenError {
    /// The error of opening a file or directory, from that of the system.
    pub fn from_io(place: impl Into<String>, error: &io::Error) -> Self {
        let place = place.into();
        match IoFailure::from_io(error) {
            IoFailure::DiskFull => Self::DiskFull { place },
            // Not an error of the disk: the file does not exist, or is locked.
            IoFailure::Disk(DiskProblem::Failing(reason)) if error.raw_os_error() != Some(EIO) => {
                Self::Io { place, reason }
            }
            IoFailure::Disk(problem) => Self::Disk { place, problem },
        }
    }
}
