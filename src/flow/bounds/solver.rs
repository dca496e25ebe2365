//! Bounds: the minimum and maximum that can have come from some entities to others, whatever mixes with what.
//!
//! If every relevant amount is certain, the bounds are exact: the maximum is a maximum flow, and the minimum
//! is what cannot come from elsewhere. If amounts are uncertain, the bounds come from a linear program,
//! proven in exact arithmetic and rounded outward. The program allows more than is possible, so that these
//! are marked as outer bounds.

use std::rc::Rc;

use super::cuts;
use super::flow_error::{FlowError, unless_too_large};
use super::max_flow::{EdgeCapacity, MaxFlow};
use super::program::{BoundQuery, BoundsProgram, Objective};
use crate::flow::amounts::amount_range::{AmountRange, ENDLESS, MinorUnits};
use crate::flow::amounts::minor_units::{TooLarge, decimal};
use crate::flow::amounts::real::DECIMALS;
use crate::flow::network::flow_network::FlowNetwork;
use crate::flow::network::indices::NodeIndex;
use crate::flow::network::reach::{NodeSet, downstream, upstream};
use crate::model::Decimal;
use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::closed::closed_list;
use crate::model::walk::TruncationReason;

closed_list! {
    BoundsKind ["上下限的性质", "Kind of bounds"]
        ["上下限有多紧。", "Tightness of bounds."]
    {
        Exact "EXACT" ["上下限都可能达到", "Both bounds can be reached"]
            ["每一端都有某种混合方式能够达到。",
            "Some way of mixing reaches each bound."],
        Outer "OUTER" ["真值在区间之内，区间可能偏宽", "The true amount lies inside; the interval may be too wide"]
            ["数额在两端之间；能否达到端点并不确定。",
            "The amount lies between the bounds; whether it can reach them is not known."],
    }
}

/// The minimum and maximum of an amount, in the unit of the layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// The minimum.
    pub min: Decimal,
    /// The maximum; `None` if it is not known.
    pub max: Option<Decimal>,
    /// Whether the bounds are exact.
    pub kind: BoundsKind,
    /// Why they may be wider than necessary; `None` if they are not.
    pub truncated: Option<TruncationReason>,
}

/// Computes bounds on one network.
pub(in crate::flow) struct BoundsSolver<'n> {
    network: &'n FlowNetwork,
    /// Maximum flow over minimum amounts, and over maximum amounts.
    least: Option<MaxFlow>,
    most: Option<MaxFlow>,
    /// The upstream part of the last query: rows of a list differ only in their sources.
    last: Option<Rc<UpstreamNodes>>,
}

/// A query: how much flows from the sources to the sinks.
pub(in crate::flow) struct SourceSinkQuery<'a> {
    pub(in crate::flow) sources: &'a dyn Fn(NodeIndex) -> bool,
    pub(in crate::flow) sinks: &'a [NodeIndex],
}

/// The nodes upstream of some sinks.
struct UpstreamNodes {
    asked: Vec<NodeIndex>,
    /// The sinks that may keep anything.
    sinks: Vec<NodeIndex>,
    nodes: NodeSet,
    /// Whether all amounts at these nodes are certain.
    is_certain: bool,
}

impl<'n> BoundsSolver<'n> {
    pub(in crate::flow) fn new(network: &'n FlowNetwork) -> Self {
        Self {
            network,
            least: None,
            most: None,
            last: None,
        }
    }

    /// Bounds of the flow from the sources to the sinks. If work runs out, bounds that need no work.
    pub(in crate::flow) fn between(
        &mut self,
        query: &SourceSinkQuery<'_>,
        budget: &mut WorkBudget,
    ) -> Result<Bounds, TooLarge> {
        let upstream = match self.upstream(query.sinks, budget) {
            Ok(upstream) => upstream,
            Err(spent) => return self.loose(query, None, spent),
        };
        let found = if upstream.is_certain {
            self.exact(query, &upstream, budget)
        } else {
            self.outer(query, &upstream, budget)
        };
        match unless_too_large(found)? {
            Ok(bounds) => Ok(bounds),
            Err(spent) => self.loose(query, Some(&upstream), spent),
        }
    }

    fn upstream(
        &mut self,
        asked: &[NodeIndex],
        budget: &mut WorkBudget,
    ) -> Result<Rc<UpstreamNodes>, BudgetExhausted> {
        if let Some(last) = self.last.as_ref().filter(|last| last.asked == asked) {
            return Ok(last.clone());
        }
        let sinks: Vec<NodeIndex> = self.sinks(asked).collect();
        let nodes = upstream(self.network, &sinks, budget)?;
        let facts = &self.network.nodes;
        let found = Rc::new(UpstreamNodes {
            asked: asked.to_vec(),
            is_certain: sinks.iter().all(|sink| facts[*sink].absorbed.is_certain())
                && nodes.nodes().iter().all(|node| !facts[*node].is_uncertain),
            sinks,
            nodes,
        });
        self.last = Some(found.clone());
        Ok(found)
    }

