//! The cache of visible graphs. Each is built when it is first read, and updated when it is read again.

use std::sync::Arc;

use parking_lot::Mutex;

use super::graph::GraphSnapshot;
use super::visible_graph::VisibleGraph;
use crate::store::visibility::HiddenDatasets;
use crate::store::{StoreError, StoreResult};

/// A visible graph that was not read for so many revisions is evicted: it keeps the whole graph that it was built from, and with it
/// the rows of superseded statements.
const REVISIONS_BEHIND_MAX: u64 = 64;

/// The visible graphs of one store, by the data sets that are hidden.
pub(super) struct VisibleGraphCache {
    max: usize,
    /// Least recently used first.
    entries: Mutex<Vec<Arc<CacheEntry>>>,
}

/// A visible graph in the cache.
struct CacheEntry {
    hidden: HiddenDatasets,
    latest: Mutex<Option<Arc<VisibleGraph>>>,
    /// Held while it is built, so that other readers wait for it and do not build it too.
    build_lock: tokio::sync::Mutex<()>,
}

impl VisibleGraphCache {
    /// A cache for `max` visible graphs.
    pub(super) fn new(max: usize) -> Self {
        Self {
            max,
            entries: Mutex::default(),
        }
    }

    /// The visible graph of a whole graph, or of a newer one.
    pub(super) async fn get(
        &self,
        whole: Arc<GraphSnapshot>,
        hidden: HiddenDatasets,
    ) -> StoreResult<Arc<VisibleGraph>> {
        let entry = self.entry(hidden);
        if let Some(visible) = entry.get_if_current(&whole) {
            return Ok(visible);
        }
        let _building = entry.build_lock.lock().await;
        if let Some(visible) = entry.get_if_current(&whole) {
            return Ok(visible);
        }
        let (latest, hidden) = (entry.latest.lock().clone(), entry.hidden.clone());
        let made = match latest {
            Some(latest) => latest.updated_to(whole),
            None => VisibleGraph::new(whole, hidden),
        };
        let made = Arc::new(made.map_err(|error| StoreError::Internal(error.to_string()))?);
        *entry.latest.lock() = Some(made.clone());
        Ok(made)
    }

    /// The entry for some hidden data sets. Evicts the least recently used entry if there are too many.
    fn entry(&self, hidden: HiddenDatasets) -> Arc<CacheEntry> {
        let mut all = self.entries.lock();
        let known = all.iter().position(|entry| entry.hidden == hidden);
        let entry = known.map_or_else(|| Arc::new(CacheEntry::new(hidden)), |at| all.remove(at));
        if self.max > 0 {
            if all.len() >= self.max {
                all.remove(0);
            }
            all.push(entry.clone());
        }
        entry
    }

    /// Evicts the visible graphs that were not read for long, after a commit.
    pub(super) fn evict_stale(&self, now: &GraphSnapshot) {
        let is_old =
            |visible: &Arc<VisibleGraph>| visible.whole.revision.0 + REVISIONS_BEHIND_MAX < now.revision.0;
        self.entries
            .lock()
            .retain(|entry| !entry.latest.lock().as_ref().is_some_and(is_old));
    }
}

impl CacheEntry {
    fn new(hidden: HiddenDatasets) -> Self {
        Self {
            hidden,
            latest: Mutex::default(),
            build_lock: tokio::sync::Mutex::default(),
        }
    }

    /// The latest visible graph, if it is of this whole graph or of a newer one.
    fn get_if_current(&self, whole: &Arc<GraphSnapshot>) -> Option<Arc<VisibleGraph>> {
        let latest = self.latest.lock().clone();
        latest.filter(|latest| Arc::ptr_eq(&latest.whole, whole) || latest.whole.revision > whole.revision)
    }
}
