//! Opens the store and the service over it, or only its API keys.

use anyhow::Context as _;

use super::settings::Settings;
use crate::dataset::ImportError;
use crate::service::{KeyRing, RestoreError, Service, ServiceError};
use crate::store::embedded::{EmbeddedKeyStore, EmbeddedOptions, EmbeddedStore};
use crate::store::neo4j::{Neo4jKeyStore, Neo4jStore};
use crate::store::{AnyStore, StoreError};

/// The location of the store, in words and without secrets.
pub(super) fn store_location(settings: &Settings) -> String {
    match (settings.store.as_str(), &settings.store_database) {
        ("embedded", _) => format!("in {}", settings.data_dir.display()),
        (address, Some(database)) => format!("at {address} (database {database})"),
        (address, None) => format!("at {address}"),
    }
}

/// Adds the location of the store to an error of the store.
pub(super) fn with_store_location(settings: &Settings, error: anyhow::Error) -> anyhow::Error {
    let is_of_store = error.chain().any(|cause| {
        // A transparent error hides the error that it wraps from the chain.
        let of_service = match (cause.downcast_ref(), cause.downcast_ref()) {
            (Some(ImportError::Service(error)), _) | (_, Some(RestoreError::Service(error))) => Some(error),
            _ => cause.downcast_ref::<ServiceError>(),
        };
        cause.is::<StoreError>() || of_service.is_some_and(ServiceError::is_of_store)
    });
    if is_of_store {
        error.context(format!("the store {}", store_location(settings)))
    } else {
        error
    }
}

/// Opens the store of the settings.
pub(super) async fn service(settings: &Settings) -> anyhow::Result<Service> {
    open(settings, StoreCreation::IfNew).await
}

/// Opens the store for a restore; its file may be missing.
pub(super) async fn for_restore(settings: &Settings) -> anyhow::Result<Service> {
    open(settings, StoreCreation::ForRestore).await
}

/// Opens the store for a server, which may start empty on purpose.
pub(super) async fn for_serve(settings: &Settings) -> anyhow::Result<Service> {
    let missing = if settings.empty {
        StoreCreation::Empty
    } else {
        StoreCreation::IfNew
    };
    open(settings, missing).await
}

/// How to create the embedded store if it does not exist.
#[derive(Clone, Copy, PartialEq, Eq)]
enum StoreCreation {
    /// Unless another file shows that it existed.
    IfNew,
    /// To restore a backup into it.
    ForRestore,
    /// And keep it empty.
    Empty,
}

async fn open(settings: &Settings, missing: StoreCreation) -> anyhow::Result<Service> {
    let store: AnyStore = match super::neo4j::options(settings)? {
        Some(options) => Neo4jStore::open(options).await?.into(),
        None => {
            let directory = settings.data_dir.clone();
            let options = EmbeddedOptions {
                views_max: settings.views_max,
                begin_anew: missing != StoreCreation::IfNew,
                keep_empty: missing == StoreCreation::Empty,
                ..EmbeddedOptions::default()
            };
            // Reads the whole file, so it runs on a blocking thread.
            let opened =
                tokio::task::spawn_blocking(move || EmbeddedStore::open_with(&directory, &options)).await;
            opened.context("opening the store")??.into()
        }
    };
    Ok(Service::new(store, settings.service_limits()))
}

/// Opens only the API keys, which works while a server has the graph open.
pub(super) async fn keys(settings: &Settings) -> anyhow::Result<KeyRing> {
    Ok(match super::neo4j::options(settings)? {
        Some(options) => KeyRing::new(Neo4jKeyStore::open(options).await?),
        None => KeyRing::new(EmbeddedKeyStore::at(&settings.data_dir)),
    })
}
