//! A graph with uncommitted changes. Batches that are written together are planned on it, one after the other. It supports the
//! reads that plans need.

mod reader;

use std::collections::{BTreeMap, HashMap};

use crate::model::change::{Change, Record, Subject};
use crate::model::id::{DatasetId, EntityId};
use crate::model::record::Dataset;
use crate::model::relation::Relation;
use crate::model::statement::Statement;
use crate::service::write::stored::write_order;
use crate::store::{Reader, StoreResult};

/// The new version of a record; `None` if it is deleted.
type RecordVersion = Option<(Record, Vec<Statement>)>;

/// A graph with uncommitted changes.
#[derive(Clone)]
pub(super) struct Overlay<R> {
    base: R,
    records: BTreeMap<Subject, RecordVersion>,
    keys: HashMap<String, Subject>,
    datasets: BTreeMap<DatasetId, Dataset>,
    redirects: BTreeMap<EntityId, EntityId>,
}

impl<R: Reader> Overlay<R> {
    pub(super) fn new(base: R) -> Self {
        Self {
            base,
            records: BTreeMap::new(),
            keys: HashMap::new(),
            datasets: BTreeMap::new(),
            redirects: BTreeMap::new(),
        }
    }

    /// Applies changes.
    pub(super) fn apply(&mut self, changes: Vec<Change>) {
        for change in changes {
            match change {
                Change::Put { record, statements } => {
                    let (subject, record) = (record.subject(), record.resolved(&statements));
                    self.keys.insert(subject.as_str().to_string(), subject.clone());
                    self.records.insert(subject, Some((record, statements)));
                }
                Change::Delete(subject) => {
                    self.keys.remove(subject.as_str());
                    self.records.insert(subject, None);
                }
                Change::Dataset(dataset) => drop(self.datasets.insert(dataset.id.clone(), dataset)),
                Change::Redirect { from, to } => drop(self.redirects.insert(from, to)),
                Change::DeleteDataset(_) | Change::History { .. } => {}
            }
        }
    }

    /// All changes, each record once, in write order.
    pub(super) async fn into_changes(self) -> StoreResult<Vec<Change>> {
        let deleted = self.records.iter().filter(|(_, version)| version.is_none());
        let deleted: Vec<String> = deleted.map(|(one, _)| one.as_str().to_string()).collect();
        let mut stored = if deleted.is_empty() {
            Vec::new().into_iter()
        } else {
            self.base.subjects_of_keys(&deleted).await?.into_iter()
        };
        let mut changes: Vec<Change> = self.datasets.into_values().map(Change::Dataset).collect();
        let (mut puts, mut gone) = (Vec::new(), Vec::new());
        for (subject, version) in self.records {
            if let Some((record, statements)) = version {
                puts.push((write_order(&subject), Change::Put { record, statements }));
            } else if stored.next().flatten().is_some() {
                gone.push(subject);
            }
        }
        puts.sort_by_key(|(rank, _)| *rank);
        gone.sort_by_key(|subject| std::cmp::Reverse(write_order(subject)));
        changes.extend(puts.into_iter().map(|(_, put)| put));
        let led = self.redirects.into_iter();
        changes.extend(led.map(|(from, to)| Change::Redirect { from, to }));
        changes.extend(gone.into_iter().map(Change::Delete));
        Ok(changes)
    }

    fn resolve_id<'a>(&'a self, id: &'a EntityId) -> &'a EntityId {
        self.redirects.get(id).unwrap_or(id)
    }

    fn resolve_subjects(&self, subjects: &[Subject]) -> Vec<Subject> {
        let kept = |subject: &Subject| match subject {
            Subject::Entity(id) => Subject::Entity(self.resolve_id(id).clone()),
            other => other.clone(),
        };
        subjects.iter().map(kept).collect()
    }

    /// The changed relations, by id.
    fn changed_relations(&self) -> impl Iterator<Item = &Relation> {
        self.records.values().filter_map(|version| match version {
            Some((Record::Relation(relation), _)) => Some(relation),
            _ => None,
        })
    }

    fn is_changed(&self, subject: &Subject) -> bool {
        self.records.contains_key(subject)
    }

    /// The subjects whose records are read from the store.
    fn unchanged(&self, subjects: &[Subject]) -> Vec<Subject> {
        let unchanged = subjects.iter().filter(|subject| !self.is_changed(subject));
        unchanged.cloned().collect()
    }

    /// The unchanged items of a list with the changed ones, sorted by key.
    fn with_changes<T, K: Ord>(
        &self,
        mut stored: Vec<T>,
        put: impl Iterator<Item = T>,
        subject: impl Fn(&T) -> Subject,
        key: impl Fn(&T) -> K,
    ) -> Vec<T> {
        stored.retain(|one| !self.is_changed(&subject(one)));
        stored.extend(put);
        stored.sort_by_key(key);
        stored
    }
}
