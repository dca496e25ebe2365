//! Following the changes: what a subscription is told, page by page, in order and without a gap.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::futures_util::StreamExt as _;
use async_graphql::futures_util::future::join_all;
use async_graphql::{Response, ServerError};
use tokio::sync::watch;

use super::batch::Batched;
use super::cursor::ChangeCursors;
use super::errors::{Code, Failure};
use super::question::{Answer, Question, finish, give_up};
use super::schema::{Engine, OVERTAKEN_MAX};
use super::subscription::{Opening, Told};
use super::types::change::Change;
use crate::model::change::Revision;
use crate::model::memory::MemoryExhausted;
use crate::model::principal::Principal;
use crate::service::{self, Following, Heard, ServiceError, Session};

/// Lines of the log looked through at a time, and so answers worked out together at most.
const LINES: usize = 100;
/// How long to wait before a store that does not answer is asked again.
const ASK_AGAIN: Duration = Duration::from_millis(500);

/// A subscription being followed. Dropped, it is over; nothing was kept for it.
pub struct Followed {
    follower: Follower,
    news: watch::Receiver<Revision>,
    /// How long working out what is told next may take.
    within: Duration,
    /// Whether the log may have more than was looked through.
    more: bool,
}

/// Who follows what, and from where on.
#[derive(Clone)]
struct Follower {
    engine: Engine,
    question: Question,
    principal: Principal,
    following: Following,
    /// Lines looked through at a time: fewer where the answers to more came to the limit of one answer.
    lines: usize,
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
        let news = self.service().subscribe();
        for attempt in 0..=OVERTAKEN_MAX {
            let session = self.session(&principal, attempt == OVERTAKEN_MAX).await;
            let session = session.map_err(|error| refusal(Failure::from(error)))?;
            let opening = Arc::new(Opening {
                resume: resume.clone(),
                ..Opening::default()
            });
            let response = self.open(&question, &session, opening.clone()).await;
            if session.stats().had_stale_read() && attempt < OVERTAKEN_MAX {
                continue;
            }
            if let Some(response) = response.filter(Response::is_err) {
                return Err(Box::new(Answer::refusal(response.errors)));
            }
            let following = opening.following.lock().take();
            let following =
                following.ok_or_else(|| refusal(Failure::fault("a subscription asked for nothing")))?;
            let question = question.subscribed();
            let question = question.map_err(|exhausted| Box::new(Answer::exhausted(exhausted)))?;
            let follower = Follower {
                engine: self.clone(),
                question,
                principal,
                following,
                lines: LINES,
            };
            return Ok(Followed {
                follower,
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
        let opened = Batched::new(responses.next(), asker).await;
        opened.unwrap_or_else(|exhausted| {
            let failure = Failure::from(exhausted);
            Some(Response::from_errors(vec![failure.of_request()]))
        })
    }
}

fn refusal(failure: Failure) -> Box<Answer> {
    Box::new(Answer::refusal(vec![failure.of_request()]))
}

impl Followed {
    /// What is told next, as `render` puts it; waits until there is something. It is worked out and rendered on a work thread.
    /// An error ends the subscription, which may be begun again from the last cursor told.
    pub async fn next<T: Send + 'static>(
        &mut self,
        render: impl Fn(Event) -> T + Clone + Send + 'static,
    ) -> Result<Vec<T>, Vec<ServerError>> {
        loop {
            if !self.more && self.news.changed().await.is_err() {
                return Err(ended(ServiceError::StoreUnavailable));
            }
            // Looked at before the log is: what is written meanwhile is news again.
            self.news.borrow_and_update();
            self.more = true;
            let turn = self.follower.engine.turn().await.map_err(ended)?;
            let (mut follower, render) = (self.follower.clone(), render.clone());
            let page = async move || {
                let (heard, events) = follower.page().await?;
                Ok((
                    heard,
                    follower.lines,
                    events.into_iter().map(render).collect::<Vec<T>>(),
                ))
            };
            let workers = self.follower.engine.service().workers();
            let page = workers.run(turn, page);
            let Ok(page) = tokio::time::timeout(self.within, page).await else {
                let after_ms = u64::try_from(self.within.as_millis()).unwrap_or(u64::MAX);
                return Err(ended(ServiceError::Timeout { after_ms }));
            };
            match page.flatten() {
                Ok((heard, lines, events)) => {
                    self.follower.following.after = heard.up_to;
                    self.follower.lines = lines;
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
}

impl Follower {
    /// The next lines of the log, answered. Where the graph was written to meanwhile and the store keeps no older one, they are
    /// answered again; the last time with writers kept waiting.
    ///
    /// All answers of a page share what one answer may hold. Where that is too little for them, fewer lines are a page; an answer
    /// that is too large by itself is told as an error, and the feed goes on.
    async fn page(&mut self) -> service::Result<(Heard, Vec<Event>)> {
        let mut overtaken = 0;
        loop {
            match self.attempt(overtaken == OVERTAKEN_MAX).await {
                Err(ServiceError::Overtaken) if overtaken < OVERTAKEN_MAX => overtaken += 1,
                Err(ServiceError::MemoryExhausted(exhausted)) if is_own(exhausted) && self.lines > 1 => {
                    self.lines = self.lines.div_ceil(4);
                }
                page => {
                    self.lines = (self.lines * 2).min(LINES);
                    return page;
                }
            }
        }
    }

    async fn attempt(&self, steady: bool) -> service::Result<(Heard, Vec<Event>)> {
        let session = self.engine.session(&self.principal, steady).await?;
        let service = self.engine.service();
        let heard = service.follow(&session, &self.following, self.lines).await?;
        let cursors = ChangeCursors::new(service.cursor_seal().await?, &self.principal);
        let told = heard.lines.iter().map(|line| {
            let cursor = cursors.at(line.place)?;
            let line = line.clone();
            Ok(Change { line, cursor })
        });
        let told = told.collect::<service::Result<Vec<_>>>()?;
        let events = self.events(&session, told).await?;
        if session.stats().had_stale_read() {
            return Err(ServiceError::Overtaken);
        }
        Ok((heard, events))
    }

    /// The answers to all the lines, worked out together.
    async fn events(&self, session: &Session, told: Vec<Change>) -> service::Result<Vec<Event>> {
        let only = match told.as_slice() {
            [change] => Some(change.cursor.clone()),
            _ => None,
        };
        let first = self.engine.asker(session.clone(), Arc::default());
        let answers = told.into_iter().map(|change| {
            let asker = Arc::new(first.beside());
            let cursor = change.cursor.clone();
            let request = Engine::request(self.question.clone(), &asker).data(Told(change));
            let mut responses = self.engine.schema().execute_stream(request);
            async move {
                let response = responses.next().await.unwrap_or_default();
                Event {
                    cursor,
                    answer: finish(response, &asker),
                }
            }
        });
        match (Batched::new(join_all(answers), first.clone()).await, only) {
            (Ok(events), _) => Ok(events),
            (Err(exhausted), Some(cursor)) if is_own(exhausted) => Ok(vec![Event {
                cursor,
                answer: give_up(exhausted, &first),
            }]),
            (Err(exhausted), _) => Err(ServiceError::MemoryExhausted(exhausted)),
        }
    }
}

/// Whether it comes to the limit again, whoever else asks.
fn is_own(exhausted: MemoryExhausted) -> bool {
    !matches!(exhausted, MemoryExhausted::Shared { .. })
}

/// Whether the same may be answered in a while: the store is away, or busy, or others hold the memory.
fn passes(error: &ServiceError) -> bool {
    matches!(
        error,
        ServiceError::StoreUnavailable
            | ServiceError::StoreBusy
            | ServiceError::StoreLocked
            | ServiceError::StoreApplying { .. }
            | ServiceError::Timeout { .. }
            | ServiceError::Overtaken
            | ServiceError::MemoryExhausted(MemoryExhausted::Shared { .. })
    )
}

fn ended(error: ServiceError) -> Vec<ServerError> {
    let mut failure = Failure::from(error);
    if failure.code != Code::Internal {
        failure.message.push_str("; go on from the last cursor told");
    }
    Answer::refusal(vec![failure.of_request()]).response.errors
}
