//! Named connections: relations of some kinds, one way, under a name that says what they are at a kind of entity.
//! One row each; the schema and the resolver follow.

use async_graphql::{Context, OutputType, ServerResult, Value};

use super::entity::Record;
use super::incident;
use super::kinds::Fields;
use crate::graphql::errors::Result;
use crate::graphql::inputs::filter::EntityFilter;
use crate::graphql::inputs::follow::follow;
use crate::graphql::inputs::page::PageArgs;
use crate::model::entity::EntityKind;
use crate::model::ontology::RelationKind;
use crate::model::page::PageRequest;
use crate::model::selector::{self, Direction, RelationFilter};
use crate::service::IncidentQuery;

/// A named connection.
pub(super) struct Named {
    kind: EntityKind,
    field: &'static str,
    relation: RelationKind,
    direction: Direction,
    /// Only these at the other end; none: any.
    other: Option<EntityKind>,
    about: &'static str,
}

macro_rules! named {
    ($($kind:ident { $($field:literal $direction:ident $relation:ident $(to $other:ident)? $about:literal)+ })+) => {
        const ROWS: &[Named] = &[$($(Named {
            kind: EntityKind::$kind, field: $field, relation: RelationKind::$relation, direction: Direction::$direction,
            other: named!(@other $($other)?), about: $about,
        }),+),+];
    };
    (@other) => { None };
    (@other $other:ident) => { Some(EntityKind::$other) };
}

named! {
    Region {
        "entities" In LocatedIn "What lies in it, without what lies in the regions below it."
        "children" In PartOf "The regions right below it."
        "parents" Out PartOf "The regions right above it."
        "governed" In GovernedBy "What it governs, wherever that lies."
        "originated" Out Originates "Firms and projects that came from it."
        "contributions" Out ContributesTo "Funds it put money into."
        "returns" In ReturnsTo "Who returned proceeds to it."
        "programs" Out PartyTo "Mechanisms and funds it is a party to."
        "coBuilt" Out CoBuilds "What it takes part in building."
        "talentSupplied" Out SuppliesTalent "Whom it supplies talent to."
    }
    Industry {
        "members" In InIndustry "What is in it."
        "children" In PartOf "The branches right below it."
        "parents" Out PartOf "The branches right above it."
        "focusedOnBy" In FocusesOn "Parks, funds and mechanisms that aim at it."
    }
    Park {
        "tenants" In HostedAt "What is at it."
        "incubated" Out Incubates "Projects and firms it incubates."
        "builders" In CoBuilds "Who took part in building it."
        "coBuilt" Out CoBuilds "What it takes part in building."
        "operators" In Operates "Who runs it."
        "operated" Out Operates "What it runs."
        "originated" Out Originates "Firms and projects that came from it."
        "programs" Out PartyTo "Mechanisms and funds it is a party to."
        "focuses" Out FocusesOn "The branches it aims at."
        "experts" In Serves "Experts who serve it."
    }
    University {
        "labs" Out CoBuilds to Lab "Labs it takes part in building."
        "coBuilt" Out CoBuilds "All that it takes part in building."
        "transfers" Out TransfersTech "Whom it transfers technology to."
        "talentSupplied" Out SuppliesTalent "Whom it supplies talent to."
        "services" Out ProvidesService "Whom it serves."
        "experts" In AffiliatedWith "Experts who work there."
        "tenants" In HostedAt "What is at it."
        "programs" Out PartyTo "Mechanisms and funds it is a party to."
    }
    Lab {
        "builders" In CoBuilds "Who took part in building it."
        "transfers" Out TransfersTech "Whom it transfers technology to."
        "talentSupplied" Out SuppliesTalent "Whom it supplies talent to."
        "services" Out ProvidesService "Whom it serves."
        "incubated" Out Incubates "Projects and firms it incubates."
        "investors" In InvestsIn "Who invested in it."
        "grants" In Grants "Who granted it money."
        "experts" In Serves "Experts who serve it."
        "hosts" Out HostedAt "Where it is."
        "operators" In Operates "Who runs it."
        "industries" Out InIndustry "The branches it is in."
    }
    Facility {
        "computeUsers" Out ProvidesCompute "Whom it gives computing to."
        "computeProviders" In ProvidesCompute "Who gives it computing."
        "services" Out ProvidesService "Whom it serves."
        "builders" In CoBuilds "Who took part in building it."
        "operators" In Operates "Who runs it."
        "children" In PartOf "The facilities it is made of."
        "parents" Out PartOf "The facilities it is part of."
    }
    Fund {
        "investments" Out InvestsIn "What it invested in."
        "contributions" In ContributesTo "Who put money into it."
        "investors" In InvestsIn "Who invested in it."
        "subFunds" Out ContributesTo "Funds it put money into."
        "grants" Out Grants "Whom it granted money."
        "returns" Out ReturnsTo "Whom it returned proceeds to."
        "proceeds" In ReturnsTo "Who returned proceeds to it."
        "leveraged" Out Leverages "What it is said to have brought about."
        "operators" In Operates "Who runs it."
        "parties" In PartyTo "Who is a party to it."
        "focuses" Out FocusesOn "The branches it aims at."
        "industries" Out InIndustry "The branches it is in."
    }
    Expert {
        "serves" Out Serves "Whom they serve."
        "affiliations" Out AffiliatedWith "Where they work."
        "talentSources" In SuppliesTalent "Who supplied them."
        "memberOf" Out MemberOf "The pools they are in."
        "members" In MemberOf "Named members of the pool."
    }
    Project {
        "investors" In InvestsIn "Who invested in it."
        "grants" In Grants "Who granted it money."
        "carriers" Out CarriedBy "The company that carries it."
        "industries" Out InIndustry "The branches it is in."
        "technologySources" In TransfersTech "Who transferred technology to it."
        "experts" In Serves "Experts who serve it."
        "services" In ProvidesService "Who provides a service to it."
        "incubators" In Incubates "Who incubates it."
        "origins" In Originates "Where it came from."
        "returns" Out ReturnsTo "Whom it returned proceeds to."
    }
    Company {
        "projects" In CarriedBy "Projects it carries."
        "investors" In InvestsIn "Who invested in it."
        "investments" Out InvestsIn "What it invested in."
        "contributions" Out ContributesTo "Funds it put money into."
        "grants" In Grants "Who granted it money."
        "industries" Out InIndustry "The branches it is in."
        "technologySources" In TransfersTech "Who transferred technology to it."
        "experts" In Serves "Experts who serve it."
        "services" In ProvidesService "Who provides a service to it."
        "hosts" Out HostedAt "Where it is."
        "origins" In Originates "Where it came from."
        "scenarios" In OpensScenario "Who opened a scenario to it."
    }
    Organization {
        "operated" Out Operates "What it runs."
        "programs" Out PartyTo "Mechanisms and funds it is a party to."
        "contributions" Out ContributesTo "Funds it put money into."
        "investments" Out InvestsIn "What it invested in."
        "grants" Out Grants "Whom it granted money."
        "labs" Out CoBuilds to Lab "Labs it takes part in building."
        "coBuilt" Out CoBuilds "All that it takes part in building."
        "services" Out ProvidesService "Whom it serves."
        "experts" In AffiliatedWith "Experts who work there."
        "recognised" In RecognisedBy "Whom it recognised."
        "scenarios" Out OpensScenario "Whom it opened a scenario to."
    }
    Program {
        "parties" In PartyTo "Who is a party to it."
        "operators" In Operates "Who runs it."
        "children" In PartOf "The mechanisms it is made of."
        "parents" Out PartOf "The mechanisms it is part of."
        "experts" In Serves "Experts who serve in it."
        "services" Out ProvidesService "Whom it serves."
        "grants" Out Grants "Whom it granted money."
        "vouchers" Out IssuesVoucher "Whom it issued vouchers to."
        "scenarios" Out OpensScenario "Whom it opened a scenario to."
        "recognised" In RecognisedBy "Whom it recognised."
        "leveraged" Out Leverages "What it is said to have brought about."
        "focuses" Out FocusesOn "The branches it aims at."
        "addresses" Out Addresses "The problems and lessons it answers."
    }
    Claim {
        "supports" In Supports "What speaks for it."
        "addressedBy" In Addresses "The mechanisms that answer it."
    }
}

