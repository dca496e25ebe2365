//! `/graphql`: the GraphQL-over-HTTP specification, GET for queries and POST with JSON.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, RETRY_AFTER};
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::response::Response;

use super::App;
use super::answer::{self, Problem};
use super::body::{self, Received};
use super::gate::Full;
use super::media::{self, Media};
use super::question::{self, Asked};
use crate::graphql::{Answer, Code, Failure, Followed, Question};
use crate::model::principal::{Principal, Role};

/// Answers one request in the media type that the asker prefers.
pub(super) async fn handle(
    State(app): State<App>,
    Extension(principal): Extension<Arc<Principal>>,
    request: Request,
) -> Response {
    let Some(media) = Media::negotiate(request.headers()) else {
        let message =
            "answers are `application/graphql-response+json` or `application/json`: accept one of them";
        return Problem::new(StatusCode::NOT_ACCEPTABLE, "BAD_USER_INPUT", message)
            .into_response(Media::Json);
    };
    let limits = &app.config.limits;
    let answer = tokio::time::timeout(limits.request(), respond(&app, principal, request, media)).await;
    answer.unwrap_or_else(|_| late(&app, media))
}

/// The request took longer than it may.
pub(super) fn late(app: &App, media: Media) -> Response {
    let message = late_message(app);
    Problem::new(StatusCode::GATEWAY_TIMEOUT, Code::Timeout.as_str(), message).into_response(media)
}

fn late_message(app: &App) -> String {
    format!(
        "stopped after {} ms; ask for less, or a smaller page (a write may stand all the same, and can be sent again)",
        app.config.limits.request_ms_max
    )
}

async fn respond(app: &App, principal: Arc<Principal>, request: Request, media: Media) -> Response {
    let by_get = request.method() != Method::POST;
    let sent = match read(app, &principal, request).await {
        Ok(sent) => sent,
        Err(problem) => return refuse(app, problem, media),
    };
    let worker = app.clone();
    let answered = app.work(async move || {
        let app = &worker;
        let asked = match sent.parse() {
            Ok(asked) => asked,
            Err(problem) => return refuse(app, problem, media),
        };
        let question = match app.question(asked) {
            Ok(question) => question,
            Err(answer) => return answer::graphql(app, *answer, media),
        };
        if question.mutates() && by_get {
            return refuse(app, no_mutation_by_get(), media);
        }
        answer::graphql(app, app.engine.answer(question, &principal).await, media)
    });
    answered.await.unwrap_or_else(|unanswered| match unanswered {
        Unanswered::Busy => busy(app, media),
        Unanswered::Stopped => late(app, media),
    })
}

pub(super) fn no_mutation_by_get() -> Problem {
    not_allowed("a mutation is sent by POST: a GET must change nothing")
}

/// What is asked, as it was sent. Parsing it takes time and memory, and so is work.
pub(super) enum Sent {
    Url(Uri),
    Body(Received),
}

impl Sent {
    /// Parses it. What it holds is given back with what comes of it.
    pub(super) fn parse(self) -> Result<Asked, Problem> {
        match self {
            Self::Url(uri) => question::from_url(&uri),
            Self::Body(Received { bytes, account }) => Ok(Asked {
                held: Some(account),
                ..question::from_body(&bytes)?
            }),
        }
    }
}

/// Takes in what is asked, from the body or from the URL. Whoever may write may send more.
pub(super) async fn read(app: &App, principal: &Principal, request: Request) -> Result<Sent, Problem> {
    let (parts, body) = request.into_parts();
    match parts.method {
        Method::GET | Method::HEAD => Ok(Sent::Url(parts.uri)),
        Method::POST => {
            media::check_content_type(&parts.headers)?;
            let limits = &app.config.limits;
            let bytes_max = match principal.role {
                Role::Reader => limits.body_bytes_max,
                Role::Editor | Role::Admin => limits.write_bytes_max,
            };
            let (drain_max, memory) = (limits.drain_bytes_max, app.engine.memory());
            let received = body::receive(&parts.headers, body, bytes_max, drain_max, memory).await;
            received.map(Sent::Body)
        }
        _ => Err(not_allowed("ask by POST, or by GET where nothing is changed")),
    }
}

fn not_allowed(message: &str) -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        Code::BadUserInput.as_str(),
        message,
    )
}

