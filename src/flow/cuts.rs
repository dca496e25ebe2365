//! The rows of what flows from sources to sinks: no more than any cut between them lets through.
//!
//! A maximum flow is what its smallest cut lets through (Ford and Fulkerson, "Maximal flow through a network", Canad. J. Math. 8,
//! 1956). Where amounts are uncertain, every cut is a row over them, and any few of the rows make a true bound; so only those are
//! written down that the amounts found so far are against (Benders, "Partitioning procedures for solving mixed-variables programming
//! problems", Numer. Math. 4, 1962). One maximum flow over the network finds one.

use super::extent::{ENDLESS, Extent, Grains};
use super::grains::TooLarge;
use super::linear::{ColumnIndex, Point, Sense, Verdict};
use super::max_flow::MaxFlow;
use super::network::{LinkIndex, Network, NodeIndex};
use super::program::{Asked, Expression, Failed, Programmed};
use crate::model::Decimal;
use crate::model::budget::WorkBudget;
use crate::model::job;

/// How much less than the optimum a cut must let through to count, of all that it is made of: solvers are not better than that.
const NEARNESS: f64 = 1e-10;

/// No column is taken for larger than that, so that very many of them are together less than what has no end.
const LARGEST: Grains = ENDLESS >> 20;

/// The most of what an aim counts; none where it has no end, or none could be proven.
pub(super) fn most(
    network: &Network,
    asked: &Asked<'_>,
    max_flow: &mut MaxFlow,
    budget: &mut WorkBudget,
) -> Result<Option<Decimal>, Failed> {
    let mut programmed = Programmed::new(network, asked, budget)?;
    let passing = programmed.program.column(Decimal::ONE, Decimal::ZERO, None);
    let program = std::mem::take(&mut programmed.program);
    let cuts = Cuts {
        network,
        asked,
        programmed,
        passing,
        grain: 10_f64.powi(network.scale.cast_signed()).recip(),
    };
    program.upper_bound_of_many(cuts.large(budget)?, budget, |point, budget| {
        cuts.judge(point, max_flow, budget)
    })
}

struct Cuts<'a> {
    network: &'a Network,
    asked: &'a Asked<'a>,
    programmed: Programmed<'a>,
    /// The column of what passes from the sources to the sinks.
    passing: ColumnIndex,
    /// A grain in the unit.
    grain: f64,
}

/// How much a link lets through, or an entity puts in or keeps.
enum Capacity<'a> {
    /// What the columns say.
    Uncertain(&'a Expression),
    /// No more than that.
    UpTo(Option<Grains>),
}

