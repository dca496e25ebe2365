//! The records that one write deletes, with their dependents.
//!
//! A dependent of a deleted record is deleted too or blocks the deletion, so that no reference dangles and every record has a
//! row in a data set.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::dependency::{Dependency, Referrers};
use super::request::DeletionSummary;
use crate::model::change::{Change, Record, Subject};
use crate::model::id::{DatasetId, EntityId, SourceId};
use crate::model::principal::Principal;
use crate::model::statement::Statement;
use crate::service::write::access::memberships::Memberships;
use crate::service::write::access::visibility::WriterVisibility;
use crate::service::write::dependents::Dependents;
use crate::service::write::problem::ProblemLocation;
use crate::service::write::stored::{StoredRecords, write_order};
use crate::store::{PreviousVersion, PreviousVersions, Reader, StoreResult};

/// Number of records read at a time.
const CHUNK: usize = 20_000;
/// Maximum number of ids of deleted and of changed records in a summary.
const LISTED_MAX: usize = 1_000;

/// The records that one write deletes, and what other records lose.
pub(super) struct DeletionSet<'p> {
    pub(super) by: &'p Principal,
    pub(super) cascade: bool,
    /// Maximum number of records that one deletion may touch.
    pub(super) records_max: usize,
    pub(super) visibility: &'p WriterVisibility,
    /// The requested keys, by the index that problems refer to.
    pub(super) requested: &'p [String],
    datasets: BTreeMap<DatasetId, ProblemLocation>,
    pub(super) deleted: BTreeMap<Subject, ProblemLocation>,
    /// Deleted records whose dependents are not read yet.
    pending: Vec<Subject>,
    /// Records that stay and lose something.
    pub(super) losses: BTreeMap<Subject, RecordLoss>,
    /// The dependencies that block the deletion, by the index of the request.
    pub(super) blocked: BTreeMap<(usize, Dependency), Referrers>,
    /// Whether the deletion would touch more records than permitted.
    pub(super) is_too_large: bool,
    pub(super) memberships: Memberships,
    /// Records that stay and were read as dependents.
    stored: StoredRecords,
}

/// The losses of a record that stays.
#[derive(Default)]
pub(super) struct RecordLoss {
    pub(super) location: Option<ProblemLocation>,
    /// The statements that stay; `None` for all.
    pub(super) left: Option<Vec<Statement>>,
    /// The data sets of the statements that are deleted.
    pub(super) datasets: BTreeSet<DatasetId>,
    /// The statements before the deletion, if it deletes some; those in `left` otherwise.
    before: Option<Vec<Statement>>,
    pub(super) statements: usize,
    /// Whether a program that it falls under is deleted.
    pub(super) under: bool,
}

impl<'p> DeletionSet<'p> {
    pub(in crate::service::write) fn new(
        by: &'p Principal,
        cascade: bool,
        records_max: usize,
        visibility: &'p WriterVisibility,
        requested: &'p [String],
    ) -> Self {
        Self {
            by,
            cascade,
            records_max,
            visibility,
            requested,
            datasets: BTreeMap::new(),
            deleted: BTreeMap::new(),
            pending: Vec::new(),
            losses: BTreeMap::new(),
            blocked: BTreeMap::new(),
            is_too_large: false,
            memberships: Memberships::default(),
            stored: StoredRecords::default(),
        }
    }

    /// Deletes a record.
    pub(in crate::service::write) fn add(&mut self, location: ProblemLocation, subject: Subject) {
        self.losses.remove(&subject);
        if self.deleted.insert(subject.clone(), location).is_none() {
            self.pending.push(subject);
        }
    }

