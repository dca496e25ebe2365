//! `hukun backup` and `hukun restore`.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use super::Ended;
use super::settings::Settings;
use crate::service::{BackupSummary, CheckedBackup, Service, create_private_directory, create_private_file};
use crate::store::embedded::EmbeddedStore;
use crate::store::neo4j::{Neo4jOptions, Neo4jStore};

#[derive(Args)]
pub(super) struct BackupArguments {
    /// The file to write
    #[arg(value_name = "PATH")]
    path: PathBuf,
}

#[derive(Args)]
pub(super) struct RestoreArguments {
    /// The file to read
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Put it in place of what the store holds
    #[arg(long, env = "HUKUN_REPLACE")]
    replace: bool,
}

/// Writes the file beside its place, and puts it there when it is whole and on the medium.
pub(super) async fn back_up(settings: &Settings, arguments: &BackupArguments) -> anyhow::Result<Ended> {
    let path = &arguments.path;
    let unfinished = beside(path, "part");
    let service = match super::neo4j::options(settings)? {
        Some(options) => Service::new(Neo4jStore::open(options).await?, settings.service_limits()),
        // A server may hold the store: a copy of one moment is read instead of it.
        None => Service::new(
            EmbeddedStore::copy(&settings.data_dir, &beside(path, "copy"))?,
            settings.service_limits(),
        ),
    };
    let file = create_private_file(&unfinished).with_context(|| unfinished.display().to_string())?;
    let mut out = BufWriter::new(file);
    let written = service.backup(&mut out).await;
    let written = match written {
        Ok(summary) => finish(out, &unfinished, path).map(|()| summary),
        Err(error) => Err(error.into()),
    };
    match written {
        Ok(summary) => {
            eprintln!("{}: {}", path.display(), told(&summary));
            Ok(Ended::Done)
        }
        Err(error) => {
            let _ = fs::remove_file(&unfinished);
            Err(error).with_context(|| path.display().to_string())
        }
    }
}

fn finish(mut out: BufWriter<File>, unfinished: &Path, path: &Path) -> anyhow::Result<()> {
    out.flush()?;
    out.into_inner()
        .map_err(std::io::IntoInnerError::into_error)?
        .sync_all()?;
    fs::rename(unfinished, path)?;
    // The name is on the medium too.
    let directory = path
        .parent()
        .filter(|directory| !directory.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(())
}

/// Reads the file whole, restores it aside and checks that, before anything is written where it is to stand.
pub(super) async fn restore(settings: &Settings, arguments: &RestoreArguments) -> anyhow::Result<Ended> {
    let path = &arguments.path;
    let file = File::open(path).with_context(|| path.display().to_string())?;
    let neo4j = super::neo4j::options(settings)?;
    let scratch = match &neo4j {
        Some(_) => std::env::temp_dir().join(format!("hukun-restoring-{}", std::process::id())),
        None => settings.data_dir.join("restoring"),
    };
    let restored = match neo4j {
        Some(options) => restore_neo4j(settings, arguments, options, file, &scratch).await,
        None => restore_embedded(settings, arguments, file, &scratch).await,
    };
    let _ = fs::remove_dir_all(&scratch);
    let summary = restored.with_context(|| path.display().to_string())?;
    eprintln!("restored: {}", told(&summary));
    Ok(Ended::Done)
}

async fn restore_neo4j(
    settings: &Settings,
    arguments: &RestoreArguments,
    options: Neo4jOptions,
    file: File,
    scratch: &Path,
) -> anyhow::Result<BackupSummary> {
    let backup = CheckedBackup::read(BufReader::new(file), scratch).await?;
    // Without a look at what it holds: that may be what can be read no more.
    if arguments.replace {
        Neo4jStore::wipe(options.clone()).await?;
    }
    let service = Service::new(Neo4jStore::open(options).await?, settings.service_limits());
    service.restore(&backup).await?;
    Ok(backup.summary())
}

/// What was restored aside takes the place of what the store holds in one step.
async fn restore_embedded(
    settings: &Settings,
    arguments: &RestoreArguments,
    file: File,
    scratch: &Path,
) -> anyhow::Result<BackupSummary> {
    if !arguments.replace {
        super::open::for_restore(settings).await?.check_empty().await?;
    }
    create_private_directory(&settings.data_dir)?;
    let backup = CheckedBackup::read(BufReader::new(file), scratch).await?;
    EmbeddedStore::put_in_place(scratch, &settings.data_dir)?;
    Ok(backup.summary())
}

fn told(summary: &BackupSummary) -> String {
    format!(
        "revision {}, {} records, {} changes",
        summary.revision, summary.records, summary.changes
    )
}

/// A file beside another, which takes its place when it is whole.
fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{what}"));
    path.with_file_name(name)
}
