//! What may be assumed of amounts that are not known, when it is asked for: no answer that rests on it passes for a fact.

use super::extent::{Extent, Grains};
use super::grains::TooLarge;
use super::network::{Network, NodeIndex, Origin};
use crate::model::closed::closed_list;

closed_list! {
    /// Every uncertain amount at one of its ends. Attribution is not monotone in its inputs, so that neither scenario bounds
    /// anything: the bounds of the answer are those of its network.
    Scenario {
        /// At its lower end; an unknown amount, and an unknown share, is nothing.
        Lower "LOWER",
        /// At its upper end; an amount without one stays unknown.
        Upper "UPPER",
    }
}

closed_list! {
    /// What is assumed of unknown amounts.
    Assumption {
        /// What an entity takes in and is not known to give elsewhere is given in equal parts along its relations of unknown amount.
        EqualSplit "EQUAL_SPLIT",
    }
}

/// How many digits finer grains are where amounts are split: parts differ by a grain where they cannot be equal.
pub(super) const FINER: u32 = 6;

/// Sets uncertain amounts to one of their ends.
pub(super) fn at_ends(network: &mut Network, scenario: Scenario) {
    let end = |extent: Extent| match (scenario, extent.upper) {
        (Scenario::Lower, _) => Extent::exact(extent.lower),
        (Scenario::Upper, Some(upper)) => Extent::exact(upper),
        (Scenario::Upper, None) => extent,
    };
    for link in network
        .links
        .iter_mut()
        .filter(|link| link.origin == Origin::Relation)
    {
        link.extent = end(link.extent);
    }
    for pair in &mut network.pairs {
        pair.extent = end(pair.extent);
        for way in [pair.forward, pair.backward] {
            network.links[way].extent = Extent::up_to(pair.extent.upper);
        }
    }
}

/// Gives unknown amounts equal parts of what their givers take in and do not give otherwise, as far as that is known. Whoever takes
/// in nothing that is known says nothing of what it gives: such amounts stay unknown.
pub(super) fn split_equally(network: &mut Network) -> Result<(), TooLarge> {
    let mut waiting: Vec<usize> = (0..network.entities.len())
        .map(|node| {
            let uncertain = |link: &&usize| !network.links[**link].extent.is_certain();
            network.incoming(node).iter().filter(uncertain).count()
        })
        .collect();
    let mut ready: Vec<NodeIndex> = (0..waiting.len()).filter(|node| waiting[*node] == 0).collect();
    while let Some(node) = ready.pop() {
        let unknown: Vec<usize> = network
            .outgoing(node)
            .iter()
            .copied()
            .filter(|link| is_unknown(network, *link))
            .collect();
        let Some(onward) = passed_on(network, node, unknown.len())? else {
            continue;
        };
        for (place, link) in unknown.into_iter().enumerate() {
            let part = onward.part(place);
            network.links[link].extent = Extent::exact(part);
            let to = network.links[link].to;
            waiting[to] -= 1;
            if waiting[to] == 0 {
                ready.push(to);
            }
        }
    }
    Ok(())
}

fn is_unknown(network: &Network, link: usize) -> bool {
    let link = &network.links[link];
    link.origin == Origin::Relation && link.extent == Extent::up_to(None)
}

/// What is split over so many relations; none where it is not known, or nothing is split.
fn passed_on(network: &Network, node: NodeIndex, count: usize) -> Result<Option<Equal>, TooLarge> {
    let count = Grains::try_from(count).unwrap_or(Grains::MAX);
    if count == 0 {
        return Ok(None);
    }
    let mut left: Grains = 0;
    for link in network.incoming(node) {
        let taken = network.links[*link].extent.certain();
        left = taken.and_then(|taken| left.checked_add(taken)).ok_or(TooLarge)?;
    }
    if left == 0 {
        return Ok(None);
    }
    for link in network
        .outgoing(node)
        .iter()
        .filter(|link| !is_unknown(network, **link))
    {
        match network.links[*link].extent.certain() {
            Some(given) => left = left.checked_sub(given).ok_or(TooLarge)?,
            None => return Ok(None),
        }
    }
    let left = left.max(0);
    Ok(Some(Equal {
        each: left / count,
        more: left % count,
    }))
}

/// An amount in equal parts; the first ones are a grain larger where they cannot be equal.
struct Equal {
    each: Grains,
    more: Grains,
}

impl Equal {
    fn part(&self, place: usize) -> Grains {
        let is_larger = Grains::try_from(place).is_ok_and(|place| place < self.more);
        self.each + Grains::from(is_larger)
    }
}
