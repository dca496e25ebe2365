//! A flow by the industries of its targets.
//!
//! Of what a target absorbs, the part that came through a project belongs to the industries of the project if
//! it has some, and the rest to those of the target. The part is F(p→v)·d(v)/x(v), with F what the project
//! passes on as a carrier: outflows and absorption mix alike. Relations of a project are plain inflows.

use std::collections::BTreeMap;

use super::industry_tally::IndustryTally;
use super::rows::{FlowAmount, FlowRow, FlowRows, IndustryRow};
use crate::flow::Flow;
use crate::flow::amounts::amount_range::{AmountRange, MinorUnits};
use crate::flow::amounts::minor_units::{TooLarge, mul_div};
use crate::flow::amounts::real::{Real, ratio, real, zero};
use crate::flow::attribution::mixing::KnownReal;
use crate::flow::bounds::flow_error::FlowError;
use crate::flow::bounds::solver::{Bounds, BoundsKind, BoundsSolver, SourceSinkQuery};
use crate::flow::facts::carriers::Carriers;
use crate::flow::facts::split_fact::{NodeKey, SplitFact};
use crate::flow::network::assumption;
use crate::flow::network::flow_network::FlowNetwork;
use crate::flow::network::indices::NodeIndex;
use crate::flow::network::layer_part::{LayerPart, LayerScope};
use crate::flow::network::passing::OnwardEdge;
use crate::flow::network::reach::downstream;
use crate::flow::network::scale::scale;
use crate::model::Decimal;
use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::entity::EntityKind;
use crate::model::id::{EntityId, RelationId};
use crate::model::job;

/// Number of additional digits if what stays of something is not a whole number of minor units.
const FINER: u32 = 6;

impl Flow {
    /// The amounts that the targets receive from the sources, by industry; the part in no industry is last.
    pub fn by_industry(&self, budget: &mut WorkBudget) -> Result<FlowRows<IndustryRow>, TooLarge> {
        let of_one = |row: FlowRow| IndustryRow {
            industry: Some(row.entity),
            amount: row.amount,
        };
        if self.ends.are_industries() {
            return Ok(self.by_target(budget)?.map(of_one));
        }
        let found = match IndustryNetwork::new(self, FINER) {
            Err(TooLarge) => IndustryNetwork::new(self, 0)?,
            Ok(found) => found,
        };
        match found.rows(budget) {
            Ok(rows) => Ok(rows),
            Err(FlowError::TooLarge(error)) => Err(error),
            Err(FlowError::BudgetExhausted(spent)) => Ok(FlowRows::none(spent)),
        }
    }
}

/// The network in which industries are the final recipients.
struct IndustryNetwork<'f> {
    flow: &'f Flow,
    network: FlowNetwork,
    portions: Vec<ProjectPortion>,
    /// The targets to which the industries of carriers apply.
    carried: Vec<NodeKey>,
    /// The number of amounts that were rounded to whole minor units.
    rounded: usize,
}

/// The part that came through a project and stays with a target.
struct ProjectPortion {
    key: NodeKey,
    project: NodeIndex,
    target: NodeIndex,
    relation: RelationId,
    /// The amount passed on.
    passed: AmountRange,
}

impl<'f> IndustryNetwork<'f> {
    fn new(flow: &'f Flow, finer: u32) -> Result<Self, TooLarge> {
        let part = LayerPart::new(&flow.facts, &flow.ends, LayerScope::Between);
        let carriers = Carriers::new(&flow.facts.carriers, flow.facts.may_imply);
        let targets: Vec<NodeIndex> = flow.targets();
        let (mut splits, mut portions) = (part.splits, Vec::new());
        for split in &mut splits {
            job::step();
            redirect(split, flow, &carriers, &targets, &mut portions);
        }
        let all = |_: &EntityId| true;
        for portion in &portions {
            job::step();
            splits.extend(carriers.to_industries(portion.key.clone(), portion.key.entity(), &all));
        }
        let mut carried = Vec::new();
        for target in &targets {
            let id = &flow.network.entities[*target];
            let key = NodeKey::Entity(id.clone());
            if let Some(split) = carriers.to_industries(key, id, &all) {
                splits.push(split);
                continue;
            }
            let Some(mut split) = carriers.to_carriers(id) else {
                continue;
            };
            for part in &mut split.parts {
                part.to = NodeKey::Portion(part.to.entity().clone(), id.clone());
            }
            let keys: Vec<NodeKey> = split.parts.iter().map(|part| part.to.clone()).collect();
            splits.push(split);
            for key in &keys {
                splits.extend(carriers.to_industries(key.clone(), key.entity(), &all));
            }
            carried.extend(keys);
        }
        let (scenario, assumption) = flow.what_if;
        let own = if assumption.is_some() {
            assumption::FINER
        } else {
            0
        };
        let mut scale = scale(&part.edges, &splits) + own;
        let needs_more = portions.iter().any(|portion| portion.passes_on(flow));
        scale = scale.max(flow.network.scale) + if needs_more { finer } else { 0 };
        let mut rounded = 0;
        let raise = 10_i128.checked_pow(scale - flow.network.scale).ok_or(TooLarge)?;
        let mut onward = Vec::new();
        for portion in portions.iter().filter(|portion| portion.passes_on(flow)) {
            let (edge, is_rounded) = portion.onward(flow, raise)?;
            rounded += usize::from(is_rounded);
            onward.extend(edge);
        }
        let network = FlowNetwork::at_scale(&part.edges, &onward, &splits, (scenario, assumption), scale)?;
        Ok(Self {
            flow,
            network,
            portions,
            carried,
            rounded,
        })
    }

