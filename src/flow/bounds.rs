//! Bounds: how much can have come from some entities to others at least and at most, whatever was mixed with what.
//!
//! Where every amount that matters is certain they are exact: what comes at most is a maximum flow, and what comes at least is what
//! does not come from elsewhere at most. Where amounts are uncertain they are those of a linear program, proven in exact arithmetic
//! and rounded outward; then more is allowed than is possible, and they are marked as outer bounds.

use std::rc::Rc;

use super::cuts;
use super::extent::{ENDLESS, Extent, Grains};
use super::grains::{TooLarge, decimal};
use super::max_flow::{Carry, MaxFlow};
use super::network::{Network, NodeIndex};
use super::program::{Aim, Asked, Failed, Programmed};
use super::reach::{NodeSet, downstream, upstream};
use super::real::DECIMALS;
use crate::model::Decimal;
use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::closed::closed_list;
use crate::model::walk::TruncationReason;

closed_list! {
    BoundsKind ["上下限的性质", "Kind of bounds"]
        ["上下限有多紧。", "How tight bounds are."]
    {
        Exact "EXACT" ["上下限都可能达到", "Both ends can be reached"]
            ["每一端都有某种混合方式能够达到。",
            "Each end is reached by some mixing."],
        Outer "OUTER" ["真值在区间之内，区间可能偏宽", "The truth lies inside; the interval may be too wide"]
            ["数额在两端之间；能否达到端点并不确定。",
            "The amount lies between them; whether an end can be reached is not known."],
    }
}

/// Between which numbers an amount lies, in the unit of the layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bounds {
    /// At least.
    pub min: Decimal,
    /// At most; none: no end is known.
    pub max: Option<Decimal>,
    /// What they are worth.
    pub kind: BoundsKind,
    /// Why they may be wider than they must be; none: they need not be.
    pub truncated: Option<TruncationReason>,
}

/// Answers questions for bounds on one network.
pub(super) struct Bounding<'n> {
    network: &'n Network,
    /// Maximum flows over what is there at least, and at most.
    least: Option<MaxFlow>,
    most: Option<MaxFlow>,
    /// Of the last question: the rows of a list differ in their sources alone.
    last: Option<Rc<Upstream>>,
}

/// A question: how much comes from the sources to the sinks.
pub(super) struct Route<'a> {
    pub(super) sources: &'a dyn Fn(NodeIndex) -> bool,
    pub(super) sinks: &'a [NodeIndex],
}

/// What lies upstream of some entities.
struct Upstream {
    asked: Vec<NodeIndex>,
    /// Those of them that may keep anything.
    sinks: Vec<NodeIndex>,
    nodes: NodeSet,
    /// Whether all amounts at these are.
    is_certain: bool,
}

impl<'n> Bounding<'n> {
    pub(super) fn new(network: &'n Network) -> Self {
        Self {
            network,
            least: None,
            most: None,
            last: None,
        }
    }

    /// How much comes from the sources to the sinks. Where work runs out, bounds that take none.
    pub(super) fn between(&mut self, route: &Route<'_>, budget: &mut WorkBudget) -> Result<Bounds, TooLarge> {
        let upstream = match self.upstream(route.sinks, budget) {
            Ok(upstream) => upstream,
            Err(spent) => return self.loose(route, None, spent),
        };
        let found = if upstream.is_certain {
            self.exact(route, &upstream, budget)
        } else {
            self.outer(route, &upstream, budget)
        };
        match found {
            Ok(bounds) => Ok(bounds),
            Err(Failed::TooLarge(error)) => Err(error),
            Err(Failed::OutOfWork(spent)) => self.loose(route, Some(&upstream), spent),
        }
    }

    fn upstream(&mut self, asked: &[NodeIndex], budget: &mut WorkBudget) -> Result<Rc<Upstream>, OutOfWork> {
        if let Some(last) = self.last.as_ref().filter(|last| last.asked == asked) {
            return Ok(last.clone());
        }
        let sinks: Vec<NodeIndex> = self.sinks(asked).collect();
        let nodes = upstream(self.network, &sinks, budget)?;
        let facts = &self.network.nodes;
        let found = Rc::new(Upstream {
            asked: asked.to_vec(),
            is_certain: sinks.iter().all(|sink| facts[*sink].absorbed.is_certain())
                && nodes.nodes().iter().all(|node| !facts[*node].is_uncertain),
            sinks,
            nodes,
        });
        self.last = Some(found.clone());
        Ok(found)
    }

