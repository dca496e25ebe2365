//! What the amounts may be: the linear program behind a bound where amounts are uncertain.
//!
//! A column F(e) for each uncertain link, g(v) and d(v) where such a link touches an entity. That an entity does not put in and keep
//! at once is not asked, so that a bound is of more than what is possible, and never of less. At an entity that is no source, no sink
//! and splits nothing, some g and d go with every F, so that nothing binds there. What flows from the sources to the sinks is one more
//! column, and its rows are cuts ([`cuts`](super::cuts)): so the program holds what is uncertain and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use super::extent::{Extent, Grains};
use super::grains::{TooLarge, decimal};
use super::linear::{ColumnIndex, LinearProgram, Row, Sense};
use super::network::{LinkIndex, Network, NodeIndex, Origin};
use super::reach::NodeSet;
use super::split::{Size, Split};
use crate::model::Decimal;
use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::job;

/// What is asked of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    /// The most that comes from the sources to the sinks.
    Most,
    /// The most of it, less what the sinks keep: the least that comes from elsewhere, negated.
    MostLessKept,
    /// The most that the sinks keep.
    Kept,
    /// The least of it, negated.
    LeastKept,
}

impl Aim {
    /// What counts of the flow to a sink, and of what the sink keeps.
    fn weights(self) -> (Decimal, Decimal) {
        match self {
            Self::Most => (Decimal::ONE, Decimal::ZERO),
            Self::MostLessKept => (Decimal::ONE, Decimal::NEGATIVE_ONE),
            Self::Kept => (Decimal::ZERO, Decimal::ONE),
            Self::LeastKept => (Decimal::ZERO, Decimal::NEGATIVE_ONE),
        }
    }
}

/// Why a program has no answer.
pub(super) enum Failed {
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

/// A sum of columns and a number.
#[derive(Clone, Debug, Default)]
pub(super) struct Expression {
    pub(super) columns: Vec<(ColumnIndex, Decimal)>,
    pub(super) number: Decimal,
}

impl Expression {
    pub(super) fn number(number: Decimal) -> Self {
        Self {
            columns: Vec::new(),
            number,
        }
    }

    pub(super) fn of(column: ColumnIndex) -> Self {
        Self {
            columns: vec![(column, Decimal::ONE)],
            number: Decimal::ZERO,
        }
    }

    /// Adds another. No product is rounded: a share of a number of grains is a number of grains.
    pub(super) fn add(&mut self, factor: Decimal, other: &Self) -> Result<(), TooLarge> {
        let scaled = other.columns.iter().map(|(column, by)| (*column, *by * factor));
        self.columns.extend(scaled);
        let more = other.number.checked_mul(factor).ok_or(TooLarge)?;
        self.number = self.number.checked_add(more).ok_or(TooLarge)?;
        Ok(())
    }

    /// That it is no more than nothing, or nothing.
    pub(super) fn row(self, sense: Sense) -> Row {
        Row::new(sense, -self.number, self.columns)
    }
}

/// What is asked for.
pub(super) struct Asked<'a> {
    pub(super) sources: &'a dyn Fn(NodeIndex) -> bool,
    pub(super) sinks: &'a [NodeIndex],
    /// Who lies on a way from a source to a sink.
    pub(super) between: &'a NodeSet,
    pub(super) aim: Aim,
}

/// A program without the flow, and what its columns stand for: amounts that are in none of these are as large as they can be.
pub(super) struct Programmed<'n> {
    network: &'n Network,
    pub(super) program: LinearProgram,
    /// F, of the links that have been looked at.
    pub(super) amounts: BTreeMap<LinkIndex, Expression>,
    /// What an entity keeps, where it has been looked at.
    pub(super) kept: BTreeMap<NodeIndex, Expression>,
    /// g, likewise.
    pub(super) injected: BTreeMap<NodeIndex, Expression>,
}

impl<'n> Programmed<'n> {
    /// The program for a question. Work is spent before it takes memory.
    pub(super) fn new(
        network: &'n Network,
        asked: &Asked<'_>,
        budget: &mut WorkBudget,
    ) -> Result<Self, Failed> {
        let mut build = Self {
            network,
            program: LinearProgram::default(),
            amounts: BTreeMap::new(),
            kept: BTreeMap::new(),
            injected: BTreeMap::new(),
        };
        for node in build.looked_at(asked, budget)? {
            job::step();
            budget.spend_many((network.incoming(node).len() + network.outgoing(node).len()) as u64)?;
            build.balance(node)?;
        }
        let (_, kept_weight) = asked.aim.weights();
        let mut kept = Expression::default();
        for sink in asked.sinks.iter().filter(|_| !kept_weight.is_zero()) {
            job::step();
            let at_sink = build.kept_at(*sink)?;
            kept.add(kept_weight, &at_sink)?;
        }
        build.aim_at(kept);
        Ok(build)
    }

