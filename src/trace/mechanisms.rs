//! The ledger: what stands behind each programme, how much of it goes from here to there, and how much of that is stated.
//!
//! Pure: the facts are collected before. A relation under several programmes counts in the row of each, so that rows
//! are read one by one and never added up.

use std::collections::{BTreeMap, BTreeSet};

use super::PathCount;
use super::figures::{CountedRelation, Figure, StatedTotal, figures, keys_of};
pub use super::group::{ProgramGroup, groups};
use super::group::{by_id, carries_its_own};
use super::members::{CountInterval, Member, count_members};
use super::ways::{EndStanding, Ways};
use crate::model::budget::WorkBudget;
use crate::model::closed::closed_list;
use crate::model::entity::{EntityKind, SharedEntity};
use crate::model::id::{EntityId, RelationId, RuleId};
use crate::model::job::Paced as _;
use crate::model::quantity::{Quantity, QuantityStatus};
use crate::model::record::{Observation, Rule};
use crate::model::relation::{Driver, FlowDirection, Relation, Resource};
use crate::model::statement::{Assertion, Evidence, Reliability};
use crate::model::walk::Walk;

closed_list! {
    NothingCounted ["未计数的原因", "Reason for counting nothing"]
        ["一项机制为何没有关系被计入。", "Why no relation of a program counts in the ledger."]
    {
        Elsewhere "ELSEWHERE" ["均来自或去往别处", "all of it elsewhere"]
            ["其关系所带的一切都来自别处或去往别处。",
            "All that its relations carry comes from elsewhere or goes elsewhere."],
        NeitherStated "NEITHER_STATED" ["来去均未说明", "neither end stated"]
            ["来源与去向都未说明，机制与两端也都没有联系。",
            "Neither origin nor destination is stated, and the program is not tied to either side."],
        NothingCarried "NOTHING_CARRIED" ["未记载资源流动", "carries nothing on record"]
            ["其关系都不带资源。",
            "None of its relations carries anything."],
    }
}

/// What the rows of a ledger rest on, beside their relations.
#[derive(Clone, Debug, Default)]
pub struct LedgerFacts {
    /// What supports each relation.
    pub evidence: BTreeMap<RelationId, Evidence>,
    /// The question: which way relations carry, and which evidence counts.
    pub walk: Walk,
    /// The entities at the ends, and the programmes.
    pub entities: BTreeMap<EntityId, SharedEntity>,
    /// Those of them that are among the sources or targets, or in a region that a selector names.
    pub touching: BTreeSet<EntityId>,
    /// The programmes that may have a row though no relation is under them.
    pub programs: BTreeSet<EntityId>,
    /// Those that themselves are tied to the sources or targets.
    pub tied: BTreeSet<EntityId>,
    /// The funds and programmes whose own statements pass.
    pub supported: BTreeSet<EntityId>,
    /// The observations of programmes and funds that count.
    pub observations: Vec<Observation>,
    /// The entities that have an industry.
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
    /// Its relations that count, and those that carry nothing, by id.
    pub relations: Vec<RelationId>,
    /// What they carry, as far as it is stated.
    pub resources: Vec<Resource>,
    /// How many paths of the trace use at least one of them.
    pub path_count: PathCount,
    /// How many entities of each kind stand at their ends, cohorts by size.
    pub members: Vec<(EntityKind, CountInterval)>,
    /// What the amounts come to.
    pub figures: Vec<Figure>,
    /// Whether the programme itself is tied to the sources or targets.
    pub tied: bool,
    /// What comes from elsewhere or goes elsewhere.
    pub elsewhere: Elsewhere,
    /// Relations of which neither end is stated, where the programme is not tied. By id.
    pub not_tied: Vec<RelationId>,
    /// Why none of its relations counts, where that is so.
    pub reason: Option<NothingCounted>,
    /// Whether it is stated where everything that counts comes from.
    pub origin_stated: bool,
    /// Whether it is stated where everything that counts goes.
    pub destination_stated: bool,
    /// Whether it is stated which way everything goes: none is UNSTATED, and none is BOTH, whose split is not stated.
    pub direction_stated: bool,
    /// Whether there is a Project or Company at an end, and each of them has an industry.
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

impl MechanismRow {
    /// The sums of one status: one for each resource, unit and basis, in that order.
    pub fn sums(&self, status: QuantityStatus) -> impl Iterator<Item = &Quantity> {
        let of_status = self
            .figures
            .iter()
            .filter(move |figure| figure.key.status == status);
        of_status.map(|figure| &figure.total)
    }
}

/// What comes from elsewhere or goes elsewhere, and is never added to what does not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Elsewhere {
    /// The relations, by id.
    pub relations: Vec<RelationId>,
    /// What their amounts come to.
    pub figures: Vec<Figure>,
}

