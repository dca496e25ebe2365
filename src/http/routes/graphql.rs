//! `/graphql`: the GraphQL-over-HTTP specification, GET for queries and POST with JSON.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Request, State};
use axum::http::header::{ALLOW, RETRY_AFTER};
use axum::http::{HeaderValue, Method, StatusCode, Uri};
use axum::response::Response;

use crate::graphql::{ChangeFeed, ErrorCode, Failure, GraphqlResponse, PreparedRequest};
use crate::http::App;
use crate::http::middleware::deadline::Deadline;
use crate::http::quota::concurrency::QueueFull;
use crate::http::request::body::{self, RequestBody};
use crate::http::request::content_type::check_content_type;
use crate::http::request::graphql_request::{self, GraphqlRequest};
use crate::http::response::answer::{self, HttpError};
use crate::http::response::media::Media;
use crate::model::principal::{Principal, Role};

/// Answers one request in the media type that the client prefers.
pub(in crate::http) async fn handle(
    State(app): State<App>,
    Extension(principal): Extension<Arc<Principal>>,
    Extension(deadline): Extension<Deadline>,
    request: Request,
) -> Response {
    let Some(media) = Media::negotiate(request.headers()) else {
        let message =
            "Responses are `application/graphql-response+json` or `application/json`; accept one of them.";
        return HttpError::new(StatusCode::NOT_ACCEPTABLE, "BAD_USER_INPUT", message)
            .into_response(Media::Json);
    };
    let answer = deadline.limit(respond(&app, principal, request, media)).await;
    answer.unwrap_or_else(|_| timeout(&app, media))
}

/// The response to a request that exceeded its time limit.
pub(super) fn timeout(app: &App, media: Media) -> Response {
    let message = timeout_message(app);
    HttpError::new(StatusCode::GATEWAY_TIMEOUT, ErrorCode::Timeout.as_str(), message).into_response(media)
}

fn timeout_message(app: &App) -> String {
    format!(
        "Stopped after {} ms; request less or a smaller page (a write may have been committed and can be sent again).",
        app.config.limits.request_ms_max
    )
}

async fn respond(app: &App, principal: Arc<Principal>, request: Request, media: Media) -> Response {
    let by_get = request.method() != Method::POST;
    let unparsed = match read(app, &principal, request).await {
        Ok(unparsed) => unparsed,
        Err(error) => return error_response(app, error, media),
    };
    let worker = app.clone();
    let response = app.work(async move || {
        let app = &worker;
        let request = match unparsed.parse() {
            Ok(request) => request,
            Err(error) => return error_response(app, error, media),
        };
        let question = match app.question(request) {
            Ok(question) => question,
            Err(answer) => return answer::graphql(app, *answer, media),
        };
        if question.is_mutation() && by_get {
            return error_response(app, no_mutation_by_get(), media);
        }
        answer::graphql(app, app.engine.execute(question, &principal).await, media)
    });
    response.await.unwrap_or_else(|error| match error {
        WorkError::Busy => busy(app, media),
        WorkError::Stopped => timeout(app, media),
    })
}

pub(super) fn no_mutation_by_get() -> HttpError {
    not_allowed("Mutations must be sent by POST; a GET request must not change anything.")
}

/// A request as it was sent. Parsing it takes time and memory, so it runs on a work thread.
pub(super) enum UnparsedRequest {
    Url(Uri),
    Body(RequestBody),
}

impl UnparsedRequest {
    /// The parsed request, which takes over the charge of the body.
    pub(super) fn parse(self) -> Result<GraphqlRequest, HttpError> {
        match self {
            Self::Url(uri) => graphql_request::from_url(&uri),
            Self::Body(RequestBody { bytes, account }) => Ok(GraphqlRequest {
                account: Some(account),
                ..graphql_request::from_body(&bytes)?
            }),
        }
    }
}

/// Reads a request from the body or the URL. The body of a principal that may write can be larger.
pub(super) async fn read(
    app: &App,
    principal: &Principal,
    request: Request,
) -> Result<UnparsedRequest, HttpError> {
    let (parts, body) = request.into_parts();
    match parts.method {
        Method::GET | Method::HEAD => Ok(UnparsedRequest::Url(parts.uri)),
        Method::POST => {
            check_content_type(&parts.headers)?;
            let limits = &app.config.limits;
            let bytes_max = match principal.role {
                Role::Reader => limits.body_bytes_max,
                Role::Editor | Role::Admin => limits.write_bytes_max,
            };
            let memory = app.engine.memory();
            let received = body::receive(&parts.headers, body, bytes_max, limits, memory).await;
            received.map(UnparsedRequest::Body)
        }
        _ => Err(not_allowed("Method not allowed; use POST, or GET for queries.")),
    }
}

fn not_allowed(message: &str) -> HttpError {
    HttpError::new(
        StatusCode::METHOD_NOT_ALLOWED,
        ErrorCode::BadUserInput.as_str(),
        message,
    )
}

