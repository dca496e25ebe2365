//! Circulations: amounts that return to where they came from.

use crate::flow::Flow;
use crate::flow::amounts::minor_units::TooLarge;
use crate::flow::facts::edge_fact::EdgeFact;
use crate::flow::network::components::NodeComponents;
use crate::flow::network::flow_network::FlowNetwork;
use crate::model::Decimal;
use crate::model::id::EntityId;
use crate::model::job;

/// A loop of entities, each of which passes on to the next, back to the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circulation {
    /// The entities in the loop, by id.
    pub entities: Vec<EntityId>,
    /// The sum of the known amounts inside it; minimums of uncertain amounts.
    pub amount: Decimal,
    /// Whether nothing enters or leaves it, so that it changes no other number.
    pub closed: bool,
}

impl Flow {
    /// The circulations of the part.
    pub fn circulations(&self) -> Result<Vec<Circulation>, TooLarge> {
        circulations(&self.network, &self.selves)
    }
}

/// The loops along edges with a positive minimum, and relations from an entity to itself.
fn circulations(network: &FlowNetwork, selves: &[EdgeFact]) -> Result<Vec<Circulation>, TooLarge> {
    let loops = loops(network);
    let mut found = Vec::new();
    for (component, members) in loops.iter().filter(|(_, members)| members.len() > 1) {
        job::step();
        let (mut amount, mut closed) = (0_i128, true);
        for node in members {
            job::step();
            for edge in network.outgoing(*node) {
                job::step();
                let edge = &network.edges[*edge];
                if loops.component_of[edge.to] == component {
                    amount = amount.checked_add(edge.range.lower).ok_or(TooLarge)?;
                }
                closed &= loops.component_of[edge.to] == component && edge.range.is_certain();
            }
            let is_shut = |edge: &usize| loops.component_of[network.edges[*edge].from] == component;
            let facts = &network.nodes[*node];
            closed &= network.incoming(*node).iter().all(is_shut)
                && !facts.is_uncertain
                && facts.injected.is_zero()
                && facts.absorbed.is_zero();
        }
        let amount = Decimal::try_from_i128_with_scale(amount, network.scale).map_err(|_| TooLarge)?;
        found.push(Circulation {
            entities: members
                .iter()
                .map(|node| network.entities[*node].clone())
                .collect(),
            amount: amount.normalize(),
            closed,
        });
    }
    found.extend(of_one(network, selves)?);
    found.sort_by(|a, b| a.entities.cmp(&b.entities));
    Ok(found)
}

/// The loops along edges with a positive minimum.
pub(super) fn loops(network: &FlowNetwork) -> NodeComponents {
    NodeComponents::new(network, |edge| network.edges[edge].range.lower > 0)
}

fn of_one(network: &FlowNetwork, selves: &[EdgeFact]) -> Result<Vec<Circulation>, TooLarge> {
    let mut found: Vec<Circulation> = Vec::new();
    let mut selves: Vec<&EdgeFact> = selves.iter().collect();
    selves.sort_by(|a, b| a.from.cmp(&b.from));
    for edge in selves {
        job::step();
        let amount = edge.contribution.lower;
        match found.last_mut().filter(|last| last.entities[0] == edge.from) {
            Some(last) => last.amount = last.amount.checked_add(amount).ok_or(TooLarge)?,
            None => found.push(Circulation {
                entities: vec![edge.from.clone()],
                amount,
                closed: network.node(&edge.from).is_none_or(|node| {
                    network.outgoing(node).is_empty() && network.incoming(node).is_empty()
                }),
            }),
        }
    }
    found.retain(|circulation| circulation.amount > Decimal::ZERO);
    Ok(found)
}
