//! HTTP: the routes, their limits, and the server's life from listening to a graceful end.
//!
//! A request that does not reach GraphQL is answered in GraphQL's error shape with a code. Nothing that a browser sends
//! without asking first (a form, plain text, a GET) changes anything.

mod answer;
mod assets;
mod connections;
mod export;
mod gate;
mod graphql;
mod limits;
mod media;
mod pages;
mod question;
mod silence;
mod sources;

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use async_graphql::futures_util::FutureExt as _;
use axum::Router;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{
    CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::middleware::{self, Next};
use axum::response::Response;
use axum::routing::{any, get};
use tokio::net::TcpListener;
use tower_http::compression::CompressionLayer;
use tower_http::trace::TraceLayer;

pub use limits::{Config, Limits};

use crate::graphql::Engine;
use crate::service::Service;
use gate::Gate;

/// What handlers reach for.
#[derive(Clone)]
struct App {
    engine: Engine,
    service: Service,
    gate: Gate,
    config: Arc<Config>,
}

/// The routes over a service.
pub fn router(service: Service, config: Config) -> Router {
    let app = App {
        engine: Engine::new(
            service.clone(),
            config.limits.document.clone(),
            config.introspection,
        ),
        gate: Gate::new(config.limits.concurrent_max, config.limits.queue_max),
        service,
        config: Arc::new(config),
    };
    let mut router = Router::new()
        .route("/", get(assets::explorer).fallback(pages::read_only))
        .route("/assets/{file}", get(assets::file).fallback(pages::read_only))
        .route("/sources", get(sources::list).fallback(pages::read_only))
        .route("/sources/{*id}", get(sources::text).fallback(pages::read_only))
        .route("/graphql", any(graphql::handle))
        .route(
            "/export/questionnaire",
            get(export::questionnaire).fallback(pages::read_only),
        )
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
    router
        .fallback(pages::fallback)
        .with_state(app)
        .layer(middleware::from_fn(catch_panics))
        .layer(middleware::from_fn(protect))
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
    connections::serve(listener, router(service, config), &limits, shutdown).await;
}

/// A panic is a fault of the server: it ends one request, is logged, and tells the asker nothing of the inside.
async fn catch_panics(request: Request, next: Next) -> Response {
    match AssertUnwindSafe(next.run(request)).catch_unwind().await {
        Ok(response) => response,
        Err(_) => graphql::panicked(),
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
