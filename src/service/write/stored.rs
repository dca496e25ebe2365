//! Reads the stored records that a write touches.

use std::collections::HashMap;

use crate::model::change::{Record, Subject};
use crate::model::entity::{Entity, SharedEntity};
use crate::store::{Reader, StoreResult};

/// The rank of a record in the write order: referenced records are written first, and deleted last.
pub(super) fn write_order(subject: &Subject) -> u8 {
    match subject {
        Subject::Source(_) => 0,
        Subject::Entity(_) => 1,
        Subject::Relation(_) => 2,
        Subject::Observation(_) => 3,
        Subject::Rule(_) => 4,
    }
}

/// The records of `subjects`; one call for each type.
pub(super) async fn records<R: Reader>(
    at: &R,
    subjects: &[Subject],
) -> StoreResult<HashMap<Subject, Record>> {
    macro_rules! ids {
        ($sort:ident) => {
            subjects
                .iter()
                .filter_map(|s| {
                    if let Subject::$sort(id) = s {
                        Some(id.clone())
                    } else {
                        None
                    }
                })
                .collect::<Vec<_>>()
        };
    }
    macro_rules! read {
        ($found:ident, $sort:ident, $call:ident, $own:expr) => {
            let ids = ids!($sort);
            if !ids.is_empty() {
                let records = at.$call(&ids).await?.into_iter().zip(ids);
                $found.extend(
                    records
                        .filter_map(|(record, id)| Some((Subject::$sort(id), Record::$sort($own(record?))))),
                );
            }
        };
    }
    let mut found = HashMap::with_capacity(subjects.len());
    read!(found, Source, sources, std::convert::identity);
    read!(found, Entity, entities, |entity: SharedEntity| Entity::clone(
        &entity
    ));
    read!(found, Relation, relations, std::convert::identity);
    read!(found, Observation, observations, std::convert::identity);
    read!(found, Rule, rules, std::convert::identity);
    Ok(found)
}
