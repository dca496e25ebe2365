//! Opening the store and the service over it.

use std::sync::Arc;

use anyhow::Context as _;

use super::settings::Settings;
use crate::service::Service;
use crate::store::embedded::EmbeddedStore;

/// Opens the store that the settings name.
pub(super) async fn service(settings: &Settings) -> anyhow::Result<Service> {
    let directory = settings.data_dir.clone();
    // Reads the whole file, so not on a thread that others wait for.
    let store = tokio::task::spawn_blocking(move || EmbeddedStore::open(&directory))
        .await
        .context("opening the store")??;
    Ok(Service::new(Arc::new(store), settings.service_limits()))
}
