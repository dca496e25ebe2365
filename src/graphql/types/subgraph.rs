//! Subgraphs, returned without pages.

use async_graphql::SimpleObject;

use super::kinds::Entity;
use super::relation::Relation;
use crate::model::ontology::RelationKind;

/// A part of the graph: entities and the relations between them.
#[derive(SimpleObject)]
pub(in crate::graphql) struct Subgraph {
    /// Entities of the subgraph.
    pub(in crate::graphql) entities: Vec<Entity>,
    /// Relations between these entities.
    pub(in crate::graphql) relations: Vec<Relation>,
    /// Whether entities were left out because of a limit.
    pub(in crate::graphql) truncated: bool,
    /// Numbers of relations of these entities that are not in the subgraph, by entity and kind.
    pub(in crate::graphql) hidden: Vec<HiddenCount>,
}

/// Number of relations of one entity and kind that are not in the subgraph.
#[derive(SimpleObject)]
pub(in crate::graphql) struct HiddenCount {
    /// Entity in the subgraph.
    pub(in crate::graphql) entity: Entity,
    /// Kind of relation.
    pub(in crate::graphql) kind: RelationKind,
    /// Number of such relations that are not in the subgraph.
    pub(in crate::graphql) count: i32,
}
