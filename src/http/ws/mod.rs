//! `/graphql/ws`: GraphQL over WebSocket, by the protocol graphql-transport-ws as the npm package `graphql-ws` has it.
//!
//! Queries, mutations and subscriptions, many at a time over one connection. The loop is our own, for the one that comes with
//! `async-graphql` lets a client open without end, use an id twice and fall behind without limit.

mod closing;
mod message;
mod talk;
mod work;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use self::closing::Closing;
use self::talk::{Speaker, Talk};
use super::answer::{self, Problem};
use super::auth::Doorkeeper;
use super::media::Media;
use super::places::{OwnPlace, Place};
use super::{App, graphql, origin};
use crate::graphql::Failure;
use crate::model::memory::MemoryExhausted;

/// The one subprotocol.
const PROTOCOL: &str = "graphql-transport-ws";

/// Opens a conversation.
pub(super) async fn handle(State(app): State<App>, request: Request) -> Response {
    let client = app.doorkeeper.client(&request);
    let media = Media::of(request.headers());
    let (mut parts, _) = request.into_parts();
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &()).await;
    let upgrade = match upgrade.map_err(|rejection| refusal(&rejection)) {
        Ok(upgrade) => upgrade,
        Err(problem) => return problem.into_response(media),
    };
    if let Err(problem) = origin::check(&parts.headers, &app.config.origins) {
        return problem.into_response(media);
    }
    let credential = match Doorkeeper::presented(&parts.headers) {
        Ok(credential) => credential.map(String::from),
        Err(denied) => return denied.into_response(media),
    };
    // Told at once and by its status where the request itself says who asks.
    if credential.is_some()
        && let Err(denied) = app.doorkeeper.admit(credential.as_deref(), client).await
    {
        return denied.into_response(media);
    }
    let Some(place) = app.places.take() else {
        return graphql::full(&app, media);
    };
    // Who is known by the request is counted as such from the first message on.
    let unknown = credential.is_none().then(|| app.places.take_unknown(client));
    if matches!(unknown, Some(None)) {
        return graphql::full(&app, media);
    }
    let unknown = unknown.flatten();
    let bytes = app.config.limits.feed.message_bytes_max;
    upgrade
        .protocols([PROTOCOL])
        .max_message_size(bytes)
        .max_frame_size(bytes)
        .on_upgrade(move |socket| open(app, socket, Speaker { credential, client }, place, unknown))
}

async fn open(app: App, mut socket: WebSocket, speaker: Speaker, _place: Place, unknown: Option<OwnPlace>) {
    if socket.protocol().is_none() {
        talk::close(&mut socket, &Closing::NotTheProtocol).await;
        return;
    }
    Talk::new(app, socket).run(speaker, unknown).await;
}

fn refusal(rejection: &WebSocketUpgradeRejection) -> Problem {
    let message = format!(
        "this is a WebSocket, of the subprotocol {PROTOCOL} ({rejection}); ask single questions at /graphql, and follow without \
         a WebSocket at /graphql/stream"
    );
    let status = match rejection {
        WebSocketUpgradeRejection::InvalidUpgradeHeader(_)
        | WebSocketUpgradeRejection::InvalidConnectionHeader(_) => StatusCode::UPGRADE_REQUIRED,
        _ => StatusCode::BAD_REQUEST,
    };
    Problem::new(status, "BAD_USER_INPUT", message)
}

fn no_memory(exhausted: MemoryExhausted) -> Value {
    json!(answer::errors(Failure::from(exhausted)))
}

fn too_many_operations(max: usize) -> Value {
    let failure = Failure::new(
        crate::graphql::Code::LimitExceeded,
        format!(
            "a connection has at most {max} operations at a time: complete others first, or open another"
        ),
    );
    json!(answer::errors(failure))
}
