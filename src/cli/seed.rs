//! The built-in data set, embedded in the binary, so that a new server has something to show.

use std::fs;

use anyhow::Context as _;

use crate::dataset::{ImportOptions, import, read_directory};
use crate::model::principal::Principal;
use crate::service::{Service, create_private_directory};

/// The files of the data set, from `seed/kunshan`.
const FILES: [(&str, &str); 8] = [
    ("dataset.toml", include_str!("../../seed/kunshan/dataset.toml")),
    ("sources.csv", include_str!("../../seed/kunshan/sources.csv")),
    ("entities.csv", include_str!("../../seed/kunshan/entities.csv")),
    ("relations.csv", include_str!("../../seed/kunshan/relations.csv")),
    (
        "observations.csv",
        include_str!("../../seed/kunshan/observations.csv"),
    ),
    ("rules.csv", include_str!("../../seed/kunshan/rules.csv")),
    (
        "statements.csv",
        include_str!("../../seed/kunshan/statements.csv"),
    ),
    ("names.csv", include_str!("../../seed/kunshan/names.csv")),
];

/// Imports the built-in data set if the graph is empty. Returns a summary; none if the graph has data.
pub(super) async fn import_if_empty(service: &Service) -> anyhow::Result<Option<String>> {
    if service.newest().await?.0 != 0 {
        return Ok(None);
    }
    // The importer reads directories, so the files are written to a temporary one.
    let directory = std::env::temp_dir().join(format!("hukun-seed-{}", std::process::id()));
    // Its name can be guessed, so a directory that another user created is removed.
    let _ = fs::remove_dir_all(&directory);
    create_private_directory(&directory)
        .with_context(|| format!("{} cannot be created", directory.display()))?;
    let imported = write_and_import(service, &directory).await;
    fs::remove_dir_all(&directory).with_context(|| format!("{} cannot be removed", directory.display()))?;
    imported.map(Some)
}

async fn write_and_import(service: &Service, directory: &std::path::Path) -> anyhow::Result<String> {
    for (name, text) in FILES {
        fs::write(directory.join(name), text).with_context(|| format!("{name} cannot be written"))?;
    }
    let options = ImportOptions::new(Principal::operator("seed"));
    let done = import(service, read_directory(directory)?, &options).await?;
    let imported = done
        .result
        .map_err(|report| anyhow::anyhow!("the built-in data set was rejected:\n{report}"))?;
    Ok(format!("{}: {} records", done.dataset, imported.created))
}
