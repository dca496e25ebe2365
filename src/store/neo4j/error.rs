//! What the driver says, in the words of the store. Its own text goes to the log alone: it names addresses and Cypher.

use neo4rs::{Error, Neo4jErrorKind};

use crate::store::StoreError;

/// What an error means for whoever asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The server is not there, or is not ready: counts towards the circuit.
    Away,
    /// It gave up on this one for a reason that passes: a deadlock, a leader that changed, memory that was short.
    Passing,
    /// It took longer than it may.
    Slow,
    /// The user or password is not accepted.
    Credentials,
    /// Anything else: a fault of this program or of the database.
    Fault,
}

const TIMED_OUT: [&str; 3] = [
    "Neo.ClientError.Transaction.TransactionTimedOut",
    "Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration",
    "Neo.ClientError.Transaction.LockAcquisitionTimeout",
];
const NOT_READY: [&str; 3] = [
    "Neo.TransientError.General.DatabaseUnavailable",
    "Neo.ClientError.Database.DatabaseNotFound",
    "Neo.DatabaseError.Database.UnableToStartDatabase",
];
const CREDENTIALS: [&str; 2] = [
    "Neo.ClientError.Security.Unauthorized",
    "Neo.ClientError.Security.AuthenticationRateLimit",
];

/// The table of the driver's errors.
pub(super) fn meaning(error: &Error) -> Meaning {
    match error {
        Error::Neo4j(error) => {
            let code = error.code();
            if TIMED_OUT.contains(&code) {
                Meaning::Slow
            } else if NOT_READY.contains(&code) {
                Meaning::Away
            } else if CREDENTIALS.contains(&code) {
                Meaning::Credentials
            } else if error.kind() == Neo4jErrorKind::Transient || code.starts_with("Neo.ClientError.Cluster.") {
                Meaning::Passing
            } else {
                Meaning::Fault
            }
        }
        Error::AuthenticationError(_) => Meaning::Credentials,
        Error::IOError { .. }
        | Error::ConnectionError
        | Error::ConnectionClosed(_)
        | Error::ConnectionTimedOut
        | Error::IncompleteBoltExchange
        | Error::ServerUnavailableError(_)
        | Error::RoutingTableRefreshFailed(_)
        | Error::RoutingTableError(_)
        | Error::RequestIgnoredError
        | Error::Ignored(_) => Meaning::Away,
        // After a failed statement the server ignores the rest of its transaction.
        Error::UnexpectedMessage(_) => Meaning::Passing,
        _ => Meaning::Fault,
    }
}

/// The store's word for an error; `after_ms` is how long was waited.
pub(super) fn told(error: &Error, after_ms: u64) -> StoreError {
    match meaning(error) {
        Meaning::Away | Meaning::Passing | Meaning::Credentials => {
            tracing::warn!(%error, "Neo4j did not do what was asked");
            StoreError::Unavailable
        }
        Meaning::Slow => StoreError::Timeout { after_ms },
        Meaning::Fault => StoreError::Fault(error.to_string()),
    }
}

/// What came back is not what the statement returns.
pub(super) fn unreadable(error: &neo4rs::DeError) -> StoreError {
    StoreError::Damaged(format!("a row of Neo4j is not readable: {error}"))
}
