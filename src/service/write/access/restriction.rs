//! Separates restricted data sets: hiding one hides all of it and nothing else, and a writer who cannot see it learns nothing
//! about it.
//!
//! It shares no rows with other data sets, and none refers to its records. It may refer to public records and have statements
//! on them, but gives them no name, amount, share or place in a hierarchy: these become part of the record, or restrict what
//! others may state.

use std::collections::{HashMap, HashSet};

use super::memberships::Memberships;
use super::visibility::WriterVisibility;
use crate::model::change::{Record, Subject};
use crate::model::field::Field;
use crate::model::id::{DatasetId, SourceId};
use crate::model::ontology::Conservation;
use crate::model::record::{Access, Source};
use crate::service::write::dependents::find_cited_elsewhere;
use crate::service::write::keys::KeyTable;
use crate::service::write::problem::{Message, ProblemLocation, WriteProblems};
use crate::service::write::references::references;
use crate::service::write::split_batch::BatchRecord;
use crate::service::write::split_batch::SplitBatch;
use crate::service::write::stored::StoredRecords;
use crate::store::{DatasetInfo, Reader, StoreResult};

/// Number of records read at a time.
const CHUNK: usize = 20_000;

/// Checks that a batch keeps restricted data sets separate.
pub(in crate::service::write) struct RestrictionCheck<'p> {
    batch: &'p SplitBatch,
    visibility: &'p WriterVisibility,
    /// The records in the graph that the batch names and the writer sees, by the key that it names them with.
    subjects: HashMap<&'p str, Subject>,
    memberships: Memberships,
}

impl<'p> RestrictionCheck<'p> {
    /// Reads the data sets of the records, and hides from `keys` the records that the writer cannot see: their keys are taken and
    /// resolve to nothing. Reads nothing if no data set is restricted.
    pub(in crate::service::write) async fn load<R: Reader>(
        batch: &'p SplitBatch,
        visibility: &'p WriterVisibility,
        at: &R,
        datasets: &[DatasetInfo],
        keys: &mut KeyTable<'p>,
    ) -> StoreResult<Self> {
        let mut check = Self {
            batch,
            visibility,
            subjects: HashMap::new(),
            memberships: Memberships::default(),
        };
        if visibility.restricted.is_empty() {
            return Ok(check);
        }
        let (known, subjects): (Vec<&str>, Vec<Subject>) = keys.stored_subjects().into_iter().unzip();
        check.memberships.load(at, &subjects).await?;
        for (key, subject) in known.into_iter().zip(subjects) {
            if visibility.hides(&subject, check.memberships.of(&subject)) {
                keys.hide(key);
            } else {
                check.subjects.insert(key, subject);
            }
        }
        let dead: Vec<&str> = keys.dead_redirects().map(|(key, _)| key).collect();
        for key in visibility.hidden_keys(at, datasets, dead.into_iter()).await? {
            keys.hide(key);
        }
        Ok(check)
    }

    /// The data sets of the records that were read, for the checks that need them too.
    pub(in crate::service::write) fn memberships(&mut self) -> &mut Memberships {
        &mut self.memberships
    }

    fn own(&self) -> &DatasetId {
        &self.batch.dataset.id
    }

    fn is_restricted(&self) -> bool {
        self.visibility.restricted.contains(self.own())
    }

    /// The data sets that have a row for a record in the graph.
    fn members(&self, key: &str) -> &[DatasetId] {
        let subject = self.subjects.get(key);
        subject.map_or(&[][..], |subject| self.memberships.of(subject))
    }

    fn others(&self, key: &str) -> impl Iterator<Item = &DatasetId> {
        self.members(key).iter().filter(|id| *id != self.own())
    }

    /// Another, restricted data set that has a row for a record.
    fn foreign(&self, key: &str) -> Option<&DatasetId> {
        self.others(key)
            .find(|id| self.visibility.restricted.contains(*id))
    }

