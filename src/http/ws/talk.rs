//! A conversation: what comes is heard, what operations say is sent, until one side ends it.
//!
//! One task does both, so that an id is never in two states at once. It reads nothing while a message is being sent, and a message
//! has a time within which the client must take it: a client that takes nothing is ended, and memory is bounded by the queue.

use std::collections::HashMap;
use std::error::Error as _;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::ws::{CloseFrame, Message, Utf8Bytes, WebSocket};
use tokio::sync::{mpsc, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep_until, timeout};

use super::super::auth::Denied;
use super::super::limits::{CLOSE_MAX, FeedLimits};
use super::super::places::OwnPlace;
use super::super::question::Asked;
use super::super::{App, stopped};
use super::closing::Closing;
use super::message::{self, Heard};
use super::work::{Said, SaidText, Voice, work};
use crate::model::memory::Purpose;
use crate::model::principal::Principal;

/// Who speaks: what was presented, and from where.
pub(super) struct Speaker {
    pub(super) credential: Option<String>,
    pub(super) client: IpAddr,
}

/// A conversation under way.
pub(super) struct Talk {
    app: App,
    socket: WebSocket,
    stopping: watch::Receiver<bool>,
    heard_at: Instant,
}

/// Operations at work, by id.
struct Operations {
    running: HashMap<Arc<str>, Operation>,
    begun: u64,
    queue: mpsc::Sender<Said>,
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

/// Somebody who was let in.
struct Admitted {
    principal: Arc<Principal>,
    speaker: Speaker,
    _place: OwnPlace,
}

impl Talk {
    pub(super) fn new(app: App, socket: WebSocket) -> Self {
        Self {
            stopping: app.stopping.clone(),
            heard_at: Instant::now(),
            app,
            socket,
        }
    }

    /// Talks until the end, and says why it ends.
    pub(super) async fn run(mut self, speaker: Speaker, unknown: Option<OwnPlace>) {
        let closing = match self.greet(speaker).await {
            Ok(admitted) => {
                drop(unknown);
                self.converse(&admitted).await
            }
            Err(closing) => closing,
        };
        tracing::debug!(?closing, "a conversation ends");
        close(&mut self.socket, &closing).await;
    }

    /// From the opening to `connection_ack`.
    async fn greet(&mut self, mut speaker: Speaker) -> Result<Admitted, Closing> {
        let until = Instant::now() + self.limits().init();
        let credential = loop {
            let heard = tokio::select! {
                heard = hear(&mut self.socket) => heard?,
                () = sleep_until(until) => return Err(Closing::InitTimeout),
                () = stopped(&mut self.stopping) => return Err(Closing::Stopping),
            };
            match read(&self.app, heard).await? {
                Some(Heard::Init(credential)) => break credential,
                Some(Heard::Ping(payload)) => self.send(message::pong(payload)).await?,
                Some(Heard::Subscribe(..)) => return Err(Closing::Unauthorized),
                Some(Heard::Pong | Heard::Complete(_)) | None => {}
            }
        };
        // What the message says counts before what the request said, which a browser cannot send.
        if credential.is_some() {
            speaker.credential = credential;
        }
        let principal = principal(&self.app, &speaker)
            .await?
            .ok_or(Closing::TryAgainLater)?;
        let place = self.app.places.take_own(&principal, speaker.client);
        let admitted = Admitted {
            principal: Arc::new(principal),
            speaker,
            _place: place.ok_or(Closing::TooMany)?,
        };
        self.send(message::ack()).await?;
        Ok(admitted)
    }

    /// From `connection_ack` to the end.
    async fn converse(&mut self, admitted: &Admitted) -> Closing {
        let (queue, mut said) = mpsc::channel(self.limits().queue_max.get());
        let mut operations = Operations {
            running: HashMap::new(),
            begun: 0,
            queue,
        };
        let beat = self.limits().ping();
        let mut beats = interval_at(Instant::now() + beat, beat);
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let done = tokio::select! {
                heard = hear(&mut self.socket) => match heard {
                    Ok(heard) => self.hear(heard, admitted, &mut operations).await,
                    Err(closing) => Err(closing),
                },
                Some(said) = said.recv() => self.pass_on(said, &mut operations).await,
                _ = beats.tick() => self.beat(admitted).await,
                () = stopped(&mut self.stopping) => Err(Closing::Stopping),
            };
            if let Err(closing) = done {
                return closing;
            }
        }
    }

    async fn hear(
        &mut self,
        heard: Option<Utf8Bytes>,
        admitted: &Admitted,
        operations: &mut Operations,
    ) -> Result<(), Closing> {
        self.heard_at = Instant::now();
        match read(&self.app, heard).await? {
            Some(Heard::Init(_)) => Err(Closing::SecondInit),
            Some(Heard::Ping(payload)) => self.send(message::pong(payload)).await,
            Some(Heard::Pong) | None => Ok(()),
            Some(Heard::Complete(id)) => {
                operations.running.remove(id.as_str());
                Ok(())
            }
            Some(Heard::Subscribe(id, asked)) => {
                if operations.running.contains_key(id.as_str()) {
                    return Err(Closing::Duplicate(id));
                }
                // A key that was revoked begins nothing, as it asks nothing over HTTP.
                if !self.is_who_it_was(admitted).await? {
                    return Err(Closing::TryAgainLater);
                }
                let max = self.limits().operations_max;
                if operations.running.len() >= max {
                    let told = super::too_many_operations(max);
                    return self.send(message::error(&id, &told)).await;
                }
                // What it was sent as is held until it is read in its turn.
                let held = self.app.engine.memory().account(Purpose::Incoming);
                if let Err(exhausted) = held.keep(asked.bytes()) {
                    let told = super::no_memory(exhausted);
                    return self.send(message::error(&id, &told)).await;
                }
                let asked = Asked {
                    held: Some(held),
                    ..asked
                };
                operations.begin(id.into(), |voice| {
                    work(self.app.clone(), admitted.principal.clone(), asked, voice)
                });
                Ok(())
            }
        }
    }

