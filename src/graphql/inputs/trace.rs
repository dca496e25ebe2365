//! What a trace is asked.

use std::collections::{BTreeMap, BTreeSet};

use async_graphql::{ID, InputObject};

use super::filter::{EvidenceFilter, ids_opt};
use super::selector::Selector;
use super::time::{DateRange, when};
use crate::graphql::errors::{Failure, Result};
use crate::graphql::scalars::Date;
use crate::model::entity::ProjectStage;
use crate::model::id::EntityId;
use crate::model::ontology::RelationKind;
use crate::model::relation::{FlowDirection, Resource};
use crate::model::selector::AsOf;
use crate::model::walk::{Conversion, UndatedFacts, Walk};
use crate::service::{self, TraceMode};

/// Along which paths resources reach some entities from others.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct TraceInput {
    /// Where paths begin.
    from: Selector,
    /// Where they end.
    to: Selector,
    /// Each is met by some entity between the ends, in any order.
    through: Option<Vec<Selector>>,
    /// Entities left out.
    exclude: Option<Vec<ID>>,
    /// What may flow; not given: anything.
    resources: Option<Vec<Resource>>,
    /// Only these kinds of relation; not given: any that carry.
    relation_kinds: Option<Vec<RelationKind>>,
    /// Which way kinds are walked, in place of their relations' own flow.
    kind_rules: Option<Vec<KindRule>>,
    /// Keeps out projects at other stages; those without a stage pass.
    stages: Option<Vec<ProjectStage>>,
    /// What supports each relation and entity. Not given: STATED, IMPLIED or COMPUTED, by anyone.
    evidence: Option<EvidenceFilter>,
    /// Valid on that day; less than a day, as `2023`, means its last. Not given: at any time. A stock or cumulative amount that is stated
    /// of later days only is not known then: `Quantity.unknownReason`.
    as_of: Option<Date>,
    /// Valid on some day of it; with `asOf`, on that day too.
    during: Option<DateRange>,
    /// Whether relations without a date count; says something only with `asOf` or `during`.
    #[graphql(default_with = "Some(UndatedFacts::Include)")]
    undated: Option<UndatedFacts>,
    /// Whether relations whose direction or resource is not stated are walked.
    #[graphql(default_with = "Some(false)")]
    include_unstated: Option<bool>,
    /// Whether the resource may change along a path.
    #[graphql(default_with = "Some(Conversion::None)")]
    conversion: Option<Conversion>,
    /// Whether a path may pass an entity of `from`.
    #[graphql(default_with = "Some(false)")]
    pass_sources: Option<bool>,
    /// Whether a path may pass an entity of `to`.
    #[graphql(default_with = "Some(false)")]
    pass_targets: Option<bool>,
    /// The most relations on a path, 1 to 12.
    #[graphql(default_with = "Some(6)")]
    max_length: Option<i32>,
    /// Which paths are kept.
    #[graphql(default_with = "Some(TraceMode::All)")]
    mode: Option<TraceMode>,
}

/// Which way a kind of relation is walked.
#[derive(InputObject, Clone, Copy, Debug)]
pub(in crate::graphql) struct KindRule {
    /// The kind.
    kind: RelationKind,
    /// Which way; NONE leaves the kind out.
    walk: FlowDirection,
}

impl TraceInput {
    /// When relations must hold.
    pub(in crate::graphql) fn as_of(&self) -> Result<AsOf> {
        when(self.as_of, self.during, self.undated)
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
            max_length: max_length
                .map_err(|_| Failure::input(format!("maxLength is {length}: give 1 to 12")))?,
            mode: self.mode.unwrap_or(TraceMode::All),
            walk: self.walk()?,
        })
    }

    fn walk(self) -> Result<Walk> {
        let at = self.as_of()?;
        let mut rules = BTreeMap::new();
        for KindRule { kind, walk } in self.kind_rules.into_iter().flatten() {
            if rules.insert(kind, walk).is_some_and(|before| before != walk) {
                return Err(Failure::input(format!(
                    "kindRules: {kind} has two different rules: keep one"
                )));
            }
        }
        Ok(Walk {
            resources: self.resources.map(BTreeSet::from_iter),
            kinds: self.relation_kinds.map(BTreeSet::from_iter),
            rules,
            reversed: false,
            include_unstated: self.include_unstated.unwrap_or(false),
            at,
            evidence: self.evidence.unwrap_or_default().of_a_trace()?,
            exclude: ids_opt("exclude", self.exclude.as_ref(), EntityId::parse)?
                .unwrap_or_default()
                .into_iter()
                .collect(),
            stages: self.stages.map(BTreeSet::from_iter),
        })
    }
}
