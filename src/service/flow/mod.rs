//! Flows: how much some entities take in from others, by which way, and how sure that is.
//!
//! The facts are read once; each part of the answer is computed when it is asked for, once, within a budget of its own, and off the
//! threads that serve requests.

mod facts;
mod input;
mod questions;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::OnceCell;

pub use crate::flow::{
    Amount, Assumption, BoundsKind, Circulation, FlowLayer, IndustryRow, Layer, MissingFact, MissingFacts,
    MissingReason, OriginKind, OriginRow, Pair, Pairs, Row, Rows, Sankey, SankeyLink, Scenario,
};
pub(super) use facts::FlowFacts;
pub use input::FlowInput;
pub use questions::{Bilingual, Question};

use super::{Result, ServiceError, Session, off_thread};
use crate::flow::{self, Flow, TooLarge};
use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::change::Revision;
use crate::model::id::EntityId;
use crate::model::quantity::Unit;
use crate::model::selector::{AsOf, Selector};
use crate::model::statement::EvidenceFilter;
use crate::model::walk::{TruncationReason, UndatedFacts};

/// What came of a flow. A copy is another handle to the same.
#[derive(Clone)]
pub struct FlowAnswer {
    session: Session,
    input: Arc<FlowInput>,
    flow: Arc<Flow>,
    parts: Arc<Parts>,
}

/// Each part, once it was asked for.
#[derive(Default)]
struct Parts {
    total: OnceCell<Amount>,
    absorbed: OnceCell<Amount>,
    by_source: OnceCell<Arc<Rows<Row>>>,
    by_target: OnceCell<Arc<Rows<Row>>>,
    by_industry: OnceCell<Arc<Rows<IndustryRow>>>,
    other_origins: OnceCell<Arc<Rows<OriginRow>>>,
    pairs: OnceCell<Arc<Pairs>>,
    sankey: OnceCell<Arc<Drawn>>,
    missing: OnceCell<Arc<MissingFacts>>,
    circulations: OnceCell<Arc<Vec<Circulation>>>,
    /// Of pages of pairs.
    amounts: Mutex<HashMap<Vec<Pair>, AmountsCell>>,
}

type AmountsCell = Arc<OnceCell<Arc<Vec<Amount>>>>;

/// A Sankey, or why there is none: a part of it would look whole.
#[derive(Clone, Debug, Default)]
pub struct Drawn {
    /// The links; none where work ran out.
    pub sankey: Sankey,
    /// Why there are none; none: they are all.
    pub truncated: Option<TruncationReason>,
}

impl From<TooLarge> for ServiceError {
    fn from(error: TooLarge) -> Self {
        Self::Input(format!(
            "{error}: ask for another layer, or correct the amount that is out of scale"
        ))
    }
}

impl Session {
    /// Reads what a flow rests on, and makes it ready.
    ///
    /// - **Errors.** An input that makes no sense is refused; an id that nothing has is refused and named; more relations than the
    ///   limit are refused, for a flow over a part of them would be no answer.
    pub async fn flow(&self, input: FlowInput) -> Result<FlowAnswer> {
        let facts = self.flow_facts(&input).await?;
        let (admitted, ends) = (facts.admitted(&input.layer, &input.evidence), facts.ends);
        let (scenario, assumption, mut budget) =
            (input.scenario, input.assumption, self.limits().flow_budget());
        let flow = off_thread(move || Flow::new(admitted, ends, scenario, assumption, &mut budget)).await??;
        Ok(FlowAnswer {
            session: self.clone(),
            input: Arc::new(input),
            flow: Arc::new(flow),
            parts: Arc::default(),
        })
    }

