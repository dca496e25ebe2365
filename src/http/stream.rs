//! `/graphql/stream`: GraphQL over server-sent events, by the protocol graphql-sse in its mode of distinct connections: one operation
//! a request, for clients that have no WebSocket.
//!
//! The events of a subscription carry their cursors as ids, so that a browser's `EventSource`, which sends the last one when it
//! connects again, goes on where it was.

use std::convert::Infallible;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;

use async_graphql::futures_util::stream;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval_at, timeout};

use super::answer::{self, Problem};
use super::auth::{Denied, Doorkeeper};
use super::media::Media;
use super::places::{OwnPlace, Place};
use super::{App, graphql, origin, stopped};
use crate::graphql::{Answer, Followed};
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
    let opened = open(&app, principal, client, request);
    match tokio::time::timeout(app.config.limits.request(), opened).await {
        Ok(Ok(response) | Err(response)) => response,
        Err(_) => graphql::late(&app, Media::Json),
    }
}

async fn open(
    app: &App,
    principal: Arc<Principal>,
    client: IpAddr,
    request: Request,
) -> Result<Response, Response> {
    let problem = |problem: Problem| problem.into_response(Media::Json);
    check_accept(request.headers()).map_err(problem)?;
    origin::check(request.headers(), &app.config.limits.feed.origins).map_err(problem)?;
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
    let asked = graphql::read(app, &principal, request)
        .await
        .map_err(|problem| graphql::refuse(problem, Media::Json))?;
    let refused = |refused: Box<Answer>| answer::file_refused(&refused);
    let question = app
        .engine
        .read(&asked.query, asked.operation_name, asked.variables)
        .map_err(refused)?;
    if question.mutates() && by_get {
        return Err(graphql::refuse(graphql::no_mutation_by_get(), Media::Json));
    }
    let place = app.places.take().ok_or_else(|| graphql::full(app, Media::Json))?;
    let own = app.places.take_own(&principal, client);
    let own = own.ok_or_else(|| graphql::full(app, Media::Json))?;
    let listener = Listener {
        app: app.clone(),
        principal,
        credential,
        client,
        _places: (place, own),
    };
    if !question.subscribes() {
        let answer = app.answer(question, &listener.principal).await;
        let answer = answer.unwrap_or_else(|failure| Answer::refusal(vec![failure.of_request()]));
        if answer.refused {
            return Err(answer::file_refused(&answer));
        }
        let told = format!("{}{COMPLETE}", next(&answer::body(answer), None));
        return Ok(events(Body::from(told)));
    }
    let within = app.config.limits.request();
    let principal = Principal::clone(&listener.principal);
    let followed = app.engine.follow(question, principal, resume, within).await;
    let followed = followed.map_err(refused)?;
    let (queue, said) = mpsc::channel(app.config.limits.feed.queue_max.get());
    tokio::spawn(listener.listen(followed, queue));
    let said = stream::unfold(said, |mut said| async move {
        let text = said.recv().await?;
        Some((Ok::<String, Infallible>(text), said))
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
    async fn listen(self, mut followed: Followed, queue: mpsc::Sender<String>) {
        let limits = &self.app.config.limits.feed;
        let mut stopping = self.app.stopping.clone();
        let mut beats = interval_at(Instant::now() + limits.ping(), limits.ping());
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let say = async |text: String| matches!(timeout(limits.send(), queue.send(text)).await, Ok(Ok(())));
        loop {
            // Not begun anew at each beat: what takes longer would come to no end.
            let mut next_page = pin!(followed.next());
            let page = loop {
                tokio::select! {
                    page = &mut next_page => break page,
                    () = stopped(&mut stopping) => return,
                    () = queue.closed() => return,
                    _ = beats.tick() => {
                        if !self.is_who_it_was().await || !say(COMMENT.into()).await {
                            return;
                        }
                    }
                }
            };
            match page {
                Ok(page) => {
                    for event in page {
                        if !say(next(&answer::body(event.answer), Some(&event.cursor))).await {
                            return;
                        }
                    }
                }
                Err(errors) => {
                    say(format!("{}{COMPLETE}", next(&json!({ "errors": errors }), None))).await;
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

/// A comment: no event, and a sign of life.
const COMMENT: &str = ":\n\n";
/// An `EventSource` tells of no event that has no data, be it empty.
const COMPLETE: &str = "event: complete\ndata: \n\n";

/// An answer as an event. JSON has no line breaks, so it is one line of data; nor has a cursor.
fn next(body: &Value, id: Option<&str>) -> String {
    let id = id.map(|id| format!("id: {id}\n")).unwrap_or_default();
    format!("event: next\n{id}data: {body}\n\n")
}
