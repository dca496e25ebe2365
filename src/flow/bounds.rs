//! Bounds: how much can have come from some entities to others at least and at most, whatever was mixed with what.
//!
//! Where every amount that matters is certain they are exact: what comes at most is a maximum flow, and what comes at least is what
//! does not come from elsewhere at most. Where amounts are uncertain they are those of a linear program, proven in exact arithmetic
//! and rounded outward; then more is allowed than is possible, and they are marked as outer bounds.

use std::collections::{BTreeSet, VecDeque};

use super::extent::{Extent, Grains};
use super::grains::TooLarge;
use super::max_flow::{Carry, ENDLESS, MaxFlow};
use super::network::{Network, NodeIndex};
use super::program::{Aim, Programmed, program};
use super::real::DECIMALS;
use crate::model::Decimal;
use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::closed::closed_list;
use crate::model::walk::TruncationReason;

closed_list! {
    /// What bounds are worth.
    BoundsKind {
        /// Both ends are reached by some mixing.
        Exact "EXACT",
        /// It lies between them; whether an end can be reached is not known.
        Outer "OUTER",
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
    max_flow: MaxFlow<'n>,
}

/// A question: how much comes from the sources to the sinks.
pub(super) struct Route<'a> {
    pub(super) sources: &'a dyn Fn(NodeIndex) -> bool,
    pub(super) sinks: &'a [NodeIndex],
}

impl<'n> Bounding<'n> {
    pub(super) fn new(network: &'n Network) -> Self {
        Self {
            network,
            max_flow: MaxFlow::new(network, Carry::Least),
        }
    }

    /// How much comes from the sources to the sinks. Where work runs out, bounds that take none.
    pub(super) fn between(&mut self, route: &Route<'_>, budget: &mut WorkBudget) -> Result<Bounds, TooLarge> {
        let sinks: Vec<NodeIndex> = self.sinks(route.sinks).collect();
        let upstream = match upstream(self.network, &sinks, budget) {
            Ok(upstream) => upstream,
            Err(spent) => return self.loose(route, None, spent),
        };
        let is_certain = |node: &NodeIndex| !self.network.nodes[*node].is_uncertain;
        let kept = sinks
            .iter()
            .all(|sink| self.network.nodes[*sink].absorbed.is_certain());
        let found = if kept && upstream.iter().all(is_certain) {
            self.exact(route, &sinks, &upstream, budget)
        } else {
            self.outer(route, &sinks, &upstream, budget)?
        };
        match found {
            Ok(bounds) => Ok(bounds),
            Err(spent) => self.loose(route, Some(&upstream), spent),
        }
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
        let none = BTreeSet::new();
        let mut solve = |aim| optimum(&program(self.network, &|_| false, &sinks, &none, aim)?, budget);
        let found = solve(Aim::Kept).and_then(|most| Ok((most, solve(Aim::LeastKept)?)));
        let (max, min) = match found {
            Ok((max, least)) => (max, least),
            Err(Failed::TooLarge(error)) => return Err(error),
            Err(Failed::OutOfWork(spent)) => return Ok(self.within(sum, spent)),
        };
        Ok(outer_bounds(min.map_or(Decimal::ZERO, |least| -least), max))
    }

    fn exact(
        &mut self,
        route: &Route<'_>,
        sinks: &[NodeIndex],
        upstream: &BTreeSet<NodeIndex>,
        budget: &mut WorkBudget,
    ) -> Result<Bounds, OutOfWork> {
        let network = self.network;
        let put_in = |of_route: bool| -> Vec<(NodeIndex, Grains)> {
            let from = upstream.iter().filter(|node| (route.sources)(**node) == of_route);
            from.map(|node| (*node, network.nodes[*node].injected.lower))
                .filter(|(_, amount)| *amount > 0)
                .collect()
        };
        let keep: Vec<(NodeIndex, Grains)> = sinks
            .iter()
            .map(|sink| (*sink, network.nodes[*sink].absorbed.lower))
            .collect();
        let all: Grains = keep.iter().map(|(_, amount)| amount).sum();
        let most = self.max_flow.most(&put_in(true), &keep, budget)?;
        let others = self.max_flow.most(&put_in(false), &keep, budget)?;
        Ok(Bounds {
            min: self.toward(all - others, Rounding::Down),
            max: Some(self.toward(most, Rounding::Up)),
            kind: BoundsKind::Exact,
            truncated: None,
        })
    }

