//! The circuit breaker: while Neo4j is unavailable, callers get an error at once, and waiting callers stop waiting.
//!
//! Availability is tested, and not inferred from one caller's error: a slow query or a broken connection only triggers the test. Then
//! one task sends the smallest possible query, on a connection of its own, until it is answered. No caller serves as a probe.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use super::connection::{config, direct};
use super::error::{ErrorClass, Neo4jError, STOPPED_ADVICE, class_of, is_expired, reason_without_address};
use super::options::{Neo4jOptions, Neo4jPassword};
use neo4rs::{Error, Graph, query};
use parking_lot::Mutex;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::watch;

/// The shortest and the longest pause between two probes of an unavailable server; each pause is twice as long as the last.
const PAUSE_MIN: Duration = Duration::from_millis(50);
const PAUSE_MAX: Duration = Duration::from_secs(1);
/// The shortest and the longest pause after a refused password; each is twice as long as the last. A changed password is tried at once.
const REFUSED_MIN: Duration = Duration::from_secs(30);
const REFUSED_MAX: Duration = Duration::from_mins(10);

/// Whether the server is known to be unavailable, and the probe that finds out.
pub(in crate::store) struct CircuitBreaker {
    options: Neo4jOptions,
    place: String,
    /// The password that was read last.
    password: Mutex<SecretString>,
    /// Number of changes of the password: a pool built with an earlier one is rebuilt.
    changes: AtomicU64,
    /// A pool of one connection that no caller can take: a full pool does not mean that the server is unavailable.
    graph: Mutex<Option<Graph>>,
    /// How long a probe may take.
    answer_max: Duration,
    open: watch::Sender<bool>,
    /// The outage that was logged last.
    logged: Mutex<Option<Outage>>,
    watched: AtomicBool,
}