    /// Deletes data sets: their statements, and the records that only they have a row for.
    pub(super) async fn add_datasets<R: Reader>(
        &mut self,
        at: &R,
        datasets: Vec<(ProblemLocation, DatasetId)>,
    ) -> StoreResult<()> {
        self.datasets
            .extend(datasets.into_iter().map(|(location, id)| (id, location)));
        for (dataset, location) in self.datasets.clone() {
            let mut subjects = at.subjects_of_dataset(&dataset).await?;
            // A record of two of these data sets was handled with the first.
            subjects.retain(|one| !self.deleted.contains_key(one) && !self.losses.contains_key(one));
            let (sources, stated): (Vec<Subject>, Vec<Subject>) = subjects
                .into_iter()
                .partition(|subject| matches!(subject, Subject::Source(_)));
            self.memberships.load_missing(at, &sources).await?;
            for subject in sources {
                let mut listing = self.memberships.of(&subject).iter();
                if listing.all(|id| self.datasets.contains_key(id)) {
                    self.add(location, subject);
                } else {
                    self.losses.entry(subject).or_default().location = Some(location);
                }
            }
            for chunk in stated.chunks(CHUNK) {
                for (subject, statements) in chunk.iter().zip(at.statements(chunk).await?) {
                    let stays = |statement: &Statement| !self.datasets.contains_key(&statement.dataset);
                    let left: Vec<Statement> = statements.iter().filter(|one| stays(one)).cloned().collect();
                    if left.is_empty() {
                        self.add(location, subject.clone());
                    } else {
                        let by = left
                            .iter()
                            .map(|one| format!("data set {}", one.dataset))
                            .collect();
                        self.reduce_statements(
                            location,
                            subject,
                            &statements,
                            left,
                            Dependency::Stated(subject.clone()),
                            by,
                        );
                    }
                }
            }
        }
        Ok(())
    }

    /// Deletes the statements on a record that have a location in `going`.
    pub(super) fn remove_statements(
        &mut self,
        subject: &Subject,
        statements: &[Statement],
        going: &[Option<ProblemLocation>],
    ) {
        let Some(location) = going.iter().flatten().next().copied() else {
            return;
        };
        let left = statements.iter().zip(going).filter(|(_, going)| going.is_none());
        let left: Vec<Statement> = left.map(|(one, _)| one.clone()).collect();
        let by = std::iter::once(subject.as_str().to_string()).collect();
        self.reduce_statements(location, subject, statements, left, Dependency::Evidence, by);
    }

    /// Leaves a record with some of its statements. A record that no data set has a row for any more is deleted, or blocks the deletion.
    fn reduce_statements(
        &mut self,
        location: ProblemLocation,
        subject: &Subject,
        statements: &[Statement],
        left: Vec<Statement>,
        on: Dependency,
        by: BTreeSet<String>,
    ) {
        if left.iter().any(|statement| statement.own) {
            let loss = self.losses.entry(subject.clone()).or_default();
            loss.location.get_or_insert(location);
            loss.statements += statements.len() - left.len();
            loss.before.get_or_insert_with(|| statements.to_vec());
            let goes = |one: &&Statement| !left.contains(one);
            loss.datasets
                .extend(statements.iter().filter(goes).map(|one| one.dataset.clone()));
            loss.left = Some(left);
        } else if self.cascade {
            self.add(location, subject.clone());
        } else {
            self.blocked
                .entry((location.draft, on))
                .or_default()
                .by
                .extend(by);
        }
    }

    /// Deletes the dependents of deleted records, or records what blocks their deletion.
    pub(super) async fn add_dependents<R: Reader>(&mut self, at: &R) -> StoreResult<()> {
        while !self.pending.is_empty() {
            let pending = std::mem::take(&mut self.pending);
            self.is_too_large |= self.touches_too_many();
            if self.is_too_large {
                return Ok(());
            }
            let (mut entities, mut sources) = (Vec::new(), Vec::new());
            for subject in pending {
                match subject {
                    Subject::Entity(id) => entities.push(id),
                    Subject::Source(id) => sources.push(id),
                    Subject::Relation(_) | Subject::Observation(_) | Subject::Rule(_) => {}
                }
            }
            for chunk in entities.chunks(CHUNK) {
                let dependents = Dependents::read(at, chunk, self.records_max).await?;
                if dependents.is_cut {
                    self.is_too_large = true;
                    return Ok(());
                }
                self.add_dependents_of_entities(at, dependents).await?;
            }
            if !sources.is_empty() {
                self.add_dependents_of_sources(at, &sources).await?;
            }
        }
        self.is_too_large |= self.touches_too_many();
        Ok(())
    }

