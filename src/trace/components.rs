//! Strongly connected components of the state graph.

use super::state_graph::{StateGraph, StateIndex};
use crate::model::job;

/// Marks a state that is unvisited, or whose component is incomplete.
const NONE: u32 = u32::MAX;

/// Strongly connected components, numbered so that every step leads to a component with the same or a lower
/// number.
pub(super) struct StateComponents {
    component_of: Vec<u32>,
}

impl StateComponents {
    /// Computes the components in time linear in the steps (Tarjan, "Depth-first search and linear graph
    /// algorithms", SIAM J. Comput. 1(2), 1972). It does not recurse, because a walk may be very long.
    pub(super) fn new(state_graph: &StateGraph) -> Self {
        let count = state_graph.nodes.len();
        let mut search = StateComponentSearch {
            entered: vec![NONE; count],
            low: vec![NONE; count],
            component_of: vec![NONE; count],
            stack: Vec::new(),
            next: 0,
            found: 0,
        };
        for root in state_graph.indices() {
            if search.entered[root as usize] == NONE {
                search.visit(state_graph, root);
            }
        }
        Self {
            component_of: search.component_of,
        }
    }

    /// The number of a state's component.
    pub(super) fn number(&self, node: StateIndex) -> u32 {
        self.component_of[node as usize]
    }

    /// Whether two states are in the same component.
    pub(super) fn are_together(&self, one: StateIndex, other: StateIndex) -> bool {
        self.number(one) == self.number(other)
    }
}

struct StateComponentSearch {
    /// The position of each state in the order of the visits.
    entered: Vec<u32>,
    /// The earliest such position among the states of its component that were found from it.
    low: Vec<u32>,
    component_of: Vec<u32>,
    /// The visited states whose component is incomplete.
    stack: Vec<StateIndex>,
    next: u32,
    found: u32,
}

impl StateComponentSearch {
    fn visit(&mut self, state_graph: &StateGraph, root: StateIndex) {
        let mut open = vec![(root, 0)];
        self.enter(root);
        while let Some((node, at)) = open.last_mut() {
            job::step();
            let node = *node;
            if let Some(arc) = state_graph.arcs(node).get(*at) {
                *at += 1;
                if self.entered[arc.to as usize] == NONE {
                    self.enter(arc.to);
                    open.push((arc.to, 0));
                } else if self.component_of[arc.to as usize] == NONE {
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

    fn enter(&mut self, node: StateIndex) {
        self.entered[node as usize] = self.next;
        self.low[node as usize] = self.next;
        self.next += 1;
        self.stack.push(node);
    }

    fn lower(&mut self, node: StateIndex, to: u32) {
        let low = &mut self.low[node as usize];
        *low = (*low).min(to);
    }

    fn complete(&mut self, root: StateIndex) {
        while let Some(node) = self.stack.pop() {
            job::step();
            self.component_of[node as usize] = self.found;
            if node == root {
                break;
            }
        }
        self.found += 1;
    }
}
