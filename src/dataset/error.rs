//! Errors of files that cannot be read at all. A wrong row is not such an error: it is in the report.

use std::path::Path;

/// Why a data set cannot be read. The message is for the operator.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The operating system reported an error.
    #[error("{path} cannot be read: {reason}")]
    Io {
        /// The file or directory.
        path: String,
        /// The message of the operating system.
        reason: String,
    },
    /// A directory without a `dataset.toml`.
    #[error("{path} is not a data set (expected a dataset.toml in it); name the directory that has one")]
    NoManifest {
        /// The directory.
        path: String,
    },
    /// A `dataset.toml` with a missing or wrong entry.
    #[error("{path}: {reason}")]
    Manifest {
        /// The file.
        path: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A file with an unknown name.
    #[error("{path} is not a file of a data set; did you mean {nearest}?")]
    UnknownFile {
        /// The file.
        path: String,
        /// The nearest known name.
        nearest: String,
    },
    /// A column that the table does not have.
    #[error("{path}:{line}: no column `{column}` in {table}; did you mean `{nearest}`?")]
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
    #[error("{path}:{line}: the column `{column}` occurs twice; remove one of the two")]
    DoubleColumn {
        /// The file.
        path: String,
        /// The line.
        line: u32,
        /// The column.
        column: String,
    },
    /// A file that violates its format.
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
