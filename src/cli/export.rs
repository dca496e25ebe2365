//! `hukun export`: the data sets as files that `hukun import` takes in again.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Ended;
use super::progress::Progress;
use super::settings::Settings;
use crate::dataset::{ExportOptions, Format, Part, PartOptions, write_directory};
use crate::model::entity::EntityKind;
use crate::model::id::EntityId;
use crate::model::period::PartialDate;
use crate::model::principal::Principal;

#[derive(Args)]
pub(super) struct ExportArguments {
    /// The form of the tables
    #[arg(long, env = "HUKUN_FORMAT", value_enum)]
    format: TableFormat,
    /// Where to write: one directory a data set is made in it
    #[arg(long, env = "HUKUN_OUT", value_name = "PATH")]
    out: PathBuf,
    /// Only what lies in this region or below it, with what that refers to
    #[arg(long, env = "HUKUN_REGION", value_name = "ID", value_parser = region)]
    region: Option<EntityId>,
    /// Only what was there on that day: 2024, 2024-03 or 2024-03-05; undated facts count
    #[arg(long, env = "HUKUN_AS_OF", value_name = "DATE", value_parser = PartialDate::parse)]
    as_of: Option<PartialDate>,
}

fn region(text: &str) -> Result<EntityId, String> {
    let id = EntityId::parse(text).map_err(|error| error.to_string())?;
    match id.kind() {
        EntityKind::Region => Ok(id),
        other => Err(format!("`{id}` is a {other}, no region")),
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum TableFormat {
    Csv,
    Jsonl,
}

pub(super) async fn run(settings: &Settings, arguments: &ExportArguments) -> anyhow::Result<Ended> {
    let service = super::open::service(settings).await?;
    let session = service.steady_session(&Principal::operator("export")).await?;
    let format = match arguments.format {
        TableFormat::Csv => Format::Csv,
        TableFormat::Jsonl => Format::Jsonl,
    };
    // Who can read the data directory can read what is in it, so personal data is no secret here.
    let options = ExportOptions {
        format,
        personal_data: true,
    };
    let asked = PartOptions {
        region: arguments.region.clone(),
        at: arguments.as_of.map(PartialDate::first_day),
    };
    let part = if asked == PartOptions::default() {
        None
    } else {
        Some(Part::read(&session, &asked).await?)
    };
    let progress = Progress::begin();
    for info in session.datasets().await? {
        let id = info.dataset.id.clone();
        if part.as_ref().is_some_and(|part| !part.is_of(&id)) {
            progress.done(&format!("{id}: nothing of it is asked for"));
            continue;
        }
        progress.step(format!("{id}: writing"));
        let exported = write_directory(&session, &id, part.as_ref(), &arguments.out, options).await?;
        let rows: Vec<String> = exported
            .rows
            .iter()
            .map(|(table, count)| format!("{count} {table}"))
            .collect();
        progress.done(&format!("{}: {}", exported.path.display(), rows.join(", ")));
    }
    Ok(Ended::Done)
}
