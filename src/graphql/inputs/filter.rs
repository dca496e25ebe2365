//! Filters of lists. Fields are joined by AND, the values of one field by OR; an absent field says nothing.

use async_graphql::{ID, InputObject};

use crate::graphql::errors::{Failure, Result};
use crate::model;
use crate::model::entity::{EntityKind, ProgramFamily, ProjectStage};
use crate::model::id::{DatasetId, EntityId, IdError, RelationId, SourceId};
use crate::model::ontology::RelationKind;
use crate::model::quantity::{QuantityStatus, Unit};
use crate::model::relation::{Driver, Resource};
use crate::model::selector::{self, Direction, EntityOrderField, InRegion, RegionRole, SortDirection};
use crate::model::statement::{self, Assertion, Reliability};

/// Picks entities. Fields are joined by AND, the values of one field by OR.
#[derive(InputObject, Clone, Debug, Default)]
pub(in crate::graphql) struct EntityFilter {
    /// These entities; an id that was merged away stands for the entity kept.
    pub(in crate::graphql) ids: Option<Vec<ID>>,
    /// Of these kinds.
    pub(in crate::graphql) kinds: Option<Vec<EntityKind>>,
    /// In this region or one below it. An unknown id is refused.
    pub(in crate::graphql) region_id: Option<ID>,
    /// In which sense they are of the region: LOCATED where it is not said.
    pub(in crate::graphql) region_role: Option<RegionRole>,
    /// With one of these tags.
    pub(in crate::graphql) tags: Option<Vec<String>>,
    /// Programmes of these families.
    pub(in crate::graphql) families: Option<Vec<ProgramFamily>>,
    /// Projects at these stages.
    pub(in crate::graphql) stages: Option<Vec<ProjectStage>>,
    /// In one of these data sets.
    pub(in crate::graphql) datasets: Option<Vec<ID>>,
    /// One of its names contains each word of this. Case, width, accents, ligatures, and traditional or simplified characters make no difference,
    /// as in `search`.
    pub(in crate::graphql) name: Option<String>,
    /// Known by that key in that register.
    pub(in crate::graphql) external_id: Option<ExternalIdInput>,
    /// Supported by one statement that passes this whole.
    pub(in crate::graphql) evidence: Option<EvidenceFilter>,
    /// Related so to others.
    pub(in crate::graphql) related: Option<RelatedFilter>,
    /// All of these too.
    pub(in crate::graphql) and: Option<Vec<EntityFilter>>,
    /// At least one of these too.
    pub(in crate::graphql) or: Option<Vec<EntityFilter>>,
    /// And not this.
    pub(in crate::graphql) not: Option<Box<EntityFilter>>,
}

/// What an entity's relations must be like.
#[derive(InputObject, Clone, Debug, Default)]
pub(in crate::graphql) struct RelatedFilter {
    /// At least one relation matches.
    some: Option<RelatedMatch>,
    /// No relation matches.
    none: Option<RelatedMatch>,
}

/// A relation, and what stands at its other end.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct RelatedMatch {
    /// The relation.
    relation: Option<RelationFilter>,
    /// Seen from the entity.
    #[graphql(default_with = "Some(Direction::Both)")]
    direction: Option<Direction>,
    /// The entity at the other end.
    entity: Option<Box<EntityFilter>>,
}

/// Picks relations. Fields are joined by AND, the values of one field by OR.
#[derive(InputObject, Clone, Debug, Default)]
pub(in crate::graphql) struct RelationFilter {
    /// These relations.
    ids: Option<Vec<ID>>,
    /// Of these kinds.
    kinds: Option<Vec<RelationKind>>,
    /// That carry one of these.
    resources: Option<Vec<Resource>>,
    /// That begin at one of these entities.
    from_ids: Option<Vec<ID>>,
    /// That end at one of these entities.
    to_ids: Option<Vec<ID>>,
    /// That fall under one of these programmes.
    under: Option<Vec<ID>>,
    /// So driven.
    drivers: Option<Vec<Driver>>,
    /// Whose amount has one of these units, as `CNY`.
    units: Option<Vec<String>>,
    /// Whose amount has one of these statuses.
    statuses: Option<Vec<QuantityStatus>>,
    /// Supported by one statement that passes this whole.
    evidence: Option<EvidenceFilter>,
}

/// What a statement must be like; a fact counts if one statement passes whole. DEPRECATED statements never do.
#[derive(InputObject, Clone, Debug, Default)]
pub(in crate::graphql) struct EvidenceFilter {
    /// How it may be said. Not given: in a list, any; in a trace and what rests on one, STATED, IMPLIED, COMPUTED.
    assertions: Option<Vec<Assertion>>,
    /// How far it can be relied on. Not given: any.
    reliabilities: Option<Vec<Reliability>>,
    /// Sources left out.
    exclude_sources: Option<Vec<ID>>,
}

/// A key in a register elsewhere.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct ExternalIdInput {
    /// The register: `ror`, `wikidata`.
    pub(super) scheme: String,
    /// The key there.
    pub(super) value: String,
}

/// One key of an order.
#[derive(InputObject, Clone, Copy, Debug)]
pub(in crate::graphql) struct EntityOrder {
    /// By what.
    field: EntityOrderField,
    /// Which way.
    #[graphql(default_with = "SortDirection::Asc")]
    direction: SortDirection,
}

