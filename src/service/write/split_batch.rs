//! A batch split into its records, statements and names: the form in which it is checked and written.

use std::collections::{HashMap, HashSet};

use super::batch::{Batch, Draft, StatementDraft, WriteMode, region_relation};
use super::normal_form::normalize_record;
use super::problem::{ProblemLocation, WriteProblems};
use super::references::references;
use super::terms::Terms;
use crate::model::change::Record;
use crate::model::entity::{Entity, Name};
use crate::model::field::Field;
use crate::model::id::EntityId;
use crate::model::record::Dataset;

/// A batch split into its records, statements and names.
pub(super) struct SplitBatch {
    /// The data set that is written.
    pub(super) dataset: Dataset,
    pub(super) mode: WriteMode,
    pub(super) terms: Terms,
    /// Keys of rows that could not be read.
    pub(super) unread: HashSet<String>,
    pub(super) records: Vec<BatchRecord>,
    pub(super) statements: Vec<BatchStatement>,
    pub(super) names: Vec<BatchName>,
    /// Original ids of references that were replaced by a canonical id, by draft and canonical id.
    pub(super) written_ids: HashMap<(usize, EntityId), EntityId>,
    /// Problems found while splitting.
    pub(super) problems: WriteProblems,
}

/// A record of a batch.
#[derive(Clone, Debug)]
pub(super) struct BatchRecord {
    pub(super) draft: usize,
    /// Whether it is the relation that a `region_id` is shorthand for.
    pub(super) shorthand: bool,
    pub(super) record: Record,
    /// The evidence of its own row.
    pub(super) own: Vec<StatementDraft>,
    /// Further evidence.
    pub(super) more: Vec<StatementDraft>,
    /// Rows under ids that were merged into this entity.
    pub(super) redirected: Vec<Entity>,
    /// Whether it has rows only under such ids, and none under its own.
    pub(super) only_redirected: bool,
}

/// A statement of a batch that is separate from its record.
#[derive(Clone, Debug)]
pub(super) struct BatchStatement {
    pub(super) draft: usize,
    /// The key of that record.
    pub(super) subject: String,
    pub(super) statement: StatementDraft,
}

/// A name of a batch that is separate from its entity.
#[derive(Clone, Debug)]
pub(super) struct BatchName {
    pub(super) draft: usize,
    pub(super) entity: EntityId,
    pub(super) name: Name,
    pub(super) statement: StatementDraft,
}

impl BatchRecord {
    /// A record with the evidence of its row.
    pub(super) fn new(draft: usize, record: Record, own: Vec<StatementDraft>) -> Self {
        Self {
            draft,
            shorthand: false,
            record,
            own,
            more: Vec::new(),
            redirected: Vec::new(),
            only_redirected: false,
        }
    }

    /// Its key.
    pub(super) fn key(&self) -> &str {
        self.record.key()
    }

    /// The location for its problems.
    pub(super) fn location(&self) -> ProblemLocation {
        ProblemLocation {
            shorthand: self.shorthand.then_some(Field::RegionId),
            ..ProblemLocation::draft(self.draft)
        }
    }

    /// Its evidence: that of its row first.
    pub(super) fn statements(&self) -> impl Iterator<Item = &StatementDraft> {
        self.own.iter().chain(&self.more)
    }
}

impl From<Batch> for SplitBatch {
    fn from(batch: Batch) -> Self {
        let Batch {
            dataset,
            drafts,
            mode,
            terms,
            unread,
        } = batch;
        Self::new(dataset, mode, terms, unread, drafts.into_iter().enumerate())
    }
}

impl SplitBatch {
    /// Splits some drafts of a batch, each with its index there.
    pub(super) fn new(
        dataset: Dataset,
        mode: WriteMode,
        terms: Terms,
        unread: HashSet<String>,
        drafts: impl Iterator<Item = (usize, Draft)>,
    ) -> Self {
        let mut batch = Self {
            dataset,
            mode,
            terms,
            unread,
            records: Vec::with_capacity(drafts.size_hint().0),
            statements: Vec::new(),
            names: Vec::new(),
            written_ids: HashMap::new(),
            problems: WriteProblems::default(),
        };
        let mut own_statements = Vec::new();
        for (draft, content) in drafts {
            match content {
                Draft::Record {
                    mut record,
                    own,
                    more,
                } => {
                    normalize_record(&mut record);
                    batch.records.push(BatchRecord {
                        more,
                        ..BatchRecord::new(draft, *record, own)
                    });
                }
                Draft::Region { entity, region, own } => batch.add_region(draft, &entity, &region, own),
                Draft::Statement { subject, statement } => batch.statements.push(BatchStatement {
                    draft,
                    subject,
                    statement,
                }),
                Draft::OwnStatement { subject, statement } => {
                    own_statements.push((draft, subject, statement));
                }
                Draft::Name {
                    entity,
                    name,
                    statement,
                } => batch.names.push(BatchName {
                    draft,
                    entity,
                    name,
                    statement,
                }),
            }
        }
        batch.add_own_statements(own_statements);
        batch
    }

