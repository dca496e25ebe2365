//! The linear program behind a bound where amounts are uncertain.
//!
//! A column F(e) for each uncertain link, g(v) and d(v) where such a link touches an entity, and a flow f ≤ F from some sources to
//! some sinks. That an entity does not put in and keep at once is not asked, so that a bound is of more than what is possible, and
//! never of less. Two things are left out, for they change no optimum: links on no way from a source to a sink carry nothing of f;
//! and at an entity that is no source, no sink and splits nothing, some g and d go with every F, so that f ≤ F alone counts there.

use std::collections::{BTreeMap, BTreeSet};

use super::extent::{Extent, Grains};
use super::grains::TooLarge;
use super::linear::{ColumnIndex, LinearProgram, Sense};
use super::network::{LinkIndex, Network, NodeIndex, Origin};
use crate::model::Decimal;

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

/// A program, and what to add to its optimum.
pub(super) struct Programmed {
    pub(super) program: LinearProgram,
    pub(super) more: Decimal,
}

/// A sum of columns and a number.
#[derive(Clone, Debug, Default)]
struct Expression {
    columns: Vec<(ColumnIndex, Decimal)>,
    number: Decimal,
}

impl Expression {
    fn number(number: Decimal) -> Self {
        Self {
            columns: Vec::new(),
            number,
        }
    }

    fn add(&mut self, factor: Decimal, other: &Self) {
        let scaled = other.columns.iter().map(|(column, by)| (*column, *by * factor));
        self.columns.extend(scaled);
        self.number += other.number * factor;
    }
}

/// The program for a question. `between` says which entities lie on a way from a source to a sink.
pub(super) fn program(
    network: &Network,
    sources: &dyn Fn(NodeIndex) -> bool,
    sinks: &[NodeIndex],
    between: &BTreeSet<NodeIndex>,
    aim: Aim,
) -> Result<Programmed, TooLarge> {
    let mut build = Build {
        network,
        program: LinearProgram::default(),
        amounts: BTreeMap::new(),
        kept: BTreeMap::new(),
        injected: BTreeMap::new(),
    };
    let (flow_weight, kept_weight) = aim.weights();
    for node in build.looked_at(sources, sinks, between) {
        build.balance(node)?;
    }
    if !flow_weight.is_zero() {
        build.flow(sources, sinks, between, flow_weight)?;
    }
    let mut objective = Expression::default();
    for sink in sinks {
        let kept = build.kept_at(*sink)?;
        objective.add(kept_weight, &kept);
    }
    let mut costs: BTreeMap<ColumnIndex, Decimal> = BTreeMap::new();
    for (column, weight) in objective.columns {
        *costs.entry(column).or_default() += weight;
    }
    for (column, weight) in costs {
        build.program.set_cost(column, weight);
    }
    Ok(Programmed {
        program: build.program,
        more: objective.number,
    })
}

struct Build<'n> {
    network: &'n Network,
    program: LinearProgram,
    /// F, of the links that have been looked at.
    amounts: BTreeMap<LinkIndex, Expression>,
    /// What an entity keeps, and would keep if it passed on nothing of it, where it has been looked at.
    kept: BTreeMap<NodeIndex, Expression>,
    /// g, likewise.
    injected: BTreeMap<NodeIndex, Expression>,
}