    fn outer(
        &self,
        route: &Route<'_>,
        sinks: &[NodeIndex],
        upstream: &BTreeSet<NodeIndex>,
        budget: &mut WorkBudget,
    ) -> Result<Result<Bounds, OutOfWork>, TooLarge> {
        let network = self.network;
        let wide = match self.by_intervals(route, sinks, upstream, budget) {
            Ok(wide) if wide.max == Some(wide.min) => return Ok(Ok(wide)),
            Ok(wide) => wide,
            Err(spent) => return Ok(Err(spent)),
        };
        let others = |node: NodeIndex| !(route.sources)(node);
        let mut solve = |sources: &dyn Fn(NodeIndex) -> bool, aim| -> Result<Option<Decimal>, Failed> {
            let between = downstream(network, sources, upstream, budget)?;
            optimum(&program(network, sources, sinks, &between, aim)?, budget)
        };
        let found =
            solve(route.sources, Aim::Most).and_then(|most| Ok((most, solve(&others, Aim::MostLessKept)?)));
        match found {
            // Both are true, and rounded each for itself.
            Ok((most, less)) => Ok(Ok(Bounds {
                truncated: None,
                ..wide.within(less.map_or(Decimal::ZERO, |less| -less), most)
            })),
            Err(Failed::TooLarge(error)) => Err(error),
            Err(Failed::OutOfWork(spent)) => Ok(Ok(Bounds {
                truncated: Some(spent.0),
                ..wide
            })),
        }
    }

    /// Bounds that take each uncertain amount by itself: at most, what flows if every link carries all that it may; at least, what the
    /// sinks keep at least, less what can come from elsewhere then. (What comes from elsewhere grows by no more than what the
    /// sinks keep, so that more kept leaves no less for the sources.)
    fn by_intervals(
        &self,
        route: &Route<'_>,
        sinks: &[NodeIndex],
        upstream: &BTreeSet<NodeIndex>,
        budget: &mut WorkBudget,
    ) -> Result<Bounds, OutOfWork> {
        let network = self.network;
        let mut max_flow = MaxFlow::new(network, Carry::Most);
        let put_in = |of_route: bool| -> Vec<(NodeIndex, Grains)> {
            let from = upstream.iter().filter(|node| (route.sources)(**node) == of_route);
            from.map(|node| (*node, network.nodes[*node].injected.upper.unwrap_or(ENDLESS)))
                .filter(|(_, amount)| *amount > 0)
                .collect()
        };
        let kept = |of: fn(Extent) -> Grains| -> Vec<(NodeIndex, Grains)> {
            sinks
                .iter()
                .map(|sink| (*sink, of(network.nodes[*sink].absorbed)))
                .collect()
        };
        let most = max_flow.most(&put_in(true), &kept(|kept| kept.upper.unwrap_or(ENDLESS)), budget)?;
        let least = kept(|kept| kept.lower);
        let others = max_flow.most(&put_in(false), &least, budget)?;
        let all: Grains = least.iter().map(|(_, amount)| amount).sum();
        Ok(outer_bounds(
            self.toward(all - others, Rounding::Down),
            (most < ENDLESS).then(|| self.toward(most, Rounding::Up)),
        ))
    }

    /// What needs no work: no more than is put in, and than is kept.
    fn loose(
        &self,
        route: &Route<'_>,
        upstream: Option<&BTreeSet<NodeIndex>>,
        spent: OutOfWork,
    ) -> Result<Bounds, TooLarge> {
        let nodes = &self.network.nodes;
        let kept = sum(self.sinks(route.sinks).map(|sink| nodes[sink].absorbed))?;
        let from: Vec<NodeIndex> = match upstream {
            Some(upstream) => upstream.iter().copied().collect(),
            None => (0..nodes.len()).collect(),
        };
        let from = from.into_iter().filter(|node| (route.sources)(*node));
        let put_in = sum(from.map(|node| nodes[node].injected))?;
        let upper = match (kept.upper, put_in.upper) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        Ok(self.within(Extent::up_to(upper), spent))
    }

