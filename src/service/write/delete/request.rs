//! The request and the summary of a deletion.

use crate::model::change::Subject;
use crate::model::id::DatasetId;
use crate::service::write::terms::Terms;

/// The type of the records to delete.
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
    /// Whether a record is of this type.
    pub(super) fn matches(self, subject: &Subject) -> bool {
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

    pub(super) const fn noun_with_article(self) -> &'static str {
        match self {
            Self::Entity => "an entity",
            Self::Relation => "a relation",
            Self::Observation => "an observation",
            Self::Rule => "a rule",
            Self::Source => "a source",
            Self::Dataset => "a data set",
        }
    }
}

/// Records to delete. Problems refer to each by its index in `ids`.
#[derive(Debug)]
pub struct Deletion {
    /// Their type.
    pub kind: DeletionKind,
    /// Their keys.
    pub ids: Vec<String>,
    /// Whether dependents are deleted too: records that refer to an entity, statements that cite a source, and a record that
    /// no data set has a row for any more. A relation that only falls under a deleted entity stays, without it.
    pub cascade: bool,
    /// Whether the deletion is only checked, and the summary says what it would delete.
    pub dry_run: bool,
    /// The author and the conditions of the write.
    pub terms: Terms,
}

/// The result of a deletion.
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
    /// Records that stay and changed: they lost statements, a program, or a data set that lists them.
    pub changed: usize,
    /// The keys of the deleted data sets, rules, observations, relations, entities and sources, in this order; only the first
    /// ones if there are very many.
    pub ids: Vec<String>,
    /// The keys of the records that stay and changed; only the first ones if there are very many.
    pub changed_ids: Vec<String>,
    /// The requested keys whose records were deleted already.
    pub absent: Vec<String>,
}

impl DeletionSummary {
    pub(super) fn count<'s>(
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
