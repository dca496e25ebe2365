//! The error for wrong usage of the command line.

/// An invalid argument or setting. The program ends with exit code 2, as for an argument that `clap` rejects.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct UsageError(String);

impl UsageError {
    /// The error with a message that says what is wrong and what to do.
    pub(super) fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}
