//! The rules of a walk: the relations that are walked, their direction, and why others are refused. Shared by the stores, which expand
//! a frontier, and the trace, which explains what was not walked.

use std::collections::{BTreeMap, BTreeSet};

use super::closed::closed_list;
use super::entity::ProjectStage;
use super::flow_direction::FlowDirection;
use super::id::EntityId;
use super::ontology::RelationKind;
pub use super::period::UndatedFacts;
use super::period::Validity;
use super::relation::{effective_flow, effective_resource};
use super::resource::Resource;
use super::selector::AsOf;
use super::statement::{EvidenceClass, EvidenceFilter};

closed_list! {
    Conversion ["资源转换", "Conversion"]
        ["资源能否沿途转换为另一种。", "Whether the resource may change along a path."]
    {
        None "NONE" ["不转换", "No conversion"] ["一条路径只承载一种资源。", "One resource along the whole path."],
        Any "ANY" ["允许转换", "Any conversion"] ["每一步都可以转换。", "Conversion of the resource allowed at any step."],
    }
}

closed_list! {
    TruncationReason ["答案不完整的原因", "Reason for truncation"]
        ["答案为何不完整。", "Reason why a response is incomplete."]
    {
        WorkLimit "WORK_LIMIT" ["访问的关系超过限额", "more relations than the budget allows"]
            ["访问的关系数超过限额。",
            "Limit on the number of relations visited."],
        TimeLimit "TIME_LIMIT" ["超过时限", "it took longer than the budget allows"]
            ["耗时超过限额。",
            "Limit on the time of the computation."],
        RowLimit "ROW_LIMIT" ["行数超过限额", "more rows than may be kept"] ["行数超过可保留的上限。", "Limit on the number of rows that can be kept."],
    }
}

/// Why a relation that leads out of an entity is not walked. If several reasons apply, the first in this order is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WalkRefusal {
    /// The query excludes it: by kind or evidence, or because the entity it leads to is excluded or fails the filter.
    Filtered,
    /// It, or the entity it leads to, is not valid at the time of the query.
    NotValid,
    /// Its direction is not stated.
    DirectionUnstated,
    /// Its resource is not stated.
    ResourceUnstated,
    /// It carries a resource that was not requested.
    OtherResource,
}

/// The rules of a walk for relations and entities.
#[derive(Default, Clone, Debug, PartialEq, Eq)]
pub struct WalkRules {
    /// The resources that are walked; none means all.
    pub resources: Option<BTreeSet<Resource>>,
    /// The kinds that are walked; none means all.
    pub kinds: Option<BTreeSet<RelationKind>>,
    /// The direction of a kind, instead of that of its relations.
    pub rules: BTreeMap<RelationKind, FlowDirection>,
    /// Whether it goes upstream: relations are walked against their direction, and the rules are reversed too.
    pub reversed: bool,
    /// Whether relations of unstated direction or resource are walked.
    pub include_unstated: bool,
    /// The time at which relations and entities must hold.
    pub at: AsOf,
    /// The evidence that relations and entities need.
    pub evidence: EvidenceFilter,
    /// The excluded entities.
    pub exclude: BTreeSet<EntityId>,
    /// The accepted project stages; projects without a stage pass.
    pub stages: Option<BTreeSet<ProjectStage>>,
}

/// The fields of a relation that the rules check.
#[derive(Clone, Copy, Debug)]
pub struct RelationFacts<'a> {
    /// Its kind.
    pub kind: RelationKind,
    /// The direction that it states.
    pub stated_flow: Option<FlowDirection>,
    /// The resource that it states.
    pub stated_resource: Option<Resource>,
    /// The period in which it holds.
    pub validity: Validity,
    /// Its evidence.
    pub evidence: &'a [EvidenceClass],
}

/// The fields of an entity that the rules check.
#[derive(Clone, Copy, Debug)]
pub struct EntityFacts<'a> {
    /// Its key.
    pub id: &'a EntityId,
    /// The stage of a project.
    pub stage: Option<ProjectStage>,
    /// The period in which it existed.
    pub validity: Validity,
    /// Its evidence.
    pub evidence: &'a [EvidenceClass],
}

impl WalkRules {
    /// The direction in which a relation is walked unless it is refused: by the rule for its kind, or else its own; reversed if the walk
    /// is. A kind that a rule excludes keeps its own direction here, and is refused as filtered.
    pub fn flow(&self, kind: RelationKind, stated: Option<FlowDirection>) -> FlowDirection {
        let flow = match self.rules.get(&kind) {
            Some(FlowDirection::None) | None => effective_flow(kind, stated),
            Some(rule) => *rule,
        };
        if self.reversed { flow.reversed() } else { flow }
    }

    /// Why a relation is not walked, by its own fields; none if it can be.
    pub fn refuse_relation(&self, facts: &RelationFacts<'_>) -> Option<WalkRefusal> {
        let RelationFacts {
            kind,
            stated_flow,
            stated_resource,
            validity,
            evidence,
        } = *facts;
        let ruled_out = self.rules.get(&kind) == Some(&FlowDirection::None);
        if ruled_out
            || self.kinds.as_ref().is_some_and(|kinds| !kinds.contains(&kind))
            || !self.evidence.passes(evidence)
        {
            return Some(WalkRefusal::Filtered);
        }
        if !validity.counts(self.at) {
            return Some(WalkRefusal::NotValid);
        }
        if self.flow(kind, stated_flow) == FlowDirection::Unstated && !self.include_unstated {
            return Some(WalkRefusal::DirectionUnstated);
        }
        if kind.info().is_carrier() {
            return None;
        }
        match (effective_resource(kind, stated_resource), &self.resources) {
            (None, _) if self.include_unstated => None,
            (None, _) => Some(WalkRefusal::ResourceUnstated),
            (Some(resource), Some(asked)) if !asked.contains(&resource) => Some(WalkRefusal::OtherResource),
            (Some(_), _) => None,
        }
    }

    /// Why an entity is not entered; none if it can be.
    pub fn refuse_entity(&self, facts: &EntityFacts<'_>) -> Option<WalkRefusal> {
        let stage_out = match (&self.stages, facts.stage) {
            (Some(stages), Some(stage)) => !stages.contains(&stage),
            _ => false,
        };
        if stage_out || self.exclude.contains(facts.id) || !self.evidence.passes(facts.evidence) {
            return Some(WalkRefusal::Filtered);
        }
        (!facts.validity.holds(self.at)).then_some(WalkRefusal::NotValid)
    }
}

/// Whether a flow leads out of the `from` end, and out of the `to` end. An unstated one can lead either way.
pub fn leads_out(flow: FlowDirection) -> (bool, bool) {
    match flow {
        FlowDirection::Forward => (true, false),
        FlowDirection::Backward => (false, true),
        FlowDirection::Both | FlowDirection::Unstated => (true, true),
        FlowDirection::None => (false, false),
    }
}
