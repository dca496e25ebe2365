//! `/graphql/ws`: GraphQL over WebSocket, by the protocol graphql-transport-ws as the npm package `graphql-ws` has it.
//!
//! Queries, mutations and subscriptions, many at a time over one connection. The implementation is our own, because the one in
//! `async-graphql` does not limit the time to open, duplicate ids, or how far a client falls behind.

mod close_reason;
mod connection;
mod message;
mod operation;

use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::extract::ws::{WebSocket, WebSocketUpgrade};
use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use self::close_reason::CloseReason;
use self::connection::{WsClient, WsConnection};
use super::answer::{self, HttpError};
use super::auth::Authenticator;
use super::feed_quota::{FeedSlot, PrincipalSlot};
use super::media::Media;
use super::{App, graphql, origin};
use crate::graphql::Failure;
use crate::model::memory::MemoryExhausted;

/// The one subprotocol.
const PROTOCOL: &str = "graphql-transport-ws";

/// Upgrades a request to a WebSocket.
pub(super) async fn handle(State(app): State<App>, request: Request) -> Response {
    let client = app.authenticator.client_address(&request);
    let media = Media::of(request.headers());
    let (mut parts, _) = request.into_parts();
    let upgrade = WebSocketUpgrade::from_request_parts(&mut parts, &()).await;
    let upgrade = match upgrade.map_err(|rejection| upgrade_error(&rejection)) {
        Ok(upgrade) => upgrade,
        Err(error) => return error.into_response(media),
    };
    if let Err(error) = origin::check(&parts.headers, &app.config.origins) {
        return error.into_response(media);
    }
    let credential = match Authenticator::credential(&parts.headers) {
        Ok(credential) => credential.map(String::from),
        Err(error) => return error.into_response(media),
    };
    // A credential in the request is checked before the upgrade, so that the status says what is wrong.
    if credential.is_some()
        && let Err(error) = app
            .authenticator
            .authenticate(credential.as_deref(), client)
            .await
    {
        return error.into_response(media);
    }
    let Some(slot) = app.feed_quota.acquire() else {
        return graphql::feed_quota_exceeded(&app, media);
    };
    // Until it authenticates, a connection counts for its address.
    let address_slot = credential
        .is_none()
        .then(|| app.feed_quota.acquire_for_address(client));
    if matches!(address_slot, Some(None)) {
        return graphql::feed_quota_exceeded(&app, media);
    }
    let address_slot = address_slot.flatten();
    let bytes = app.config.limits.feed.message_bytes_max;
    upgrade
        .protocols([PROTOCOL])
        .max_message_size(bytes)
        .max_frame_size(bytes)
        .on_upgrade(move |socket| {
            open(
                app,
                socket,
                WsClient {
                    credential,
                    address: client,
                },
                slot,
                address_slot,
            )
        })
}

async fn open(
    app: App,
    mut socket: WebSocket,
    client: WsClient,
    _slot: FeedSlot,
    address_slot: Option<PrincipalSlot>,
) {
    if socket.protocol().is_none() {
        connection::close(&mut socket, &CloseReason::NotTheProtocol).await;
        return;
    }
    WsConnection::new(app, socket).run(client, address_slot).await;
}

fn upgrade_error(rejection: &WebSocketUpgradeRejection) -> HttpError {
    let message = format!(
        "This endpoint is a WebSocket with the subprotocol {PROTOCOL} ({rejection}); send single requests to /graphql, and \
         subscribe without a WebSocket at /graphql/stream."
    );
    let status = match rejection {
        WebSocketUpgradeRejection::InvalidUpgradeHeader(_)
        | WebSocketUpgradeRejection::InvalidConnectionHeader(_) => StatusCode::UPGRADE_REQUIRED,
        _ => StatusCode::BAD_REQUEST,
    };
    HttpError::new(status, "BAD_USER_INPUT", message)
}

fn memory_error(exhausted: MemoryExhausted) -> Value {
    json!(answer::errors(Failure::from(exhausted)))
}

fn too_many_operations(max: usize) -> Value {
    let failure = Failure::new(
        crate::graphql::ErrorCode::LimitExceeded,
        format!(
            "A connection can run at most {max} operations at a time; complete others first or open another connection."
        ),
    );
    json!(answer::errors(failure))
}
