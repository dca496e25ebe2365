//! News: that the graph moved on, whichever process wrote. Neo4j tells nobody, so one task of this process asks for the revision,
//! and only while someone listens; what this process writes itself is told at once.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::watch;
use tokio::time::MissedTickBehavior;

use super::client::Client;
use crate::model::change::Revision;

/// Tells whoever listens.
pub(super) struct News {
    told: watch::Sender<Revision>,
    /// Whether a task asks. Held while that is decided, so that no listener comes in between and is left alone.
    asking: Mutex<bool>,
}

impl News {
    pub(super) fn new() -> Self {
        Self {
            told: watch::Sender::new(Revision::default()),
            asking: Mutex::new(false),
        }
    }

    /// Where the graph is now.
    pub(super) fn tell(&self, revision: Revision) {
        self.told.send_if_modified(|last| {
            let moved = *last != revision;
            *last = revision;
            moved
        });
    }

    /// Listens, and sees to it that there is something to hear.
    pub(super) fn listen(self: &Arc<Self>, client: &Arc<Client>) -> watch::Receiver<Revision> {
        let mut asking = self.asking.lock();
        let listener = self.told.subscribe();
        if !std::mem::replace(&mut *asking, true) {
            tokio::spawn(self.clone().ask(client.clone()));
        }
        listener
    }

    async fn ask(self: Arc<Self>, client: Arc<Client>) {
        let mut turns = tokio::time::interval(Duration::from_millis(client.options.limits.poll_ms.max(1)));
        turns.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            turns.tick().await;
            if self.nobody_listens() {
                return;
            }
            // A server that is away is asked again at the next turn; who listens notices nothing until it is back.
            if let Ok(Some(standing)) = client.standing().await {
                self.tell(standing.revision);
            }
        }
    }

    /// Whether the task may end.
    fn nobody_listens(&self) -> bool {
        let mut asking = self.asking.lock();
        *asking = self.told.receiver_count() > 0;
        !*asking
    }
}