impl From<EntityOrder> for selector::EntityOrder {
    fn from(order: EntityOrder) -> Self {
        Self {
            field: order.field,
            descending: order.direction == SortDirection::Desc,
        }
    }
}

/// Parses each of a list of ids; the message names the argument.
pub(in crate::graphql) fn ids<T>(
    argument: &str,
    ids: &[ID],
    parse: fn(&str) -> std::result::Result<T, IdError>,
) -> Result<Vec<T>> {
    ids.iter()
        .map(|id| parse(id).map_err(|error| Failure::input(format!("{argument}: {error}"))))
        .collect()
}

/// The same of a list that may not be given.
pub(in crate::graphql) fn ids_opt<T>(
    argument: &str,
    some: Option<&Vec<ID>>,
    parse: fn(&str) -> std::result::Result<T, IdError>,
) -> Result<Option<Vec<T>>> {
    some.map(|some| ids(argument, some, parse)).transpose()
}

/// A region and a role; a role alone says nothing.
pub(in crate::graphql) fn in_region(
    region: Option<&ID>,
    role: Option<RegionRole>,
) -> Result<Option<InRegion>> {
    let Some(region) = region else {
        return Ok(None);
    };
    let region = EntityId::parse(region).map_err(|error| Failure::input(format!("regionId: {error}")))?;
    if region.kind() != EntityKind::Region {
        return Err(Failure::input(format!(
            "regionId: `{region}` is no region: its id would begin with `region:`"
        )));
    }
    Ok(Some(InRegion {
        region,
        role: role.unwrap_or(RegionRole::Located),
    }))
}

impl EntityFilter {
    pub(in crate::graphql) fn parse(self) -> Result<selector::EntityFilter> {
        if self.region_role.is_some() && self.region_id.is_none() {
            return Err(Failure::input(
                "`regionRole` without `regionId` picks nothing: add the region or leave out the role",
            ));
        }
        let all = |some: Option<Vec<Self>>| {
            some.map(|some| some.into_iter().map(Self::parse).collect::<Result<Vec<_>>>())
                .transpose()
        };
        Ok(selector::EntityFilter {
            ids: ids_opt("ids", self.ids.as_ref(), EntityId::parse)?,
            kinds: self.kinds,
            region: in_region(self.region_id.as_ref(), self.region_role)?,
            tags: self.tags,
            families: self.families,
            stages: self.stages,
            datasets: ids_opt("datasets", self.datasets.as_ref(), DatasetId::parse)?,
            name: self.name,
            external_id: self.external_id.map(|id| model::entity::ExternalId {
                scheme: id.scheme,
                value: id.value,
            }),
            evidence: self.evidence.map(EvidenceFilter::of_a_list).transpose()?,
            related: self.related.map(RelatedFilter::parse).transpose()?,
            and: all(self.and)?.unwrap_or_default(),
            or: all(self.or)?,
            not: self.not.map(|not| not.parse().map(Box::new)).transpose()?,
        })
    }
}

impl RelatedFilter {
    fn parse(self) -> Result<selector::RelatedFilter> {
        Ok(selector::RelatedFilter {
            some: self.some.map(RelatedMatch::parse).transpose()?,
            none: self.none.map(RelatedMatch::parse).transpose()?,
        })
    }
}

impl RelatedMatch {
    fn parse(self) -> Result<selector::RelatedMatch> {
        Ok(selector::RelatedMatch {
            relation: self
                .relation
                .map(RelationFilter::parse)
                .transpose()?
                .unwrap_or_default(),
            direction: self.direction.unwrap_or(Direction::Both),
            entity: self
                .entity
                .map(|entity| entity.parse().map(Box::new))
                .transpose()?,
        })
    }
}

impl RelationFilter {
    pub(in crate::graphql) fn parse(self) -> Result<selector::RelationFilter> {
        let unit =
            |unit: String| Unit::parse(&unit).map_err(|error| Failure::input(format!("units: {error}")));
        Ok(selector::RelationFilter {
            ids: ids_opt("ids", self.ids.as_ref(), RelationId::parse)?,
            kinds: self.kinds,
            resources: self.resources,
            from_ids: ids_opt("fromIds", self.from_ids.as_ref(), EntityId::parse)?,
            to_ids: ids_opt("toIds", self.to_ids.as_ref(), EntityId::parse)?,
            under: ids_opt("under", self.under.as_ref(), EntityId::parse)?,
            drivers: self.drivers,
            units: self
                .units
                .map(|units| units.into_iter().map(unit).collect::<Result<_>>())
                .transpose()?,
            statuses: self.statuses,
            evidence: self.evidence.map(EvidenceFilter::of_a_list).transpose()?,
        })
    }
}

impl EvidenceFilter {
    /// In a list, what is not given leaves nothing out.
    fn of_a_list(self) -> Result<statement::EvidenceFilter> {
        self.over(statement::EvidenceFilter::any())
    }

    /// In a trace, assertions have a default.
    pub(in crate::graphql) fn of_a_trace(self) -> Result<statement::EvidenceFilter> {
        self.over(statement::EvidenceFilter::default())
    }

    fn over(self, default: statement::EvidenceFilter) -> Result<statement::EvidenceFilter> {
        Ok(statement::EvidenceFilter {
            assertions: self.assertions.unwrap_or(default.assertions),
            reliabilities: self.reliabilities,
            exclude_sources: ids_opt("excludeSources", self.exclude_sources.as_ref(), SourceId::parse)?
                .unwrap_or_default(),
        })
    }
}
