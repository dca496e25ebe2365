//! Deletions as they are asked for, and what came of them.

use crate::model::change::Subject;
use crate::model::id::DatasetId;
use crate::service::write::terms::Terms;

/// What is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeletionKind {
    /// Entities.
    Entity,
    /// Relations.
    Relation,
    /// Observations.
    Observation,
    /// Rules.
    Rule,
    /// Sources.
    Source,
    /// Data sets.
    Dataset,
}

impl DeletionKind {
    /// Whether a record is of this kind.
    pub(super) fn fits(self, subject: &Subject) -> bool {
        matches!(
            (self, subject),
            (Self::Entity, Subject::Entity(_))
                | (Self::Relation, Subject::Relation(_))
                | (Self::Observation, Subject::Observation(_))
                | (Self::Rule, Subject::Rule(_))
                | (Self::Source, Subject::Source(_))
        )
    }

    pub(super) const fn noun(self) -> &'static str {
        match self {
            Self::Entity => "entity",
            Self::Relation => "relation",
            Self::Observation => "observation",
            Self::Rule => "rule",
            Self::Source => "source",
            Self::Dataset => "data set",
        }
    }
}

/// Records to delete. Problems name each by its place in `ids`.
#[derive(Debug)]
pub struct Deletion {
    /// What they are.
    pub kind: DeletionKind,
    /// Their keys.
    pub ids: Vec<String>,
    /// Whether what depends on them is deleted too: what refers to an entity, the statements that cite a source, and a record for
    /// which no data set has a row any more. A relation that only falls under a deleted entity stays, without it.
    pub cascade: bool,
    /// Whether nothing is deleted, and the answer says what would be.
    pub dry_run: bool,
    /// Who writes, and on what terms.
    pub terms: Terms,
}

/// What was deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeletionSummary {
    /// Entities.
    pub entities: usize,
    /// Relations.
    pub relations: usize,
    /// Observations.
    pub observations: usize,
    /// Rules.
    pub rules: usize,
    /// Sources.
    pub sources: usize,
    /// Data sets.
    pub datasets: usize,
    /// Statements deleted from records that stay.
    pub statements: usize,
    /// Records that stay and changed: they lost statements, a programme, or a data set that lists them.
    pub changed: usize,
    /// The keys of what was deleted: data sets first, then rules, observations, relations, entities and sources. The first of
    /// them, where there are very many.
    pub ids: Vec<String>,
    /// The keys of the records that stay and changed; the first of them, where there are very many.
    pub changed_ids: Vec<String>,
    /// The keys asked for of which nothing was left to delete.
    pub absent: Vec<String>,
}

impl DeletionSummary {
    pub(super) fn of<'s>(
        gone: impl Iterator<Item = &'s Subject>,
        datasets: impl Iterator<Item = &'s DatasetId>,
    ) -> Self {
        let mut removed = Self {
            datasets: datasets.count(),
            ..Self::default()
        };
        for subject in gone {
            match subject {
                Subject::Entity(_) => removed.entities += 1,
                Subject::Relation(_) => removed.relations += 1,
                Subject::Observation(_) => removed.observations += 1,
                Subject::Rule(_) => removed.rules += 1,
                Subject::Source(_) => removed.sources += 1,
            }
        }
        removed
    }
}