    fn within(&self, extent: Extent, spent: OutOfWork) -> Bounds {
        Bounds {
            truncated: Some(spent.0),
            ..outer_bounds(
                self.toward(extent.lower, Rounding::Down),
                extent.upper.map(|upper| self.toward(upper, Rounding::Up)),
            )
        }
    }

    fn sinks<'a>(&'a self, sinks: &'a [NodeIndex]) -> impl Iterator<Item = NodeIndex> + 'a {
        sinks
            .iter()
            .copied()
            .filter(|sink| !self.network.nodes[*sink].absorbed.is_zero())
    }

    fn decimal(&self, grains: Grains) -> Result<Decimal, TooLarge> {
        let decimal = Decimal::try_from_i128_with_scale(grains, self.network.scale).map_err(|_| TooLarge)?;
        Ok(decimal.normalize())
    }

    /// An amount at 12 decimals, outward. One too large for a decimal has none that is larger.
    fn toward(&self, grains: Grains, rounding: Rounding) -> Decimal {
        let more = self.network.scale.saturating_sub(DECIMALS);
        let step = 10_i128.saturating_pow(more);
        let whole =
            grains.div_euclid(step) + Grains::from(rounding == Rounding::Up && grains.rem_euclid(step) != 0);
        let decimal = Decimal::try_from_i128_with_scale(whole, self.network.scale.min(DECIMALS));
        decimal.unwrap_or(Decimal::MAX).normalize()
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Rounding {
    Down,
    Up,
}

/// Why a program has no answer.
enum Failed {
    TooLarge(TooLarge),
    OutOfWork(OutOfWork),
}

impl From<TooLarge> for Failed {
    fn from(error: TooLarge) -> Self {
        Self::TooLarge(error)
    }
}

impl From<OutOfWork> for Failed {
    fn from(spent: OutOfWork) -> Self {
        Self::OutOfWork(spent)
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

fn optimum(asked: &Programmed, budget: &mut WorkBudget) -> Result<Option<Decimal>, Failed> {
    let bound = asked.program.upper_bound(budget)?;
    Ok(bound.and_then(|bound| bound.checked_add(asked.more)))
}

/// The sinks, and every entity from which something may come to one.
pub(super) fn upstream(
    network: &Network,
    sinks: &[NodeIndex],
    budget: &mut WorkBudget,
) -> Result<BTreeSet<NodeIndex>, OutOfWork> {
    let mut found: BTreeSet<NodeIndex> = sinks.iter().copied().collect();
    let mut open: VecDeque<NodeIndex> = sinks.iter().copied().collect();
    while let Some(node) = open.pop_front() {
        budget.spend_many(network.incoming(node).len() as u64)?;
        for link in network.incoming(node) {
            let link = &network.links[*link];
            if !link.extent.is_zero() && found.insert(link.from) {
                open.push_back(link.from);
            }
        }
    }
    Ok(found)
}

/// Of some entities, those to which something may come that a source puts in.
pub(super) fn downstream(
    network: &Network,
    sources: &dyn Fn(NodeIndex) -> bool,
    among: &BTreeSet<NodeIndex>,
    budget: &mut WorkBudget,
) -> Result<BTreeSet<NodeIndex>, OutOfWork> {
    let puts_in = |node: &NodeIndex| sources(*node) && !network.nodes[*node].injected.is_zero();
    let mut found: BTreeSet<NodeIndex> = among.iter().copied().filter(puts_in).collect();
    let mut open: VecDeque<NodeIndex> = found.iter().copied().collect();
    while let Some(node) = open.pop_front() {
        budget.spend_many(network.outgoing(node).len() as u64)?;
        for link in network.outgoing(node) {
            let link = &network.links[*link];
            if !link.extent.is_zero() && among.contains(&link.to) && found.insert(link.to) {
                open.push_back(link.to);
            }
        }
    }
    Ok(found)
}
