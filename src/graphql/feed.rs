//! The change feed of a subscription: its events, page by page, in order and without a gap.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::futures_util::StreamExt as _;
use async_graphql::futures_util::future::join_all;
use async_graphql::{Response, ServerError};
use tokio::sync::watch;

use super::batch::BatchedExecution;
use super::cursor::ChangeCursors;
use super::errors::{ErrorCode, Failure};
use super::prepared_request::PreparedRequest;
use super::response::{GraphqlResponse, abandon, complete};
use super::schema::{Engine, STALE_READS_MAX};
use super::subscription::{CurrentChange, SubscriptionSetup};
use super::types::change::Change;
use crate::model::change::Revision;
use crate::model::memory::MemoryExhausted;
use crate::model::principal::Principal;
use crate::service::{self, FeedPage, FeedSubscription, ServiceError, Session};

/// Lines of the log that are read at a time, and so the number of responses that are computed together at most.
const LINES_MAX: usize = 100;
/// Time to wait after a temporary error of the store.
const RETRY_INTERVAL: Duration = Duration::from_millis(500);

/// The events of one subscription. Dropping it ends the subscription.
pub struct ChangeFeed {
    subscriber: Subscriber,
    revisions: watch::Receiver<Revision>,
    /// How long computing the next events may take.
    within: Duration,
    /// Whether the log may have lines that were not read yet.
    more: bool,
}

/// A client that subscribed, its subscription, and how far it has read.
#[derive(Clone)]
struct Subscriber {
    engine: Engine,
    request: PreparedRequest,
    principal: Principal,
    subscription: FeedSubscription,
    /// Lines that are read at a time: fewer after the responses to more lines reached the limit of one response.
    lines: usize,
}

/// A change as it is sent to a subscriber.
pub struct FeedEvent {
    /// The cursor to resume from.
    pub cursor: String,
    /// The response.
    pub answer: GraphqlResponse,
}

impl Engine {
    /// Begins a subscription. `resume` is a cursor that overrides `since`; `within` is how long computing the next events may take.
    pub async fn subscribe(
        &self,
        request: PreparedRequest,
        principal: Principal,
        resume: Option<String>,
        within: Duration,
    ) -> Result<ChangeFeed, Box<GraphqlResponse>> {
        // Before anything is read, so that no later write is missed.
        let revisions = self.service().subscribe();
        for attempt in 0..=STALE_READS_MAX {
            let session = self.session(&principal, attempt == STALE_READS_MAX).await;
            let session = session.map_err(|error| rejection(Failure::from(error)))?;
            let setup = Arc::new(SubscriptionSetup {
                resume: resume.clone(),
                ..SubscriptionSetup::default()
            });
            let response = self.open(&request, &session, setup.clone()).await;
            if session.stats().had_stale_read() && attempt < STALE_READS_MAX {
                continue;
            }
            if let Some(response) = response.filter(Response::is_err) {
                return Err(Box::new(GraphqlResponse::rejection(response.errors)));
            }
            let subscription = setup.subscription.lock().take();
            let subscription = subscription
                .ok_or_else(|| rejection(Failure::internal("a subscription selects no field")))?;
            let request = request.subscribed();
            let request =
                request.map_err(|exhausted| Box::new(GraphqlResponse::memory_exhausted(exhausted)))?;
            let subscriber = Subscriber {
                engine: self.clone(),
                request,
                principal,
                subscription,
                lines: LINES_MAX,
            };
            return Ok(ChangeFeed {
                subscriber,
                revisions,
                within,
                more: true,
            });
        }
        Err(rejection(ServiceError::StaleRead.into()))
    }

    async fn open(
        &self,
        request: &PreparedRequest,
        session: &Session,
        setup: Arc<SubscriptionSetup>,
    ) -> Option<Response> {
        let context = self.new_context(session.clone(), Arc::default());
        let executable = Self::executable(request.clone(), &context).data(setup);
        let mut responses = self.schema().execute_stream(executable);
        let opened = BatchedExecution::new(responses.next(), context).await;
        opened.unwrap_or_else(|exhausted| {
            let failure = Failure::from(exhausted);
            Some(Response::from_errors(vec![failure.into_request_error()]))
        })
    }
}

fn rejection(failure: Failure) -> Box<GraphqlResponse> {
    Box::new(GraphqlResponse::rejection(vec![failure.into_request_error()]))
}

