//! `hukun backup` and `hukun restore`.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;

use super::Ended;
use super::settings::Settings;
use crate::service::{BackupSummary, Service};
use crate::store::embedded::EmbeddedStore;
use crate::store::neo4j::Neo4jStore;

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
    let file = File::create(&unfinished).with_context(|| unfinished.display().to_string())?;
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
    Ok(())
}

/// Reads the file whole before anything is written.
pub(super) async fn restore(settings: &Settings, arguments: &RestoreArguments) -> anyhow::Result<Ended> {
    let path = &arguments.path;
    let open = || {
        File::open(path)
            .map(BufReader::new)
            .with_context(|| path.display().to_string())
    };
    let summary = match super::neo4j::options(settings)? {
        Some(options) => {
            // Without a look at what it holds: that may be what can be read no more.
            if arguments.replace {
                Service::check_backup(open()?).with_context(|| path.display().to_string())?;
                Neo4jStore::wipe(options.clone()).await?;
            }
            let service = Service::new(Neo4jStore::open(options).await?, settings.service_limits());
            service.restore(open()?).await
        }
        None if arguments.replace => {
            // Made whole elsewhere, then put in place of the old one in one step.
            let aside = settings.data_dir.join("restoring");
            let service = Service::new(EmbeddedStore::make(&aside)?, settings.service_limits());
            let summary = service.restore(open()?).await;
            drop(service);
            if summary.is_ok() {
                EmbeddedStore::put_in_place(&aside, &settings.data_dir)?;
            }
            let _ = fs::remove_dir_all(&aside);
            summary
        }
        None => super::open::service(settings).await?.restore(open()?).await,
    };
    let summary = summary.with_context(|| path.display().to_string())?;
    eprintln!("restored: {}", told(&summary));
    Ok(Ended::Done)
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
