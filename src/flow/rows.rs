//! The amounts of a flow: in all, by source, by target, by industry, and from elsewhere.

use std::cmp::Reverse;

use super::between::Scope;
use super::bounds::{Bounding, Bounds, BoundsKind, Route};
use super::grains::TooLarge;
use super::mixing::{Mixing, Worth, kept};
use super::network::{Network, NodeIndex};
use super::reach::{NodeSet, downstream};
use super::real::{Real, decimal, real, zero};
use super::{Flow, industries, part};
use crate::model::Decimal;
use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::closed::closed_list;
use crate::model::id::EntityId;
use crate::model::job;
use crate::model::walk::TruncationReason;

/// An amount: between which numbers it lies, and what it is if everything mixes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Amount {
    /// By proportional attribution, rounded at 12 decimals; none where an uncertain amount decides on it, or work ran out.
    pub proportional: Option<Decimal>,
    /// Whatever mixes with what.
    pub bounds: Bounds,
}

/// A list of amounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rows<R> {
    /// The largest first, then those that are not known, each by id.
    pub rows: Vec<R>,
    /// Why amounts or rows may be missing, or bounds wider than they must be; none: nothing is.
    pub truncated: Option<TruncationReason>,
}

/// An amount at an entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The entity.
    pub entity: EntityId,
    /// How much.
    pub amount: Amount,
}

/// An amount by industry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndustryRow {
    /// The industry; none: what is in no industry that is known.
    pub industry: Option<EntityId>,
    /// How much.
    pub amount: Amount,
}

closed_list! {
    OriginKind ["其他来历", "Other origin"]
        ["不出自所选来源的资源来自何处。", "Where what does not come from the sources comes from."]
    {
        Other "OTHER" ["来源范围之外", "Outside the sources"] ["来自未选中的实体。", "From an entity that was not selected."],
        Unexplained "UNEXPLAINED" ["来历未说明", "Unexplained"]
            ["来自经手方；它必有所出，但出自何处未知。",
            "From a conduit, which must have it from someone; from whom is not known."],
    }
}

/// What the targets take in from elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OriginRow {
    /// From whom.
    pub entity: EntityId,
    /// What kind of origin that is.
    pub origin: OriginKind,
    /// How much.
    pub amount: Amount,
}

