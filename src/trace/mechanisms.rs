//! The ledger: what stands behind each programme, and how much of it is stated.
//!
//! Pure: the facts are collected before. A relation under several programmes counts in the row of each, so that rows
//! are read one by one and never added up.

use std::collections::{BTreeMap, BTreeSet};

use super::PathCount;
use super::amounts::quantities;
use super::members::{CountInterval, Member, count_members};
use crate::model::entity::{EntityKind, SharedEntity};
use crate::model::id::{EntityId, RelationId, RuleId};
use crate::model::quantity::{Quantity, QuantityStatus};
use crate::model::record::Rule;
use crate::model::relation::{Driver, FlowDirection, Relation, Resource};
use crate::model::statement::{Assertion, Evidence, EvidenceFilter, Reliability};

/// What the rows of a ledger rest on, beside their relations.
#[derive(Clone, Debug, Default)]
pub struct LedgerFacts {
    /// What supports each relation.
    pub evidence: BTreeMap<RelationId, Evidence>,
    /// Which of it counts.
    pub filter: EvidenceFilter,
    /// The entities at the ends.
    pub entities: BTreeMap<EntityId, SharedEntity>,
    /// Those of them that lie in a region, and the regions.
    pub placed: BTreeSet<EntityId>,
    /// Those of them that have an industry.
    pub classified: BTreeSet<EntityId>,
    /// Parts and the wholes they lie in, by `SUBSET_OF` or `MEMBER_OF`.
    pub within: BTreeSet<(EntityId, EntityId)>,
    /// The rules of the programmes, and of the programmes and funds at the ends.
    pub rules: Vec<Rule>,
    /// The relations that arrive at a dead end.
    pub arriving: BTreeSet<RelationId>,
}

/// One row of the ledger.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an answer of its own, and any may go with any"
)]
pub struct MechanismRow {
    /// The programme; none: what falls under no programme.
    pub program: Option<EntityId>,
    /// Its relations, by id.
    pub relations: Vec<RelationId>,
    /// What they carry, as far as it is stated.
    pub resources: Vec<Resource>,
    /// How many paths of the trace use at least one of them.
    pub path_count: PathCount,
    /// How many entities of each kind stand at their ends, cohorts by size.
    pub members: Vec<(EntityKind, CountInterval)>,
    /// Amounts that were realised: one for each resource and unit, in that order.
    pub realised: Vec<Quantity>,
    /// Amounts that were promised, likewise.
    pub promised: Vec<Quantity>,
    /// Amounts that are claimed as effects, likewise.
    pub claimed: Vec<Quantity>,
    /// Whether it is stated where everything comes from: see [`row`].
    pub origin_stated: bool,
    /// Whether it is stated which way everything goes: see [`row`].
    pub direction_stated: bool,
    /// Whether it is stated which industries are concerned: see [`row`].
    pub industry_stated: bool,
    /// How many of the relations have no date.
    pub undated: usize,
    /// What drives them, each once; what is not stated among them.
    pub drivers: Vec<Driver>,
    /// How many statements support them, of those that count.
    pub statements: Vec<StatementCount>,
    /// The rules of the programme, and of the programmes and funds at their ends, by id.
    pub rules: Vec<RuleId>,
    /// Whether one of them arrives at a dead end.
    pub ends_dead: bool,
}

/// How many statements say it so and can be relied on so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatementCount {
    /// How it is said.
    pub assertion: Assertion,
    /// How far it can be relied on.
    pub reliability: Reliability,
    /// How many.
    pub count: usize,
}

/// The relations of each programme, by its id; last those under none, where there are any. Structure is in no row.
pub fn by_program(relations: &[Relation]) -> Vec<(Option<EntityId>, Vec<&Relation>)> {
    let mut rows: BTreeMap<&EntityId, Vec<&Relation>> = BTreeMap::new();
    let mut under_none = Vec::new();
    for relation in relations
        .iter()
        .filter(|relation| !relation.kind.info().structure)
    {
        relation
            .under
            .iter()
            .for_each(|program| rows.entry(program).or_default().push(relation));
        if relation.under.is_empty() {
            under_none.push(relation);
        }
    }
    let rows = rows
        .into_iter()
        .map(|(program, relations)| (Some(program.clone()), relations));
    rows.chain((!under_none.is_empty()).then_some((None, under_none)))
        .collect()
}

