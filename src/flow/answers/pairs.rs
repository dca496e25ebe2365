//! The flow between pairs of a source and a target. Bounds are computed for one page, never for all pairs.

use std::cmp::Reverse;

use super::rows::FlowAmount;
use crate::flow::Flow;
use crate::flow::amounts::minor_units::TooLarge;
use crate::flow::amounts::real::{Real, decimal, zero};
use crate::flow::attribution::mixing::kept_fraction;
use crate::flow::bounds::solver::{BoundsSolver, SourceSinkQuery};
use crate::flow::network::indices::NodeIndex;
use crate::model::Decimal;
use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::id::EntityId;
use crate::model::job;
use crate::model::walk::TruncationReason;

/// A source and a target that it may reach.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pair {
    /// The source.
    pub source: EntityId,
    /// The target.
    pub target: EntityId,
    /// The amount by proportional attribution; `None` if it is not known.
    pub proportional: Option<Decimal>,
}

/// The pairs of a flow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pairs {
    /// The pairs, largest first, then those with an unknown amount, each by source and target.
    pub pairs: Vec<Pair>,
    /// Why pairs may be missing; `None` if none is.
    pub truncated: Option<TruncationReason>,
}

impl Flow {
    /// Lists all pairs. Takes time linear in what each source reaches.
    pub fn pairs(&self, budget: &mut WorkBudget) -> Pairs {
        let mut found = Vec::new();
        let truncated = self.find_pairs(&mut found, budget).err().map(|spent| spent.0);
        found.sort_by_key(|(source, target, amount)| (Reverse(*amount), *source, *target));
        let id = |node: NodeIndex| self.network.entities[node].clone();
        let pairs = found.into_iter().map(|(source, target, proportional)| Pair {
            source: id(source),
            target: id(target),
            proportional,
        });
        Pairs {
            pairs: pairs.collect(),
            truncated,
        }
    }

    fn find_pairs(
        &self,
        found: &mut Vec<(NodeIndex, NodeIndex, Option<Decimal>)>,
        budget: &mut WorkBudget,
    ) -> Result<(), BudgetExhausted> {
        let (network, mixing, targets) = (&self.network, self.mixing()?, self.targets());
        let is_known = |target: NodeIndex| kept_fraction(network, target).filter(|_| mixing.is_known(target));
        let mut through: Vec<Real> = vec![zero(); network.entities.len()];
        for source in (0..network.entities.len()).filter(|node| self.is_credited(*node)) {
            job::step();
            let injected = network.nodes[source].injected;
            if injected.is_zero() {
                continue;
            }
            let reached = self.reached_from(source, budget)?;
            let certain = injected.certain().filter(|_| mixing.is_known(source));
            let from_here = match certain {
                Some(amount) => mixing.throughput(network, &[(source, amount)], budget)?,
                None => Vec::new(),
            };
            for (node, amount) in &from_here {
                job::step();
                through[*node] = *amount;
            }
            let may_take = |target: &&NodeIndex| {
                reached.contains(**target) && !network.nodes[**target].absorbed.is_zero()
            };
            for target in targets.iter().filter(may_take) {
                job::step();
                budget.spend()?;
                let amount = certain.and(is_known(*target)).map(|kept| kept * through[*target]);
                let amount = amount.map(|amount| decimal(amount, network.scale));
                found.push((source, *target, amount.flatten()));
            }
            for (node, _) in from_here {
                job::step();
                through[node] = zero();
            }
        }
        Ok(())
    }

    /// The amounts of the given pairs, with bounds.
    pub fn amounts_of(&self, pairs: &[Pair], budget: &mut WorkBudget) -> Result<Vec<FlowAmount>, TooLarge> {
        let mut solver = BoundsSolver::new(&self.network);
        let amount = |pair: &Pair| {
            let (source, target) = (self.network.node(&pair.source), self.network.node(&pair.target));
            let sinks: Vec<NodeIndex> = target.into_iter().collect();
            let query = SourceSinkQuery {
                sources: &|node| Some(node) == source,
                sinks: &sinks,
            };
            Ok(FlowAmount::from_decimal(
                pair.proportional,
                solver.between(&query, budget)?,
            ))
        };
        pairs.iter().map(amount).collect()
    }
}
