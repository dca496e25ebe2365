//! Strongly connected components of the states: from one state of a component every other is reached, and reached again.

use super::net::{Net, NodeIndex};
use crate::model::job;

/// Marks a state that was not seen, or whose component is not complete.
const NONE: u32 = u32::MAX;

/// The components, numbered so that every step leads to one of the same number or of a lower one.
pub(super) struct Components {
    of: Vec<u32>,
}

impl Components {
    /// The components, in time linear in the steps (Tarjan, "Depth-first search and linear graph algorithms", SIAM J. Comput. 1(2),
    /// 1972), without recursion: a walk may be as deep as it is long.
    pub(super) fn of(net: &Net) -> Self {
        let count = net.nodes.len();
        let mut search = Search {
            entered: vec![NONE; count],
            low: vec![NONE; count],
            of: vec![NONE; count],
            stack: Vec::new(),
            next: 0,
            found: 0,
        };
        for root in net.indices() {
            if search.entered[root as usize] == NONE {
                search.visit(net, root);
            }
        }
        Self { of: search.of }
    }

    /// The number of a state's component.
    pub(super) fn number(&self, node: NodeIndex) -> u32 {
        self.of[node as usize]
    }

    /// Whether two states are of one component.
    pub(super) fn are_together(&self, one: NodeIndex, other: NodeIndex) -> bool {
        self.number(one) == self.number(other)
    }
}

struct Search {
    entered: Vec<u32>,
    low: Vec<u32>,
    of: Vec<u32>,
    stack: Vec<NodeIndex>,
    next: u32,
    found: u32,
}

impl Search {
    fn visit(&mut self, net: &Net, root: NodeIndex) {
        let mut open = vec![(root, 0)];
        self.enter(root);
        while let Some((node, at)) = open.last_mut() {
            job::step();
            let node = *node;
            if let Some(arc) = net.arcs(node).get(*at) {
                *at += 1;
                if self.entered[arc.to as usize] == NONE {
                    self.enter(arc.to);
                    open.push((arc.to, 0));
                } else if self.of[arc.to as usize] == NONE {
                    self.lower(node, self.entered[arc.to as usize]);
                }
                continue;
            }
            open.pop();
            if let Some((parent, _)) = open.last() {
                self.lower(*parent, self.low[node as usize]);
            }
            if self.low[node as usize] == self.entered[node as usize] {
                self.complete(node);
            }
        }
    }

    fn enter(&mut self, node: NodeIndex) {
        self.entered[node as usize] = self.next;
        self.low[node as usize] = self.next;
        self.next += 1;
        self.stack.push(node);
    }

    fn lower(&mut self, node: NodeIndex, to: u32) {
        let low = &mut self.low[node as usize];
        *low = (*low).min(to);
    }

    fn complete(&mut self, root: NodeIndex) {
        while let Some(node) = self.stack.pop() {
            job::step();
            self.of[node as usize] = self.found;
            if node == root {
                break;
            }
        }
        self.found += 1;
    }
}
