//! A flow asked again with less evidence.

use std::collections::BTreeSet;

use super::{RobustnessRow, Weakened, weakened};
use crate::flow::{Amount, Flow, TooLarge};
use crate::model::budget::WorkBudget;
use crate::model::id::RelationId;
use crate::service::flow::{FlowFacts, FlowInput};
use crate::service::{Result, Session, off_thread};

impl Session {
    /// A flow asked again with less evidence: without self-reports, without what is implied, without each source of what counts in its
    /// layer, by id.
    ///
    /// - **Errors.** Those of a flow; more sources than the limit.
    /// - **Calls.** Those of the flow: less evidence adds no relation, so what was read is enough.
    /// - **Time.** All together as long as one part of a flow may take; what is asked after that says so.
    pub async fn robustness_of_flow(&self, input: FlowInput) -> Result<Vec<RobustnessRow>> {
        let facts = self.flow_facts(&input).await?;
        let questions = weakened(&input.evidence, facts.evidence(), self.limits())?;
        let limits = self.limits().clone();
        let rows = off_thread(move || {
            let budget = limits.flow_budget();
            let whole = Asked::again(&facts, &input, None, &budget)?;
            let row = |question: Weakened| {
                let asked = Asked::again(&facts, &input, Some(&question), &budget)?;
                Ok(whole.row(&asked, question.without))
            };
            questions
                .into_iter()
                .map(row)
                .collect::<std::result::Result<_, TooLarge>>()
        });
        Ok(rows.await??)
    }
}

/// The total of a flow, and the relations on which it rests that are not in doubt: those of the layer, and those that pass on what
/// entities would keep.
struct Asked {
    total: Amount,
    counted: BTreeSet<RelationId>,
}

impl Asked {
    /// Each step has work of its own, and all of them the budget's deadline.
    fn again(
        facts: &FlowFacts,
        input: &FlowInput,
        question: Option<&Weakened>,
        budget: &WorkBudget,
    ) -> std::result::Result<Self, TooLarge> {
        let filter = question.map_or(&input.evidence, |question| &question.filter);
        let admitted = facts.admitted(&input.layer, filter);
        let links = admitted.links.iter().filter(|link| !link.is_doubted());
        let carriers = admitted.carriers.iter().filter(|carrier| !carrier.is_doubted);
        let counted = links
            .map(|link| &link.relation)
            .chain(carriers.map(|carrier| &carrier.relation));
        let counted = counted.cloned().collect();
        let ends = facts.ends.clone();
        let flow = Flow::new(
            admitted,
            ends,
            input.scenario,
            input.assumption,
            &mut budget.clone(),
        )?;
        Ok(Self {
            total: flow.total(&mut budget.clone())?,
            counted,
        })
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
