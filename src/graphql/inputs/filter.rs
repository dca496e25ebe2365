//! Filters of lists. Fields are combined with AND, the values of one field with OR; an absent field does not restrict.

use async_graphql::{ID, InputObject};

use crate::graphql::errors::{Failure, Result};
use crate::model;
use crate::model::entity::{EntityKind, ProgramFamily, ProjectStage};
use crate::model::id::{DatasetId, EntityId, IdError, RelationId, SourceId};
use crate::model::ontology::RelationKind;
use crate::model::quantity::{QuantityStatus, Unit};
use crate::model::relation::Driver;
use crate::model::resource::Resource;
use crate::model::selector::{self, Direction, EntityOrderField, RegionRole, RegionSelector, SortDirection};
use crate::model::statement::{self, Assertion, Reliability};

/// Conditions on entities. Fields are combined with AND, the values of one field with OR.
#[derive(InputObject, Clone, Debug, Default)]
pub(in crate::graphql) struct EntityFilter {
    /// Ids of the entities. The id of a merged entity stands for the entity it was merged into.
    pub(in crate::graphql) ids: Option<Vec<ID>>,
    /// Kinds of the entities.
    pub(in crate::graphql) kinds: Option<Vec<EntityKind>>,
    /// Id of the region that the entities belong to, directly or through a region below it. An unknown id is
    /// rejected.
    pub(in crate::graphql) region_id: Option<ID>,
    /// Sense in which the entities belong to the region. Default: LOCATED.
    pub(in crate::graphql) region_role: Option<RegionRole>,
    /// Tags, of which an entity needs at least one.
    pub(in crate::graphql) tags: Option<Vec<String>>,
    /// Program families, one of which the entity must have.
    pub(in crate::graphql) families: Option<Vec<ProgramFamily>>,
    /// Project stages, one of which the entity must have.
    pub(in crate::graphql) stages: Option<Vec<ProjectStage>>,
    /// Ids of data sets, one of which must contain the entity.
    pub(in crate::graphql) datasets: Option<Vec<ID>>,
    /// Words that one name of the entity must all contain. Case, width, accents, ligatures, and traditional
    /// or simplified characters make no difference, as in `search`.
    pub(in crate::graphql) name: Option<String>,
    /// Key of the entity in an external register.
    pub(in crate::graphql) external_id: Option<ExternalIdInput>,
    /// Conditions on the evidence, all of which one statement about the entity must meet.
    pub(in crate::graphql) evidence: Option<EvidenceFilter>,
    /// Conditions on the relations of the entity.
    pub(in crate::graphql) related: Option<RelatedFilter>,
    /// Further filters, all of which must match.
    pub(in crate::graphql) and: Option<Vec<EntityFilter>>,
    /// Further filters, at least one of which must match.
    pub(in crate::graphql) or: Option<Vec<EntityFilter>>,
    /// Filter that must not match.
    pub(in crate::graphql) not: Option<Box<EntityFilter>>,
}

/// Conditions on the relations of an entity.
#[derive(InputObject, Clone, Debug, Default)]
pub(in crate::graphql) struct RelatedFilter {
    /// Condition that at least one relation must meet.
    some: Option<RelatedMatch>,
    /// Condition that no relation may meet.
    none: Option<RelatedMatch>,
}

/// Conditions on a relation and on the entity at its other end.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct RelatedMatch {
    /// Conditions on the relation.
    relation: Option<RelationFilter>,
    /// Direction of the relation, seen from the filtered entity.
    #[graphql(default_with = "Some(Direction::Both)")]
    direction: Option<Direction>,
    /// Conditions on the entity at the other end.
    entity: Option<Box<EntityFilter>>,
}

/// Conditions on relations. Fields are combined with AND, the values of one field with OR.
#[derive(InputObject, Clone, Debug, Default)]
pub(in crate::graphql) struct RelationFilter {
    /// Ids of the relations.
    ids: Option<Vec<ID>>,
    /// Kinds of the relations.
    kinds: Option<Vec<RelationKind>>,
    /// Resources, one of which the relation must carry.
    resources: Option<Vec<Resource>>,
    /// Ids of entities, at one of which the relation must begin.
    from_ids: Option<Vec<ID>>,
    /// Ids of entities, at one of which the relation must end.
    to_ids: Option<Vec<ID>>,
    /// Ids of programs, under one of which the relation must fall.
    under: Option<Vec<ID>>,
    /// Drivers, one of which the relation must have.
    drivers: Option<Vec<Driver>>,
    /// Units, one of which the amount must have, such as `CNY`.
    units: Option<Vec<String>>,
    /// Statuses, one of which the amount must have.
    statuses: Option<Vec<QuantityStatus>>,
    /// Conditions on the evidence, all of which one statement about the relation must meet.
    evidence: Option<EvidenceFilter>,
}