pub(super) fn refuse(app: &App, problem: Problem, media: Media) -> Response {
    let not_allowed = problem.status == StatusCode::METHOD_NOT_ALLOWED;
    let unavailable = problem.status == StatusCode::SERVICE_UNAVAILABLE;
    let mut response = problem.into_response(media);
    if unavailable {
        let seconds = HeaderValue::from(app.config.limits.retry_after_s);
        response.headers_mut().insert(RETRY_AFTER, seconds);
    }
    if not_allowed {
        response
            .headers_mut()
            .insert(ALLOW, HeaderValue::from_static("GET, HEAD, POST"));
    }
    response
}

/// Too many wait already.
pub(super) fn busy(app: &App, media: Media) -> Response {
    try_again(app, media, &busy_message(app))
}

/// As many follow already as may.
pub(super) fn full(app: &App, media: Media) -> Response {
    try_again(
        app,
        media,
        "as many connections follow already as may; close others, or try again later",
    )
}

fn busy_message(app: &App) -> String {
    format!(
        "the server is busy: {} questions are being answered and the queue is full; try again in {} s",
        app.config.limits.concurrent_max, app.config.limits.retry_after_s
    )
}

/// Why a question was not worked on to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unanswered {
    /// Too many wait already.
    Busy,
    /// It was stopped.
    Stopped,
}

impl App {
    /// The question that is asked; what it was sent as is given back.
    fn question(&self, asked: Asked) -> Result<Question, Box<Answer>> {
        let name = asked.operation_name.as_deref();
        self.engine.read(&asked.query, name, asked.variables)
    }

    /// Works on a question in its turn, on a work thread. Its place among those worked on at a time is free again when the
    /// work has ended, which it does soon after this is dropped.
    pub(super) async fn work<T, F>(&self, job: impl FnOnce() -> F + Send + 'static) -> Result<T, Unanswered>
    where
        T: Send + 'static,
        F: Future<Output = T>,
    {
        let place = self.gate.enter().await.map_err(|Full| Unanswered::Busy)?;
        let done = self.service.workers().run(place, job).await;
        done.map_err(|_| Unanswered::Stopped)
    }

    /// Answers a question in its turn as `render` puts it, or says why not: too many wait, or it takes too long.
    pub(super) async fn answer<T: Send + 'static>(
        &self,
        question: Question,
        principal: &Arc<Principal>,
        render: impl FnOnce(Answer) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let (engine, principal) = (self.engine.clone(), principal.clone());
        let answered = self.work(async move || render(engine.answer(question, &principal).await));
        match tokio::time::timeout(self.config.limits.request(), answered).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(Unanswered::Busy)) => Err(Failure::new(Code::LimitExceeded, busy_message(self))),
            Ok(Err(Unanswered::Stopped)) | Err(_) => Err(Failure::new(Code::Timeout, late_message(self))),
        }
    }

    /// Parses and checks what was sent over a connection that stays, on a work thread. Not in the place of a question: what
    /// is followed has none.
    pub(super) async fn parse(
        &self,
        asked: impl FnOnce() -> Result<Asked, Problem> + Send + 'static,
    ) -> Result<Question, Refused> {
        let app = self.clone();
        let read = async move || {
            let asked = asked().map_err(Refused::Shape)?;
            app.question(asked).map_err(Refused::Question)
        };
        let stopped = |_| Refused::Question(Box::new(self.stopped()));
        let turn = self.engine.turn().await.map_err(stopped)?;
        let read = self.service.workers().run(turn, read).await;
        read.map_err(stopped).flatten()
    }

    /// Begins to follow what a question subscribes to, on a work thread.
    pub(super) async fn follow(
        &self,
        question: Question,
        principal: &Principal,
        resume: Option<String>,
    ) -> Result<Followed, Box<Answer>> {
        let (engine, principal) = (self.engine.clone(), principal.clone());
        let within = self.config.limits.request();
        let stopped = |_| Box::new(self.stopped());
        let turn = self.engine.turn().await.map_err(stopped)?;
        let follow = async move || engine.follow(question, principal, resume, within).await;
        let followed = self.service.workers().run(turn, follow).await;
        followed.map_err(stopped).flatten()
    }

    fn stopped(&self) -> Answer {
        Answer::refusal(vec![Failure::new(Code::Timeout, late_message(self)).of_request()])
    }
}

/// Why what was sent is no question.
pub(super) enum Refused {
    /// It is not of the shape of one.
    Shape(Problem),
    /// It is one that cannot be answered.
    Question(Box<Answer>),
}

fn try_again(app: &App, media: Media, message: &str) -> Response {
    let seconds = app.config.limits.retry_after_s;
    let mut response = Problem::new(
        StatusCode::SERVICE_UNAVAILABLE,
        Code::LimitExceeded.as_str(),
        message,
    )
    .into_response(media);
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}
