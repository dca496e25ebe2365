//! `hukun check`: that what is stored fits, and every quotation its source.

use std::path::Path;

use super::Ended;
use super::progress::Progress;
use super::settings::Settings;
use crate::dataset::{SourceCheck, SourceFiles, check_sources};
use crate::model::principal::Principal;
use crate::service::{check_keys, check_store};

pub(super) async fn run(settings: &Settings, sources: Option<&Path>, native: bool) -> anyhow::Result<Ended> {
    // Read first: a directory that is not there is found before the store is opened.
    let files = sources.map(SourceFiles::open).transpose()?;
    // First: records that it finds cannot be read would end what follows.
    let native_faults = if native {
        super::native::check(settings).await?
    } else {
        0
    };
    let service = super::open::service(settings).await?;
    let session = service.steady_session(&Principal::operator("check")).await?;
    let progress = Progress::begin();
    progress.step("checking that what is stored fits".into());
    let mut integrity = check_store(&session).await?;
    integrity.faults.extend(check_keys(service.keys()).await?);
    for fault in &integrity.faults {
        println!("{}: {}", fault.subject, fault.reason);
    }
    let mut misquoted = 0;
    if let Some(files) = &files {
        progress.step("holding quotations against their sources".into());
        let check = check_sources(&session, files).await?;
        tell(&check);
        misquoted = check.findings.len() + check.unreadable.len();
    }
    drop(progress);
    if integrity.faults.is_empty() && misquoted == 0 && native_faults == 0 {
        println!(
            "{} records clean at revision {}",
            integrity.records,
            session.revision()
        );
        return Ok(Ended::Done);
    }
    println!(
        "{} findings at revision {}",
        integrity.faults.len() as u64 + misquoted as u64 + native_faults,
        session.revision()
    );
    Ok(Ended::Rejected)
}

fn tell(check: &SourceCheck) {
    for finding in &check.findings {
        println!(
            "{}: {} {} 「{}」",
            finding.subject, finding.source, finding.locator, finding.quote
        );
        println!("    {} → {}", finding.reason, finding.hint);
    }
    println!("{} quotations held against their sources", check.checked);
    for (source, (reason, count)) in &check.unreadable {
        println!("{source}: {reason}; {count} of its quotations not checked");
    }
    for (source, count) in &check.unchecked {
        println!("{count} quotations of {source} not checked: it has no sha256, or no file given has it");
    }
}
