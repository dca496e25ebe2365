//! Groups of entities, with their numbers of entities and members.

use async_graphql::SimpleObject;

use super::kinds::Entity;
use crate::graphql::scalars::Decimal;
use crate::model::selector::GroupKey;
use crate::service;

/// A group of entities that have the same value for every requested key.
#[derive(SimpleObject)]
pub(in crate::graphql) struct AggregateGroup {
    /// Values that the entities share, in the order of `groupBy`.
    pub(in crate::graphql) keys: Vec<GroupValue>,
    /// Number of entities in the group.
    pub(in crate::graphql) count: i32,
    /// Number of members that the entities stand for. A cohort counts with its size; an entity that belongs to another one of the
    /// group counts once.
    pub(in crate::graphql) members: CountInterval,
}

/// Value of a group for one key.
#[derive(SimpleObject)]
pub(in crate::graphql) struct GroupValue {
    /// Key by which the entities are grouped.
    pub(in crate::graphql) key: GroupKey,
    /// Value of the key; an id if the value is an entity. Null for entities without a value.
    pub(in crate::graphql) value: Option<String>,
    /// Entity, if the value is one; otherwise null.
    pub(in crate::graphql) entity: Option<Entity>,
}

/// A count as an interval, because cohorts may overlap.
#[derive(SimpleObject)]
pub(in crate::graphql) struct CountInterval {
    /// Minimum.
    lower: Decimal,
    /// Maximum. Null if there is no upper bound.
    upper: Option<Decimal>,
}

impl From<service::CountInterval> for CountInterval {
    fn from(interval: service::CountInterval) -> Self {
        Self {
            lower: Decimal(interval.lower),
            upper: interval.upper.map(Decimal),
        }
    }
}
