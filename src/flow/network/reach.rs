//! Sets of nodes upstream or downstream of some nodes.

use super::flow_network::FlowNetwork;
use super::indices::NodeIndex;
use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::job;

/// A set of nodes of a network.
#[derive(Clone, Debug)]
pub(in crate::flow) struct NodeSet {
    holds: Vec<bool>,
    /// The nodes, ascending.
    nodes: Vec<NodeIndex>,
}

impl NodeSet {
    /// The empty set.
    pub(in crate::flow) fn none(network: &FlowNetwork) -> Self {
        Self {
            holds: vec![false; network.entities.len()],
            nodes: Vec::new(),
        }
    }

    /// The set of all nodes.
    pub(in crate::flow) fn all(network: &FlowNetwork) -> Self {
        let count = network.entities.len();
        Self {
            holds: vec![true; count],
            nodes: (0..count).collect(),
        }
    }

    pub(in crate::flow) fn contains(&self, node: NodeIndex) -> bool {
        self.holds[node]
    }

    /// The nodes, ascending.
    pub(in crate::flow) fn nodes(&self) -> &[NodeIndex] {
        &self.nodes
    }

    /// The nodes reached from `starts` by `next`, within `among` if given, including `starts`. A unit of work
    /// is an edge visited.
    fn closure<'n>(
        network: &'n FlowNetwork,
        starts: impl Iterator<Item = NodeIndex>,
        among: Option<&Self>,
        edges: impl Fn(NodeIndex) -> &'n [usize],
        next: impl Fn(usize) -> NodeIndex,
        budget: &mut WorkBudget,
    ) -> Result<Self, BudgetExhausted> {
        let mut found = Self::none(network);
        for start in starts {
            job::step();
            found.add(start);
        }
        let mut place = 0;
        while let Some(node) = found.nodes.get(place).copied() {
            job::step();
            place += 1;
            let edges = edges(node);
            budget.spend_many(edges.len() as u64)?;
            for edge in edges.iter().filter(|edge| !network.edges[**edge].range.is_zero()) {
                let next = next(*edge);
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

/// The given nodes, and all from which something may flow to one of them.
pub(in crate::flow) fn upstream(
    network: &FlowNetwork,
    sinks: &[NodeIndex],
    budget: &mut WorkBudget,
) -> Result<NodeSet, BudgetExhausted> {
    let from = |edge: usize| network.edges[edge].from;
    NodeSet::closure(
        network,
        sinks.iter().copied(),
        None,
        |node| network.incoming(node),
        from,
        budget,
    )
}

/// The given nodes, and all to which something may flow from one of them; within `among`, if given.
pub(in crate::flow) fn downstream(
    network: &FlowNetwork,
    starts: impl Iterator<Item = NodeIndex>,
    among: Option<&NodeSet>,
    budget: &mut WorkBudget,
) -> Result<NodeSet, BudgetExhausted> {
    let to = |edge: usize| network.edges[edge].to;
    NodeSet::closure(network, starts, among, |node| network.outgoing(node), to, budget)
}