    fn rows(&self, budget: &mut WorkBudget) -> Result<FlowRows<IndustryRow>, FlowError> {
        let network = &self.network;
        let credited: Vec<bool> = network
            .entities
            .iter()
            .map(|id| self.flow.ends.credit(id))
            .collect();
        let starts =
            (0..credited.len()).filter(|node| credited[*node] && !network.nodes[*node].injected.is_zero());
        let reached = downstream(network, starts, None, budget)?;
        let tally = self.tally(budget)?;
        let mut solver = BoundsSolver::new(network);
        let mut amount = |taken: KnownReal, sinks: &[NodeIndex]| {
            let sources = |node: NodeIndex| credited[node];
            let query = SourceSinkQuery {
                sources: &sources,
                sinks,
            };
            let bounds = self.widened(solver.between(&query, budget)?)?;
            // The amounts were computed in minor units of the whole network.
            Ok::<_, TooLarge>(FlowAmount::new(taken, bounds, self.flow.network.scale))
        };
        let mut rows = Vec::new();
        let industries = (0..network.entities.len()).filter(|node| {
            network.entities[*node].kind() == EntityKind::Industry
                && reached.contains(*node)
                && !network.nodes[*node].absorbed.is_zero()
        });
        for node in industries {
            let taken = tally.taken.get(&node).copied().unwrap_or_else(|| Some(zero()));
            rows.push((node, amount(taken, &[node])?));
        }
        let mut rows = FlowRows::sorted(rows).map(|(node, amount)| IndustryRow {
            industry: Some(network.entities[node].clone()),
            amount,
        });
        // What is not passed on to industries belongs to none.
        let sinks = self.keepers();
        let unclassified = amount(tally.left, &sinks)?;
        let is_nothing = unclassified.proportional.is_none_or(|amount| amount.is_zero())
            && unclassified.bounds.max == Some(Decimal::ZERO);
        if !is_nothing {
            rows.truncated = rows.truncated.or(unclassified.bounds.truncated);
            rows.rows.push(IndustryRow {
                industry: None,
                amount: unclassified,
            });
        }
        Ok(rows)
    }

    /// The targets, and the portions that stay with them.
    fn keepers(&self) -> Vec<NodeIndex> {
        let targets = self.flow.targets();
        let targets = targets
            .iter()
            .filter_map(|node| self.network.node(&self.flow.network.entities[*node]));
        let portions = self
            .portions
            .iter()
            .map(|portion| &portion.key)
            .chain(&self.carried);
        targets
            .chain(portions.filter_map(|key| self.network.node_of(key)))
            .collect()
    }

    /// Bounds that hold in spite of rounding to whole minor units.
    fn widened(&self, bounds: Bounds) -> Result<Bounds, TooLarge> {
        if self.rounded == 0 {
            return Ok(bounds);
        }
        let units = MinorUnits::try_from(self.rounded).map_err(|_| TooLarge)?;
        let by = Decimal::try_from_i128_with_scale(units, self.network.scale).map_err(|_| TooLarge)?;
        let max = bounds
            .max
            .map(|max| max.checked_add(by).ok_or(TooLarge))
            .transpose()?;
        Ok(Bounds {
            min: (bounds.min - by).max(Decimal::ZERO),
            max,
            kind: BoundsKind::Outer,
            ..bounds
        })
    }

