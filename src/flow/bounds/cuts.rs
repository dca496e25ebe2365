//! Constraint rows for the flow from sources to sinks: at most the capacity of any cut between them.
//!
//! A maximum flow equals the capacity of its smallest cut (Ford and Fulkerson, "Maximal flow through a
//! network", Canad. J. Math. 8, 1956). If amounts are uncertain, every cut is a row over them, and any subset
//! of the rows gives a valid bound. Only rows that the current solution violates are added (Benders,
//! "Partitioning procedures for solving mixed-variables programming problems", Numer. Math. 4, 1962); one
//! maximum flow over the network finds one.

use super::flow_error::FlowError;
use super::linear::{ColumnIndex, Point, PointVerdict, Sense};
use super::max_flow::MaxFlow;
use super::program::{BoundQuery, BoundsProgram, Expression};
use crate::flow::amounts::amount_range::{AmountRange, ENDLESS, MinorUnits};
use crate::flow::amounts::minor_units::TooLarge;
use crate::flow::network::flow_network::FlowNetwork;
use crate::flow::network::indices::{EdgeIndex, NodeIndex};
use crate::model::Decimal;
use crate::model::budget::WorkBudget;
use crate::model::job;

/// Relative violation from which a cut counts; solvers are not more accurate.
const NEARNESS: f64 = 1e-10;

/// Upper limit of a column, so that the sum of many stays below the value for unbounded.
const LARGEST: MinorUnits = ENDLESS >> 20;

/// The maximum of an objective; `None` if it is unbounded, or no bound could be proven.
pub(super) fn most(
    network: &FlowNetwork,
    query: &BoundQuery<'_>,
    max_flow: &mut MaxFlow,
    budget: &mut WorkBudget,
) -> Result<Option<Decimal>, FlowError> {
    let mut bounds_program = BoundsProgram::new(network, query, budget)?;
    let passing = bounds_program.program.column(Decimal::ONE, Decimal::ZERO, None);
    let program = std::mem::take(&mut bounds_program.program);
    let cuts = CutGenerator {
        network,
        query,
        bounds_program,
        passing,
        minor_unit: 10_f64.powi(network.scale.cast_signed()).recip(),
    };
    program.upper_bound_of_many(cuts.large(budget)?, budget, |point, budget| {
        cuts.judge(point, max_flow, budget)
    })
}

struct CutGenerator<'a> {
    network: &'a FlowNetwork,
    query: &'a BoundQuery<'a>,
    bounds_program: BoundsProgram<'a>,
    /// The column for the flow from the sources to the sinks.
    passing: ColumnIndex,
    /// The size of a minor unit, in units.
    minor_unit: f64,
}

/// The capacity of an edge, or of what an entity puts in or keeps.
enum Capacity<'a> {
    /// The value of the columns.
    Uncertain(&'a Expression),
    /// At most this amount.
    UpTo(Option<MinorUnits>),
}

