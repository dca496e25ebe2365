//! The linear program behind a bound if amounts are uncertain.
//!
//! It has a column F(e) for each uncertain edge, and g(v) and d(v) for nodes at such an edge. That an entity
//! does not both put in and keep is not required, so that the program allows more than is possible, never
//! less. At a node that is neither source nor sink and splits nothing, some g and d match every F, so that
//! nothing binds there. The flow itself is one more column, and its rows are cuts ([`cuts`](super::cuts)).

use std::collections::{BTreeMap, BTreeSet};

use super::flow_error::FlowError;
use super::linear::{ColumnIndex, ConstraintRow, LinearProgram, Sense};
use crate::flow::amounts::amount_range::{AmountRange, MinorUnits};
use crate::flow::amounts::minor_units::{TooLarge, decimal};
use crate::flow::network::flow_network::{EdgeOrigin, FlowNetwork};
use crate::flow::network::indices::{EdgeIndex, NodeIndex};
use crate::flow::network::reach::NodeSet;
use crate::flow::network::split::{Split, SplitSize};
use crate::model::Decimal;
use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::job;

/// The objective of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Objective {
    /// The maximum flow from the sources to the sinks.
    Most,
    /// The maximum of the flow minus what the sinks keep: the negated minimum from elsewhere.
    MostLessKept,
    /// The maximum that the sinks keep.
    Kept,
    /// The negated minimum that the sinks keep.
    LeastKept,
}

impl Objective {
    /// The weights of the flow to a sink, and of what the sink keeps.
    fn weights(self) -> (Decimal, Decimal) {
        match self {
            Self::Most => (Decimal::ONE, Decimal::ZERO),
            Self::MostLessKept => (Decimal::ONE, Decimal::NEGATIVE_ONE),
            Self::Kept => (Decimal::ZERO, Decimal::ONE),
            Self::LeastKept => (Decimal::ZERO, Decimal::NEGATIVE_ONE),
        }
    }
}

/// A linear expression: columns and a constant.
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

    pub(super) fn column(column: ColumnIndex) -> Self {
        Self {
            columns: vec![(column, Decimal::ONE)],
            number: Decimal::ZERO,
        }
    }

    /// Adds a multiple of another expression. No product is rounded: a share of minor units is a whole number
    /// of minor units.
    pub(super) fn add(&mut self, factor: Decimal, other: &Self) -> Result<(), TooLarge> {
        let scaled = other.columns.iter().map(|(column, by)| (*column, *by * factor));
        self.columns.extend(scaled);
        let more = other.number.checked_mul(factor).ok_or(TooLarge)?;
        self.number = self.number.checked_add(more).ok_or(TooLarge)?;
        Ok(())
    }

    /// The constraint that it is at most zero, or zero.
    pub(super) fn row(self, sense: Sense) -> ConstraintRow {
        ConstraintRow::new(sense, -self.number, self.columns)
    }
}

/// The query of a program.
pub(super) struct BoundQuery<'a> {
    pub(super) sources: &'a dyn Fn(NodeIndex) -> bool,
    pub(super) sinks: &'a [NodeIndex],
    /// The nodes on a path from a source to a sink.
    pub(super) between: &'a NodeSet,
    pub(super) objective: Objective,
}

/// A program without the flow column. Amounts without a column are at their maximum.
pub(super) struct BoundsProgram<'n> {
    network: &'n FlowNetwork,
    pub(super) program: LinearProgram,
    /// F, for the edges visited so far.
    pub(super) amounts: BTreeMap<EdgeIndex, Expression>,
    /// d, for the nodes visited so far.
    pub(super) kept: BTreeMap<NodeIndex, Expression>,
    /// g, for the nodes visited so far.
    pub(super) injected: BTreeMap<NodeIndex, Expression>,
}