impl Flow {
    /// What the targets take in from the sources.
    pub fn total(&self, budget: &mut WorkBudget) -> Result<Amount, TooLarge> {
        let targets = self.targets();
        let taken = self
            .taken(&targets, budget)
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

    /// What all the targets take in, from whomever and by whatever way.
    pub fn absorbed(&self, budget: &mut WorkBudget) -> Result<Amount, TooLarge> {
        let part = part(&self.facts, &self.ends, Scope::Targets);
        let (scenario, assumption) = self.what_if;
        let network = Network::new(&part.links, &[], &part.splits, scenario, assumption)?;
        let targets = self.ends.targets.iter();
        let targets: Vec<NodeIndex> = targets.filter_map(|target| network.node(target)).collect();
        let bounds = Bounding::new(&network).kept(&targets, budget)?;
        Ok(Amount::of(None, bounds, network.scale))
    }

    /// What each source supplies to the targets.
    pub fn by_source(&self, budget: &mut WorkBudget) -> Result<Rows<Row>, TooLarge> {
        let sources = (0..self.network.entities.len()).filter(|node| self.is_credited(*node));
        let rows = self.supplied(sources.collect(), budget)?;
        Ok(rows.map(|(node, amount)| self.row(node, amount)))
    }

    /// What comes from elsewhere to all the targets.
    pub fn other_origins(&self, budget: &mut WorkBudget) -> Result<Rows<OriginRow>, TooLarge> {
        let upstream = self.elsewhere(Scope::Upstream, budget)?;
        let others = (0..upstream.network.entities.len()).filter(|node| !upstream.is_credited(*node));
        let rows = upstream.supplied(others.collect(), budget)?;
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

    /// What each target takes in from the sources.
    pub fn by_target(&self, budget: &mut WorkBudget) -> Result<Rows<Row>, TooLarge> {
        let rows = self.received(&self.targets(), budget)?;
        Ok(rows.map(|(node, amount)| self.row(node, amount)))
    }

    /// What the targets take in from the sources, by the industries that they are in; last what is in none.
    pub fn by_industry(&self, budget: &mut WorkBudget) -> Result<Rows<IndustryRow>, TooLarge> {
        let of_one = |row: Row| IndustryRow {
            industry: Some(row.entity),
            amount: row.amount,
        };
        if self.ends.are_industries() {
            return Ok(self.by_target(budget)?.map(of_one));
        }
        industries::by_industry(self, budget)
    }

    fn row(&self, node: NodeIndex, amount: Amount) -> Row {
        Row {
            entity: self.network.entities[node].clone(),
            amount,
        }
    }

    /// What each of some entities takes in from the sources, where it may be anything.
    fn received(
        &self,
        targets: &[NodeIndex],
        budget: &mut WorkBudget,
    ) -> Result<Rows<(NodeIndex, Amount)>, TooLarge> {
        let found = self
            .reached(budget)
            .and_then(|reached| Ok((reached, self.taken(targets, budget)?)));
        let (reached, taken) = match found {
            Ok(found) => found,
            Err(spent) => return Ok(Rows::none(spent)),
        };
        let network = &self.network;
        let may_take = |node: NodeIndex| reached.contains(node) && !network.nodes[node].absorbed.is_zero();
        let rows = targets
            .iter()
            .copied()
            .zip(taken)
            .filter(|(node, _)| may_take(*node));
        let mut bounding = Bounding::new(network);
        let rows = rows.map(|(node, taken)| {
            let route = Route {
                sources: &|node| self.is_credited(node),
                sinks: &[node],
            };
            let bounds = bounding.between(&route, budget)?;
            Ok((node, Amount::of(taken, bounds, network.scale)))
        });
        Ok(Rows::sorted(rows.collect::<Result<_, TooLarge>>()?))
    }

    /// What each of some entities supplies to the targets, where it may be anything.
    fn supplied(
        &self,
        suppliers: Vec<NodeIndex>,
        budget: &mut WorkBudget,
    ) -> Result<Rows<(NodeIndex, Amount)>, TooLarge> {
        let network = &self.network;
        let targets = self.targets();
        let mut is_target = vec![false; network.entities.len()];
        for target in &targets {
            job::step();
            is_target[*target] = true;
        }
        let worth = self
            .mixing()
            .and_then(|mixing| mixing.worth(network, |node| is_target[node], budget));
        let worth: Vec<Worth> = match worth {
            Ok(worth) => worth,
            Err(spent) => return Ok(Rows::none(spent)),
        };
        let mut bounding = Bounding::new(network);
        let mut rows = Vec::new();
        for node in suppliers {
            job::step();
            let facts = &network.nodes[node];
            let is_nothing = worth[node].is_some_and(|worth| worth <= zero());
            if facts.injected.is_zero() || is_nothing {
                continue;
            }
            let supplied = facts.injected.certain().zip(worth[node]);
            let route = Route {
                sources: &|other| other == node,
                sinks: &targets,
            };
            let bounds = bounding.between(&route, budget)?;
            let supplied = supplied.map(|(injected, worth)| real(injected) * worth);
            rows.push((node, Amount::of(supplied, bounds, network.scale)));
        }
        Ok(Rows::sorted(rows))
    }

    /// What each of some entities takes in from the sources by proportional attribution; none where it is not known.
    pub(super) fn taken(
        &self,
        targets: &[NodeIndex],
        budget: &mut WorkBudget,
    ) -> Result<Vec<Worth>, OutOfWork> {
        let mixing = self.mixing()?;
        let mut through = vec![zero(); self.network.entities.len()];
        for (node, amount) in mixing.through(&self.network, &self.put_in(), budget)? {
            job::step();
            through[node] = amount;
        }
        let taken = |node: &NodeIndex| {
            if self.network.nodes[*node].absorbed.is_zero() {
                return Some(zero());
            }
            let kept = kept(&self.network, *node).filter(|_| mixing.is_known(*node))?;
            Some(kept * through[*node])
        };
        Ok(targets.iter().map(taken).collect())
    }

    /// What the sources put in, as far as that is known.
    pub(super) fn put_in(&self) -> Vec<(NodeIndex, super::extent::Grains)> {
        let credited = (0..self.network.entities.len()).filter(|node| self.is_credited(*node));
        let put_in = credited.filter_map(|node| Some((node, self.network.nodes[node].injected.certain()?)));
        put_in.filter(|(_, amount)| *amount > 0).collect()
    }

    pub(super) fn mixing(&self) -> Result<&Mixing, OutOfWork> {
        self.mixing.as_ref().map_err(|spent| *spent)
    }

    pub(super) fn amount(
        &self,
        proportional: Option<Real>,
        sources: &dyn Fn(NodeIndex) -> bool,
        sinks: &[NodeIndex],
        budget: &mut WorkBudget,
    ) -> Result<Amount, TooLarge> {
        let bounds = Bounding::new(&self.network).between(&Route { sources, sinks }, budget)?;
        Ok(Amount::of(proportional, bounds, self.network.scale))
    }

    /// Where something may come from one entity.
    pub(super) fn reached_from(
        &self,
        node: NodeIndex,
        budget: &mut WorkBudget,
    ) -> Result<NodeSet, OutOfWork> {
        downstream(&self.network, std::iter::once(node), None, budget)
    }
}

impl Amount {
    /// Where both bounds are one number, it is the proportional amount too.
    pub(super) fn of(proportional: Option<Real>, bounds: Bounds, scale: u32) -> Self {
        Self::known(proportional.and_then(|amount| decimal(amount, scale)), bounds)
    }

    pub(super) fn known(proportional: Option<Decimal>, bounds: Bounds) -> Self {
        Self {
            proportional: proportional.or(bounds.max.filter(|max| *max == bounds.min)),
            bounds,
        }
    }

    fn note(&mut self, spent: Option<OutOfWork>) {
        self.bounds.truncated = self.bounds.truncated.or(spent.map(|spent| spent.0));
    }
}

/// What has an amount.
pub trait HasAmount {
    /// How much it is.
    fn amount_mut(&mut self) -> &mut Amount;
}

impl HasAmount for Amount {
    fn amount_mut(&mut self) -> &mut Amount {
        self
    }
}
impl HasAmount for Row {
    fn amount_mut(&mut self) -> &mut Amount {
        &mut self.amount
    }
}
impl HasAmount for IndustryRow {
    fn amount_mut(&mut self) -> &mut Amount {
        &mut self.amount
    }
}

/// Lowers what rows are at least where they are together more than their total is at least: its bounds may be wider than theirs, for each
/// is computed with work of its own.
pub fn within_total<R: HasAmount>(rows: &mut [R], total: &Amount) {
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

impl<R> Rows<R> {
    pub(super) fn none(spent: OutOfWork) -> Self {
        Self {
            rows: Vec::new(),
            truncated: Some(spent.0),
        }
    }

    pub(super) fn map<T>(self, to: impl Fn(R) -> T) -> Rows<T> {
        Rows {
            rows: self.rows.into_iter().map(to).collect(),
            truncated: self.truncated,
        }
    }
}

impl Rows<(NodeIndex, Amount)> {
    /// Entities are numbered by their ids.
    pub(super) fn sorted(mut rows: Vec<(NodeIndex, Amount)>) -> Self {
        rows.sort_by_key(|(node, amount)| (Reverse(amount.proportional), *node));
        Self {
            truncated: rows.iter().find_map(|(_, amount)| amount.bounds.truncated),
            rows,
        }
    }
}
