//! `hukun export`: the data sets as files that `hukun import` takes in again.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::Ended;
use super::progress::Progress;
use super::settings::Settings;
use crate::dataset::{ExportOptions, Format, Part, PartOptions, write_directory};
use crate::model::entity::EntityKind;
use crate::model::id::EntityId;
use crate::model::period::{PartialDate, Period, Span, UndatedFacts, When};
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
    /// Only what was there on that day: 2024-03-05, or 2024-03 or 2024 for the last day of it
    #[arg(long, env = "HUKUN_AS_OF", value_name = "DATE", value_parser = PartialDate::parse)]
    as_of: Option<PartialDate>,
    /// Only what was there on some day between two, both among them: 2023/2024-06, 2023/ or /2024
    #[arg(long, env = "HUKUN_DURING", value_name = "FROM/TO", value_parser = span)]
    during: Option<Span>,
    /// Whether facts without a date are there with --as-of or --during
    #[arg(long, env = "HUKUN_UNDATED", value_enum, default_value = "include")]
    undated: Undated,
}

#[derive(Clone, Copy, ValueEnum)]
enum Undated {
    Include,
    Exclude,
}

/// Reads `2023/2024-06`; one date alone is both ends.
fn span(text: &str) -> Result<Span, String> {
    let period = Period::parse(text).map_err(|error| format!("{error}, or two of them with a slash"))?;
    Span::new(period.from, period.to).map_err(|error| error.to_string())
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
        at: When::asked(
            arguments.as_of.map(PartialDate::last_day),
            arguments.during,
            match arguments.undated {
                Undated::Include => UndatedFacts::Include,
                Undated::Exclude => UndatedFacts::Exclude,
            },
        ),
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
