//! `/graphql/stream`: GraphQL over server-sent events, by the protocol graphql-sse in its mode of distinct connections: one operation
//! a request, for clients that have no WebSocket.
//!
//! The events of a subscription carry their cursors as ids, so that a browser's `EventSource`, which sends the last one when it
//! connects again, goes on where it was.

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

use super::answer::{self, Problem, Text};
use super::auth::{Denied, Doorkeeper};
use super::graphql::Refused;
use super::media::Media;
use super::places::{OwnPlace, Place};
use super::{App, graphql, origin, stopped};
use crate::graphql::{Answer, Event, Failure, Followed};
use crate::model::memory::Memory;
use crate::model::principal::Principal;

const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");
/// Keeps proxies from collecting the events before they pass them on.
const UNBUFFERED: HeaderName = HeaderName::from_static("x-accel-buffering");

/// Answers one operation as events.
pub(super) async fn handle(
    State(app): State<App>,
    Extension(principal): Extension<Arc<Principal>>,
    request: Request,
) -> Response {
    let client = app.doorkeeper.client(&request);
    let media = Media::of(request.headers());
    let opened = open(&app, principal, client, request);
    match tokio::time::timeout(app.config.limits.request(), opened).await {
        Ok(Ok(response) | Err(response)) => response,
        Err(_) => graphql::late(&app, media),
    }
}

async fn open(
    app: &App,
    principal: Arc<Principal>,
    client: IpAddr,
    request: Request,
) -> Result<Response, Response> {
    let media = Media::of(request.headers());
    let problem = |problem: Problem| problem.into_response(media);
    check_accept(request.headers()).map_err(problem)?;
    origin::check(request.headers(), &app.config.origins).map_err(problem)?;
    let by_get = *request.method() != Method::POST;
    let resume = request
        .headers()
        .get(LAST_EVENT_ID)
        .and_then(|id| id.to_str().ok());
    let resume = resume.filter(|id| !id.is_empty()).map(String::from);
    let credential = Doorkeeper::presented(request.headers())
        .ok()
        .flatten()
        .map(String::from);
    let refuse = |problem| graphql::refuse(app, problem, media);
    let refused = |refused: Box<Answer>| answer::file_refused(app, &refused, media);
    let sent = graphql::read(app, &principal, request).await.map_err(refuse)?;
    let place = app.places.take().ok_or_else(|| graphql::full(app, media))?;
    let own = app.places.take_own(&principal, client);
    let own = own.ok_or_else(|| graphql::full(app, media))?;
    let listener = Listener {
        app: app.clone(),
        principal,
        credential,
        client,
        _places: (place, own),
    };
    let question = app.parse(move || sent.parse()).await;
    let question = question.map_err(|why| match why {
        Refused::Shape(problem) => refuse(problem),
        Refused::Question(answer) => refused(answer),
    })?;
    if question.mutates() && by_get {
        return Err(refuse(graphql::no_mutation_by_get()));
    }
    if !question.subscribes() {
        let worker = app.clone();
        let answered = app.answer(question, &listener.principal, move |answer| {
            if answer.refused {
                return answer::file_refused(&worker, &answer, media);
            }
            let after = format!("{AFTER}{COMPLETE}");
            match answer::text(&answer, worker.engine.memory(), &before(None), &after) {
                Ok(told) => events(Body::from(told.into_bytes())),
                Err(exhausted) => answer::file_refused(&worker, &answer.given_up(exhausted), media),
            }
        });
        let failed =
            |failure: Failure| answer::file_refused(app, &Answer::refusal(vec![failure.of_request()]), media);
        return answered.await.map_err(failed);
    }
    let followed = app.follow(question, &listener.principal, resume).await;
    let followed = followed.map_err(refused)?;
    let (queue, said) = mpsc::channel(app.config.limits.feed.queue_max.get());
    tokio::spawn(listener.listen(followed, queue));
    let said = stream::unfold(said, |mut said| async move {
        let text = said.recv().await?;
        Some((Ok::<Bytes, Infallible>(text), said))
    });
    Ok(events(Body::from_stream(said)))
}

