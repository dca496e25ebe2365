//! Responses as they are sent.

use async_graphql::{Response, ServerError, Value};

use super::errors;
use super::request_context::RequestContext;
use crate::model::memory::{Account, MemoryExhausted};

/// A GraphQL response as it is sent.
pub struct GraphqlResponse {
    /// The response body.
    pub response: Response,
    /// Whether the request was refused before anything was executed, so that there is no `data`.
    pub refused: bool,
    /// Whether it was refused because other requests hold the memory, so that it may succeed later.
    pub busy: bool,
    /// The account that pays for the response.
    #[expect(dead_code, reason = "its memory is given back when the response is dropped")]
    account: Option<Account>,
    /// The response keys of the fields whose writes were committed.
    committed_fields: Vec<String>,
}

impl GraphqlResponse {
    /// The response to a request that was refused.
    pub(crate) fn rejection(errors: Vec<ServerError>) -> Self {
        let mut response = Response::from_errors(errors);
        errors::add_codes(&mut response.errors);
        Self {
            response,
            refused: true,
            busy: false,
            account: None,
            committed_fields: Vec::new(),
        }
    }

    /// The response to a request that reached its memory limit before anything was executed.
    pub(crate) fn memory_exhausted(exhausted: MemoryExhausted) -> Self {
        Self {
            busy: matches!(exhausted, MemoryExhausted::Shared { .. }),
            ..Self::rejection(vec![errors::Failure::from(exhausted).into_request_error()])
        }
    }

    /// The error that replaces the response when it reaches its memory limit. Committed writes are kept.
    pub(crate) fn abandoned(self, exhausted: MemoryExhausted) -> Self {
        let mut failure = errors::Failure::from(exhausted);
        if !self.committed_fields.is_empty() {
            let fields = self.committed_fields.join("`, `");
            failure
                .message
                .extend(["; the writes of `", fields.as_str(), "` are committed"]);
        }
        let busy = matches!(exhausted, MemoryExhausted::Shared { .. });
        let mut response = Response::from_errors(vec![failure.into_request_error()]);
        errors::add_codes(&mut response.errors);
        response.extensions = self.response.extensions;
        Self {
            response,
            // A request to send again counts as refused; any other was executed, and its response lost.
            refused: busy,
            busy,
            account: None,
            committed_fields: self.committed_fields,
        }
    }

    /// The code of the first error, if there is one.
    pub fn code(&self) -> Option<&str> {
        let extensions = self.response.errors.first()?.extensions.as_ref()?;
        match extensions.get("code")? {
            Value::String(code) => Some(code),
            _ => None,
        }
    }
}

/// The response to a request that reached its memory limit while it was executed.
pub(super) fn abandon(exhausted: MemoryExhausted, context: &RequestContext) -> GraphqlResponse {
    complete(Response::default(), context).abandoned(exhausted)
}

/// Completes a response with error codes and extensions.
pub(super) fn complete(mut response: Response, context: &RequestContext) -> GraphqlResponse {
    errors::add_codes(&mut response.errors);
    // An error of execution has the path of the field that failed; one of a refused request has none.
    let refused = response.data == Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty());
    let calls: u64 = context
        .chain()
        .map(|context| context.session.stats().store_calls())
        .sum();
    let cost = async_graphql::value!({ "storeCalls": calls });
    response.extensions.insert(
        "revision".into(),
        context.newest().session.revision().to_string().into(),
    );
    response.extensions.insert("cost".into(), cost);
    let later: usize = context
        .chain()
        .map(|context| context.session.stats().stated_later())
        .sum();
    if later > 0 {
        response.extensions.insert("statedLater".into(), later.into());
    }
    let withheld = context.withheld_fields();
    if !withheld.is_empty() {
        let fields = withheld.into_iter().map(Value::from).collect();
        response.extensions.insert("withheld".into(), Value::List(fields));
    }
    GraphqlResponse {
        response,
        refused,
        busy: false,
        account: Some(context.account.clone()),
        committed_fields: context.committed_fields(),
    }
}
