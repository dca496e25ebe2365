//! Strongly connected components of a network: the loops in which what flows comes back.

use super::network::{LinkIndex, Network, NodeIndex};

/// Components in an order in which every link between two of them leads from an earlier to a later one.
#[derive(Clone, Debug)]
pub(super) struct Components {
    /// The component of each entity.
    pub(super) of: Vec<usize>,
    /// The entities of each, ascending.
    pub(super) members: Vec<Vec<NodeIndex>>,
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
            found: Vec::new(),
            next: 0,
        };
        for root in 0..count {
            if search.order[root] == UNSEEN {
                search.visit(network, root, &counts);
            }
        }
        // They were completed from the last to the first.
        let last = search.found.len().saturating_sub(1);
        let mut members = search.found;
        members.reverse();
        for nodes in &mut members {
            nodes.sort_unstable();
        }
        Self {
            of: search.of.into_iter().map(|found| last - found).collect(),
            members,
        }
    }
}

struct Search {
    order: Vec<usize>,
    low: Vec<usize>,
    of: Vec<usize>,
    stack: Vec<NodeIndex>,
    found: Vec<Vec<NodeIndex>>,
    next: usize,
}

impl Search {
    fn visit(&mut self, network: &Network, root: NodeIndex, counts: &impl Fn(LinkIndex) -> bool) {
        let mut open = vec![(root, 0)];
        self.enter(root);
        while let Some((node, at)) = open.last_mut() {
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
        let mut members = Vec::new();
        while let Some(member) = self.stack.pop() {
            self.of[member] = self.found.len();
            members.push(member);
            if member == node {
                break;
            }
        }
        self.found.push(members);
    }
}