/// A client that takes no events would wait for ever.
fn check_accept(headers: &HeaderMap) -> Result<(), Problem> {
    let accepts = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|accept| accept.to_str().ok());
    let takes = |accept: &str| {
        let names = accept.split(',').filter_map(|range| range.split(';').next());
        names
            .map(str::trim)
            .any(|name| ["text/event-stream", "text/*", "*/*"].contains(&name))
    };
    let accepts: Vec<&str> = accepts.collect();
    if accepts.is_empty() || accepts.iter().any(|accept| takes(accept)) {
        return Ok(());
    }
    let message = "answers are events: accept `text/event-stream`";
    Err(Problem::new(
        StatusCode::NOT_ACCEPTABLE,
        "BAD_USER_INPUT",
        message,
    ))
}

/// The response, which stays open while there are events.
fn events(body: Body) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/event-stream")),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (UNBUFFERED, HeaderValue::from_static("no")),
    ];
    (headers, body).into_response()
}

/// Who is told, and the places it takes.
struct Listener {
    app: App,
    principal: Arc<Principal>,
    credential: Option<String>,
    client: IpAddr,
    _places: (Place, OwnPlace),
}

impl Listener {
    /// Says what is told, until the client goes or takes nothing, the server stops, or the credential is good no more: then the
    /// response ends without `complete`, and the client connects again. A comment now and then shows that the server is there.
    async fn listen(self, mut followed: Followed, queue: mpsc::Sender<Bytes>) {
        let limits = &self.app.config.limits.feed;
        let mut stopping = self.app.stopping.clone();
        let mut beats = interval_at(Instant::now() + limits.ping(), limits.ping());
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let say = async |text: Bytes| matches!(timeout(limits.send(), queue.send(text)).await, Ok(Ok(())));
        loop {
            // Not begun anew at each beat: what takes longer would come to no end.
            let memory = self.app.engine.memory().clone();
            let mut next_page = pin!(followed.next(move |event| written(event, &memory)));
            let page = loop {
                tokio::select! {
                    page = &mut next_page => break page,
                    () = stopped(&mut stopping) => return,
                    () = queue.closed() => return,
                    _ = beats.tick() => {
                        if !self.is_who_it_was().await || !say(Bytes::from_static(COMMENT.as_bytes())).await {
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
                                if !say(event).await {
                                    return;
                                }
                            }
                            Err(errors) => {
                                say(last_words(&errors)).await;
                                return;
                            }
                        }
                    }
                }
                Err(errors) => {
                    say(last_words(&errors)).await;
                    return;
                }
            }
        }
    }

    /// Whether the credential is accepted still, and for the same.
    async fn is_who_it_was(&self) -> bool {
        let presented = self.credential.as_deref();
        match self.app.doorkeeper.admit(presented, self.client).await {
            Ok(now) => now == *self.principal,
            Err(denied) => !matches!(denied, Denied::Unauthenticated(_)),
        }
    }
}

/// An event as it is sent, which holds its bytes until the client has taken it.
fn written(event: Event, memory: &Memory) -> Result<Bytes, Vec<ServerError>> {
    let Event { cursor, answer } = event;
    let text = answer::text(&answer, memory, &before(Some(&cursor)), AFTER);
    let text = text.map_err(|exhausted| answer.given_up(exhausted).response.errors);
    text.map(Text::into_bytes)
}

/// A comment: no event, and a sign of life.
const COMMENT: &str = ":\n\n";
/// An `EventSource` tells of no event that has no data, be it empty.
const COMPLETE: &str = "event: complete\ndata: \n\n";

/// What stands before an answer in its event. JSON has no line breaks, so it is one line of data; nor has a cursor.
fn before(id: Option<&str>) -> String {
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    format!("event: next\n{id}data: ")
}

/// What stands after it.
const AFTER: &str = "\n\n";

/// Errors that end a subscription, and its end.
fn last_words(errors: &[ServerError]) -> Bytes {
    let body = json!({ "errors": errors });
    format!("{}{body}{AFTER}{COMPLETE}", before(None)).into()
}
