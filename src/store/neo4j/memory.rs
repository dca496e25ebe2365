//! Where ids lead that were merged away, and which data sets are restricted. Both are few and change seldom, so a process keeps
//! them all, and neither costs a question a round trip.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;

use crate::model::change::Revision;
use crate::model::id::EntityId;
use crate::store::view::Hidden;

/// Every id merged away, and the id kept.
pub(super) type Redirected = HashMap<EntityId, EntityId>;

/// What a process keeps of a graph.
#[derive(Clone, Debug, Default)]
pub(super) struct Learnt {
    pub(super) redirects: Arc<Redirected>,
    /// The restricted data sets.
    pub(super) restricted: Arc<Hidden>,
}

/// What this process has learnt, and as of which write that changed it.
#[derive(Default)]
pub(super) struct Memory(RwLock<(Revision, Learnt)>);

impl Memory {
    /// What is so after the last merge, and the last change of what is restricted, where that is known.
    pub(super) fn as_of(&self, merged_at: Revision) -> Option<Learnt> {
        let known = self.0.read();
        (known.0 == merged_at).then(|| known.1.clone())
    }

    /// Learns it anew.
    pub(super) fn learn(&self, merged_at: Revision, learnt: Learnt) -> Learnt {
        *self.0.write() = (merged_at, learnt.clone());
        learnt
    }
    /// Forgets it all.
    pub(super) fn forget(&self) {
        *self.0.write() = (Revision::default(), Learnt::default());
    }
}
