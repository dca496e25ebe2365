//! HTTP: the routes, their limits, and the server's life from listening to a graceful end.
//!
//! A request that does not reach GraphQL is answered in GraphQL's error shape with a code. Nothing that a browser sends
//! without asking first (a form, plain text, a GET) changes anything.

mod answer;
mod assets;
mod auth;
mod body;
mod compress;
mod connections;
mod export;
mod gate;
mod graphql;
mod health;
mod hosts;
mod limits;
mod media;
mod origin;
mod pages;
mod places;
mod question;
mod quota;
mod refusals;
mod silence;
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

pub use auth::{AuthConfig, KeySet, KeySetPlace, TokenRules};
pub use limits::{Config, FeedLimits, Limits};

use crate::graphql::{Answer, Code, Engine, Failure};
use crate::service::Service;
use answer::Problem;
use auth::Doorkeeper;
use gate::Gate;
use hosts::Hosts;
use media::Media;
use places::Places;
use quota::{ConnectionQuota, Crowd};

/// What handlers reach for.
#[derive(Clone)]
struct App {
    engine: Engine,
    service: Service,
    gate: Gate,
    doorkeeper: Doorkeeper,
    places: Places,
    hosts: Hosts,
    /// Whether the server is told to stop: what would go on without end ends by it.
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
        gate: Gate::new(config.limits.concurrent_max, config.limits.queue_max),
        doorkeeper: Doorkeeper::new(config.auth.clone(), service.keys().clone()),
        service,
        places: Places::new(&config.limits.feed),
        hosts: Hosts::new(listening, &config.hosts),
        stopping,
        config: Arc::new(config),
    };
    // What gives data asks who asks.
    let data = Router::new()
        .route("/graphql", any(graphql::handle))
        .route("/graphql/stream", any(stream::handle))
        .route(
            "/export/questionnaire",
            get(export::questionnaire).fallback(pages::read_only),
        )
        .route("/sources", get(sources::list).fallback(pages::read_only))
        .route("/sources/{*id}", get(sources::text).fallback(pages::read_only))
        .route_layer(middleware::from_fn_with_state(app.clone(), auth::admit));
    let mut router = data
        // Here who asks may be told later, in the first message.
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
        .layer(middleware::from_fn_with_state(app.clone(), refuse_crowd))
        .layer(middleware::from_fn_with_state(app.clone(), hosts::check))
        .layer(middleware::from_fn_with_state(app, origin::share))
        .layer(middleware::from_fn(catch_panics))
        .layer(middleware::from_fn(protect))
        .layer(compress)
        // What is small, and what streams; what has a coding already is let through.
        .layer(CompressionLayer::new())
        .layer(TraceLayer::new_for_http())
}

/// Serves until `shutdown` is done; then takes no more connections and lets running requests end, within their limit.
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
    let health = health::Apart::start(&config, &service, stop.subscribe());
    let router = router(service, config, listening, stopping);
    connections::serve(listener, router, &limits, quota, stop, shutdown).await;
    drop(health);
}

/// Whether a path is one of those that tell how the server is.
fn is_health(path: &str) -> bool {
    path == "/health" || path.starts_with("/health/")
}

/// Answers what came over a spare connection: those are for `/health` alone.
async fn refuse_crowd(State(app): State<App>, request: Request, next: Next) -> Response {
    let Some(crowd) = request.extensions().get::<Crowd>().copied() else {
        return next.run(request).await;
    };
    let seconds = app.config.limits.retry_after_s;
    let (status, message) = match crowd {
        Crowd::Server => (
            StatusCode::SERVICE_UNAVAILABLE,
            format!("All connections of this server are in use; try again in {seconds} s."),
        ),
        Crowd::Address => (
            StatusCode::TOO_MANY_REQUESTS,
            format!(
                "Your address has {} connections open, which is the limit; close some or try again in {seconds} s.",
                app.config.limits.connections_each_max
            ),
        ),
    };
    let problem = Problem::new(status, Code::LimitExceeded.as_str(), message);
    let mut response = problem.into_response(Media::of(request.headers()));
    response
        .headers_mut()
        .insert(RETRY_AFTER, HeaderValue::from(seconds));
    response
}

/// Ends when the server is told to stop; one that is gone counts as told.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    drop(stopping.wait_for(|stopping| *stopping).await);
}

/// A panic is a fault of the server: it ends one request, is logged, and tells the asker nothing of the inside.
async fn catch_panics(request: Request, next: Next) -> Response {
    let media = Media::of(request.headers());
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(_) => {
            let failure = Failure::fault("a request panicked; the log has the place just above");
            answer::refused(&Answer::refusal(vec![failure.of_request()]), media)
        }
    }
}

/// Headers that keep a browser from doing with an answer what it is not for.
async fn protect(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    let closed = HeaderValue::from_static(
        "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(closed);
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    headers.insert(
        HeaderName::from_static("cross-origin-resource-policy"),
        HeaderValue::from_static("same-origin"),
    );
    response
}
