//! Operations at work: each says what it has to say through a queue that has an end, so that none runs ahead of its client.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_graphql::ServerError;
use async_graphql::futures_util::FutureExt as _;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use super::super::question::Asked;
use super::super::{App, answer};
use super::message;
use crate::graphql::{Failure, Question};
use crate::model::principal::Principal;

/// What an operation has to say.
pub(super) struct Said {
    pub(super) id: Arc<str>,
    /// Tells an operation from an earlier one under the same id.
    pub(super) serial: u64,
    pub(super) text: String,
    /// Whether it is over with this.
    pub(super) last: bool,
}

/// The voice of an operation.
pub(super) struct Voice {
    pub(super) id: Arc<str>,
    pub(super) serial: u64,
    pub(super) queue: mpsc::Sender<Said>,
}

impl Voice {
    /// Waits while the queue is full. A conversation that ended hears nothing more, and drops the operation besides.
    async fn say(&self, text: String, last: bool) {
        let (id, serial) = (self.id.clone(), self.serial);
        let said = Said {
            id,
            serial,
            text,
            last,
        };
        let _ = self.queue.send(said).await;
    }

    async fn next(&self, payload: &Value) {
        self.say(message::next(&self.id, payload), false).await;
    }

    async fn complete(&self) {
        self.say(message::complete(&self.id), true).await;
    }

    async fn error(&self, errors: &[ServerError]) {
        self.say(message::error(&self.id, &json!(errors)), true).await;
    }
}

/// Works out an operation, to its end.
pub(super) async fn work(app: App, principal: Arc<Principal>, asked: Asked, voice: Voice) {
    let answered = AssertUnwindSafe(answered(&app, &principal, asked, &voice)).catch_unwind();
    match answered.await {
        Ok(Ok(())) => voice.complete().await,
        Ok(Err(errors)) => voice.error(&errors).await,
        Err(_) => {
            let failure = Failure::fault("an operation panicked; the log has the place just above");
            voice.error(&answer::errors(failure)).await;
        }
    }
}

async fn answered(
    app: &App,
    principal: &Principal,
    asked: Asked,
    voice: &Voice,
) -> Result<(), Vec<ServerError>> {
    let question = app
        .engine
        .read(&asked.query, asked.operation_name, asked.variables);
    let question = question.map_err(|refused| refused.response.errors)?;
    if question.subscribes() {
        return followed(app, principal, question, voice).await;
    }
    let answer = app.answer(question, principal).await.map_err(answer::errors)?;
    if answer.refused {
        return Err(answer.response.errors);
    }
    voice.next(&answer::body(answer)).await;
    Ok(())
}

async fn followed(
    app: &App,
    principal: &Principal,
    question: Question,
    voice: &Voice,
) -> Result<(), Vec<ServerError>> {
    let within = app.config.limits.request();
    let followed = app.engine.follow(question, principal.clone(), None, within).await;
    let mut followed = followed.map_err(|refused| refused.response.errors)?;
    loop {
        for event in followed.next().await? {
            voice.next(&answer::body(event.answer)).await;
        }
    }
}
