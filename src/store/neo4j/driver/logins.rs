//! Signing in: one connection at a time, and never again and again with a password that was refused.
//!
//! Neo4j locks a user out after three failed logins, and the operator with it. The driver opens connections by itself, as many at once as
//! there are callers, and with routing it does not tell why one failed. So a caller that may need a new connection signs in first on
//! one of its own, while no other caller does; if that is refused, the circuit opens and nobody else tries.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use tokio::sync::OwnedSemaphorePermit;

/// How long without an answer before the server may have closed connections.
const QUIET_FOR: Duration = Duration::from_secs(30);

/// What is known of the connections of the pool.
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

    /// Notes that its connection is good.
    pub(in crate::store) fn keep(&mut self) {
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
            // It may have been broken off in the middle, and then the driver closes it.
            state.made = state.made.saturating_sub(1);
        }
        state.in_use -= 1;
    }
}

impl Logins {
    /// Whether the driver may have to make a connection, and the password may have changed since one was made.
    pub(in crate::store) fn is_due(&self) -> bool {
        let state = self.state.lock();
        state.in_use > state.made || state.answered.is_none_or(|at| at.elapsed() > QUIET_FOR)
    }

    /// Notes that all connections are new.
    pub(in crate::store) fn renewed(&self) {
        self.state.lock().made = 0;
    }
}