    fn aim_at(&mut self, sum: Expression) {
        let mut costs: BTreeMap<ColumnIndex, Decimal> = BTreeMap::new();
        for (column, weight) in sum.columns {
            job::step();
            *costs.entry(column).or_default() += weight;
        }
        for (column, weight) in costs {
            job::step();
            self.program.set_cost(column, weight);
        }
        if !sum.number.is_zero() {
            self.program.column(Decimal::ONE, sum.number, Some(sum.number));
        }
    }

    /// The entities whose balance counts: uncertain sources and sinks, and who splits an uncertain amount among those, or between them.
    fn looked_at(&self, asked: &Asked<'_>, budget: &mut WorkBudget) -> Result<Vec<NodeIndex>, OutOfWork> {
        let network = self.network;
        budget.spend_many((asked.between.nodes().len() + asked.sinks.len()) as u64)?;
        let between = asked.between.nodes().iter().copied();
        let ends = between.filter(|node| (asked.sources)(*node) || network.split_at.contains_key(node));
        let mut open: BTreeSet<NodeIndex> = ends
            .chain(asked.sinks.iter().copied())
            .filter(|node| network.is_open(*node))
            .collect();
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        // Who splits comes before whom it gives to, so that its parts are known there.
        while let Some(node) = open.pop_last() {
            job::step();
            if !seen.insert(node) {
                continue;
            }
            found.push(node);
            budget.spend_many(network.incoming(node).len() as u64)?;
            let parts = network.incoming(node).iter().map(|link| &network.links[*link]);
            let givers = parts
                .filter(|link| matches!(link.origin, Origin::Part(_)) && !link.extent.is_certain())
                .map(|link| link.from);
            open.extend(givers.filter(|giver| network.is_open(*giver)));
        }
        let place = |node: &NodeIndex| network.split_at.get(node).copied().unwrap_or(usize::MAX);
        found.sort_by_key(|node| (place(node), *node));
        Ok(found)
    }

    /// What comes in and is put in is what goes out and is kept.
    fn balance(&mut self, node: NodeIndex) -> Result<(), TooLarge> {
        let network = self.network;
        let facts = network.nodes[node];
        let split = network.split_at.get(&node).map(|place| &network.splits[*place]);
        let total = split.map_or(facts.absorbed, |split| split.total);
        let kept = self.column(total)?;
        let injected = self.column(facts.injected)?;
        if facts.is_uncertain {
            let mut balance = Expression::default();
            for link in network.incoming(node) {
                job::step();
                let amount = self.amount(*link)?;
                balance.add(Decimal::ONE, &amount)?;
            }
            for link in network.outgoing(node) {
                job::step();
                if !matches!(network.links[*link].origin, Origin::Part(_)) {
                    let amount = self.amount(*link)?;
                    balance.add(Decimal::NEGATIVE_ONE, &amount)?;
                }
            }
            balance.add(Decimal::ONE, &injected)?;
            balance.add(Decimal::NEGATIVE_ONE, &kept)?;
            self.program.add(balance.row(Sense::Equal));
        }
        self.injected.insert(node, injected);
        let Some(split) = split else {
            self.kept.insert(node, kept);
            return Ok(());
        };
        let rest = self.split(split, &kept)?;
        self.kept.insert(node, rest);
        Ok(())
    }

    /// The parts of what an entity would keep, and what they leave.
    fn split(&mut self, split: &Split, whole: &Expression) -> Result<Expression, TooLarge> {
        let mut rest = whole.clone();
        let mut sums = [
            Expression::default(),
            Expression::default(),
            Expression::default(),
        ];
        let mut first_open: Option<Expression> = None;
        for part in &split.parts {
            job::step();
            let extent = self.network.links[part.link].extent;
            let amount = match part.size {
                Size::Share(share) => {
                    let mut amount = Expression::default();
                    amount.add(share, whole)?;
                    amount
                }
                Size::Between(..) | Size::Amount(_) | Size::Open => self.column(extent)?,
            };
            match part.size {
                Size::Share(_) => {}
                Size::Between(least, most) => {
                    sums[0].add(Decimal::ONE, &amount)?;
                    self.at_most(&amount, most, whole)?;
                    self.at_least(&amount, least, whole)?;
                }
                Size::Amount(_) => sums[1].add(Decimal::ONE, &amount)?,
                Size::Open => {
                    sums[2].add(Decimal::ONE, &amount)?;
                    if let Some(first) = first_open
                        .as_ref()
                        .filter(|_| split.is_equal && !extent.is_certain())
                    {
                        let mut same = amount.clone();
                        same.add(Decimal::NEGATIVE_ONE, first)?;
                        self.program.add(same.row(Sense::Equal));
                    }
                    first_open.get_or_insert_with(|| amount.clone());
                }
            }
            rest.add(Decimal::NEGATIVE_ONE, &amount)?;
            self.amounts.insert(part.link, amount);
        }
        self.bind(split, whole, sums)?;
        Ok(rest)
    }

