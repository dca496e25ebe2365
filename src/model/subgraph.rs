//! A part of the graph that a store hands to an algorithm: dense, bounded, at one revision.

use super::id::{EntityId, RelationId};
use super::ontology::RelationKind;
use super::relation::{FlowDirection, Resource};
use super::statement::Assertion;
use super::walk::{Refusal, TruncationReason};

/// The place of an entity in a [`Subgraph`].
pub type EntityIndex = u32;
/// The place of a relation in a [`Subgraph`].
pub type RelationIndex = u32;

/// What was reached from some seeds by walking, and each relation that would have led on and was refused.
///
/// - **Entities.** The seeds come first, in order of their ids; then what was reached, nearer first. An entity at which a
///   refused relation ends is there too, and may itself be refused.
/// - **Relations.** Every relation that leads out of an entity that was walked to, walked or refused, each once: of the
///   entities as far as the walk goes too, so that it can be said what lies beyond.
///   Relations of kinds that carry nothing are not there unless the walk has a rule for them.
/// - **Superset.** The walk looks at relations one by one. That one path carries one resource is for the algorithm to hold.
#[derive(Clone, Debug, Default)]
pub struct Subgraph {
    /// The entities.
    pub entities: Vec<SubEntity>,
    /// The relations.
    pub relations: Vec<SubRelation>,
    /// Why it is not whole, where it is not: then it is the part that lies nearest to the seeds.
    pub truncated: Option<TruncationReason>,
}

/// An entity of a [`Subgraph`].
#[derive(Clone, Debug)]
pub struct SubEntity {
    /// Its key.
    pub id: EntityId,
    /// Why it is not entered.
    pub refusal: Option<Refusal>,
    /// The strongest assertion among its statements that pass; none where it is refused.
    pub best: Option<Assertion>,
}

/// A relation of a [`Subgraph`].
#[derive(Clone, Debug)]
pub struct SubRelation {
    /// Its key.
    pub id: RelationId,
    /// Its kind.
    pub kind: RelationKind,
    /// Where it begins.
    pub from: EntityIndex,
    /// Where it ends.
    pub to: EntityIndex,
    /// Which way it is walked, the caller's rule applied.
    pub flow: FlowDirection,
    /// What it carries; none for a carrier, or where it is not stated.
    pub resource: Option<Resource>,
    /// Why it is not walked, as far as it alone decides.
    pub refusal: Option<Refusal>,
    /// The strongest assertion among its statements that pass; none where none passes.
    pub best: Option<Assertion>,
    /// Whether it has no date.
    pub undated: bool,
}
