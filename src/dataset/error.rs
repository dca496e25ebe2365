//! What cannot be read at all. A row that is wrong is no such error: it is in the report.

use std::path::Path;

/// Why a data set cannot be read. The message is what the operator reads.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The system refused.
    #[error("{path} cannot be read: {reason}")]
    Io {
        /// The file or directory.
        path: String,
        /// What the system said.
        reason: String,
    },
    /// A directory without its first file.
    #[error("{path} is not a data set (expected a dataset.toml in it); name the directory that has one")]
    NoManifest {
        /// The directory.
        path: String,
    },
    /// A `dataset.toml` that does not say what it must.
    #[error("{path}: {reason}")]
    Manifest {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file that is none of a data set.
    #[error("{path} is not a file of a data set; the nearest is {nearest}")]
    UnknownFile {
        /// The file.
        path: String,
        /// The nearest known name.
        nearest: String,
    },
    /// A column that the table does not have.
    #[error("{path}:{line}: no column `{column}` in {table}; the nearest is `{nearest}`")]
    UnknownColumn {
        /// The file.
        path: String,
        /// The line.
        line: u32,
        /// The column.
        column: String,
        /// The table.
        table: &'static str,
        /// The nearest known name.
        nearest: String,
    },
    /// A column given twice.
    #[error("{path}:{line}: the column `{column}` stands twice; take one of the two away")]
    DoubleColumn {
        /// The file.
        path: String,
        /// The line.
        line: u32,
        /// The column.
        column: String,
    },
    /// Text that breaks its own format.
    #[error("{path}:{line}: {reason}; {hint}")]
    Broken {
        /// The file.
        path: String,
        /// The line.
        line: u32,
        /// What is wrong.
        reason: String,
        /// What to do.
        hint: String,
    },
}

impl ReadError {
    pub(super) fn io(path: &Path, error: &std::io::Error) -> Self {
        Self::Io {
            path: path.display().to_string(),
            reason: error.to_string(),
        }
    }
}
