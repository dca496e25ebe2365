//! Reads the settings from the command line, the environment, `hukun.toml` and the defaults, in this order of precedence.

use std::path::Path;

use figment::Figment;
use figment::providers::{Format as _, Serialized, Toml};

use super::settings::{ServeOptions, Settings, StoreOptions};
use super::{auth, hosts, neo4j};

/// The settings file that is read if it exists.
const FILE: &str = "hukun.toml";

/// Reads the settings. A file named by `--config` must exist; an unknown setting in it is an error.
pub(super) fn read_settings(
    config: Option<&Path>,
    store: &StoreOptions,
    serve: Option<&ServeOptions>,
) -> anyhow::Result<Settings> {
    if let Some(missing) = config.filter(|path| !path.is_file()) {
        anyhow::bail!("{} cannot be read: no such file", missing.display());
    }
    let mut figment = Figment::from(Serialized::defaults(Settings::default()));
    let file = config.unwrap_or(Path::new(FILE));
    if file.is_file() {
        figment = figment.merge(Toml::file_exact(file));
    }
    figment = figment.merge(Serialized::defaults(store));
    if let Some(serve) = serve {
        figment = figment.merge(Serialized::defaults(serve));
    }
    let settings: Settings = figment
        .extract()
        .map_err(|error| anyhow::anyhow!("the settings cannot be read: {error}"))?;
    neo4j::check(&settings)?;
    auth::check(&settings)?;
    hosts::check(&settings)?;
    Ok(settings)
}
