//! Robustness of a flow: the query repeated with less evidence.

use std::collections::BTreeSet;

use super::{RobustnessRow, WeakenedQuery, weakened};
use crate::flow::{Flow, FlowAmount, LayerFacts};
use crate::model::budget::WorkBudget;
use crate::model::id::RelationId;
use crate::model::statement::EvidenceFilter;
use crate::service::flow::{FlowFacts, FlowInput};
use crate::service::workers::compute;
use crate::service::{Result, Session};

impl Session {
    /// Repeats a flow without self-reported evidence, without implied evidence, and without each source of
    /// what counts in its layer, by id.
    ///
    /// - **Errors.** Those of a flow; more sources than the limit.
    /// - **Calls.** Those of the flow; less evidence adds no relation, so nothing else is read.
    /// - **Time.** The limit of one part of a flow for all together; later rows are marked as truncated.
    pub async fn robustness_of_flow(&self, input: FlowInput) -> Result<Vec<RobustnessRow>> {
        let facts = self.flow_facts(&input).await?;
        let limits = self.limits();
        compute(|| {
            let budget = limits.flow_budget();
            let (whole, rests_on) = FlowTotal::first(&facts, &input, &budget)?;
            let questions = weakened(&input.evidence, facts.evidence_of(&rests_on), limits)?;
            let row = |question: WeakenedQuery| {
                let asked = FlowTotal::again(&facts, &input, &question.filter, &budget)?;
                Ok(whole.row(&asked, question.without))
            };
            questions.into_iter().map(row).collect::<Result<_>>()
        })?
    }
}

/// The total of a flow, and the relations that count with accepted evidence.
struct FlowTotal {
    total: FlowAmount,
    counted: BTreeSet<RelationId>,
}

impl FlowTotal {
    /// The flow of the query, with the relations that its total depends on, which alone can be lost. Also
    /// returns them including those without accepted evidence.
    fn first(
        facts: &FlowFacts,
        input: &FlowInput,
        budget: &WorkBudget,
    ) -> Result<(Self, BTreeSet<RelationId>)> {
        let flow = Self::flow(
            facts,
            facts.admitted(&input.layer, &input.evidence),
            input,
            budget,
        )?;
        let whole = Self {
            total: flow.total(&mut budget.clone())?,
            counted: flow.rests_on(),
        };
        Ok((whole, flow.relations()))
    }

    /// Each step has its own work limit, and all share the deadline of the budget.
    fn again(
        facts: &FlowFacts,
        input: &FlowInput,
        filter: &EvidenceFilter,
        budget: &WorkBudget,
    ) -> Result<Self> {
        let admitted = facts.admitted(&input.layer, filter);
        let edges = admitted.edges.iter().filter(|edge| !edge.is_unsupported());
        let carriers = admitted.carriers.iter().filter(|carrier| !carrier.is_unsupported);
        let counted = edges
            .map(|edge| &edge.relation)
            .chain(carriers.map(|carrier| &carrier.relation));
        let counted = counted.cloned().collect();
        let flow = Self::flow(facts, admitted, input, budget)?;
        Ok(Self {
            total: flow.total(&mut budget.clone())?,
            counted,
        })
    }

    fn flow(facts: &FlowFacts, admitted: LayerFacts, input: &FlowInput, budget: &WorkBudget) -> Result<Flow> {
        let ends = facts.ends.clone();
        let flow = Flow::new(
            admitted,
            ends,
            input.scenario,
            input.assumption,
            &mut budget.clone(),
        );
        Ok(flow?)
    }

    fn row(&self, weakened: &Self, without: String) -> RobustnessRow {
        let (old, new) = (&self.total.bounds, &weakened.total.bounds);
        let is_below = old.max.is_none_or(|old| new.max.is_some_and(|new| new <= old));
        RobustnessRow {
            without,
            holds: old.min <= new.min && is_below,
            path_count: None,
            total: Some(weakened.total),
            lost: self.counted.difference(&weakened.counted).count(),
            truncated: old.truncated.or(new.truncated),
        }
    }
}
