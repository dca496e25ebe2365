//! The first data set, carried in the binary, so that a new server has something to show.

use std::fs;

use anyhow::Context as _;

use crate::dataset::{ImportOptions, import, read_directory};
use crate::model::principal::Principal;
use crate::service::{Service, create_private_directory};

/// The files of the data set, as they stand in `seed/kunshan`.
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

/// Takes the first data set in where the graph is empty. Says what was taken in; none where the graph has something.
pub(super) async fn plant(service: &Service) -> anyhow::Result<Option<String>> {
    if service.newest().await?.0 != 0 {
        return Ok(None);
    }
    // The importer reads directories; what is in the binary goes by the same way as anything else.
    let directory = std::env::temp_dir().join(format!("hukun-seed-{}", std::process::id()));
    // Its name can be guessed, so nobody else may have made it.
    let _ = fs::remove_dir_all(&directory);
    create_private_directory(&directory)
        .with_context(|| format!("{} cannot be made", directory.display()))?;
    let planted = write_and_import(service, &directory).await;
    fs::remove_dir_all(&directory).with_context(|| format!("{} cannot be removed", directory.display()))?;
    planted.map(Some)
}

async fn write_and_import(service: &Service, directory: &std::path::Path) -> anyhow::Result<String> {
    for (name, text) in FILES {
        fs::write(directory.join(name), text).with_context(|| format!("{name} cannot be written"))?;
    }
    let options = ImportOptions::new(Principal::operator("seed"));
    let done = import(service, read_directory(directory)?, &options).await?;
    let imported = done.result.map_err(|report| {
        anyhow::anyhow!("the data set that comes with this program was refused:\n{report}")
    })?;
    Ok(format!("{}: {} records", done.dataset, imported.created))
}
