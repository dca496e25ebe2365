//! What a change set comes to: the last word on each record, held against what stands, and the log of it.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::model::change::{Change, ChangeAction, ChangeSet, Record, Subject};
use crate::model::id::EntityId;
use crate::model::record::Dataset;
use crate::model::statement::Statement;

/// A record as it stands, with its statements.
#[derive(Clone, Debug)]
pub(super) struct Standing {
    pub(super) record: Record,
    pub(super) statements: Vec<Statement>,
}

impl Standing {
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
    pub(super) subject: Subject,
    pub(super) merged_into: Option<EntityId>,
}

/// What is to be written.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) wanted: BTreeMap<Subject, Wanted>,
    pub(super) datasets: Vec<Dataset>,
    pub(super) redirects: Vec<(EntityId, EntityId)>,
    pub(super) log: Vec<Logged>,
}

/// Every record that a change set speaks of, each once.
pub(super) fn subjects(set: &ChangeSet) -> Vec<Subject> {
    let mut seen = HashSet::new();
    let named = set.changes.iter().filter_map(|change| match change {
        Change::Put { record, .. } => Some(record.subject()),
        Change::Delete(subject) => Some(subject.clone()),
        Change::Dataset(_) | Change::Redirect { .. } => None,
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
                    let action = if old.is_some() {
                        ChangeAction::Updated
                    } else {
                        ChangeAction::Created
                    };
                    let record = record.resolved(&statements);
                    draft.log.push(Logged {
                        action,
                        subject: subject.clone(),
                        merged_into: None,
                    });
                    draft
                        .wanted
                        .insert(subject, Wanted::Stands(Box::new(record), statements));
                }
                Change::Delete(subject) => {
                    draft.log.push(Logged {
                        action: ChangeAction::Deleted,
                        subject: subject.clone(),
                        merged_into: None,
                    });
                    draft.wanted.insert(subject, Wanted::Gone);
                }
                Change::Dataset(dataset) => {
                    if datasets.get(dataset.id.as_str()) != Some(&dataset) {
                        draft.datasets.push(dataset);
                    }
                }
                Change::Redirect { from, to } => {
                    draft.log.push(Logged {
                        action: ChangeAction::Merged,
                        subject: Subject::Entity(from.clone()),
                        merged_into: Some(to.clone()),
                    });
                    draft.redirects.push((from, to));
                }
            }
        }
        draft
    }

    /// Whether nothing differs.
    pub(super) fn is_empty(&self) -> bool {
        self.log.is_empty() && self.datasets.is_empty()
    }
}
