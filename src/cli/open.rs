//! Opening the store and the service over it; or its API keys alone.

use anyhow::Context as _;

use super::settings::Settings;
use crate::service::{KeyRing, Service};
use crate::store::AnyStore;
use crate::store::embedded::{EmbeddedKeys, EmbeddedStore};
use crate::store::neo4j::{Neo4jKeys, Neo4jStore};

/// Opens the store that the settings name.
pub(super) async fn service(settings: &Settings) -> anyhow::Result<Service> {
    let store: AnyStore = match super::neo4j::options(settings)? {
        Some(options) => Neo4jStore::open(options).await?.into(),
        None => {
            let directory = settings.data_dir.clone();
            // Reads the whole file, so not on a thread that others wait for.
            let views_max = settings.views_max;
            let opened =
                tokio::task::spawn_blocking(move || EmbeddedStore::open_with(&directory, views_max)).await;
            opened.context("opening the store")??.into()
        }
    };
    Ok(Service::new(store, settings.service_limits()))
}

/// Opens the API keys alone: a server may hold the graph meanwhile.
pub(super) async fn keys(settings: &Settings) -> anyhow::Result<KeyRing> {
    Ok(match super::neo4j::options(settings)? {
        Some(options) => KeyRing::new(Neo4jKeys::open(options).await?),
        None => KeyRing::new(EmbeddedKeys::at(&settings.data_dir)),
    })
}