impl<'n> BoundsProgram<'n> {
    /// Builds the program of a query. Work is charged before memory is allocated.
    pub(super) fn new(
        network: &'n FlowNetwork,
        query: &BoundQuery<'_>,
        budget: &mut WorkBudget,
    ) -> Result<Self, FlowError> {
        let mut build = Self {
            network,
            program: LinearProgram::default(),
            amounts: BTreeMap::new(),
            kept: BTreeMap::new(),
            injected: BTreeMap::new(),
        };
        for node in build.looked_at(query, budget)? {
            job::step();
            budget.spend_many((network.incoming(node).len() + network.outgoing(node).len()) as u64)?;
            build.balance(node)?;
        }
        let (_, kept_weight) = query.objective.weights();
        let mut kept = Expression::default();
        for sink in query.sinks.iter().filter(|_| !kept_weight.is_zero()) {
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

    /// Uncertain sources and sinks, and the nodes that split an uncertain amount among or between them.
    fn looked_at(
        &self,
        query: &BoundQuery<'_>,
        budget: &mut WorkBudget,
    ) -> Result<Vec<NodeIndex>, BudgetExhausted> {
        let network = self.network;
        budget.spend_many((query.between.nodes().len() + query.sinks.len()) as u64)?;
        let between = query.between.nodes().iter().copied();
        let ends = between.filter(|node| (query.sources)(*node) || network.split_at.contains_key(node));
        let mut open: BTreeSet<NodeIndex> = ends
            .chain(query.sinks.iter().copied())
            .filter(|node| network.is_open(*node))
            .collect();
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        // A splitting node precedes its receivers, so that its parts are known there.
        while let Some(node) = open.pop_last() {
            job::step();
            if !seen.insert(node) {
                continue;
            }
            found.push(node);
            budget.spend_many(network.incoming(node).len() as u64)?;
            let parts = network.incoming(node).iter().map(|edge| &network.edges[*edge]);
            let givers = parts
                .filter(|edge| matches!(edge.origin, EdgeOrigin::Part(_)) && !edge.range.is_certain())
                .map(|edge| edge.from);
            open.extend(givers.filter(|giver| network.is_open(*giver)));
        }
        let place = |node: &NodeIndex| network.split_at.get(node).copied().unwrap_or(usize::MAX);
        found.sort_by_key(|node| (place(node), *node));
        Ok(found)
    }

    /// Adds the balance: what flows in and is put in equals what flows out and is kept.
    fn balance(&mut self, node: NodeIndex) -> Result<(), TooLarge> {
        let network = self.network;
        let facts = network.nodes[node];
        let split = network.split_at.get(&node).map(|place| &network.splits[*place]);
        let total = split.map_or(facts.absorbed, |split| split.total);
        let kept = self.column(total)?;
        let injected = self.column(facts.injected)?;
        if facts.is_uncertain {
            let mut balance = Expression::default();
            for edge in network.incoming(node) {
                job::step();
                let amount = self.amount(*edge)?;
                balance.add(Decimal::ONE, &amount)?;
            }
            for edge in network.outgoing(node) {
                job::step();
                if !matches!(network.edges[*edge].origin, EdgeOrigin::Part(_)) {
                    let amount = self.amount(*edge)?;
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

    /// The parts of a split, and what they leave.
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
            let range = self.network.edges[part.edge].range;
            let amount = match part.size {
                SplitSize::Share(share) => {
                    let mut amount = Expression::default();
                    amount.add(share, whole)?;
                    amount
                }
                SplitSize::Between(..) | SplitSize::Amount(_) | SplitSize::Open => self.column(range)?,
            };
            match part.size {
                SplitSize::Share(_) => {}
                SplitSize::Between(least, most) => {
                    sums[0].add(Decimal::ONE, &amount)?;
                    self.at_most(&amount, most, whole)?;
                    self.at_least(&amount, least, whole)?;
                }
                SplitSize::Amount(_) => sums[1].add(Decimal::ONE, &amount)?,
                SplitSize::Open => {
                    sums[2].add(Decimal::ONE, &amount)?;
                    if let Some(first) = first_open
                        .as_ref()
                        .filter(|_| split.is_equal && !range.is_certain())
                    {
                        let mut same = amount.clone();
                        same.add(Decimal::NEGATIVE_ONE, first)?;
                        self.program.add(same.row(Sense::Equal));
                    }
                    first_open.get_or_insert_with(|| amount.clone());
                }
            }
            rest.add(Decimal::NEGATIVE_ONE, &amount)?;
            self.amounts.insert(part.edge, amount);
        }
        self.bind(split, whole, sums)?;
        Ok(rest)
    }

    /// Constrains the sums of the parts of a split: shares that exceed the whole, amounts, and unknown parts.
    fn bind(&mut self, split: &Split, whole: &Expression, sums: [Expression; 3]) -> Result<(), TooLarge> {
        let [over, amounts, open] = sums;
        let is_all = split.takes_all && (!over.columns.is_empty() || split.open > 0);
        let beside = Decimal::ONE - split.known;
        let (there, stated) = (split.beside_shares()?, split.amounts()?);
        if !amounts.columns.is_empty() {
            // All of them, or everything available if that is less.
            let least = |a: AmountRange, b: AmountRange| AmountRange {
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

    /// Constrains an amount to at most a share of a whole.
    fn at_most(&mut self, amount: &Expression, share: Decimal, whole: &Expression) -> Result<(), TooLarge> {
        let mut row = amount.clone();
        row.add(-share, whole)?;
        if !row.columns.is_empty() {
            self.program.add(row.row(Sense::AtMost));
        }
        Ok(())
    }

    /// Constrains an amount to at least a share of a whole.
    fn at_least(&mut self, amount: &Expression, share: Decimal, whole: &Expression) -> Result<(), TooLarge> {
        let mut row = Expression::default();
        row.add(share, whole)?;
        row.add(Decimal::NEGATIVE_ONE, amount)?;
        if !row.columns.is_empty() {
            self.program.add(row.row(Sense::AtMost));
        }
        Ok(())
    }

    /// F of an edge: a constant if it is certain.
    fn amount(&mut self, edge: EdgeIndex) -> Result<Expression, TooLarge> {
        if let Some(amount) = self.amounts.get(&edge) {
            return Ok(amount.clone());
        }
        let facts = self.network.edges[edge];
        if let Some(amount) = facts.range.certain() {
            return Ok(Expression::number(self.decimal(amount)?));
        }
        let amount = match facts.origin {
            EdgeOrigin::Relation | EdgeOrigin::Part(_) => self.column(facts.range)?,
            EdgeOrigin::Either(pair) => return self.either(pair, edge),
        };
        self.amounts.insert(edge, amount.clone());
        Ok(amount)
    }

    /// Both directions of a relation together carry its amount.
    fn either(&mut self, pair: usize, edge: EdgeIndex) -> Result<Expression, TooLarge> {
        let pair = self.network.pairs[pair];
        let mut both = Expression::default();
        for way in [pair.forward, pair.backward] {
            let amount = self.column(self.network.edges[way].range)?;
            both.add(Decimal::ONE, &amount)?;
            self.amounts.insert(way, amount);
        }
        let within = self.column(pair.range)?;
        both.add(Decimal::NEGATIVE_ONE, &within)?;
        self.program.add(both.row(Sense::Equal));
        Ok(self.amounts.get(&edge).cloned().unwrap_or_default())
    }

    /// The amount that a sink keeps.
    fn kept_at(&mut self, node: NodeIndex) -> Result<Expression, TooLarge> {
        if let Some(kept) = self.kept.get(&node) {
            return Ok(kept.clone());
        }
        self.column(self.network.nodes[node].absorbed)
    }

    /// A column within a range, or a constant if that is certain.
    fn column(&mut self, range: AmountRange) -> Result<Expression, TooLarge> {
        if let Some(amount) = range.certain() {
            return Ok(Expression::number(self.decimal(amount)?));
        }
        let lower = self.decimal(range.lower)?;
        let upper = range.upper.map(|upper| self.decimal(upper)).transpose()?;
        let column = self.program.column(Decimal::ZERO, lower, upper);
        Ok(Expression::column(column))
    }

    pub(super) fn decimal(&self, minor_units: MinorUnits) -> Result<Decimal, TooLarge> {
        decimal(minor_units, self.network.scale)
    }
}
