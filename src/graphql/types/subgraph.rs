//! A part of the graph, given whole.

use async_graphql::SimpleObject;

use super::kinds::Entity;
use super::relation::Relation;
use crate::model::ontology::RelationKind;

/// A part of the graph.
#[derive(SimpleObject)]
pub(in crate::graphql) struct Subgraph {
    /// Its entities.
    pub(in crate::graphql) entities: Vec<Entity>,
    /// The relations between them.
    pub(in crate::graphql) relations: Vec<Relation>,
    /// Whether entities were left out for a limit.
    pub(in crate::graphql) truncated: bool,
    /// How many relations of its entities are not in it.
    pub(in crate::graphql) hidden: Vec<HiddenCount>,
}

/// Relations that there are but not in the subgraph.
#[derive(SimpleObject)]
pub(in crate::graphql) struct HiddenCount {
    /// At this entity.
    pub(in crate::graphql) entity: Entity,
    /// Of this kind.
    pub(in crate::graphql) kind: RelationKind,
    /// So many.
    pub(in crate::graphql) count: i32,
}
