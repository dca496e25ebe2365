//! The views that were read lately. Each is made when it is first asked for, and brought up to date when it is asked for again.

use std::sync::Arc;

use parking_lot::Mutex;

use super::graph::Graph;
use super::veil::Veiled;
use crate::store::view::Hidden;
use crate::store::{Answer, StoreError};

/// A view that nobody read for so many revisions is let go: it holds the graph from which it was made, and that the statements
/// which only that one points to.
const REVISIONS_BEHIND_MAX: u64 = 64;

/// The views of one store that are kept.
pub(super) struct Views {
    max: usize,
    /// The one read last comes last.
    kept: Mutex<Vec<Arc<Kept>>>,
}

/// A view, as it was last.
struct Kept {
    hidden: Hidden,
    latest: Mutex<Option<Arc<Veiled>>>,
    /// Whoever makes it holds this, so that those who ask meanwhile wait and do not make it too.
    making: tokio::sync::Mutex<()>,
}

impl Views {
    /// Keeps so many views.
    pub(super) fn new(max: usize) -> Self {
        Self {
            max,
            kept: Mutex::default(),
        }
    }

    /// What a graph is without what some data sets have, or what a newer one is.
    pub(super) async fn of(&self, whole: Arc<Graph>, hidden: Hidden) -> Answer<Arc<Veiled>> {
        let kept = self.place(hidden);
        if let Some(veiled) = kept.as_of(&whole) {
            return Ok(veiled);
        }
        let _making = kept.making.lock().await;
        if let Some(veiled) = kept.as_of(&whole) {
            return Ok(veiled);
        }
        let (latest, hidden) = (kept.latest.lock().clone(), kept.hidden.clone());
        let made = match latest {
            Some(latest) => latest.followed(whole),
            None => Veiled::new(whole, hidden),
        };
        let made = Arc::new(made.map_err(|misfit| StoreError::Fault(misfit.to_string()))?);
        *kept.latest.lock() = Some(made.clone());
        Ok(made)
    }

    /// The place of a view among those kept. The one that was longest not read makes room.
    fn place(&self, hidden: Hidden) -> Arc<Kept> {
        let mut all = self.kept.lock();
        let known = all.iter().position(|kept| kept.hidden == hidden);
        let kept = known.map_or_else(|| Arc::new(Kept::new(hidden)), |at| all.remove(at));
        if self.max > 0 {
            if all.len() >= self.max {
                all.remove(0);
            }
            all.push(kept.clone());
        }
        kept
    }

    /// Lets go the views that nobody has read for long, now that the graph is another.
    pub(super) fn let_go(&self, now: &Graph) {
        let is_old = |veiled: &Arc<Veiled>| veiled.whole.revision.0 + REVISIONS_BEHIND_MAX < now.revision.0;
        self.kept
            .lock()
            .retain(|kept| !kept.latest.lock().as_ref().is_some_and(is_old));
    }
}

impl Kept {
    fn new(hidden: Hidden) -> Self {
        Self {
            hidden,
            latest: Mutex::default(),
            making: tokio::sync::Mutex::default(),
        }
    }

    /// The view of a graph, where it is that, or of a newer one.
    fn as_of(&self, whole: &Arc<Graph>) -> Option<Arc<Veiled>> {
        let latest = self.latest.lock().clone();
        latest.filter(|latest| Arc::ptr_eq(&latest.whole, whole) || latest.whole.revision > whole.revision)
    }
}
