//! What readers are asked for, and what lists are made of.

use std::collections::BTreeSet;

use crate::model::entity::SharedEntity;
use crate::model::footprint::Footprint;
use crate::model::id::{DatasetId, EntityId, RelationId};
use crate::model::log::LogPlace;
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
    /// The date asked.
    pub at: AsOf,
    /// Sorted by these, then by id.
    pub order: Vec<EntityOrder>,
}

/// The place of an entity in a list: one value for each key of the order, then the id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntityKey {
    /// The values sorted by. Text compares as bytes.
    pub values: Vec<OrderValue>,
    /// The id.
    pub id: EntityId,
}

/// A value that a list is sorted by.
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

impl Footprint for Neighbourhood {
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
    /// The date asked: then the relation and both ends must be valid.
    pub at: AsOf,
}

/// Relations at an entity, and what stands at their other ends. Sorted by the relation's id; a relation from an entity
/// to itself is there once.
#[derive(Clone, Debug, PartialEq)]
pub struct IncidentQuery {
    /// Which relations.
    pub filter: RelationFilter,
    /// Seen from the entity.
    pub direction: Direction,
    /// What the other end must be like.
    pub other: Option<EntityFilter>,
    /// The date asked: then the relation and both ends must be valid.
    pub at: AsOf,
    /// Which of them.
    pub page: PageRequest<RelationId>,
}

/// A page of the change log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogQuery {
    /// Which lines. A line at `after` or `before` must still be there; no `after` is the place before the first line that
    /// was ever written, but for a page from the end, which asks nothing of the beginning.
    pub page: PageRequest<LogPlace>,
    /// Only lines that concern one of these data sets; none: all lines.
    pub told: Option<BTreeSet<DatasetId>>,
}

/// How many relations of a kind an entity has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KindCount {
    /// The kind.
    pub kind: RelationKind,
    /// How many.
    pub count: u64,
}

/// The part of the graph around some entities.
#[derive(Clone, Debug)]
pub struct Neighbourhood {
    /// The entities, nearest first, then by id.
    pub entities: Vec<SharedEntity>,
    /// The relations between them, by id.
    pub relations: Vec<Relation>,
    /// Whether entities were left out for the limit.
    pub truncated: bool,
    /// Relations there are but not in it, by entity and kind.
    pub hidden: Vec<(EntityId, KindCount)>,
}

/// What a data set holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatasetInfo {
    /// Its record.
    pub dataset: Dataset,
    /// How many entities it has a row for.
    pub entity_count: u64,
    /// How many relations it has a row for.
    pub relation_count: u64,
}