    /// Rejects changes that would reveal a restricted data set or leave references to it.
    pub(in crate::service::write) async fn check<R: Reader>(
        &self,
        at: &R,
        datasets: &[DatasetInfo],
        stored: &mut StoredRecords,
        problems: &mut WriteProblems,
    ) -> StoreResult<()> {
        if self.visibility.restricted.is_empty() {
            return Ok(());
        }
        for record in &self.batch.records {
            self.check_row(record, problems);
            self.check_relation(record, problems);
            references(&record.record, |field, row, id| {
                self.check_reference(record.location().row(row), field, id.as_str(), problems);
            });
            let statements = record.statements().filter(|_| !record.shorthand);
            statements.for_each(|said| self.check_cited(record.location(), &said.source, problems));
        }
        for note in &self.batch.statements {
            let (location, key) = (ProblemLocation::draft(note.draft), note.subject.as_str());
            self.check_reference(location, Field::SubjectId, key, problems);
            self.check_cited(location, &note.statement.source, problems);
            if note.statement.amount.is_some() {
                self.refuse_part(
                    location,
                    Field::Amount,
                    key,
                    "cannot state an amount of",
                    problems,
                );
            }
        }
        for naming in &self.batch.names {
            let (location, key) = (ProblemLocation::draft(naming.draft), naming.entity.as_str());
            self.check_reference(location, Field::EntityId, key, problems);
            self.check_cited(location, &naming.statement.source, problems);
            self.refuse_part(location, Field::EntityId, key, "cannot give a name to", problems);
        }
        self.check_sources(at, stored, problems).await?;
        let is_public_now =
            |info: &&DatasetInfo| info.dataset.id == *self.own() && info.dataset.access == Access::Public;
        if self.is_restricted() && datasets.iter().any(|info| is_public_now(&info)) {
            self.check_newly_restricted(at, datasets, problems).await?;
        }
        Ok(())
    }

    /// Checks that no row is shared with a restricted data set.
    fn check_row(&self, record: &BatchRecord, problems: &mut WriteProblems) {
        let key = record.key();
        if matches!(record.record, Record::Source(_)) {
            return;
        }
        if let Some(other) = self.foreign(key) {
            let reason =
                format!("{key} has a row in data set {other}, which is restricted and shares no rows");
            let hint = format!("change it there, or remove it from {other} first");
            problems.push(record.location(), Field::Id, key, reason, hint);
        } else if let Some(other) = self.others(key).next().filter(|_| self.is_restricted()) {
            let reason = format!("{key} has a row in data set {other}; a restricted data set shares no rows");
            let hint = "write statements on it in statements.csv instead (no amounts), or write a record with another id";
            problems.push(record.location(), Field::Id, key, reason, hint);
        }
    }

    /// Rejects shares and hierarchy relations of a restricted data set for entities of others: they would restrict what others may
    /// state.
    fn check_relation(&self, record: &BatchRecord, problems: &mut WriteProblems) {
        let Record::Relation(relation) = &record.record else {
            return;
        };
        let (info, location, from) = (relation.kind.info(), record.location(), relation.from.as_str());
        if info.conserved == Conservation::Share && relation.share.is_some() {
            self.refuse_part(location, Field::Share, from, "cannot state a share of", problems);
        }
        if info.acyclic {
            self.refuse_part(
                location,
                Field::FromId,
                from,
                "cannot give a place in a hierarchy to",
                problems,
            );
        }
    }

    fn check_reference(
        &self,
        location: ProblemLocation,
        field: Field,
        key: &str,
        problems: &mut WriteProblems,
    ) {
        if let Some(other) = self.foreign(key) {
            let reason = format!(
                "{key} belongs to data set {other}, which is restricted: no other data set can refer to it"
            );
            let hint = format!("put this row into {other}, or refer to something public");
            problems.push(location, field, key, reason, hint);
        }
    }

    fn refuse_part(
        &self,
        location: ProblemLocation,
        field: Field,
        key: &str,
        does: &str,
        problems: &mut WriteProblems,
    ) {
        if !self.is_restricted() || self.foreign(key).is_some() {
            return;
        }
        if let Some(other) = self.others(key).next() {
            let reason = format!(
                "{key} belongs to data set {other}; a restricted data set {does} a record of another data set"
            );
            let hint = "state it in a public data set, or for a record of your own";
            problems.push(location, field, key, reason, hint);
        }
    }