    /// The layers that exist at a date, by resource, unit and status: those in which something may come from the entities of `from` to
    /// those of `to`, where these are given.
    pub async fn flow_layers(
        &self,
        from: Option<Selector>,
        to: Option<Selector>,
        at: AsOf,
    ) -> Result<Vec<flow::FlowLayer>> {
        let mut picked: [Option<BTreeSet<EntityId>>; 2] = [None, None];
        for (place, selector) in picked.iter_mut().zip([from, to]) {
            if let Some(selector) = selector {
                let asked = super::TraceInput::between(selector.clone(), selector);
                asked.check(self.limits().ids_max)?;
                let asked = self.settle(asked).await?;
                *place = Some(self.select(&asked.from, at).await?.into_iter().collect());
            }
        }
        let kinds = facts::counted_kinds(None);
        let counted = self.counted(&kinds, at, UndatedFacts::Include).await?;
        let relations: Vec<flow::LayerRelation> = counted
            .into_iter()
            .map(|(relation, evidence)| flow::LayerRelation { relation, evidence })
            .collect();
        off_thread(move || {
            let [from, to] = &picked;
            flow::layers(&relations, &EvidenceFilter::default(), from.as_ref(), to.as_ref())
        })
        .await
    }
}

/// A part of an answer: computed when it is first asked for, and kept.
macro_rules! parts {
    ($($(#[$doc:meta])* $name:ident -> $type:ty = |$flow:ident, $budget:ident| $compute:expr;)+) => { $(
        $(#[$doc])*
        pub async fn $name(&self) -> Result<$type> {
            let part = self.parts.$name.get_or_try_init(|| async {
                let ($flow, mut budget) = (self.flow.clone(), self.session.limits().flow_budget());
                off_thread(move || {
                    let $budget = &mut budget;
                    let done: std::result::Result<$type, TooLarge> = $compute;
                    done
                })
                .await?
                .map_err(ServiceError::from)
            });
            Ok(part.await?.clone())
        }
    )+ };
}

impl FlowAnswer {
    parts! {
        /// What the targets take in from the sources.
        total -> Amount = |flow, budget| flow.total(budget);
        /// What they take in at all.
        absorbed -> Amount = |flow, budget| flow.absorbed(budget);
        /// What each source supplies.
        by_source -> Arc<Rows<Row>> = |flow, budget| flow.by_source(budget).map(Arc::new);
        /// What each target takes in from the sources.
        by_target -> Arc<Rows<Row>> = |flow, budget| flow.by_target(budget).map(Arc::new);
        /// The same by the industries that the targets are in; last what is in none.
        by_industry -> Arc<Rows<IndustryRow>> = |flow, budget| flow.by_industry(budget).map(Arc::new);
        /// What the targets take in from elsewhere.
        other_origins -> Arc<Rows<OriginRow>> = |flow, budget| flow.other_origins(budget).map(Arc::new);
        /// Who supplied whom.
        pairs -> Arc<Pairs> = |flow, budget| Ok(Arc::new(flow.pairs(budget)));
        /// The links from the sources on.
        sankey -> Arc<Drawn> = |flow, budget| Ok(Arc::new(drawn(&flow, budget)));
        /// The facts that the total misses.
        missing -> Arc<MissingFacts> = |flow, budget| flow.missing(budget).map(Arc::new);
        /// The loops of the layer.
        circulations -> Arc<Vec<Circulation>> = |flow, _budget| flow.circulations().map(Arc::new);
    }

    /// The amounts of some of the pairs, with their bounds.
    pub async fn amounts_of(&self, pairs: &[Pair]) -> Result<Arc<Vec<Amount>>> {
        let cell = self
            .parts
            .amounts
            .lock()
            .entry(pairs.to_vec())
            .or_default()
            .clone();
        let amounts = cell.get_or_try_init(|| async {
            let (flow, mut budget) = (self.flow.clone(), self.session.limits().flow_budget());
            let pairs = pairs.to_vec();
            let amounts = off_thread(move || flow.amounts_of(&pairs, &mut budget)).await?;
            Ok::<_, ServiceError>(Arc::new(amounts?))
        });
        Ok(amounts.await?.clone())
    }

    /// The question.
    pub fn input(&self) -> &FlowInput {
        &self.input
    }

    /// The unit of its amounts.
    pub fn unit(&self) -> &Unit {
        &self.input.layer.unit
    }

    /// The revision it was read at.
    pub fn revision(&self) -> Revision {
        self.session.revision()
    }
}

fn drawn(flow: &Flow, budget: &mut WorkBudget) -> Drawn {
    match flow.sankey(budget) {
        Ok(sankey) => Drawn {
            sankey,
            truncated: None,
        },
        Err(OutOfWork(reason)) => Drawn {
            truncated: Some(reason),
            ..Drawn::default()
        },
    }
}
