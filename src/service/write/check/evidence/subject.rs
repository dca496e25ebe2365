//! The subject of a statement, and its own amounts.

use crate::model::change::{Record, Subject};
use crate::model::entity::{Entity, EntityKind, Properties};
use crate::model::field::Field;
use crate::model::quantity::Quantity;
use crate::service::write::check::cohort::is_cohort;
use crate::service::write::check::unknown_keys::{ReferencedType, UnknownKey};
use crate::service::write::key_messages::{KEEP_ROW, deleted_here};
use crate::service::write::key_messages::{merged_into_deleted, recreate_hint};
use crate::service::write::keys::{KeyTable, KeyTarget};
use crate::service::write::problem::{ProblemLocation, WriteProblems};
use crate::service::write::split_batch::SplitBatch;
use crate::service::write::stored::StoredRecords;
use crate::store::{Reader, StoreResult};

/// The amounts of the subject of a statement.
pub(super) enum SubjectAmounts {
    Entity(Box<EntityAmounts>),
    /// The amount of a relation, or of an observation.
    Amount(Option<Quantity>, AmountUse),
    Nothing,
}

/// Whether flows use an amount.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum AmountUse {
    Flows,
    Other,
}

/// The own amounts of an entity.
pub(super) struct EntityAmounts {
    pub(super) kind: EntityKind,
    pub(super) is_cohort: bool,
    pub(super) committed: Option<Quantity>,
    pub(super) paid_in: Option<Quantity>,
}

impl EntityAmounts {
    /// An entity without amounts.
    fn none(kind: EntityKind) -> Self {
        Self {
            kind,
            is_cohort: false,
            committed: None,
            paid_in: None,
        }
    }

    /// The amounts of an entity in its normal form: those that its row states.
    fn of(entity: &Entity) -> Self {
        let (committed, paid_in) = match &entity.properties {
            Properties::Fund {
                committed, paid_in, ..
            } => (committed.clone(), paid_in.clone()),
            _ => (None, None),
        };
        Self {
            kind: entity.kind(),
            is_cohort: is_cohort(entity),
            committed,
            paid_in,
        }
    }
}

impl SubjectAmounts {
    pub(super) fn of(record: &Record) -> Self {
        match record {
            Record::Entity(entity) => Self::Entity(Box::new(EntityAmounts::of(entity))),
            Record::Relation(relation) => Self::Amount(relation.quantity.clone(), AmountUse::Flows),
            Record::Observation(observation) => {
                Self::Amount(Some(observation.quantity.clone()), AmountUse::Other)
            }
            Record::Rule(_) | Record::Source(_) => Self::Nothing,
        }
    }

    /// The amounts of a stored record; without those that [`load_subjects`] did not read, because no statement needs them.
    fn of_stored(subject: &Subject, stored: &StoredRecords) -> Self {
        match (stored.record(subject), subject) {
            (Some(record), _) => Self::of(record),
            (None, Subject::Entity(id)) => Self::Entity(Box::new(EntityAmounts::none(id.kind()))),
            (None, Subject::Relation(_)) => Self::Amount(None, AmountUse::Flows),
            (None, Subject::Observation(_)) => Self::Amount(None, AmountUse::Other),
            (None, Subject::Rule(_) | Subject::Source(_)) => Self::Nothing,
        }
    }
}

pub(super) fn subject_of(
    batch: &SplitBatch,
    keys: &KeyTable<'_>,
    stored: &StoredRecords,
    location: ProblemLocation,
    subject: &str,
    unknown: &mut Vec<UnknownKey>,
    problems: &mut WriteProblems,
) -> Option<(String, SubjectAmounts)> {
    let field = Field::SubjectId;
    let about = match keys.target(subject) {
        KeyTarget::InBatch(index) => SubjectAmounts::of(&batch.records[index].record),
        KeyTarget::Redirect(kept) => {
            let key = kept.to_string();
            return Some((key, SubjectAmounts::of_stored(&Subject::Entity(kept), stored)));
        }
        KeyTarget::Stored(Subject::Source(_)) => {
            problems.push(
                location,
                field,
                subject,
                "a source cannot be the subject of a statement",
                "leave the statement out",
            );
            return None;
        }
        KeyTarget::Stored(one) => SubjectAmounts::of_stored(&one, stored),
        KeyTarget::Unread => return None,
        KeyTarget::Deleted => {
            problems.push(location, field, subject, deleted_here(subject), KEEP_ROW);
            return None;
        }
        KeyTarget::DeadRedirect(gone) => {
            problems.push(
                location,
                field,
                subject,
                merged_into_deleted(subject, &gone),
                recreate_hint(&gone),
            );
            return None;
        }
        KeyTarget::Absent => {
            unknown.push(UnknownKey {
                location,
                field,
                key: subject.to_string(),
                expected: ReferencedType::Record,
            });
            return None;
        }
    };
    if let KeyTarget::InBatch(index) = keys.target(subject)
        && matches!(batch.records[index].record, Record::Source(_))
    {
        problems.push(
            location,
            field,
            subject,
            "a source cannot be the subject of a statement",
            "leave the statement out",
        );
        return None;
    }
    Some((subject.to_string(), about))
}

/// Reads the stored records whose amounts the statements of a batch are about.
pub(super) async fn load_subjects<R: Reader>(
    batch: &SplitBatch,
    at: &R,
    keys: &KeyTable<'_>,
    stored: &mut StoredRecords,
) -> StoreResult<()> {
    let subjects = batch.statements.iter().filter_map(|note| {
        let says_amount = note.statement.amount.is_some();
        match keys.target(&note.subject) {
            KeyTarget::Stored(subject @ (Subject::Relation(_) | Subject::Observation(_))) => {
                says_amount.then_some(subject)
            }
            KeyTarget::Stored(Subject::Entity(id)) | KeyTarget::Redirect(id) => {
                note.statement.property.map(|_| Subject::Entity(id))
            }
            KeyTarget::Stored(Subject::Rule(_) | Subject::Source(_)) => None,
            KeyTarget::InBatch(_)
            | KeyTarget::DeadRedirect(_)
            | KeyTarget::Unread
            | KeyTarget::Deleted
            | KeyTarget::Absent => None,
        }
    });
    stored.load(at, subjects.collect()).await
}
