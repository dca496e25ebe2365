//! Running operations: each sends its messages through a bounded queue, so that none runs ahead of its client.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_graphql::ServerError;
use async_graphql::futures_util::FutureExt as _;
use serde_json::json;
use tokio::sync::mpsc;

use super::message;
use crate::graphql::{ErrorCode, Failure, FeedEvent, GraphqlResponse, PreparedRequest};
use crate::http::App;
use crate::http::request::graphql_request::GraphqlRequest;
use crate::http::response::answer::{self, JsonText};
use crate::http::routes::graphql::RequestError;
use crate::model::memory::Memory;
use crate::model::principal::Principal;

/// A message of an operation to the client.
pub(super) struct OutgoingMessage {
    pub(super) id: Arc<str>,
    /// Distinguishes an operation from an earlier one with the same id.
    pub(super) serial: u64,
    pub(super) text: OutgoingText,
    /// Whether it is the last message of the operation.
    pub(super) last: bool,
}

/// The text of a message: an answer, which can be large, or a control message.
pub(super) enum OutgoingText {
    Answer(JsonText),
    Control(String),
}

/// Sends the messages of an operation.
pub(super) struct MessageSender {
    pub(super) id: Arc<str>,
    pub(super) serial: u64,
    pub(super) queue: mpsc::Sender<OutgoingMessage>,
}

impl MessageSender {
    /// Waits while the queue is full. A closed connection receives nothing more, and cancels the operation besides.
    async fn send(&self, text: OutgoingText, last: bool) {
        let (id, serial) = (self.id.clone(), self.serial);
        let message = OutgoingMessage {
            id,
            serial,
            text,
            last,
        };
        let _ = self.queue.send(message).await;
    }

    async fn next(&self, text: JsonText) {
        self.send(OutgoingText::Answer(text), false).await;
    }

    async fn complete(&self) {
        self.send(OutgoingText::Control(message::complete(&self.id)), true)
            .await;
    }

    async fn error(&self, errors: &[ServerError]) {
        let text = message::error(&self.id, &json!(errors));
        self.send(OutgoingText::Control(text), true).await;
    }
}

/// An answer as a `next` message, charged to the memory budget until the client has received it.
fn next_message(id: &str, answer: GraphqlResponse, memory: &Memory) -> Result<JsonText, Vec<ServerError>> {
    let (before, after) = message::around_next(id);
    let text = answer::text(&answer, memory, &before, after);
    text.map_err(|exhausted| answer.abandoned(exhausted).response.errors)
}

/// Runs an operation to its end.
pub(super) async fn run_operation(
    app: App,
    principal: Arc<Principal>,
    request: GraphqlRequest,
    sender: MessageSender,
) {
    let done = AssertUnwindSafe(execute(&app, &principal, request, &sender)).catch_unwind();
    match done.await {
        Ok(Ok(())) => sender.complete().await,
        Ok(Err(errors)) => sender.error(&errors).await,
        Err(_) => {
            let failure = Failure::internal("an operation panicked; the log entry above has its location");
            sender.error(&answer::errors(failure)).await;
        }
    }
}

async fn execute(
    app: &App,
    principal: &Arc<Principal>,
    request: GraphqlRequest,
    sender: &MessageSender,
) -> Result<(), Vec<ServerError>> {
    let question = app.parse(|| Ok(request)).await.map_err(|error| match error {
        RequestError::Http(error) => answer::errors(Failure::new(ErrorCode::BadUserInput, error.message())),
        RequestError::Graphql(answer) => answer.response.errors,
    })?;
    if question.is_subscription() {
        return run_subscription(app, principal, question, sender).await;
    }
    let (id, memory) = (sender.id.clone(), app.engine.memory().clone());
    let answer = app.answer(question, principal, move |answer| {
        if answer.refused {
            return Err(answer.response.errors);
        }
        next_message(&id, answer, &memory)
    });
    sender.next(answer.await.map_err(answer::errors)??).await;
    Ok(())
}

async fn run_subscription(
    app: &App,
    principal: &Principal,
    question: PreparedRequest,
    sender: &MessageSender,
) -> Result<(), Vec<ServerError>> {
    let feed = app.subscribe(question, principal, None).await;
    let mut feed = feed.map_err(|answer| answer.response.errors)?;
    let (id, memory) = (sender.id.clone(), app.engine.memory().clone());
    // A page is serialized completely before it is sent: as values, it would hold more memory while the client reads.
    let render = move |event: FeedEvent| next_message(&id, event.answer, &memory);
    loop {
        for text in feed.next(render.clone()).await? {
            sender.next(text?).await;
        }
    }
}
