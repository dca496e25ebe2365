//! Selectors and filters: how an asker picks entities and relations. Fields are joined by AND, the values of one by OR.

use super::closed::closed_list;
use super::entity::{EntityKind, ExternalId, ProgramFamily, ProjectStage};
use super::id::{DatasetId, EntityId, RelationId};
use super::ontology::RelationKind;
use super::period::Day;
use super::quantity::{QuantityStatus, Unit};
use super::relation::{Driver, Resource};
use super::statement::EvidenceFilter;

closed_list! {
    /// Which relation says what region an entity is of.
    RegionRole {
        /// The target of its `LOCATED_IN`.
        Located "LOCATED",
        /// The target of its `GOVERNED_BY`.
        Governed "GOVERNED",
        /// The origin of its `ORIGINATES`.
        Origin "ORIGIN",
    }
}

closed_list! {
    /// Relations seen from an entity.
    Direction {
        /// Those that begin there.
        Out "OUT",
        /// Those that end there.
        In "IN",
        /// Both.
        Both "BOTH",
    }
}

/// A region and the sense in which an entity is of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InRegion {
    /// The region; all below it count.
    pub region: EntityId,
    /// In which sense.
    pub role: RegionRole,
}

/// Picks the ends of a trace. One that exists says something: an empty selector is refused at the edge.
///
/// An Industry has no region: picked with one, it means the part of that industry located there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selector {
    /// These entities.
    pub ids: Option<Vec<EntityId>>,
    /// These kinds.
    pub kinds: Option<Vec<EntityKind>>,
    /// Of this region.
    pub region: Option<InRegion>,
    /// With one of these tags.
    pub tags: Option<Vec<String>>,
    /// Programmes of these families.
    pub families: Option<Vec<ProgramFamily>>,
}

impl Selector {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Whether it may pick an Industry of a region: by id or kind, for a region alone picks none.
    pub fn picks_industries_of_a_region(&self) -> bool {
        let by_id = self
            .ids
            .as_ref()
            .is_some_and(|ids| ids.iter().any(|id| id.kind() == EntityKind::Industry));
        let by_kind = self
            .kinds
            .as_ref()
            .is_some_and(|kinds| kinds.contains(&EntityKind::Industry));
        self.region.is_some() && (by_id || by_kind)
    }
}

/// Picks entities in a list.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct EntityFilter {
    /// These entities.
    pub ids: Option<Vec<EntityId>>,
    /// These kinds.
    pub kinds: Option<Vec<EntityKind>>,
    /// Of this region.
    pub region: Option<InRegion>,
    /// With one of these tags.
    pub tags: Option<Vec<String>>,
    /// Programmes of these families.
    pub families: Option<Vec<ProgramFamily>>,
    /// Projects at these stages.
    pub stages: Option<Vec<ProjectStage>>,
    /// In one of these data sets.
    pub datasets: Option<Vec<DatasetId>>,
    /// A name contains this, case- and width-insensitive.
    pub name: Option<String>,
    /// Known there by that key.
    pub external_id: Option<ExternalId>,
    /// Supported by a statement that passes.
    pub evidence: Option<EvidenceFilter>,
    /// Related so to others.
    pub related: Option<RelatedFilter>,
    /// All of these too.
    pub and: Vec<EntityFilter>,
    /// One of these at least, where there are any.
    pub or: Option<Vec<EntityFilter>>,
    /// Not this.
    pub not: Option<Box<EntityFilter>>,
}

/// What an entity's relations must be like.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RelatedFilter {
    /// One relation matches.
    pub some: Option<RelatedMatch>,
    /// No relation matches.
    pub none: Option<RelatedMatch>,
}

/// A relation and what stands at its other end.
#[derive(Clone, Debug, PartialEq)]
pub struct RelatedMatch {
    /// The relation.
    pub relation: RelationFilter,
    /// Seen from the entity.
    pub direction: Direction,
    /// The other end.
    pub entity: Option<Box<EntityFilter>>,
}

/// Picks relations.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RelationFilter {
    /// These relations.
    pub ids: Option<Vec<RelationId>>,
    /// These kinds.
    pub kinds: Option<Vec<RelationKind>>,
    /// That carry one of these.
    pub resources: Option<Vec<Resource>>,
    /// That begin there.
    pub from_ids: Option<Vec<EntityId>>,
    /// That end there.
    pub to_ids: Option<Vec<EntityId>>,
    /// That fall under one of these programmes.
    pub under: Option<Vec<EntityId>>,
    /// So driven.
    pub drivers: Option<Vec<Driver>>,
    /// Whose amount has one of these units.
    pub units: Option<Vec<Unit>>,
    /// Whose amount has one of these statuses.
    pub statuses: Option<Vec<QuantityStatus>>,
    /// Supported by a statement that passes.
    pub evidence: Option<EvidenceFilter>,
}

closed_list! {
    /// What a list of entities is sorted by; every order ends with the id.
    EntityOrderField {
        /// The id, as bytes.
        Id "ID",
        /// The name: Chinese by its pinyin, all in one alphabet.
        Name "NAME",
        /// The kind's spelling.
        Kind "KIND",
        /// How many relations it has.
        Degree "DEGREE",
        /// When it was last written.
        RecordedAt "RECORDED_AT",
    }
}

/// One key of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntityOrder {
    /// By what.
    pub field: EntityOrderField,
    /// From the greatest down.
    pub descending: bool,
}

closed_list! {
    /// What entities are grouped by.
    GroupKey {
        /// The kind.
        Kind "KIND",
        /// The regions they lie in.
        Region "REGION",
        /// The industries they are in.
        Industry "INDUSTRY",
        /// The tags.
        Tag "TAG",
        /// The family of programmes.
        Family "FAMILY",
        /// The stage of projects.
        Stage "STAGE",
        /// The data sets.
        Dataset "DATASET",
    }
}

/// The date asked for; none is all time.
pub type AsOf = Option<Day>;
