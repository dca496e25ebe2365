//! A circuit: while Neo4j is away, callers are told at once, and those that wait for it are let go.
//!
//! Whether it is away is found out by asking it, and never guessed from what became of one caller: a question that takes long,
//! or a connection that broke, only makes it suspect. Then one task asks the smallest question there is, on a connection of
//! its own, until it is answered. No caller is ever sent ahead to try.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use neo4rs::{Graph, query};
use tokio::sync::watch;

use super::error::{Meaning, code_of, meaning};

/// How long to wait between two questions to a server that is away: each time twice as long, up to the second.
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(1);
/// The same where it does not accept the password: it locks out who tries that often.
const PAUSE_REFUSED: Duration = Duration::from_secs(30);

/// Whether the server is worth asking.
pub(super) struct Circuit {
    /// With one connection, which no caller can take: a pool in full use is no server that is away.
    graph: Graph,
    /// How long the smallest question may take.
    answer_max: Duration,
    open: watch::Sender<bool>,
    watched: AtomicBool,
}

impl Circuit {
    /// A circuit that is closed.
    pub(super) fn new(graph: Graph, answer_max: Duration) -> Arc<Self> {
        Arc::new(Self {
            graph,
            answer_max,
            open: watch::Sender::new(false),
            watched: AtomicBool::new(false),
        })
    }

    /// Whether the server is known to be away.
    pub(super) fn is_open(&self) -> bool {
        *self.open.borrow()
    }

    /// Waits until the server is known to be away.
    pub(super) async fn opened(&self) {
        let mut open = self.open.subscribe();
        // Fails only where the sender is gone, and that is in here.
        let _ = open.wait_for(|open| *open).await;
    }

    /// Finds out whether the server is away, and, if it is, when it is back. Returns at once.
    pub(super) fn suspect(self: &Arc<Self>) {
        if self.watched.swap(true, Ordering::AcqRel) {
            return;
        }
        let circuit = Arc::downgrade(self);
        tokio::spawn(async move {
            let (begun, mut pause) = (Instant::now(), PAUSE_MIN);
            // Held only while it asks: a store that is dropped meanwhile is not kept for this.
            while let Some(circuit) = circuit.upgrade() {
                let mut asked = circuit.ask().await;
                if asked == Err(Away::Silent) && !circuit.is_open() {
                    // Once may be a collector of garbage, or a machine with too much to do: what is under way goes on.
                    asked = circuit.ask().await;
                }
                let Err(away) = asked else {
                    return circuit.close(begun);
                };
                circuit.open(away);
                drop(circuit);
                tokio::time::sleep(if away == Away::Refused {
                    PAUSE_REFUSED
                } else {
                    pause
                })
                .await;
                pause = (pause * 2).min(PAUSE_MAX);
            }
        });
    }

    async fn ask(&self) -> Result<(), Away> {
        let answered = async {
            let mut rows = self.graph.execute_read(query("RETURN 1")).await?;
            while rows.next().await?.is_some() {}
            Ok::<(), neo4rs::Error>(())
        };
        match tokio::time::timeout(self.answer_max, answered).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => match meaning(&error) {
                Meaning::Away => Err(Away::NoConnection(code_of(&error))),
                Meaning::Credentials => Err(Away::Refused),
                // It is there, and says what it cannot do now.
                Meaning::Passing | Meaning::Memory | Meaning::Slow | Meaning::Fault => Ok(()),
            },
            Err(_) => Err(Away::Silent),
        }
    }

    fn open(&self, away: Away) {
        if !self.open.send_replace(true) {
            tracing::warn!("Neo4j is away ({away}): requests are refused until it answers");
        }
    }

    fn close(&self, begun: Instant) {
        if self.open.send_replace(false) {
            let ms = begun.elapsed().as_millis();
            tracing::info!("Neo4j answers again, after {ms} ms");
        }
        self.watched.store(false, Ordering::Release);
    }
}

/// Why a server is taken to be away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Away {
    NoConnection(&'static str),
    Silent,
    Refused,
}

impl std::fmt::Display for Away {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoConnection(why) => f.write_str(why),
            Self::Silent => f.write_str("it is connected and does not answer"),
            Self::Refused => f.write_str("it does not accept the user and password any more"),
        }
    }
}
