//! What can go wrong in a store, in words that no driver knows.

use std::fmt;
use std::io;

use crate::model::change::Revision;

/// What a disk says that can no longer be read or written; the same number on every Unix.
const EIO: i32 = 5;

/// Why a store did not do what it was asked. Worth a retry: [`StoreError::Unavailable`], [`StoreError::Busy`],
/// [`StoreError::Locked`], [`StoreError::Full`], [`StoreError::Medium`], [`StoreError::Unflushed`], [`StoreError::Applying`], [`StoreError::OutcomeUnknown`] and [`StoreError::Timeout`]; [`StoreError::StaleRead`] with a new reader; no other.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StoreError {
    /// It does not answer now.
    #[error("the store does not answer")]
    Unavailable,
    /// All its connections are in use, and were for as long as one may wait.
    #[error("the store is busy")]
    Busy,
    /// Another program held its lock for as long as one may wait; nothing was written.
    #[error("another program writes to the store and holds its lock; wait for it to end, then try again")]
    Locked,
    /// Its medium has no room; nothing was written.
    #[error("the disk is full at {place}")]
    Full {
        /// Where room is needed: the data directory, or the disk of another machine in words.
        place: String,
    },
    /// Its medium cannot be written or read for another reason; nothing was written.
    #[error("{place}: {fault}")]
    Medium {
        /// The data directory, or the disk of another machine in words.
        place: String,
        /// What is wrong with it.
        fault: MediumFault,
    },
    /// Its medium failed when it was told to flush a write. That is not in the graph; a crash before the next write may bring it back.
    #[error("the disk at {place} failed to flush a write")]
    Unflushed {
        /// The data directory.
        place: String,
    },
    /// It takes no writes; nothing was written.
    #[error("the store is read-only")]
    ReadOnly,
    /// A newer program has raised its schema since it was opened.
    #[error("the store was raised to the schema of a newer Hukun; start that version in place of this one")]
    Outdated,
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
    /// A stale read: the graph has a newer revision than the reader, and the store keeps no older graph. Start again with a new reader.
    #[error("stale read: the graph has a newer revision than {read_at}")]
    StaleRead {
        /// The revision of the reader.
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

/// Why a medium cannot be written, beside having no room.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MediumFault {
    /// Its file system is mounted read-only.
    ReadOnly,
    /// This process may not write there.
    Denied,
    /// A file stands where a directory must be.
    NotADirectory,
    /// A directory stands where a file must be.
    NotAFile,
    /// A file may not grow further: a limit of the process, not of the disk.
    FileTooLarge,
    /// The file was removed, or another put in its place, while it was open.
    Replaced,
    /// The system reports an error of the disk, in its words.
    Failing(String),
}

impl MediumFault {
    /// What the operator does about it.
    pub const fn next_step(&self) -> &'static str {
        match self {
            Self::ReadOnly => "mount it for writing, or choose another --data-dir",
            Self::Denied => "let the user of this process read and write it, or choose another --data-dir",
            Self::NotADirectory => "move the file away, or choose another --data-dir",
            Self::NotAFile => "move the directory away, or choose another --data-dir",
            Self::FileTooLarge => "raise the limit of file sizes of this process (`ulimit -f`)",
            Self::Replaced => "stop the server, put the file back, and start it again",
            Self::Failing(_) => "look into the log of the system, and replace the disk if it is failing",
        }
    }
}

impl fmt::Display for MediumFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ReadOnly => f.write_str("the file system is read-only"),
            Self::Denied => f.write_str("permission denied"),
            Self::NotADirectory => f.write_str("a file stands where a directory must be"),
            Self::NotAFile => f.write_str("a directory stands where a file must be"),
            Self::FileTooLarge => f.write_str("a file has reached the limit of file sizes of this process"),
            Self::Replaced => f.write_str("the graph's file was removed or replaced while the server ran"),
            Self::Failing(reason) => write!(f, "the disk reports an error ({reason})"),
        }
    }
}

/// What the system says of a medium.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum IoProblem {
    /// There is no room.
    Full,
    /// Another fault.
    Fault(MediumFault),
}

impl IoProblem {
    /// Reads an error of the system.
    pub(super) fn of(error: &io::Error) -> Self {
        use io::ErrorKind as Kind;
        Self::Fault(match error.kind() {
            Kind::StorageFull | Kind::QuotaExceeded => return Self::Full,
            Kind::ReadOnlyFilesystem => MediumFault::ReadOnly,
            Kind::PermissionDenied => MediumFault::Denied,
            // `create_dir_all` says of a file in its way that it is there already.
            Kind::NotADirectory | Kind::AlreadyExists => MediumFault::NotADirectory,
            Kind::IsADirectory => MediumFault::NotAFile,
            Kind::FileTooLarge => MediumFault::FileTooLarge,
            _ => MediumFault::Failing(error.to_string()),
        })
    }

    /// The error of a store that stands at a place.
    pub(super) fn at(self, place: impl Into<String>) -> StoreError {
        let place = place.into();
        match self {
            Self::Full => StoreError::Full { place },
            Self::Fault(fault) => StoreError::Medium { place, fault },
        }
    }
}

/// Why a store was not opened. The message is what the operator reads.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has it.
    #[error("{place} is in use by {holder}: stop that one, or choose another --data-dir")]
    InUse {
        /// The data directory.
        place: String,
        /// The process that has it, in words.
        holder: String,
    },
    /// Another program holds the lock on its file.
    #[error(
        "another program holds the lock on {place}: wait until it has ended, or stop it, and start again"
    )]
    Locked {
        /// The file.
        place: String,
    },
    /// There is no room.
    #[error(
        "the disk is full at {place}, and the store needs room to be opened; free space there, then start again. The data is as it was"
    )]
    Full {
        /// The file or directory.
        place: String,
    },
    /// The medium cannot be written.
    #[error("{place} cannot be opened: {fault}; {}. The data is as it was", fault.next_step())]
    Medium {
        /// The file or directory.
        place: String,
        /// What is wrong with it.
        fault: MediumFault,
    },
    /// The graph's file is lost, and other files of the same store are there.
    #[error(
        "{place} {state}, but {beside} is there: the graph that was in it is lost, and no new one is begun in its place. {next}"
    )]
    Lost {
        /// The graph's file.
        place: String,
        /// Whether it is missing or empty.
        state: &'static str,
        /// The file that shows that there was a graph.
        beside: String,
        /// What the operator may do.
        next: String,
    },
    /// A newer program wrote it.
    #[error(
        "{place} was written by a newer Hukun (schema {found}; this one reads up to {known}): use that version, or another store"
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

impl OpenError {
    /// What the system says of a file or directory that is opened.
    pub fn of_io(place: impl Into<String>, error: &io::Error) -> Self {
        let place = place.into();
        match IoProblem::of(error) {
            IoProblem::Full => Self::Full { place },
            // Not of the disk: that the file is not there, or is locked.
            IoProblem::Fault(MediumFault::Failing(reason)) if error.raw_os_error() != Some(EIO) => {
                Self::Io { place, reason }
            }
            IoProblem::Fault(fault) => Self::Medium { place, fault },
        }
    }
}
