//! HTTP: the routes, their limits, and the server from listening to graceful shutdown.
//!
//! A request that does not reach GraphQL gets an error in GraphQL's shape with a code. Requests that a browser sends without a
//! CORS preflight (a form, plain text, a GET) never change anything.

mod answer;
mod assets;
mod auth;
mod body;
mod compress;
mod concurrency;
mod connections;
mod content_type;
mod etag;
mod export;
mod feed_quota;
mod graphql;
mod health;
mod hosts;
mod idle_timeout;
mod limits;
mod media;
mod origin;
mod pages;
mod parser_errors;
mod quota;
mod request;
mod sources;
mod stall;
mod stream;
mod ws;

use std::future::Future;
use std::net::IpAddr;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_graphql::futures_util::FutureExt as _;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::header::{
    CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, RETRY_AFTER, X_CONTENT_TYPE_OPTIONS,
    X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{any, get};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower_http::compression::CompressionLayer;
use tower_http::trace::TraceLayer;

pub use auth::{AuthConfig, KeySet, KeySetLocation, TokenRules};
pub use limits::{Config, FeedLimits, HttpLimits};

use crate::graphql::{Engine, ErrorCode, Failure, GraphqlResponse};
use crate::service::Service;
use answer::HttpError;
use auth::Authenticator;
use concurrency::ConcurrencyLimit;
use feed_quota::FeedQuota;
use hosts::Hosts;
use media::Media;
use quota::{ConnectionQuota, SpareReason};

/// The state that request handlers share.
#[derive(Clone)]
struct App {
    engine: Engine,
    service: Service,
    concurrency: ConcurrencyLimit,
    authenticator: Authenticator,
    feed_quota: FeedQuota,
    hosts: Hosts,
    /// Whether the server is shutting down; long-lived connections end when it becomes true.
    stopping: watch::Receiver<bool>,
    config: Arc<Config>,
}

/// The routes over a service, for a server that listens on an address.
fn router(
    service: Service,
    config: Config,
    listening: Option<IpAddr>,
    stopping: watch::Receiver<bool>,
) -> Router {
    let app = App {
        engine: Engine::new(
            service.clone(),
            config.limits.document.clone(),
            config.introspection,
            config.limits.feed.concurrent_max,
        ),
        concurrency: ConcurrencyLimit::new(config.limits.concurrent_max, config.limits.queue_max),
        authenticator: Authenticator::new(config.auth.clone(), service.keys().clone()),
        service,
        feed_quota: FeedQuota::new(&config.limits.feed),
        hosts: Hosts::new(listening, &config.hosts),
        stopping,
        config: Arc::new(config),
    };
    // Routes that return data require authentication.
    let data = Router::new()
        .route("/graphql", any(graphql::handle))
        .route("/graphql/stream", any(stream::handle))
        .route(
            "/export/questionnaire",
            get(export::questionnaire).fallback(pages::read_only),
        )
        .route("/sources", get(sources::list).fallback(pages::read_only))
        .route("/sources/{*id}", get(sources::text).fallback(pages::read_only))
        .route_layer(middleware::from_fn_with_state(app.clone(), auth::authenticate));
    let mut router = data
        // Clients may also authenticate later, in the first message.
        .route("/graphql/ws", any(ws::handle))
        .route("/", get(assets::explorer).fallback(pages::read_only))
        .route("/assets/{file}", get(assets::file).fallback(pages::read_only))
        .route("/health/live", get(pages::live).fallback(pages::read_only))
        .route("/health/ready", get(pages::ready).fallback(pages::read_only));
    if app.config.introspection {
        router = router.route("/schema.graphql", get(pages::schema).fallback(pages::read_only));
    }
    if app.config.graphiql {
        router = router
            .route("/graphiql", get(assets::graphiql).fallback(pages::read_only))
            .route(
                "/graphiql/",
                get(assets::graphiql_slash).fallback(pages::read_only),
            );
    }
    let compress = middleware::from_fn_with_state(app.clone(), compress::large);
    router
        .fallback(pages::fallback)
        .with_state(app.clone())
        .layer(middleware::from_fn_with_state(app.clone(), reject_spare))
        .layer(middleware::from_fn_with_state(app.clone(), hosts::check))
        .layer(middleware::from_fn_with_state(app, origin::apply_cors))
        .layer(middleware::from_fn(catch_panics))
        .layer(middleware::from_fn(protect))
        .layer(compress)
        // Compresses small and streamed responses; those with a content coding pass unchanged.
        .layer(CompressionLayer::new())
        .layer(TraceLayer::new_for_http())
}

/// Serves until `shutdown` completes; then accepts no more connections and waits for running requests, within their limit.
pub async fn serve(
    listener: TcpListener,
    service: Service,
    config: Config,
    shutdown: impl Future<Output = ()>,
) {
    let limits = config.limits.clone();
    let quota = ConnectionQuota::new(&limits, &config.auth.proxies);
    let listening = listener.local_addr().ok().map(|address| address.ip());
    let (stop, stopping) = watch::channel(false);
    let health = health::HealthServer::start(&config, &service, stop.subscribe());
    let router = router(service, config, listening, stopping);
    connections::serve(listener, router, &limits, quota, stop, shutdown).await;
    drop(health);
}

/// Whether a path is a health check.
fn is_health(path: &str) -> bool {
    path == "/health" || path.starts_with("/health/")
}

/// Rejects requests over spare connections, which are for `/health` only.
async fn reject_spare(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(reason) = request.extensions().get::<SpareReason>().copied() else {
        return next.run(request).await;
    };
    let seconds = app.config.limits.retry_after_s;
    let (status, message) = match reason {
        SpareReason::Server => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("All connections of this server are in use; try again in {seconds} s."),
        ),
        SpareReason::Address => (
            StatusCode::TOO_MANY_REQUESTS,
            format!(
                "Your address has {} connections open, which is the limit; close some or try again in {seconds} s.",
                app.config.limits.connections_each_max
            ),
        ),
    };
    let error = HttpError::new(status, ErrorCode::LimitExceeded.as_str(), message);
    let mut response = error.into_response(Media::of(request.headers()));
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// Completes when the server shuts down, or is gone.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    drop(stopping.wait_for(|stopping| *stopping).await);
}

/// Turns a panic into an internal error: it ends one request, is logged, and reveals nothing to the client.
async fn catch_panics(request: Request, next: Next) -> Response {
    let media = Media::of(request.headers());
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(_) => {
            let failure = Failure::internal("a request panicked; the log entry above has its location");
            answer::errors_only(
                &GraphqlResponse::rejection(vec![failure.into_request_error()]),
                media,
            )
        }
    }
}

/// Adds security headers to a response.
async fn protect(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let deny_all = HeaderValue::from_static(
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(deny_all);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    );
    response
}
