//! What an asker is told when something goes wrong: a code that programs read, and a message that says what to do next.

use std::sync::atomic::{AtomicU64, Ordering};

use async_graphql::{Error, Pos, ServerError, Value};

use crate::model::memory::MemoryExhausted;
use crate::service::ServiceError;

/// The codes of `extensions.code`; clients hold on to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    /// What was asked makes no sense.
    BadUserInput,
    /// Who asks did not say who they are, or not so that it is believed.
    Unauthenticated,
    /// The asker may not.
    Forbidden,
    /// There is nothing of that name.
    NotFound,
    /// The graph changed meanwhile.
    Conflict,
    /// More than is allowed.
    LimitExceeded,
    /// The store does not answer; try again.
    StoreUnavailable,
    /// It took too long.
    Timeout,
    /// A fault of the server.
    Internal,
}

impl Code {
    /// Its spelling.
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

/// Why a field has no value. It has no `Display`: `async_graphql::Error` takes whatever has one, and the code would be lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) code: Code,
    pub(crate) message: String,
    /// All that is wrong with what was sent, where it is told one by one; `extensions.problems`.
    problems: Option<Box<Problems>>,
}

/// Problems that are listed, and how many there are.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Problems {
    listed: Vec<Value>,
    count: usize,
}

/// What a resolver gives.
pub(super) type Result<T> = std::result::Result<T, Failure>;

impl Failure {
    pub(crate) fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            problems: None,
        }
    }

    /// With what is wrong, one by one; `count` is how many there are, listed or not.
    pub(super) fn with_problems(self, listed: Vec<Value>, count: usize) -> Self {
        Self {
            problems: Some(Box::new(Problems { listed, count })),
            ..self
        }
    }

    /// What was asked makes no sense.
    pub(super) fn input(message: impl Into<String>) -> Self {
        Self::new(Code::BadUserInput, message)
    }

    /// More than is allowed.
    pub(super) fn limit(message: impl Into<String>) -> Self {
        Self::new(Code::LimitExceeded, message)
    }

    /// A fault of the server: the log gets it, the asker a number to ask about.
    pub(crate) fn fault(fault: &str) -> Self {
        let report = report_number();
        tracing::error!(%report, fault, "a fault of the server");
        Self::new(
            Code::Internal,
            format!("a fault of the server, logged as {report}; tell its operator that number"),
        )
    }

    /// The error of a field.
    pub(super) fn at(self, pos: Pos) -> ServerError {
        Error::from(self).into_server_error(pos)
    }

    /// The error of a whole request.
    pub(crate) fn of_request(self) -> ServerError {
        let error = Error::from(self);
        let mut whole = ServerError::new(error.message, None);
        whole.extensions = error.extensions;
        whole
    }
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        if let ServiceError::Fault(fault) = &error {
            return Self::fault(fault);
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
fn code_and_message(error: ServiceError) -> (Code, String) {
    use ServiceError as E;
    match error {
        E::Input(problem) => (Code::BadUserInput, problem),
        E::UnknownId { what, id, revision } => (
            Code::NotFound,
            format!("no {what} `{id}` at revision {revision}; `search` finds ids by name"),
        ),
        E::Absent(problem) => (Code::NotFound, problem),
        E::Forbidden(problem) => (Code::Forbidden, problem),
        E::OutOfWork(_) => (
            Code::LimitExceeded,
            format!("{error}; ask for less: fewer regions or resources, a smaller `maxLength`"),
        ),
        E::Stale { given, current } => (
            Code::Conflict,
            format!("the graph is at revision {current}, not {given}: read again, then write"),
        ),
        E::OverLimit { what, asked, max } => (
            Code::LimitExceeded,
            format!("{what}: {asked}, at most {max}; ask for less at a time"),
        ),
        E::MemoryExhausted(exhausted) => (Code::LimitExceeded, exhausted_message(exhausted)),
        E::StoreUnavailable => (
            Code::StoreUnavailable,
            "the store does not answer; try again when /health/ready is 200".into(),
        ),
        E::StoreMemory => (Code::LimitExceeded, error.to_string()),
        E::StoreBusy
        | E::StoreLocked
        | E::StoreFull { .. }
        | E::StoreMedium { .. }
        | E::StoreUnflushed { .. }
        | E::StoreReadOnly
        | E::StoreOutdated
        | E::StoreApplying { .. }
        | E::OutcomeUnknown => (Code::StoreUnavailable, error.to_string()),
        E::Overtaken => (
            Code::StoreUnavailable,
            "the graph was written to while it was read; ask again".into(),
        ),
        E::Timeout { after_ms } => (
            Code::Timeout,
            format!("stopped after {after_ms} ms; ask for less, or a smaller page"),
        ),
        // Told to nobody, unless the server stops.
        E::Cancelled => (
            Code::Timeout,
            "stopped before there was an answer; ask again".into(),
        ),
        E::Fault(_) => (Code::Internal, "a fault of the server".into()),
    }
}

/// What is told where memory ends: which limit, and the next step.
fn exhausted_message(exhausted: MemoryExhausted) -> String {
    match exhausted {
        MemoryExhausted::Answer { max } => format!(
            "the answer, with the records read for it, has more than {max} bytes (answer-bytes-max); \
             ask for fewer rows or fields, or in several requests"
        ),
        MemoryExhausted::Request { max } => format!(
            "the request needs more memory than one may have of the {max} bytes for all (memory-max); \
             ask for less, or send less at a time"
        ),
        MemoryExhausted::Shared { max } => format!(
            "requests in work hold the memory for all of them, {max} bytes (memory-max); try again in a moment"
        ),
    }
}

impl From<MemoryExhausted> for Failure {
    fn from(exhausted: MemoryExhausted) -> Self {
        Self::limit(exhausted_message(exhausted))
    }
}

/// Unlike any other number of this run, and unlike those of another run with near certainty.
fn report_number() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(1);
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{:x}-{count}", chrono::Utc::now().timestamp())
}

