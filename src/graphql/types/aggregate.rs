//! Groups of entities, and how many things they stand for.

use async_graphql::SimpleObject;

use super::kinds::Entity;
use crate::graphql::scalars::Decimal;
use crate::model::selector::GroupKey;
use crate::service;

/// Entities that agree in every key asked for.
#[derive(SimpleObject)]
pub(in crate::graphql) struct AggregateGroup {
    /// What they agree in, in the order of the keys.
    pub(in crate::graphql) keys: Vec<GroupValue>,
    /// How many entities there are.
    pub(in crate::graphql) count: i32,
    /// How many things they stand for: a cohort counts by its size, what lies in another of them once.
    pub(in crate::graphql) members: CountInterval,
}

/// The value of one key.
#[derive(SimpleObject)]
pub(in crate::graphql) struct GroupValue {
    /// The key.
    pub(in crate::graphql) key: GroupKey,
    /// Its value, an id where it is an entity; null where the entities have none.
    pub(in crate::graphql) value: Option<String>,
    /// The entity, where the value is one.
    pub(in crate::graphql) entity: Option<Entity>,
}

/// From how many to how many: cohorts may overlap.
#[derive(SimpleObject)]
pub(in crate::graphql) struct CountInterval {
    /// At least.
    lower: Decimal,
    /// At most; null where nothing bounds it.
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
