//! `/graphql/stream`: GraphQL over server-sent events, by the protocol graphql-sse in distinct connections mode: one operation per
//! request, for clients without WebSocket.
//!
//! The events of a subscription carry their cursors as ids, so that a browser's `EventSource`, which sends the last one when it
//! reconnects, resumes where it was.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;

use async_graphql::ServerError;
use async_graphql::futures_util::stream;
use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::json;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

use super::graphql;
use super::graphql::RequestError;
use crate::graphql::{ChangeFeed, Failure, FeedEvent, GraphqlResponse};
use crate::http::auth::{AuthError, Authenticator};
use crate::http::middleware::deadline::Deadline;
use crate::http::middleware::origin;
use crate::http::quota::feed_quota::{FeedSlot, PrincipalSlot};
use crate::http::response::answer::{self, HttpError, JsonText};
use crate::http::response::media::Media;
use crate::http::{App, stopped};
use crate::model::memory::Memory;
use crate::model::principal::Principal;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Keeps proxies from buffering the events.
const UNBUFFERED: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Answers one operation as events.
pub(in crate::http) async fn handle(
    State(app): State<App>,
    Extension(principal): Extension<Arc<Principal>>,
    Extension(deadline): Extension<Deadline>,
    request: Request,
) -> Response {
    let client = app.authenticator.client_address(&request);
    let media = Media::of(request.headers());
    let response = open(&app, principal, client, request);
    match deadline.limit(response).await {
        Ok(Ok(response) | Err(response)) => response,
        Err(_) => graphql::timeout(&app, media),
    }
}

async fn open(
    app: &App,
    principal: Arc<Principal>,
    client: IpAddr,
    request: Request,
) -> Result<Response, Response> {
    let media = Media::of(request.headers());
    let reject = |error: HttpError| error.into_response(media);
    check_accept(request.headers()).map_err(reject)?;
    origin::check(request.headers(), &app.config.origins).map_err(reject)?;
    let by_get = *request.method() != Method::POST;
    let resume = request
        .headers()
        .get(LAST_EVENT_ID)
        .and_then(|id| id.to_str().ok());
    let resume = resume.filter(|id| !id.is_empty()).map(String::from);
    let credential = Authenticator::credential(request.headers())
        .ok()
        .flatten()
        .map(String::from);
    let http_error = |error| graphql::error_response(app, error, media);
    let graphql_error = |answer: Box<GraphqlResponse>| answer::file_error(app, &answer, media);
    let unparsed = graphql::read(app, &principal, request)
        .await
        .map_err(http_error)?;
    let quota_exceeded = || graphql::feed_quota_exceeded(app, media);
    let slot = app.feed_quota.acquire().ok_or_else(quota_exceeded)?;
    let principal_slot = app.feed_quota.acquire_for_principal(&principal, client);
    let principal_slot = principal_slot.ok_or_else(quota_exceeded)?;
    let subscriber = SseSubscriber {
        app: app.clone(),
        principal,
        credential,
        client,
        _slots: (slot, principal_slot),
    };
    let question = app.parse(move || unparsed.parse()).await;
    let question = question.map_err(|error| match error {
        RequestError::Http(error) => http_error(error),
        RequestError::Graphql(answer) => graphql_error(answer),
    })?;
    if question.is_mutation() && by_get {
        return Err(http_error(graphql::no_mutation_by_get()));
    }
    if !question.is_subscription() {
        let worker = app.clone();
        let response = app.answer(question, &subscriber.principal, move |answer| {
            if answer.refused {
                return answer::file_error(&worker, &answer, media);
            }
            let after = format!("{AFTER}{COMPLETE}");
            match answer::text(&answer, worker.engine.memory(), &before(None), &after) {
                Ok(text) => events(Body::from(text.into_bytes())),
                Err(exhausted) => answer::file_error(&worker, &answer.abandoned(exhausted), media),
            }
        });
        let failed = |failure: Failure| {
            answer::file_error(
                app,
                &GraphqlResponse::rejection(vec![failure.into_request_error()]),
                media,
            )
        };
        return response.await.map_err(failed);
    }
    let feed = app.subscribe(question, &subscriber.principal, resume).await;
    let feed = feed.map_err(graphql_error)?;
    let (queue, sent) = mpsc::channel(app.config.limits.feed.queue_max.get());
    tokio::spawn(subscriber.run(feed, queue));
    let sent = stream::unfold(sent, |mut sent| async move {
        let text = sent.recv().await?;
        Some((Ok::<Bytes, Infallible>(text), sent))
    });
    Ok(events(Body::from_stream(sent)))
}