pub(super) fn error_response(app: &App, error: HttpError, media: Media) -> Response {
    let not_allowed = error.status == StatusCode::METHOD_NOT_ALLOWED;
    let unavailable = error.status == StatusCode::SERVICE_UNAVAILABLE;
    let mut response = error.into_response(media);
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

/// The response when the queue is full.
pub(super) fn busy(app: &App, media: Media) -> Response {
    unavailable(app, media, &busy_message(app))
}

/// The response when the quota of subscription connections is used up.
pub(super) fn feed_quota_exceeded(app: &App, media: Media) -> Response {
    unavailable(
        app,
        media,
        "The limit on subscription connections is reached; close others or try again later.",
    )
}

fn busy_message(app: &App) -> String {
    format!(
        "The server is busy: {} requests are running and the queue is full; try again in {} s.",
        app.config.limits.concurrent_max, app.config.limits.retry_after_s
    )
}

/// Why work on a request did not complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WorkError {
    /// The queue is full.
    Busy,
    /// It was cancelled.
    Stopped,
}

impl App {
    /// The parsed and checked document of a request.
    fn question(&self, request: GraphqlRequest) -> Result<PreparedRequest, Box<GraphqlResponse>> {
        let name = request.operation_name.as_deref();
        self.engine.prepare(&request.query, name, request.variables)
    }

    /// Runs a job on a work thread within the concurrency limit. Its permit is released when the job has ended, which is soon after
    /// this future is dropped.
    pub(super) async fn work<T, F>(&self, job: impl FnOnce() -> F + Send + 'static) -> Result<T, WorkError>
    where
        T: Send + 'static,
        F: Future<Output = T>,
    {
        let permit = self
            .concurrency
            .acquire()
            .await
            .map_err(|QueueFull| WorkError::Busy)?;
        let done = self.service.workers().run(permit, job).await;
        done.map_err(|_| WorkError::Stopped)
    }

    /// Answers a question within the concurrency and time limits, and renders the answer with `render`.
    pub(super) async fn answer<T: Send + 'static>(
        &self,
        question: PreparedRequest,
        principal: &Arc<Principal>,
        render: impl FnOnce(GraphqlResponse) -> T + Send + 'static,
    ) -> Result<T, Failure> {
        let (engine, principal) = (self.engine.clone(), principal.clone());
        let answer = self.work(async move || render(engine.execute(question, &principal).await));
        match tokio::time::timeout(self.config.limits.request(), answer).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(WorkError::Busy)) => Err(Failure::new(ErrorCode::LimitExceeded, busy_message(self))),
            Ok(Err(WorkError::Stopped)) | Err(_) => {
                Err(Failure::new(ErrorCode::Timeout, timeout_message(self)))
            }
        }
    }

    /// Parses and checks a request from a long-lived connection, on a work thread. It takes no permit of the concurrency limit,
    /// because subscriptions have none.
    pub(super) async fn parse(
        &self,
        request: impl FnOnce() -> Result<GraphqlRequest, HttpError> + Send + 'static,
    ) -> Result<PreparedRequest, RequestError> {
        let app = self.clone();
        let read = async move || {
            let request = request().map_err(RequestError::Http)?;
            app.question(request).map_err(RequestError::Graphql)
        };
        let stopped = |_| RequestError::Graphql(Box::new(self.stopped()));
        let turn = self.engine.feed_turn().await.map_err(stopped)?;
        let read = self.service.workers().run(turn, read).await;
        read.map_err(stopped).flatten()
    }

    /// Begins a subscription on a work thread.
    pub(super) async fn subscribe(
        &self,
        question: PreparedRequest,
        principal: &Principal,
        resume: Option<String>,
    ) -> Result<ChangeFeed, Box<GraphqlResponse>> {
        let (engine, principal) = (self.engine.clone(), principal.clone());
        let within = self.config.limits.request();
        let stopped = |_| Box::new(self.stopped());
        let turn = self.engine.feed_turn().await.map_err(stopped)?;
        let subscribe = async move || engine.subscribe(question, principal, resume, within).await;
        let feed = self.service.workers().run(turn, subscribe).await;
        feed.map_err(stopped).flatten()
    }

    fn stopped(&self) -> GraphqlResponse {
        GraphqlResponse::rejection(vec![
            Failure::new(ErrorCode::Timeout, timeout_message(self)).into_request_error(),
        ])
    }
}

/// Why a request cannot be executed.
pub(super) enum RequestError {
    /// It violates GraphQL over HTTP.
    Http(HttpError),
    /// Its document is invalid or too costly.
    Graphql(Box<GraphqlResponse>),
}

fn unavailable(app: &App, media: Media, message: &str) -> Response {
    let seconds = app.config.limits.retry_after_s;
    let mut response = HttpError::new(
        StatusCode::SERVICE_UNAVAILABLE,
        ErrorCode::LimitExceeded.as_str(),
        message,
    )
    .into_response(media);
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}