impl Build<'_> {
    /// The entities whose balance counts: uncertain sources and sinks, and who splits an uncertain amount among those, or between them.
    fn looked_at(
        &self,
        sources: &dyn Fn(NodeIndex) -> bool,
        sinks: &[NodeIndex],
        between: &BTreeSet<NodeIndex>,
    ) -> Vec<NodeIndex> {
        let network = self.network;
        let ends = between
            .iter()
            .copied()
            .filter(|node| sources(*node) || network.split_at.contains_key(node));
        let mut open: BTreeSet<NodeIndex> = ends.chain(sinks.iter().copied()).collect();
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        // Who splits comes before whom it gives to, so that its parts are known there.
        while let Some(node) = open.pop_last() {
            if !seen.insert(node) {
                continue;
            }
            let is_open = network.nodes[node].is_uncertain || !network.nodes[node].absorbed.is_certain();
            if is_open {
                found.push(node);
                let parts = network.incoming(node).iter().map(|link| &network.links[*link]);
                open.extend(
                    parts
                        .filter(|link| matches!(link.origin, Origin::Part(_)) && !link.extent.is_certain())
                        .map(|link| link.from),
                );
            }
        }
        let place = |node: &NodeIndex| network.split_at.get(node).copied().unwrap_or(usize::MAX);
        found.sort_by_key(|node| (place(node), *node));
        found
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
                let amount = self.amount(*link)?;
                balance.add(Decimal::ONE, &amount);
            }
            for link in network.outgoing(node) {
                if !matches!(network.links[*link].origin, Origin::Part(_)) {
                    let amount = self.amount(*link)?;
                    balance.add(Decimal::NEGATIVE_ONE, &amount);
                }
            }
            balance.add(Decimal::ONE, &injected);
            balance.add(Decimal::NEGATIVE_ONE, &kept);
            self.program.row(Sense::Equal, -balance.number, balance.columns);
        }
        self.injected.insert(node, injected);
        let Some(split) = split else {
            self.kept.insert(node, kept);
            return Ok(());
        };
        let (mut rest, mut open) = (kept.clone(), Expression::default());
        for part in &split.parts {
            let amount = match part.share {
                Some(share) => {
                    let mut amount = Expression::default();
                    amount.add(share, &kept);
                    amount
                }
                None => {
                    let amount = self.column(network.links[part.link].extent)?;
                    open.add(Decimal::ONE, &amount);
                    amount
                }
            };
            rest.add(Decimal::NEGATIVE_ONE, &amount);
            self.amounts.insert(part.link, amount);
        }
        if !open.columns.is_empty() {
            open.add(-split.open, &kept);
            self.program.row(Sense::AtMost, -open.number, open.columns);
        }
        self.kept.insert(node, rest);
        Ok(())
    }

    /// The flow from the sources to the sinks, over the links between entities that lie on a way.
    fn flow(
        &mut self,
        sources: &dyn Fn(NodeIndex) -> bool,
        sinks: &[NodeIndex],
        between: &BTreeSet<NodeIndex>,
        weight: Decimal,
    ) -> Result<(), TooLarge> {
        let network = self.network;
        let sinks: BTreeSet<NodeIndex> = sinks.iter().copied().collect();
        let mut balances: BTreeMap<NodeIndex, Expression> = BTreeMap::new();
        let mut pairs: BTreeMap<usize, Expression> = BTreeMap::new();
        for node in between {
            for link in network.outgoing(*node) {
                let facts = &network.links[*link];
                if facts.extent.is_zero() || !between.contains(&facts.to) {
                    continue;
                }
                let flow = self.column(Extent::up_to(facts.extent.upper))?;
                match self.amounts.get(link).cloned() {
                    Some(amount) => self.at_most(&flow, &amount),
                    None => {
                        if let Origin::Either(pair) = facts.origin {
                            pairs.entry(pair).or_default().add(Decimal::ONE, &flow);
                        }
                    }
                }
                balances
                    .entry(facts.from)
                    .or_default()
                    .add(Decimal::NEGATIVE_ONE, &flow);
                balances.entry(facts.to).or_default().add(Decimal::ONE, &flow);
            }
            let facts = &network.nodes[*node];
            if sources(*node) && !facts.injected.is_zero() {
                let flow = self.column(Extent::up_to(facts.injected.upper))?;
                if let Some(injected) = self.injected.get(node).cloned() {
                    self.at_most(&flow, &injected);
                }
                balances.entry(*node).or_default().add(Decimal::ONE, &flow);
            }
            if sinks.contains(node) && !facts.absorbed.is_zero() {
                let flow = self.column(Extent::up_to(facts.absorbed.upper))?;
                if let Some(kept) = self.kept.get(node).cloned() {
                    self.at_most(&flow, &kept);
                }
                for (column, _) in &flow.columns {
                    self.program.set_cost(*column, weight);
                }
                balances
                    .entry(*node)
                    .or_default()
                    .add(Decimal::NEGATIVE_ONE, &flow);
            }
        }
        for balance in balances.into_values() {
            self.program.row(Sense::Equal, Decimal::ZERO, balance.columns);
        }
        for (pair, flow) in pairs {
            if let Some(upper) = network.pairs[pair].extent.upper {
                self.program
                    .row(Sense::AtMost, self.decimal(upper)?, flow.columns);
            }
        }
        Ok(())
    }

    fn at_most(&mut self, flow: &Expression, amount: &Expression) {
        let mut row = flow.clone();
        row.add(Decimal::NEGATIVE_ONE, amount);
        self.program.row(Sense::AtMost, -row.number, row.columns);
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
            both.add(Decimal::ONE, &amount);
            self.amounts.insert(way, amount);
        }
        if let Some(upper) = pair.extent.upper {
            let upper = self.decimal(upper)?;
            self.program.row(Sense::AtMost, upper, both.columns.clone());
        }
        if pair.extent.lower > 0 {
            let negated = both.columns.iter().map(|(column, by)| (*column, -*by));
            let negated: Vec<_> = negated.collect();
            self.program
                .row(Sense::AtMost, -self.decimal(pair.extent.lower)?, negated);
        }
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
        let column = self.program.column(Decimal::ZERO, lower, upper);
        Ok(Expression {
            columns: vec![(column, Decimal::ONE)],
            number: Decimal::ZERO,
        })
    }

    fn decimal(&self, grains: Grains) -> Result<Decimal, TooLarge> {
        Decimal::try_from_i128_with_scale(grains, self.network.scale).map_err(|_| TooLarge)
    }
}
