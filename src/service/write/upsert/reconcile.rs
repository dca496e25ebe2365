//! Reconciles a batch with the graph: computes the changes that give the graph the content of the batch.
//!
//! A record is written as a whole; of its statements only those of the batch's data set change. An unchanged statement keeps its
//! author and time; an unchanged record makes no change.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::entity::EntityReconciler;
use super::former_ids::former_ids_of_new;
use super::replace::StaleRecords;
use super::statements::StatementReconciler;
use super::summary::UpsertSummary;
use super::target::UpsertTarget;
use crate::model::change::{Change, Record, Subject};
use crate::model::id::EntityId;
use crate::model::record::{Dataset, Source};
use crate::service::write::batch::WriteMode;
use crate::service::write::check::evidence::ResolvedStatement;
use crate::service::write::keys::{KeyTable, KeyTarget};
use crate::service::write::split_batch::SplitBatch;
use crate::service::write::stored::{StoredRecord, StoredRecords, write_order};
use crate::store::{DatasetInfo, PreviousVersion, PreviousVersions, Reader, StoreResult};

/// Number of records compared with the graph at a time; it bounds the memory of an import.
const CHUNK: usize = 20_000;

/// Reconciles a batch with the graph.
pub(super) struct Reconciler<'a> {
    batch: &'a SplitBatch,
    keys: &'a KeyTable<'a>,
    now: DateTime<Utc>,
    entities: EntityReconciler<'a>,
    statements: StatementReconciler<'a>,
}

/// The changes that give the graph the content of a batch.
#[derive(Default)]
pub(super) struct Reconciliation {
    pub(super) changes: Vec<Change>,
    /// The stored versions that were compared, of the records that `changes` writes.
    pub(super) previous: PreviousVersions,
    /// For each record that `changes` writes, in order, whether it is new.
    pub(super) is_new: Vec<bool>,
    pub(super) summary: UpsertSummary,
}

impl<'a> Reconciler<'a> {
    pub(super) async fn new<R: Reader>(
        batch: &'a SplitBatch,
        keys: &'a KeyTable<'a>,
        now: DateTime<Utc>,
        at: &R,
    ) -> StoreResult<Self> {
        Ok(Self {
            batch,
            keys,
            now,
            entities: EntityReconciler {
                batch,
                now,
                former_ids: former_ids_of_new(&batch.records, keys, at).await?,
            },
            statements: StatementReconciler { batch, now },
        })
    }