impl CutGenerator<'_> {
    /// More than all known amounts together: no amount needs to be larger for the maximum to flow.
    fn large(&self, budget: &mut WorkBudget) -> Result<f64, FlowError> {
        budget.spend_many(self.network.edges.len() as u64)?;
        let known = |range: AmountRange| float(range.upper.unwrap_or(range.lower)) * self.minor_unit;
        let edges = self.network.edges.iter();
        Ok(4.0 * (1.0 + edges.map(|edge| known(edge.range)).sum::<f64>()))
    }

    /// Whether the flow of a point is possible; if not, the cut that shows it.
    fn judge(
        &self,
        point: &Point,
        max_flow: &mut MaxFlow,
        budget: &mut WorkBudget,
    ) -> Result<PointVerdict, FlowError> {
        let amounts = self.bounds_program.amounts.iter();
        let carried: Vec<(EdgeIndex, MinorUnits)> = amounts
            .map(|(edge, amount)| (*edge, self.at(&Capacity::Uncertain(amount), point)))
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
            return Ok(PointVerdict::NoEnd);
        }
        let cut = self.cut(max_flow, budget)?;
        let (through, size) = value(&cut, point);
        let passing = point.at(self.passing);
        if passing <= through + (passing + size) * NEARNESS {
            return Ok(PointVerdict::Allowed);
        }
        let mut row = Expression::column(self.passing);
        row.add(Decimal::NEGATIVE_ONE, &cut)?;
        Ok(PointVerdict::Against(row.row(Sense::AtMost)))
    }

    /// The capacity of the cut around the nodes near the sinks: the edges into them, what is put in there,
    /// and what is kept elsewhere.
    fn cut(&self, max_flow: &MaxFlow, budget: &mut WorkBudget) -> Result<Expression, FlowError> {
        let (mut sum, mut known) = (Expression::default(), 0);
        let mut add = |capacity: Capacity<'_>| -> Result<(), TooLarge> {
            match capacity {
                Capacity::Uncertain(amount) => sum.add(Decimal::ONE, amount)?,
                // An unbounded edge would have capacity left, so that its giver would be near as well.
                Capacity::UpTo(upper) => known += upper.unwrap_or(ENDLESS),
            }
            Ok(())
        };
        for node in max_flow.near() {
            job::step();
            let edges = self.network.incoming(*node);
            budget.spend_many(edges.len() as u64)?;
            for edge in edges {
                job::step();
                let from = self.network.edges[*edge].from;
                if !max_flow.is_near(from) && self.query.between.contains(from) {
                    add(self.capacity(*edge))?;
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
        sum.add(
            Decimal::ONE,
            &Expression::number(self.bounds_program.decimal(known)?),
        )?;
        Ok(sum)
    }

    fn sources(&self) -> impl Iterator<Item = NodeIndex> + '_ {
        let between = self.query.between.nodes().iter().copied();
        between.filter(|node| (self.query.sources)(*node) && !self.network.nodes[*node].injected.is_zero())
    }

    fn sinks(&self) -> impl Iterator<Item = NodeIndex> + '_ {
        let sinks = self.query.sinks.iter().copied();
        sinks.filter(|node| self.query.between.contains(*node))
    }

    fn capacity(&self, edge: EdgeIndex) -> Capacity<'_> {
        let amount = self.bounds_program.amounts.get(&edge);
        amount.map_or_else(
            || Capacity::UpTo(self.network.edges[edge].range.upper),
            Capacity::Uncertain,
        )
    }

    fn put_in(&self, node: NodeIndex) -> Capacity<'_> {
        let injected = self.bounds_program.injected.get(&node);
        injected.map_or_else(
            || Capacity::UpTo(self.network.nodes[node].injected.upper),
            Capacity::Uncertain,
        )
    }

    fn kept(&self, node: NodeIndex) -> Capacity<'_> {
        let kept = self.bounds_program.kept.get(&node);
        kept.map_or_else(
            || Capacity::UpTo(self.network.nodes[node].absorbed.upper),
            Capacity::Uncertain,
        )
    }

    /// The capacity at a point, in whole minor units.
    fn at(&self, capacity: &Capacity<'_>, point: &Point) -> MinorUnits {
        match capacity {
            Capacity::UpTo(upper) => upper.unwrap_or(ENDLESS),
            Capacity::Uncertain(amount) => {
                let (value, _) = value(amount, point);
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "a cast of floats saturates, and whatever comes there is a cut"
                )]
                let minor_units = (value / self.minor_unit).round() as MinorUnits;
                minor_units.clamp(0, LARGEST)
            }
        }
    }
}

/// The value of an expression at a point, and the sum of the absolute values of its terms.
fn value(of: &Expression, point: &Point) -> (f64, f64) {
    let number = f64::try_from(of.number).unwrap_or_default();
    let columns = of.columns.iter();
    let terms = columns.map(|(column, by)| point.at(*column) * f64::try_from(*by).unwrap_or_default());
    terms.fold((number, number.abs()), |(sum, size), term| {
        (sum + term, size + term.abs())
    })
}

#[expect(clippy::cast_precision_loss, reason = "only the size counts")]
fn float(minor_units: MinorUnits) -> f64 {
    minor_units as f64
}
