//! The subject of a statement, and its own amounts.

use std::collections::HashMap;

use crate::model::change::{Record, Subject};
use crate::model::entity::{Entity, EntityKind, Properties};
use crate::model::id::{EntityId, ObservationId, RelationId};
use crate::model::quantity::Quantity;
use crate::service::write::check::cohort::is_cohort;
use crate::service::write::check::unknown_keys::UnknownKey;
use crate::service::write::key_messages::{KEEP_ROW, deleted_here};
use crate::service::write::key_messages::{merged_into_deleted, recreate_hint};
use crate::service::write::keys::{KeyTable, KeyTarget};
use crate::service::write::problem::{ProblemLocation, WriteProblems};
use crate::service::write::split_batch::SplitBatch;
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
#[derive(Clone)]
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

    /// The amounts that its row states, without those that only statements give.
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
            committed: stated(committed),
            paid_in: stated(paid_in),
        }
    }
}

fn stated(quantity: Option<Quantity>) -> Option<Quantity> {
    quantity.filter(|quantity| !quantity.is_implicit())
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
}

pub(super) fn subject_of(
    batch: &SplitBatch,
    keys: &KeyTable<'_>,
    amounts: &StoredAmounts,
    location: ProblemLocation,
    subject: &str,
    unknown: &mut Vec<UnknownKey>,
    problems: &mut WriteProblems,
) -> Option<(String, SubjectAmounts)> {
    let field = "subject_id";
    let about = match keys.target(subject) {
        KeyTarget::InBatch(index) => SubjectAmounts::of(&batch.records[index].record),
        KeyTarget::Redirect(kept) => return Some((kept.to_string(), amounts.about(&kept))),
        KeyTarget::Stored(Subject::Entity(id)) => amounts.about(&id),
        KeyTarget::Stored(Subject::Relation(_)) => {
            SubjectAmounts::Amount(amounts.facts.get(subject).cloned().flatten(), AmountUse::Flows)
        }
        KeyTarget::Stored(Subject::Observation(_)) => {
            SubjectAmounts::Amount(amounts.facts.get(subject).cloned().flatten(), AmountUse::Other)
        }
        KeyTarget::Stored(Subject::Rule(_)) => SubjectAmounts::Nothing,
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
                what: "record",
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

/// The amounts of the stored records that the batch has statements on.
#[derive(Default)]
pub(super) struct StoredAmounts {
    /// Amounts of relations and observations, by key.
    facts: HashMap<String, Option<Quantity>>,
    entities: HashMap<EntityId, EntityAmounts>,
}

impl StoredAmounts {
    pub(super) async fn read<R: Reader>(
        batch: &SplitBatch,
        at: &R,
        keys: &KeyTable<'_>,
    ) -> StoreResult<Self> {
        let (mut relations, mut observations): (Vec<RelationId>, Vec<ObservationId>) = Default::default();
        let mut entities: Vec<EntityId> = Vec::new();
        for note in &batch.statements {
            let says_amount = note.statement.amount.is_some();
            match keys.target(&note.subject) {
                KeyTarget::Stored(Subject::Relation(id)) if says_amount => relations.push(id),
                KeyTarget::Stored(Subject::Observation(id)) if says_amount => observations.push(id),
                KeyTarget::Stored(Subject::Entity(id)) | KeyTarget::Redirect(id)
                    if note.statement.property.is_some() =>
                {
                    entities.push(id);
                }
                _ => {}
            }
        }
        let mut stored = Self::default();
        if !relations.is_empty() {
            let found = at.relations(&relations).await?.into_iter().flatten();
            let amounts = found.map(|relation| (relation.id.to_string(), stated(relation.quantity)));
            stored.facts.extend(amounts);
        }
        if !observations.is_empty() {
            let found = at.observations(&observations).await?.into_iter().flatten();
            let amounts = found.map(|observation| (observation.id.to_string(), Some(observation.quantity)));
            stored.facts.extend(amounts);
        }
        if !entities.is_empty() {
            entities.sort_unstable();
            entities.dedup();
            let found = at.entities(&entities).await?.into_iter().flatten();
            let amounts = found.map(|entity| (entity.id.clone(), EntityAmounts::of(&entity)));
            stored.entities.extend(amounts);
        }
        Ok(stored)
    }

    /// The amounts of a stored entity.
    fn about(&self, id: &EntityId) -> SubjectAmounts {
        let amounts = self.entities.get(id).cloned();
        SubjectAmounts::Entity(Box::new(
            amounts.unwrap_or_else(|| EntityAmounts::none(id.kind())),
        ))
    }
}
