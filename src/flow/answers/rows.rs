//! The amounts of a flow: in total, by source, by target, by industry, and from elsewhere.

use std::cmp::Reverse;

use crate::flow::Flow;
use crate::flow::amounts::amount_range::MinorUnits;
use crate::flow::amounts::minor_units::TooLarge;
use crate::flow::amounts::real::{Real, decimal, real, zero};
use crate::flow::attribution::mixing::{KnownReal, Mixing, kept_fraction};
use crate::flow::bounds::solver::{Bounds, BoundsKind, BoundsSolver, SourceSinkQuery};
use crate::flow::network::flow_network::FlowNetwork;
use crate::flow::network::indices::NodeIndex;
use crate::flow::network::layer_part::{LayerPart, LayerScope};
use crate::flow::network::reach::{NodeSet, downstream};
use crate::model::Decimal;
use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::closed::closed_list;
use crate::model::id::EntityId;
use crate::model::job;
use crate::model::walk::TruncationReason;

/// An amount of a flow: its bounds, and its value by proportional attribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlowAmount {
    /// By proportional attribution, rounded to 12 decimals; `None` if it depends on an uncertain amount, or
    /// work ran out.
    pub proportional: Option<Decimal>,
    /// The bounds, whatever mixes with what.
    pub bounds: Bounds,
}

/// A list of rows with amounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowRows<R> {
    /// The rows, largest first, then those with an unknown amount, each by id.
    pub rows: Vec<R>,
    /// Why amounts or rows may be missing, or bounds wider than necessary; `None` if the list is complete.
    pub truncated: Option<TruncationReason>,
}

/// The amount of one entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlowRow {
    /// The entity.
    pub entity: EntityId,
    /// The amount.
    pub amount: FlowAmount,
}

/// The amount of one industry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndustryRow {
    /// The industry; `None` for what is in no known industry.
    pub industry: Option<EntityId>,
    /// The amount.
    pub amount: FlowAmount,
}

closed_list! {
    OriginKind ["其他来历", "Other origin"]
        ["不出自所选来源的资源来自何处。", "Origin of what does not come from the sources."]
    {
        Other "OTHER" ["来源范围之外", "Outside the sources"] ["来自未选中的实体。", "Entity that was not selected."],
        Unexplained "UNEXPLAINED" ["来历未说明", "Unexplained"]
            ["来自经手方；它必有所出，但出自何处未知。",
            "Conduit that received it from an unknown origin."],
    }
}

/// An amount that the targets receive from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginRow {
    /// The entity it comes from.
    pub entity: EntityId,
    /// The kind of origin.
    pub origin: OriginKind,
    /// The amount.
    pub amount: FlowAmount,
}

impl Flow {
    /// The amount that the targets receive from the sources.
    pub fn total(&self, budget: &mut WorkBudget) -> Result<FlowAmount, TooLarge> {
        let targets = self.targets();
        let taken = self
            .attributed(&targets, budget)
            .and_then(|taken| Ok((taken, self.reached(budget)?)));
        let proportional = taken.as_ref().ok().and_then(|(taken, reached)| {
            let reached = targets
                .iter()
                .zip(taken)
                .filter(|(target, _)| reached.contains(**target));
            let sum = reached.map(|(_, taken)| *taken).collect::<Option<Vec<Real>>>()?;
            Some(sum.into_iter().fold(zero(), |sum, taken| sum + taken))
        });
        let mut amount = self.amount(proportional, &|node| self.is_credited(node), &targets, budget)?;
        amount.note(taken.err());
        Ok(amount)
    }

    /// The total that the targets receive, from any origin.
    pub fn absorbed(&self, budget: &mut WorkBudget) -> Result<FlowAmount, TooLarge> {
        let part = LayerPart::new(&self.facts, &self.ends, LayerScope::Targets);
        let (scenario, assumption) = self.what_if;
        let network = FlowNetwork::new(&part.edges, &[], &part.splits, scenario, assumption)?;
        let targets = self.ends.targets.iter();
        let targets: Vec<NodeIndex> = targets.filter_map(|target| network.node(target)).collect();
        let bounds = BoundsSolver::new(&network).total_kept(&targets, budget)?;
        Ok(FlowAmount::new(None, bounds, network.scale))
    }

    /// The amount that each source supplies to the targets.
    pub fn by_source(&self, budget: &mut WorkBudget) -> Result<FlowRows<FlowRow>, TooLarge> {
        let sources = (0..self.network.entities.len()).filter(|node| self.is_credited(*node));
        let rows = self.amounts_supplied(sources.collect(), budget)?;
        Ok(rows.map(|(node, amount)| self.row(node, amount)))
    }

