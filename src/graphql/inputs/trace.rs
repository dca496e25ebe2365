//! The question of a trace: selectors, and what is walked.

use async_graphql::{ID, InputObject};

use super::filter::{EvidenceFilter, ids_opt, in_region};
use crate::graphql::errors::{Failure, Result};
use crate::graphql::scalars::Date;
use crate::model::entity::{EntityKind, ProgramFamily, ProjectStage};
use crate::model::id::EntityId;
use crate::model::ontology::RelationKind;
use crate::model::relation::{FlowDirection, Resource};
use crate::model::selector::{self, RegionRole};
use crate::model::walk::{Conversion, UndatedFacts, Walk};
use crate::service::{self, TraceMode};

/// Picks entities. Fields are joined by AND, the values of one field by OR. `{}` is refused.
///
/// An Industry has no region: picked with one, it means the part of that industry there, entered only from an entity of
/// the region and left only to one. A region alone picks no Industry.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct Selector {
    /// These entities; an unknown id is refused.
    ids: Option<Vec<ID>>,
    /// Of these kinds.
    kinds: Option<Vec<EntityKind>>,
    /// In this region or one below it. An unknown id is refused.
    region_id: Option<ID>,
    /// In which sense they are of the region.
    #[graphql(default_with = "Some(RegionRole::Located)")]
    region_role: Option<RegionRole>,
    /// With one of these tags.
    tags: Option<Vec<String>>,
    /// Programmes of these families.
    families: Option<Vec<ProgramFamily>>,
}

impl Selector {
    fn parse(self, name: &str) -> Result<selector::Selector> {
        let ids = ids_opt(&format!("{name}.ids"), self.ids.as_ref(), EntityId::parse)?;
        let region = in_region(self.region_id.as_ref(), self.region_role)?;
        Ok(selector::Selector {
            ids,
            kinds: self.kinds,
            region,
            tags: self.tags,
            families: self.families,
        })
    }
}

/// Which way a kind of relation is walked, in place of its relations' own flow; NONE leaves the kind out.
#[derive(InputObject, Clone, Copy, Debug)]
pub(in crate::graphql) struct KindRule {
    /// The kind.
    kind: RelationKind,
    /// Which way.
    walk: FlowDirection,
}

/// From where to where, and by which ways.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct TraceInput {
    /// Where paths begin.
    from: Selector,
    /// Where they end.
    to: Selector,
    /// Each is met by some intermediate entity, in any order. At most 8.
    through: Option<Vec<Selector>>,
    /// Entities left out; an unknown id is refused.
    exclude: Option<Vec<ID>>,
    /// What may flow; not given: anything. One path carries one resource.
    resources: Option<Vec<Resource>>,
    /// Only relations of these kinds.
    relation_kinds: Option<Vec<RelationKind>>,
    /// Which way some kinds are walked.
    kind_rules: Option<Vec<KindRule>>,
    /// Projects at other stages are left out, anywhere on a path; those without a stage pass.
    stages: Option<Vec<ProjectStage>>,
    /// What evidence relations and entities need; assertions not given are STATED, IMPLIED, COMPUTED.
    evidence: Option<EvidenceFilter>,
    /// Valid on that day; not given: all time.
    as_of: Option<Date>,
    /// Whether relations without a date count when a day is given.
    #[graphql(default_with = "Some(UndatedFacts::Include)")]
    undated: Option<UndatedFacts>,
    /// Whether relations are walked whose direction (either way) or resource (fits any) is not stated.
    #[graphql(default_with = "Some(false)")]
    include_unstated: Option<bool>,
    /// Whether the resource may change along a path.
    #[graphql(default_with = "Some(Conversion::None)")]
    conversion: Option<Conversion>,
    /// Whether a source may be passed on the way.
    #[graphql(default_with = "Some(false)")]
    pass_sources: Option<bool>,
    /// Whether a target may be passed on the way.
    #[graphql(default_with = "Some(false)")]
    pass_targets: Option<bool>,
    /// The most relations on a path, 1 to 12.
    #[graphql(default_with = "Some(6)")]
    max_length: Option<i32>,
    /// Which paths are kept.
    #[graphql(default_with = "Some(TraceMode::All)")]
    mode: Option<TraceMode>,
}

impl TraceInput {
    pub(in crate::graphql) fn parse(self) -> Result<service::TraceInput> {
        let given = self.max_length.unwrap_or(6);
        let max_length = u32::try_from(given)
            .map_err(|_| Failure::input(format!("`maxLength: {given}` is out of range: 1 to 12")))?;
        let through = self
            .through
            .unwrap_or_default()
            .into_iter()
            .map(|selector| selector.parse("through"));
        let rules = self.kind_rules.unwrap_or_default();
        let walk = Walk {
            resources: self.resources.map(|some| some.into_iter().collect()),
            kinds: self.relation_kinds.map(|some| some.into_iter().collect()),
            rules: rules.iter().map(|rule| (rule.kind, rule.walk)).collect(),
            include_unstated: self.include_unstated.unwrap_or(false),
            at: self.as_of.map(|date| date.0),
            undated: self.undated.unwrap_or(UndatedFacts::Include),
            evidence: self
                .evidence
                .map(EvidenceFilter::of_a_trace)
                .transpose()?
                .unwrap_or_default(),
            exclude: ids_opt("exclude", self.exclude.as_ref(), EntityId::parse)?
                .unwrap_or_default()
                .into_iter()
                .collect(),
            stages: self.stages.map(|some| some.into_iter().collect()),
        };
        if walk.rules.len() < rules.len() {
            return Err(Failure::input("kindRules: a kind has two rules; give it one"));
        }
        Ok(service::TraceInput {
            from: self.from.parse("from")?,
            to: self.to.parse("to")?,
            through: through.collect::<Result<_>>()?,
            walk,
            conversion: self.conversion.unwrap_or(Conversion::None),
            pass_sources: self.pass_sources.unwrap_or(false),
            pass_targets: self.pass_targets.unwrap_or(false),
            max_length,
            mode: self.mode.unwrap_or(TraceMode::All),
        })
    }
}
