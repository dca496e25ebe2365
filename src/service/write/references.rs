//! References from a record to entities.

use crate::model::change::Record;
use crate::model::field::Field;
use crate::model::id::EntityId;

/// Calls `each` with every reference from a record to an entity, with its field and row.
pub fn references<'r>(record: &'r Record, mut each: impl FnMut(Field, usize, &'r EntityId)) {
    match record {
        Record::Source(_) | Record::Entity(_) => {}
        Record::Relation(relation) => {
            each(Field::FromId, 0, &relation.from);
            each(Field::ToId, 0, &relation.to);
            relation.under.iter().for_each(|id| each(Field::Under, 0, id));
        }
        Record::Observation(observation) => each(Field::EntityId, 0, &observation.entity),
        Record::Rule(rule) => {
            each(Field::BearerId, 0, &rule.bearer);
            for (row, part) in rule.parts.iter().enumerate() {
                if let Some(party) = &part.party {
                    each(Field::PartyId, row, party);
                }
            }
        }
    }
}

/// Changes each reference from a record to an entity.
pub(super) fn map_references(record: &mut Record, mut map: impl FnMut(&mut EntityId)) {
    match record {
        Record::Source(_) | Record::Entity(_) => {}
        Record::Relation(relation) => {
            map(&mut relation.from);
            map(&mut relation.to);
            relation.under.iter_mut().for_each(map);
            relation.under.sort();
            relation.under.dedup();
        }
        Record::Observation(observation) => map(&mut observation.entity),
        Record::Rule(rule) => {
            map(&mut rule.bearer);
            rule.parts
                .iter_mut()
                .filter_map(|part| part.party.as_mut())
                .for_each(map);
        }
    }
}
