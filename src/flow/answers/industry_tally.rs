//! A tally of what the targets of a flow receive, by industry.

use std::collections::BTreeMap;

use crate::flow::amounts::real::{Real, ratio, real, zero};
use crate::flow::attribution::mixing::KnownReal;
use crate::flow::network::flow_network::FlowNetwork;
use crate::flow::network::indices::NodeIndex;
use crate::flow::network::split::SplitSize;
use crate::model::Decimal;
use crate::model::entity::EntityKind;

/// The amounts that end in each industry; `None` where unknown.
pub(super) struct IndustryTally {
    pub(super) taken: BTreeMap<NodeIndex, KnownReal>,
    /// What ends in no known industry.
    pub(super) left: KnownReal,
}

impl IndustryTally {
    /// Adds what a node holds of the sources, by the parts of its split.
    pub(super) fn add(&mut self, network: &FlowNetwork, node: NodeIndex, content: KnownReal) {
        let Some(split) = network.split_at.get(&node).map(|place| &network.splits[*place]) else {
            self.leave(content);
            return;
        };
        if content.is_some_and(|content| content <= zero()) {
            return;
        }
        let total = split.total.certain().filter(|total| *total > 0);
        let mut left = content;
        for part in &split.parts {
            let edge = &network.edges[part.edge];
            let share = match (part.size, edge.range.certain(), total) {
                (SplitSize::Share(share), ..) => Some(share_of(share)),
                (_, Some(amount), Some(total)) => Some(ratio(real(amount), real(total))),
                _ => None,
            };
            let taken = content.zip(share).map(|(content, share)| content * share);
            left = left.zip(taken).map(|(left, taken)| left - taken);
            if network.split_at.contains_key(&edge.to)
                || network.entities[edge.to].kind() != EntityKind::Industry
            {
                self.add(network, edge.to, taken);
                continue;
            }
            let sum = self.taken.entry(edge.to).or_insert_with(|| Some(zero()));
            *sum = sum.zip(taken).map(|(sum, taken)| sum + taken);
        }
        self.leave(left.map(|left| if left < zero() { zero() } else { left }));
    }

    fn leave(&mut self, content: KnownReal) {
        self.left = self.left.zip(content).map(|(left, content)| left + content);
    }
}

fn share_of(share: Decimal) -> Real {
    let share = share.normalize();
    let scale = 10_i128.checked_pow(share.scale()).unwrap_or(1);
    ratio(real(share.mantissa()), real(scale))
}
