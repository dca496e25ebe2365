//! `/graphql/stream`: GraphQL over server-sent events, by the protocol graphql-sse in its mode of distinct connections: one operation
//! a request, for clients that have no WebSocket.
//!
//! The events of a subscription carry their cursors as ids, so that a browser's `EventSource`, which sends the last one when it
//! connects again, goes on where it was.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use async_graphql::ServerError;
use async_graphql::futures_util::stream::{self, Stream, StreamExt as _};
use axum::Extension;
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, CACHE_CONTROL};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse as _, Response};
use serde_json::{Value, json};

use super::answer::{self, Problem};
use super::auth::Doorkeeper;
use super::media::Media;
use super::places::{OwnPlace, Place};
use super::{App, graphql, origin, stopped};
use crate::graphql::{Answer, Followed, Question};
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
    if question.subscribes() {
        let within = app.config.limits.request();
        let principal = Principal::clone(&listener.principal);
        let followed = app.engine.follow(question, principal, resume, within).await;
        let followed = followed.map_err(refused)?;
        let told = listener.told(followed);
        return Ok(events(app, told));
    }
    Ok(events(app, stream::iter(listener.answered(question).await)))
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

/// The response, which stays open while there are events. A comment now and then shows that the server is there, and finds out
/// whether the client is.
fn events(app: &App, events: impl Stream<Item = Event> + Send + 'static) -> Response {
    let beat = app.config.limits.feed.ping();
    let mut response = Sse::new(events.map(Ok::<_, Infallible>))
        .keep_alive(KeepAlive::new().interval(beat))
        .into_response();
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(UNBUFFERED, HeaderValue::from_static("no"));
    response
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
    /// What a query or a mutation comes to.
    async fn answered(&self, question: Question) -> Vec<Event> {
        let body = match self.app.answer(question, &self.principal).await {
            Ok(answer) => answer::body(answer),
            Err(failure) => json!({ "errors": answer::errors(failure) }),
        };
        vec![next(&body), complete()]
    }

    /// What a subscription is told, until the client goes, the server stops, or the credential is good no more; then the response
    /// ends without `complete`, and the client connects again.
    fn told(self, followed: Followed) -> impl Stream<Item = Event> + Send + 'static {
        let state = Some((self, followed));
        stream::unfold(state, |state| async move {
            let (mut listener, mut followed) = state?;
            match listener.page(&mut followed).await? {
                Ok(events) => Some((events, Some((listener, followed)))),
                Err(errors) => Some((vec![next(&json!({ "errors": errors })), complete()], None)),
            }
        })
        .flat_map(stream::iter)
    }

    /// The next events; none: the response ends.
    async fn page(&mut self, followed: &mut Followed) -> Option<Result<Vec<Event>, Vec<ServerError>>> {
        let mut stopping = self.app.stopping.clone();
        let beat = self.app.config.limits.feed.ping();
        let mut beats = tokio::time::interval_at(tokio::time::Instant::now() + beat, beat);
        // Not begun anew at each beat: what it has read of the log it keeps.
        let mut told = std::pin::pin!(followed.next());
        loop {
            tokio::select! {
                told = &mut told => return Some(told.map(|events| {
                    let event = |event: crate::graphql::Event| next(&answer::body(event.answer)).id(event.cursor);
                    events.into_iter().map(event).collect()
                })),
                () = stopped(&mut stopping) => return None,
                _ = beats.tick() => {
                    let presented = self.credential.as_deref();
                    let now = self.app.doorkeeper.admit(presented, self.client).await;
                    let denied = matches!(now, Err(super::auth::Denied::Unauthenticated(_)));
                    if denied || now.is_ok_and(|now| now != *self.principal) {
                        return None;
                    }
                }
            }
        }
    }
}

fn next(body: &Value) -> Event {
    Event::default().event("next").data(body.to_string())
}

/// An `EventSource` tells of no event without data.
fn complete() -> Event {
    Event::default().event("complete").data("")
}
