//! The input of a trace.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::{ID, InputObject};

use super::filter::{EvidenceFilter, parse_optional_ids};
use super::selector::Selector;
use super::time::{DateRange, time_filter};
use crate::graphql::errors::{Failure, Result};
use crate::graphql::scalars::Date;
use crate::model::entity::ProjectStage;
use crate::model::flow_direction::FlowDirection;
use crate::model::id::EntityId;
use crate::model::ontology::RelationKind;
use crate::model::resource::Resource;
use crate::model::selector::AsOf;
use crate::model::walk::{Conversion, UndatedFacts, WalkRules};
use crate::service::{self, TraceMode};

/// A trace: a search for the paths along which resources reach some entities from others.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct TraceInput {
    /// Entities at which paths begin.
    from: Selector,
    /// Entities at which paths end.
    to: Selector,
    /// Selectors, each of which some entity between the ends must match, in any order.
    through: Option<Vec<Selector>>,
    /// Ids of entities to leave out.
    exclude: Option<Vec<ID>>,
    /// Resources that may flow. Default: any.
    resources: Option<Vec<Resource>>,
    /// Relation kinds to follow. Default: every kind that carries a resource.
    relation_kinds: Option<Vec<RelationKind>>,
    /// Directions in which relations of some kinds are followed, in place of the flow of the relations
    /// themselves.
    kind_rules: Option<Vec<KindRule>>,
    /// Stages that projects must be at; a project without a stage passes.
    stages: Option<Vec<ProjectStage>>,
    /// Evidence that each relation and entity needs. Default: STATED, IMPLIED or COMPUTED, of any reliability
    /// and from any source.
    evidence: Option<EvidenceFilter>,
    /// Day on which facts must hold; an incomplete date such as `2023` means its last day. Default: any time.
    /// A stock or cumulative amount that is stated only of later days is unknown: see
    /// `Quantity.unknownReason`.
    as_of: Option<Date>,
    /// Period in which facts must hold on at least one day. With `asOf`, they must hold on that day too.
    during: Option<DateRange>,
    /// Whether relations without a date count; applies only with `asOf` or `during`.
    #[graphql(default_with = "Some(UndatedFacts::Include)")]
    undated: Option<UndatedFacts>,
    /// Whether to follow relations whose direction or resource is not stated.
    #[graphql(default_with = "Some(false)")]
    include_unstated: Option<bool>,
    /// Changes of resource that are permitted along a path.
    #[graphql(default_with = "Some(Conversion::None)")]
    conversion: Option<Conversion>,
    /// Whether a path may pass through an entity of `from`.
    #[graphql(default_with = "Some(false)")]
    pass_sources: Option<bool>,
    /// Whether a path may pass through an entity of `to`.
    #[graphql(default_with = "Some(false)")]
    pass_targets: Option<bool>,
    /// Maximum number of relations on a path, 1–12.
    #[graphql(default_with = "Some(6)")]
    max_length: Option<i32>,
    /// Paths to return.
    #[graphql(default_with = "Some(TraceMode::All)")]
    mode: Option<TraceMode>,
}

/// The direction in which relations of one kind are followed.
#[derive(InputObject, Clone, Copy, Debug)]
pub(in crate::graphql) struct KindRule {
    /// Relation kind.
    kind: RelationKind,
    /// Direction; NONE leaves the kind out.
    walk: FlowDirection,
}

impl TraceInput {
    /// The time at which relations must hold.
    pub(in crate::graphql) fn as_of(&self) -> Result<AsOf> {
        time_filter(self.as_of, self.during, self.undated)
    }

    pub(in crate::graphql) fn parse(self) -> Result<service::TraceInput> {
        let length = self.max_length.unwrap_or(6);
        let max_length = u32::try_from(length);
        let through = self.through.clone().unwrap_or_default();
        Ok(service::TraceInput {
            from: self.from.clone().parse("from")?,
            to: self.to.clone().parse("to")?,
            through: through
                .into_iter()
                .map(|selector| selector.parse("through"))
                .collect::<Result<_>>()?,
            conversion: self.conversion.unwrap_or(Conversion::None),
            pass_sources: self.pass_sources.unwrap_or(false),
            pass_targets: self.pass_targets.unwrap_or(false),
            max_length: max_length.map_err(|_| {
                Failure::input(format!("maxLength: {length} is out of range (expected 1 to 12)"))
            })?,
            mode: self.mode.unwrap_or(TraceMode::All),
            walk: self.walk()?,
        })
    }

    fn walk(self) -> Result<WalkRules> {
        let at = self.as_of()?;
        let mut rules = BTreeMap::new();
        for KindRule { kind, walk } in self.kind_rules.into_iter().flatten() {
            if rules.insert(kind, walk).is_some_and(|before| before != walk) {
                return Err(Failure::input(format!(
                    "kindRules: {kind} has two different rules; keep one of them"
                )));
            }
        }
        Ok(WalkRules {
            resources: self.resources.map(BTreeSet::from_iter),
            kinds: self.relation_kinds.map(BTreeSet::from_iter),
            rules,
            reversed: false,
            include_unstated: self.include_unstated.unwrap_or(false),
            at,
            evidence: self.evidence.unwrap_or_default().for_trace()?,
            exclude: parse_optional_ids("exclude", self.exclude.as_ref(), EntityId::parse)?
                .unwrap_or_default()
                .into_iter()
                .collect(),
            stages: self.stages.map(BTreeSet::from_iter),
        })
    }
}
