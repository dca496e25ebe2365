//! How a trace walks: which relations count, which way, and why one was refused. Shared by the stores, which expand
//! a frontier, and the trace, which explains what was not walked.

use std::collections::{BTreeMap, BTreeSet};

use super::closed::closed_list;
use super::entity::ProjectStage;
use super::id::EntityId;
use super::ontology::RelationKind;
pub use super::period::UndatedFacts;
use super::period::Validity;
use super::relation::{FlowDirection, Resource, effective_flow, effective_resource};
use super::selector::AsOf;
use super::statement::{EvidenceClass, EvidenceFilter};

closed_list! {
    Conversion ["资源转换", "Conversion"]
        ["资源能否沿途转换为另一种。", "Whether the resource may change along a path."]
    {
        None "NONE" ["不转换", "No conversion"] ["一条路径只承载一种资源。", "One path carries one resource."],
        Any "ANY" ["允许转换", "Any conversion"] ["每一步都可以转换。", "The resource may change at any step."],
    }
}

closed_list! {
    TruncationReason ["答案不完整的原因", "Reason for truncation"]
        ["答案为何不完整。", "Why an answer is incomplete."]
    {
        WorkLimit "WORK_LIMIT" ["访问的关系超过限额", "more relations than the budget allows"]
            ["访问的关系数超过限额。",
            "More relations were visited than the budget allows."],
        TimeLimit "TIME_LIMIT" ["超过时限", "it took longer than the budget allows"]
            ["耗时超过限额。",
            "It took longer than the budget allows."],
        RowLimit "ROW_LIMIT" ["行数超过限额", "more rows than may be kept"] ["行数超过可保留的上限。", "More rows than may be kept."],
    }
}

/// Why a relation that would lead out of an entity is not walked. Where several hold, the first in this order is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Refusal {
    /// The question leaves it out: by kind, by evidence, or the entity it leads to is excluded or fails the filter.
    Filtered,
    /// It, or the entity it leads to, is not valid at the date asked.
    NotValid,
    /// Which way it carries is not stated.
    DirectionUnstated,
    /// What it carries is not stated.
    ResourceUnstated,
    /// It carries something that was not asked for.
    OtherResource,
}

/// What a walk asks of each relation and entity.
#[derive(Default, Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    /// What may flow; none: anything.
    pub resources: Option<BTreeSet<Resource>>,
    /// Only these kinds; none: any.
    pub kinds: Option<BTreeSet<RelationKind>>,
    /// Which way a kind is walked, in place of its relations' own flow.
    pub rules: BTreeMap<RelationKind, FlowDirection>,
    /// Whether it goes upstream: each relation against the way it carries, the rules turned round too.
    pub reversed: bool,
    /// Whether relations of unstated direction or resource are walked.
    pub include_unstated: bool,
    /// When relations must hold, and the entities they lead to.
    pub at: AsOf,
    /// What evidence relations and entities need.
    pub evidence: EvidenceFilter,
    /// Entities left out.
    pub exclude: BTreeSet<EntityId>,
    /// Projects at other stages are left out; those without a stage pass.
    pub stages: Option<BTreeSet<ProjectStage>>,
}

/// What a walk looks at in a relation.
#[derive(Clone, Copy, Debug)]
pub struct RelationFacts<'a> {
    /// Its kind.
    pub kind: RelationKind,
    /// Its own word on the direction.
    pub stated_flow: Option<FlowDirection>,
    /// Its own word on the resource.
    pub stated_resource: Option<Resource>,
    /// When it held.
    pub validity: Validity,
    /// What supports it.
    pub evidence: &'a [EvidenceClass],
}

/// What a walk looks at in an entity.
#[derive(Clone, Copy, Debug)]
pub struct EntityFacts<'a> {
    /// Its key.
    pub id: &'a EntityId,
    /// Its stage, where it is a project that has one.
    pub stage: Option<ProjectStage>,
    /// When it was.
    pub validity: Validity,
    /// What supports it.
    pub evidence: &'a [EvidenceClass],
}

impl Walk {
    /// Which way a relation is walked if nothing refuses it: the caller's rule, else its own flow; the other way round where
    /// the walk is reversed.
    /// A kind that the caller rules out keeps its own flow here, and is refused as filtered.
    pub fn flow(&self, kind: RelationKind, stated: Option<FlowDirection>) -> FlowDirection {
        let flow = match self.rules.get(&kind) {
            Some(FlowDirection::None) | None => effective_flow(kind, stated),
            Some(rule) => *rule,
        };
        if self.reversed { flow.reversed() } else { flow }
    }

    /// Why a relation is not walked, as far as it alone decides; none: it may be.
    pub fn refuse_relation(&self, facts: &RelationFacts<'_>) -> Option<Refusal> {
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
            return Some(Refusal::Filtered);
        }
        if !validity.counts(self.at) {
            return Some(Refusal::NotValid);
        }
        if self.flow(kind, stated_flow) == FlowDirection::Unstated && !self.include_unstated {
            return Some(Refusal::DirectionUnstated);
        }
        if kind.info().is_carrier() {
            return None;
        }
        match (effective_resource(kind, stated_resource), &self.resources) {
            (None, _) if self.include_unstated => None,
            (None, _) => Some(Refusal::ResourceUnstated),
            (Some(resource), Some(asked)) if !asked.contains(&resource) => Some(Refusal::OtherResource),
            (Some(_), _) => None,
        }
    }

    /// Why an entity is not entered; none: it may be.
    pub fn refuse_entity(&self, facts: &EntityFacts<'_>) -> Option<Refusal> {
        let stage_out = match (&self.stages, facts.stage) {
            (Some(stages), Some(stage)) => !stages.contains(&stage),
            _ => false,
        };
        if stage_out || self.exclude.contains(facts.id) || !self.evidence.passes(facts.evidence) {
            return Some(Refusal::Filtered);
        }
        (!facts.validity.holds(self.at)).then_some(Refusal::NotValid)
    }
}

/// Whether a flow leads out of the `from` end, and out of the `to` end. What is unstated may lead either way.
pub fn leads_out(flow: FlowDirection) -> (bool, bool) {
    match flow {
        FlowDirection::Forward => (true, false),
        FlowDirection::Backward => (false, true),
        FlowDirection::Both | FlowDirection::Unstated => (true, true),
        FlowDirection::None => (false, false),
    }
}
