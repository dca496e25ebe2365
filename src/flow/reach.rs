//! From where something may come to some entities, and to where it may go.

use super::network::{Network, NodeIndex};
use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::job;

/// Some of the entities of a network.
#[derive(Clone, Debug)]
pub(super) struct NodeSet {
    holds: Vec<bool>,
    /// Ascending.
    nodes: Vec<NodeIndex>,
}

impl NodeSet {
    /// Nobody.
    pub(super) fn none(network: &Network) -> Self {
        Self {
            holds: vec![false; network.entities.len()],
            nodes: Vec::new(),
        }
    }

    /// All there are.
    pub(super) fn all(network: &Network) -> Self {
        let count = network.entities.len();
        Self {
            holds: vec![true; count],
            nodes: (0..count).collect(),
        }
    }

    pub(super) fn contains(&self, node: NodeIndex) -> bool {
        self.holds[node]
    }

    /// Its entities, ascending.
    pub(super) fn nodes(&self) -> &[NodeIndex] {
        &self.nodes
    }

    /// What `next` leads to from some entities, step by step, among some, and those themselves. A unit of work is a link looked at.
    fn closure<'n>(
        network: &'n Network,
        starts: impl Iterator<Item = NodeIndex>,
        among: Option<&Self>,
        links: impl Fn(NodeIndex) -> &'n [usize],
        next: impl Fn(usize) -> NodeIndex,
        budget: &mut WorkBudget,
    ) -> Result<Self, OutOfWork> {
        let mut found = Self::none(network);
        for start in starts {
            job::step();
            found.add(start);
        }
        let mut place = 0;
        while let Some(node) = found.nodes.get(place).copied() {
            job::step();
            place += 1;
            let links = links(node);
            budget.spend_many(links.len() as u64)?;
            for link in links
                .iter()
                .filter(|link| !network.links[**link].extent.is_zero())
            {
                let next = next(*link);
                if among.is_none_or(|among| among.contains(next)) {
                    found.add(next);
                }
            }
        }
        found.nodes.sort_unstable();
        Ok(found)
    }

    fn add(&mut self, node: NodeIndex) {
        if !std::mem::replace(&mut self.holds[node], true) {
            self.nodes.push(node);
        }
    }
}

/// Some entities, and all from which something may come to one of them.
pub(super) fn upstream(
    network: &Network,
    sinks: &[NodeIndex],
    budget: &mut WorkBudget,
) -> Result<NodeSet, OutOfWork> {
    let from = |link: usize| network.links[link].from;
    NodeSet::closure(
        network,
        sinks.iter().copied(),
        None,
        |node| network.incoming(node),
        from,
        budget,
    )
}

/// Some entities, and all to which something may come from one of them; where some are given, by these alone.
pub(super) fn downstream(
    network: &Network,
    starts: impl Iterator<Item = NodeIndex>,
    among: Option<&NodeSet>,
    budget: &mut WorkBudget,
) -> Result<NodeSet, OutOfWork> {
    let to = |link: usize| network.links[link].to;
    NodeSet::closure(network, starts, among, |node| network.outgoing(node), to, budget)
}
