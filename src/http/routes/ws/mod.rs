//! `/graphql/ws`: GraphQL over WebSocket, by the protocol graphql-transport-ws as the npm package `graphql-ws` has it.
//!
//! Queries, mutations and subscriptions, many at a time over one connection. The implementation is our own, because the one in
//! `async-graphql` does not limit the time to open, duplicate ids, or how far a client falls behind.

mod close_reason;
mod connection;
mod frame_stream;
mod handshake;
mod message;
mod operation;
mod socket;

use axum::extract::{Request, State};
use axum::response::Response;
use serde_json::{Value, json};

use self::close_reason::CloseReason;
use self::connection::{WsClient, WsConnection};
use self::handshake::Handshake;
use self::socket::Socket;
use super::graphql;
use crate::graphql::Failure;
use crate::http::App;
use crate::http::auth::Authenticator;
use crate::http::middleware::origin;
use crate::http::quota::feed_quota::{FeedSlot, PrincipalSlot};
use crate::http::response::answer;
use crate::http::response::media::Media;
use crate::model::memory::MemoryExhausted;

/// Upgrades a request to a WebSocket.
pub(in crate::http) async fn handle(State(app): State<App>, request: Request) -> Response {
    let client = app.authenticator.client_address(&request);
    let media = Media::of(request.headers());
    let (mut parts, _) = request.into_parts();
    let handshake = match Handshake::read(&mut parts) {
        Ok(handshake) => handshake,
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
    let response = handshake.response();
    let client = WsClient {
        credential,
        address: client,
    };
    tokio::spawn(serve(app, handshake, client, slot, address_slot));
    response
}

/// Serves a WebSocket from the upgrade of its connection to its end.
async fn serve(
    app: App,
    handshake: Handshake,
    client: WsClient,
    _slot: FeedSlot,
    address_slot: Option<PrincipalSlot>,
) {
    let Handshake {
        connection,
        offers_protocol,
        ..
    } = handshake;
    let connection = match connection.await {
        Ok(connection) => connection,
        Err(error) => return tracing::debug!(%error, "a connection was not upgraded to a WebSocket"),
    };
    let memory = app.engine.memory().clone();
    let bytes_max = app.config.limits.feed.message_bytes_max;
    let mut socket = Socket::open(connection, memory, bytes_max).await;
    if offers_protocol {
        WsConnection::new(app, socket).run(client, address_slot).await;
    } else {
        socket.close(&CloseReason::NotTheProtocol).await;
    }
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
