//! What the driver says, in the words of the store. Its own text goes to the log alone: it names addresses and Cypher.

use neo4rs::Error;

use crate::store::StoreError;

/// What an error means for whoever asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The server is not there, or is not ready.
    Away,
    /// It gave up on this one for a reason that passes: a deadlock, a leader that changed.
    Passing,
    /// It needs more memory than the server gives a transaction: again it would need as much.
    Memory,
    /// It took longer than it may.
    Slow,
    /// The user or password is not accepted, or the user may not do this.
    Credentials,
    /// Anything else: a fault of this program or of the database.
    Fault,
}

const TIMED_OUT: [&str; 3] = [
    "Neo.ClientError.Transaction.TransactionTimedOut",
    "Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration",
    "Neo.ClientError.Transaction.LockAcquisitionTimeout",
];
const OUT_OF_MEMORY: [&str; 4] = [
    "Neo.TransientError.General.MemoryPoolOutOfMemoryError",
    "Neo.TransientError.General.OutOfMemoryError",
    "Neo.TransientError.General.TransactionMemoryLimit",
    "Neo.ClientError.General.TransactionOutOfMemoryError",
];
const NOT_READY: [&str; 3] = [
    "Neo.TransientError.General.DatabaseUnavailable",
    "Neo.ClientError.Database.DatabaseNotFound",
    "Neo.DatabaseError.Database.UnableToStartDatabase",
];
/// Those that are not called transient and pass all the same: nothing of the transaction stands, and the next may be let in.
const PASSING: [&str; 9] = [
    "Neo.ClientError.Cluster.NotALeader",
    "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase",
    "Neo.ClientError.General.WriteOnReadOnlyAccessDatabase",
    "Neo.ClientError.Security.AuthorizationExpired",
    "Neo.ClientError.Transaction.InvalidBookmark",
    "Neo.ClientError.Transaction.InvalidBookmarkMixture",
    // What the driver makes of two transient ones, with which a server that stops ends its transactions.
    "Neo.ClientError.Transaction.LockClientStopped",
    "Neo.ClientError.Transaction.Terminated",
    "Neo.ClientError.Transaction.TransactionMarkedAsFailed",
];

/// The table of the server's codes.
fn meaning_of(code: &str) -> Meaning {
    if TIMED_OUT.contains(&code) {
        Meaning::Slow
    } else if OUT_OF_MEMORY.contains(&code) {
        Meaning::Memory
    } else if NOT_READY.contains(&code) {
        Meaning::Away
    } else if PASSING.contains(&code) || code.starts_with("Neo.TransientError.") {
        Meaning::Passing
    } else if code.starts_with("Neo.ClientError.Security.") {
        Meaning::Credentials
    } else {
        Meaning::Fault
    }
}

