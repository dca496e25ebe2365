//! What depends on records that are to be deleted.

use std::collections::BTreeSet;

use crate::model::change::Subject;
use crate::model::id::{EntityId, SourceId};

/// What keeps a record from being deleted.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Dependency {
    /// An entity: records refer to it.
    Entity(EntityId),
    /// A source: statements cite it.
    Source(SourceId),
    /// A record: statements of data sets that stay are on it.
    Stated(Subject),
    /// The statements are the last on a row of a record.
    Evidence,
}

/// What depends on a record that is to be deleted.
#[derive(Default)]
pub(super) struct Referrers {
    pub(super) by: BTreeSet<String>,
    /// Whether something does that the writer may not see.
    pub(super) hidden: bool,
}
