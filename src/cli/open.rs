//! Opening the store and the service over it; or its API keys alone.

use anyhow::Context as _;

use super::settings::Settings;
use crate::dataset::ImportError;
use crate::service::{KeyRing, RestoreError, Service, ServiceError};
use crate::store::embedded::{EmbeddedKeys, EmbeddedOptions, EmbeddedStore};
use crate::store::neo4j::{Neo4jKeys, Neo4jStore};
use crate::store::{AnyStore, StoreError};

/// Where the graph is kept, in words: nothing in it is secret.
pub(super) fn place(settings: &Settings) -> String {
    match (settings.store.as_str(), &settings.store_database) {
        ("embedded", _) => format!("in {}", settings.data_dir.display()),
        (address, Some(database)) => format!("at {address} (database {database})"),
        (address, None) => format!("at {address}"),
    }
}

/// What failed in the store, with the store's place.
pub(super) fn placed(settings: &Settings, error: anyhow::Error) -> anyhow::Error {
    let of_store = error.chain().any(|cause| {
        // What is transparent stands in the chain for what it holds.
        let of_service = match (cause.downcast_ref(), cause.downcast_ref()) {
            (Some(ImportError::Service(error)), _) | (_, Some(RestoreError::Service(error))) => Some(error),
            _ => cause.downcast_ref::<ServiceError>(),
        };
        cause.is::<StoreError>() || of_service.is_some_and(ServiceError::is_of_store)
    });
    if of_store {
        error.context(format!("the store {}", place(settings)))
    } else {
        error
    }
}

/// Opens the store that the settings name.
pub(super) async fn service(settings: &Settings) -> anyhow::Result<Service> {
    open(settings, Beginning::Known).await
}

/// The same, for a restore: into an empty store, also where the graph that was in it is lost.
pub(super) async fn for_restore(settings: &Settings) -> anyhow::Result<Service> {
    open(settings, Beginning::Restored).await
}

/// The same, for a server, which may be told to start empty.
pub(super) async fn for_serve(settings: &Settings) -> anyhow::Result<Service> {
    let beginning = if settings.empty {
        Beginning::Empty
    } else {
        Beginning::Known
    };
    open(settings, beginning).await
}

/// How a store begins that is not there yet.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beginning {
    /// Only where no other file shows that it was there.
    Known,
    /// In any case, and a backup is put into it.
    Restored,
    /// In any case, and it stays empty.
    Empty,
}

async fn open(settings: &Settings, beginning: Beginning) -> anyhow::Result<Service> {
    let store: AnyStore = match super::neo4j::options(settings)? {
        Some(options) => Neo4jStore::open(options).await?.into(),
        None => {
            let directory = settings.data_dir.clone();
            let options = EmbeddedOptions {
                views_max: settings.views_max,
                begin_anew: beginning != Beginning::Known,
                keep_empty: beginning == Beginning::Empty,
                ..EmbeddedOptions::default()
            };
            // Reads the whole file, so not on a thread that others wait for.
            let opened =
                tokio::task::spawn_blocking(move || EmbeddedStore::open_with(&directory, &options)).await;
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
