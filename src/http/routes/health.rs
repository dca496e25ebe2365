//! Health checks on a second address, served by a thread of their own, so that neither many connections nor their requests
//! delay them.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;

use axum::Router;
use axum::extract::Query;
use axum::routing::get;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::pages;
use super::pages::ReadyQuery;
use crate::http::connection::server;
use crate::http::limits::{Config, HttpLimits};
use crate::http::quota::connection_quota::ConnectionQuota;
use crate::http::stopped;
use crate::service::Service;

/// Number of open connections; few clients check the health of a server.
const CONNECTIONS_MAX: std::num::NonZeroUsize = std::num::NonZeroUsize::MIN.saturating_add(31);

/// The health server on a second address, which runs until this is dropped.
pub(in crate::http) struct HealthServer {
    _stop: Arc<watch::Sender<bool>>,
}

impl HealthServer {
    /// Serves `/health/live` and `/health/ready` if the configuration has an address for them.
    pub(in crate::http) fn start(
        config: &Config,
        service: &Service,
        mut stopping: watch::Receiver<bool>,
    ) -> Option<Self> {
        let listener = config.health.as_ref()?;
        let (stop, stop_receiver) = watch::channel(false);
        let stop = Arc::new(stop);
        if let Err(error) = start(listener, service.clone(), config, stop_receiver) {
            tracing::error!(%error, "health checks are not served on the second address");
            return None;
        }
        let stop_sender = stop.clone();
        tokio::spawn(async move {
            stopped(&mut stopping).await;
            stop_sender.send_replace(true);
        });
        Some(Self { _stop: stop })
    }
}

/// Starts the thread. It ends when the stop channel is closed.
fn start(
    listener: &TcpListener,
    service: Service,
    config: &Config,
    stopping: watch::Receiver<bool>,
) -> io::Result<()> {
    let listener = listener.try_clone()?;
    listener.set_nonblocking(true)?;
    let limits = HttpLimits {
        connections_max: CONNECTIONS_MAX,
        shutdown_ms_max: 0,
        ..config.limits.clone()
    };
    let empty = config.empty;
    let server_runtime = Handle::current();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let thread = std::thread::Builder::new().name("health".into());
    thread
        .spawn(move || runtime.block_on(serve(listener, service, limits, empty, stopping, server_runtime)))?;
    Ok(())
}

async fn serve(
    listener: TcpListener,
    service: Service,
    limits: HttpLimits,
    empty: bool,
    mut stopping: watch::Receiver<bool>,
    server_runtime: Handle,
) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "health checks are not served on the second address"),
    };
    let within = limits.request();
    let stop_state = stopping.clone();
    let ready = async move |Query(query): Query<ReadyQuery>| {
        if *stop_state.borrow() {
            return pages::stopping();
        }
        // The store is queried on the runtime of the server, to which its connections belong.
        let service = service.clone();
        let readiness = async move { pages::readiness(&service, within, empty, &query).await };
        server_runtime
            .spawn(readiness)
            .await
            .unwrap_or_else(|_| pages::stopping())
    };
    let router = Router::new()
        .route("/health/live", get(pages::live).fallback(pages::read_only))
        .route("/health/ready", get(ready).fallback(pages::read_only));
    let closed = async move { while stopping.changed().await.is_ok() {} };
    let quota = ConnectionQuota::new(&limits, &[]);
    server::serve(
        listener,
        router,
        &limits,
        quota,
        watch::Sender::new(false),
        closed,
    )
    .await;
}
