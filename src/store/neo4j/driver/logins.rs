//! Signing in: one connection at a time, and not repeatedly with a refused password.
//!
//! Neo4j locks a user out after three failed logins, and the operator too. The driver opens connections by itself, one for each caller
//! at once, and with routing it does not report why one failed. So a caller that may need a new connection first signs in on one of its
//! own, while no other caller does; if that is refused, the circuit opens and no other caller tries.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::OwnedSemaphorePermit;

/// The time without an answer after which the server may have closed connections.
const QUIET_FOR: Duration = Duration::from_secs(30);

/// The logins of the pool's connections.
#[derive(Default)]
pub(in crate::store) struct Logins {
    state: Mutex<PoolState>,
    /// Held by the caller that signs in.
    pub(super) one_at_a_time: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct PoolState {
    /// Callers that have a permit.
    in_use: usize,
    /// Least number of connections that the pool has.
    made: usize,
    /// When one last answered.
    answered: Option<Instant>,
}

/// The right to use one connection.
pub(in crate::store) struct ConnectionPermit {
    logins: Arc<Logins>,
    is_good: bool,
    _permit: OwnedSemaphorePermit,
}

impl ConnectionPermit {
    pub(in crate::store) fn new(logins: &Arc<Logins>, permit: OwnedSemaphorePermit) -> Self {
        logins.state.lock().in_use += 1;
        Self {
            logins: logins.clone(),
            is_good: false,
            _permit: permit,
        }
    }

    /// Marks the connection as good.
    pub(in crate::store) fn mark_good(&mut self) {
        self.is_good = true;
    }
}

impl Drop for ConnectionPermit {
    fn drop(&mut self) {
        let mut state = self.logins.state.lock();
        if self.is_good {
            state.made = state.made.max(state.in_use);
            state.answered = Some(Instant::now());
        } else {
            // The statement may have been cancelled, and then the driver closes the connection.
            state.made = state.made.saturating_sub(1);
        }
        state.in_use -= 1;
    }
}

impl Logins {
    /// Whether the driver may have to open a connection, with a password that may have changed since the last login.
    pub(in crate::store) fn is_due(&self) -> bool {
        let state = self.state.lock();
        state.in_use > state.made || state.answered.is_none_or(|at| at.elapsed() > QUIET_FOR)
    }

    /// Notes that all connections were closed.
    pub(in crate::store) fn reset(&self) {
        self.state.lock().made = 0;
    }
}