    /// The amounts that end in each industry, and in none, by proportional attribution.
    fn tally(&self, budget: &mut WorkBudget) -> Result<IndustryTally, BudgetExhausted> {
        let (flow, base) = (self.flow, &self.flow.network);
        let mixing = flow.mixing()?;
        let mut through = vec![zero(); base.entities.len()];
        for (node, amount) in mixing.throughput(base, &flow.injections(), budget)? {
            job::step();
            through[node] = amount;
        }
        let targets = flow.targets();
        let taken = flow.attributed(&targets, budget)?;
        let mut own: BTreeMap<_, KnownReal> = targets.into_iter().zip(taken).collect();
        let mut tally = IndustryTally {
            taken: BTreeMap::new(),
            left: Some(zero()),
        };
        for portion in &self.portions {
            job::step();
            let stays = portion.stays(base).filter(|_| mixing.is_known(portion.project));
            let mix = base.nodes[portion.project].throughput().certain();
            let content = stays.zip(mix).map(|(stays, mix)| match mix {
                0 => zero(),
                mix => stays * ratio(through[portion.project], real(mix)),
            });
            if let Some(rest) = own.get_mut(&portion.target) {
                *rest = rest.zip(content).map(|(rest, content)| rest - content);
            }
            if let Some(node) = self.network.node_of(&portion.key) {
                tally.add(&self.network, node, content);
            }
        }
        for (target, content) in own {
            let content = content.map(|content| if content < zero() { zero() } else { content });
            if let Some(node) = self.network.node(&base.entities[target]) {
                tally.add(&self.network, node, content);
            }
        }
        Ok(tally)
    }
}

/// Redirects what a project with own industries passes on to the portions that stay with the targets.
fn redirect(
    split: &mut SplitFact,
    flow: &Flow,
    carriers: &Carriers<'_>,
    targets: &[NodeIndex],
    portions: &mut Vec<ProjectPortion>,
) {
    let giver = split.giver.entity().clone();
    let base = &flow.network;
    let Some((project, place)) = base
        .node(&giver)
        .filter(|_| carriers.has_industries(&giver))
        .and_then(|project| Some((project, *base.split_at.get(&project)?)))
    else {
        return;
    };
    let first = portions.len();
    for (part, placed) in split.parts.iter_mut().zip(&base.splits[place].parts) {
        let target = base.edges[placed.edge].to;
        let passed = base.edges[placed.edge].range;
        if targets.binary_search(&target).is_err() || passed.is_zero() {
            continue;
        }
        let key = NodeKey::Portion(giver.clone(), part.to.entity().clone());
        // Several relations to one target form one portion.
        let own = &mut portions[first..];
        match own.iter_mut().find(|portion| portion.key == key) {
            Some(portion) => portion.passed = portion.passed.plus(passed).unwrap_or(AmountRange::up_to(None)),
            None => portions.push(ProjectPortion {
                key: key.clone(),
                project,
                target,
                relation: part.relation.clone(),
                passed,
            }),
        }
        part.to = key;
    }
}

impl ProjectPortion {
    /// Whether part of it may flow on from the target.
    fn passes_on(&self, flow: &Flow) -> bool {
        !flow.network.nodes[self.target].given.is_zero()
    }

    /// The amount of it that stays, if it is known.
    fn stays(&self, base: &FlowNetwork) -> Option<Real> {
        let node = &base.nodes[self.target];
        let passed = real(self.passed.certain()?);
        if node.given.is_zero() {
            return Some(passed);
        }
        let (kept, through) = (node.absorbed.certain()?, node.throughput().certain()?);
        Some(if through == 0 {
            zero()
        } else {
            passed * ratio(real(kept), real(through))
        })
    }

    /// The edge for what flows on, and whether it was rounded. `raise`: new minor units for one of the base.
    fn onward(&self, flow: &Flow, raise: MinorUnits) -> Result<(Option<OnwardEdge>, bool), TooLarge> {
        let node = &flow.network.nodes[self.target];
        let raised = |minor_units: MinorUnits| minor_units.checked_mul(raise).ok_or(TooLarge);
        let certain = (
            self.passed.certain(),
            node.absorbed.certain(),
            node.throughput().certain(),
        );
        let (lower, upper, is_rounded) = match certain {
            (Some(passed), Some(kept), Some(through)) if through > 0 => {
                let passed = raised(passed)?;
                let (stays, rest) = mul_div(passed, kept, through);
                (passed - stays, Some(passed - stays), rest != 0)
            }
            _ => {
                let most = self.passed.upper.map(raised).transpose()?;
                (0, most, false)
            }
        };
        let NodeKey::Portion(_, target) = &self.key else {
            return Ok((None, false));
        };
        let edge = (upper != Some(0)).then(|| OnwardEdge {
            from: self.key.clone(),
            to: target.clone(),
            relation: self.relation.clone(),
            lower,
            upper,
        });
        Ok((edge, is_rounded))
    }
}