    /// Checks that a cited source is visible where the statement is.
    fn check_cited(&self, location: ProblemLocation, source: &SourceId, problems: &mut WriteProblems) {
        let key = source.as_str();
        let listing = self.members(key);
        let Some(other) = listing.first() else {
            return;
        };
        let seen = |id: &DatasetId| id == self.own() || !self.visibility.restricted.contains(id);
        let is_brought = || self.batch.records.iter().any(|record| record.key() == key);
        if !listing.iter().any(seen) && !is_brought() {
            let reason = format!("{key} is listed only by data set {other}, which is restricted");
            problems.push(
                location,
                Field::SourceId,
                key,
                reason,
                "list it in sources.csv of this data set too",
            );
        }
    }

    /// Checks that a source that a restricted data set shares is the same in both data sets.
    async fn check_sources<R: Reader>(
        &self,
        at: &R,
        stored: &mut StoredRecords,
        problems: &mut WriteProblems,
    ) -> StoreResult<()> {
        let shared = self
            .batch
            .records
            .iter()
            .filter_map(|record| match &record.record {
                Record::Source(source) => {
                    let apart = if self.is_restricted() {
                        self.others(record.key()).next()
                    } else {
                        None
                    };
                    let lists = self.members(record.key()).contains(self.own());
                    let other = apart.or_else(|| self.foreign(record.key()).filter(|_| !lists))?;
                    Some((record, source, other))
                }
                _ => None,
            });
        let shared: Vec<_> = shared.collect();
        let subjects = shared.iter().map(|(record, ..)| record.record.subject());
        stored.load(at, subjects.collect()).await?;
        for (record, source, other) in shared {
            let Some(Record::Source(stored)) = stored.record(&record.record.subject()) else {
                continue;
            };
            let same = Source {
                datasets: source.datasets.clone(),
                ..stored.clone()
            };
            if same != *source {
                let reason = format!(
                    "data set {other} lists it differently; a source that a restricted data set shares must be the same in both"
                );
                let hint = format!("write its row as {other} has it, or give it another id");
                problems.push(record.location(), Field::Id, record.key(), reason, hint);
            }
        }
        Ok(())
    }

    /// Checks the stored records of a public data set that becomes restricted: its rows, and its sources that others cite.
    async fn check_newly_restricted<R: Reader>(
        &self,
        at: &R,
        datasets: &[DatasetInfo],
        problems: &mut WriteProblems,
    ) -> StoreResult<()> {
        let mut sources: HashSet<SourceId> = HashSet::new();
        // Records of the batch are rejected at their rows.
        let rows: HashSet<&str> = self.batch.records.iter().map(BatchRecord::key).collect();
        let mut subjects = at.subjects_of_dataset(self.own()).await?;
        subjects.retain(|subject| matches!(subject, Subject::Source(_)) || !rows.contains(subject.as_str()));
        for chunk in subjects.chunks(CHUNK) {
            for (subject, members) in chunk.iter().zip(at.memberships(chunk).await?) {
                let other = members.iter().find(|id| *id != self.own());
                match (subject, other) {
                    (Subject::Source(id), None) => drop(sources.insert(id.clone())),
                    (Subject::Source(_), Some(_)) | (_, None) => {}
                    (_, Some(_)) if !members.contains(self.own()) => {}
                    (_, Some(other)) => {
                        let reason = format!(
                            "it has a row in data set {other} too; a restricted data set shares no rows"
                        );
                        let hint = "remove it from one of the two first (`--replace`)";
                        problems.push_for_batch(Field::Id, subject.as_str(), reason, hint);
                    }
                }
            }
        }
        let others = datasets
            .iter()
            .map(|info| &info.dataset.id)
            .filter(|id| *id != self.own());
        for (source, by) in find_cited_elsewhere(at, self.own(), others, sources, |_| false).await? {
            let reason = format!("it would be hidden, and {by} cites it");
            let hint = "list it among the sources of that data set first";
            problems.push_for_batch(Field::Access, source, Message::from(reason), hint);
        }
        Ok(())
    }
}