/// The table of the driver's errors.
pub(super) fn meaning(error: &Error) -> Meaning {
    match error {
        Error::Neo4j(error) => meaning_of(error.code()),
        // The driver calls so whatever a server says to a greeting, and keeps the words alone.
        Error::AuthenticationError(words) => {
            let words = words.to_lowercase();
            let refused = ["unauthorized", "authentication", "credentials", "password"];
            if refused.iter().any(|word| words.contains(word)) {
                Meaning::Credentials
            } else {
                Meaning::Away
            }
        }
        // No TLS where it is asked for, or a certificate that is not trusted.
        Error::IOError { detail } if detail.kind() == std::io::ErrorKind::InvalidData => Meaning::Fault,
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

/// What can be told of a lost connection without an address in it.
pub(super) fn code_of(error: &Error) -> &'static str {
    match error {
        Error::IOError { detail } if detail.kind() == std::io::ErrorKind::ConnectionRefused => {
            "it refuses the connection"
        }
        Error::Neo4j(_) => "its database is not up",
        Error::ServerUnavailableError(_) => "no server of it can be reached",
        _ => "the connection broke",
    }
}

/// Why something did not come to pass.
#[derive(Debug)]
pub(super) enum Failed {
    /// The driver said so.
    Driver(Error),
    /// It took too long.
    Late,
    /// The server is known to be away.
    Away,
    /// All connections were in use for too long.
    Busy,
}

impl Failed {
    /// The store's word for it; `after_ms` is how long was waited.
    pub(super) fn told(&self, after_ms: u64) -> StoreError {
        match self {
            Self::Driver(error) => told(error, after_ms),
            Self::Late => StoreError::Timeout { after_ms },
            Self::Away => StoreError::Unavailable,
            Self::Busy => StoreError::Busy,
        }
    }
}

fn told(error: &Error, after_ms: u64) -> StoreError {
    match meaning(error) {
        Meaning::Away | Meaning::Passing => {
            tracing::debug!(%error, "Neo4j did not do what was asked");
            StoreError::Unavailable
        }
        Meaning::Credentials => {
            tracing::warn!(%error, "Neo4j does not let this user do what was asked");
            StoreError::Unavailable
        }
        Meaning::Memory => {
            tracing::warn!(%error, "Neo4j has too little memory for what was asked");
            StoreError::TooLarge
        }
        Meaning::Slow => StoreError::Timeout { after_ms },
        Meaning::Fault => {
            tracing::error!(%error, "Neo4j did not do what was asked");
            let code = if let Error::Neo4j(error) = error {
                error.code()
            } else {
                "the driver"
            };
            StoreError::Fault(format!(
                "Neo4j did not do what was asked ({code}); the log has its words"
            ))
        }
    }
}

/// What came back is not what the statement returns.
pub(super) fn unreadable(error: &neo4rs::DeError) -> StoreError {
    StoreError::Damaged(format!("a row of Neo4j is not readable: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_that_a_server_may_say_has_a_meaning() {
        let meant = [
            (Meaning::Away, &NOT_READY[..]),
            (Meaning::Slow, &TIMED_OUT[..]),
            (Meaning::Passing, &PASSING[..]),
            (
                Meaning::Passing,
                &[
                    "Neo.TransientError.Transaction.DeadlockDetected",
                    "Neo.TransientError.Transaction.BookmarkTimeout",
                    "Neo.TransientError.Transaction.LeaseExpired",
                    "Neo.TransientError.Transaction.MaximumTransactionLimitReached",
                    "Neo.TransientError.Request.NoThreadsAvailable",
                    "Neo.TransientError.Cluster.ReplicationFailure",
                ],
            ),
            (
                Meaning::Credentials,
                &[
                    "Neo.ClientError.Security.Unauthorized",
                    "Neo.ClientError.Security.AuthenticationRateLimit",
                    "Neo.ClientError.Security.CredentialsExpired",
                    "Neo.ClientError.Security.TokenExpired",
                    "Neo.ClientError.Security.Forbidden",
                ],
            ),
            (
                Meaning::Memory,
                &[
                    "Neo.TransientError.General.MemoryPoolOutOfMemoryError",
                    "Neo.ClientError.General.TransactionOutOfMemoryError",
                ],
            ),
            (
                Meaning::Fault,
                &[
                    "Neo.ClientError.Statement.SyntaxError",
                    "Neo.ClientError.Schema.ConstraintValidationFailed",
                    "Neo.ClientError.Request.Invalid",
                    "Neo.DatabaseError.General.UnknownError",
                    "",
                ],
            ),
        ];
        for (meaning, codes) in meant {
            for code in codes {
                assert_eq!(meaning_of(code), meaning, "{code}");
            }
        }
    }

    #[test]
    fn only_a_refusal_of_the_user_is_one_of_the_credentials() {
        let said = |words: &str| meaning(&Error::AuthenticationError(words.into()));
        assert_eq!(
            said("The client is unauthorized due to authentication failure."),
            Meaning::Credentials
        );
        let often = "The client has provided incorrect authentication details too many times in a row.";
        assert_eq!(said(often), Meaning::Credentials);
        assert_eq!(said("The server is shutting down."), Meaning::Away);
    }

    #[test]
    fn what_is_told_names_no_address_and_no_cypher() {
        let error = Error::UnsupportedScheme("10.0.0.7:7687 MATCH (n)".into());
        let told = Failed::Driver(error).told(5).to_string();
        assert!(!told.contains("10.0.0.7") && !told.contains("MATCH"), "{told}");
    }
}