    fn touches_too_many(&self) -> bool {
        self.deleted.len() + self.losses.len() > self.records_max
    }

    async fn add_dependents_of_entities<R: Reader>(
        &mut self,
        at: &R,
        dependents: Dependents,
    ) -> StoreResult<()> {
        let hidden = if self.cascade {
            HashSet::new()
        } else {
            let (subjects, memberships) = (dependents.subjects(), &mut self.memberships);
            self.visibility.hidden_among(at, &subjects, memberships).await?
        };
        for (id, relation) in dependents.ends {
            let named = [&relation.from, &relation.to].into_iter().chain(&relation.under);
            self.add_referrer(Subject::Relation(id), named, &hidden);
        }
        for (id, observation) in dependents.observations {
            self.add_referrer(
                Subject::Observation(id),
                std::iter::once(&observation.entity),
                &hidden,
            );
        }
        for (id, rule) in dependents.rules {
            self.add_referrer(Subject::Rule(id), rule.named_entities(), &hidden);
        }
        for (id, relation) in dependents.under {
            let subject = Subject::Relation(id);
            if !self.cascade {
                self.add_referrer(subject, relation.under.iter(), &hidden);
            } else if !self.deleted.contains_key(&subject) {
                let location = self.location_of(&relation.under);
                let loss = self.losses.entry(subject).or_default();
                loss.under = true;
                loss.location = loss.location.or(location);
                // A deletion that is too large changes nothing.
                if !self.touches_too_many() {
                    self.stored.add_record(Record::Relation(relation));
                }
            }
        }
        Ok(())
    }

