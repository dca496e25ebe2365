//! `hukun check --native` and `hukun repair`: the graph as it stands in Neo4j, held against the records.

use super::Ended;
use super::progress::Progress;
use super::settings::{Settings, UsageError};
use crate::store::neo4j::{NativeFault, NativeReport, Neo4jStore};

async fn open(settings: &Settings, what: &str) -> anyhow::Result<Neo4jStore> {
    let Some(options) = super::neo4j::options(settings)? else {
        return Err(UsageError::new(format!(
            "{what} is about a store in Neo4j: name it by --store. The embedded store derives everything when it is opened"
        ))
        .into());
    };
    Ok(Neo4jStore::open(options).await?)
}

/// Tells what a check of the native graph finds; gives how many faults there are.
pub(super) async fn check(settings: &Settings) -> anyhow::Result<u64> {
    let store = open(settings, "--native").await?;
    let report = gone_over(&store, false).await?;
    tell(&report, |_| "");
    if report.is_partial {
        println!(
            "  the rest was not checked, for it would take too long without them: run `hukun repair` first"
        );
    }
    if report.count() > report.unrepairable() {
        println!("  `hukun repair` mends what is derived from the records");
    }
    Ok(report.count())
}

/// Mends what is derived, or tells what would be mended.
pub(super) async fn repair(settings: &Settings, dry_run: bool) -> anyhow::Result<Ended> {
    let store = open(settings, "`hukun repair`").await?;
    let report = gone_over(&store, !dry_run).await?;
    tell(&report, |fault| match (fault.is_repairable(), dry_run) {
        (true, true) => " (would be mended)",
        (true, false) => " (mended)",
        (false, _) => " (cannot be mended: restore a backup, or import their data sets again)",
    });
    let mended = report.count() - report.unrepairable();
    if report.is_partial {
        println!(
            "only the constraints and indexes were looked at: the rest would take too long without them"
        );
    }
    let said = if dry_run { "would be mended" } else { "mended" };
    println!(
        "{} records looked at: {mended} faults {said}, {} left",
        report.records,
        report.unrepairable()
    );
    Ok(if report.unrepairable() == 0 {
        Ended::Done
    } else {
        Ended::Rejected
    })
}

async fn gone_over(store: &Neo4jStore, mends: bool) -> anyhow::Result<NativeReport> {
    let progress = Progress::begin();
    let step = |what: &str| progress.step(format!("holding against the records: {what}"));
    Ok(if mends {
        store.repair_native(step).await?
    } else {
        store.check_native(step).await?
    })
}

fn tell(report: &NativeReport, end: impl Fn(NativeFault) -> &'static str) {
    for (fault, found) in &report.faults {
        let more = if found.count > found.first.len() as u64 {
            " …"
        } else {
            ""
        };
        println!(
            "{}: {}{}: {}{more}",
            fault.text(),
            found.count,
            end(*fault),
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
    list("labels of others, left alone", &report.foreign_labels);
    list(
        "types of relationships of others, left alone",
        &report.foreign_types,
    );
    list(
        "nodes of others under labels of Hukun's, left alone",
        &report.foreign_nodes,
    );
}
