//! Backups: files with all records, their statements and the change log. Either store writes them, and either restores them.
//!
//! Each line is one JSON value. The first has the format and version, the last the number of lines and the SHA-256 of all
//! bytes before it: a truncated or changed file is refused before anything is written.

mod line;
mod read;
mod write;

use crate::model::change::{Change, Revision};

pub use read::{BackupError, read};
pub use write::write;

/// The format in the first line.
const FORMAT: &str = "hukun-backup";
/// The version in the first line.
const VERSION: u32 = 1;

/// The content of a backup, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BackupSummary {
    /// The revision of the graph.
    pub revision: Revision,
    /// Number of records of all kinds, without data sets.
    pub records: usize,
    /// Number of redirects of merged ids.
    pub redirects: usize,
    /// Number of lines of the change log.
    pub changes: usize,
    /// The revision of its first line, if the oldest lines were removed before; none if it is complete.
    pub log_from: Option<Revision>,
}

/// A backup that was read and passed the checks.
#[derive(Debug)]
pub struct Backup {
    /// Its content, in numbers.
    pub summary: BackupSummary,
    /// The changes that restore it into an empty graph; the last one is its change log.
    pub changes: Vec<Change>,
}
