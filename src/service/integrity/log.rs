//! The change log: whole, of this graph, and at one with its records.

use std::collections::BTreeSet;

use super::{Check, Result};
use crate::model::change::{ChangeAction, Subject};
use crate::model::id::{DatasetId, EntityId};
use crate::model::log::{Changed, LogPlace, LoggedChange};
use crate::model::page::{PAGE_MAX, PageRequest};
use crate::service::ServiceError;
use crate::store::LogQuery;

/// What a fault of the whole log is told of.
const LOG: &str = "the change log";

impl Check<'_> {
    /// Reads the log from its end to its beginning, which may be gone.
    pub(super) async fn log(&mut self) -> Result<()> {
        let datasets = self.session.datasets().await?;
        let datasets: BTreeSet<DatasetId> = datasets.into_iter().map(|info| info.dataset.id).collect();
        let (end, now) = (self.session.log_end().await?, self.session.revision());
        if end.revision != now {
            let reason = format!(
                "its last line is of revision {}, and the graph is at {now}",
                end.revision
            );
            self.fault(LOG, reason);
        }
        let mut request = PageRequest {
            from_end: true,
            ..PageRequest::first(PAGE_MAX)
        };
        let mut newer = None;
        // Those that were deleted later than the lines that are read: it is read backwards.
        let mut known = datasets.clone();
        loop {
            let query = LogQuery {
                page: request.clone(),
                told: None,
            };
            let page = match self.session.log_lines(&query).await {
                Ok(page) => page,
                Err(ServiceError::Fault(reason)) => {
                    self.fault(LOG, format!("it cannot be read: {reason}"));
                    return Ok(());
                }
                Err(other) => return Err(other),
            };
            for line in page.items.iter().rev() {
                self.place(line.place, newer);
                newer = Some(line.place);
                if let (Changed::Dataset(id), ChangeAction::Deleted) = (&line.changed, line.action) {
                    known.insert(id.clone());
                }
                for dataset in line.datasets.difference(&known) {
                    self.fault(
                        &name(line),
                        format!("concerns the data set {dataset}, which is not there"),
                    );
                }
            }
            self.outcomes(&page.items, &datasets).await?;
            request.before = page.items.first().map(|line| line.place);
            if !page.has_previous {
                self.log_begins = newer.is_none_or(|first| first.number == 1);
                return Ok(());
            }
        }
    }

    /// Numbers count up without a gap, and so do revisions, of which each wrote something.
    fn place(&mut self, line: LogPlace, newer: Option<LogPlace>) {
        let Some(newer) = newer else { return };
        let place = format!("change {}", newer.number);
        if newer.number != line.number + 1 {
            self.fault(&place, format!("stands after change {}", line.number));
        }
        let step = newer.revision.0.checked_sub(line.revision.0);
        if step.is_none_or(|step| step > 1) {
            let reason = format!(
                "is of revision {}, and the one before it of {}",
                newer.revision, line.revision
            );
            self.fault(&place, reason);
        }
    }

    /// What was written of a record last is what became of it.
    async fn outcomes(&mut self, lines: &[LoggedChange], datasets: &BTreeSet<DatasetId>) -> Result<()> {
        let keys: BTreeSet<String> = lines
            .iter()
            .map(|line| line.changed.as_str().to_string())
            .collect();
        let keys: Vec<String> = keys.into_iter().collect();
        let last = self.session.last_log_lines(&keys).await?;
        let occupants = self.session.occupants(&keys).await?;
        // The key of an entity that was merged away is still taken; the entity is not there.
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
            // One that stands on another page is looked at with that.
            let Some(line) = line.filter(|line| lines.iter().any(|here| here.place == line.place)) else {
                continue;
            };
            let is_there = match &line.changed {
                Changed::Record(subject) => {
                    occupant.as_ref() == Some(subject)
                        && entity_of(subject).is_none_or(|id| !away.contains(id))
                }
                Changed::Dataset(id) => datasets.contains(id),
            };
            let must_be = matches!(line.action, ChangeAction::Created | ChangeAction::Updated);
            if is_there != must_be {
                let is = if is_there { "is there" } else { "is not there" };
                let reason = format!("{} {}, and that {is}", line.changed.as_str(), line.action.name());
                self.fault(&name(&line), reason);
            }
            if let (Changed::Record(Subject::Entity(from)), Some(to)) = (&line.changed, &line.merged_into) {
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
                    format!("{from} was merged into {to}, and does not lead there"),
                );
            }
        }
        Ok(())
    }

    /// Every record is in the log, where that begins with its first line.
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
                self.fault(key, "is in no line of the change log");
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
    format!("change {}", line.place.number)
}
