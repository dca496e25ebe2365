//! `hukun export`: the data sets as files that `hukun import` takes in again.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Ended;
use super::progress::Progress;
use super::settings::Settings;
use crate::dataset::{ExportOptions, Format, write_directory};

#[derive(Args)]
pub(super) struct ExportArguments {
    /// The form of the tables
    #[arg(long, env = "HUKUN_FORMAT", value_enum)]
    format: TableFormat,
    /// Where to write: one directory a data set is made in it
    #[arg(long, env = "HUKUN_OUT", value_name = "PATH")]
    out: PathBuf,
}

#[derive(Clone, Copy, ValueEnum)]
enum TableFormat {
    Csv,
    Jsonl,
}

pub(super) async fn run(settings: &Settings, arguments: &ExportArguments) -> anyhow::Result<Ended> {
    let service = super::open::service(settings).await?;
    let session = service.steady_session().await?;
    let format = match arguments.format {
        TableFormat::Csv => Format::Csv,
        TableFormat::Jsonl => Format::Jsonl,
    };
    // Who can read the data directory can read what is in it, so personal data is no secret here.
    let options = ExportOptions {
        format,
        personal_data: true,
    };
    let progress = Progress::begin();
    for info in session.datasets().await? {
        let id = info.dataset.id.clone();
        progress.step(format!("{id}: writing"));
        let exported = write_directory(&session, &info.dataset.id, &arguments.out, options).await?;
        let rows: Vec<String> = exported
            .rows
            .iter()
            .map(|(table, count)| format!("{count} {table}"))
            .collect();
        progress.done(&format!("{}: {}", exported.path.display(), rows.join(", ")));
    }
    Ok(Ended::Done)
}
