//! Strongly connected components of a network: the loops in which what flows comes back.

use super::grouped::grouped;
use super::network::{LinkIndex, Network, NodeIndex};
use crate::model::job;

/// Components in an order in which every link between two of them leads from an earlier to a later one.
#[derive(Clone, Debug)]
pub(super) struct Components {
    /// The component of each entity.
    pub(super) of: Vec<usize>,
    /// The entities of each, ascending, one component after the other; and where each begins.
    members: Vec<NodeIndex>,
    starts: Vec<usize>,
}

const UNSEEN: usize = usize::MAX;

impl Components {
    /// The components along the links that count, in time linear in the network (Tarjan, "Depth-first search and linear graph
    /// algorithms", SIAM J. Comput. 1(2), 1972), without recursion: data may be as deep as it is long.
    pub(super) fn new(network: &Network, counts: impl Fn(LinkIndex) -> bool) -> Self {
        let count = network.entities.len();
        let mut search = Search {
            order: vec![UNSEEN; count],
            low: vec![0; count],
            of: vec![UNSEEN; count],
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
        // They were completed from the last to the first.
        let of: Vec<usize> = search
            .of
            .into_iter()
            .map(|found| search.found - 1 - found)
            .collect();
        let (starts, members) = grouped(search.found, of.iter().copied());
        Self { of, members, starts }
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.starts.len() - 1
    }

    /// The entities of one, ascending.
    pub(super) fn members(&self, component: usize) -> &[NodeIndex] {
        &self.members[self.starts[component]..self.starts[component + 1]]
    }

    /// The entities of each, in their order.
    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = (usize, &[NodeIndex])> {
        (0..self.count()).map(|component| (component, self.members(component)))
    }
}

struct Search {
    order: Vec<usize>,
    low: Vec<usize>,
    of: Vec<usize>,
    stack: Vec<NodeIndex>,
    /// How many were completed.
    found: usize,
    next: usize,
}

impl Search {
    fn visit(&mut self, network: &Network, root: NodeIndex, counts: &impl Fn(LinkIndex) -> bool) {
        let mut open = vec![(root, 0)];
        self.enter(root);
        while let Some((node, at)) = open.last_mut() {
            job::step();
            let node = *node;
            let Some(link) = network.outgoing(node).get(*at) else {
                open.pop();
                if let Some((parent, _)) = open.last() {
                    self.low[*parent] = self.low[*parent].min(self.low[node]);
                }
                self.complete(node);
                continue;
            };
            *at += 1;
            if !counts(*link) {
                continue;
            }
            let to = network.links[*link].to;
            if self.order[to] == UNSEEN {
                self.enter(to);
                open.push((to, 0));
            } else if self.of[to] == UNSEEN {
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
            self.of[member] = self.found;
            if member == node {
                break;
            }
        }
        self.found += 1;
    }
}