    /// Bounds of the total that the sinks keep.
    pub(in crate::flow) fn total_kept(
        &self,
        sinks: &[NodeIndex],
        budget: &mut WorkBudget,
    ) -> Result<Bounds, TooLarge> {
        let sinks: Vec<NodeIndex> = self.sinks(sinks).collect();
        let sum = sum(sinks.iter().map(|sink| self.network.nodes[*sink].absorbed))?;
        if let Some(sum) = sum.certain() {
            let amount = self.decimal(sum)?;
            return Ok(Bounds {
                min: amount,
                max: Some(amount),
                kind: BoundsKind::Exact,
                truncated: None,
            });
        }
        let mut solve = |objective| {
            let asked = BoundQuery {
                sources: &|_| false,
                sinks: &sinks,
                between: &NodeSet::none(self.network),
                objective,
            };
            let program = BoundsProgram::new(self.network, &asked, budget)?;
            Ok(program.program.upper_bound(budget)?)
        };
        let found = solve(Objective::Kept).and_then(|most| Ok((most, solve(Objective::LeastKept)?)));
        match unless_too_large(found)? {
            Ok((most, least)) => Ok(outer_bounds(least.map_or(Decimal::ZERO, |least| -least), most)),
            Err(spent) => self.within(sum, spent),
        }
    }

    fn exact(
        &mut self,
        query: &SourceSinkQuery<'_>,
        upstream: &UpstreamNodes,
        budget: &mut WorkBudget,
    ) -> Result<Bounds, FlowError> {
        let network = self.network;
        let least = self
            .least
            .get_or_insert_with(|| MaxFlow::new(network, EdgeCapacity::Least));
        let keep = upstream.kept_amounts(network, |kept| kept.lower);
        let mut most = |of_route| {
            let put_in = upstream.injected_amounts(network, query, of_route, |injected| injected.lower);
            least.most(&put_in, &keep, budget)
        };
        let (most, others) = (most(true)?, most(false)?);
        let all: MinorUnits = keep.iter().map(|(_, amount)| amount).sum();
        let (min, is_min) = self.rounded(all - others, false)?;
        let (max, is_max) = self.rounded(most, true)?;
        Ok(Bounds {
            kind: if is_min && is_max {
                BoundsKind::Exact
            } else {
                BoundsKind::Outer
            },
            min,
            max: Some(max),
            truncated: None,
        })
    }

    fn outer(
        &mut self,
        query: &SourceSinkQuery<'_>,
        upstream: &UpstreamNodes,
        budget: &mut WorkBudget,
    ) -> Result<Bounds, FlowError> {
        let wide = self.by_intervals(query, upstream, budget)?;
        if wide.max == Some(wide.min) {
            return Ok(wide);
        }
        let others = |node: NodeIndex| !(query.sources)(node);
        let most = self.bounds_program(query.sources, upstream, Objective::Most, budget);
        let found = most.and_then(|most| {
            let less = self.bounds_program(&others, upstream, Objective::MostLessKept, budget)?;
            Ok((most, less))
        });
        Ok(match unless_too_large(found)? {
            // Both hold, and each is rounded by itself.
            Ok((most, less)) => wide.within(less.map_or(Decimal::ZERO, |less| -less), most),
            Err(spent) => Bounds {
                truncated: Some(spent.0),
                ..wide
            },
        })
    }

    fn bounds_program(
        &mut self,
        sources: &dyn Fn(NodeIndex) -> bool,
        upstream: &UpstreamNodes,
        objective: Objective,
        budget: &mut WorkBudget,
    ) -> Result<Option<Decimal>, FlowError> {
        let network = self.network;
        let puts_in = |node: &NodeIndex| sources(*node) && !network.nodes[*node].injected.is_zero();
        let starts = upstream.nodes.nodes().iter().copied().filter(puts_in);
        let asked = BoundQuery {
            sources,
            sinks: &upstream.sinks,
            between: &downstream(network, starts, Some(&upstream.nodes), budget)?,
            objective,
        };
        cuts::most(network, &asked, self.most_flow(), budget)
    }

    /// The maximum flow over maximum amounts.
    fn most_flow(&mut self) -> &mut MaxFlow {
        let network = self.network;
        self.most
            .get_or_insert_with(|| MaxFlow::new(network, EdgeCapacity::Most))
    }

    /// Bounds that treat each uncertain amount independently. Maximum: the flow if every edge carries its
    /// maximum. Minimum: the minimum that the sinks keep, less the maximum that can come from elsewhere then.
    /// (What comes from elsewhere grows by at most what the sinks keep, so that keeping more leaves no less
    /// for the sources.)
    fn by_intervals(
        &mut self,
        query: &SourceSinkQuery<'_>,
        upstream: &UpstreamNodes,
        budget: &mut WorkBudget,
    ) -> Result<Bounds, FlowError> {
        let network = self.network;
        let max_flow = self.most_flow();
        let most = |range: AmountRange| range.upper.unwrap_or(ENDLESS);
        let from_sources = upstream.injected_amounts(network, query, true, most);
        let found = max_flow.most(&from_sources, &upstream.kept_amounts(network, most), budget)?;
        let least = upstream.kept_amounts(network, |kept| kept.lower);
        let all: MinorUnits = least.iter().map(|(_, amount)| amount).sum();
        let elsewhere = upstream.injected_amounts(network, query, false, most);
        let others = max_flow.most(&elsewhere, &least, budget)?;
        // An unbounded amount is replaced by a large number, which is too small if that much is kept.
        let min = if all < ENDLESS { all - others } else { 0 };
        let max = Some(found).filter(|found| *found < ENDLESS);
        let max = max.map(|max| self.at_most(max)).transpose()?;
        Ok(outer_bounds(self.at_least(min)?, max))
    }

