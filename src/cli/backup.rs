//! `hukun backup` and `hukun restore`.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use super::CommandOutcome;
use super::settings::Settings;
use crate::service::{BackupSummary, CheckedBackup, Service, create_private_directory, create_private_file};
use crate::store::embedded::EmbeddedStore;
use crate::store::neo4j::{Neo4jOptions, Neo4jStore};

#[derive(Args)]
pub(super) struct BackupArguments {
    /// File to write
    #[arg(value_name = "PATH")]
    path: PathBuf,
}

#[derive(Args)]
pub(super) struct RestoreArguments {
    /// File to read
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Replace the content of the store
    #[arg(long, env = "HUKUN_REPLACE")]
    replace: bool,
}

/// Writes a temporary file beside the target, and renames it when it is complete and flushed to disk.
pub(super) async fn back_up(
    settings: &Settings,
    arguments: &BackupArguments,
) -> anyhow::Result<CommandOutcome> {
    let path = &arguments.path;
    let unfinished = sibling(path, "part");
    let service = match super::neo4j::options(settings)? {
        Some(options) => Service::new(Neo4jStore::open(options).await?, settings.service_limits()),
        // A server may have the store open, so a consistent copy is read instead.
        None => Service::new(
            EmbeddedStore::copy(&settings.data_dir, &sibling(path, "copy"))?,
            settings.service_limits(),
        ),
    };
    let file = create_private_file(&unfinished).with_context(|| unfinished.display().to_string())?;
    let mut out = BufWriter::new(file);
    let result = service.backup(&mut out).await;
    let result = match result {
        Ok(summary) => finish(out, &unfinished, path).map(|()| summary),
        Err(error) => Err(error.into()),
    };
    match result {
        Ok(summary) => {
            eprintln!("{}: {}", path.display(), summary_text(&summary));
            Ok(CommandOutcome::Done)
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
    // The directory is flushed too, so that the new name survives a crash.
    let directory = path
        .parent()
        .filter(|directory| !directory.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(())
}

/// Restores the file into a scratch store and checks that, before the target store is written.
pub(super) async fn restore(
    settings: &Settings,
    arguments: &RestoreArguments,
) -> anyhow::Result<CommandOutcome> {
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
    eprintln!("restored: {}", summary_text(&summary));
    Ok(CommandOutcome::Done)
}

async fn restore_neo4j(
    settings: &Settings,
    arguments: &RestoreArguments,
    options: Neo4jOptions,
    file: File,
    scratch: &Path,
) -> anyhow::Result<BackupSummary> {
    let backup = CheckedBackup::read(BufReader::new(file), scratch).await?;
    // Wiped without reading it: its content may be unreadable.
    if arguments.replace {
        Neo4jStore::wipe(options.clone()).await?;
    }
    let service = Service::new(Neo4jStore::open(options).await?, settings.service_limits());
    service.restore(&backup).await?;
    Ok(backup.summary())
}

/// Replaces the content of the store with the scratch store in one step.
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

fn summary_text(summary: &BackupSummary) -> String {
    let log = match summary.log_from {
        Some(revision) => {
            format!(" from revision {revision} on (older ones were removed from the change log before)")
        }
        None => String::new(),
    };
    format!(
        "revision {}, {} records, {} changes{log}",
        summary.revision, summary.records, summary.changes
    )
}

/// The path of a temporary file beside another.
fn sibling(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{suffix}"));
    path.with_file_name(name)
}
