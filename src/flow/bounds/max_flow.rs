//! Maximum flow in whole minor units, from some entities to others.
//!
//! Dinic's algorithm ("Algorithm for solution of a problem of maximum flow in a network with power
//! estimation", Soviet Math. Dokl. 11, 1970), without recursion. It searches from the sinks upstream, so that
//! a query about one sink costs only what lies upstream of it; afterwards the changes of the query are
//! undone.
//!
//! All data about an edge at one end is stored in one place, next to the other edges of that end: a large
//! network does not fit the processor cache, and fetching an edge takes longer than processing it.

use crate::flow::amounts::amount_range::{ENDLESS, MinorUnits};
use crate::flow::network::flow_network::FlowNetwork;
use crate::flow::network::indices::{EdgeIndex, NodeIndex};
use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::job;

/// The capacity of each edge: its minimum or its maximum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EdgeCapacity {
    /// The minimum amount; for certain amounts, the amount.
    Least,
    /// The maximum amount.
    Most,
}

/// Computes maximum flows on one network, one after the other.
#[derive(Debug)]
pub(super) struct MaxFlow {
    /// The edges at each node, both incoming and outgoing.
    arcs: Vec<ResidualEdge>,
    /// The start of the edges of each node.
    starts: Vec<usize>,
    /// For each edge, its residual edge at its tail.
    tail: Vec<usize>,
    /// The amounts sent, in order.
    sent: Vec<(usize, MinorUnits)>,
    /// The remaining capacities of sources and of sinks.
    sources: Vec<MinorUnits>,
    sinks: Vec<MinorUnits>,
    /// The number of edges to a sink, above the `floor` of the round; a value below it is from an earlier
    /// round.
    level: Vec<u64>,
    floor: u64,
    /// The nodes found in this round, nearest first.
    near: Vec<NodeIndex>,
    /// The next residual edge to try.
    next: Vec<usize>,
}

/// An edge as seen from one of its ends, with its residual capacities.
#[derive(Clone, Copy, Debug)]
struct ResidualEdge {
    /// The residual capacity from here.
    room: MinorUnits,
    /// The residual capacity to here.
    room_back: MinorUnits,
    to: NodeIndex,
    /// The index of the same edge at the other end.
    back: usize,
}

/// Nodes with the amount that each may put in or keep.
pub(super) type NodeAmounts = [(NodeIndex, MinorUnits)];

impl MaxFlow {
    pub(super) fn new(network: &FlowNetwork, carry: EdgeCapacity) -> Self {
        let count = network.entities.len();
        let mut starts = Vec::with_capacity(count + 1);
        starts.push(0);
        for node in 0..count {
            job::step();
            starts.push(starts[node] + network.outgoing(node).len() + network.incoming(node).len());
        }
        let none = ResidualEdge {
            room: 0,
            room_back: 0,
            to: 0,
            back: 0,
        };
        let mut arcs = vec![none; starts[count]];
        let mut next = starts[..count].to_vec();
        let mut place = |node: NodeIndex| {
            next[node] += 1;
            next[node] - 1
        };
        let mut tail = Vec::with_capacity(network.edges.len());
        for edge in &network.edges {
            job::step();
            let room = match carry {
                EdgeCapacity::Least => edge.range.lower,
                EdgeCapacity::Most => edge.range.upper.unwrap_or(ENDLESS),
            };
            let (here, there) = (place(edge.from), place(edge.to));
            arcs[here] = ResidualEdge {
                room,
                room_back: 0,
                to: edge.to,
                back: there,
            };
            arcs[there] = ResidualEdge {
                room: 0,
                room_back: room,
                to: edge.from,
                back: here,
            };
            tail.push(here);
        }
        Self {
            arcs,
            starts,
            tail,
            sent: Vec::new(),
            sources: vec![0; count],
            sinks: vec![0; count],
            level: vec![0; count],
            floor: 1,
            near: Vec::new(),
            next,
        }
    }

    /// The maximum flow from the sources to the sinks. A unit of work is an edge visited.
    pub(super) fn most(
        &mut self,
        sources: &NodeAmounts,
        sinks: &NodeAmounts,
        budget: &mut WorkBudget,
    ) -> Result<MinorUnits, BudgetExhausted> {
        for (node, amount) in sources {
            job::step();
            self.sources[*node] = *amount;
        }
        for (node, amount) in sinks {
            job::step();
            self.sinks[*node] = *amount;
        }
        let most = self.rounds(sources, sinks, budget);
        self.set_back(sources, sinks);
        most
    }

    /// The same with other capacities for some edges.
    pub(super) fn most_where(
        &mut self,
        carried: &[(EdgeIndex, MinorUnits)],
        sources: &NodeAmounts,
        sinks: &NodeAmounts,
        budget: &mut WorkBudget,
    ) -> Result<MinorUnits, BudgetExhausted> {
        let before = self.exchange(carried);
        let most = self.most(sources, sinks, budget);
        self.exchange(&before);
        most
    }

