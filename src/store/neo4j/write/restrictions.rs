//! The restricted data sets with which each record is hidden.
//!
//! A record is hidden from a reader who cannot see one of these data sets. They are the restricted data sets that have
//! a row for the record, and those that have a row for an entity that it names. Each record stores them in its property
//! `restricted`, so that reads do not have to determine them.

use std::collections::{BTreeSet, HashMap};

use super::draft::WriteDraft;
use crate::model::change::Record;
use crate::model::id::{DatasetId, EntityId};
use crate::model::record::{Access, Dataset};
use crate::store::neo4j::driver::statement::{CypherStatement, cypher};
use crate::store::visibility::HiddenDatasets;

/// The restricted data sets with which a record is hidden.
#[derive(Clone, Debug, Default)]
pub(in crate::store) struct RecordRestriction {
    /// Empty if the record is public.
    pub(in crate::store) datasets: BTreeSet<DatasetId>,
    /// Whether `datasets` differs from the data sets that have a row for the record: the record is also hidden with a
    /// data set that has no row for it, or a data set that is not restricted has a row for it too. Only such records
    /// can be missing from the number of records of a data set that the reader can see. False if `datasets` is empty.
    pub(in crate::store) entangled: bool,
}

impl RecordRestriction {
    /// The restriction of a record: the restricted data sets with which it is hidden, and all data sets that have a row for it.
    pub(in crate::store) fn new(datasets: BTreeSet<DatasetId>, members: &[DatasetId]) -> Self {
        Self {
            entangled: !datasets.is_empty() && !datasets.iter().eq(members),
            datasets,
        }
    }
}

/// The restrictions after a write.
#[derive(Default)]
pub(in crate::store) struct RestrictionChanges {
    /// The restricted data sets after the write.
    pub(super) now: HiddenDatasets,
    /// The restricted data sets with which each entity is hidden that the write names but does not write. Filled after
    /// [`RestrictionChanges::new`], because it needs a read.
    pub(super) named: HashMap<EntityId, BTreeSet<DatasetId>>,
    /// Whether the set of restricted data sets changes.
    pub(in crate::store) changed: bool,
    /// Whether records that the write does not touch may be hidden with other data sets than before.
    pub(super) affects_others: bool,
}

impl RestrictionChanges {
    /// The restrictions after a draft is written. `stored` is the data sets before it, by id.
    pub(in crate::store) fn new(draft: &WriteDraft, stored: &HashMap<String, Dataset>) -> Self {
        let is_restricted = |dataset: &Dataset| dataset.access == Access::Restricted;
        let before: HiddenDatasets = stored
            .values()
            .filter(|dataset| is_restricted(dataset))
            .map(|dataset| dataset.id.clone())
            .collect();
        let mut now = before.clone();
        for dataset in &draft.datasets {
            if is_restricted(dataset) {
                now.insert(dataset.id.clone());
            } else {
                now.remove(&dataset.id);
            }
        }
        now.retain(|id| !draft.deleted_datasets.contains(id));
        // A data set that this write creates has no records outside the write.
        let is_stored = |id: &DatasetId| stored.contains_key(id.as_str());
        Self {
            changed: before != now,
            affects_others: before.symmetric_difference(&now).any(is_stored),
            now,
            named: HashMap::new(),
        }
    }

    /// The restricted data sets among those that have a row for a record.
    pub(super) fn own<'m>(&self, members: impl IntoIterator<Item = &'m DatasetId>) -> BTreeSet<DatasetId> {
        let members = members.into_iter();
        members.filter(|id| self.now.contains(*id)).cloned().collect()
    }
}

/// The entities that a record names. If one of them is hidden, so is the record.
pub(in crate::store) fn named_by(record: &Record) -> Box<dyn Iterator<Item = &EntityId> + Send + '_> {
    match record {
        Record::Source(_) | Record::Entity(_) => Box::new(std::iter::empty()),
        Record::Relation(relation) => {
            Box::new([&relation.from, &relation.to].into_iter().chain(&relation.under))
        }
        Record::Observation(observation) => Box::new(std::iter::once(&observation.entity)),
        Record::Rule(rule) => Box::new(rule.named_entities()),
    }
}

/// The statements that recompute the data sets with which every record is hidden. Entities come first, because the
/// others take over the data sets of the entities that they name.
pub(in crate::store) fn recompute_statements() -> [CypherStatement; 4] {
    let statements = [
        cypher!("settle_restricted_entities"),
        cypher!("settle_restricted_relations"),
        cypher!("settle_restricted_observations"),
        cypher!("settle_restricted_rules"),
    ];
    let restricted = "MATCH (d:Dataset) WHERE d.access = 'restricted' AND d.body STARTS WITH '{' WITH d.id AS id ORDER BY id WITH collect(id) AS restricted";
    statements.map(|statement| statement.fill("restricted", restricted))
}