    fn add_region(&mut self, draft: usize, entity: &EntityId, region: &EntityId, own: Vec<StatementDraft>) {
        match region_relation(entity, region) {
            Ok(relation) => self.records.push(BatchRecord {
                shorthand: true,
                ..BatchRecord::new(draft, Record::Relation(relation), own)
            }),
            Err(error) => {
                let reason = format!(
                    "the relation that region_id stands for cannot be named after the entity: {error}"
                );
                let hint = "write the relation with an id of its own, and leave region_id empty";
                self.problems.push(
                    ProblemLocation::draft(draft),
                    Field::RegionId,
                    region,
                    reason,
                    hint,
                );
            }
        }
    }

    /// Adds own statements that are separate from their records.
    fn add_own_statements(&mut self, own_statements: Vec<(usize, String, StatementDraft)>) {
        if own_statements.is_empty() {
            return;
        }
        let mut places: HashMap<String, usize> = HashMap::new();
        for (place, record) in self.records.iter().enumerate() {
            places.entry(record.key().to_string()).or_insert(place);
        }
        for (draft, subject, statement) in own_statements {
            let record = places
                .get(&subject)
                .and_then(|place| self.records.get_mut(*place));
            match record.filter(|one| !matches!(one.record, Record::Source(_))) {
                Some(record) => record.own.push(statement),
                None if self.unread.contains(&subject) => {}
                None => {
                    let reason = "an own statement needs a row for its record in this data set";
                    self.problems.push(
                        ProblemLocation::draft(draft),
                        Field::Own,
                        true,
                        reason,
                        "leave the cell empty",
                    );
                }
            }
        }
    }

    /// Every key that the batch has or refers to, each once. Sorted, because a store finds neighboring keys faster.
    pub(super) fn keys(&self) -> Vec<&str> {
        let mut keys: Vec<&str> = Vec::with_capacity(self.records.len() * 4);
        keys.push(self.dataset.id.as_str());
        for record in &self.records {
            keys.push(record.key());
            references(&record.record, |_, _, id| keys.push(id.as_str()));
            if let Record::Entity(entity) = &record.record {
                keys.extend(entity.former_ids.iter().map(EntityId::as_str));
            }
            keys.extend(record.statements().map(|statement| statement.source.as_str()));
        }
        for statement in &self.statements {
            keys.extend([statement.subject.as_str(), statement.statement.source.as_str()]);
        }
        for name in &self.names {
            keys.extend([name.entity.as_str(), name.statement.source.as_str()]);
        }
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// Calls `check` with every statement of the batch and its location.
    pub(super) fn each_statement(&self, mut check: impl FnMut(ProblemLocation, &StatementDraft)) {
        for record in self.records.iter().filter(|record| !record.shorthand) {
            let is_rule = matches!(record.record, Record::Rule(_));
            for (row, statement) in record.own.iter().enumerate() {
                let location = record.location().row(if is_rule { row } else { 0 });
                check(location.statement(row), statement);
            }
            for (place, statement) in record.more.iter().enumerate() {
                check(record.location().statement(record.own.len() + place), statement);
            }
        }
        self.statements
            .iter()
            .for_each(|one| check(ProblemLocation::draft(one.draft), &one.statement));
        self.names
            .iter()
            .for_each(|one| check(ProblemLocation::draft(one.draft), &one.statement));
    }

    /// Restores the original ids in problems, and adds what they redirect to.
    pub(super) fn restore_written_ids(&self, problems: &mut WriteProblems) {
        for problem in &mut problems.0 {
            let key = problem.draft.zip(EntityId::parse(&problem.value).ok());
            if let Some(written) = key.and_then(|key| self.written_ids.get(&key)) {
                let reason = std::mem::take(&mut problem.reason);
                problem.reason = reason.text(format!(" ({written} redirects to {})", problem.value));
                problem.value = written.to_string();
            }
        }
    }
}