/// Gives every error a code: what `async-graphql` itself refuses, it refuses for what the asker wrote.
pub(super) fn complete(errors: &mut [ServerError]) {
    for error in errors {
        error.source = None;
        let extensions = error.extensions.get_or_insert_default();
        if extensions.get("code").is_none() {
            extensions.set("code", Code::BadUserInput.as_str());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::change::Revision;

    fn told(error: ServiceError) -> (&'static str, String) {
        let failure = Failure::from(error);
        (failure.code.as_str(), failure.message)
    }

    #[test]
    fn every_error_has_a_code_and_a_next_step() {
        let (code, message) = told(ServiceError::UnknownId {
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
        assert_eq!(told(ServiceError::Timeout { after_ms: 5 }).0, "TIMEOUT");
        assert_eq!(told(ServiceError::StoreMemory).0, "LIMIT_EXCEEDED");
        for error in [
            ServiceError::StoreUnavailable,
            ServiceError::StoreBusy,
            ServiceError::StoreLocked,
            ServiceError::StoreFull {
                place: "/data".into(),
            },
            ServiceError::StoreMedium {
                place: "/data".into(),
                fault: crate::service::MediumFault::ReadOnly,
            },
            ServiceError::StoreUnflushed {
                place: "/data".into(),
            },
            ServiceError::StoreReadOnly,
            ServiceError::StoreOutdated,
            ServiceError::OutcomeUnknown,
        ] {
            let (code, message) = told(error);
            assert_eq!(code, "STORE_UNAVAILABLE");
            assert!(message.contains("again"), "no next step: {message}");
        }
        assert_eq!(
            told(ServiceError::OverLimit {
                what: "ids",
                asked: 3,
                max: 2
            })
            .0,
            "LIMIT_EXCEEDED"
        );
        assert_eq!(
            told(ServiceError::Stale {
                given: Revision(1),
                current: Revision(2)
            })
            .0,
            "CONFLICT"
        );
        assert_eq!(
            told(ServiceError::Input("x".into())),
            ("BAD_USER_INPUT", "x".into())
        );
    }

    #[test]
    fn a_fault_is_not_told_to_the_asker() {
        let (code, message) = told(ServiceError::Fault("secret path /var".into()));
        assert_eq!(code, "INTERNAL");
        assert!(!message.contains("secret"), "{message}");
    }

    #[test]
    fn the_code_is_in_the_extensions() {
        let error = Failure::input("no").at(Pos::default());
        assert_eq!(
            serde_json::to_value(&error).unwrap()["extensions"],
            serde_json::json!({"code": "BAD_USER_INPUT"})
        );
    }
}