    /// Bounds that need no work: at most what is put in and what is kept.
    fn loose(
        &self,
        query: &SourceSinkQuery<'_>,
        upstream: Option<&UpstreamNodes>,
        spent: BudgetExhausted,
    ) -> Result<Bounds, TooLarge> {
        let nodes = &self.network.nodes;
        let kept = sum(self.sinks(query.sinks).map(|sink| nodes[sink].absorbed))?;
        let from = (0..nodes.len())
            .filter(|node| upstream.is_none_or(|upstream| upstream.nodes.contains(*node)))
            .filter(|node| (query.sources)(*node));
        let put_in = sum(from.map(|node| nodes[node].injected))?;
        let upper = match (kept.upper, put_in.upper) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        self.within(AmountRange::up_to(upper), spent)
    }

    fn within(&self, range: AmountRange, spent: BudgetExhausted) -> Result<Bounds, TooLarge> {
        let max = range.upper.map(|upper| self.at_most(upper)).transpose()?;
        Ok(Bounds {
            truncated: Some(spent.0),
            ..outer_bounds(self.at_least(range.lower)?, max)
        })
    }

    fn sinks<'a>(&'a self, sinks: &'a [NodeIndex]) -> impl Iterator<Item = NodeIndex> + 'a {
        sinks
            .iter()
            .copied()
            .filter(|sink| !self.network.nodes[*sink].absorbed.is_zero())
    }

    fn decimal(&self, minor_units: MinorUnits) -> Result<Decimal, TooLarge> {
        Ok(decimal(minor_units, self.network.scale)?.normalize())
    }

    /// The amount in the unit, rounded down.
    fn at_least(&self, minor_units: MinorUnits) -> Result<Decimal, TooLarge> {
        Ok(self.rounded(minor_units, false)?.0)
    }

    /// The amount in the unit, rounded up.
    fn at_most(&self, minor_units: MinorUnits) -> Result<Decimal, TooLarge> {
        Ok(self.rounded(minor_units, true)?.0)
    }

    /// The amount at 12 decimals, or as many as fit, and whether it is exact.
    fn rounded(&self, minor_units: MinorUnits, up: bool) -> Result<(Decimal, bool), TooLarge> {
        let scale = self.network.scale;
        let mut decimals = (0..=scale.min(DECIMALS)).rev();
        let found = decimals.find_map(|decimals| {
            let step = 10_i128.checked_pow(scale - decimals)?;
            let rest = minor_units.rem_euclid(step);
            let whole = minor_units.div_euclid(step) + MinorUnits::from(up && rest != 0);
            let decimal = Decimal::try_from_i128_with_scale(whole, decimals).ok()?;
            Some((decimal.normalize(), rest == 0))
        });
        found.ok_or(TooLarge)
    }
}

impl UpstreamNodes {
    fn kept_amounts(
        &self,
        network: &FlowNetwork,
        amount: impl Fn(AmountRange) -> MinorUnits,
    ) -> Vec<(NodeIndex, MinorUnits)> {
        let sinks = self.sinks.iter();
        sinks
            .map(|sink| (*sink, amount(network.nodes[*sink].absorbed)))
            .collect()
    }

    /// What the sources of a query put in, or what all others put in.
    fn injected_amounts(
        &self,
        network: &FlowNetwork,
        query: &SourceSinkQuery<'_>,
        of_route: bool,
        amount: impl Fn(AmountRange) -> MinorUnits,
    ) -> Vec<(NodeIndex, MinorUnits)> {
        let from = self
            .nodes
            .nodes()
            .iter()
            .filter(|node| (query.sources)(**node) == of_route);
        from.map(|node| (*node, amount(network.nodes[*node].injected)))
            .filter(|(_, amount)| *amount > 0)
            .collect()
    }
}

impl Bounds {
    /// The tighter of these and other bounds.
    fn within(self, min: Decimal, max: Option<Decimal>) -> Self {
        let max = self.max.into_iter().chain(max).min();
        outer_bounds(self.min.max(min), max)
    }
}

fn outer_bounds(min: Decimal, max: Option<Decimal>) -> Bounds {
    Bounds {
        min: min.max(Decimal::ZERO).normalize(),
        max: max.map(|max| max.normalize()),
        kind: BoundsKind::Outer,
        truncated: None,
    }
}

fn sum(mut extents: impl Iterator<Item = AmountRange>) -> Result<AmountRange, TooLarge> {
    extents
        .try_fold(AmountRange::ZERO, AmountRange::plus)
        .ok_or(TooLarge)
}
