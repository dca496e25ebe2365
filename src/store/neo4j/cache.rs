//! Parts of the graph that a process keeps in memory: redirects, restricted data sets and numbers of records.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::{Mutex, RwLock};

use crate::model::change::Revision;
use crate::model::id::EntityId;
use crate::store::visibility::HiddenDatasets;

/// The ids of merged entities, each with the id of the entity that it was merged into.
pub(in crate::store) type RedirectMap = HashMap<EntityId, EntityId>;

/// The redirects and the restricted data sets. They are few and change seldom, so that a process keeps all of them and needs no round
/// trip to look one up.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct Lookups {
    pub(in crate::store) redirects: Arc<RedirectMap>,
    /// The restricted data sets.
    pub(in crate::store) restricted: Arc<HiddenDatasets>,
}

/// The lookups that this process has read, with the revision that last changed them.
#[derive(Default)]
pub(in crate::store) struct LookupCache(RwLock<(Revision, Lookups)>);

impl LookupCache {
    /// The lookups, if `changed_at` is the revision that last changed them.
    pub(in crate::store) fn get(&self, changed_at: Revision) -> Option<Lookups> {
        let known = self.0.read();
        (known.0 == changed_at).then(|| known.1.clone())
    }

    /// Replaces the lookups.
    pub(in crate::store) fn put(&self, changed_at: Revision, lookups: Lookups) -> Lookups {
        *self.0.write() = (changed_at, lookups.clone());
        lookups
    }

    /// Removes the lookups.
    pub(in crate::store) fn clear(&self) {
        *self.0.write() = (Revision::default(), Lookups::default());
    }
}

/// Numbers of records by label, at the newest revision at which they were counted.
#[derive(Default)]
pub(in crate::store) struct CountCache(Mutex<(Revision, HashMap<String, u64>)>);

impl CountCache {
    /// The number of records with some labels at a revision.
    pub(in crate::store) fn get(&self, at: Revision, labels: &str) -> Option<u64> {
        let known = self.0.lock();
        (known.0 == at).then(|| known.1.get(labels).copied()).flatten()
    }

    /// Stores a number of records.
    pub(in crate::store) fn put(&self, at: Revision, labels: String, count: u64) {
        let mut known = self.0.lock();
        if known.0 < at {
            *known = (at, HashMap::new());
        }
        if known.0 == at {
            known.1.insert(labels, count);
        }
    }

    /// Removes all numbers.
    pub(in crate::store) fn clear(&self) {
        *self.0.lock() = (Revision::default(), HashMap::new());
    }
}