impl CircuitBreaker {
    /// A closed circuit: the server is assumed to be available.
    pub(in crate::store) fn new(options: &Neo4jOptions, password: SecretString) -> Arc<Self> {
        Arc::new(Self {
            place: options.place(),
            answer_max: Duration::from_millis(options.limits.connect_ms_max),
            options: options.clone(),
            password: Mutex::new(password),
            changes: AtomicU64::new(0),
            graph: Mutex::default(),
            open: watch::Sender::new(false),
            logged: Mutex::default(),
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

    /// Whether the server is known to be unavailable.
    pub(in crate::store) fn is_open(&self) -> bool {
        *self.open.borrow()
    }

    /// The error of callers while the server is known to be unavailable. A stopped database is named until the server answers again, thus
    /// also while it restarts.
    pub(in crate::store) fn error(&self) -> Neo4jError {
        match *self.logged.lock() {
            Some(Outage::Stopped) => Neo4jError::Stopped,
            _ => Neo4jError::Unavailable,
        }
    }

    /// Waits until the server is known to be unavailable.
    pub(in crate::store) async fn opened(&self) {
        let mut open = self.open.subscribe();
        // Fails only if the sender is dropped, which is a field of this.
        let _ = open.wait_for(|open| *open).await;
    }

    /// Signs in on a new connection, and once more if the password was refused and has changed since. If it is refused again, the
    /// circuit opens.
    pub(in crate::store) async fn sign_in(self: &Arc<Self>) {
        for _ in 0..2 {
            match self.probe(true).await {
                Err(Outage::Refused(_)) if self.reload_password() => {}
                Err(outage @ Outage::Refused(_)) => {
                    self.open(outage);
                    self.watch(Some(outage));
                    return;
                }
                // The next caller gets the error.
                Ok(()) | Err(_) => return,
            }
        }
        self.suspect();
    }

    /// Starts the task that tests whether the server is available, and waits until it is. Returns at once.
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
            // Upgraded only while it probes, so that the task does not keep a dropped store alive.
            while let Some(circuit) = weak.upgrade() {
                let mut asked = match known.take() {
                    Some(outage) => Err(outage),
                    None => circuit.probe(circuit.is_open()).await,
                };
                if asked == Err(Outage::Silent) && !circuit.is_open() {
                    // One timeout may be a garbage collection or an overloaded machine: requests go on.
                    asked = circuit.probe(false).await;
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

    /// Waits for a changed password, at most `longest`: a refused one is not tried again soon.
    async fn wait_for_password(circuit: &Weak<Self>, longest: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < longest {
            tokio::time::sleep(PAUSE_MAX).await;
            if circuit.upgrade().is_none_or(|circuit| circuit.reload_password()) {
                return;
            }
        }
    }

    /// Reads the password again. Returns whether it changed.
    fn reload_password(&self) -> bool {
        let read = match self.options.password.read() {
            Ok(read) => read,
            Err(error) => {
                tracing::debug!(%error, "the password file cannot be read");
                return false;
            }
        };
        let mut password = self.password.lock();
        let is_changed = read.expose_secret() != password.expose_secret();
        if is_changed {
            *password = read;
            self.changes.fetch_add(1, Ordering::AcqRel);
        }
        is_changed
    }

    /// Sends a probe, on a new connection or on the existing one.
    async fn probe(&self, anew: bool) -> Result<(), Outage> {
        let kept = if anew { None } else { self.graph.lock().clone() };
        let (password, _) = self.password();
        let graph = match kept.map_or_else(|| direct(&self.options, &password), Ok) {
            Ok(graph) => graph,
            Err(error) => return Err(Outage::NoConnection(reason_without_address(&error))),
        };
        let mut asked = self.probe_on(&graph).await;
        if matches!(asked, Err(Outage::NoConnection(_) | Outage::Untrusted(_)))
            && self.options.uri.starts_with("neo4j")
        {
            // The named server may be down while others of its cluster are up.
            let routed = config(&self.options, &password, &self.options.uri, 1).and_then(Graph::connect);
            if let Ok(routed) = routed
                && self.probe_on(&routed).await.is_ok()
            {
                asked = Ok(());
            }
        }
        *self.graph.lock() = asked.is_ok().then_some(graph);
        asked
    }

    async fn probe_on(&self, graph: &Graph) -> Result<(), Outage> {
        let answered = async {
            let mut rows = graph.execute_read(query("RETURN 1")).await?;
            while rows.next().await?.is_some() {}
            Ok::<(), Error>(())
        };
        match tokio::time::timeout(self.answer_max, Box::pin(answered)).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => match class_of(&error) {
                ErrorClass::Unavailable => Err(Outage::NoConnection(reason_without_address(&error))),
                ErrorClass::Stopped => Err(Outage::Stopped),
                ErrorClass::Tls => Err(Outage::Untrusted(reason_without_address(&error))),
                ErrorClass::Credentials if is_expired(&error) => Err(Outage::Refused(
                    "the password has expired: change it in Neo4j (ALTER CURRENT USER SET PASSWORD …)",
                )),
                ErrorClass::Credentials => Err(Outage::Refused("it no longer accepts the user and password")),
                // It is available, and reports another problem.
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
        // Locked first: a caller that is woken asks for it.
        let mut logged = self.logged.lock();
        let was_open = self.open.send_replace(true);
        // A server that was away and comes back with another certificate or password needs its operator.
        if was_open && (!outage.needs_operator() || *logged == Some(outage)) {
            return;
        }
        *logged = Some(outage);
        let place = &self.place;
        match (outage, &self.options.password) {
            (Outage::Refused(why), Neo4jPassword::File(file)) => tracing::warn!(
                "Neo4j at {place} is unavailable ({why}): requests are rejected until {} contains a password that it accepts",
                file.display()
            ),
            (Outage::Refused(why), Neo4jPassword::Given(_)) => tracing::warn!(
                "Neo4j at {place} is unavailable ({why}): requests are rejected; restart Hukun with the new password. \
                 With --store-password-file no restart is needed"
            ),
            _ => tracing::warn!(
                "Neo4j at {place} is unavailable ({outage}): requests are rejected until it answers"
            ),
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

/// Why the server is unavailable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outage {
    NoConnection(&'static str),
    Silent,
    Refused(&'static str),
    Untrusted(&'static str),
    Stopped,
}

impl Outage {
    /// Whether it lasts until an operator changes something.
    fn needs_operator(self) -> bool {
        matches!(self, Self::Refused(_) | Self::Untrusted(_) | Self::Stopped)
    }
}

impl std::fmt::Display for Outage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::NoConnection(why) | Self::Refused(why) | Self::Untrusted(why) => f.write_str(why),
            Self::Stopped => f.write_str(STOPPED_ADVICE),
            Self::Silent => f.write_str("it accepts the connection but does not answer"),
        }
    }
}
