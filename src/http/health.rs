//! Health on an address of its own: answered by a thread that does nothing else, so that neither a crowd of connections nor
//! what they ask for keeps it waiting.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;

use axum::Router;
use axum::extract::Query;
use axum::routing::get;
use tokio::runtime::Handle;
use tokio::sync::watch;

use super::limits::{Config, Limits};
use super::pages::ReadyQuery;
use super::quota::ConnectionQuota;
use super::{connections, pages, stopped};
use crate::service::Service;

/// Connections at a time: whoever asks after the health of a server are few.
const CONNECTIONS_MAX: std::num::NonZeroUsize = std::num::NonZeroUsize::MIN.saturating_add(31);

/// Health on an address of its own, for as long as it is held.
pub(super) struct Apart {
    _told: Arc<watch::Sender<bool>>,
}

impl Apart {
    /// Serves `/health/live` and `/health/ready` where the configuration has an address for them.
    pub(super) fn start(
        config: &Config,
        service: &Service,
        mut stopping: watch::Receiver<bool>,
    ) -> Option<Self> {
        let listener = config.health.as_ref()?;
        let (told, hears) = watch::channel(false);
        let told = Arc::new(told);
        if let Err(error) = start(listener, service.clone(), config, hears) {
            tracing::error!(%error, "health is not served on its own address");
            return None;
        }
        let tell = told.clone();
        tokio::spawn(async move {
            stopped(&mut stopping).await;
            tell.send_replace(true);
        });
        Some(Self { _told: told })
    }
}

/// Starts the thread. It ends when nobody can tell it anything any more.
fn start(
    listener: &TcpListener,
    service: Service,
    config: &Config,
    stopping: watch::Receiver<bool>,
) -> io::Result<()> {
    let listener = listener.try_clone()?;
    listener.set_nonblocking(true)?;
    let limits = Limits {
        connections_max: CONNECTIONS_MAX,
        shutdown_ms_max: 0,
        ..config.limits.clone()
    };
    let empty = config.empty;
    let of_server = Handle::current();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let thread = std::thread::Builder::new().name("health".into());
    thread.spawn(move || runtime.block_on(serve(listener, service, limits, empty, stopping, of_server)))?;
    Ok(())
}

async fn serve(
    listener: TcpListener,
    service: Service,
    limits: Limits,
    empty: bool,
    mut stopping: watch::Receiver<bool>,
    of_server: Handle,
) {
    let listener = match tokio::net::TcpListener::from_std(listener) {
        Ok(listener) => listener,
        Err(error) => return tracing::error!(%error, "health is not served on its own address"),
    };
    let within = limits.request();
    let stops = stopping.clone();
    let ready = async move |Query(query): Query<ReadyQuery>| {
        if *stops.borrow() {
            return pages::stopping();
        }
        // The store is asked on the threads of the server, to which its connections belong.
        let service = service.clone();
        let asked = async move { pages::readiness(&service, within, empty, &query).await };
        of_server.spawn(asked).await.unwrap_or_else(|_| pages::stopping())
    };
    let router = Router::new()
        .route("/health/live", get(pages::live).fallback(pages::read_only))
        .route("/health/ready", get(ready).fallback(pages::read_only));
    let gone = async move { while stopping.changed().await.is_ok() {} };
    let quota = ConnectionQuota::new(&limits, &[]);
    connections::serve(listener, router, &limits, quota, watch::Sender::new(false), gone).await;
}