    /// How much the sinks keep in all.
    pub(super) fn kept(&self, sinks: &[NodeIndex], budget: &mut WorkBudget) -> Result<Bounds, TooLarge> {
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
        let mut solve = |aim| {
            let asked = Asked {
                sources: &|_| false,
                sinks: &sinks,
                between: &NodeSet::none(self.network),
                aim,
            };
            let programmed = Programmed::new(self.network, &asked, budget)?;
            Ok(programmed.program.upper_bound(budget)?)
        };
        let found = solve(Aim::Kept).and_then(|most| Ok((most, solve(Aim::LeastKept)?)));
        let (max, min) = match found {
            Ok((max, least)) => (max, least),
            Err(Failed::TooLarge(error)) => return Err(error),
            Err(Failed::OutOfWork(spent)) => return self.within(sum, spent),
        };
        Ok(outer_bounds(min.map_or(Decimal::ZERO, |least| -least), max))
    }

    fn exact(
        &mut self,
        route: &Route<'_>,
        upstream: &Upstream,
        budget: &mut WorkBudget,
    ) -> Result<Bounds, Failed> {
        let network = self.network;
        let least = self
            .least
            .get_or_insert_with(|| MaxFlow::new(network, Carry::Least));
        let keep = upstream.kept(network, |kept| kept.lower);
        let mut most = |of_route| {
            let put_in = upstream.put_in(network, route, of_route, |injected| injected.lower);
            least.most(&put_in, &keep, budget)
        };
        let (most, others) = (most(true)?, most(false)?);
        let all: Grains = keep.iter().map(|(_, amount)| amount).sum();
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
        route: &Route<'_>,
        upstream: &Upstream,
        budget: &mut WorkBudget,
    ) -> Result<Bounds, Failed> {
        let wide = self.by_intervals(route, upstream, budget)?;
        if wide.max == Some(wide.min) {
            return Ok(wide);
        }
        let others = |node: NodeIndex| !(route.sources)(node);
        let most = self.programmed(route.sources, upstream, Aim::Most, budget);
        let found = most.and_then(|most| {
            let less = self.programmed(&others, upstream, Aim::MostLessKept, budget)?;
            Ok((most, less))
        });
        match found {
            // Both are true, and rounded each for itself.
            Ok((most, less)) => Ok(wide.within(less.map_or(Decimal::ZERO, |less| -less), most)),
            Err(Failed::TooLarge(error)) => Err(Failed::TooLarge(error)),
            Err(Failed::OutOfWork(spent)) => Ok(Bounds {
                truncated: Some(spent.0),
                ..wide
            }),
        }
    }

    fn programmed(
        &mut self,
        sources: &dyn Fn(NodeIndex) -> bool,
        upstream: &Upstream,
        aim: Aim,
        budget: &mut WorkBudget,
    ) -> Result<Option<Decimal>, Failed> {
        let network = self.network;
        let puts_in = |node: &NodeIndex| sources(*node) && !network.nodes[*node].injected.is_zero();
        let starts = upstream.nodes.nodes().iter().copied().filter(puts_in);
        let asked = Asked {
            sources,
            sinks: &upstream.sinks,
            between: &downstream(network, starts, Some(&upstream.nodes), budget)?,
            aim,
        };
        let max_flow = self
            .most
            .get_or_insert_with(|| MaxFlow::new(network, Carry::Most));
        cuts::most(network, &asked, max_flow, budget)
    }

    /// Bounds that take each uncertain amount by itself: at most, what flows if every link carries all that it may; at least, what the
    /// sinks keep at least, less what can come from elsewhere then. (What comes from elsewhere grows by no more than what the
    /// sinks keep, so that more kept leaves no less for the sources.)
    fn by_intervals(
        &mut self,
        route: &Route<'_>,
        upstream: &Upstream,
        budget: &mut WorkBudget,
    ) -> Result<Bounds, Failed> {
        let network = self.network;
        let max_flow = self
            .most
            .get_or_insert_with(|| MaxFlow::new(network, Carry::Most));
        let most = |extent: Extent| extent.upper.unwrap_or(ENDLESS);
        let from_sources = upstream.put_in(network, route, true, most);
        let found = max_flow.most(&from_sources, &upstream.kept(network, most), budget)?;
        let least = upstream.kept(network, |kept| kept.lower);
        let all: Grains = least.iter().map(|(_, amount)| amount).sum();
        let elsewhere = upstream.put_in(network, route, false, most);
        let others = max_flow.most(&elsewhere, &least, budget)?;
        // What has no end is taken for that much, which is too little where so much is kept.
        let min = if all < ENDLESS { all - others } else { 0 };
        let max = Some(found).filter(|found| *found < ENDLESS);
        let max = max.map(|max| self.at_most(max)).transpose()?;
        Ok(outer_bounds(self.at_least(min)?, max))
    }