    /// Replaces the capacities of some edges, while nothing flows.
    fn exchange(&mut self, carried: &[(EdgeIndex, MinorUnits)]) -> Vec<(EdgeIndex, MinorUnits)> {
        let mut before = Vec::with_capacity(carried.len());
        for (edge, amount) in carried {
            job::step();
            let arc = &mut self.arcs[self.tail[*edge]];
            before.push((*edge, std::mem::replace(&mut arc.room, *amount)));
            let back = arc.back;
            self.arcs[back].room_back = *amount;
        }
        before
    }

    /// The nodes from which more could flow to a sink if more arrived; all edges into them from other nodes
    /// are full.
    pub(super) fn near(&self) -> &[NodeIndex] {
        &self.near
    }

    /// Whether a node is one of these.
    pub(super) fn is_near(&self, node: NodeIndex) -> bool {
        self.level[node] >= self.floor
    }

    fn set_back(&mut self, sources: &NodeAmounts, sinks: &NodeAmounts) {
        for (node, _) in sources {
            job::step();
            self.sources[*node] = 0;
        }
        for (node, _) in sinks {
            job::step();
            self.sinks[*node] = 0;
        }
        for (arc, amount) in std::mem::take(&mut self.sent) {
            job::step();
            self.shift(arc, -amount);
        }
    }

    fn rounds(
        &mut self,
        sources: &NodeAmounts,
        sinks: &NodeAmounts,
        budget: &mut WorkBudget,
    ) -> Result<MinorUnits, BudgetExhausted> {
        let mut most = 0;
        loop {
            self.measure(sinks, budget)?;
            let mut more = 0;
            for (source, _) in sources {
                job::step();
                if self.is_near(*source) {
                    more += self.send(*source, budget)?;
                }
            }
            if more == 0 {
                return Ok(most);
            }
            most += more;
        }
    }

    /// The distance of each node from a sink with remaining capacity.
    fn measure(&mut self, sinks: &NodeAmounts, budget: &mut WorkBudget) -> Result<(), BudgetExhausted> {
        // Above every level of the previous round.
        self.floor += self.level.len() as u64 + 1;
        self.near.clear();
        for (node, _) in sinks {
            job::step();
            if self.sinks[*node] > 0 && !self.is_near(*node) {
                self.reach(*node, self.floor);
            }
        }
        let mut place = 0;
        while let Some(node) = self.near.get(place).copied() {
            job::step();
            place += 1;
            let further = self.level[node] + 1;
            let arcs = self.starts[node]..self.starts[node + 1];
            budget.spend_many(arcs.len() as u64)?;
            for at in arcs {
                job::step();
                let arc = &self.arcs[at];
                let to = arc.to;
                if arc.room_back > 0 && !self.is_near(to) {
                    self.reach(to, further);
                }
            }
        }
        Ok(())
    }

    fn reach(&mut self, node: NodeIndex, level: u64) {
        self.level[node] = level;
        self.next[node] = self.starts[node];
        self.near.push(node);
    }

    /// Sends as much as fits along all shortest paths.
    fn send(&mut self, source: NodeIndex, budget: &mut WorkBudget) -> Result<MinorUnits, BudgetExhausted> {
        let before = self.sources[source];
        let mut way: Vec<usize> = Vec::new();
        let mut node = source;
        while self.sources[source] > 0 {
            job::step();
            if self.level[node] == self.floor && self.sinks[node] > 0 {
                let full = self.book(source, node, &way);
                way.truncate(full);
                node = way.last().map_or(source, |at| self.arcs[*at].to);
                continue;
            }
            budget.spend()?;
            if let Some(at) = self.step(node) {
                way.push(at);
                node = self.arcs[at].to;
            } else if let Some(at) = way.pop() {
                node = self.arcs[self.arcs[at].back].to;
                self.next[node] += 1;
            } else {
                break;
            }
        }
        Ok(before - self.sources[source])
    }

    /// The next edge that leads nearer to a sink.
    fn step(&mut self, node: NodeIndex) -> Option<usize> {
        let nearer = self.level[node] - 1;
        let (from, end) = (self.next[node], self.starts[node + 1]);
        let arcs = self.arcs[from..end].iter();
        let found = arcs
            .take_while(|arc| arc.room <= 0 || self.level[arc.to] != nearer)
            .count();
        self.next[node] = from + found;
        (from + found < end).then_some(from + found)
    }

    /// Sends what fits along a path, and returns the position of the first full edge, up to which the search
    /// can continue.
    fn book(&mut self, source: NodeIndex, sink: NodeIndex, way: &[usize]) -> usize {
        let least = way
            .iter()
            .map(|at| self.arcs[*at].room)
            .fold(self.sources[source].min(self.sinks[sink]), MinorUnits::min);
        let mut full = way.len();
        for (place, at) in way.iter().enumerate().rev() {
            job::step();
            self.shift(*at, least);
            self.sent.push((*at, least));
            if self.arcs[*at].room == 0 {
                full = place;
            }
        }
        self.sources[source] -= least;
        self.sinks[sink] -= least;
        full
    }

    /// Sends an amount over a residual edge, or back.
    fn shift(&mut self, at: usize, amount: MinorUnits) {
        let arc = &mut self.arcs[at];
        arc.room -= amount;
        arc.room_back += amount;
        let back = arc.back;
        let arc = &mut self.arcs[back];
        arc.room += amount;
        arc.room_back -= amount;
    }
}
