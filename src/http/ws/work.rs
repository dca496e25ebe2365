//! Operations at work: each says what it has to say through a queue that has an end, so that none runs ahead of its client.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_graphql::ServerError;
use async_graphql::futures_util::FutureExt as _;
use serde_json::json;
use tokio::sync::mpsc;

use super::super::answer::Text;
use super::super::graphql::Refused;
use super::super::question::Asked;
use super::super::{App, answer};
use super::message;
use crate::graphql::{Answer, Code, Event, Failure, Question};
use crate::model::memory::Memory;
use crate::model::principal::Principal;

/// What an operation has to say.
pub(super) struct Said {
    pub(super) id: Arc<str>,
    /// Tells an operation from an earlier one under the same id.
    pub(super) serial: u64,
    pub(super) text: SaidText,
    /// Whether it is over with this.
    pub(super) last: bool,
}

/// What is said: an answer, which may be long, or a word of the protocol.
pub(super) enum SaidText {
    Answer(Text),
    Word(String),
}

/// The voice of an operation.
pub(super) struct Voice {
    pub(super) id: Arc<str>,
    pub(super) serial: u64,
    pub(super) queue: mpsc::Sender<Said>,
}

impl Voice {
    /// Waits while the queue is full. A conversation that ended hears nothing more, and drops the operation besides.
    async fn say(&self, text: SaidText, last: bool) {
        let (id, serial) = (self.id.clone(), self.serial);
        let said = Said {
            id,
            serial,
            text,
            last,
        };
        let _ = self.queue.send(said).await;
    }

    async fn next(&self, text: Text) {
        self.say(SaidText::Answer(text), false).await;
    }

    async fn complete(&self) {
        self.say(SaidText::Word(message::complete(&self.id)), true).await;
    }

    async fn error(&self, errors: &[ServerError]) {
        let text = message::error(&self.id, &json!(errors));
        self.say(SaidText::Word(text), true).await;
    }
}

/// An answer as a message, which holds its bytes until the client has taken it.
fn written(id: &str, answer: Answer, memory: &Memory) -> Result<Text, Vec<ServerError>> {
    let (before, after) = message::around_next(id);
    let text = answer::text(&answer, memory, &before, after);
    text.map_err(|exhausted| answer.given_up(exhausted).response.errors)
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
    principal: &Arc<Principal>,
    asked: Asked,
    voice: &Voice,
) -> Result<(), Vec<ServerError>> {
    let question = app.parse(|| Ok(asked)).await.map_err(|refused| match refused {
        Refused::Shape(problem) => answer::errors(Failure::new(Code::BadUserInput, problem.message())),
        Refused::Question(answer) => answer.response.errors,
    })?;
    if question.subscribes() {
        return followed(app, principal, question, voice).await;
    }
    let (id, memory) = (voice.id.clone(), app.engine.memory().clone());
    let answer = app.answer(question, principal, move |answer| {
        if answer.refused {
            return Err(answer.response.errors);
        }
        written(&id, answer, &memory)
    });
    voice.next(answer.await.map_err(answer::errors)??).await;
    Ok(())
}

async fn followed(
    app: &App,
    principal: &Principal,
    question: Question,
    voice: &Voice,
) -> Result<(), Vec<ServerError>> {
    let followed = app.follow(question, principal, None).await;
    let mut followed = followed.map_err(|refused| refused.response.errors)?;
    let (id, memory) = (voice.id.clone(), app.engine.memory().clone());
    // All of a page is written before anything of it is sent: as values, it would hold more, for as long as the client takes.
    let render = move |event: Event| written(&id, event.answer, &memory);
    loop {
        for text in followed.next(render.clone()).await? {
            voice.next(text?).await;
        }
    }
}
