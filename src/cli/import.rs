//! `hukun import`: imports each data set completely or not at all, and data sets that refer to each other together.

use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::CommandOutcome;
use super::progress::Progress;
use super::settings::Settings;
use crate::dataset::{
    ImportOptions, ImportOutcome, ParsedDataset, ReadOptions, Report, Separator, TextEncoding, import_order,
    import_together, read_directory_with,
};
use crate::model::principal::Principal;

#[derive(Args)]
pub(super) struct ImportArguments {
    /// Data set directories
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Report what would be done without writing
    #[arg(long, env = "HUKUN_DRY_RUN")]
    dry_run: bool,
    /// Delete records of a data set that its files no longer have
    #[arg(long, env = "HUKUN_REPLACE")]
    replace: bool,
    /// File for rejected rows, as JSON Lines, instead of stderr
    #[arg(long, env = "HUKUN_REPORT", value_name = "FILE")]
    report: Option<PathBuf>,
    /// Separator of the CSV files: comma, semicolon or tab [default: comma]
    #[arg(long, env = "HUKUN_SEPARATOR", value_name = "NAME", value_parser = parse_separator)]
    separator: Option<Separator>,
    /// Encoding of files that are not UTF-8: gb18030, utf-16le, windows-1252 …
    #[arg(long, env = "HUKUN_ENCODING", value_name = "NAME", value_parser = parse_encoding)]
    encoding: Option<TextEncoding>,
    /// Check every quotation against its source's file in this directory
    #[arg(long, env = "HUKUN_SOURCES", value_name = "DIR")]
    sources: Option<PathBuf>,
}

fn parse_separator(text: &str) -> Result<Separator, String> {
    Separator::parse(text).ok_or_else(|| "expected comma, semicolon or tab".to_string())
}

fn parse_encoding(text: &str) -> Result<TextEncoding, String> {
    let expected =
        "expected a label of the WHATWG Encoding Standard, such as gb18030, utf-16le or windows-1252";
    TextEncoding::parse(text).ok_or_else(|| expected.to_string())
}

pub(super) async fn run(settings: &Settings, arguments: &ImportArguments) -> anyhow::Result<CommandOutcome> {
    // Created before anything is imported, so that no import ends without its report.
    let mut report = arguments.report.as_ref().map(create).transpose()?;
    let service = super::open::service(settings).await?;
    let options = ImportOptions {
        replace: arguments.replace,
        dry_run: arguments.dry_run,
        by: Principal::operator("import"),
        sources: arguments.sources.clone(),
    };
    let reading = ReadOptions {
        separator: arguments.separator.unwrap_or(Separator::Comma),
        encoding: arguments.encoding,
    };
    let progress = Progress::begin();
    let mut rejected = false;
    let mut parsed = Vec::with_capacity(arguments.paths.len());
    for path in &arguments.paths {
        progress.step(format!("reading {}", path.display()));
        parsed.push(Some(read_directory_with(path, &reading)?));
    }
    let order = import_order(&parsed.iter().flatten().collect::<Vec<_>>());
    for group in order {
        let group: Vec<ParsedDataset> = group
            .into_iter()
            .filter_map(|place| parsed[place].take())
            .collect();
        let ids: Vec<String> = group.iter().map(|one| one.dataset.id.to_string()).collect();
        let rows: usize = group.iter().map(ParsedDataset::draft_count).sum();
        progress.step(format!("{}: checking and writing {rows} rows", ids.join(", ")));
        for done in import_together(&service, group, &options).await? {
            match &done.result {
                Ok(_) => progress.done(&summary(&done, arguments.dry_run)),
                Err(errors) => {
                    rejected = true;
                    write_report(&progress, report.as_mut(), errors)?;
                }
            }
        }
    }
    Ok(if rejected {
        CommandOutcome::Rejected
    } else {
        CommandOutcome::Done
    })
}

fn create(path: &PathBuf) -> anyhow::Result<File> {
    File::create(path).with_context(|| format!("{} cannot be written", path.display()))
}

fn summary(done: &ImportOutcome, dry_run: bool) -> String {
    let Ok(imported) = &done.result else {
        return String::new();
    };
    let quotes = done
        .quotes_checked
        .map(|count| format!("; {count} quotations found in their sources"))
        .unwrap_or_default();
    let would = if dry_run { "would be " } else { "" };
    let after = if dry_run {
        ", nothing written".to_string()
    } else {
        format!(", revision {}", imported.revision)
    };
    format!(
        "{}: {would}{} created, {} updated, {} unchanged, {} deleted{after}{quotes}",
        done.dataset, imported.created, imported.updated, imported.unchanged, imported.deleted
    )
}

fn write_report(progress: &Progress, file: Option<&mut File>, report: &Report) -> anyhow::Result<()> {
    match file {
        Some(file) => {
            file.write_all(report.json_lines().as_bytes())
                .context("the report cannot be written")?;
            progress.done(&format!(
                "{}: {} rows rejected, nothing of this data set was written",
                report.dataset,
                report.row_count()
            ));
        }
        None => progress.done(report.to_string().trim_end()),
    }
    Ok(())
}
