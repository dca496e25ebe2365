//! A WebSocket connection: reads the client's messages and sends those of its operations, until one side closes it.
//!
//! One task does both, so that an id is never in two states at once. It reads nothing while a message is being sent, and a client
//! must receive each message within a time limit: a client that reads nothing is disconnected, and the queue bounds memory.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;

use axum::body::Bytes;
use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};

use super::close_reason::CloseReason;
use super::message::{self, ClientMessage};
use super::operation::{MessageSender, OutgoingMessage, OutgoingText, run_operation};
use super::socket::{IncomingText, LARGE, Socket};
use crate::http::auth::AuthError;
use crate::http::limits::FeedLimits;
use crate::http::quota::feed_quota::PrincipalSlot;
use crate::http::request::graphql_request::GraphqlRequest;
use crate::http::{App, stopped};
use crate::model::memory::Purpose;
use crate::model::principal::Principal;

/// The client of a connection: its credential, without `Bearer`, and its address.
pub(super) struct WsClient {
    pub(super) credential: Option<String>,
    pub(super) address: IpAddr,
}

/// An open connection.
pub(super) struct WsConnection {
    app: App,
    socket: Socket,
    stopping: watch::Receiver<bool>,
    last_message_at: Instant,
}

/// The running operations by id.
struct Operations {
    running: HashMap<Arc<str>, Operation>,
    started: u64,
    queue: mpsc::Sender<OutgoingMessage>,
}

struct Operation {
    serial: u64,
    task: AbortHandle,
}

impl Drop for Operation {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A client after `connection_ack`.
struct AuthenticatedClient {
    principal: Arc<Principal>,
    identity: WsClient,
    _slot: PrincipalSlot,
}

impl WsConnection {
    pub(super) fn new(app: App, socket: Socket) -> Self {
        Self {
            stopping: app.stopping.clone(),
            last_message_at: Instant::now(),
            app,
            socket,
        }
    }

    /// Serves the connection until it ends, and closes it. `address_slot` is released when the client has authenticated.
    pub(super) async fn run(mut self, client: WsClient, address_slot: Option<PrincipalSlot>) {
        let reason = match self.authenticate(client).await {
            Ok(client) => {
                drop(address_slot);
                self.serve(&client).await
            }
            Err(reason) => reason,
        };
        tracing::debug!(?reason, "a WebSocket is closed");
        self.socket.close(&reason).await;
    }

    /// Handles the messages up to `connection_ack`.
    async fn authenticate(&mut self, mut client: WsClient) -> Result<AuthenticatedClient, CloseReason> {
        let until = Instant::now() + self.limits().init();
        let credential = loop {
            let text = tokio::select! {
                text = self.socket.receive() => text?,
                () = sleep_until(until) => return Err(CloseReason::InitTimeout),
                () = stopped(&mut self.stopping) => return Err(CloseReason::Stopping),
            };
            let message = parse(&self.app, text).await?;
            self.release_buffer().await?;
            match message {
                Some(ClientMessage::Init(credential)) => break credential,
                Some(ClientMessage::Ping(payload)) => self.send(message::pong(payload)).await?,
                Some(ClientMessage::Subscribe(..)) => return Err(CloseReason::Unauthorized),
                Some(ClientMessage::Pong | ClientMessage::Complete(_)) | None => {}
            }
        };
        // The message takes precedence over the header of the request, which a browser cannot set.
        if credential.is_some() {
            client.credential = credential;
        }
        let principal = principal(&self.app, &client)
            .await?
            .ok_or(CloseReason::TryAgainLater)?;
        let slot = self
            .app
            .feed_quota
            .acquire_for_principal(&principal, client.address);
        let client = AuthenticatedClient {
            principal: Arc::new(principal),
            identity: client,
            _slot: slot.ok_or(CloseReason::TooManyConnections)?,
        };
        self.send(message::ack()).await?;
        Ok(client)
    }

    /// Serves the connection from `connection_ack` to its end.
    async fn serve(&mut self, client: &AuthenticatedClient) -> CloseReason {
        let (queue, mut outgoing) = mpsc::channel(self.limits().queue_max.get());
        let mut operations = Operations {
            running: HashMap::new(),
            started: 0,
            queue,
        };
        let interval = self.limits().ping();
        let mut pings = interval_at(Instant::now() + interval, interval);
        pings.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let done = tokio::select! {
                text = self.socket.receive() => match text {
                    Ok(text) => self.handle(text, client, &mut operations).await,
                    Err(reason) => Err(reason),
                },
                Some(message) = outgoing.recv() => self.forward(message, &mut operations).await,
                _ = pings.tick() => self.ping(client).await,
                () = stopped(&mut self.stopping) => Err(CloseReason::Stopping),
            };
            if let Err(reason) = done {
                return reason;
            }
        }
    }

