//! The ledger: for each program the relations behind it, the amounts from sources to targets, and what is
//! stated about them.
//!
//! Pure: the facts are read beforehand. A relation under several programs counts in the row of each, so that
//! rows must not be added up.

use std::collections::{BTreeMap, BTreeSet};

use super::PathCount;
use super::end_class::{EndClassifier, EndStatus};
use super::figure_draft::figures;
use super::figures::{CountedRelation, Figure, StatedTotal, keys_of};
pub use super::group::{ElsewhereFigures, NothingCounted, OmittedProgram, ProgramGroup, groups};
use super::group::{by_id, carries_its_own};
pub use super::ledger_facts::LedgerFacts;
use super::members::{CountInterval, Member, count_members};
use crate::model::budget::WorkBudget;
use crate::model::entity::EntityKind;
use crate::model::flow_direction::FlowDirection;
use crate::model::id::{EntityId, RelationId, RuleId};
use crate::model::job::Paced as _;
use crate::model::quantity::{Quantity, QuantityStatus};
use crate::model::record::Rule;
use crate::model::relation::{Driver, Relation};
use crate::model::resource::Resource;
use crate::model::statement::{Assertion, Reliability};

/// One row of the ledger.
#[derive(Clone, Debug, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an answer of its own, and any may go with any"
)]
pub struct MechanismRow {
    /// The program; `None` for the relations under no program.
    pub program: Option<EntityId>,
    /// The relations that count, and those that carry nothing, by id.
    pub relations: Vec<RelationId>,
    /// The resources that they state.
    pub resources: Vec<Resource>,
    /// The number of paths of the trace that use at least one of the relations.
    pub path_count: PathCount,
    /// The number of entities of each kind at their ends, cohorts counted by size.
    pub members: Vec<(EntityKind, CountInterval)>,
    /// The sums of their amounts.
    pub figures: Vec<Figure>,
    /// Whether the program itself is tied to the sources or targets.
    pub tied: bool,
    /// The relations and amounts from elsewhere or to elsewhere.
    pub elsewhere: ElsewhereFigures,
    /// The relations with neither end stated, if the program is not tied; by id.
    pub not_tied: Vec<RelationId>,
    /// Why none of the relations counts, if none does.
    pub reason: Option<NothingCounted>,
    /// Whether the origin of everything that counts is stated.
    pub origin_stated: bool,
    /// Whether the destination of everything that counts is stated.
    pub destination_stated: bool,
    /// Whether every direction is stated: none is UNSTATED or BOTH, because the shares of BOTH are not
    /// stated.
    pub direction_stated: bool,
    /// Whether there is a Project or Company at an end, and each of them has an industry.
    pub industry_stated: bool,
    /// The number of relations without a date.
    pub undated: usize,
    /// The drivers of the relations, without duplicates; includes the value for not stated.
    pub drivers: Vec<Driver>,
    /// The number of accepted statements that support them.
    pub statements: Vec<StatementCount>,
    /// The rules of the program, and of the programs and funds at the ends, by id.
    pub rules: Vec<RuleId>,
    /// Whether one of the relations arrives at a dead end.
    pub ends_dead: bool,
}

impl MechanismRow {
    /// The sums of one status, for each resource, unit and basis, in that order.
    pub fn sums(&self, status: QuantityStatus) -> impl Iterator<Item = &Quantity> {
        let of_status = self
            .figures
            .iter()
            .filter(move |figure| figure.key.status == status);
        of_status.map(|figure| &figure.total)
    }
}

/// The number of statements of one assertion and reliability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatementCount {
    /// The assertion.
    pub assertion: Assertion,
    /// The reliability.
    pub reliability: Reliability,
    /// The number of statements.
    pub count: usize,
}

impl ProgramGroup<'_> {
    /// Computes the row. If the budget runs out, which the budget records, the row has no figures.
    pub fn row(
        self,
        facts: &LedgerFacts,
        classifier: &EndClassifier,
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
            .totals(&ends, facts, classifier)
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
            figures: figures(&self.counted, &totals, &keys_elsewhere, classifier, budget).unwrap_or_default(),
            tied: self.is_tied,
            elsewhere: self.elsewhere(&out, classifier, budget),
            not_tied: by_id(self.not_tied.iter().map(|counted| counted.relation)),
            reason: self.reason(),
            origin_stated: all_carrying(&|counted| counted.directed.class.origin == EndStatus::In),
            destination_stated: all_carrying(&|counted| counted.directed.class.destination == EndStatus::In),
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
