//! HTTP: the routes, their limits, and the server from listening to graceful shutdown.
//!
//! A request that does not reach GraphQL gets an error in GraphQL's shape with a code. Requests that a browser sends without a
//! CORS preflight (a form, plain text, a GET) never change anything.
//!
//! A request passes `connection`, `middleware` and `auth`, and reaches a handler of `routes`, which reads it with `request` and
//! answers with `response`. `App` is the state that handlers share, and `router` has the paths.

mod auth;
mod connection;
mod limits;
mod middleware;
mod quota;
mod request;
mod response;
mod routes;

use std::future::Future;
use std::net::IpAddr;
use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::routing::{any, get};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tower_http::trace::TraceLayer;

pub use auth::{AuthConfig, KeySet, KeySetLocation, TokenRules};
pub use limits::{Config, FeedLimits, HttpLimits};

use crate::graphql::Engine;
use crate::service::Service;
use auth::Authenticator;
use connection::server;
use middleware::hosts::Hosts;
use middleware::{compress, deadline, hosts, origin, panics, security_headers, spare};
use quota::concurrency::ConcurrencyLimit;
use quota::connection_quota::ConnectionQuota;
use quota::feed_quota::FeedQuota;
use routes::{assets, export, graphql, health, pages, sources, stream, ws};

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
        .route_layer(from_fn_with_state(app.clone(), auth::authenticate));
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
    let compress = from_fn_with_state(app.clone(), compress::compress);
    let deadline = from_fn_with_state(app.clone(), deadline::set_deadline);
    router
        .fallback(pages::fallback)
        .with_state(app.clone())
        .layer(from_fn_with_state(app.clone(), spare::reject_spare))
        .layer(from_fn_with_state(app.clone(), hosts::check))
        .layer(from_fn_with_state(app, origin::apply_cors))
        .layer(from_fn(panics::catch_panics))
        .layer(from_fn(security_headers::add_security_headers))
        .layer(compress)
        .layer(deadline)
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
    server::serve(listener, router, &limits, quota, stop, shutdown).await;
    drop(health);
}

/// Completes when the server shuts down, or is gone.
async fn stopped(stopping: &mut watch::Receiver<bool>) {
    drop(stopping.wait_for(|stopping| *stopping).await);
}
