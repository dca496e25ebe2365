//! Maximum flow on whole grains: how much can come from some entities to others at most.
//!
//! Dinic's algorithm ("Algorithm for solution of a problem of maximum flow in a network with power estimation", Soviet Math.
//! Dokl. 11, 1970), without recursion. It looks from the sinks upstream, so that a question about one of them costs what lies
//! upstream of it, not the network; what a question changed is set back after it.

use super::extent::{ENDLESS, Grains};
use super::network::{LinkIndex, Network, NodeIndex};
use crate::model::budget::{OutOfWork, WorkBudget};

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
pub(super) struct MaxFlow<'n> {
    network: &'n Network,
    /// What each link may carry.
    capacity: Vec<Grains>,
    /// What flows on each link.
    flow: Vec<Grains>,
    changed: Vec<LinkIndex>,
    /// What may yet be put in at each entity, and kept.
    sources: Vec<Grains>,
    sinks: Vec<Grains>,
    /// How many links from a sink, of the round in which it was found.
    distance: Vec<usize>,
    round: Vec<usize>,
    now: usize,
    /// What was found in this round, the nearest first.
    near: Vec<NodeIndex>,
    /// The next link to try.
    next: Vec<usize>,
}

/// Entities and how much each may put in or keep.
pub(super) type Ends = [(NodeIndex, Grains)];

impl<'n> MaxFlow<'n> {
    pub(super) fn new(network: &'n Network, carry: Carry) -> Self {
        let (nodes, links) = (network.entities.len(), network.links.len());
        let capacity = network.links.iter().map(|link| match carry {
            Carry::Least => link.extent.lower,
            Carry::Most => link.extent.upper.unwrap_or(ENDLESS),
        });
        Self {
            network,
            capacity: capacity.collect(),
            flow: vec![0; links],
            changed: Vec::new(),
            sources: vec![0; nodes],
            sinks: vec![0; nodes],
            distance: vec![0; nodes],
            round: vec![0; nodes],
            now: 0,
            near: Vec::new(),
            next: vec![0; nodes],
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
            self.sources[*node] = *amount;
        }
        for (node, amount) in sinks {
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

    fn exchange(&mut self, carried: &[(LinkIndex, Grains)]) -> Vec<(LinkIndex, Grains)> {
        let links = carried.iter();
        links
            .map(|(link, amount)| (*link, std::mem::replace(&mut self.capacity[*link], *amount)))
            .collect()
    }

    /// Those from whom more could come to a sink, when no more came: all that leads to them from others carries all it may.
    pub(super) fn near(&self) -> &[NodeIndex] {
        &self.near
    }

    /// Whether an entity is one of these.
    pub(super) fn is_near(&self, node: NodeIndex) -> bool {
        self.round[node] == self.now
    }

    fn set_back(&mut self, sources: &Ends, sinks: &Ends) {
        for (node, _) in sources {
            self.sources[*node] = 0;
        }
        for (node, _) in sinks {
            self.sinks[*node] = 0;
        }
        for link in self.changed.drain(..) {
            self.flow[link] = 0;
        }
    }

    fn rounds(&mut self, sources: &Ends, sinks: &Ends, budget: &mut WorkBudget) -> Result<Grains, OutOfWork> {
        let mut most = 0;
        loop {
            self.measure(sinks, budget)?;
            let mut more = 0;
            for (source, _) in sources {
                while self.sources[*source] > 0 && self.is_near(*source) {
                    let sent = self.send(*source, budget)?;
                    if sent == 0 {
                        break;
                    }
                    more += sent;
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
        self.now += 1;
        self.near.clear();
        for (node, _) in sinks {
            if self.sinks[*node] > 0 {
                self.reach(*node, 0);
            }
        }
        let mut place = 0;
        while let Some(node) = self.near.get(place).copied() {
            place += 1;
            let further = self.distance[node] + 1;
            let (into, out) = (self.network.incoming(node), self.network.outgoing(node));
            budget.spend_many((into.len() + out.len()) as u64)?;
            for link in into {
                let from = self.network.links[*link].from;
                if !self.is_near(from) && self.room(*link) > 0 {
                    self.reach(from, further);
                }
            }
            for link in out {
                let to = self.network.links[*link].to;
                if !self.is_near(to) && self.flow[*link] > 0 {
                    self.reach(to, further);
                }
            }
        }
        Ok(())
    }

    fn reach(&mut self, node: NodeIndex, distance: usize) {
        self.round[node] = self.now;
        self.distance[node] = distance;
        self.next[node] = 0;
        self.near.push(node);
    }

    fn room(&self, link: LinkIndex) -> Grains {
        self.capacity[link] - self.flow[link]
    }

    /// Sends what fits along one shortest way.
    fn send(&mut self, source: NodeIndex, budget: &mut WorkBudget) -> Result<Grains, OutOfWork> {
        let mut way: Vec<(LinkIndex, bool)> = Vec::new();
        let mut node = source;
        loop {
            if self.distance[node] == 0 && self.sinks[node] > 0 {
                return Ok(self.book(source, node, &way));
            }
            budget.spend()?;
            match self.step(node) {
                Some((link, forward, to)) => {
                    way.push((link, forward));
                    node = to;
                }
                None => {
                    let Some((link, forward)) = way.pop() else {
                        return Ok(0);
                    };
                    let link = &self.network.links[link];
                    node = if forward { link.from } else { link.to };
                    self.next[node] += 1;
                }
            }
        }
    }

    /// The next link that leads nearer to a sink, and whether it is walked as it flows.
    fn step(&mut self, node: NodeIndex) -> Option<(LinkIndex, bool, NodeIndex)> {
        let (out, into) = (self.network.outgoing(node), self.network.incoming(node));
        while self.next[node] < out.len() + into.len() {
            let at = self.next[node];
            let (link, forward) = match out.get(at) {
                Some(link) => (*link, true),
                None => (into[at - out.len()], false),
            };
            let ends = &self.network.links[link];
            let (to, room) = if forward {
                (ends.to, self.room(link))
            } else {
                (ends.from, self.flow[link])
            };
            if room > 0 && self.is_near(to) && self.distance[to] + 1 == self.distance[node] {
                return Some((link, forward, to));
            }
            self.next[node] += 1;
        }
        None
    }

    fn book(&mut self, source: NodeIndex, sink: NodeIndex, way: &[(LinkIndex, bool)]) -> Grains {
        let room = |(link, forward): &(LinkIndex, bool)| {
            if *forward {
                self.room(*link)
            } else {
                self.flow[*link]
            }
        };
        let least = way
            .iter()
            .map(room)
            .fold(self.sources[source].min(self.sinks[sink]), Grains::min);
        for (link, forward) in way {
            self.flow[*link] += if *forward { least } else { -least };
            self.changed.push(*link);
        }
        self.sources[source] -= least;
        self.sinks[sink] -= least;
        least
    }
}
