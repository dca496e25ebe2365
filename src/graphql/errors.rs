//! Errors as clients see them: a code for programs, and a message that says what is wrong and what to do.

use std::sync::atomic::{AtomicU64, Ordering};

use async_graphql::{Error, Pos, ServerError, Value};

use crate::model::memory::MemoryExhausted;
use crate::service::ServiceError;

/// The codes of `extensions.code`, which clients rely on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ErrorCode {
    /// The request is invalid.
    BadUserInput,
    /// The credentials are missing or not accepted.
    Unauthenticated,
    /// The principal lacks the permission.
    Forbidden,
    /// No such record.
    NotFound,
    /// The graph is at another revision than the request expects.
    Conflict,
    /// A limit is exceeded.
    LimitExceeded,
    /// The store cannot serve the request now.
    StoreUnavailable,
    /// The request took too long.
    Timeout,
    /// An internal error of the server.
    Internal,
}

impl ErrorCode {
    /// The spelling of the code in a response.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::BadUserInput => "BAD_USER_INPUT",
            Self::Unauthenticated => "UNAUTHENTICATED",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::Conflict => "CONFLICT",
            Self::LimitExceeded => "LIMIT_EXCEEDED",
            Self::StoreUnavailable => "STORE_UNAVAILABLE",
            Self::Timeout => "TIMEOUT",
            Self::Internal => "INTERNAL",
        }
    }
}

/// The error of a field or request. It has no `Display`: `async_graphql::Error` converts from every type that has one,
/// and the code would be lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) code: ErrorCode,
    pub(crate) message: String,
    /// The problems of the input, where they are listed one by one in `extensions.problems`.
    problems: Option<Box<ProblemList>>,
}

/// The problems that a response lists, and the number of all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
struct ProblemList {
    listed: Vec<Value>,
    count: usize,
}

/// The result of a resolver.
pub(super) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    pub(crate) fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            problems: None,
        }
    }

    /// Adds the problems to list; `count` is the number of all of them, listed or not.
    pub(super) fn with_problems(self, listed: Vec<Value>, count: usize) -> Self {
        Self {
            problems: Some(Box::new(ProblemList { listed, count })),
            ..self
        }
    }

    /// The error of an invalid request.
    pub(super) fn input(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::BadUserInput, message)
    }

    /// The error of a request that exceeds a limit.
    pub(super) fn limit(message: impl Into<String>) -> Self {
        Self::new(ErrorCode::LimitExceeded, message)
    }

    /// An internal error: the cause is logged, and the client gets the number of the log entry.
    pub(crate) fn internal(cause: &str) -> Self {
        let report = report_number();
        tracing::error!(%report, cause, "internal error");
        Self::new(
            ErrorCode::Internal,
            format!("internal error, logged as {report}; give this number to the operator of the server"),
        )
    }

    /// The error of a field.
    pub(super) fn into_field_error(self, pos: Pos) -> ServerError {
        Error::from(self).into_server_error(pos)
    }

    /// The error of a whole request.
    pub(crate) fn into_request_error(self) -> ServerError {
        let error = Error::from(self);
        let mut request_error = ServerError::new(error.message, None);
        request_error.extensions = error.extensions;
        request_error
    }
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        if let ServiceError::Internal(cause) = &error {
            return Self::internal(cause);
        }
        let (code, message) = code_and_message(error);
        Self::new(code, message)
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        let mut error = Self::new(failure.message);
        let extensions = error.extensions.get_or_insert_default();
        extensions.set("code", failure.code.as_str());
        if let Some(problems) = failure.problems {
            extensions.set("problems", Value::List(problems.listed));
            extensions.set("problemCount", problems.count);
        }
        error
    }
}

// No `_` arm: a new error compiles only with a code and a next step.
fn code_and_message(error: ServiceError) -> (ErrorCode, String) {
    use ServiceError as E;
    match error {
        E::Input(problem) => (ErrorCode::BadUserInput, problem),
        E::UnknownId { what, id, revision } => (
            ErrorCode::NotFound,
            format!("no {what} `{id}` at revision {revision}; `search` finds ids by name"),
        ),
        E::Absent(problem) => (ErrorCode::NotFound, problem),
        E::Forbidden(problem) => (ErrorCode::Forbidden, problem),
        E::BudgetExhausted(_) => (
            ErrorCode::LimitExceeded,
            format!("{error}; request less: fewer regions or resources, or a smaller `maxLength`"),
        ),
        E::Stale { given, current } => (
            ErrorCode::Conflict,
            format!("the graph is at revision {current}, not {given}; read again, then write"),
        ),
        E::OverLimit { what, asked, max } => (
            ErrorCode::LimitExceeded,
            format!("{what}: {asked}, at most {max} allowed; request less at a time"),
        ),
        E::MemoryExhausted(exhausted) => (ErrorCode::LimitExceeded, exhausted_message(exhausted)),
        E::StoreUnavailable => (
            ErrorCode::StoreUnavailable,
            "the store does not respond; try again when /health/ready returns 200".into(),
        ),
        E::StoreMemory => (ErrorCode::LimitExceeded, error.to_string()),
        E::StoreBusy
        | E::StoreLocked
        | E::StoreFull { .. }
        | E::StoreMedium { .. }
        | E::StoreUnreadable
        | E::StoreUnflushed { .. }
        | E::StoreStopped
        | E::StoreReadOnly
        | E::StoreOutdated
        | E::StoreApplying { .. }
        | E::OutcomeUnknown => (ErrorCode::StoreUnavailable, error.to_string()),
        E::StaleRead => (
            ErrorCode::StoreUnavailable,
            "the graph changed while it was read; try again".into(),
        ),
        E::Timeout { after_ms } => (
            ErrorCode::Timeout,
            format!("stopped after {after_ms} ms; request less, or a smaller page"),
        ),
        // Nobody receives it, unless the server is stopping.
        E::Cancelled => (
            ErrorCode::Timeout,
            "stopped before the request was answered; try again".into(),
        ),
        E::Internal(_) => (ErrorCode::Internal, "internal error".into()),
    }
}

