//! Where a store stands, for whoever watches over it.

use crate::model::change::Revision;

/// Where a store stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StoreStatus {
    /// The newest revision.
    pub revision: Revision,
    /// The write that is being applied so long that readers are told.
    pub applying: Option<Applying>,
}

/// A large write that is being applied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Applying {
    /// Its revision.
    pub revision: Revision,
    /// How many of its steps have been applied.
    pub steps_applied: u64,
    /// How many steps it has.
    pub steps: u64,
}
