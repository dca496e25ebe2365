//! What may be assumed of amounts that are not known, when it is asked for: no answer that rests on it passes for a fact.

use super::extent::{Extent, Grains};
use super::grains::TooLarge;
use super::network::{Network, NodeIndex, Origin};
use crate::model::closed::closed_list;
use crate::model::job;

closed_list! {
    Scenario ["情景", "Scenario"]
        ["不确定的数额取哪一端。归因对输入并不单调，因此情景只约束它自己的网络；未说明的划分仍不作假设。",
        "At which end uncertain amounts are taken. Attribution is not monotone in its inputs, so that a scenario bounds nothing but its own network. A split that is not stated stays open."]
    {
        Lower "LOWER" ["不确定者取下限", "Uncertain amounts at the lower end"]
            ["取下限；未知数额按零计。",
            "At the lower end; an unknown amount counts as zero."],
        Upper "UPPER" ["不确定者取上限", "Uncertain amounts at the upper end"]
            ["取上限；没有上限的仍为未知。",
            "At the upper end; an amount without one stays unknown."],
    }
}

closed_list! {
    Assumption ["假设", "Assumption"]
        ["对未知数额所作的假设。", "Assumption on unknown amounts."]
    {
        EqualSplit "EQUAL_SPLIT" ["未知数额均分", "Equal split of what is unknown"]
            ["实体所得中没有已知去处的部分，均分到其数额未知的各条关系；转交的部分，均分给份额未说明的各方。",
            "What an entity takes in and is not known to give elsewhere goes in equal parts along its relations of unknown amount; what it passes on, to those whose part is not stated."],
    }
}

/// How many digits finer grains are where amounts are split: parts differ by a grain where they cannot be equal.
pub(super) const FINER: u32 = 6;

impl Scenario {
    /// The end of an amount that it takes.
    pub(super) fn end_of(self, extent: Extent) -> Extent {
        match (self, extent.upper) {
            (Self::Lower, _) => Extent::exact(extent.lower),
            (Self::Upper, Some(upper)) => Extent::exact(upper),
            (Self::Upper, None) => extent,
        }
    }
}

/// Sets uncertain amounts to one of their ends.
pub(super) fn at_ends(network: &mut Network, scenario: Scenario) {
    for link in network
        .links
        .iter_mut()
        .filter(|link| link.origin == Origin::Relation)
    {
        link.extent = scenario.end_of(link.extent);
    }
    for pair in &mut network.pairs {
        job::step();
        pair.extent = scenario.end_of(pair.extent);
        for way in [pair.forward, pair.backward] {
            job::step();
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
        job::step();
        let unknown: Vec<usize> = network
            .outgoing(node)
            .iter()
            .copied()
            .filter(|link| is_unknown(network, *link))
            .collect();
        let mut settled = Vec::new();
        if let Some(onward) = passed_on(network, node, unknown.len())? {
            for (place, link) in unknown.into_iter().enumerate() {
                job::step();
                network.links[link].extent = Extent::exact(onward.part(place));
                settled.push(link);
            }
        }
        if let Some(place) = network.split_at.get(&node).copied() {
            network.divide(place)?;
            let parts = network.splits[place].parts.iter().map(|part| part.link);
            settled.extend(parts.filter(|link| network.links[*link].extent.is_certain()));
        }
        for link in settled {
            job::step();
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

fn is_part(network: &Network, link: usize) -> bool {
    matches!(network.links[link].origin, Origin::Part(_))
}

/// What is split over so many relations; none where it is not known, or nothing is split.
fn passed_on(network: &Network, node: NodeIndex, count: usize) -> Result<Option<Equal>, TooLarge> {
    let count = Grains::try_from(count).unwrap_or(Grains::MAX);
    if count == 0 {
        return Ok(None);
    }
    let mut left: Grains = 0;
    for link in network.incoming(node) {
        job::step();
        let taken = network.links[*link].extent.certain();
        left = taken.and_then(|taken| left.checked_add(taken)).ok_or(TooLarge)?;
    }
    if left == 0 {
        return Ok(None);
    }
    for link in network
        .outgoing(node)
        .iter()
        .filter(|link| !is_unknown(network, **link) && !is_part(network, **link))
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
