//! The subject of a statement, and the amounts that it has itself.

use std::collections::HashMap;

use crate::model::change::{Record, Subject};
use crate::model::entity::{Entity, EntityKind, Properties};
use crate::model::id::{EntityId, ObservationId, RelationId};
use crate::model::quantity::Quantity;
use crate::service::write::check::cohort::is_cohort;
use crate::service::write::check::unknown_keys::UnknownKey;
use crate::service::write::key_messages::{KEEP_ROW, deleted_here};
use crate::service::write::key_messages::{merged_into_deleted, write_again};
use crate::service::write::keys::{KeyTable, KeyTarget};
use crate::service::write::problem::{Problems, Spot};
use crate::service::write::split_batch::SplitBatch;
use crate::store::{Answer, Reader};

/// What a statement speaks of, as far as its amount goes.
pub(super) enum SubjectAmounts {
    Entity(Box<EntityAmounts>),
    /// The amount of a relation, or of an observation.
    Amount(Option<Quantity>, AmountUse),
    Nothing,
}

/// Whether flows compute with an amount.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum AmountUse {
    Flows,
    Other,
}

/// The amounts that an entity has itself.
#[derive(Clone)]
pub(super) struct EntityAmounts {
    pub(super) kind: EntityKind,
    pub(super) is_cohort: bool,
    pub(super) committed: Option<Quantity>,
    pub(super) paid_in: Option<Quantity>,
}

impl EntityAmounts {
    /// Those of a kind that has none.
    fn none(kind: EntityKind) -> Self {
        Self {
            kind,
            is_cohort: false,
            committed: None,
            paid_in: None,
        }
    }

    /// Those that its row states: an amount that only statements give is none of the row's.
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
    spot: Spot,
    subject: &str,
    unknown: &mut Vec<UnknownKey>,
    problems: &mut Problems,
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
                spot,
                field,
                subject,
                "a source is evidence and needs none",
                "leave the statement out",
            );
            return None;
        }
        KeyTarget::Unread => return None,
        KeyTarget::Deleted => {
            problems.push(spot, field, subject, deleted_here(subject), KEEP_ROW);
            return None;
        }
        KeyTarget::DeadRedirect(gone) => {
            problems.push(
                spot,
                field,
                subject,
                merged_into_deleted(subject, &gone),
                write_again(&gone),
            );
            return None;
        }
        KeyTarget::Absent => {
            unknown.push(UnknownKey {
                spot,
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
            spot,
            field,
            subject,
            "a source is evidence and needs none",
            "leave the statement out",
        );
        return None;
    }
    Some((subject.to_string(), about))
}

/// The amounts of the stored records on which the batch states another.
#[derive(Default)]
pub(super) struct StoredAmounts {
    /// Of relations and observations.
    facts: HashMap<String, Option<Quantity>>,
    entities: HashMap<EntityId, EntityAmounts>,
}

impl StoredAmounts {
    pub(super) async fn read<R: Reader>(batch: &SplitBatch, at: &R, keys: &KeyTable<'_>) -> Answer<Self> {
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

    /// What a stored entity is as far as its amounts go.
    fn about(&self, id: &EntityId) -> SubjectAmounts {
        let amounts = self.entities.get(id).cloned();
        SubjectAmounts::Entity(Box::new(
            amounts.unwrap_or_else(|| EntityAmounts::none(id.kind())),
        ))
    }
}
