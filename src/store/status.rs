//! The state of a store, for its operator.

use crate::model::change::Revision;

/// The state of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreStatus {
    /// The newest revision.
    pub revision: Revision,
    /// The large write that is being applied, if there is one.
    pub applying: Option<WriteProgress>,
}

/// The progress of a large write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WriteProgress {
    /// The revision of the write.
    pub revision: Revision,
    /// Number of steps applied.
    pub steps_applied: u64,
    /// Number of all steps.
    pub steps: u64,
}