    /// What needs no work: no more than is put in, and than is kept.
    fn loose(
        &self,
        route: &Route<'_>,
        upstream: Option<&Upstream>,
        spent: OutOfWork,
    ) -> Result<Bounds, TooLarge> {
        let nodes = &self.network.nodes;
        let kept = sum(self.sinks(route.sinks).map(|sink| nodes[sink].absorbed))?;
        let from = (0..nodes.len())
            .filter(|node| upstream.is_none_or(|upstream| upstream.nodes.contains(*node)))
            .filter(|node| (route.sources)(*node));
        let put_in = sum(from.map(|node| nodes[node].injected))?;
        let upper = match (kept.upper, put_in.upper) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        self.within(Extent::up_to(upper), spent)
    }

    fn within(&self, extent: Extent, spent: OutOfWork) -> Result<Bounds, TooLarge> {
        let max = extent.upper.map(|upper| self.at_most(upper)).transpose()?;
        Ok(Bounds {
            truncated: Some(spent.0),
            ..outer_bounds(self.at_least(extent.lower)?, max)
        })
    }

    fn sinks<'a>(&'a self, sinks: &'a [NodeIndex]) -> impl Iterator<Item = NodeIndex> + 'a {
        sinks
            .iter()
            .copied()
            .filter(|sink| !self.network.nodes[*sink].absorbed.is_zero())
    }

    fn decimal(&self, grains: Grains) -> Result<Decimal, TooLarge> {
        Ok(decimal(grains, self.network.scale)?.normalize())
    }

    /// An amount rounded down.
    fn at_least(&self, grains: Grains) -> Result<Decimal, TooLarge> {
        Ok(self.rounded(grains, false)?.0)
    }

    /// An amount rounded up.
    fn at_most(&self, grains: Grains) -> Result<Decimal, TooLarge> {
        Ok(self.rounded(grains, true)?.0)
    }

    /// An amount at 12 decimals, or at as many as fit, and whether it is the amount itself.
    fn rounded(&self, grains: Grains, up: bool) -> Result<(Decimal, bool), TooLarge> {
        let scale = self.network.scale;
        let mut decimals = (0..=scale.min(DECIMALS)).rev();
        let found = decimals.find_map(|decimals| {
            let step = 10_i128.checked_pow(scale - decimals)?;
            let rest = grains.rem_euclid(step);
            let whole = grains.div_euclid(step) + Grains::from(up && rest != 0);
            let decimal = Decimal::try_from_i128_with_scale(whole, decimals).ok()?;
            Some((decimal.normalize(), rest == 0))
        });
        found.ok_or(TooLarge)
    }
}

impl Upstream {
    fn kept(&self, network: &Network, amount: impl Fn(Extent) -> Grains) -> Vec<(NodeIndex, Grains)> {
        let sinks = self.sinks.iter();
        sinks
            .map(|sink| (*sink, amount(network.nodes[*sink].absorbed)))
            .collect()
    }

    /// What the sources of a route put in, or all others.
    fn put_in(
        &self,
        network: &Network,
        route: &Route<'_>,
        of_route: bool,
        amount: impl Fn(Extent) -> Grains,
    ) -> Vec<(NodeIndex, Grains)> {
        let from = self
            .nodes
            .nodes()
            .iter()
            .filter(|node| (route.sources)(**node) == of_route);
        from.map(|node| (*node, amount(network.nodes[*node].injected)))
            .filter(|(_, amount)| *amount > 0)
            .collect()
    }
}

impl Bounds {
    /// Those of these and others that are narrower.
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

fn sum(mut extents: impl Iterator<Item = Extent>) -> Result<Extent, TooLarge> {
    extents.try_fold(Extent::ZERO, Extent::plus).ok_or(TooLarge)
}
