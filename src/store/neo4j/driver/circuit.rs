//! A circuit breaker: while Neo4j is away, callers get an error at once, and those that wait for it stop waiting.
//!
//! Whether it is away is found out by asking it, and not inferred from one caller's error: a query that takes long, or a connection
//! that broke, only raises suspicion. Then one task sends the smallest query there is, on a connection of its own, until it is
//! answered. No caller is used as a probe.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use super::connection::{config, direct};
use super::error::{ErrorClass, class_of, is_expired, reason_without_address};
use super::options::{Neo4jOptions, Neo4jPassword};
use neo4rs::{Error, Graph, query};
use parking_lot::Mutex;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::watch;

/// The wait between two probes of a server that is away: each time twice as long, from the first to the second.
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(1);
/// The wait after a refused password: each time twice as long. Another password is tried as soon as it is there.
const REFUSED_MIN: Duration = Duration::from_secs(30);
const REFUSED_MAX: Duration = Duration::from_mins(10);

/// The state of the server: whether it is known to be away.
pub(in crate::store) struct Circuit {
    options: Neo4jOptions,
    place: String,
    /// The password as it was last read.
    password: Mutex<SecretString>,
    /// Number of changes of the password: pools built with an earlier one are rebuilt.
    changes: AtomicU64,
    /// A pool of one connection, which no caller can take: a full pool does not mean that the server is away.
    graph: Mutex<Option<Graph>>,
    /// How long a probe may take.
    answer_max: Duration,
    open: watch::Sender<bool>,
    watched: AtomicBool,
}

impl Circuit {
    /// A closed circuit: the server is taken to be there.
    pub(in crate::store) fn new(options: &Neo4jOptions, password: SecretString) -> Arc<Self> {
        Arc::new(Self {
            place: options.place(),
            answer_max: Duration::from_millis(options.limits.connect_ms_max),
            options: options.clone(),
            password: Mutex::new(password),
            changes: AtomicU64::new(0),
            graph: Mutex::default(),
            open: watch::Sender::new(false),
            watched: AtomicBool::new(false),
        })
    }

    /// The password, and the number of its changes so far.
    pub(in crate::store) fn password(&self) -> (SecretString, u64) {
        let password = self.password.lock();
        (password.clone(), self.changes.load(Ordering::Acquire))
    }

    /// Number of changes of the password.
    pub(in crate::store) fn changes(&self) -> u64 {
        self.changes.load(Ordering::Acquire)
    }

    /// Whether the server is known to be away.
    pub(in crate::store) fn is_open(&self) -> bool {
        *self.open.borrow()
    }

    /// Waits until the server is known to be away.
    pub(in crate::store) async fn opened(&self) {
        let mut open = self.open.subscribe();
        // Fails only where the sender is gone, and that is in here.
        let _ = open.wait_for(|open| *open).await;
    }

    /// Signs in on a new connection, and once more if the password was refused and has changed since. If it is refused again, the
    /// circuit opens.
    pub(in crate::store) async fn sign_in(self: &Arc<Self>) {
        for _ in 0..2 {
            match self.ask(true).await {
                Err(Outage::Refused(_)) if self.has_other_password() => {}
                Err(outage @ Outage::Refused(_)) => {
                    self.open(outage);
                    self.watch(Some(outage));
                    return;
                }
                // Whoever asks next finds out.
                Ok(()) | Err(_) => return,
            }
        }
        self.suspect();
    }

    /// Starts to find out whether the server is away, and, if it is, when it is back. Returns at once.
    pub(in crate::store) fn suspect(self: &Arc<Self>) {
        self.watch(None);
    }

    fn watch(self: &Arc<Self>, known: Option<Outage>) {
        if self.watched.swap(true, Ordering::AcqRel) {
            return;
        }
        let weak = Arc::downgrade(self);
        tokio::spawn(async move {
            let begun = Instant::now();
            let (mut pause, mut refused) = (PAUSE_MIN, REFUSED_MIN);
            let mut known = known;
            // Held only while it asks: a store that is dropped meanwhile is not kept for this.
            while let Some(circuit) = weak.upgrade() {
                let mut asked = match known.take() {
                    Some(outage) => Err(outage),
                    None => circuit.ask(circuit.is_open()).await,
                };
                if asked == Err(Outage::Silent) && !circuit.is_open() {
                    // Once may be a collector of garbage, or a machine with too much to do: what is under way goes on.
                    asked = circuit.ask(false).await;
                }
                let Err(outage) = asked else {
                    return circuit.close(begun);
                };
                circuit.open(outage);
                let is_refused = matches!(outage, Outage::Refused(_));
                drop(circuit);
                if is_refused {
                    Self::wait_for_password(&weak, refused).await;
                    refused = (refused * 2).min(REFUSED_MAX);
                } else {
                    tokio::time::sleep(pause).await;
                    pause = (pause * 2).min(PAUSE_MAX);
                }
            }
        });
    }

