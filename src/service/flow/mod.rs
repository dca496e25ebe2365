//! Flows: how much some entities receive from others, along which relations, and how certain that is.
//!
//! The facts are read once. Each part of the answer is computed on demand, once, within its own budget, and
//! not on the threads that serve requests.

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
    Assumption, BoundsKind, Circulation, FlowAmount, FlowLayer, FlowRow, FlowRows, IndustryRow, Layer,
    MissingFact, MissingFacts, MissingReason, OriginKind, OriginRow, Pair, Pairs, Sankey, SankeyLink,
    Scenario,
};
pub(super) use facts::FlowFacts;
pub use input::FlowInput;
pub use questions::FollowUpQuestion;
pub use words::{FlowGroup, QuestionnaireColumn, SankeyGroup};

use super::{Result, ServiceError, Session, workers::compute};
use crate::flow::{self, Flow, HasAmount, TooLarge};
use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::change::Revision;
use crate::model::id::EntityId;
use crate::model::quantity::Unit;
use crate::model::selector::{AsOf, Selector};
use crate::model::statement::EvidenceFilter;
use crate::model::walk::TruncationReason;

/// The answer to a flow query. Clones share it.
#[derive(Clone)]
pub struct FlowAnswer {
    session: Session,
    input: Arc<FlowInput>,
    flow: Arc<Flow>,
    parts: Arc<FlowParts>,
}

/// The parts of an answer that are computed so far.
#[derive(Default)]
struct FlowParts {
    total: OnceCell<FlowAmount>,
    absorbed: OnceCell<FlowAmount>,
    sources: OnceCell<Arc<FlowRows<FlowRow>>>,
    targets: OnceCell<Arc<FlowRows<FlowRow>>>,
    industries: OnceCell<Arc<FlowRows<IndustryRow>>>,
    other_origins: OnceCell<Arc<FlowRows<OriginRow>>>,
    pairs: OnceCell<Arc<Pairs>>,
    sankey: OnceCell<Arc<SankeyResult>>,
    missing: OnceCell<Arc<MissingFacts>>,
    circulations: OnceCell<Arc<Vec<Circulation>>>,
    /// The amounts of pages of pairs.
    amounts: Mutex<HashMap<Vec<Pair>, AmountsCell>>,
}

type AmountsCell = Arc<OnceCell<Arc<Vec<FlowAmount>>>>;

/// A Sankey diagram, or the reason for which there is none; a part of it would look complete.
#[derive(Clone, Debug, Default)]
pub struct SankeyResult {
    /// The diagram; empty if work ran out.
    pub sankey: Sankey,
    /// Why the diagram is empty; `None` if it is complete.
    pub truncated: Option<TruncationReason>,
}

impl From<TooLarge> for ServiceError {
    fn from(error: TooLarge) -> Self {
        Self::Input(format!(
            "{error}: select fewer entities, or correct the amount that is out of scale"
        ))
    }
}

impl Session {
    /// Reads the facts of a flow and prepares it.
    ///
    /// - **Errors.** Invalid input; an unknown id; more relations than the limit, because a flow over part of
    ///   them would be wrong.
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

    /// The layers that exist at a date, by resource, unit and status. With `from` or `to`, only layers in
    /// which something may flow from the one to the other.
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
                let asked = self.resolve_input_ids(asked).await?;
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

/// Methods that compute a part of an answer on first use and keep it.
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
        /// The amount that the targets receive from the sources.
        pub fn total -> FlowAmount = |flow, budget| flow.total(budget);
        /// The total that the targets receive.
        pub fn absorbed -> FlowAmount = |flow, budget| flow.absorbed(budget);
        fn sources -> Arc<FlowRows<FlowRow>> = |flow, budget| flow.by_source(budget).map(Arc::new);
        fn targets -> Arc<FlowRows<FlowRow>> = |flow, budget| flow.by_target(budget).map(Arc::new);
        fn industries -> Arc<FlowRows<IndustryRow>> = |flow, budget| flow.by_industry(budget).map(Arc::new);
        /// The amounts that the targets receive from elsewhere.
        pub fn other_origins -> Arc<FlowRows<OriginRow>> = |flow, budget| flow.other_origins(budget).map(Arc::new);
        /// The flow between pairs of a source and a target.
        pub fn pairs -> Arc<Pairs> = |flow, budget| Ok(Arc::new(flow.pairs(budget)));
        /// The Sankey diagram from the sources to the targets, and what leaves for elsewhere.
        pub fn sankey -> Arc<SankeyResult> = |flow, budget| Ok(Arc::new(sankey_result(flow, budget)));
        /// The unknown facts that would narrow the total.
        pub fn missing -> Arc<MissingFacts> = |flow, budget| flow.missing(budget).map(Arc::new);
        /// The circulations between the ends.
        pub fn circulations -> Arc<Vec<Circulation>> = |flow, _budget| flow.circulations().map(Arc::new);
    }

    /// The amount that each source supplies.
    pub async fn by_source(&self) -> Result<Arc<FlowRows<FlowRow>>> {
        let (rows, total) = try_join(self.sources(), self.total()).await?;
        Ok(Arc::new(within(&rows, &total)))
    }

    /// The amount that each target receives from the sources.
    pub async fn by_target(&self) -> Result<Arc<FlowRows<FlowRow>>> {
        let (rows, total) = try_join(self.targets(), self.total()).await?;
        Ok(Arc::new(within(&rows, &total)))
    }

    /// The amounts that the targets receive, by industry; the part in no industry is last.
    pub async fn by_industry(&self) -> Result<Arc<FlowRows<IndustryRow>>> {
        let (rows, total) = try_join(self.industries(), self.total()).await?;
        Ok(Arc::new(within(&rows, &total)))
    }

    /// The amounts of some pairs, with bounds.
    pub async fn amounts_of(&self, pairs: &[Pair]) -> Result<Arc<Vec<FlowAmount>>> {
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

    /// The query.
    pub fn input(&self) -> &FlowInput {
        &self.input
    }

    /// The unit of its amounts.
    pub fn unit(&self) -> &Unit {
        &self.input.layer.unit
    }

    /// The revision at which it was read.
    pub fn revision(&self) -> Revision {
        self.session.revision()
    }
}

/// Limits the minimums of rows by that of their total, see [`flow::within_total`].
fn within<R: HasAmount + Clone>(rows: &FlowRows<R>, total: &FlowAmount) -> FlowRows<R> {
    let mut rows = rows.clone();
    flow::within_total(&mut rows.rows, total);
    rows.truncated = rows.truncated.or_else(|| {
        let mut amounts = rows.rows.iter_mut().map(HasAmount::amount_mut);
        amounts.find_map(|amount| amount.bounds.truncated)
    });
    rows
}

fn sankey_result(flow: &Flow, budget: &mut WorkBudget) -> SankeyResult {
    match flow.sankey(budget) {
        Ok(sankey) => SankeyResult {
            sankey,
            truncated: None,
        },
        Err(BudgetExhausted(reason)) => SankeyResult {
            truncated: Some(reason),
            ..SankeyResult::default()
        },
    }
}