    /// Handles a message after `connection_ack`.
    async fn handle(
        &mut self,
        text: Option<IncomingText>,
        client: &AuthenticatedClient,
        operations: &mut Operations,
    ) -> Result<(), CloseReason> {
        self.last_message_at = Instant::now();
        let message = parse(&self.app, text).await?;
        self.release_buffer().await?;
        match message {
            Some(ClientMessage::Init(_)) => Err(CloseReason::SecondInit),
            Some(ClientMessage::Ping(payload)) => self.send(message::pong(payload)).await,
            Some(ClientMessage::Pong) | None => Ok(()),
            Some(ClientMessage::Complete(id)) => {
                operations.running.remove(id.as_str());
                Ok(())
            }
            Some(ClientMessage::Subscribe(id, request)) => {
                if operations.running.contains_key(id.as_str()) {
                    return Err(CloseReason::DuplicateId(id));
                }
                // A revoked key cannot start an operation, just as it cannot send a request over HTTP.
                if !self.is_still_authenticated(client).await? {
                    return Err(CloseReason::TryAgainLater);
                }
                let max = self.limits().operations_max;
                if operations.running.len() >= max {
                    let errors = super::too_many_operations(max);
                    return self.send(message::error(&id, &errors)).await;
                }
                // The request is charged until it is parsed.
                let account = self.app.engine.memory().account(Purpose::Incoming);
                if let Err(exhausted) = account.keep(request.bytes()) {
                    let errors = super::memory_error(exhausted);
                    return self.send(message::error(&id, &errors)).await;
                }
                let request = GraphqlRequest {
                    account: Some(account),
                    ..request
                };
                operations.start(id.into(), |sender| {
                    run_operation(self.app.clone(), client.principal.clone(), request, sender)
                });
                Ok(())
            }
        }
    }

    /// Sends a message of an operation, unless the client has cancelled the operation.
    async fn forward(
        &mut self,
        message: OutgoingMessage,
        operations: &mut Operations,
    ) -> Result<(), CloseReason> {
        let running = operations.running.get(&message.id);
        if running.is_none_or(|operation| operation.serial != message.serial) {
            return Ok(());
        }
        if message.last {
            operations.running.remove(&message.id);
        }
        match message.text {
            // JSON is UTF-8.
            OutgoingText::Answer(text) => self.send(text.into_bytes()).await,
            OutgoingText::Control(text) => self.send(text).await,
        }
    }

    /// Checks that the client still answers and is still authenticated, and sends a ping.
    async fn ping(&mut self, client: &AuthenticatedClient) -> Result<(), CloseReason> {
        if self.last_message_at.elapsed() > 2 * self.limits().ping() {
            return Err(CloseReason::PingTimeout);
        }
        // If the keys cannot be verified now, running operations continue.
        self.is_still_authenticated(client).await?;
        self.send(message::ping()).await
    }

    /// Whether the credential still authenticates the same principal; false if it cannot be verified now.
    async fn is_still_authenticated(&mut self, client: &AuthenticatedClient) -> Result<bool, CloseReason> {
        if client.identity.credential.is_none() {
            return Ok(true);
        }
        match principal(&self.app, &client.identity).await? {
            Some(now) if now == *client.principal => Ok(true),
            Some(_) => Err(CloseReason::Forbidden),
            None => Ok(false),
        }
    }

    /// Sends a message, if the client receives it in time.
    async fn send(&mut self, text: impl Into<Bytes>) -> Result<(), CloseReason> {
        let within = self.limits().send();
        tokio::select! {
            sent = timeout(within, self.socket.send(text)) => sent.unwrap_or(Err(CloseReason::TooSlow)),
            () = stopped(&mut self.stopping) => Err(CloseReason::Stopping),
        }
    }

    /// Releases the buffer of a large message that was parsed, once the client has received what was sent before.
    async fn release_buffer(&mut self) -> Result<(), CloseReason> {
        let within = self.limits().send();
        let released = timeout(within, self.socket.release_buffer()).await;
        released.unwrap_or(Err(CloseReason::TooSlow))
    }

    fn limits(&self) -> &FeedLimits {
        &self.app.config.limits.feed
    }
}

impl Operations {
    /// Starts an operation on a task of its own.
    fn start<W: Future<Output = ()> + Send + 'static>(
        &mut self,
        id: Arc<str>,
        work: impl FnOnce(MessageSender) -> W,
    ) {
        self.started += 1;
        let sender = MessageSender {
            id: id.clone(),
            serial: self.started,
            queue: self.queue.clone(),
        };
        let task = tokio::spawn(work(sender)).abort_handle();
        let serial = self.started;
        self.running.insert(id, Operation { serial, task });
    }
}

/// Parses a message; none for a control frame.
async fn parse(app: &App, text: Option<IncomingText>) -> Result<Option<ClientMessage>, CloseReason> {
    let Some(text) = text else {
        return Ok(None);
    };
    let message = if text.len() < LARGE {
        message::parse(&text)
    } else {
        let parse = app.service.workers().run((), async move || message::parse(&text));
        parse.await.map_err(|_| CloseReason::TryAgainLater)?
    };
    message.map(Some).map_err(CloseReason::Invalid)
}

/// The principal of a client; none if its credential cannot be verified now.
async fn principal(app: &App, client: &WsClient) -> Result<Option<Principal>, CloseReason> {
    let presented = client.credential.as_deref();
    match app.authenticator.authenticate(presented, client.address).await {
        Ok(principal) => Ok(Some(principal)),
        Err(AuthError::Unauthenticated(_)) if presented.is_none() => Err(CloseReason::Unauthorized),
        Err(AuthError::Unauthenticated(_)) => Err(CloseReason::Forbidden),
        Err(AuthError::TooManyFailures { retry_after_s }) => {
            Err(CloseReason::TooManyFailures { retry_after_s })
        }
        Err(AuthError::Store(_)) => Ok(None),
    }
}