impl Cuts<'_> {
    /// More than all that is known of taken together: no amount need be larger for the most to flow.
    fn large(&self, budget: &mut WorkBudget) -> Result<f64, Failed> {
        budget.spend_many(self.network.links.len() as u64)?;
        let known = |extent: Extent| float(extent.upper.unwrap_or(extent.lower)) * self.grain;
        let links = self.network.links.iter();
        Ok(4.0 * (1.0 + links.map(|link| known(link.extent)).sum::<f64>()))
    }

    /// Whether as much can pass as a point says; if not, the cut that shows it.
    fn judge(
        &self,
        point: &Point,
        max_flow: &mut MaxFlow,
        budget: &mut WorkBudget,
    ) -> Result<Verdict, Failed> {
        let amounts = self.programmed.amounts.iter();
        let carried: Vec<(LinkIndex, Grains)> = amounts
            .map(|(link, amount)| (*link, self.at(&Capacity::Uncertain(amount), point)))
            .collect();
        let sources: Vec<_> = self
            .sources()
            .map(|node| (node, self.at(&self.put_in(node), point)))
            .collect();
        let sinks: Vec<_> = self
            .sinks()
            .map(|node| (node, self.at(&self.kept(node), point)))
            .collect();
        if max_flow.most_where(&carried, &sources, &sinks, budget)? >= ENDLESS {
            return Ok(Verdict::NoEnd);
        }
        let cut = self.cut(max_flow, budget)?;
        let (through, size) = value(&cut, point);
        let passing = point.at(self.passing);
        if passing <= through + (passing + size) * NEARNESS {
            return Ok(Verdict::Allowed);
        }
        let mut row = Expression::of(self.passing);
        row.add(Decimal::NEGATIVE_ONE, &cut)?;
        Ok(Verdict::Against(row.row(Sense::AtMost)))
    }

    /// What passes to those near the sinks at most: the links that lead there, what is put in there, and what is kept elsewhere.
    fn cut(&self, max_flow: &MaxFlow, budget: &mut WorkBudget) -> Result<Expression, Failed> {
        let (mut sum, mut known) = (Expression::default(), 0);
        let mut add = |capacity: Capacity<'_>| -> Result<(), TooLarge> {
            match capacity {
                Capacity::Uncertain(amount) => sum.add(Decimal::ONE, amount)?,
                // One without an end would have room, so that who gives by it were near as well.
                Capacity::UpTo(upper) => known += upper.unwrap_or(ENDLESS),
            }
            Ok(())
        };
        for node in max_flow.near() {
            job::step();
            let links = self.network.incoming(*node);
            budget.spend_many(links.len() as u64)?;
            for link in links {
                job::step();
                let from = self.network.links[*link].from;
                if !max_flow.is_near(from) && self.asked.between.contains(from) {
                    add(self.capacity(*link))?;
                }
            }
        }
        for node in self.sources().filter(|node| max_flow.is_near(*node)) {
            job::step();
            add(self.put_in(node))?;
        }
        for node in self.sinks().filter(|node| !max_flow.is_near(*node)) {
            job::step();
            add(self.kept(node))?;
        }
        sum.add(Decimal::ONE, &Expression::number(self.programmed.decimal(known)?))?;
        Ok(sum)
    }

    fn sources(&self) -> impl Iterator<Item = NodeIndex> + '_ {
        let between = self.asked.between.nodes().iter().copied();
        between.filter(|node| (self.asked.sources)(*node) && !self.network.nodes[*node].injected.is_zero())
    }

    fn sinks(&self) -> impl Iterator<Item = NodeIndex> + '_ {
        let sinks = self.asked.sinks.iter().copied();
        sinks.filter(|node| self.asked.between.contains(*node))
    }

    fn capacity(&self, link: LinkIndex) -> Capacity<'_> {
        let amount = self.programmed.amounts.get(&link);
        amount.map_or_else(
            || Capacity::UpTo(self.network.links[link].extent.upper),
            Capacity::Uncertain,
        )
    }

    fn put_in(&self, node: NodeIndex) -> Capacity<'_> {
        let injected = self.programmed.injected.get(&node);
        injected.map_or_else(
            || Capacity::UpTo(self.network.nodes[node].injected.upper),
            Capacity::Uncertain,
        )
    }

    fn kept(&self, node: NodeIndex) -> Capacity<'_> {
        let kept = self.programmed.kept.get(&node);
        kept.map_or_else(
            || Capacity::UpTo(self.network.nodes[node].absorbed.upper),
            Capacity::Uncertain,
        )
    }

    /// How much that is at a point, in whole grains.
    fn at(&self, capacity: &Capacity<'_>, point: &Point) -> Grains {
        match capacity {
            Capacity::UpTo(upper) => upper.unwrap_or(ENDLESS),
            Capacity::Uncertain(amount) => {
                let (value, _) = value(amount, point);
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "a cast of floats saturates, and whatever comes there is a cut"
                )]
                let grains = (value / self.grain).round() as Grains;
                grains.clamp(0, LARGEST)
            }
        }
    }
}

/// An expression at a point, and the size of what it is made of.
fn value(of: &Expression, point: &Point) -> (f64, f64) {
    let number = f64::try_from(of.number).unwrap_or_default();
    let columns = of.columns.iter();
    let terms = columns.map(|(column, by)| point.at(*column) * f64::try_from(*by).unwrap_or_default());
    terms.fold((number, number.abs()), |(sum, size), term| {
        (sum + term, size + term.abs())
    })
}

#[expect(clippy::cast_precision_loss, reason = "only the size counts")]
fn float(grains: Grains) -> f64 {
    grains as f64
}