    /// The location of the first entity that is deleted.
    fn location_of<'e>(&self, entities: impl IntoIterator<Item = &'e EntityId>) -> Option<ProblemLocation> {
        let mut entities = entities.into_iter();
        entities.find_map(|id| self.deleted.get(&Subject::Entity(id.clone())).copied())
    }

    fn add_referrer<'e>(
        &mut self,
        subject: Subject,
        named: impl Iterator<Item = &'e EntityId>,
        hidden: &HashSet<String>,
    ) {
        if self.deleted.contains_key(&subject) {
            return;
        }
        for id in named {
            let Some(location) = self.deleted.get(&Subject::Entity(id.clone())).copied() else {
                continue;
            };
            if self.cascade {
                self.add(location, subject);
                return;
            }
            let referrers = self
                .blocked
                .entry((location.draft, Dependency::Entity(id.clone())))
                .or_default();
            if hidden.contains(subject.as_str()) {
                referrers.hidden = true;
            } else {
                referrers.by.insert(subject.as_str().to_string());
            }
        }
    }

    async fn add_dependents_of_sources<R: Reader>(
        &mut self,
        at: &R,
        sources: &[SourceId],
    ) -> StoreResult<()> {
        let mut citing = at.subjects_citing(sources).await?;
        citing.retain(|subject| !self.deleted.contains_key(subject));
        let memberships = &mut self.memberships;
        let hidden = self.visibility.hidden_among(at, &citing, memberships).await?;
        for chunk in citing.chunks(CHUNK) {
            // The statements of the others were read when they lost some.
            let is_unread =
                |subject: &&Subject| self.losses.get(*subject).is_none_or(|loss| loss.left.is_none());
            let unread: Vec<Subject> = chunk.iter().filter(is_unread).cloned().collect();
            let mut read = at.statements(&unread).await?.into_iter();
            for subject in chunk {
                let before = self.losses.get_mut(subject).and_then(|loss| loss.left.take());
                let Some(statements) = before.or_else(|| read.next()) else {
                    continue;
                };
                let source_of = |one: &Statement| sources.iter().find(|id| **id == one.source);
                let (going, left): (Vec<_>, Vec<_>) = statements
                    .iter()
                    .cloned()
                    .partition(|one| source_of(one).is_some());
                let Some((first, location)) = going.first().and_then(|one| {
                    let source = Subject::Source(one.source.clone());
                    Some((one, *self.deleted.get(&source)?))
                }) else {
                    // Only statements of the deleted data sets cite it.
                    self.restore(subject, statements);
                    continue;
                };
                if self.cascade {
                    let on = Dependency::Source(first.source.clone());
                    self.reduce_statements(location, subject, &statements, left, on, BTreeSet::new());
                    continue;
                }
                for one in &going {
                    let Some(location) = self.deleted.get(&Subject::Source(one.source.clone())) else {
                        continue;
                    };
                    let on = (location.draft, Dependency::Source(one.source.clone()));
                    let referrers = self.blocked.entry(on).or_default();
                    if hidden.contains(subject.as_str())
                        || self.visibility.hides_dataset(one.dataset.as_str())
                    {
                        referrers.hidden = true;
                    } else {
                        referrers.by.insert(subject.as_str().to_string());
                    }
                }
                self.restore(subject, statements);
            }
        }
        Ok(())
    }

    fn restore(&mut self, subject: &Subject, statements: Vec<Statement>) {
        if let Some(loss) = self.losses.get_mut(subject) {
            loss.left = Some(statements);
        }
    }

    /// The changes, the stored versions of the records that stay, and the summary.
    pub(in crate::service::write) async fn changes<R: Reader>(
        self,
        at: &R,
    ) -> StoreResult<(Vec<Change>, PreviousVersions, DeletionSummary)> {
        let mut summary = DeletionSummary::count(self.deleted.keys(), self.datasets.keys());
        summary.statements = self.losses.values().map(|loss| loss.statements).sum();
        summary.changed = self.losses.len();
        let mut changes = Vec::with_capacity(self.losses.len() + self.deleted.len() + self.datasets.len());
        let losses: Vec<(Subject, RecordLoss)> = self.losses.into_iter().collect();
        let mut stored = self.stored;
        let mut previous = PreviousVersions::default();
        for chunk in losses.chunks(CHUNK) {
            let subjects: Vec<Subject> = chunk.iter().map(|(subject, _)| subject.clone()).collect();
            stored.load(at, subjects).await?;
            // The statements of the others were read when they lost some.
            let unread = chunk.iter().filter(|(_, loss)| loss.left.is_none());
            let unread: Vec<Subject> = unread.map(|(subject, _)| subject.clone()).collect();
            let mut unread = if unread.is_empty() {
                Vec::new().into_iter()
            } else {
                at.statements(&unread).await?.into_iter()
            };
            for (subject, loss) in chunk {
                let left = loss.left.clone().or_else(|| unread.next());
                let (Some(old), Some(statements)) = (stored.take_record(subject), left) else {
                    continue;
                };
                let mut record = old.clone();
                match &mut record {
                    Record::Relation(relation) => {
                        let is_deleted =
                            |id: &EntityId| self.deleted.contains_key(&Subject::Entity(id.clone()));
                        relation.under.retain(|id| !is_deleted(id));
                    }
                    Record::Source(source) => source.datasets.retain(|id| !self.datasets.contains_key(id)),
                    Record::Entity(_) | Record::Observation(_) | Record::Rule(_) => {}
                }
                let before = loss.before.as_ref().unwrap_or(&statements);
                let version = PreviousVersion::new((&old, before), Some((&record, &statements)));
                previous.add(subject.clone(), version);
                changes.push(Change::Put { record, statements });
            }
        }
        let changed = losses
            .into_iter()
            .map(|(subject, _)| subject.as_str().to_string());
        summary.changed_ids = changed.take(LISTED_MAX).collect();
        let mut deleted: Vec<Subject> = self.deleted.into_keys().collect();
        deleted.sort_by_key(|subject| std::cmp::Reverse(write_order(subject)));
        let datasets = self.datasets.keys().map(|id| id.as_str().to_string());
        let ids = datasets.chain(deleted.iter().map(|subject| subject.as_str().to_string()));
        summary.ids = ids.take(LISTED_MAX).collect();
        changes.extend(deleted.into_iter().map(Change::Delete));
        changes.extend(self.datasets.into_keys().map(Change::DeleteDataset));
        Ok((changes, previous, summary))
    }
}
