//! Flows: how much some entities take in from others, by which way, and how sure that is.
//!
//! The facts are read once; each part of the answer is computed when it is asked for, once, within a budget of its own, and off the
//! threads that serve requests.

mod facts;
mod input;
mod questions;
mod words;

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use futures_util::future::try_join;
use parking_lot::Mutex;
use tokio::sync::OnceCell;

pub use crate::flow::{
    Amount, Assumption, BoundsKind, Circulation, FlowLayer, IndustryRow, Layer, MissingFact, MissingFacts,
    MissingReason, OriginKind, OriginRow, Pair, Pairs, Row, Rows, Sankey, SankeyLink, Scenario,
};
pub(super) use facts::FlowFacts;
pub use input::FlowInput;
pub use questions::Question;
pub use words::{FlowGroup, QuestionnaireColumn, SankeyGroup};

use super::{Result, ServiceError, Session, workers::compute};
use crate::flow::{self, Flow, HasAmount, TooLarge};
use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::change::Revision;
use crate::model::id::EntityId;
use crate::model::quantity::Unit;
use crate::model::selector::{AsOf, Selector};
use crate::model::statement::EvidenceFilter;
use crate::model::walk::TruncationReason;

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
    sources: OnceCell<Arc<Rows<Row>>>,
    targets: OnceCell<Arc<Rows<Row>>>,
    industries: OnceCell<Arc<Rows<IndustryRow>>>,
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
            "{error}: ask between fewer entities, or correct the amount that is out of scale"
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
        let flow = compute(|| Flow::new(admitted, ends, scenario, assumption, &mut budget))??;
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
        let counted = self.counted(&kinds, at).await?;
        let relations: Vec<flow::LayerRelation> = counted
            .into_iter()
            .map(|(relation, evidence)| flow::LayerRelation { relation, evidence })
            .collect();
        compute(|| {
            let [from, to] = &picked;
            flow::layers(&relations, &EvidenceFilter::default(), from.as_ref(), to.as_ref())
        })
    }
}

/// A part of an answer: computed when it is first asked for, and kept.
macro_rules! parts {
    ($($(#[$doc:meta])* $vis:vis fn $name:ident -> $type:ty = |$flow:ident, $budget:ident| $compute:expr;)+) => { $(
        $(#[$doc])*
        $vis async fn $name(&self) -> Result<$type> {
            let part = self.parts.$name.get_or_try_init(|| async {
                let ($flow, mut budget) = (&self.flow, self.session.limits().flow_budget());
                let $budget = &mut budget;
                let done: std::result::Result<$type, TooLarge> = compute(|| $compute)?;
                done.map_err(ServiceError::from)
            });
            Ok(part.await?.clone())
        }
    )+ };
}

impl FlowAnswer {
    parts! {
        /// What the targets take in from the sources.
        pub fn total -> Amount = |flow, budget| flow.total(budget);
        /// What they take in at all.
        pub fn absorbed -> Amount = |flow, budget| flow.absorbed(budget);
        fn sources -> Arc<Rows<Row>> = |flow, budget| flow.by_source(budget).map(Arc::new);
        fn targets -> Arc<Rows<Row>> = |flow, budget| flow.by_target(budget).map(Arc::new);
        fn industries -> Arc<Rows<IndustryRow>> = |flow, budget| flow.by_industry(budget).map(Arc::new);
        /// What the targets take in from elsewhere.
        pub fn other_origins -> Arc<Rows<OriginRow>> = |flow, budget| flow.other_origins(budget).map(Arc::new);
        /// Who supplied whom.
        pub fn pairs -> Arc<Pairs> = |flow, budget| Ok(Arc::new(flow.pairs(budget)));
        /// The links from the sources to the targets, and what leaves for elsewhere.
        pub fn sankey -> Arc<Drawn> = |flow, budget| Ok(Arc::new(drawn(flow, budget)));
        /// The facts that the total misses.
        pub fn missing -> Arc<MissingFacts> = |flow, budget| flow.missing(budget).map(Arc::new);
        /// The loops between the ends.
        pub fn circulations -> Arc<Vec<Circulation>> = |flow, _budget| flow.circulations().map(Arc::new);
    }

    /// What each source supplies.
    pub async fn by_source(&self) -> Result<Arc<Rows<Row>>> {
        let (rows, total) = try_join(self.sources(), self.total()).await?;
        Ok(Arc::new(within(&rows, &total)))
    }

    /// What each target takes in from the sources.
    pub async fn by_target(&self) -> Result<Arc<Rows<Row>>> {
        let (rows, total) = try_join(self.targets(), self.total()).await?;
        Ok(Arc::new(within(&rows, &total)))
    }

    /// The same by the industries that the targets are in; last what is in none.
    pub async fn by_industry(&self) -> Result<Arc<Rows<IndustryRow>>> {
        let (rows, total) = try_join(self.industries(), self.total()).await?;
        Ok(Arc::new(within(&rows, &total)))
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
            let (flow, mut budget) = (&self.flow, self.session.limits().flow_budget());
            let amounts = compute(|| flow.amounts_of(pairs, &mut budget))?;
            let (mut amounts, total) = (amounts?, self.total().await?);
            flow::within_total(&mut amounts, &total);
            Ok::<_, ServiceError>(Arc::new(amounts))
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

/// Rows that are together no more than their total is at least, see [`flow::within_total`].
fn within<R: HasAmount + Clone>(rows: &Rows<R>, total: &Amount) -> Rows<R> {
    let mut rows = rows.clone();
    flow::within_total(&mut rows.rows, total);
    rows.truncated = rows.truncated.or_else(|| {
        let mut amounts = rows.rows.iter_mut().map(HasAmount::amount_mut);
        amounts.find_map(|amount| amount.bounds.truncated)
    });
    rows
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