/// Conditions on a statement. A fact counts if one of its statements meets all of them. DEPRECATED statements
/// never count.
#[derive(InputObject, Clone, Debug, Default)]
pub(in crate::graphql) struct EvidenceFilter {
    /// Permitted assertions. Default: any in a list; STATED, IMPLIED and COMPUTED in a trace and in anything
    /// computed from one.
    assertions: Option<Vec<Assertion>>,
    /// Permitted reliabilities. Default: any.
    reliabilities: Option<Vec<Reliability>>,
    /// Ids of sources whose statements do not count.
    exclude_sources: Option<Vec<ID>>,
}

/// A key in an external register.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct ExternalIdInput {
    /// Register, such as `ror` or `wikidata`.
    pub(super) scheme: String,
    /// Key in that register.
    pub(super) value: String,
}

/// A sort key for entities.
#[derive(InputObject, Clone, Copy, Debug)]
pub(in crate::graphql) struct EntityOrder {
    /// Field to sort by.
    field: EntityOrderField,
    /// Sort direction.
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

/// Parses a list of ids. The error names the argument.
pub(in crate::graphql) fn parse_ids<T>(
    argument: &str,
    ids: &[ID],
    parse: fn(&str) -> std::result::Result<T, IdError>,
) -> Result<Vec<T>> {
    ids.iter()
        .map(|id| parse(id).map_err(|error| Failure::input(format!("{argument}: {error}"))))
        .collect()
}

/// Parses a list of ids that may be absent. The error names the argument.
pub(in crate::graphql) fn parse_optional_ids<T>(
    argument: &str,
    ids: Option<&Vec<ID>>,
    parse: fn(&str) -> std::result::Result<T, IdError>,
) -> Result<Option<Vec<T>>> {
    ids.map(|ids| parse_ids(argument, ids, parse)).transpose()
}

/// Parses a region id with a role; a role without a region gives none.
pub(in crate::graphql) fn parse_region(
    region: Option<&ID>,
    role: Option<RegionRole>,
) -> Result<Option<RegionSelector>> {
    let Some(region) = region else {
        return Ok(None);
    };
    let region = EntityId::parse(region).map_err(|error| Failure::input(format!("regionId: {error}")))?;
    if region.kind() != EntityKind::Region {
        return Err(Failure::input(format!(
            "regionId: `{region}` is not a region id (expected an id that begins with `region:`)"
        )));
    }
    Ok(Some(RegionSelector {
        region,
        role: role.unwrap_or(RegionRole::Located),
    }))
}

impl EntityFilter {
    pub(in crate::graphql) fn parse(self) -> Result<selector::EntityFilter> {
        if self.region_role.is_some() && self.region_id.is_none() {
            return Err(Failure::input(
                "`regionRole` without `regionId` has no effect; add `regionId` or leave out `regionRole`",
            ));
        }
        let all = |some: Option<Vec<Self>>| {
            some.map(|some| some.into_iter().map(Self::parse).collect::<Result<Vec<_>>>())
                .transpose()
        };
        Ok(selector::EntityFilter {
            ids: parse_optional_ids("ids", self.ids.as_ref(), EntityId::parse)?,
            kinds: self.kinds,
            region: parse_region(self.region_id.as_ref(), self.region_role)?,
            tags: self.tags,
            families: self.families,
            stages: self.stages,
            datasets: parse_optional_ids("datasets", self.datasets.as_ref(), DatasetId::parse)?,
            name: self.name,
            external_id: self.external_id.map(|id| model::entity::ExternalId {
                scheme: id.scheme,
                value: id.value,
            }),
            evidence: self.evidence.map(EvidenceFilter::for_list).transpose()?,
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
            ids: parse_optional_ids("ids", self.ids.as_ref(), RelationId::parse)?,
            kinds: self.kinds,
            resources: self.resources,
            from_ids: parse_optional_ids("fromIds", self.from_ids.as_ref(), EntityId::parse)?,
            to_ids: parse_optional_ids("toIds", self.to_ids.as_ref(), EntityId::parse)?,
            under: parse_optional_ids("under", self.under.as_ref(), EntityId::parse)?,
            drivers: self.drivers,
            units: self
                .units
                .map(|units| units.into_iter().map(unit).collect::<Result<_>>())
                .transpose()?,
            statuses: self.statuses,
            evidence: self.evidence.map(EvidenceFilter::for_list).transpose()?,
        })
    }
}

impl EvidenceFilter {
    /// The filter of a list, which leaves nothing out by default.
    fn for_list(self) -> Result<statement::EvidenceFilter> {
        self.with_defaults(statement::EvidenceFilter::any())
    }

    /// The filter of a trace, which has default assertions.
    pub(in crate::graphql) fn for_trace(self) -> Result<statement::EvidenceFilter> {
        self.with_defaults(statement::EvidenceFilter::default())
    }

    fn with_defaults(self, default: statement::EvidenceFilter) -> Result<statement::EvidenceFilter> {
        Ok(statement::EvidenceFilter {
            assertions: self.assertions.unwrap_or(default.assertions),
            reliabilities: self.reliabilities,
            exclude_sources: parse_optional_ids(
                "excludeSources",
                self.exclude_sources.as_ref(),
                SourceId::parse,
            )?
            .unwrap_or_default(),
        })
    }
}