    /// What the parts of a split come to together: shares that are over the whole, amounts, and what is not stated.
    fn bind(&mut self, split: &Split, whole: &Expression, sums: [Expression; 3]) -> Result<(), TooLarge> {
        let [over, amounts, open] = sums;
        let is_all = split.takes_all && (!over.columns.is_empty() || split.open > 0);
        let beside = Decimal::ONE - split.known;
        let (there, stated) = (split.beside_shares()?, split.amounts()?);
        if !amounts.columns.is_empty() {
            // All of them, or all there is where that is less.
            let least = |a: Extent, b: Extent| Extent {
                lower: a.lower.min(b.lower),
                upper: [a.upper, b.upper].into_iter().flatten().min(),
            };
            let mut taken = amounts.clone();
            let column = self.column(least(stated, there))?;
            taken.add(Decimal::NEGATIVE_ONE, &column)?;
            self.program.add(taken.row(Sense::Equal));
            let is_over = there.upper.is_some_and(|there| there <= stated.lower);
            let sense = if is_over { Sense::Equal } else { Sense::AtMost };
            let mut within = amounts.clone();
            within.add(-beside, whole)?;
            self.program.add(within.row(sense));
        }
        let mut all = open;
        all.add(Decimal::ONE, &amounts)?;
        all.add(Decimal::ONE, &over)?;
        if all.columns.is_empty() {
            return Ok(());
        }
        let share = if over.columns.is_empty() {
            beside
        } else {
            Decimal::ONE
        };
        all.add(-share, whole)?;
        self.program
            .add(all.row(if is_all { Sense::Equal } else { Sense::AtMost }));
        Ok(())
    }

    /// That an amount is no more than a share of a whole.
    fn at_most(&mut self, amount: &Expression, share: Decimal, whole: &Expression) -> Result<(), TooLarge> {
        let mut row = amount.clone();
        row.add(-share, whole)?;
        if !row.columns.is_empty() {
            self.program.add(row.row(Sense::AtMost));
        }
        Ok(())
    }

    /// That an amount is no less than a share of a whole.
    fn at_least(&mut self, amount: &Expression, share: Decimal, whole: &Expression) -> Result<(), TooLarge> {
        let mut row = Expression::default();
        row.add(share, whole)?;
        row.add(Decimal::NEGATIVE_ONE, amount)?;
        if !row.columns.is_empty() {
            self.program.add(row.row(Sense::AtMost));
        }
        Ok(())
    }

    /// F of a link: a number where it is certain.
    fn amount(&mut self, link: LinkIndex) -> Result<Expression, TooLarge> {
        if let Some(amount) = self.amounts.get(&link) {
            return Ok(amount.clone());
        }
        let facts = self.network.links[link];
        if let Some(amount) = facts.extent.certain() {
            return Ok(Expression::number(self.decimal(amount)?));
        }
        let amount = match facts.origin {
            Origin::Relation | Origin::Part(_) => self.column(facts.extent)?,
            Origin::Either(pair) => return self.either(pair, link),
        };
        self.amounts.insert(link, amount.clone());
        Ok(amount)
    }

    /// Both ways of a relation together carry its amount.
    fn either(&mut self, pair: usize, link: LinkIndex) -> Result<Expression, TooLarge> {
        let pair = self.network.pairs[pair];
        let mut both = Expression::default();
        for way in [pair.forward, pair.backward] {
            let amount = self.column(self.network.links[way].extent)?;
            both.add(Decimal::ONE, &amount)?;
            self.amounts.insert(way, amount);
        }
        let within = self.column(pair.extent)?;
        both.add(Decimal::NEGATIVE_ONE, &within)?;
        self.program.add(both.row(Sense::Equal));
        Ok(self.amounts.get(&link).cloned().unwrap_or_default())
    }

    /// What a sink keeps.
    fn kept_at(&mut self, node: NodeIndex) -> Result<Expression, TooLarge> {
        if let Some(kept) = self.kept.get(&node) {
            return Ok(kept.clone());
        }
        self.column(self.network.nodes[node].absorbed)
    }

    /// A column within an extent, or a number where that is certain.
    fn column(&mut self, extent: Extent) -> Result<Expression, TooLarge> {
        if let Some(amount) = extent.certain() {
            return Ok(Expression::number(self.decimal(amount)?));
        }
        let lower = self.decimal(extent.lower)?;
        let upper = extent.upper.map(|upper| self.decimal(upper)).transpose()?;
        Ok(Expression::of(self.program.column(Decimal::ZERO, lower, upper)))
    }

    pub(super) fn decimal(&self, grains: Grains) -> Result<Decimal, TooLarge> {
        decimal(grains, self.network.scale)
    }
}
