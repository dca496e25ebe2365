//! Errors of Neo4j and of its driver, classified by what a caller can do, and converted to errors of the store.
//!
//! The message of the driver is only logged: it may contain addresses and Cypher.

use neo4rs::Error;

use super::tls::TlsFailure;
use crate::store::StoreError;

/// What an error of the driver means for its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) enum ErrorClass {
    /// The server does not answer, or is not ready.
    Unavailable,
    /// A transient error of the server: a deadlock, a changed leader.
    Transient,
    /// The database is read-only.
    ReadOnly,
    /// The server's disk is full.
    DiskFull,
    /// The database has stopped after a critical error, such as a full disk, until the server is restarted.
    Stopped,
    /// The transaction needs more memory than the server allows. A retry would need as much.
    OutOfMemory,
    /// A time limit was exceeded.
    Timeout,
    /// The user or password is not accepted, or the user may not do this.
    Credentials,
    /// TLS failed: the server, its certificate or what is trusted here must change.
    Tls,
    /// Any other error, of this program or of the database.
    Internal,
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
const DEADLOCK: &str = "Neo.TransientError.Transaction.DeadlockDetected";
const NOT_READY: [&str; 3] = [
    "Neo.TransientError.General.DatabaseUnavailable",
    "Neo.ClientError.Database.DatabaseNotFound",
    "Neo.DatabaseError.Database.UnableToStartDatabase",
];
/// Codes that are not named transient and are so all the same: the transaction had no effect, and the next one may succeed.
const TRANSIENT: [&str; 8] = [
    // The only procedure called in a transaction names it, and fails if another transaction ends at the same moment.
    "Neo.ClientError.Procedure.ProcedureCallFailed",
    "Neo.ClientError.Cluster.NotALeader",
    "Neo.ClientError.Security.AuthorizationExpired",
    "Neo.ClientError.Transaction.InvalidBookmark",
    "Neo.ClientError.Transaction.InvalidBookmarkMixture",
    // The driver converts to these the two transient codes with which a stopping server ends its transactions.
    "Neo.ClientError.Transaction.LockClientStopped",
    "Neo.ClientError.Transaction.Terminated",
    "Neo.ClientError.Transaction.TransactionMarkedAsFailed",
];

/// Codes of a database that is set read-only; a server that has just lost the lead of its cluster uses them for a moment.
const READ_ONLY: [&str; 2] = [
    "Neo.ClientError.General.ForbiddenOnReadOnlyDatabase",
    "Neo.ClientError.General.WriteOnReadOnlyAccessDatabase",
];
/// The server has no code for a full disk: its message holds the text of the operating system.
const FULL: [&str; 2] = ["No space left on device", "out of disk space"];

/// With the first two the server reports the commit during which its database stopped, with the last one every transaction afterwards.
/// Only its log has the reason.
const STOPPED: [&str; 3] = [
    "Could not append transaction",
    "Could not apply the transaction",
    "encountered a critical error, and needs to be restarted",
];
/// Why a stopped database does not answer, and what the operator can do.
pub(in crate::store) const STOPPED_ADVICE: &str = "its database has stopped after a critical error, such as a full disk: see \
     Neo4j's log, free space if its disk is full, and restart Neo4j";

/// The class of a code of the server.
fn class_of_code(code: &str) -> ErrorClass {
    if TIMED_OUT.contains(&code) {
        ErrorClass::Timeout
    } else if OUT_OF_MEMORY.contains(&code) {
        ErrorClass::OutOfMemory
    } else if NOT_READY.contains(&code) {
        ErrorClass::Unavailable
    } else if READ_ONLY.contains(&code) {
        ErrorClass::ReadOnly
    } else if TRANSIENT.contains(&code) || code.starts_with("Neo.TransientError.") {
        ErrorClass::Transient
    } else if code.starts_with("Neo.ClientError.Security.") {
        ErrorClass::Credentials
    } else {
        ErrorClass::Internal
    }
}

/// Whether the server ended a transaction because it and another waited for each other.
pub(in crate::store) fn is_deadlock(error: &Error) -> bool {
    matches!(error, Error::Neo4j(error) if error.code() == DEADLOCK)
}

