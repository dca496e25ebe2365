//! Assumptions about unknown amounts, on request. No answer that uses them is reported as a fact.

use super::flow_network::{EdgeOrigin, FlowNetwork};
use super::indices::NodeIndex;
use crate::flow::amounts::amount_range::{AmountRange, MinorUnits};
use crate::flow::amounts::minor_units::TooLarge;
use crate::model::closed::closed_list;
use crate::model::job;

closed_list! {
    Scenario ["情景", "Scenario"]
        ["不确定的数额取哪一端。归因对输入并不单调，因此情景只约束它自己的网络；未说明的划分仍不作假设。",
        "Bound at which uncertain amounts are taken. Attribution is not monotone in its inputs, so a scenario bounds only its own network. A split that is not stated stays open."]
    {
        Lower "LOWER" ["不确定者取下限", "Uncertain amounts at the lower bound"]
            ["取下限；未知数额按零计。",
            "At the lower bound; an unknown amount counts as zero."],
        Upper "UPPER" ["不确定者取上限", "Uncertain amounts at the upper bound"]
            ["取上限；没有上限的仍为未知。",
            "At the upper bound; an amount without one stays unknown."],
    }
}

closed_list! {
    Assumption ["假设", "Assumption"]
        ["对未知数额所作的假设。", "Assumption on unknown amounts."]
    {
        EqualSplit "EQUAL_SPLIT" ["未知数额均分", "Equal split of unknown amounts"]
            ["实体所得中没有已知去处的部分，均分到其数额未知的各条关系；转交的部分，均分给份额未说明的各方。",
            "An entity's inflow without a known destination is divided equally among its relations of unknown amount; what it passes on is divided equally among the recipients whose part is not stated."],
    }
}

/// Number of additional digits if amounts are divided: equal parts may differ by one minor unit.
pub(in crate::flow) const FINER: u32 = 6;

impl Scenario {
    /// The bound of an amount that the scenario uses.
    pub(super) fn end_of(self, range: AmountRange) -> AmountRange {
        match (self, range.upper) {
            (Self::Lower, _) => AmountRange::exact(range.lower),
            (Self::Upper, Some(upper)) => AmountRange::exact(upper),
            (Self::Upper, None) => range,
        }
    }
}

/// Sets uncertain amounts to one of their bounds.
pub(super) fn at_ends(network: &mut FlowNetwork, scenario: Scenario) {
    for edge in network
        .edges
        .iter_mut()
        .filter(|edge| edge.origin == EdgeOrigin::Relation)
    {
        edge.range = scenario.end_of(edge.range);
    }
    for pair in &mut network.pairs {
        job::step();
        pair.range = scenario.end_of(pair.range);
        for way in [pair.forward, pair.backward] {
            job::step();
            network.edges[way].range = AmountRange::up_to(pair.range.upper);
        }
    }
}

/// Divides the known inflow of an entity, less its known outflow, equally among its unknown amounts. Without
/// a known inflow, the amounts remain unknown.
pub(super) fn split_equally(network: &mut FlowNetwork) -> Result<(), TooLarge> {
    let mut waiting: Vec<usize> = (0..network.entities.len())
        .map(|node| {
            let uncertain = |edge: &&usize| !network.edges[**edge].range.is_certain();
            network.incoming(node).iter().filter(uncertain).count()
        })
        .collect();
    let mut ready: Vec<NodeIndex> = (0..waiting.len()).filter(|node| waiting[*node] == 0).collect();
    while let Some(node) = ready.pop() {
        job::step();
        let unknown: Vec<usize> = network
            .outgoing(node)
            .iter()
            .copied()
            .filter(|edge| is_unknown(network, *edge))
            .collect();
        let mut settled = Vec::new();
        if let Some(onward) = passed_on(network, node, unknown.len())? {
            for (place, edge) in unknown.into_iter().enumerate() {
                job::step();
                network.edges[edge].range = AmountRange::exact(onward.part(place));
                settled.push(edge);
            }
        }
        if let Some(place) = network.split_at.get(&node).copied() {
            network.divide(place)?;
            let parts = network.splits[place].parts.iter().map(|part| part.edge);
            settled.extend(parts.filter(|edge| network.edges[*edge].range.is_certain()));
        }
        for edge in settled {
            job::step();
            let to = network.edges[edge].to;
            waiting[to] -= 1;
            if waiting[to] == 0 {
                ready.push(to);
            }
        }
    }
    Ok(())
}

fn is_unknown(network: &FlowNetwork, edge: usize) -> bool {
    let edge = &network.edges[edge];
    edge.origin == EdgeOrigin::Relation && edge.range == AmountRange::up_to(None)
}

fn is_part(network: &FlowNetwork, edge: usize) -> bool {
    matches!(network.edges[edge].origin, EdgeOrigin::Part(_))
}

/// The amount to divide among `count` relations; `None` if it is unknown, or nothing is divided.
fn passed_on(network: &FlowNetwork, node: NodeIndex, count: usize) -> Result<Option<EqualParts>, TooLarge> {
    let count = MinorUnits::try_from(count).unwrap_or(MinorUnits::MAX);
    if count == 0 {
        return Ok(None);
    }
    let mut left: MinorUnits = 0;
    for edge in network.incoming(node) {
        job::step();
        let taken = network.edges[*edge].range.certain();
        left = taken.and_then(|taken| left.checked_add(taken)).ok_or(TooLarge)?;
    }
    if left == 0 {
        return Ok(None);
    }
    for edge in network
        .outgoing(node)
        .iter()
        .filter(|edge| !is_unknown(network, **edge) && !is_part(network, **edge))
    {
        match network.edges[*edge].range.certain() {
            Some(given) => left = left.checked_sub(given).ok_or(TooLarge)?,
            None => return Ok(None),
        }
    }
    let left = left.max(0);
    Ok(Some(EqualParts {
        each: left / count,
        more: left % count,
    }))
}

/// An amount in equal parts; the first parts are one minor unit larger if they cannot be equal.
struct EqualParts {
    each: MinorUnits,
    more: MinorUnits,
}

impl EqualParts {
    fn part(&self, place: usize) -> MinorUnits {
        let is_larger = MinorUnits::try_from(place).is_ok_and(|place| place < self.more);
        self.each + MinorUnits::from(is_larger)
    }
}
