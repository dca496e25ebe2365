//! Circulations: what flows round and comes back.

use super::components::Components;
use super::facts::LinkFact;
use super::grains::TooLarge;
use super::network::Network;
use crate::model::Decimal;
use crate::model::id::EntityId;
use crate::model::job;

/// A loop: entities each of which passes on to the next, back to the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Circulation {
    /// Who is in it, by id.
    pub entities: Vec<EntityId>,
    /// The amounts inside it in sum, as far as they are known: of uncertain ones what there is at least.
    pub amount: Decimal,
    /// Whether nothing enters or leaves it, so that it changes no number.
    pub closed: bool,
}

/// The loops along links that carry something for certain; and relations from an entity to itself, which flow nowhere.
pub(super) fn circulations(network: &Network, selves: &[LinkFact]) -> Result<Vec<Circulation>, TooLarge> {
    let loops = loops(network);
    let mut found = Vec::new();
    for (component, members) in loops.iter().filter(|(_, members)| members.len() > 1) {
        job::step();
        let (mut amount, mut closed) = (0_i128, true);
        for node in members {
            job::step();
            for link in network.outgoing(*node) {
                job::step();
                let link = &network.links[*link];
                if loops.of[link.to] == component {
                    amount = amount.checked_add(link.extent.lower).ok_or(TooLarge)?;
                }
                closed &= loops.of[link.to] == component && link.extent.is_certain();
            }
            let is_shut = |link: &usize| loops.of[network.links[*link].from] == component;
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

/// The loops along links that carry something for certain.
pub(super) fn loops(network: &Network) -> Components {
    Components::new(network, |link| network.links[link].extent.lower > 0)
}

fn of_one(network: &Network, selves: &[LinkFact]) -> Result<Vec<Circulation>, TooLarge> {
    let mut found: Vec<Circulation> = Vec::new();
    let mut selves: Vec<&LinkFact> = selves.iter().collect();
    selves.sort_by(|a, b| a.from.cmp(&b.from));
    for link in selves {
        job::step();
        let amount = link.carried.lower;
        match found.last_mut().filter(|last| last.entities[0] == link.from) {
            Some(last) => last.amount = last.amount.checked_add(amount).ok_or(TooLarge)?,
            None => found.push(Circulation {
                entities: vec![link.from.clone()],
                amount,
                closed: network.node(&link.from).is_none_or(|node| {
                    network.outgoing(node).is_empty() && network.incoming(node).is_empty()
                }),
            }),
        }
    }
    found.retain(|circulation| circulation.amount > Decimal::ZERO);
    Ok(found)
}
