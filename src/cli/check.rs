//! `hukun check`: checks the stored records for consistency, and quotations against their sources.

use std::path::Path;

use super::CommandOutcome;
use super::progress::Progress;
use super::settings::Settings;
use crate::dataset::{SourceCheck, SourceFiles, check_sources};
use crate::model::principal::Principal;
use crate::service::{Service, check_keys, check_store};

/// Runs `hukun check` and prints each finding.
///
/// Checks quotations only if `sources`, a directory with the files of sources, is given. `native` also checks how the
/// graph is stored in Neo4j. The outcome is [`CommandOutcome::Rejected`] if anything was found.
pub(super) async fn run(
    settings: &Settings,
    sources: Option<&Path>,
    native: bool,
) -> anyhow::Result<CommandOutcome> {
    // Opened before the store: a missing directory is reported at once.
    let files = sources.map(SourceFiles::open).transpose()?;
    // Before the other checks: it reports unreadable records, with which the other checks would fail.
    let (service, native_problems) = if native {
        // The same store, because opening it again would create the constraints that are reported as missing.
        let (store, problems) = super::native::check(settings).await?;
        (Service::new(store, settings.service_limits()), problems)
    } else {
        (super::open::service(settings).await?, 0)
    };
    let session = service.snapshot_session(&Principal::operator("check")).await?;
    let progress = Progress::begin();
    progress.step("checking the stored records".into());
    let mut integrity = check_store(&session).await?;
    integrity.faults.extend(check_keys(service.keys()).await?);
    for fault in &integrity.faults {
        println!("{}: {}", fault.subject, fault.reason);
    }
    let mut quotation_findings = 0;
    if let Some(files) = &files {
        progress.step("checking quotations against their sources".into());
        let check = check_sources(&session, files).await?;
        print_source_check(&check);
        quotation_findings = check.findings.len() + check.unreadable.len();
    }
    // Clears the progress bar before the summary is printed.
    drop(progress);
    if integrity.faults.is_empty() && quotation_findings == 0 && native_problems == 0 {
        println!(
            "{} records clean at revision {}",
            integrity.records,
            session.revision()
        );
        return Ok(CommandOutcome::Done);
    }
    println!(
        "{} findings at revision {}",
        integrity.faults.len() as u64 + quotation_findings as u64 + native_problems,
        session.revision()
    );
    Ok(CommandOutcome::Rejected)
}

/// Prints the findings on quotations, and how many quotations could not be checked.
fn print_source_check(check: &SourceCheck) {
    for finding in &check.findings {
        println!(
            "{}: {} {} 「{}」",
            finding.subject, finding.source, finding.locator, finding.quote
        );
        println!("    {} → {}", finding.reason, finding.hint);
    }
    println!("{} quotations checked against their sources", check.checked);
    for (source, (reason, count)) in &check.unreadable {
        println!("{source}: {reason}; {count} of its quotations not checked");
    }
    for (source, count) in &check.unchecked {
        println!(
            "{count} quotations of {source} not checked: the source has no sha256, or no file matches it"
        );
    }
}