    /// Sends what an operation said, unless the client wants no more of it.
    async fn pass_on(&mut self, said: Said, operations: &mut Operations) -> Result<(), Closing> {
        let running = operations.running.get(&said.id);
        if running.is_none_or(|operation| operation.serial != said.serial) {
            return Ok(());
        }
        if said.last {
            operations.running.remove(&said.id);
        }
        match said.text {
            SaidText::Answer(text) => {
                // JSON is UTF-8.
                let text = Utf8Bytes::try_from(text.into_bytes()).map_err(|_| Closing::Gone)?;
                self.send(text).await
            }
            SaidText::Word(text) => self.send(text).await,
        }
    }

    /// Now and then: whether the client is there, and is still who it was.
    async fn beat(&mut self, admitted: &Admitted) -> Result<(), Closing> {
        if self.heard_at.elapsed() > 2 * self.limits().ping() {
            return Err(Closing::Silent);
        }
        // Where that cannot be found out now, what was begun goes on.
        self.is_who_it_was(admitted).await?;
        self.send(message::ping()).await
    }

    /// Whether the credential is accepted still, and for the same: else it ends. False where that cannot be found out now.
    async fn is_who_it_was(&mut self, admitted: &Admitted) -> Result<bool, Closing> {
        if admitted.speaker.credential.is_none() {
            return Ok(true);
        }
        match principal(&self.app, &admitted.speaker).await? {
            Some(now) if now == *admitted.principal => Ok(true),
            Some(_) => Err(Closing::Forbidden),
            None => Ok(false),
        }
    }

    async fn send(&mut self, text: impl Into<Utf8Bytes>) -> Result<(), Closing> {
        let within = self.limits().send();
        tokio::select! {
            sent = timeout(within, self.socket.send(Message::Text(text.into()))) => match sent {
                Ok(Ok(())) => Ok(()),
                Ok(Err(_)) => Err(Closing::Gone),
                Err(_) => Err(Closing::Slow),
            },
            () = stopped(&mut self.stopping) => Err(Closing::Stopping),
        }
    }

    fn limits(&self) -> &FeedLimits {
        &self.app.config.limits.feed
    }
}

impl Operations {
    fn begin<W: Future<Output = ()> + Send + 'static>(
        &mut self,
        id: Arc<str>,
        work: impl FnOnce(Voice) -> W,
    ) {
        self.begun += 1;
        let voice = Voice {
            id: id.clone(),
            serial: self.begun,
            queue: self.queue.clone(),
        };
        let task = tokio::spawn(work(voice)).abort_handle();
        let serial = self.begun;
        self.running.insert(id, Operation { serial, task });
    }
}

/// Says why a conversation ends, and gives the client a moment to say that it heard.
pub(super) async fn close(socket: &mut WebSocket, closing: &Closing) {
    if *closing == Closing::Gone {
        return;
    }
    let frame = CloseFrame {
        code: closing.code(),
        reason: closing.reason().into(),
    };
    let said = async {
        socket.send(Message::Close(Some(frame))).await?;
        while let Some(Ok(_)) = socket.recv().await {}
        Ok::<_, axum::Error>(())
    };
    if timeout(CLOSE_MAX, said).await.is_err() {
        tracing::debug!(?closing, "a client did not hear why its conversation ended");
    }
}

/// Bytes from which reading a message is work.
const LARGE: usize = 16 * 1024;

/// What a message says.
async fn read(app: &App, text: Option<Utf8Bytes>) -> Result<Option<Heard>, Closing> {
    let Some(text) = text else {
        return Ok(None);
    };
    let heard = if text.len() < LARGE {
        message::read(&text)
    } else {
        let read = app.service.workers().run((), async move || message::read(&text));
        read.await.map_err(|_| Closing::TryAgainLater)?
    };
    heard.map(Some).map_err(Closing::Invalid)
}

/// Whether a message was refused for its size.
fn is_too_large(error: &axum::Error) -> bool {
    let cause = error.source().and_then(|cause| cause.downcast_ref());
    matches!(cause, Some(tungstenite::Error::Capacity(_)))
}

/// What the client says next; none: nothing that is of the protocol.
async fn hear(socket: &mut WebSocket) -> Result<Option<Utf8Bytes>, Closing> {
    match socket.recv().await {
        Some(Ok(Message::Text(text))) => Ok(Some(text)),
        Some(Ok(Message::Binary(_))) => Err(Closing::Invalid("Invalid message: it is no text".into())),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
        Some(Ok(Message::Close(_))) | None => Err(Closing::Gone),
        Some(Err(error)) if is_too_large(&error) => Err(Closing::MessageTooLarge),
        Some(Err(error)) => {
            tracing::debug!(%error, "a conversation broke off");
            Err(Closing::Gone)
        }
    }
}

/// Who speaks; none: that cannot be found out now.
async fn principal(app: &App, speaker: &Speaker) -> Result<Option<Principal>, Closing> {
    let presented = speaker.credential.as_deref();
    match app.doorkeeper.admit(presented, speaker.client).await {
        Ok(principal) => Ok(Some(principal)),
        Err(Denied::Unauthenticated(_)) if presented.is_none() => Err(Closing::Unauthorized),
        Err(Denied::Unauthenticated(_)) => Err(Closing::Forbidden),
        Err(Denied::TooMany { .. }) => Err(Closing::TooMany),
        Err(Denied::Store(_)) => Ok(None),
    }
}