/// One row, of relations that are each given once.
///
/// What is stated is said of the relations that carry a resource of their own: not of carriers, which pass on what came
/// in, nor of what carries nothing. Where there is none, nothing is stated.
/// - **Origin**: the end each comes from (for BOTH, both ends) lies in a region. UNSTATED comes from nowhere known.
/// - **Direction**: none is UNSTATED, and none is BOTH, for then the split between the two ways is not stated.
/// - **Industry**: there is a Project or Company at an end of the row's relations, and each of them has an industry.
pub fn row(
    program: Option<EntityId>,
    relations: &[&Relation],
    facts: &LedgerFacts,
    path_count: PathCount,
) -> MechanismRow {
    let ends: BTreeSet<&EntityId> = relations
        .iter()
        .flat_map(|relation| [&relation.from, &relation.to])
        .collect();
    let carrying: Vec<&Relation> = relations
        .iter()
        .copied()
        .filter(|relation| carries_its_own(relation))
        .collect();
    let origins_placed = |relation: &&Relation| {
        let mut origins = origins(relation).into_iter().peekable();
        origins.peek().is_some() && origins.all(|origin| facts.placed.contains(origin))
    };
    let is_one_way =
        |relation: &&Relation| matches!(relation.flow(), FlowDirection::Forward | FlowDirection::Backward);
    let mut placed_in_industry = ends
        .iter()
        .filter(|id| matches!(id.kind(), EntityKind::Project | EntityKind::Company))
        .peekable();
    let quantities = quantities(relations);
    let of = |status| {
        quantities
            .iter()
            .filter(|((s, ..), _)| *s == status)
            .map(|(_, sum)| sum.clone())
            .collect()
    };
    MechanismRow {
        relations: relations.iter().map(|relation| relation.id.clone()).collect(),
        resources: relations
            .iter()
            .filter_map(|r| r.resource())
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect(),
        path_count,
        members: members(&ends, facts),
        realised: of(QuantityStatus::Realised),
        promised: of(QuantityStatus::Promised),
        claimed: of(QuantityStatus::Claimed),
        origin_stated: !carrying.is_empty() && carrying.iter().all(origins_placed),
        direction_stated: !carrying.is_empty() && carrying.iter().all(is_one_way),
        industry_stated: placed_in_industry.peek().is_some()
            && placed_in_industry.all(|id| facts.classified.contains(*id)),
        undated: relations
            .iter()
            .filter(|relation| relation.validity.is_undated())
            .count(),
        drivers: relations
            .iter()
            .map(|r| r.driver)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect(),
        statements: statements(relations, facts),
        rules: rules(program.as_ref(), &ends, &facts.rules),
        ends_dead: relations
            .iter()
            .any(|relation| facts.arriving.contains(&relation.id)),
        program,
    }
}

fn carries_its_own(relation: &Relation) -> bool {
    let info = relation.kind.info();
    info.can_carry() && !info.is_carrier() && relation.flow() != FlowDirection::None
}

fn origins(relation: &Relation) -> Vec<&EntityId> {
    match relation.flow() {
        FlowDirection::Forward => vec![&relation.from],
        FlowDirection::Backward => vec![&relation.to],
        FlowDirection::Both => vec![&relation.from, &relation.to],
        FlowDirection::Unstated | FlowDirection::None => Vec::new(),
    }
}

fn members(ends: &BTreeSet<&EntityId>, facts: &LedgerFacts) -> Vec<(EntityKind, CountInterval)> {
    let mut kinds: BTreeMap<EntityKind, Vec<Member<'_>>> = BTreeMap::new();
    for id in ends {
        let size = facts.entities.get(*id).and_then(|entity| entity.size.as_ref());
        kinds.entry(id.kind()).or_default().push(Member { id, size });
    }
    kinds
        .into_iter()
        .map(|(kind, members)| (kind, count_members(members, &facts.within)))
        .collect()
}

fn statements(relations: &[&Relation], facts: &LedgerFacts) -> Vec<StatementCount> {
    let mut counts: BTreeMap<(Assertion, Reliability), usize> = BTreeMap::new();
    let evidence = relations
        .iter()
        .filter_map(|relation| facts.evidence.get(&relation.id));
    for class in evidence
        .flat_map(|evidence| evidence.iter())
        .filter(|class| facts.filter.accepts(class))
    {
        *counts.entry((class.assertion, class.reliability)).or_default() += 1;
    }
    let count = |((assertion, reliability), count)| StatementCount {
        assertion,
        reliability,
        count,
    };
    counts.into_iter().map(count).collect()
}

fn rules(program: Option<&EntityId>, ends: &BTreeSet<&EntityId>, rules: &[Rule]) -> Vec<RuleId> {
    let bears = |rule: &&Rule| program == Some(&rule.bearer) || ends.contains(&rule.bearer);
    let ids: BTreeSet<&RuleId> = rules.iter().filter(bears).map(|rule| &rule.id).collect();
    ids.into_iter().cloned().collect()
}

#[cfg(test)]
#[path = "mechanisms_tests.rs"]
mod tests;
