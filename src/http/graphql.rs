//! `/graphql`: the GraphQL-over-HTTP specification, GET for queries and POST with JSON.

use std::sync::Arc;

use axum::Extension;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, RETRY_AFTER};
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;

use super::App;
use super::answer::{self, Problem};
use super::media::{self, Media};
use super::question::{self, Asked};
use crate::graphql::{Answer, Code, Failure, Question};
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
    let answer = tokio::time::timeout(limits.request(), respond(&app, &principal, request, media)).await;
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

async fn respond(app: &App, principal: &Principal, request: Request, media: Media) -> Response {
    let method = request.method().clone();
    let asked = match read(app, principal, request).await {
        Ok(asked) => asked,
        Err(problem) => return refuse(problem, media),
    };
    let question = match app
        .engine
        .read(&asked.query, asked.operation_name, asked.variables)
    {
        Ok(question) => question,
        Err(answer) => return answer::graphql(*answer, media),
    };
    if question.mutates() && method != Method::POST {
        return refuse(no_mutation_by_get(), media);
    }
    match app.gate.enter().await {
        Ok(_turn) => answer::graphql(app.engine.answer(question, principal).await, media),
        Err(_full) => busy(app, media),
    }
}

pub(super) fn no_mutation_by_get() -> Problem {
    not_allowed("a mutation is sent by POST: a GET must change nothing")
}

/// Reads what is asked, from the body or from the URL. Whoever may write may send more.
pub(super) async fn read(app: &App, principal: &Principal, request: Request) -> Result<Asked, Problem> {
    match *request.method() {
        Method::GET | Method::HEAD => question::from_url(request.uri()),
        Method::POST => {
            media::check_content_type(request.headers())?;
            let limits = &app.config.limits;
            let bytes_max = match principal.role {
                Role::Reader => limits.body_bytes_max,
                Role::Editor | Role::Admin => limits.write_bytes_max,
            };
            question::from_body(&body(request.into_body(), bytes_max).await?)
        }
        _ => Err(not_allowed("ask by POST, or by GET where nothing is changed")),
    }
}

async fn body(body: Body, bytes_max: usize) -> Result<axum::body::Bytes, Problem> {
    to_bytes(body, bytes_max).await.map_err(|error| {
        let over = std::error::Error::source(&error)
            .is_some_and(|source| source.to_string().contains("length limit"));
        if over {
            let message = format!("the body has more than {bytes_max} bytes: send less at a time");
            Problem::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                Code::LimitExceeded.as_str(),
                message,
            )
        } else {
            Problem::shape("the body broke off")
        }
    })
}

fn not_allowed(message: &str) -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        Code::BadUserInput.as_str(),
        message,
    )
}

pub(super) fn refuse(problem: Problem, media: Media) -> Response {
    let not_allowed = problem.status == StatusCode::METHOD_NOT_ALLOWED;
    let mut response = problem.into_response(media);
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

impl App {
    /// Answers a question in its turn, or says why not: too many wait, or it takes too long.
    pub(super) async fn answer(&self, question: Question, principal: &Principal) -> Result<Answer, Failure> {
        let limits = &self.config.limits;
        let answered = async {
            match self.gate.enter().await {
                Ok(_turn) => Ok(self.engine.answer(question, principal).await),
                Err(_full) => Err(Failure::new(Code::LimitExceeded, busy_message(self))),
            }
        };
        let answer = tokio::time::timeout(limits.request(), answered).await;
        answer.unwrap_or_else(|_| Err(Failure::new(Code::Timeout, late_message(self))))
    }
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

/// What a request that ended in a panic is told: the log has the rest.
pub(super) fn panicked() -> Response {
    let failure = crate::graphql::Failure::fault("a request panicked; the log has the place just above");
    answer::graphql(Answer::refusal(vec![failure.of_request()]), Media::Json)
}
