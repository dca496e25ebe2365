//! Questions as they are asked, and answers as they are sent.

use async_graphql::parser::types::{ExecutableDocument, OperationDefinition, OperationType, Selection};
use async_graphql::{Name, Response, ServerError, Value, Variables};

use super::asker::Asker;
use super::errors::{self, Failure, Result};

/// A question, read and within the limits.
#[derive(Clone)]
pub struct Question {
    pub(super) document: ExecutableDocument,
    pub(super) operation_name: Option<String>,
    pub(super) variables: Variables,
    kind: OperationType,
}

impl Question {
    /// A document within the limits.
    pub(super) fn new(
        document: ExecutableDocument,
        operation_name: Option<String>,
        variables: Variables,
    ) -> Result<Self> {
        let chosen = document.operations.iter().find(|(name, _)| {
            operation_name.is_none() || name.map(Name::as_str) == operation_name.as_deref()
        });
        if let Some((_, operation)) = chosen {
            check_subscription(&operation.node)?;
        }
        // Where none is chosen, validation says so.
        let kind = chosen.map_or(OperationType::Query, |(_, operation)| operation.node.ty);
        Ok(Self {
            document,
            operation_name,
            variables,
            kind,
        })
    }

    /// Whether it writes, which must not be asked for by GET.
    pub fn mutates(&self) -> bool {
        self.kind == OperationType::Mutation
    }

    /// Whether it is answered again and again, which takes a connection that stays.
    pub fn subscribes(&self) -> bool {
        self.kind == OperationType::Subscription
    }
}

/// An answer as it is sent.
pub struct Answer {
    /// The response body.
    pub response: Response,
    /// Whether the request was refused before anything was executed, so that there is no `data`.
    pub refused: bool,
}

impl Answer {
    /// The answer to a request that was refused.
    pub(crate) fn refusal(errors: Vec<ServerError>) -> Self {
        let mut response = Response::from_errors(errors);
        errors::complete(&mut response.errors);
        Self {
            response,
            refused: true,
        }
    }

    /// The code of the first error, where there is one.
    pub fn code(&self) -> Option<&str> {
        let extensions = self.response.errors.first()?.extensions.as_ref()?;
        match extensions.get("code")? {
            Value::String(code) => Some(code),
            _ => None,
        }
    }
}

/// A subscription is executed for each change, and says by its one field what it wants to be told.
fn check_subscription(operation: &OperationDefinition) -> Result<()> {
    let fields = &operation.selection_set.node.items;
    let one = matches!(fields.as_slice(), [one] if matches!(one.node, Selection::Field(_)));
    if operation.ty != OperationType::Subscription || one {
        return Ok(());
    }
    Err(Failure::input(
        "a subscription has one field, named in it and not in a fragment: subscribe to each in an operation of its own",
    ))
}

/// An answer as it came out of the sessions of an asker.
pub(super) fn finish(mut response: Response, asker: &Asker) -> Answer {
    errors::complete(&mut response.errors);
    // What was executed has a path to the field that failed; what was refused has none.
    let refused = response.data == Value::Null
        && !response.errors.is_empty()
        && response.errors.iter().all(|error| error.path.is_empty());
    let calls: u64 = asker.all().map(|asker| asker.session.stats().store_calls()).sum();
    let cost = async_graphql::value!({ "storeCalls": calls });
    response.extensions.insert(
        "revision".into(),
        asker.newest().session.revision().to_string().into(),
    );
    response.extensions.insert("cost".into(), cost);
    let withheld = asker.withheld();
    if !withheld.is_empty() {
        let fields = withheld.into_iter().map(Value::from).collect();
        response.extensions.insert("withheld".into(), Value::List(fields));
    }
    Answer { response, refused }
}
