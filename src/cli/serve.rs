//! `hukun serve`: serves the graph over GraphQL until it is stopped.

use std::fmt::Write as _;
use std::io::Write as _;
use std::net::SocketAddr;

use anyhow::Context as _;
use tokio::net::TcpListener;

use super::CommandOutcome;
use super::settings::Settings;
use crate::http;

pub(super) async fn run(settings: &Settings) -> anyhow::Result<CommandOutcome> {
    // Bound first, so that an address in use is reported before a large graph is read.
    let listener = TcpListener::bind(settings.listen).await.with_context(|| {
        format!(
            "cannot listen on {}; stop the process that uses it, or choose another --listen",
            settings.listen
        )
    })?;
    let address = listener.local_addr()?;
    let auth = super::auth::config(settings).await?;
    // Before the store is opened, for the same reason: a missing directory is reported at once.
    let mut config = settings.http_config(auth)?;
    let service = super::open::for_serve(settings).await?;
    let is_embedded = settings.store == "embedded";
    let stays_empty = settings.empty || service.keeps_empty();
    if !stays_empty && settings.seed.unwrap_or(is_embedded) {
        if let Some(imported) = super::seed::import_if_empty(&service).await? {
            let location = super::open::store_location(settings);
            print(&format!(
                "The store {location} was empty, so the built-in data set was imported ({imported}).\n"
            ));
        }
    } else if !is_embedded && service.newest().await?.0 == 0 {
        print(&format!(
            "The store {} is empty. Import data sets with `hukun import DIRECTORY --store {}`, also while this server runs; \
             `hukun serve --seed` imports the built-in one.\n",
            super::open::store_location(settings),
            settings.store
        ));
    }
    // Opened now: if the disk were full at the first authentication, clients with a key would be locked out.
    service.keys().list().await.context("the API keys")?;
    // A store that was started empty before is ready without data.
    config.empty |= service.keeps_empty();
    let stopped = stop_signal();
    print_addresses(address, settings, &config);
    http::serve(listener, service, config, stopped).await;
    Ok(CommandOutcome::Done)
}

/// Prints the addresses of the server.
fn print_addresses(address: SocketAddr, settings: &Settings, config: &http::Config) {
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
            "Health checks are also served on http://{health}/health/live and /health/ready."
        );
    }
    print(&text);
}

/// Prints to stdout. A closed stdout is not an error: whoever starts a server may read its address and no more.
fn print(text: &str) {
    if let Err(error) = std::io::stdout().lock().write_all(text.as_bytes()) {
        tracing::debug!(%error, "stdout is closed");
    }
}

/// Completes when the process is asked to stop, by Ctrl-C or a service manager. Signals are handled from this call on, so that none
/// is missed once the server answers.
fn stop_signal() -> impl Future<Output = ()> {
    #[cfg(unix)]
    let signals = {
        use tokio::signal::unix::{SignalKind, signal};
        (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    };
    async move {
        #[cfg(unix)]
        tokio::select! {
            () = received(signals.0) => {}
            () = received(signals.1) => {}
        }
        #[cfg(not(unix))]
        if let Err(error) = tokio::signal::ctrl_c().await {
            tracing::warn!(%error, "Ctrl-C cannot be handled");
            std::future::pending::<()>().await;
        }
        tracing::info!("stopping; waiting for running requests");
    }
}

#[cfg(unix)]
async fn received(signal: std::io::Result<tokio::signal::unix::Signal>) {
    match signal {
        Ok(mut signal) => drop(signal.recv().await),
        Err(error) => {
            tracing::warn!(%error, "a stop signal cannot be handled");
            std::future::pending::<()>().await;
        }
    }
}
