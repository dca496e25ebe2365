//! Strongly connected components of a network: its loops.

use super::flow_network::FlowNetwork;
use super::grouped::grouped;
use super::indices::{EdgeIndex, NodeIndex};
use crate::model::job;

/// Strongly connected components, ordered so that every edge between two of them leads from an earlier to a
/// later one.
#[derive(Clone, Debug)]
pub(in crate::flow) struct NodeComponents {
    /// The component of each node.
    pub(in crate::flow) component_of: Vec<usize>,
    /// The nodes of each component, ascending, and the start of each component.
    members: Vec<NodeIndex>,
    starts: Vec<usize>,
}

const UNSEEN: usize = usize::MAX;

impl NodeComponents {
    /// Computes the components along the edges that count, in time linear in the network (Tarjan,
    /// "Depth-first search and linear graph algorithms", SIAM J. Comput. 1(2), 1972). It does not recurse,
    /// because data may be deep.
    pub(in crate::flow) fn new(network: &FlowNetwork, counts: impl Fn(EdgeIndex) -> bool) -> Self {
        let count = network.entities.len();
        let mut search = NodeComponentSearch {
            order: vec![UNSEEN; count],
            low: vec![0; count],
            component_of: vec![UNSEEN; count],
            stack: Vec::new(),
            found: 0,
            next: 0,
        };
        for root in 0..count {
            job::step();
            if search.order[root] == UNSEEN {
                search.visit(network, root, &counts);
            }
        }
        // Components complete from the last to the first.
        let component_of: Vec<usize> = search
            .component_of
            .into_iter()
            .map(|found| search.found - 1 - found)
            .collect();
        let (starts, members) = grouped(search.found, component_of.iter().copied());
        Self {
            component_of,
            members,
            starts,
        }
    }

    /// The number of components.
    pub(in crate::flow) fn count(&self) -> usize {
        self.starts.len() - 1
    }

    /// The nodes of a component, ascending.
    pub(in crate::flow) fn members(&self, component: usize) -> &[NodeIndex] {
        &self.members[self.starts[component]..self.starts[component + 1]]
    }

    /// The components in order, each with its nodes.
    pub(in crate::flow) fn iter(&self) -> impl DoubleEndedIterator<Item = (usize, &[NodeIndex])> {
        (0..self.count()).map(|component| (component, self.members(component)))
    }
}

struct NodeComponentSearch {
    order: Vec<usize>,
    low: Vec<usize>,
    component_of: Vec<usize>,
    stack: Vec<NodeIndex>,
    /// Number of completed components.
    found: usize,
    next: usize,
}

impl NodeComponentSearch {
    fn visit(&mut self, network: &FlowNetwork, root: NodeIndex, counts: &impl Fn(EdgeIndex) -> bool) {
        let mut open = vec![(root, 0)];
        self.enter(root);
        while let Some((node, at)) = open.last_mut() {
            job::step();
            let node = *node;
            let Some(edge) = network.outgoing(node).get(*at) else {
                open.pop();
                if let Some((parent, _)) = open.last() {
                    self.low[*parent] = self.low[*parent].min(self.low[node]);
                }
                self.complete(node);
                continue;
            };
            *at += 1;
            if !counts(*edge) {
                continue;
            }
            let to = network.edges[*edge].to;
            if self.order[to] == UNSEEN {
                self.enter(to);
                open.push((to, 0));
            } else if self.component_of[to] == UNSEEN {
                self.low[node] = self.low[node].min(self.order[to]);
            }
        }
    }

    fn enter(&mut self, node: NodeIndex) {
        self.order[node] = self.next;
        self.low[node] = self.next;
        self.next += 1;
        self.stack.push(node);
    }

    fn complete(&mut self, node: NodeIndex) {
        if self.low[node] != self.order[node] {
            return;
        }
        while let Some(member) = self.stack.pop() {
            job::step();
            self.component_of[member] = self.found;
            if member == node {
                break;
            }
        }
        self.found += 1;
    }
}
