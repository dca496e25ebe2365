//! Integrity of the change log: complete, and consistent with the records.

use std::collections::BTreeSet;

use super::{IntegrityCheck, Result};
use crate::model::change::{ChangeAction, LogPosition, LogSubject, LoggedChange, Subject};
use crate::model::id::{DatasetId, EntityId};
use crate::model::page::{PAGE_MAX, PageRequest};
use crate::service::ServiceError;
use crate::store::LogQuery;

/// The subject of faults of the whole log.
const LOG: &str = "the change log";

impl IntegrityCheck<'_> {
    /// Reads the log from its end to its beginning, which may be truncated.
    pub(super) async fn log(&mut self) -> Result<()> {
        let datasets = self.session.datasets().await?;
        let datasets: BTreeSet<DatasetId> = datasets.into_iter().map(|info| info.dataset.id).collect();
        let (end, now) = (self.session.log_end().await?, self.session.revision());
        if end.revision != now {
            let reason = format!(
                "its last line has revision {}, but the graph is at revision {now}",
                end.revision
            );
            self.fault(LOG, reason);
        }
        let mut request = PageRequest {
            from_end: true,
            ..PageRequest::first(PAGE_MAX)
        };
        let mut newer = None;
        // Includes data sets that later lines delete, because the log is read backwards.
        let mut known = datasets.clone();
        loop {
            let query = LogQuery {
                page: request.clone(),
                datasets: None,
            };
            let page = match self.session.log_lines(&query).await {
                Ok(page) => page,
                Err(ServiceError::Internal(reason)) => {
                    self.fault(LOG, format!("it cannot be read: {reason}"));
                    return Ok(());
                }
                Err(other) => return Err(other),
            };
            for line in page.items.iter().rev() {
                self.place(line.position, newer);
                newer = Some(line.position);
                if let (LogSubject::Dataset(id), ChangeAction::Deleted) = (&line.changed, line.action) {
                    known.insert(id.clone());
                }
                for dataset in line.datasets.difference(&known) {
                    self.fault(
                        &name(line),
                        format!("concerns the data set {dataset}, which does not exist"),
                    );
                }
            }
            self.outcomes(&page.items, &datasets).await?;
            request.before = page.items.first().map(|line| line.position);
            if !page.has_previous {
                self.log_begins = newer.is_none_or(|first| first.number == 1);
                return Ok(());
            }
        }
    }

    /// Checks that change numbers and revisions have no gaps.
    fn place(&mut self, line: LogPosition, newer: Option<LogPosition>) {
        let Some(newer) = newer else { return };
        let place = format!("change {}", newer.number);
        if newer.number != line.number + 1 {
            self.fault(&place, format!("follows change {}", line.number));
        }
        let step = newer.revision.0.checked_sub(line.revision.0);
        if step.is_none_or(|step| step > 1) {
            let reason = format!(
                "has revision {}, but the previous change has revision {}",
                newer.revision, line.revision
            );
            self.fault(&place, reason);
        }
    }

    /// Checks that the last change of each record agrees with the record.
    async fn outcomes(&mut self, lines: &[LoggedChange], datasets: &BTreeSet<DatasetId>) -> Result<()> {
        let keys: BTreeSet<String> = lines
            .iter()
            .map(|line| line.changed.as_str().to_string())
            .collect();
        let keys: Vec<String> = keys.into_iter().collect();
        let last = self.session.last_log_lines(&keys).await?;
        let occupants = self.session.subjects_of_keys(&keys).await?;
        // A merged entity still occupies its key, but does not exist.
        let entities: Vec<EntityId> = occupants
            .iter()
            .flatten()
            .filter_map(entity_of)
            .cloned()
            .collect();
        let resolved = self.session.resolve(&entities).await?;
        let away: BTreeSet<&EntityId> = entities
            .iter()
            .zip(&resolved)
            .filter(|(id, found)| found.as_ref() != Some(*id))
            .map(|(id, _)| id)
            .collect();
        let mut merged = Vec::new();
        for (line, occupant) in last.into_iter().zip(&occupants) {
            // A change on another page is checked with that page.
            let Some(line) = line.filter(|line| lines.iter().any(|here| here.position == line.position))
            else {
                continue;
            };
            let is_there = match &line.changed {
                LogSubject::Record(subject) => {
                    occupant.as_ref() == Some(subject)
                        && entity_of(subject).is_none_or(|id| !away.contains(id))
                }
                LogSubject::Dataset(id) => datasets.contains(id),
            };
            let must_be = matches!(line.action, ChangeAction::Created | ChangeAction::Updated);
            if is_there != must_be {
                let is = if is_there {
                    "it exists"
                } else {
                    "it does not exist"
                };
                let reason = format!(
                    "{} is logged as {}, but {is}",
                    line.changed.as_str(),
                    line.action.name()
                );
                self.fault(&name(&line), reason);
            }
            if let (LogSubject::Record(Subject::Entity(from)), Some(to)) = (&line.changed, &line.merged_into)
            {
                merged.push((name(&line), from.clone(), to.clone()));
            }
        }
        let both: Vec<EntityId> = merged
            .iter()
            .flat_map(|(_, from, to)| [from.clone(), to.clone()])
            .collect();
        if both.is_empty() {
            return Ok(());
        }
        let resolved = self.session.resolve(&both).await?;
        for ((line, from, to), led) in merged.into_iter().zip(resolved.chunks(2)) {
            if led.first() != led.last() {
                self.fault(
                    &line,
                    format!("{from} was merged into {to}, but does not lead there"),
                );
            }
        }
        Ok(())
    }

    /// Checks that every record is in the log, if the log is complete.
    pub(super) async fn logged(&mut self, subjects: &[Subject]) -> Result<()> {
        if !self.log_begins || subjects.is_empty() {
            return Ok(());
        }
        let keys: Vec<String> = subjects
            .iter()
            .map(|subject| subject.as_str().to_string())
            .collect();
        for (key, line) in keys.iter().zip(self.session.last_log_lines(&keys).await?) {
            if line.is_none() {
                self.fault(key, "is missing from the change log");
            }
        }
        Ok(())
    }
}

fn entity_of(subject: &Subject) -> Option<&EntityId> {
    match subject {
        Subject::Entity(id) => Some(id),
        _ => None,
    }
}

fn name(line: &LoggedChange) -> String {
    format!("change {}", line.position.number)
}