/// A programme that has no row.
#[derive(Clone, Debug, PartialEq)]
pub struct LeftOut {
    /// The programme.
    pub program: EntityId,
    /// Why none of its relations counts.
    pub reason: NothingCounted,
    /// What comes from elsewhere or goes elsewhere.
    pub elsewhere: Elsewhere,
    /// Relations of which neither end is stated, by id.
    pub not_tied: Vec<RelationId>,
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

impl ProgramGroup<'_> {
    /// Its row. Where the budget runs out, which it remembers, a row has no figures.
    pub fn row(
        self,
        facts: &LedgerFacts,
        ways: &Ways,
        path_count: PathCount,
        budget: &mut WorkBudget,
    ) -> MechanismRow {
        let relations: Vec<&Relation> = self.relations().paced().collect();
        let ends: BTreeSet<&EntityId> = relations
            .iter()
            .flat_map(|relation| [&relation.from, &relation.to])
            .collect();
        let carrying: Vec<&CountedRelation<'_>> = self
            .counted
            .iter()
            .filter(|counted| carries_its_own(counted.relation))
            .collect();
        let all_carrying = |is: &dyn Fn(&CountedRelation<'_>) -> bool| {
            !carrying.is_empty() && carrying.iter().all(|counted| is(counted))
        };
        let is_one_way =
            |flow: FlowDirection| matches!(flow, FlowDirection::Forward | FlowDirection::Backward);
        let mut classifiable = ends
            .iter()
            .filter(|id| matches!(id.kind(), EntityKind::Project | EntityKind::Company))
            .peekable();
        let (out, totals): (Vec<StatedTotal>, Vec<StatedTotal>) = self
            .totals(&ends, facts, ways)
            .into_iter()
            .partition(|total| total.class.is_out());
        let keys_elsewhere = keys_of(self.elsewhere.iter().map(|counted| counted.relation));
        MechanismRow {
            program: self.program.cloned(),
            relations: by_id(relations.iter().copied()),
            resources: relations
                .iter()
                .filter_map(|r| r.resource())
                .collect::<BTreeSet<_>>()
                .into_iter()
                .collect(),
            path_count,
            members: members(&ends, facts),
            figures: figures(&self.counted, &totals, &keys_elsewhere, ways, budget).unwrap_or_default(),
            tied: self.is_tied,
            elsewhere: self.elsewhere(&out, ways, budget),
            not_tied: by_id(self.not_tied.iter().map(|counted| counted.relation)),
            reason: self.reason(),
            origin_stated: all_carrying(&|counted| counted.classed.class.origin == EndStanding::In),
            destination_stated: all_carrying(&|counted| counted.classed.class.destination == EndStanding::In),
            direction_stated: all_carrying(&|counted| is_one_way(counted.relation.flow())),
            industry_stated: classifiable.peek().is_some()
                && classifiable.all(|id| facts.classified.contains(*id)),
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
            statements: statements(&relations, facts),
            rules: rules(self.program, &ends, &facts.rules),
            ends_dead: relations
                .iter()
                .paced()
                .any(|relation| facts.arriving.contains(&relation.id)),
        }
    }
}

fn members(ends: &BTreeSet<&EntityId>, facts: &LedgerFacts) -> Vec<(EntityKind, CountInterval)> {
    let mut kinds: BTreeMap<EntityKind, Vec<Member<'_>>> = BTreeMap::new();
    for id in ends.iter().paced() {
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
        .paced()
        .flat_map(|evidence| evidence.iter())
        .filter(|class| facts.walk.evidence.accepts(class))
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
    let ids: BTreeSet<&RuleId> = rules.iter().paced().filter(bears).map(|rule| &rule.id).collect();
    ids.into_iter().cloned().collect()
}

#[cfg(test)]
mod tests;
