//! Named connections: fields of a kind of entity for relations of one kind in one direction, such as `Fund.investments`.
//! One row each; the schema and the resolver are derived from the rows.

use async_graphql::{Context, OutputType, ServerResult, Value};

use super::entity::EntityAtDate;
use super::incident;
use super::kinds::FieldMap;
use crate::graphql::errors::Result;
use crate::graphql::inputs::filter::EntityFilter;
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::inputs::redirects::resolve_redirects;
use crate::model::entity::EntityKind;
use crate::model::ontology::RelationKind;
use crate::model::page::PageRequest;
use crate::model::selector::{self, Direction, RelationFilter};
use crate::service::IncidentQuery;

/// A named connection.
pub(super) struct NamedConnection {
    kind: EntityKind,
    field: &'static str,
    relation: RelationKind,
    direction: Direction,
    /// Kind of the entities at the other end; none means any.
    other: Option<EntityKind>,
    about: &'static str,
}

macro_rules! named_connections {
    ($($kind:ident { $($field:literal $direction:ident $relation:ident $(to $other:ident)? $about:literal)+ })+) => {
        const ROWS: &[NamedConnection] = &[$($(NamedConnection {
            kind: EntityKind::$kind, field: $field, relation: RelationKind::$relation, direction: Direction::$direction,
            other: named_connections!(@other $($other)?), about: $about,
        }),+),+];
    };
    (@other) => { None };
    (@other $other:ident) => { Some(EntityKind::$other) };
}

