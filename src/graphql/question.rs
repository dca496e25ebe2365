//! Questions as they are asked, and answers as they are sent.

use std::sync::Arc;

use async_graphql::parser::types::{ExecutableDocument, OperationType};
use async_graphql::{Response, ServerError, Value};

use super::asker::Asker;
use super::errors;
use super::front::{Checked, Introspection, UnreadBatch};
use crate::model::memory::{Account, MemoryExhausted, Purpose};

/// A question that passed all checks.
#[derive(Clone)]
pub struct Question {
    pub(super) document: ExecutableDocument,
    pub(super) introspection: Option<Arc<Introspection>>,
    /// What could not be read of the batch that it writes; then it only checks the rest.
    pub(super) unread: Option<Arc<UnreadBatch>>,
    kind: OperationType,
    /// What its document and its variables hold.
    account: Account,
}

impl Question {
    pub(super) fn new(checked: Checked, account: Account) -> Self {
        Self {
            account,
            document: checked.document,
            introspection: checked.introspection.map(Arc::new),
            unread: checked.unread,
            kind: checked.kind,
        }
    }

    /// The same question, held for as long as it is followed.
    pub(super) fn subscribed(self) -> Result<Self, MemoryExhausted> {
        let account = self.account.beside(Purpose::Subscription);
        account.keep(self.account.held())?;
        Ok(Self { account, ..self })
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
    /// Whether it was refused for what other requests hold, so that it may be answered later.
    pub busy: bool,
    /// What it holds.
    #[expect(dead_code, reason = "it is given back with the answer")]
    account: Option<Account>,
    /// The fields whose writes were made.
    written: Vec<String>,
}

impl Answer {
    /// The answer to a request that was refused.
    pub(crate) fn refusal(errors: Vec<ServerError>) -> Self {
        let mut response = Response::from_errors(errors);
        errors::complete(&mut response.errors);
        Self {
            response,
            refused: true,
            busy: false,
            account: None,
            written: Vec::new(),
        }
    }

    /// The answer to a request that came to the limit of its memory before anything was executed.
    pub(crate) fn exhausted(exhausted: MemoryExhausted) -> Self {
        Self {
            busy: matches!(exhausted, MemoryExhausted::Shared { .. }),
            ..Self::refusal(vec![errors::Failure::from(exhausted).of_request()])
        }
    }

    /// The same answer, given up since it came to the limit of its memory. What was written stands.
    pub(crate) fn given_up(self, exhausted: MemoryExhausted) -> Self {
        let mut failure = errors::Failure::from(exhausted);
        if !self.written.is_empty() {
            let fields = self.written.join("`, `");
            failure
                .message
                .extend(["; what `", fields.as_str(), "` wrote stands"]);
        }
        let busy = matches!(exhausted, MemoryExhausted::Shared { .. });
        let mut response = Response::from_errors(vec![failure.of_request()]);
        errors::complete(&mut response.errors);
        response.extensions = self.response.extensions;
        Self {
            response,
            // What has to be sent again was refused; else it was executed, to no end.
            refused: busy,
            busy,
            account: None,
            written: self.written,
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

/// The answer of an asker that came to the limit of its memory.
pub(super) fn give_up(exhausted: MemoryExhausted, asker: &Asker) -> Answer {
    finish(Response::default(), asker).given_up(exhausted)
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
    let later: usize = asker
        .all()
        .map(|asker| asker.session.stats().stated_later())
        .sum();
    if later > 0 {
        response.extensions.insert("statedLater".into(), later.into());
    }
    let withheld = asker.withheld();
    if !withheld.is_empty() {
        let fields = withheld.into_iter().map(Value::from).collect();
        response.extensions.insert("withheld".into(), Value::List(fields));
    }
    Answer {
        response,
        refused,
        busy: false,
        account: Some(asker.account.clone()),
        written: asker.written(),
    }
}