    /// The amounts that the targets receive from elsewhere.
    pub fn other_origins(&self, budget: &mut WorkBudget) -> Result<FlowRows<OriginRow>, TooLarge> {
        let upstream = self.elsewhere(LayerScope::Upstream, budget)?;
        let others = (0..upstream.network.entities.len()).filter(|node| !upstream.is_credited(*node));
        let rows = upstream.amounts_supplied(others.collect(), budget)?;
        Ok(rows.map(|(node, amount)| {
            let entity = upstream.network.entities[node].clone();
            OriginRow {
                origin: if entity.kind().is_conduit() {
                    OriginKind::Unexplained
                } else {
                    OriginKind::Other
                },
                entity,
                amount,
            }
        }))
    }

    /// The amount that each target receives from the sources.
    pub fn by_target(&self, budget: &mut WorkBudget) -> Result<FlowRows<FlowRow>, TooLarge> {
        let rows = self.amounts_received(&self.targets(), budget)?;
        Ok(rows.map(|(node, amount)| self.row(node, amount)))
    }

    fn row(&self, node: NodeIndex, amount: FlowAmount) -> FlowRow {
        FlowRow {
            entity: self.network.entities[node].clone(),
            amount,
        }
    }

    /// The amount that each of the given nodes receives from the sources, if it can be positive.
    fn amounts_received(
        &self,
        targets: &[NodeIndex],
        budget: &mut WorkBudget,
    ) -> Result<FlowRows<(NodeIndex, FlowAmount)>, TooLarge> {
        let found = self
            .reached(budget)
            .and_then(|reached| Ok((reached, self.attributed(targets, budget)?)));
        let (reached, taken) = match found {
            Ok(found) => found,
            Err(spent) => return Ok(FlowRows::none(spent)),
        };
        let network = &self.network;
        let may_take = |node: NodeIndex| reached.contains(node) && !network.nodes[node].absorbed.is_zero();
        let rows = targets
            .iter()
            .copied()
            .zip(taken)
            .filter(|(node, _)| may_take(*node));
        let mut solver = BoundsSolver::new(network);
        let rows = rows.map(|(node, taken)| {
            let query = SourceSinkQuery {
                sources: &|node| self.is_credited(node),
                sinks: &[node],
            };
            let bounds = solver.between(&query, budget)?;
            Ok((node, FlowAmount::new(taken, bounds, network.scale)))
        });
        Ok(FlowRows::sorted(rows.collect::<Result<_, TooLarge>>()?))
    }

    /// The amount that each of the given nodes supplies to the targets, if it can be positive.
    fn amounts_supplied(
        &self,
        suppliers: Vec<NodeIndex>,
        budget: &mut WorkBudget,
    ) -> Result<FlowRows<(NodeIndex, FlowAmount)>, TooLarge> {
        let network = &self.network;
        let targets = self.targets();
        let mut is_target = vec![false; network.entities.len()];
        for target in &targets {
            job::step();
            is_target[*target] = true;
        }
        let worth = self
            .mixing()
            .and_then(|mixing| mixing.absorbed_fractions(network, |node| is_target[node], budget));
        let worth: Vec<KnownReal> = match worth {
            Ok(worth) => worth,
            Err(spent) => return Ok(FlowRows::none(spent)),
        };
        let mut solver = BoundsSolver::new(network);
        let mut rows = Vec::new();
        for node in suppliers {
            job::step();
            let facts = &network.nodes[node];
            let is_nothing = worth[node].is_some_and(|worth| worth <= zero());
            if facts.injected.is_zero() || is_nothing {
                continue;
            }
            let supplied = facts.injected.certain().zip(worth[node]);
            let query = SourceSinkQuery {
                sources: &|other| other == node,
                sinks: &targets,
            };
            let bounds = solver.between(&query, budget)?;
            let supplied = supplied.map(|(injected, worth)| real(injected) * worth);
            rows.push((node, FlowAmount::new(supplied, bounds, network.scale)));
        }
        Ok(FlowRows::sorted(rows))
    }

    /// The amount that each of the given nodes receives from the sources by proportional attribution; `None`
    /// if it is not known.
    pub(super) fn attributed(
        &self,
        targets: &[NodeIndex],
        budget: &mut WorkBudget,
    ) -> Result<Vec<KnownReal>, BudgetExhausted> {
        let mixing = self.mixing()?;
        let mut through = vec![zero(); self.network.entities.len()];
        for (node, amount) in mixing.throughput(&self.network, &self.injections(), budget)? {
            job::step();
            through[node] = amount;
        }
        let taken = |node: &NodeIndex| {
            if self.network.nodes[*node].absorbed.is_zero() {
                return Some(zero());
            }
            let kept = kept_fraction(&self.network, *node).filter(|_| mixing.is_known(*node))?;
            Some(kept * through[*node])
        };
        Ok(targets.iter().map(taken).collect())
    }

