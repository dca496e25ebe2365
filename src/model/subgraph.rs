//! Subgraphs that a store loads for an algorithm: densely indexed, bounded, and of one revision.

use super::flow_direction::FlowDirection;
use super::id::{EntityId, RelationId};
use super::ontology::RelationKind;
use super::resource::Resource;
use super::statement::Assertion;
use super::walk::{TruncationReason, WalkRefusal};

/// The index of an entity in a [`Subgraph`].
pub type EntityIndex = u32;
/// The index of a relation in a [`Subgraph`].
pub type RelationIndex = u32;

/// The entities reached from some seeds by a walk, with the relations that were walked or refused.
///
/// - **Entities.** The seeds come first, ordered by id; then the reached entities, nearer ones first. Entities at the end of a refused
///   relation are included, and may be refused themselves.
/// - **Relations.** Every relation that leads out of a reached entity, walked or refused, once: also those at the limit of the walk, so
///   that the algorithm knows what lies beyond. Relations of kinds that carry nothing are left out unless the walk has a rule for
///   them.
/// - **Superset.** The walk checks relations one by one. The algorithm must check that a path carries one resource.
#[derive(Clone, Debug, Default)]
pub struct Subgraph {
    /// The entities.
    pub entities: Vec<SubEntity>,
    /// The relations.
    pub relations: Vec<SubRelation>,
    /// Why it is incomplete, if it is; it then has the entities nearest to the seeds.
    pub truncated: Option<TruncationReason>,
}

/// An entity of a [`Subgraph`].
#[derive(Clone, Debug)]
pub struct SubEntity {
    /// Its key.
    pub id: EntityId,
    /// Why the walk does not enter it, if it does not.
    pub refusal: Option<WalkRefusal>,
    /// The strongest assertion among its accepted statements; none if it is refused.
    pub best: Option<Assertion>,
}

/// A relation of a [`Subgraph`].
#[derive(Clone, Debug)]
pub struct SubRelation {
    /// Its key.
    pub id: RelationId,
    /// Its kind.
    pub kind: RelationKind,
    /// The entity at which it begins.
    pub from: EntityIndex,
    /// The entity at which it ends.
    pub to: EntityIndex,
    /// The direction in which it is walked, by the rules of the walk.
    pub flow: FlowDirection,
    /// The resource it carries; none for a carrier, or if it is not stated.
    pub resource: Option<Resource>,
    /// Why it is not walked, by its own fields.
    pub refusal: Option<WalkRefusal>,
    /// The strongest assertion among its accepted statements, if any.
    pub best: Option<Assertion>,
    /// Whether it has no date.
    pub undated: bool,
}
