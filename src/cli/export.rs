//! `hukun export`: writes the data sets as files that `hukun import` reads.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::CommandOutcome;
use super::progress::Progress;
use super::settings::Settings;
use crate::dataset::{ExportFormat, ExportOptions, GraphSubset, SubsetOptions, write_directory};
use crate::model::entity::EntityKind;
use crate::model::id::EntityId;
use crate::model::partial_date::PartialDate;
use crate::model::period::{Period, Span, TimeFilter, UndatedFacts};
use crate::model::principal::Principal;

#[derive(Args)]
pub(super) struct ExportArguments {
    /// Format of the tables
    #[arg(long, env = "HUKUN_FORMAT", value_enum)]
    format: TableFormat,
    /// Directory to write to; each data set gets a subdirectory
    #[arg(long, env = "HUKUN_OUT", value_name = "PATH")]
    out: PathBuf,
    /// Only records in this region or below it, with the records they refer to
    #[arg(long, env = "HUKUN_REGION", value_name = "ID", value_parser = parse_region)]
    region: Option<EntityId>,
    /// Only facts that held on a day: 2024-03-05, or 2024-03 or 2024 for its last day
    #[arg(long, env = "HUKUN_AS_OF", value_name = "DATE", value_parser = PartialDate::parse)]
    as_of: Option<PartialDate>,
    /// Only facts that held on some day of a period, both ends included: 2023/2024-06, 2023/ or /2024
    #[arg(long, env = "HUKUN_DURING", value_name = "FROM/TO", value_parser = parse_span)]
    during: Option<Span>,
    /// Whether facts without a date count with --as-of or --during
    #[arg(long, env = "HUKUN_UNDATED", value_enum, default_value = "include")]
    undated: UndatedArgument,
}

#[derive(Clone, Copy, ValueEnum)]
enum UndatedArgument {
    Include,
    Exclude,
}

/// Parses `2023/2024-06`; a single date is both ends.
fn parse_span(text: &str) -> Result<Span, String> {
    let period =
        Period::parse(text).map_err(|error| format!("{error}, or two dates separated by a slash"))?;
    Span::new(period.from, period.to).map_err(|error| error.to_string())
}

fn parse_region(text: &str) -> Result<EntityId, String> {
    let id = EntityId::parse(text).map_err(|error| error.to_string())?;
    match id.kind() {
        EntityKind::Region => Ok(id),
        other => Err(format!(
            "`{id}` is a {other} (expected a region, as region:shanghai)"
        )),
    }
}

#[derive(Clone, Copy, ValueEnum)]
enum TableFormat {
    Csv,
    Jsonl,
}

pub(super) async fn run(settings: &Settings, arguments: &ExportArguments) -> anyhow::Result<CommandOutcome> {
    let service = super::open::service(settings).await?;
    let session = service.snapshot_session(&Principal::operator("export")).await?;
    let format = match arguments.format {
        TableFormat::Csv => ExportFormat::Csv,
        TableFormat::Jsonl => ExportFormat::Jsonl,
    };
    // Whoever can read the store can read the personal data in it, so it is exported.
    let options = ExportOptions {
        format,
        personal_data: true,
    };
    let subset_options = SubsetOptions {
        region: arguments.region.clone(),
        at: TimeFilter::new(
            arguments.as_of.map(PartialDate::last_day),
            arguments.during,
            match arguments.undated {
                UndatedArgument::Include => UndatedFacts::Include,
                UndatedArgument::Exclude => UndatedFacts::Exclude,
            },
        ),
    };
    let part = if subset_options == SubsetOptions::default() {
        None
    } else {
        Some(GraphSubset::read(&session, &subset_options).await?)
    };
    let progress = Progress::begin();
    for info in session.datasets().await? {
        let id = info.dataset.id.clone();
        if part.as_ref().is_some_and(|part| !part.includes_dataset(&id)) {
            progress.done(&format!("{id}: nothing selected"));
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
    Ok(CommandOutcome::Done)
}