/// The row of a field of a kind.
pub(super) fn find(kind: EntityKind, field: &str) -> Option<&'static Named> {
    ROWS.iter().find(|row| row.kind == kind && row.field == field)
}

/// The fields of a kind: `related` without the arguments that the name settles.
pub(super) fn fields(kind: EntityKind, common: &Fields) -> Fields {
    let Some(related) = common.get("related") else {
        return Fields::new();
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

/// A page of a named connection.
pub(super) async fn resolve(row: &'static Named, record: &Record, ctx: &Context<'_>) -> ServerResult<Value> {
    let args = PageArgs {
        first: ctx.param_value("first", None)?.1,
        after: ctx.param_value("after", None)?.1,
        last: ctx.param_value("last", None)?.1,
        before: ctx.param_value("before", None)?.1,
    };
    let entities = ctx.param_value::<Option<EntityFilter>>("entities", None)?.1;
    let page = page(row, record, ctx, entities, args).await;
    let page = page.map_err(|failure| ctx.set_error_path(failure.at(ctx.item.pos)))?;
    let below = ctx.with_selection_set(&ctx.item.node.selection_set);
    OutputType::resolve(&page, &below, ctx.item).await
}

async fn page(
    row: &Named,
    record: &Record,
    ctx: &Context<'_>,
    entities: Option<EntityFilter>,
    args: PageArgs,
) -> Result<incident::RelatedConnection> {
    let asked = match entities {
        Some(entities) => Some(follow(ctx, entities.parse()?).await?),
        None => None,
    };
    let of_kind = row.other.map(|kind| selector::EntityFilter {
        kinds: Some(vec![kind]),
        ..Default::default()
    });
    let other = match (of_kind, asked) {
        (Some(of_kind), Some(asked)) => Some(selector::EntityFilter {
            and: vec![asked],
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
        for Named {
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