/// The class of an error of the driver.
pub(in crate::store) fn class_of(error: &Error) -> ErrorClass {
    match error {
        Error::Neo4j(error) if STOPPED.iter().any(|words| error.message().contains(words)) => {
            ErrorClass::Stopped
        }
        Error::Neo4j(error) if FULL.iter().any(|words| error.message().contains(words)) => {
            ErrorClass::DiskFull
        }
        Error::Neo4j(error) => class_of_code(error.code()),
        // The driver returns this for any failure of a greeting, with only its message.
        Error::AuthenticationError(words) => {
            let words = words.to_lowercase();
            let refused = ["unauthorized", "authentication", "credentials", "password"];
            if refused.iter().any(|word| words.contains(word)) {
                ErrorClass::Credentials
            } else {
                ErrorClass::Unavailable
            }
        }
        error if TlsFailure::of(error).is_some() => ErrorClass::Tls,
        Error::IOError { .. }
        | Error::ConnectionError
        | Error::ConnectionClosed(_)
        | Error::ConnectionTimedOut
        | Error::IncompleteBoltExchange
        | Error::ServerUnavailableError(_)
        | Error::RoutingTableRefreshFailed(_)
        | Error::RoutingTableError(_)
        | Error::RequestIgnoredError
        | Error::Ignored(_) => ErrorClass::Unavailable,
        // After a failed statement the server ignores the rest of its transaction.
        Error::UnexpectedMessage(_) => ErrorClass::Transient,
        _ => ErrorClass::Internal,
    }
}

/// Whether the password is correct but has expired.
pub(in crate::store) fn is_expired(error: &Error) -> bool {
    matches!(error, Error::Neo4j(error) if error.code() == "Neo.ClientError.Security.CredentialsExpired")
}

/// Why a connection was lost, without an address in it.
pub(in crate::store) fn reason_without_address(error: &Error) -> &'static str {
    if let Some(failure) = TlsFailure::of(error) {
        return failure.advice();
    }
    match error {
        Error::IOError { detail } if detail.kind() == std::io::ErrorKind::ConnectionRefused => {
            "it refuses the connection"
        }
        Error::Neo4j(_) => "its database is not running",
        Error::ServerUnavailableError(_) => "no server of its cluster can be reached",
        _ => "the connection broke",
    }
}

/// The error of an operation on Neo4j.
///
/// It is converted to a [`StoreError`] at the edge of the store; until then the server's code decides whether to retry.
#[derive(Debug)]
pub(in crate::store) enum Neo4jError {
    /// The driver reports an error.
    Driver(Error),
    /// A time limit was exceeded.
    Timeout,
    /// The server is known to be unavailable.
    Unavailable,
    /// The database is known to have stopped after a critical error.
    Stopped,
    /// All connections were in use for as long as a caller may wait.
    Busy,
    /// An error of the store itself: a row that cannot be read, or a write that does not fit the graph.
    Store(StoreError),
}

/// The result of an operation on Neo4j.
pub(in crate::store) type Neo4jResult<T> = Result<T, Neo4jError>;

impl From<StoreError> for Neo4jError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Neo4jError {
    /// The class of the error, if the driver reports it or did to an earlier caller.
    pub(in crate::store) fn class(&self) -> Option<ErrorClass> {
        match self {
            Self::Driver(error) => Some(class_of(error)),
            Self::Stopped => Some(ErrorClass::Stopped),
            Self::Timeout | Self::Unavailable | Self::Busy | Self::Store(_) => None,
        }
    }

    /// Whether the error is a transient one of the server.
    pub(in crate::store) fn is_transient(&self) -> bool {
        self.class() == Some(ErrorClass::Transient)
    }

    /// Whether a write of which nothing is committed may succeed when it is repeated. A server that has just lost the lead of its cluster
    /// says that it is read-only.
    pub(in crate::store) fn is_write_retryable(&self) -> bool {
        matches!(
            self.class(),
            Some(ErrorClass::Transient | ErrorClass::ReadOnly | ErrorClass::Unavailable)
        )
    }

    /// Converts to the error of the store; `after_ms` is the time limit.
    pub(in crate::store) fn into_store_error(self, after_ms: u64) -> StoreError {
        match self {
            Self::Driver(error) => store_error(&error, after_ms),
            Self::Timeout => StoreError::Timeout { after_ms },
            Self::Unavailable => StoreError::Unavailable,
            Self::Stopped => StoreError::Stopped,
            Self::Busy => StoreError::Busy,
            Self::Store(error) => error,
        }
    }
}

