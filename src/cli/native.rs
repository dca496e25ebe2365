//! `hukun check --native` and `hukun repair`: compare the native graph in Neo4j with the records.

use super::CommandOutcome;
use super::progress::Progress;
use super::settings::Settings;
use super::usage::UsageError;
use crate::store::neo4j::{NativeProblem, NativeReport, Neo4jStore};

async fn open(settings: &Settings, command: &str) -> anyhow::Result<Neo4jStore> {
    let Some(options) = super::neo4j::options(settings)? else {
        return Err(UsageError::new(format!(
            "{command} needs a Neo4j store (set --store); the embedded store derives everything when it is opened"
        ))
        .into());
    };
    Ok(Neo4jStore::open_for_check(options).await?)
}

/// Prints the problems of the native graph; returns the store, and their number.
pub(super) async fn check(settings: &Settings) -> anyhow::Result<(Neo4jStore, u64)> {
    let store = open(settings, "--native").await?;
    let report = compare(&store, false).await?;
    print_report(&report, |_| "");
    if report.is_partial {
        println!(
            "  the rest was not checked, because it would take too long without them; run `hukun repair` first"
        );
    }
    if report.count() > report.unrepairable() {
        println!("  `hukun repair` rebuilds what is derived from the records");
    }
    Ok((store, report.count()))
}

/// Repairs derived data, or prints what would be repaired.
pub(super) async fn repair(settings: &Settings, dry_run: bool) -> anyhow::Result<CommandOutcome> {
    let store = open(settings, "`hukun repair`").await?;
    let report = compare(&store, !dry_run).await?;
    print_report(&report, |problem| match (problem.is_repairable(), dry_run) {
        (true, true) => " (would be repaired)",
        (true, false) => " (repaired)",
        (false, _) if problem == NativeProblem::ConstraintBlocked => {
            " (delete those of other applications, then repair again)"
        }
        (false, _) => " (cannot be repaired: restore a backup, or import their data sets again)",
    });
    let repaired = report.count() - report.unrepairable();
    if report.is_partial {
        println!("only the constraints and indexes were checked; the rest would take too long without them");
    }
    let done = if dry_run { "would be repaired" } else { "repaired" };
    println!(
        "{} records checked: {repaired} problems {done}, {} left",
        report.records,
        report.unrepairable()
    );
    Ok(if report.unrepairable() == 0 {
        CommandOutcome::Done
    } else {
        CommandOutcome::Rejected
    })
}

/// Compares the native graph with the records, and repairs differences if asked.
async fn compare(store: &Neo4jStore, repairs: bool) -> anyhow::Result<NativeReport> {
    let progress = Progress::begin();
    let step = |what: &str| progress.step(format!("comparing with the records: {what}"));
    Ok(if repairs {
        store.repair_native(step).await?
    } else {
        store.check_native(step).await?
    })
}

fn print_report(report: &NativeReport, end: impl Fn(NativeProblem) -> &'static str) {
    for (problem, found) in &report.problems {
        let more = if found.count > found.first.len() as u64 {
            " …"
        } else {
            ""
        };
        println!(
            "{}: {}{}: {}{more}",
            problem.text(),
            found.count,
            end(*problem),
            found.first.join(", ")
        );
    }
    let list = |what: &str, counts: &[(String, u64)]| {
        if !counts.is_empty() {
            let counts: Vec<String> = counts
                .iter()
                .map(|(name, count)| format!("{name} ({count})"))
                .collect();
            println!("{what}: {}", counts.join(", "));
        }
    };
    list("labels of other applications, ignored", &report.foreign_labels);
    list(
        "relationship types of other applications, ignored",
        &report.foreign_types,
    );
    list(
        "nodes of other applications with labels of Hukun, ignored",
        &report.foreign_nodes,
    );
}
