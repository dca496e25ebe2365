//! The state that all readers and writers of a store share.

use super::cache::{CountCache, LookupCache};
use super::driver::client::Client;
use super::provenance::ProvenanceCache;
use super::revision_feed::RevisionFeed;
use std::sync::Arc;

/// The client and the caches of one store.
pub(in crate::store) struct SharedState {
    pub(super) client: Arc<Client>,
    pub(super) provenances: ProvenanceCache,
    pub(super) lookups: LookupCache,
    pub(super) counts: CountCache,
    pub(super) feed: Arc<RevisionFeed>,
}

impl SharedState {
    /// A store's client with empty caches.
    pub(super) fn new(client: Arc<Client>) -> Self {
        Self {
            client,
            provenances: ProvenanceCache::default(),
            lookups: LookupCache::default(),
            counts: CountCache::default(),
            feed: Arc::new(RevisionFeed::new()),
        }
    }

    /// Empties the caches, because the graph may have been replaced.
    pub(super) fn clear_caches(&self) {
        self.provenances.clear();
        self.lookups.clear();
        self.counts.clear();
    }
}
