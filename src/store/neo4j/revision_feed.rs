//! Notifies subscribers of new revisions of the graph, whichever process wrote them.
//!
//! Neo4j does not notify its clients. So one task of this process polls the revision while there are subscribers; a commit of this
//! process is announced at once.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use super::driver::client::Client;
use crate::model::change::Revision;

/// Announces revisions to subscribers.
pub(super) struct RevisionFeed {
    newest: watch::Sender<Revision>,
    /// Whether a task polls. Locked while that is decided, so that no subscriber is left without a task.
    is_polling: Mutex<bool>,
}

impl RevisionFeed {
    /// A feed without subscribers.
    pub(super) fn new() -> Self {
        Self {
            newest: watch::Sender::new(Revision::default()),
            is_polling: Mutex::new(false),
        }
    }

    /// Announces the revision of the graph.
    pub(super) fn announce(&self, revision: Revision) {
        self.newest.send_if_modified(|newest| {
            let is_new = *newest != revision;
            *newest = revision;
            is_new
        });
    }

    /// Subscribes, and starts the polling task if there is none.
    pub(super) fn subscribe(self: &Arc<Self>, client: &Arc<Client>) -> watch::Receiver<Revision> {
        let mut is_polling = self.is_polling.lock();
        let subscriber = self.newest.subscribe();
        if !std::mem::replace(&mut *is_polling, true) {
            tokio::spawn(self.clone().poll(client.clone()));
        }
        subscriber
    }

    async fn poll(self: Arc<Self>, client: Arc<Client>) {
        let mut ticks = tokio::time::interval(Duration::from_millis(client.options().limits.poll_ms.max(1)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if self.ends_polling() {
                return;
            }
            // An unavailable server is polled again at the next tick.
            if let Ok(Some(state)) = client.state().await {
                self.announce(state.revision);
            }
        }
    }

    /// Whether no subscriber is left, so that the task ends.
    fn ends_polling(&self) -> bool {
        let mut is_polling = self.is_polling.lock();
        *is_polling = self.newest.receiver_count() > 0;
        !*is_polling
    }
}