    /// The amounts that the sources put in, as far as they are known.
    pub(in crate::flow) fn injections(&self) -> Vec<(NodeIndex, MinorUnits)> {
        let credited = (0..self.network.entities.len()).filter(|node| self.is_credited(*node));
        let injections =
            credited.filter_map(|node| Some((node, self.network.nodes[node].injected.certain()?)));
        injections.filter(|(_, amount)| *amount > 0).collect()
    }

    pub(in crate::flow) fn mixing(&self) -> Result<&Mixing, BudgetExhausted> {
        self.mixing.as_ref().map_err(|spent| *spent)
    }

    pub(in crate::flow) fn amount(
        &self,
        proportional: Option<Real>,
        sources: &dyn Fn(NodeIndex) -> bool,
        sinks: &[NodeIndex],
        budget: &mut WorkBudget,
    ) -> Result<FlowAmount, TooLarge> {
        let bounds = BoundsSolver::new(&self.network).between(&SourceSinkQuery { sources, sinks }, budget)?;
        Ok(FlowAmount::new(proportional, bounds, self.network.scale))
    }

    /// The nodes that something from one node may reach.
    pub(super) fn reached_from(
        &self,
        node: NodeIndex,
        budget: &mut WorkBudget,
    ) -> Result<NodeSet, BudgetExhausted> {
        downstream(&self.network, std::iter::once(node), None, budget)
    }
}

impl FlowAmount {
    /// If both bounds are one number, it is the proportional amount too.
    pub(super) fn new(proportional: Option<Real>, bounds: Bounds, scale: u32) -> Self {
        Self::from_decimal(proportional.and_then(|amount| decimal(amount, scale)), bounds)
    }

    pub(super) fn from_decimal(proportional: Option<Decimal>, bounds: Bounds) -> Self {
        Self {
            proportional: proportional.or(bounds.max.filter(|max| *max == bounds.min)),
            bounds,
        }
    }

    fn note(&mut self, spent: Option<BudgetExhausted>) {
        self.bounds.truncated = self.bounds.truncated.or(spent.map(|spent| spent.0));
    }
}

/// A row with an amount.
pub trait HasAmount {
    /// The amount.
    fn amount_mut(&mut self) -> &mut FlowAmount;
}

impl HasAmount for FlowAmount {
    fn amount_mut(&mut self) -> &mut FlowAmount {
        self
    }
}
impl HasAmount for FlowRow {
    fn amount_mut(&mut self) -> &mut FlowAmount {
        &mut self.amount
    }
}
impl HasAmount for IndustryRow {
    fn amount_mut(&mut self) -> &mut FlowAmount {
        &mut self.amount
    }
}

/// Lowers the minimums of rows if their sum exceeds the minimum of their total, whose bounds may be wider
/// because each is computed with its own budget.
pub fn within_total<R: HasAmount>(rows: &mut [R], total: &FlowAmount) {
    let mut left = total.bounds.min;
    for row in rows {
        job::step();
        let bounds = &mut row.amount_mut().bounds;
        if bounds.min > left {
            bounds.min = left;
            bounds.kind = BoundsKind::Outer;
            bounds.truncated = bounds.truncated.or(total.bounds.truncated);
        }
        left -= bounds.min;
    }
}

impl<R> FlowRows<R> {
    pub(in crate::flow) fn none(spent: BudgetExhausted) -> Self {
        Self {
            rows: Vec::new(),
            truncated: Some(spent.0),
        }
    }

    pub(in crate::flow) fn map<T>(self, to: impl Fn(R) -> T) -> FlowRows<T> {
        FlowRows {
            rows: self.rows.into_iter().map(to).collect(),
            truncated: self.truncated,
        }
    }
}

impl FlowRows<(NodeIndex, FlowAmount)> {
    /// Sorts rows; nodes are numbered by their ids.
    pub(in crate::flow) fn sorted(mut rows: Vec<(NodeIndex, FlowAmount)>) -> Self {
        rows.sort_by_key(|(node, amount)| (Reverse(amount.proportional), *node));
        Self {
            truncated: rows.iter().find_map(|(_, amount)| amount.bounds.truncated),
            rows,
        }
    }
}