/// Rejects clients that do not accept event streams: they would wait forever.
fn check_accept(headers: &HeaderMap) -> Result<(), HttpError> {
    let accepts = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|accept| accept.to_str().ok());
    let matches = |accept: &str| {
        let names = accept.split(',').filter_map(|range| range.split(';').next());
        names
            .map(str::trim)
            .any(|name| ["text/event-stream", "text/*", "*/*"].contains(&name))
    };
    let accepts: Vec<&str> = accepts.collect();
    if accepts.is_empty() || accepts.iter().any(|accept| matches(accept)) {
        return Ok(());
    }
    let message = "Responses are event streams; accept `text/event-stream`.";
    Err(HttpError::new(
        StatusCode::NOT_ACCEPTABLE,
        "BAD_USER_INPUT",
        message,
    ))
}

/// An event stream response.
fn events(body: Body) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (UNBUFFERED, HeaderValue::from_static("no")),
    ];
    (headers, body).into_response()
}

/// A subscriber over server-sent events, and the slots it holds.
struct SseSubscriber {
    app: App,
    principal: Arc<Principal>,
    credential: Option<String>,
    client: IpAddr,
    _slots: (FeedSlot, PrincipalSlot),
}

impl SseSubscriber {
    /// Sends events until the client disconnects or stops reading, the server stops, or the credential becomes invalid: then the
    /// response ends without `complete`, so that the client reconnects. Comments keep the connection alive in between.
    async fn run(self, mut feed: ChangeFeed, queue: mpsc::Sender<Bytes>) {
        let limits = &self.app.config.limits.feed;
        let mut stopping = self.app.stopping.clone();
        let mut keep_alive = interval_at(Instant::now() + limits.ping(), limits.ping());
        keep_alive.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let send = async |text: Bytes| matches!(timeout(limits.send(), queue.send(text)).await, Ok(Ok(())));
        loop {
            // Not restarted by a keep-alive: a page that takes longer than the interval would never complete.
            let memory = self.app.engine.memory().clone();
            let mut next_page = pin!(feed.next(move |event| event_text(event, &memory)));
            let page = loop {
                tokio::select! {
                    page = &mut next_page => break page,
                    () = stopped(&mut stopping) => return,
                    () = queue.closed() => return,
                    _ = keep_alive.tick() => {
                        if !self.is_still_authenticated().await || !send(Bytes::from_static(COMMENT.as_bytes())).await {
                            return;
                        }
                    }
                }
            };
            match page {
                Ok(page) => {
                    for event in page {
                        match event {
                            Ok(event) => {
                                if !send(event).await {
                                    return;
                                }
                            }
                            Err(errors) => {
                                send(error_event(&errors)).await;
                                return;
                            }
                        }
                    }
                }
                Err(errors) => {
                    send(error_event(&errors)).await;
                    return;
                }
            }
        }
    }

    /// Whether the credential still authenticates the same principal.
    async fn is_still_authenticated(&self) -> bool {
        let presented = self.credential.as_deref();
        match self.app.authenticator.authenticate(presented, self.client).await {
            Ok(now) => now == *self.principal,
            Err(denied) => !matches!(denied, AuthError::Unauthenticated(_)),
        }
    }
}

/// The text of an event, charged to the memory budget until the client has received it.
fn event_text(event: FeedEvent, memory: &Memory) -> Result<Bytes, Vec<ServerError>> {
    let FeedEvent { cursor, answer } = event;
    let text = answer::text(&answer, memory, &before(Some(&cursor)), AFTER);
    let text = text.map_err(|exhausted| answer.abandoned(exhausted).response.errors);
    text.map(JsonText::into_bytes)
}

/// A comment, which keeps the connection alive.
const COMMENT: &str = ":\n\n";
/// The end of an operation. It has an empty `data` line because an `EventSource` drops events without one.
const COMPLETE: &str = "event: complete\ndata: \n\n";

/// The text before an answer in its event. Neither JSON nor a cursor contains line breaks, so each takes one line.
fn before(id: Option<&str>) -> String {
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    format!("event: next\n{id}data: ")
}

/// The text after an answer in its event.
const AFTER: &str = "\n\n";

/// The last event of a subscription that ends with errors, and `complete`.
fn error_event(errors: &[ServerError]) -> Bytes {
    let body = json!({ "errors": errors });
    format!("{}{body}{AFTER}{COMPLETE}", before(None)).into()
}