/// The message for an exhausted memory limit: which limit, and the next step.
fn exhausted_message(exhausted: MemoryExhausted) -> String {
    match exhausted {
        MemoryExhausted::Answer { max } => format!(
            "the answer, with the records read for it, has more than {max} bytes (answer-bytes-max); \
             request fewer rows or fields, or split the request"
        ),
        MemoryExhausted::Request { max } => format!(
            "the request needs more memory than one request may take of the {max} bytes for all (memory-max); \
             request less, or send less at a time"
        ),
        MemoryExhausted::Shared { max } => {
            format!("the memory for all requests, {max} bytes (memory-max), is in use; try again in a moment")
        }
    }
}

impl From<MemoryExhausted> for Failure {
    fn from(exhausted: MemoryExhausted) -> Self {
        Self::limit(exhausted_message(exhausted))
    }
}

/// A number that is unique in this run, and almost certainly unique among all runs.
fn report_number() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{:x}-{count}", chrono::Utc::now().timestamp())
}

/// Adds a code to every error that has none: `async-graphql` itself rejects only invalid requests.
pub(super) fn add_codes(errors: &mut [ServerError]) {
    for error in errors {
        error.source = None;
        let extensions = error.extensions.get_or_insert_default();
        if extensions.get("code").is_none() {
            extensions.set("code", ErrorCode::BadUserInput.as_str());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::change::Revision;

    fn code_and_text(error: ServiceError) -> (&'static str, String) {
        let failure = Failure::from(error);
        (failure.code.as_str(), failure.message)
    }

    #[test]
    fn every_error_has_a_code_and_a_next_step() {
        let (code, message) = code_and_text(ServiceError::UnknownId {
            what: "entity",
            id: "fund:x".into(),
            revision: Revision(4),
        });
        assert_eq!(
            (code, &*message),
            (
                "NOT_FOUND",
                "no entity `fund:x` at revision 4; `search` finds ids by name"
            )
        );
        assert_eq!(code_and_text(ServiceError::Timeout { after_ms: 5 }).0, "TIMEOUT");
        assert_eq!(code_and_text(ServiceError::StoreMemory).0, "LIMIT_EXCEEDED");
        for error in [
            ServiceError::StoreUnavailable,
            ServiceError::StoreBusy,
            ServiceError::StoreLocked,
            ServiceError::StoreFull {
                place: "/data".into(),
            },
            ServiceError::StoreMedium {
                place: "/data".into(),
                fault: crate::service::DiskProblem::ReadOnly,
            },
            ServiceError::StoreUnreadable,
            ServiceError::StoreUnflushed {
                place: "/data".into(),
            },
            ServiceError::StoreStopped,
            ServiceError::StoreReadOnly,
            ServiceError::StoreOutdated,
            ServiceError::OutcomeUnknown,
        ] {
            let (code, message) = code_and_text(error);
            assert_eq!(code, "STORE_UNAVAILABLE");
            assert!(message.contains("again"), "no next step: {message}");
        }
        assert_eq!(
            code_and_text(ServiceError::OverLimit {
                what: "ids",
                asked: 3,
                max: 2
            })
            .0,
            "LIMIT_EXCEEDED"
        );
        assert_eq!(
            code_and_text(ServiceError::Stale {
                given: Revision(1),
                current: Revision(2)
            })
            .0,
            "CONFLICT"
        );
        assert_eq!(
            code_and_text(ServiceError::Input("x".into())),
            ("BAD_USER_INPUT", "x".into())
        );
    }

    #[test]
    fn an_internal_error_hides_its_cause() {
        let (code, message) = code_and_text(ServiceError::Internal("secret path /var".into()));
        assert_eq!(code, "INTERNAL");
        assert!(!message.contains("secret"), "{message}");
    }

    #[test]
    fn the_code_is_in_the_extensions() {
        let error = Failure::input("no").into_field_error(Pos::default());
        assert_eq!(
            serde_json::to_value(&error).unwrap()["extensions"],
            serde_json::json!({"code": "BAD_USER_INPUT"})
        );
    }
}
