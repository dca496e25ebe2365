//! A flow asked again with less evidence.

use std::collections::BTreeSet;

use super::{RobustnessRow, Weakened, weakened};
use crate::flow::{Amount, Facts, Flow};
use crate::model::budget::WorkBudget;
use crate::model::id::RelationId;
use crate::model::statement::EvidenceFilter;
use crate::service::flow::{FlowFacts, FlowInput};
use crate::service::workers::compute;
use crate::service::{Result, Session};

impl Session {
    /// A flow asked again with less evidence: without self-reports, without what is implied, without each source of what counts in its
    /// layer, by id.
    ///
    /// - **Errors.** Those of a flow; more sources than the limit.
    /// - **Calls.** Those of the flow: less evidence adds no relation, so what was read is enough.
    /// - **Time.** All together as long as one part of a flow may take; what is asked after that says so.
    pub async fn robustness_of_flow(&self, input: FlowInput) -> Result<Vec<RobustnessRow>> {
        let facts = self.flow_facts(&input).await?;
        let limits = self.limits();
        compute(|| {
            let budget = limits.flow_budget();
            let (whole, rests_on) = Asked::first(&facts, &input, &budget)?;
            let questions = weakened(&input.evidence, facts.evidence_of(&rests_on), limits)?;
            let row = |question: Weakened| {
                let asked = Asked::again(&facts, &input, &question.filter, &budget)?;
                Ok(whole.row(&asked, question.without))
            };
            questions.into_iter().map(row).collect::<Result<_>>()
        })?
    }
}

/// The total of a flow, and the relations that count and are not in doubt.
struct Asked {
    total: Amount,
    counted: BTreeSet<RelationId>,
}

impl Asked {
    /// The flow as it is asked, with the relations that its total rests on: those alone can be lost. Also gives them with those in doubt.
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

    /// Each step has work of its own, and all of them the budget's deadline.
    fn again(
        facts: &FlowFacts,
        input: &FlowInput,
        filter: &EvidenceFilter,
        budget: &WorkBudget,
    ) -> Result<Self> {
        let admitted = facts.admitted(&input.layer, filter);
        let links = admitted.links.iter().filter(|link| !link.is_doubted());
        let carriers = admitted.carriers.iter().filter(|carrier| !carrier.is_doubted);
        let counted = links
            .map(|link| &link.relation)
            .chain(carriers.map(|carrier| &carrier.relation));
        let counted = counted.cloned().collect();
        let flow = Self::flow(facts, admitted, input, budget)?;
        Ok(Self {
            total: flow.total(&mut budget.clone())?,
            counted,
        })
    }

    fn flow(facts: &FlowFacts, admitted: Facts, input: &FlowInput, budget: &WorkBudget) -> Result<Flow> {
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