    /// Waits, at most `longest`, for another password: one that was refused is not tried again soon.
    async fn wait_for_password(circuit: &Weak<Self>, longest: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < longest {
            tokio::time::sleep(PAUSE_MAX).await;
            if circuit
                .upgrade()
                .is_none_or(|circuit| circuit.has_other_password())
            {
                return;
            }
        }
    }

    /// Reads the password again. Returns whether it changed.
    fn has_other_password(&self) -> bool {
        let read = match self.options.password.read() {
            Ok(read) => read,
            Err(error) => {
                tracing::debug!(%error, "the password file cannot be read");
                return false;
            }
        };
        let mut password = self.password.lock();
        let is_other = read.expose_secret() != password.expose_secret();
        if is_other {
            *password = read;
            self.changes.fetch_add(1, Ordering::AcqRel);
        }
        is_other
    }

    /// Sends a probe: on a new connection, or on the one that there is.
    async fn ask(&self, anew: bool) -> Result<(), Outage> {
        let kept = if anew { None } else { self.graph.lock().clone() };
        let (password, _) = self.password();
        let graph = match kept.map_or_else(|| direct(&self.options, &password), Ok) {
            Ok(graph) => graph,
            Err(error) => return Err(Outage::NoConnection(reason_without_address(&error))),
        };
        let mut asked = self.ask_on(&graph).await;
        if matches!(asked, Err(Outage::NoConnection(_))) && self.options.uri.starts_with("neo4j") {
            // The server that was named may be gone, and others of its cluster be there.
            let routed = config(&self.options, &password, &self.options.uri, 1).and_then(Graph::connect);
            if let Ok(routed) = routed
                && self.ask_on(&routed).await.is_ok()
            {
                asked = Ok(());
            }
        }
        *self.graph.lock() = asked.is_ok().then_some(graph);
        asked
    }

    async fn ask_on(&self, graph: &Graph) -> Result<(), Outage> {
        let answered = async {
            let mut rows = graph.execute_read(query("RETURN 1")).await?;
            while rows.next().await?.is_some() {}
            Ok::<(), Error>(())
        };
        match tokio::time::timeout(self.answer_max, Box::pin(answered)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => match class_of(&error) {
                ErrorClass::Unavailable => Err(Outage::NoConnection(reason_without_address(&error))),
                ErrorClass::Credentials if is_expired(&error) => Err(Outage::Refused(
                    "the password has expired: change it in Neo4j (ALTER CURRENT USER SET PASSWORD …)",
                )),
                ErrorClass::Credentials => Err(Outage::Refused(
                    "it does not accept the user and password any more",
                )),
                // It is there, and says what it cannot do now.
                ErrorClass::Transient
                | ErrorClass::ReadOnly
                | ErrorClass::DiskFull
                | ErrorClass::OutOfMemory
                | ErrorClass::Timeout
                | ErrorClass::Internal => Ok(()),
            },
            Err(_) => Err(Outage::Silent),
        }
    }

    fn open(&self, outage: Outage) {
        if self.open.send_replace(true) {
            return;
        }
        let place = &self.place;
        match (outage, &self.options.password) {
            (Outage::Refused(why), Neo4jPassword::File(file)) => tracing::warn!(
                "Neo4j at {place} is away ({why}): requests are refused until {} holds a password that it accepts",
                file.display()
            ),
            (Outage::Refused(why), Neo4jPassword::Given(_)) => tracing::warn!(
                "Neo4j at {place} is away ({why}): requests are refused until it does; start Hukun with the new password. \
                 --store-password-file needs no new start"
            ),
            _ => tracing::warn!("Neo4j at {place} is away ({outage}): requests are refused until it answers"),
        }
    }

    fn close(&self, begun: Instant) {
        if self.open.send_replace(false) {
            let ms = begun.elapsed().as_millis();
            tracing::info!("Neo4j at {} answers again, after {ms} ms", self.place);
        }
        self.watched.store(false, Ordering::Release);
    }
}

/// Why the server is taken to be away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outage {
    NoConnection(&'static str),
    Silent,
    Refused(&'static str),
}

impl std::fmt::Display for Outage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoConnection(why) | Self::Refused(why) => f.write_str(why),
            Self::Silent => f.write_str("it is connected and does not answer"),
        }
    }
}
