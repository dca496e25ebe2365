//! The stored records that a write touches, each read once.

use std::collections::{HashMap, HashSet};

use super::normal_form::without_implicit_amounts;
use crate::model::change::{Change, Record, Subject};
use crate::model::entity::{Entity, SharedEntity};
use crate::model::statement::Statement;
use crate::store::{Reader, StoreError, StoreResult};

/// The rank of a record in the write order: referenced records are written first, and deleted last.
pub(super) fn write_order(subject: &Subject) -> u8 {
    match subject {
        Subject::Source(_) => 0,
        Subject::Entity(_) => 1,
        Subject::Relation(_) => 2,
        Subject::Observation(_) => 3,
        Subject::Rule(_) => 4,
    }
}

/// A stored record in its normal form, with all its statements.
pub(super) type StoredRecord = (Record, Vec<Statement>);

/// The stored records that a write has read and still needs, in their normal form.
///
/// A check that needs a record leaves it here for the comparison, so that neither reads it again. The comparison takes records out,
/// so that an import of any size holds only those that its checks needed, and those of the part that it compares.
#[derive(Default)]
pub(super) struct StoredRecords {
    records: HashMap<Subject, Record>,
    statements: HashMap<Subject, Vec<Statement>>,
    /// Maximum number of records to which [`StoredRecords::put_back`] adds.
    kept_max: usize,
}

impl StoredRecords {
    /// An empty set that keeps records for a later comparison: at most about `kept_max`, and others are read again.
    pub(super) fn keeping(kept_max: usize) -> Self {
        Self {
            kept_max,
            ..Self::default()
        }
    }

    /// Reads the records that were not read yet; one call for each type.
    pub(super) async fn load<R: Reader>(&mut self, at: &R, subjects: Vec<Subject>) -> StoreResult<()> {
        let mut missing: HashSet<Subject> = HashSet::new();
        let is_missing =
            |subject: &Subject| !self.records.contains_key(subject) && missing.insert(subject.clone());
        let subjects: Vec<Subject> = subjects.into_iter().filter(is_missing).collect();
        self.records.extend(records(at, &subjects).await?);
        Ok(())
    }

    /// A record that was read.
    pub(super) fn record(&self, subject: &Subject) -> Option<&Record> {
        self.records.get(subject)
    }

    /// Adds a record that was read otherwise.
    pub(super) fn add_record(&mut self, record: Record) {
        self.records
            .insert(record.subject(), without_implicit_amounts(record));
    }

    /// Adds the statements of a record that were read otherwise.
    pub(super) fn add_statements(&mut self, subject: Subject, statements: Vec<Statement>) {
        self.statements.insert(subject, statements);
    }

    /// Takes out some records with their statements, in the order of `subjects`, and reads what was not read yet. Fails if one is
    /// missing.
    pub(super) async fn take<R: Reader>(
        &mut self,
        at: &R,
        subjects: &[Subject],
    ) -> StoreResult<Vec<StoredRecord>> {
        self.load(at, subjects.to_vec()).await?;
        // Nothing states a source: it is evidence itself.
        let is_unread = |subject: &&Subject| {
            !matches!(subject, Subject::Source(_)) && !self.statements.contains_key(*subject)
        };
        let unread: Vec<Subject> = subjects.iter().filter(is_unread).cloned().collect();
        if !unread.is_empty() {
            let statements = at.statements(&unread).await?;
            self.statements.extend(unread.into_iter().zip(statements));
        }
        let take = |subject: &Subject| {
            let taken = self.take_read(subject);
            taken.ok_or_else(|| StoreError::Damaged(format!("{} could not be read", subject.as_str())))
        };
        subjects.iter().map(take).collect()
    }

    /// Takes out a record without its statements, if it was read.
    pub(super) fn take_record(&mut self, subject: &Subject) -> Option<Record> {
        self.records.remove(subject)
    }

    fn take_read(&mut self, subject: &Subject) -> Option<StoredRecord> {
        let statements = match subject {
            Subject::Source(_) => Vec::new(),
            stated => self.statements.remove(stated)?,
        };
        Some((self.records.remove(subject)?, statements))
    }

    /// Puts a record back that was taken and did not change, if there is room for it.
    pub(super) fn put_back(&mut self, subject: Subject, (record, statements): StoredRecord) {
        if self.records.len() < self.kept_max {
            self.statements.insert(subject.clone(), statements);
            self.records.insert(subject, record);
        }
    }

    /// Removes a record that no comparison needs.
    pub(super) fn remove(&mut self, subject: &Subject) {
        self.records.remove(subject);
        self.statements.remove(subject);
    }

    /// Removes the records that changes replace or delete.
    pub(super) fn forget_changed(&mut self, changes: &[Change]) {
        for change in changes {
            match change {
                Change::Put { record, .. } => self.remove(&record.subject()),
                Change::Delete(subject) => self.remove(subject),
                Change::Dataset(_)
                | Change::DeleteDataset(_)
                | Change::Redirect { .. }
                | Change::History { .. } => {}
            }
        }
    }
}

/// The records of `subjects` in their normal form; one call for each type.
async fn records<R: Reader>(at: &R, subjects: &[Subject]) -> StoreResult<Vec<(Subject, Record)>> {
    macro_rules! read {
        ($found:ident, $sort:ident, $call:ident, $own:expr) => {
            let ids = subjects.iter().filter_map(|subject| match subject {
                Subject::$sort(id) => Some(id.clone()),
                _ => None,
            });
            let ids: Vec<_> = ids.collect();
            if !ids.is_empty() {
                let records = at.$call(&ids).await?.into_iter().zip(ids);
                $found.extend(records.filter_map(|(record, id)| {
                    let record = without_implicit_amounts(Record::$sort($own(record?)));
                    Some((Subject::$sort(id), record))
                }));
            }
        };
    }
    let mut found = Vec::with_capacity(subjects.len());
    read!(found, Source, sources, std::convert::identity);
    read!(found, Entity, entities, |entity: SharedEntity| Entity::clone(
        &entity
    ));
    read!(found, Relation, relations, std::convert::identity);
    read!(found, Observation, observations, std::convert::identity);
    read!(found, Rule, rules, std::convert::identity);
    Ok(found)
}
