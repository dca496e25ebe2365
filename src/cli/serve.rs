//! `hukun serve`: the graph over GraphQL, until it is told to stop.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::SocketAddr;

use anyhow::Context as _;
use tokio::net::TcpListener;

use super::Ended;
use super::settings::Settings;
use crate::http;

pub(super) async fn run(settings: &Settings) -> anyhow::Result<Ended> {
    // First of all: an address in use is found before a large graph is read.
    let listener = TcpListener::bind(settings.listen).await.with_context(|| {
        format!(
            "cannot listen on {}: stop what listens there, or choose another --listen",
            settings.listen
        )
    })?;
    let address = listener.local_addr()?;
    let auth = super::auth::config(settings).await?;
    // Before the store, for the same reason: a directory that is not there is found at once.
    let mut config = settings.http_config(auth)?;
    let service = super::open::for_serve(settings).await?;
    let is_embedded = settings.store == "embedded";
    let stays_empty = settings.empty || service.keeps_empty();
    if !stays_empty && settings.seed.unwrap_or(is_embedded) {
        if let Some(planted) = super::seed::plant(&service).await? {
            let place = super::open::place(settings);
            say(&format!(
                "The store {place} was empty, so the first data set was taken in ({planted}).\n"
            ));
        }
    } else if !is_embedded && service.newest().await?.0 == 0 {
        say(&format!(
            "The store {} is empty. Take data sets in with `hukun import DIRECTORY --store {}`, also while this server runs; \
             `hukun serve --seed` takes the first one in.\n",
            super::open::place(settings),
            settings.store
        ));
    }
    // Opened now: a disk that is full when the first key is shown would keep out whoever has one.
    service.keys().list().await.context("the API keys")?;
    // One that was started empty before is as ready without data.
    config.empty |= service.keeps_empty();
    let stopped = stopped();
    greet(address, settings, &config);
    http::serve(listener, service, config, stopped).await;
    Ok(Ended::Done)
}

/// Says where everything is.
fn greet(address: SocketAddr, settings: &Settings, config: &http::Config) {
    let mut text = format!("Hukun listens on http://{address}\n  the explorer    http://{address}/\n");
    let mut also = |wanted: bool, line: String| text.push_str(if wanted { &line } else { "" });
    also(
        settings.graphiql,
        format!("  try queries     http://{address}/graphiql\n"),
    );
    also(true, format!("  GraphQL         http://{address}/graphql\n"));
    also(
        settings.introspection,
        format!("  the schema      http://{address}/schema.graphql\n"),
    );
    also(
        true,
        format!(
            "A first question: curl -s http://{address}/graphql -H 'content-type: application/json' \\\n  \
             -d '{{\"query\":\"{{ search(query: \\\"zikun\\\") {{ edges {{ node {{ id name }} highlight }} }} }}\"}}'\n"
        ),
    );
    if let Some(health) = config.health.as_ref().and_then(|health| health.local_addr().ok()) {
        let _ = writeln!(
            text,
            "Health is served on http://{health}/health/live and /health/ready too."
        );
    }
    say(&text);
}

/// A reader that is gone is no reason to end: whoever starts a server may read its address and no more.
fn say(text: &str) {
    if let Err(error) = std::io::stdout().lock().write_all(text.as_bytes()) {
        tracing::debug!(%error, "nobody reads what the server says");
    }
}

/// Ends when the process is asked to stop: by Ctrl-C, or by a service manager. It hears from this call on, so that nobody who was
/// answered is too early.
fn stopped() -> impl Future<Output = ()> {
    #[cfg(unix)]
    let asked = {
        use tokio::signal::unix::{SignalKind, signal};
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    };
    async move {
        #[cfg(unix)]
        tokio::select! {
            () = heard(asked.0) => {}
            () = heard(asked.1) => {}
        }
        #[cfg(not(unix))]
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::warn!(%error, "Ctrl-C is not heard");
            std::future::pending::<()>().await;
        }
        tracing::info!("stopping: running requests may end");
    }
}

#[cfg(unix)]
async fn heard(signal: std::io::Result<tokio::signal::unix::Signal>) {
    match signal {
        Ok(mut signal) => drop(signal.recv().await),
        Err(error) => {
            tracing::warn!(%error, "a signal to stop is not heard");
            std::future::pending::<()>().await;
        }
    }
}
