//! What a trace walks on: a subgraph, its relations in order, and the question over its indices.

use std::sync::Arc;

use super::order::{Lead, Order, Rank};
use super::rules::{Ends, Question, Rules, Stand};
use crate::model::subgraph::{EntityIndex, SubRelation, Subgraph};
use crate::model::walk::Refusal;

/// A subgraph and the question over its indices.
#[derive(Debug)]
pub(super) struct Ground {
    pub(super) subgraph: Arc<Subgraph>,
    pub(super) order: Order,
    pub(super) question: Question,
}

/// What becomes of a lead at a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// It is refused, for itself or the entity it leads to.
    Refused(Refusal),
    /// It passes on what comes in, and nothing does.
    NothingToPassOn,
    /// It carries something else than what came in.
    OtherResource,
    /// An Industry stands for its part in a region, and the entity beside it is not there.
    Gated,
    /// It is walked: to pass on from there, to end there, or, with neither, back to where no path may pass.
    Walked {
        middle: Option<Stand>,
        closing: Option<Stand>,
    },
}

impl Ground {
    pub(super) fn new(subgraph: Arc<Subgraph>, ends: &Ends, rules: Rules) -> Self {
        Self {
            order: Order::new(&subgraph),
            question: Question::new(&subgraph, ends, rules),
            subgraph,
        }
    }

    /// The relation of a rank.
    pub(super) fn relation(&self, rank: Rank) -> &SubRelation {
        self.order.relation(&self.subgraph, rank)
    }

    /// What becomes of a lead at an entity where a path stands so, however long it is.
    pub(super) fn step(&self, entity: EntityIndex, stand: Stand, lead: &Lead) -> Step {
        let question = &self.question;
        if let Some(refusal) = lead.refusal {
            return Step::Refused(refusal);
        }
        let Some(carried) = question.carry(stand, self.relation(lead.rank)) else {
            return if stand == Stand::Start {
                Step::NothingToPassOn
            } else {
                Step::OtherResource
            };
        };
        if !question.gate_opens(entity, stand, lead.to) {
            return Step::Gated;
        }
        let opens = |stand: &Stand| question.gate_opens(lead.to, *stand, entity);
        let (may_pass, may_end) = (question.may_pass(lead.to), question.is_target[lead.to as usize]);
        let middle = may_pass.then_some(Stand::Middle(carried)).filter(opens);
        let closing = may_end.then_some(Stand::Final(carried)).filter(opens);
        let is_shut = (may_pass || may_end) && middle.is_none() && closing.is_none();
        if is_shut {
            Step::Gated
        } else {
            Step::Walked { middle, closing }
        }
    }
}