named_connections! {
    Region {
        "entities" In LocatedIn "Entities located in the region itself, without those in its child regions."
        "children" In PartOf "Direct child regions."
        "parents" Out PartOf "Direct parent regions."
        "governed" In GovernedBy "Entities governed by the region, wherever they are located."
        "originated" Out Originates "Companies and projects that originate from the region."
        "contributions" Out ContributesTo "Funds to which the region contributes."
        "returns" In ReturnsTo "Entities that return proceeds to the region."
        "programs" Out PartyTo "Programs and funds to which the region is a party."
        "coBuilt" Out CoBuilds "Parks, labs, facilities and funds that the region co-builds."
        "talentSupplied" Out SuppliesTalent "Entities to which the region supplies talent."
    }
    Industry {
        "members" In InIndustry "Entities that belong to the industry."
        "children" In PartOf "Direct sub-industries."
        "parents" Out PartOf "Direct parent industries."
        "focusedOnBy" In FocusesOn "Parks, funds and programs that focus on the industry."
    }
    Park {
        "tenants" In HostedAt "Entities hosted at the park."
        "incubated" Out Incubates "Projects and companies that the park incubates."
        "builders" In CoBuilds "Entities that co-build the park."
        "coBuilt" Out CoBuilds "Parks, labs, facilities and funds that the park co-builds."
        "operators" In Operates "Entities that operate the park."
        "operated" Out Operates "Entities that the park operates."
        "originated" Out Originates "Companies and projects that originate from the park."
        "programs" Out PartyTo "Programs and funds to which the park is a party."
        "focuses" Out FocusesOn "Industries on which the park focuses."
        "experts" In Serves "Experts who serve the park."
    }
    University {
        "labs" Out CoBuilds to Lab "Labs that the university co-builds."
        "coBuilt" Out CoBuilds "Labs, parks, facilities and funds that the university co-builds."
        "transfers" Out TransfersTech "Entities to which the university transfers technology."
        "talentSupplied" Out SuppliesTalent "Entities to which the university supplies talent."
        "services" Out ProvidesService "Entities to which the university provides a service."
        "experts" In AffiliatedWith "Experts affiliated with the university."
        "tenants" In HostedAt "Entities hosted at the university."
        "programs" Out PartyTo "Programs and funds to which the university is a party."
    }
    Lab {
        "builders" In CoBuilds "Entities that co-build the lab."
        "transfers" Out TransfersTech "Entities to which the lab transfers technology."
        "talentSupplied" Out SuppliesTalent "Entities to which the lab supplies talent."
        "services" Out ProvidesService "Entities to which the lab provides a service."
        "incubated" Out Incubates "Projects and companies that the lab incubates."
        "investors" In InvestsIn "Entities that invest in the lab."
        "grants" In Grants "Entities that grant the lab money."
        "experts" In Serves "Experts who serve the lab."
        "hosts" Out HostedAt "Parks and universities at which the lab is hosted."
        "operators" In Operates "Entities that operate the lab."
        "industries" Out InIndustry "Industries to which the lab belongs."
    }
    Facility {
        "computeUsers" Out ProvidesCompute "Entities to which the facility provides computing."
        "computeProviders" In ProvidesCompute "Facilities that provide computing to the facility."
        "services" Out ProvidesService "Entities to which the facility provides a service."
        "builders" In CoBuilds "Entities that co-build the facility."
        "operators" In Operates "Entities that operate the facility."
        "children" In PartOf "Facilities that are part of it."
        "parents" Out PartOf "Facilities of which it is a part."
    }
    Fund {
        "investments" Out InvestsIn "Entities in which the fund invests."
        "contributions" In ContributesTo "Entities that contribute to the fund."
        "investors" In InvestsIn "Entities that invest in the fund."
        "subFunds" Out ContributesTo "Funds to which the fund contributes."
        "grants" Out Grants "Entities to which the fund grants money."
        "returns" Out ReturnsTo "Entities to which the fund returns proceeds."
        "proceeds" In ReturnsTo "Entities that return proceeds to the fund."
        "leveraged" Out Leverages "Entities that the fund is claimed to have leveraged."
        "operators" In Operates "Entities that operate the fund."
        "parties" In PartyTo "Parties to the fund."
        "focuses" Out FocusesOn "Industries on which the fund focuses."
        "industries" Out InIndustry "Industries to which the fund belongs."
    }
    Expert {
        "serves" Out Serves "Entities that the expert serves."
        "affiliations" Out AffiliatedWith "Entities with which the expert is affiliated."
        "talentSources" In SuppliesTalent "Entities that supply the expert as talent."
        "memberOf" Out MemberOf "Pools of which the expert is a member."
        "members" In MemberOf "Named members of the pool."
    }
    Project {
        "investors" In InvestsIn "Entities that invest in the project."
        "grants" In Grants "Entities that grant the project money."
        "carriers" Out CarriedBy "Companies that carry out the project."
        "industries" Out InIndustry "Industries to which the project belongs."
        "technologySources" In TransfersTech "Entities that transfer technology to the project."
        "experts" In Serves "Experts who serve the project."
        "services" In ProvidesService "Entities that provide a service to the project."
        "incubators" In Incubates "Entities that incubate the project."
        "origins" In Originates "Regions and parks from which the project originates."
        "returns" Out ReturnsTo "Entities to which the project returns proceeds."
    }
    Company {
        "projects" In CarriedBy "Projects that the company carries out."
        "investors" In InvestsIn "Entities that invest in the company."
        "investments" Out InvestsIn "Entities in which the company invests."
        "contributions" Out ContributesTo "Funds to which the company contributes."
        "grants" In Grants "Entities that grant the company money."
        "industries" Out InIndustry "Industries to which the company belongs."
        "technologySources" In TransfersTech "Entities that transfer technology to the company."
        "experts" In Serves "Experts who serve the company."
        "services" In ProvidesService "Entities that provide a service to the company."
        "hosts" Out HostedAt "Parks and universities at which the company is hosted."
        "origins" In Originates "Regions and parks from which the company originates."
        "scenarios" In OpensScenario "Entities that open a scenario to the company."
    }
    Organization {
        "operated" Out Operates "Entities that the organization operates."
        "programs" Out PartyTo "Programs and funds to which the organization is a party."
        "contributions" Out ContributesTo "Funds to which the organization contributes."
        "investments" Out InvestsIn "Entities in which the organization invests."
        "grants" Out Grants "Entities to which the organization grants money."
        "labs" Out CoBuilds to Lab "Labs that the organization co-builds."
        "coBuilt" Out CoBuilds "Labs, parks, facilities and funds that the organization co-builds."
        "services" Out ProvidesService "Entities to which the organization provides a service."
        "experts" In AffiliatedWith "Experts affiliated with the organization."
        "recognised" In RecognisedBy "Entities that the organization recognizes."
        "scenarios" Out OpensScenario "Entities to which the organization opens a scenario."
    }
    Program {
        "parties" In PartyTo "Parties to the program."
        "operators" In Operates "Entities that operate the program."
        "children" In PartOf "Programs that are part of it."
        "parents" Out PartOf "Programs of which it is a part."
        "experts" In Serves "Experts who serve in the program."
        "services" Out ProvidesService "Entities to which the program provides a service."
        "grants" Out Grants "Entities to which the program grants money."
        "vouchers" Out IssuesVoucher "Entities to which the program issues vouchers."
        "scenarios" Out OpensScenario "Entities to which the program opens a scenario."
        "recognised" In RecognisedBy "Entities that the program recognizes."
        "leveraged" Out Leverages "Entities that the program is claimed to have leveraged."
        "focuses" Out FocusesOn "Industries on which the program focuses."
        "addresses" Out Addresses "Problems and lessons that the program addresses."
    }
    Claim {
        "supports" In Supports "Entities that support the claim."
        "addressedBy" In Addresses "Programs that address the claim."
    }
}

