//! Following the changes: what a subscription is told, page by page, in order and without a gap.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::futures_util::StreamExt as _;
use async_graphql::futures_util::future::join_all;
use async_graphql::{Response, ServerError};
use tokio::sync::watch;

use super::batch::Batched;
use super::errors::{Code, Failure};
use super::question::{Answer, Question, finish};
use super::schema::{Engine, OVERTAKEN_MAX};
use super::subscription::{Opening, Told};
use super::types::change::cursor_at;
use crate::model::change::Revision;
use crate::model::log::LoggedChange;
use crate::model::principal::Principal;
use crate::service::{self, Following, Heard, ServiceError, Session};

/// Lines of the log looked through at a time, and so answers worked out together at most.
const LINES: usize = 100;
/// How long to wait before a store that does not answer is asked again.
const ASK_AGAIN: Duration = Duration::from_millis(500);

/// A subscription being followed. Dropped, it is over; nothing was kept for it.
pub struct Followed {
    engine: Engine,
    question: Question,
    principal: Principal,
    following: Following,
    news: watch::Receiver<Revision>,
    /// How long working out what is told next may take.
    within: Duration,
    /// Whether the log may have more than was looked through.
    more: bool,
}

/// What a follower is told of a change.
pub struct Event {
    /// The cursor to go on from.
    pub cursor: String,
    /// The answer.
    pub answer: Answer,
}

impl Engine {
    /// Begins a subscription, or says why not. `resume` is a cursor that counts before `since`; working out what is told next
    /// may take so long.
    pub async fn follow(
        &self,
        question: Question,
        principal: Principal,
        resume: Option<String>,
        within: Duration,
    ) -> Result<Followed, Box<Answer>> {
        // First of all: what is written from now on is heard of.
        let news = self.service().news();
        for attempt in 0..=OVERTAKEN_MAX {
            let session = self.session(&principal, attempt == OVERTAKEN_MAX).await;
            let session = session.map_err(|error| refusal(Failure::from(error)))?;
            let opening = Arc::new(Opening {
                resume: resume.clone(),
                ..Opening::default()
            });
            let response = self.open(&question, &session, opening.clone()).await;
            if session.stats().overtaken() && attempt < OVERTAKEN_MAX {
                continue;
            }
            if let Some(response) = response.filter(Response::is_err) {
                return Err(Box::new(Answer::refusal(response.errors)));
            }
            let following = opening.following.lock().take();
            let following =
                following.ok_or_else(|| refusal(Failure::fault("a subscription asked for nothing")))?;
            return Ok(Followed {
                engine: self.clone(),
                question,
                principal,
                following,
                news,
                within,
                more: true,
            });
        }
        Err(refusal(ServiceError::Overtaken.into()))
    }

    async fn open(&self, question: &Question, session: &Session, opening: Arc<Opening>) -> Option<Response> {
        let asker = self.asker(session.clone(), Arc::default());
        let request = Self::request(question.clone(), &asker).data(opening);
        let mut responses = self.schema().execute_stream(request);
        Batched::new(responses.next(), asker).await
    }
}

fn refusal(failure: Failure) -> Box<Answer> {
    Box::new(Answer::refusal(vec![failure.of_request()]))
}

impl Followed {
    /// What is told next; waits until there is something. An error ends the subscription, which may be begun again from the last
    /// cursor told.
    pub async fn next(&mut self) -> Result<Vec<Event>, Vec<ServerError>> {
        loop {
            if !self.more && self.news.changed().await.is_err() {
                return Err(ended(ServiceError::StoreUnavailable));
            }
            // Looked at before the log is: what is written meanwhile is news again.
            self.news.borrow_and_update();
            self.more = true;
            let turn = self.engine.clone();
            let _turn = turn.turn().await.map_err(ended)?;
            let Ok(page) = tokio::time::timeout(self.within, self.page()).await else {
                let after_ms = u64::try_from(self.within.as_millis()).unwrap_or(u64::MAX);
                return Err(ended(ServiceError::Timeout { after_ms }));
            };
            match page {
                Ok((heard, events)) => {
                    self.following.after = heard.up_to;
                    self.more = heard.more;
                    if !events.is_empty() {
                        return Ok(events);
                    }
                }
                Err(error) if passes(&error) => tokio::time::sleep(ASK_AGAIN).await,
                Err(error) => return Err(ended(error)),
            }
        }
    }

    /// The next lines of the log, answered. Where the graph was written to meanwhile and the store keeps no older one, they are
    /// answered again; the last time with writers kept waiting.
    async fn page(&self) -> service::Result<(Heard, Vec<Event>)> {
        for attempt in 0..=OVERTAKEN_MAX {
            match self.attempt(attempt == OVERTAKEN_MAX).await {
                Err(ServiceError::Overtaken) => {}
                page => return page,
            }
        }
        Err(ServiceError::Overtaken)
    }

    async fn attempt(&self, steady: bool) -> service::Result<(Heard, Vec<Event>)> {
        let session = self.engine.session(&self.principal, steady).await?;
        let service = self.engine.service();
        let heard = service.follow(&session, &self.following, LINES).await?;
        let events = self.events(&session, &heard.lines).await;
        if session.stats().overtaken() {
            return Err(ServiceError::Overtaken);
        }
        Ok((heard, events))
    }

    /// The answers to all the lines, worked out together.
    async fn events(&self, session: &Session, lines: &[Arc<LoggedChange>]) -> Vec<Event> {
        let first = self.engine.asker(session.clone(), Arc::default());
        let answers = lines.iter().map(|line| {
            let asker = Arc::new(first.beside());
            let request = Engine::request(self.question.clone(), &asker).data(Told(line.clone()));
            let mut responses = self.engine.schema().execute_stream(request);
            async move {
                let response = responses.next().await.unwrap_or_default();
                Event {
                    cursor: cursor_at(line.place),
                    answer: finish(response, &asker),
                }
            }
        });
        Batched::new(join_all(answers), first.clone()).await
    }
}

/// Whether the same may be answered in a while: the store is away, or busy.
fn passes(error: &ServiceError) -> bool {
    matches!(
        error,
        ServiceError::StoreUnavailable
            | ServiceError::StoreBusy
            | ServiceError::StoreApplying { .. }
            | ServiceError::Timeout { .. }
            | ServiceError::Overtaken
    )
}

fn ended(error: ServiceError) -> Vec<ServerError> {
    let mut failure = Failure::from(error);
    if failure.code != Code::Internal {
        failure.message.push_str("; go on from the last cursor told");
    }
    Answer::refusal(vec![failure.of_request()]).response.errors
}
