//! Backups: one file that either store writes and either takes back, with all records, their statements and the change log.
//!
//! A line is one JSON value. The first says what the file is, the last how many lines there are and the SHA-256 of all
//! bytes before it: a file that broke off, or of which a bit changed, is refused before anything is written.

mod line;
mod read;
mod write;

use crate::model::change::{Change, Revision};

pub use read::{BackupError, read};
pub use write::write;

/// What the first line calls the format, and its version.
const FORMAT: &str = "hukun-backup";
const VERSION: u32 = 1;

/// What a backup holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BackupSummary {
    /// The revision of the graph.
    pub revision: Revision,
    /// Records of every sort, data sets not among them.
    pub records: usize,
    /// Ids that were merged away.
    pub redirects: usize,
    /// Lines of the change log.
    pub changes: usize,
}

/// A backup that was read and is whole.
#[derive(Debug)]
pub struct Backup {
    /// What it holds.
    pub summary: BackupSummary,
    /// What brings an empty graph to it; its last change is its history.
    pub changes: Vec<Change>,
}