/// The named connection of a field of a kind.
pub(super) fn find(kind: EntityKind, field: &str) -> Option<&'static NamedConnection> {
    ROWS.iter().find(|row| row.kind == kind && row.field == field)
}

/// The named connections of a kind as fields: `related` without the arguments that the name determines.
pub(super) fn fields(kind: EntityKind, common: &FieldMap) -> FieldMap {
    let Some(related) = common.get("related") else {
        return FieldMap::new();
    };
    let rows = ROWS.iter().filter(|row| row.kind == kind).map(|row| {
        let mut field = related.clone();
        field.name = row.field.to_string();
        field.description = Some(row.about.to_string());
        field
            .args
            .retain(|name, _| name != "filter" && name != "direction");
        (field.name.clone(), field)
    });
    rows.collect()
}

/// Resolves a named connection to a page.
pub(super) async fn resolve(
    row: &'static NamedConnection,
    record: &EntityAtDate,
    ctx: &Context<'_>,
) -> ServerResult<Value> {
    let args = PageArgs {
        first: ctx.param_value("first", None)?.1,
        after: ctx.param_value("after", None)?.1,
        last: ctx.param_value("last", None)?.1,
        before: ctx.param_value("before", None)?.1,
    };
    let entities = ctx.param_value::<Option<EntityFilter>>("entities", None)?.1;
    let page = page(row, record, ctx, entities, args).await;
    let page = page.map_err(|failure| ctx.set_error_path(failure.into_field_error(ctx.item.pos)))?;
    let below = ctx.with_selection_set(&ctx.item.node.selection_set);
    OutputType::resolve(&page, &below, ctx.item).await
}

async fn page(
    row: &NamedConnection,
    record: &EntityAtDate,
    ctx: &Context<'_>,
    entities: Option<EntityFilter>,
    args: PageArgs,
) -> Result<incident::RelatedConnection> {
    let requested = match entities {
        Some(entities) => Some(resolve_redirects(ctx, entities.parse()?).await?),
        None => None,
    };
    let of_kind = row.other.map(|kind| selector::EntityFilter {
        kinds: Some(vec![kind]),
        ..Default::default()
    });
    let other = match (of_kind, requested) {
        (Some(of_kind), Some(requested)) => Some(selector::EntityFilter {
            and: vec![requested],
            ..of_kind
        }),
        (one, other) => one.or(other),
    };
    let filter = RelationFilter {
        kinds: Some(vec![row.relation]),
        ..RelationFilter::default()
    };
    let query = IncidentQuery {
        filter,
        direction: row.direction,
        other,
        at: record.at,
        page: PageRequest::first(0),
    };
    incident::related(ctx, record, row.field, query, args).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_connection_can_hold_something() {
        for NamedConnection {
            kind,
            field,
            relation,
            direction,
            other,
            ..
        } in ROWS
        {
            let others = other.map_or(EntityKind::ALL.to_vec(), |other| vec![other]);
            let allowed = others.iter().any(|other| match direction {
                Direction::Out => relation.info().allows(*kind, *other),
                Direction::In => relation.info().allows(*other, *kind),
                Direction::Both => {
                    relation.info().allows(*kind, *other) || relation.info().allows(*other, *kind)
                }
            });
            assert!(allowed, "{kind}.{field}: the ontology allows no {relation} there");
        }
    }
}
