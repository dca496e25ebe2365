//! What a change set comes to: the last word on each record, held against what stands, and the log of it.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use crate::model::change::{Change, ChangeAction, ChangeSet, Record, Revision, Subject};
use crate::model::id::{DatasetId, EntityId};
use crate::model::log::{Changed, LoggedChange, Version, concerned};
use crate::model::record::Dataset;
use crate::model::statement::Statement;

/// A record as it stands, with its statements.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) record: Record,
    pub(super) statements: Vec<Statement>,
}

impl Standing {
    fn version(&self) -> Version<'_> {
        (&self.record, &self.statements)
    }

    fn is(&self, record: &Record, statements: &[Statement]) -> bool {
        self.record == *record
            && self.statements.len() == statements.len()
            && self
                .statements
                .iter()
                .zip(statements)
                .all(|(a, b)| a.says_the_same(b))
    }
}

/// What is to stand of a record.
#[derive(Clone, Debug)]
pub(super) enum Wanted {
    /// This, with these statements.
    Stands(Box<Record>, Vec<Statement>),
    /// Nothing.
    Gone,
}

/// A line of the change log.
#[derive(Clone, Debug)]
pub(super) struct Logged {
    pub(super) action: ChangeAction,
    pub(super) changed: Changed,
    pub(super) merged_into: Option<EntityId>,
    pub(super) datasets: BTreeSet<DatasetId>,
}

/// What is to be written.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) wanted: BTreeMap<Subject, Wanted>,
    pub(super) datasets: Vec<Dataset>,
    pub(super) redirects: Vec<(EntityId, EntityId)>,
    pub(super) log: Vec<Logged>,
    /// The revision and the log of a graph that is restored, in place of `log`.
    pub(super) history: Option<(Revision, Vec<LoggedChange>)>,
}

/// Every record that a change set speaks of, each once.
pub(super) fn subjects(set: &ChangeSet) -> Vec<Subject> {
    let mut seen = HashSet::new();
    let named = set.changes.iter().filter_map(|change| match change {
        Change::Put { record, .. } => Some(record.subject()),
        Change::Delete(subject) => Some(subject.clone()),
        Change::Dataset(_) | Change::Redirect { .. } | Change::History { .. } => None,
    });
    named.filter(|subject| seen.insert(subject.clone())).collect()
}

impl Draft {
    /// What a change set comes to beside what stands. Nothing in it: nothing differs.
    pub(super) fn new(
        set: ChangeSet,
        standing: &HashMap<Subject, Standing>,
        datasets: &HashMap<String, Dataset>,
    ) -> Self {
        let mut draft = Self::default();
        for change in set.changes {
            match change {
                Change::Put { record, statements } => {
                    let subject = record.subject();
                    let old = standing.get(&subject);
                    if old.is_some_and(|old| old.is(&record, &statements)) {
                        continue;
                    }
                    let record = record.resolved(&statements);
                    let datasets = concerned(old.map(Standing::version), Some((&record, &statements)));
                    draft.note(action(old.is_some()), Changed::Record(subject.clone()), datasets);
                    draft
                        .wanted
                        .insert(subject, Wanted::Stands(Box::new(record), statements));
                }
                Change::Delete(subject) => {
                    let datasets = concerned(standing.get(&subject).map(Standing::version), None);
                    draft.note(ChangeAction::Deleted, Changed::Record(subject.clone()), datasets);
                    draft.wanted.insert(subject, Wanted::Gone);
                }
                Change::Dataset(dataset) => {
                    let old = datasets.get(dataset.id.as_str());
                    if old != Some(&dataset) {
                        let id = dataset.id.clone();
                        draft.note(action(old.is_some()), Changed::Dataset(id.clone()), [id].into());
                        draft.datasets.push(dataset);
                    }
                }
                Change::Redirect { from, to } => {
                    let datasets = draft.of_redirect(&from, &to, standing);
                    draft.log.push(Logged {
                        action: ChangeAction::Merged,
                        changed: Changed::Record(Subject::Entity(from.clone())),
                        merged_into: Some(to.clone()),
                        datasets,
                    });
                    draft.redirects.push((from, to));
                }
                Change::History { revision, log } => draft.history = Some((revision, log)),
            }
        }
        draft
    }

    fn note(&mut self, action: ChangeAction, changed: Changed, datasets: BTreeSet<DatasetId>) {
        self.log.push(Logged {
            action,
            changed,
            merged_into: None,
            datasets,
        });
    }

    /// The data sets that had a row for an id merged away; for an id that never stood by itself, those of the entity kept.
    fn of_redirect(
        &self,
        from: &EntityId,
        to: &EntityId,
        standing: &HashMap<Subject, Standing>,
    ) -> BTreeSet<DatasetId> {
        let stood = |id: &EntityId| standing.get(&Subject::Entity(id.clone())).map(Standing::version);
        let kept = match self.wanted.get(&Subject::Entity(to.clone())) {
            Some(Wanted::Stands(record, statements)) => Some((&**record, statements.as_slice())),
            Some(Wanted::Gone) | None => stood(to),
        };
        concerned(stood(from).or(kept), None)
    }

    /// How many lines the log gets, and so about how many records are written.
    pub(super) fn lines(&self) -> usize {
        self.history.as_ref().map_or(self.log.len(), |(_, log)| log.len())
    }

    /// Whether nothing differs.
    pub(super) fn is_empty(&self) -> bool {
        self.log.is_empty()
    }
}

fn action(stood: bool) -> ChangeAction {
    if stood {
        ChangeAction::Updated
    } else {
        ChangeAction::Created
    }
}
