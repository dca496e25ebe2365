//! Maximum flow on whole grains: how much can come from some entities to others at most.
//!
//! Dinic's algorithm ("Algorithm for solution of a problem of maximum flow in a network with power estimation", Soviet Math.
//! Dokl. 11, 1970), without recursion. It looks from the sinks upstream, so that a question about one of them costs what lies
//! upstream of it, not the network; what a question changed is set back after it.
//!
//! All that is asked of a link at one of its ends lies in one place there, next to the other links of that end: a large network does
//! not fit the processor's cache, and then to fetch a link takes longer than anything done with it.

use super::extent::{ENDLESS, Grains};
use super::network::{LinkIndex, Network, NodeIndex};
use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::job;

/// How much the links may carry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Carry {
    /// What they carry at least: where they are certain, just that.
    Least,
    /// What they may carry at most.
    Most,
}

/// Answers questions on one network, one after the other.
#[derive(Debug)]
pub(super) struct MaxFlow {
    /// The links at each entity: both those out of it and those into it.
    arcs: Vec<Arc>,
    /// Where those of each entity begin.
    starts: Vec<usize>,
    /// The arc of each link where it begins.
    tail: Vec<usize>,
    /// What was sent, in order.
    sent: Vec<(usize, Grains)>,
    /// What may yet be put in at each entity, and kept.
    sources: Vec<Grains>,
    sinks: Vec<Grains>,
    /// How many links from a sink, above the `floor` of the round; below it: not found in this round.
    level: Vec<u64>,
    floor: u64,
    /// What was found in this round, the nearest first.
    near: Vec<NodeIndex>,
    /// The next arc to try.
    next: Vec<usize>,
}

/// A link, seen from one of its ends.
#[derive(Clone, Copy, Debug)]
struct Arc {
    /// How much more may be sent from here.
    room: Grains,
    /// How much more may be sent to here.
    room_back: Grains,
    to: NodeIndex,
    /// The same link, seen from there.
    back: usize,
}

/// Entities and how much each may put in or keep.
pub(super) type Ends = [(NodeIndex, Grains)];

impl MaxFlow {
    pub(super) fn new(network: &Network, carry: Carry) -> Self {
        let count = network.entities.len();
        let mut starts = Vec::with_capacity(count + 1);
        starts.push(0);
        for node in 0..count {
            job::step();
            starts.push(starts[node] + network.outgoing(node).len() + network.incoming(node).len());
        }
        let none = Arc {
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
        let mut tail = Vec::with_capacity(network.links.len());
        for link in &network.links {
            job::step();
            let room = match carry {
                Carry::Least => link.extent.lower,
                Carry::Most => link.extent.upper.unwrap_or(ENDLESS),
            };
            let (here, there) = (place(link.from), place(link.to));
            arcs[here] = Arc {
                room,
                room_back: 0,
                to: link.to,
                back: there,
            };
            arcs[there] = Arc {
                room: 0,
                room_back: room,
                to: link.from,
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

    /// The most that can come from the sources to the sinks. A unit of work is a link looked at.
    pub(super) fn most(
        &mut self,
        sources: &Ends,
        sinks: &Ends,
        budget: &mut WorkBudget,
    ) -> Result<Grains, OutOfWork> {
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

    /// The same where some links may carry other amounts.
    pub(super) fn most_where(
        &mut self,
        carried: &[(LinkIndex, Grains)],
        sources: &Ends,
        sinks: &Ends,
        budget: &mut WorkBudget,
    ) -> Result<Grains, OutOfWork> {
        let before = self.exchange(carried);
        let most = self.most(sources, sinks, budget);
        self.exchange(&before);
        most
    }

    /// Puts other amounts in place of those that links may carry, while nothing flows.
    fn exchange(&mut self, carried: &[(LinkIndex, Grains)]) -> Vec<(LinkIndex, Grains)> {
        let mut before = Vec::with_capacity(carried.len());
        for (link, amount) in carried {
            job::step();
            let arc = &mut self.arcs[self.tail[*link]];
            before.push((*link, std::mem::replace(&mut arc.room, *amount)));
            let back = arc.back;
            self.arcs[back].room_back = *amount;
        }
        before
    }

    /// Those from whom more could come to a sink, when no more came: all that leads to them from others carries all it may.
    pub(super) fn near(&self) -> &[NodeIndex] {
        &self.near
    }

    /// Whether an entity is one of these.
    pub(super) fn is_near(&self, node: NodeIndex) -> bool {
        self.level[node] >= self.floor
    }

    fn set_back(&mut self, sources: &Ends, sinks: &Ends) {
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

    fn rounds(&mut self, sources: &Ends, sinks: &Ends, budget: &mut WorkBudget) -> Result<Grains, OutOfWork> {
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

    /// How far each entity is from a sink that can keep more.
    fn measure(&mut self, sinks: &Ends, budget: &mut WorkBudget) -> Result<(), OutOfWork> {
        // Above every level of the round before.
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

    /// Sends what fits along all shortest ways.
    fn send(&mut self, source: NodeIndex, budget: &mut WorkBudget) -> Result<Grains, OutOfWork> {
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

    /// The next link that leads nearer to a sink.
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

    /// Books what fits along a way, and gives the place of the first link that is full then: up to there it may be gone again.
    fn book(&mut self, source: NodeIndex, sink: NodeIndex, way: &[usize]) -> usize {
        let least = way
            .iter()
            .map(|at| self.arcs[*at].room)
            .fold(self.sources[source].min(self.sinks[sink]), Grains::min);
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

    /// Sends an amount by an arc, or takes it back.
    fn shift(&mut self, at: usize, amount: Grains) {
        let arc = &mut self.arcs[at];
        arc.room -= amount;
        arc.room_back += amount;
        let back = arc.back;
        let arc = &mut self.arcs[back];
        arc.room += amount;
        arc.room_back -= amount;
    }
}