fn store_error(error: &Error, after_ms: u64) -> StoreError {
    match class_of(error) {
        ErrorClass::Unavailable | ErrorClass::Transient | ErrorClass::Tls => {
            tracing::debug!(%error, "a request to Neo4j failed");
            StoreError::Unavailable
        }
        // Logged once, when the circuit opens.
        ErrorClass::Credentials => {
            tracing::debug!(%error, "Neo4j rejected a request of this user");
            StoreError::Unavailable
        }
        // Logged once, when the circuit opens.
        ErrorClass::Stopped => {
            tracing::debug!(%error, "Neo4j's database has stopped");
            StoreError::Stopped
        }
        ErrorClass::ReadOnly => StoreError::ReadOnly,
        ErrorClass::DiskFull => {
            tracing::error!(%error, "Neo4j's disk is full");
            StoreError::DiskFull {
                place: "the database server".into(),
            }
        }
        ErrorClass::OutOfMemory => {
            tracing::warn!(%error, "Neo4j has too little memory for a request");
            StoreError::TooLarge
        }
        ErrorClass::Timeout => StoreError::Timeout { after_ms },
        ErrorClass::Internal => {
            tracing::error!(%error, "a request to Neo4j failed");
            let code = if let Error::Neo4j(error) = error {
                error.code()
            } else {
                "the driver"
            };
            StoreError::Internal(format!(
                "a request to Neo4j failed ({code}); see the log for its message"
            ))
        }
    }
}

/// The error of a row that cannot be decoded.
pub(in crate::store) fn unreadable_row(error: &neo4rs::DeError) -> StoreError {
    StoreError::Damaged(format!("a row of Neo4j cannot be decoded: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_that_a_server_may_say_has_a_meaning() {
        let meant = [
            (ErrorClass::Unavailable, &NOT_READY[..]),
            (ErrorClass::Timeout, &TIMED_OUT[..]),
            (ErrorClass::Transient, &TRANSIENT[..]),
            (ErrorClass::ReadOnly, &READ_ONLY[..]),
            (
                ErrorClass::Transient,
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
                ErrorClass::Credentials,
                &[
                    "Neo.ClientError.Security.Unauthorized",
                    "Neo.ClientError.Security.AuthenticationRateLimit",
                    "Neo.ClientError.Security.CredentialsExpired",
                    "Neo.ClientError.Security.TokenExpired",
                    "Neo.ClientError.Security.Forbidden",
                ],
            ),
            (
                ErrorClass::OutOfMemory,
                &[
                    "Neo.TransientError.General.MemoryPoolOutOfMemoryError",
                    "Neo.ClientError.General.TransactionOutOfMemoryError",
                ],
            ),
            (
                ErrorClass::Internal,
                &[
                    "Neo.ClientError.CypherStatement.SyntaxError",
                    "Neo.ClientError.Schema.ConstraintValidationFailed",
                    "Neo.ClientError.Request.Invalid",
                    "Neo.DatabaseError.General.UnknownError",
                    "",
                ],
            ),
        ];
        for (meaning, codes) in meant {
            for code in codes {
                assert_eq!(class_of_code(code), meaning, "{code}");
            }
        }
    }

    #[test]
    fn only_a_refusal_of_the_user_is_one_of_the_credentials() {
        let said = |words: &str| class_of(&Error::AuthenticationError(words.into()));
        assert_eq!(
            said("The client is unauthorized due to authentication failure."),
            ErrorClass::Credentials
        );
        let often = "The client has provided incorrect authentication details too many times in a row.";
        assert_eq!(said(often), ErrorClass::Credentials);
        assert_eq!(said("The server is shutting down."), ErrorClass::Unavailable);
    }

    #[test]
    fn what_is_told_names_no_address_and_no_cypher() {
        let error = Error::UnsupportedScheme("10.0.0.7:7687 MATCH (n)".into());
        let told = Neo4jError::Driver(error).into_store_error(5).to_string();
        assert!(!told.contains("10.0.0.7") && !told.contains("MATCH"), "{told}");
    }
}
