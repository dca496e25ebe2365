//! The fields of `Query`, one file per group.

mod aggregate;
mod analysis;
mod changes;
mod flow;
mod indicators;
mod lists;
mod meta;
mod neighborhood;
mod node;
mod relations;
mod search;
mod trace;

use async_graphql::MergedObject;

/// The fields of `Query`.
#[derive(MergedObject, Default)]
#[graphql(name = "QueryFields")]
pub(super) struct QueryFields(
    node::NodeFields,
    lists::EntityFields,
    lists::KindFields,
    relations::RelationFields,
    search::SearchFields,
    aggregate::AggregateFields,
    neighborhood::NeighborhoodFields,
    trace::TraceFields,
    flow::FlowFields,
    analysis::AnalysisFields,
    indicators::IndicatorFields,
    changes::ChangeFields,
    meta::MetaFields,
);