impl ChangeFeed {
    /// The next events, each rendered by `render`; waits until there are some. They are computed and rendered on a work thread.
    /// An error ends the subscription, which can be resumed from the last cursor sent.
    pub async fn next<T: Send + 'static>(
        &mut self,
        render: impl Fn(FeedEvent) -> T + Clone + Send + 'static,
    ) -> Result<Vec<T>, Vec<ServerError>> {
        loop {
            if !self.more && self.revisions.changed().await.is_err() {
                return Err(end(ServiceError::StoreUnavailable));
            }
            // Before the log is read: a write made meanwhile notifies again.
            self.revisions.borrow_and_update();
            self.more = true;
            let turn = self.subscriber.engine.feed_turn().await.map_err(end)?;
            let (mut subscriber, render) = (self.subscriber.clone(), render.clone());
            let page = async move || {
                let (page, events) = subscriber.page().await?;
                Ok((
                    page,
                    subscriber.lines,
                    events.into_iter().map(render).collect::<Vec<T>>(),
                ))
            };
            let workers = self.subscriber.engine.service().workers();
            let page = workers.run(turn, page);
            let Ok(page) = tokio::time::timeout(self.within, page).await else {
                let after_ms = u64::try_from(self.within.as_millis()).unwrap_or(u64::MAX);
                return Err(end(ServiceError::Timeout { after_ms }));
            };
            match page.flatten() {
                Ok((page, lines, events)) => {
                    self.subscriber.subscription.after = page.up_to;
                    self.subscriber.lines = lines;
                    self.more = page.more;
                    if !events.is_empty() {
                        return Ok(events);
                    }
                }
                Err(error) if is_temporary(&error) => tokio::time::sleep(RETRY_INTERVAL).await,
                Err(error) => return Err(end(error)),
            }
        }
    }
}

impl Subscriber {
    /// The next lines of the log, with the response to each. After a stale read they are computed again; the last time on a
    /// snapshot, which makes writers wait.
    ///
    /// All responses of a page share the memory limit of one response. If they exceed it, a page has fewer lines; a single
    /// response that exceeds it is sent as an error, and the feed continues.
    async fn page(&mut self) -> service::Result<(FeedPage, Vec<FeedEvent>)> {
        let mut stale_reads = 0;
        loop {
            match self.attempt(stale_reads == STALE_READS_MAX).await {
                Err(ServiceError::StaleRead) if stale_reads < STALE_READS_MAX => stale_reads += 1,
                Err(ServiceError::MemoryExhausted(exhausted))
                    if is_own_limit(exhausted) && self.lines > 1 =>
                {
                    self.lines = self.lines.div_ceil(4);
                }
                page => {
                    self.lines = (self.lines * 2).min(LINES_MAX);
                    return page;
                }
            }
        }
    }

    async fn attempt(&self, on_snapshot: bool) -> service::Result<(FeedPage, Vec<FeedEvent>)> {
        let session = self.engine.session(&self.principal, on_snapshot).await?;
        let service = self.engine.service();
        let page = service
            .feed_page(&session, &self.subscription, self.lines)
            .await?;
        let cursors = ChangeCursors::new(service.cursor_seal().await?, &self.principal);
        let changes = page.lines.iter().map(|line| {
            let cursor = cursors.at(line.position)?;
            let line = line.clone();
            Ok(Change { line, cursor })
        });
        let changes = changes.collect::<service::Result<Vec<_>>>()?;
        let events = self.events(&session, changes).await?;
        if session.stats().had_stale_read() {
            return Err(ServiceError::StaleRead);
        }
        Ok((page, events))
    }

    /// The responses to the changes, computed together.
    async fn events(&self, session: &Session, changes: Vec<Change>) -> service::Result<Vec<FeedEvent>> {
        let only = match changes.as_slice() {
            [change] => Some(change.cursor.clone()),
            _ => None,
        };
        let first = self.engine.new_context(session.clone(), Arc::default());
        let answers = changes.into_iter().map(|change| {
            let context = Arc::new(first.sibling());
            let cursor = change.cursor.clone();
            let executable = Engine::executable(self.request.clone(), &context).data(CurrentChange(change));
            let mut responses = self.engine.schema().execute_stream(executable);
            async move {
                let response = responses.next().await.unwrap_or_default();
                FeedEvent {
                    cursor,
                    answer: complete(response, &context),
                }
            }
        });
        match (
            BatchedExecution::new(join_all(answers), first.clone()).await,
            only,
        ) {
            (Ok(events), _) => Ok(events),
            (Err(exhausted), Some(cursor)) if is_own_limit(exhausted) => Ok(vec![FeedEvent {
                cursor,
                answer: abandon(exhausted, &first),
            }]),
            (Err(exhausted), _) => Err(ServiceError::MemoryExhausted(exhausted)),
        }
    }
}

/// Whether the limit is that of the request itself, not one shared with other requests.
fn is_own_limit(exhausted: MemoryExhausted) -> bool {
    !matches!(exhausted, MemoryExhausted::Shared { .. })
}

/// Whether a retry may succeed: the store is unavailable or busy, or other requests hold the memory.
fn is_temporary(error: &ServiceError) -> bool {
    matches!(
        error,
        ServiceError::StoreUnavailable
            | ServiceError::StoreBusy
            | ServiceError::StoreLocked
            | ServiceError::StoreApplying { .. }
            | ServiceError::Timeout { .. }
            | ServiceError::StaleRead
            | ServiceError::MemoryExhausted(MemoryExhausted::Shared { .. })
    )
}

/// The errors that end a subscription.
fn end(error: ServiceError) -> Vec<ServerError> {
    let mut failure = Failure::from(error);
    if failure.code != ErrorCode::Internal {
        failure.message.push_str("; resume from the last cursor received");
    }
    GraphqlResponse::rejection(vec![failure.into_request_error()])
        .response
        .errors
}
