//! The arguments and results of reads.

use std::collections::BTreeSet;

use crate::model::change::LogPosition;
use crate::model::entity::SharedEntity;
use crate::model::footprint::Footprint;
use crate::model::id::{DatasetId, EntityId, RelationId};
use crate::model::ontology::RelationKind;
use crate::model::page::PageRequest;
use crate::model::record::Dataset;
use crate::model::relation::Relation;
use crate::model::selector::{AsOf, Direction, EntityFilter, EntityOrder, RelationFilter};

/// A list of entities to read.
#[derive(Clone, Debug, PartialEq)]
pub struct EntityQuery {
    /// Which entities.
    pub filter: EntityFilter,
    /// The date at which entities must be valid.
    pub at: AsOf,
    /// The order: by these keys, then by id.
    pub order: Vec<EntityOrder>,
}

/// The sort key of an entity in a list: one value for each key of the order, then the id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityKey {
    /// The values of the order. Text compares as bytes.
    pub values: Vec<OrderValue>,
    /// The id.
    pub id: EntityId,
}

/// A value by which a list is sorted.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrderValue {
    /// A number.
    Number(i64),
    /// A text.
    Text(String),
}

impl Footprint for EntityKey {
    fn heap(&self) -> u64 {
        let text = |value: &OrderValue| match value {
            OrderValue::Number(_) => 0,
            OrderValue::Text(text) => text.heap(),
        };
        self.id.heap() + self.values.iter().map(text).sum::<u64>()
    }
}

impl Footprint for Neighborhood {
    fn heap(&self) -> u64 {
        let hidden = self.hidden.len() * size_of::<(EntityId, KindCount)>();
        self.entities.heap() + self.relations.heap() + hidden as u64
    }
}

/// A list of relations to read, sorted by id.
#[derive(Clone, Debug, PartialEq)]
pub struct RelationQuery {
    /// Which relations.
    pub filter: RelationFilter,
    /// The date at which the relation and both its ends must be valid.
    pub at: AsOf,
}

/// A list of the relations at an entity, sorted by id. A relation from the entity to itself is listed once.
#[derive(Clone, Debug, PartialEq)]
pub struct IncidentQuery {
    /// Which relations.
    pub filter: RelationFilter,
    /// The direction, as seen from the entity.
    pub direction: Direction,
    /// The filter of the entity at the other end.
    pub other: Option<EntityFilter>,
    /// The date at which the relation and both its ends must be valid.
    pub at: AsOf,
    /// The page to read.
    pub page: PageRequest<RelationId>,
}

/// A page of the change log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogQuery {
    /// The page to read. Lines at `after` and `before` must still be in the log. Without `after`, the page begins before the first line
    /// that was ever written; a page from the end does not need the beginning of the log.
    pub page: PageRequest<LogPosition>,
    /// Only lines that concern one of these data sets; none: all lines.
    pub datasets: Option<BTreeSet<DatasetId>>,
}

/// The number of relations of one kind of an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindCount {
    /// The kind.
    pub kind: RelationKind,
    /// Number of relations.
    pub count: u64,
}

/// The neighborhood of some entities.
#[derive(Clone, Debug)]
pub struct Neighborhood {
    /// The entities, nearest first, then by id.
    pub entities: Vec<SharedEntity>,
    /// The relations between them, by id.
    pub relations: Vec<Relation>,
    /// Whether entities were omitted because of the limit.
    pub truncated: bool,
    /// Numbers of relations that are not in `relations`, by entity and kind.
    pub hidden: Vec<(EntityId, KindCount)>,
}

/// A data set with its numbers of records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetInfo {
    /// The data set.
    pub dataset: Dataset,
    /// Number of entities that it has a row for.
    pub entity_count: u64,
    /// Number of relations that it has a row for.
    pub relation_count: u64,
}
