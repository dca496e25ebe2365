//! Where ids lead that were merged away. They are few and change seldom, so a process keeps them all, and a question about
//! a merged id costs no round trip more.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::RwLock;

use crate::model::change::Revision;
use crate::model::id::EntityId;

/// Every id merged away, and the id kept.
pub(super) type Redirected = HashMap<EntityId, EntityId>;

/// What this process knows of redirects, and as of which merge.
#[derive(Default)]
pub(super) struct Redirects(RwLock<(Revision, Arc<Redirected>)>);

impl Redirects {
    /// Those after the last merge, where they are known.
    pub(super) fn as_of(&self, merged_at: Revision) -> Option<Arc<Redirected>> {
        let known = self.0.read();
        (known.0 == merged_at).then(|| known.1.clone())
    }

    /// Learns those after a merge.
    pub(super) fn learn(&self, merged_at: Revision, redirected: Redirected) -> Arc<Redirected> {
        let redirected = Arc::new(redirected);
        *self.0.write() = (merged_at, redirected.clone());
        redirected
    }
    /// Forgets them all.
    pub(super) fn forget(&self) {
        *self.0.write() = (Revision::default(), Arc::default());
    }
}