    /// Compares each record that the batch touches with the stored one, once, and returns the changes.
    pub(super) async fn changes<R: Reader>(
        &self,
        at: &R,
        statements: &'a [ResolvedStatement<'a>],
        stale: &'a StaleRecords,
        datasets: &[DatasetInfo],
        stored: &mut StoredRecords,
    ) -> StoreResult<Reconciliation> {
        let targets = self.targets(statements, stale);
        let Reconciliation {
            mut changes,
            mut previous,
            mut is_new,
            mut summary,
        } = Reconciliation::default();
        let mut redirects = Vec::new();
        for chunk in targets.chunks(CHUNK) {
            let is_stored = |target: &&UpsertTarget<'_>| self.is_stored(target);
            let subjects = chunk
                .iter()
                .filter(is_stored)
                .map(|target| target.subject.clone());
            let subjects: Vec<Subject> = subjects.collect();
            let mut versions = stored.take(at, &subjects).await?.into_iter();
            for target in chunk {
                let old = if self.is_stored(target) {
                    versions.next()
                } else {
                    None
                };
                if let Some((record, statements)) = self.new_version(target, old.as_ref()) {
                    match &old {
                        Some((old, stated)) => {
                            let new = Some((&record, statements.as_slice()));
                            let version = PreviousVersion::new((old, stated), new);
                            previous.add(target.subject.clone(), version);
                        }
                        None => previous.add_absent(target.subject.clone()),
                    }
                    changes.push(Change::Put { record, statements });
                    is_new.push(old.is_none());
                } else {
                    summary.unchanged += 1;
                    if let Some(old) = old {
                        stored.put_back(target.subject.clone(), old);
                    }
                }
                redirects.extend(self.redirects(target));
            }
        }
        summary.created = is_new.iter().filter(|is_new| **is_new).count();
        summary.updated = is_new.len() - summary.created;
        changes.append(&mut redirects);
        summary.deleted = stale.deleted.len();
        let mut deleted = stale.deleted.clone();
        deleted.sort_by_key(|subject| std::cmp::Reverse(write_order(subject)));
        changes.extend(deleted.into_iter().map(Change::Delete));
        if let Some(dataset) = self.dataset(datasets, !changes.is_empty()) {
            // First, because a store must know the data set before its statements.
            changes.insert(0, Change::Dataset(dataset));
        }
        Ok(Reconciliation {
            changes,
            previous,
            is_new,
            summary,
        })
    }

    /// The data set's record, if it must be written: it differs, or an import has changes.
    fn dataset(&self, datasets: &[DatasetInfo], has_changes: bool) -> Option<Dataset> {
        let new = &self.batch.dataset;
        let old = datasets
            .iter()
            .map(|info| &info.dataset)
            .find(|old| old.id == new.id);
        let without_time = |dataset: &Dataset| Dataset {
            imported_at: None,
            ..dataset.clone()
        };
        let is_same = old.is_some_and(|old| without_time(old) == without_time(new));
        let is_import = matches!(self.batch.mode, WriteMode::Add | WriteMode::Replace);
        let imported_at = if is_import {
            Some(self.now)
        } else {
            old.and_then(|old| old.imported_at)
        };
        ((is_import && has_changes) || !is_same).then(|| Dataset {
            imported_at,
            ..new.clone()
        })
    }

    /// The records that the batch touches, in write order: sources, entities, then records that refer to them.
    fn targets(
        &self,
        statements: &'a [ResolvedStatement<'a>],
        stale: &'a StaleRecords,
    ) -> Vec<UpsertTarget<'a>> {
        let mut targets: Vec<UpsertTarget<'a>> = Vec::with_capacity(self.batch.records.len());
        targets.extend(self.batch.records.iter().map(|row| UpsertTarget {
            row: Some(row),
            ..UpsertTarget::new(row.record.subject())
        }));
        let mut without_row: HashMap<&str, usize> = HashMap::new();
        for subject in &stale.released {
            without_row.insert(subject.as_str(), targets.len());
            targets.push(UpsertTarget::new(subject.clone()));
        }
        for statement in statements {
            let key = statement.subject.as_str();
            let place = self.keys.place(key).or_else(|| without_row.get(key).copied());
            let place = place.unwrap_or_else(|| {
                let subject = self.keys.stored(key).cloned();
                // A key that was not looked up is the canonical id of a merged entity.
                let kept = || EntityId::parse(key).ok().map(Subject::Entity);
                targets.extend(subject.or_else(kept).map(UpsertTarget::new));
                without_row.insert(key, targets.len() - 1);
                targets.len() - 1
            });
            targets[place].statements.push(statement);
        }
        targets.sort_by_key(|target| write_order(&target.subject));
        targets
    }

    /// Whether the graph has the record of a target.
    fn is_stored(&self, target: &UpsertTarget<'_>) -> bool {
        target.row.is_none() || self.keys.stored(target.subject.as_str()).is_some()
    }

    /// The new version of a target; `None` if the stored one is the same.
    fn new_version(&self, target: &UpsertTarget<'_>, stored: Option<&StoredRecord>) -> Option<StoredRecord> {
        let (old, old_statements) = match stored {
            Some((old, statements)) => (Some(old), statements.as_slice()),
            None => (None, &[][..]),
        };
        let mut record = match (target.row, old) {
            (Some(row), _) => row.record.clone(),
            (None, Some(old)) => old.clone(),
            (None, None) => return None,
        };
        match (&mut record, old) {
            (Record::Entity(new), Some(Record::Entity(old))) => {
                self.entities.reconcile(new, Some((old, old_statements)), target);
            }
            (Record::Entity(new), _) => self.entities.reconcile(new, None, target),
            (Record::Source(new), Some(Record::Source(old))) => self.list_source(new, Some(old), target),
            (Record::Source(new), _) => self.list_source(new, None, target),
            (Record::Relation(_) | Record::Observation(_) | Record::Rule(_), _) => {}
        }
        let statements = self.statements.reconcile(target, old, old_statements);
        let is_same = old == Some(&record) && statements == old_statements;
        (!is_same).then_some((record, statements))
    }

    /// Adds the batch's data set to the data sets that list a source, or removes it.
    fn list_source(&self, new: &mut Source, old: Option<&Source>, target: &UpsertTarget<'_>) {
        let own = &self.batch.dataset.id;
        if let Some(old) = old {
            new.datasets.clone_from(&old.datasets);
        }
        new.datasets.retain(|id| id != own);
        if target.row.is_some() {
            new.datasets.push(own.clone());
        }
        new.datasets.sort();
    }

    /// The redirects of former ids that are not in the graph.
    fn redirects(&self, target: &UpsertTarget<'_>) -> Vec<Change> {
        let Some(Record::Entity(entity)) = target.row.map(|row| &row.record) else {
            return Vec::new();
        };
        let is_new = |former: &&EntityId| {
            !matches!(
                self.keys.target(former.as_str()),
                KeyTarget::Redirect(_) | KeyTarget::DeadRedirect(_)
            )
        };
        let new = entity.former_ids.iter().filter(is_new);
        new.map(|former| Change::Redirect {
            from: former.clone(),
            to: entity.id.clone(),
        })
        .collect()
    }
}
