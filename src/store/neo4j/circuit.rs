//! A circuit: while Neo4j is away, callers are told at once, and one in a while tries whether it is back.

use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Failures in a row that open the circuit.
const FAILURES_MAX: u32 = 3;
/// How long it stays open before one caller may try.
const OPEN_FOR: Duration = Duration::from_millis(500);

#[derive(Debug, Default)]
struct State {
    failures: u32,
    opened: Option<Instant>,
}

/// Whether the server is worth asking.
#[derive(Debug, Default)]
pub(super) struct Circuit(Mutex<State>);

impl Circuit {
    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // Nothing in here can panic, and a count is right whoever held the lock.
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Whether a caller may ask now. Where it is open, one may after a while, and the others wait for what it finds.
    pub(super) fn lets_through(&self) -> bool {
        let mut state = self.state();
        match state.opened {
            None => true,
            Some(opened) if opened.elapsed() < OPEN_FOR => false,
            Some(_) => {
                state.opened = Some(Instant::now());
                true
            }
        }
    }

    /// The server answered, whatever it said.
    pub(super) fn answered(&self) {
        let mut state = self.state();
        if state.opened.is_some() {
            tracing::info!("Neo4j answers again");
        }
        *state = State::default();
    }

    /// The server did not answer.
    pub(super) fn failed(&self) {
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        if state.failures >= FAILURES_MAX && state.opened.is_none() {
            tracing::warn!("Neo4j does not answer: requests are refused until it does");
        }
        if state.failures >= FAILURES_MAX {
            state.opened = Some(Instant::now());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_opens_after_failures_in_a_row_and_closes_with_an_answer() {
        let circuit = Circuit::default();
        circuit.failed();
        circuit.failed();
        assert!(circuit.lets_through());
        circuit.failed();
        assert!(!circuit.lets_through());
        std::thread::sleep(OPEN_FOR + Duration::from_millis(20));
        assert!(circuit.lets_through(), "one may try");
        assert!(!circuit.lets_through(), "and only one");
        circuit.answered();
        assert!(circuit.lets_through());
    }
}
