//! Requests that passed validation.

use std::sync::Arc;

use async_graphql::parser::types::{ExecutableDocument, OperationType};

use super::validation::{Introspection, PartialBatch, ValidRequest};
use crate::model::memory::{Account, MemoryExhausted, Purpose};

/// A request that passed validation, ready to be executed.
#[derive(Clone)]
pub struct PreparedRequest {
    pub(super) document: ExecutableDocument,
    pub(super) introspection: Option<Arc<Introspection>>,
    /// The batch of which some items are invalid: the others are checked, and nothing is written.
    pub(super) partial_batch: Option<Arc<PartialBatch>>,
    kind: OperationType,
    /// The account that pays for the document and the variables.
    account: Account,
}

impl PreparedRequest {
    pub(super) fn new(request: ValidRequest, account: Account) -> Self {
        Self {
            account,
            document: request.document,
            introspection: request.introspection.map(Arc::new),
            partial_batch: request.partial_batch,
            kind: request.kind,
        }
    }

    /// The same request, charged to a subscription for as long as that lasts.
    pub(super) fn subscribed(self) -> Result<Self, MemoryExhausted> {
        let account = self.account.beside(Purpose::Subscription);
        account.keep(self.account.held())?;
        Ok(Self { account, ..self })
    }

    /// Whether the request is a mutation, which GET must not execute.
    pub fn is_mutation(&self) -> bool {
        self.kind == OperationType::Mutation
    }

    /// Whether the request is a subscription, which needs a lasting connection.
    pub fn is_subscription(&self) -> bool {
        self.kind == OperationType::Subscription
    }
}
