//! Proportional attribution: what leaves an entity is mixed as what goes through it is.
//!
//! Proportional sharing after Bialek, "Tracing the flow of electricity", IEE Proc. Gener. Transm. Distrib. 143(4), 1996. With F the
//! links, x what goes through an entity, g what it puts in and d what it keeps: what goes through v from a source is
//! y(v) = g(v) + Σ F(u→v)/x(u) · y(u), and d(v)/x(v) of it stays. Nothing is created, lost or counted twice. One solution
//! takes time linear in what it reaches, once the loops are taken apart.
//!
//! Where an amount is uncertain at an entity or anywhere upstream of it, how it is mixed is not known, and nothing is said.

use super::components::Components;
use super::elimination::{Loop, Parts};
use super::extent::Grains;
use super::network::{Network, NodeIndex};
use super::real::{Real, ratio, real, zero};
use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::job;

/// A network made ready for attribution.
#[derive(Clone, Debug)]
pub(super) struct Mixing {
    components: Components,
    /// By component; none for an entity that is in no loop, and for loops of which not all is known.
    loops: Vec<Option<Loop>>,
    /// Whether it is known how what goes through each entity is mixed.
    known: Vec<bool>,
}

/// What comes of each unit that goes through an entity; none where that is not known.
pub(super) type Worth = Option<Real>;

impl Mixing {
    /// Of a network whose sources reach no entity but those inside: whoever is not has nothing of theirs, however it is mixed.
    pub(super) fn new(
        network: &Network,
        inside: &[bool],
        budget: &mut WorkBudget,
    ) -> Result<Self, OutOfWork> {
        let components = Components::new(network, |link| !network.links[link].extent.is_zero());
        budget.spend_many(network.links.len() as u64)?;
        let mut known = vec![true; network.entities.len()];
        for (_, members) in components.iter() {
            job::step();
            let doubt = |node: &NodeIndex| {
                let upstream = network.incoming(*node).iter().any(|link| {
                    let link = &network.links[*link];
                    !link.extent.is_zero() && !known[link.from] && inside[link.from]
                });
                network.nodes[*node].is_uncertain || upstream
            };
            if members.iter().any(doubt) {
                for member in members {
                    job::step();
                    known[*member] = false;
                }
            }
        }
        let mut loops = Vec::with_capacity(components.count());
        for (component, members) in components.iter() {
            job::step();
            let is_loop = members.len() > 1 && known[members[0]];
            loops.push(if is_loop {
                Some(Loop::new(parts(network, &components, component), budget)?)
            } else {
                None
            });
        }
        Ok(Self {
            components,
            loops,
            known,
        })
    }

    /// Whether it is known how what goes through an entity is mixed.
    pub(super) fn is_known(&self, node: NodeIndex) -> bool {
        self.known[node]
    }

    /// How much of what is put in there goes through each entity that it reaches, as far as that is known.
    pub(super) fn through(
        &self,
        network: &Network,
        put_in: &[(NodeIndex, Grains)],
        budget: &mut WorkBudget,
    ) -> Result<Vec<(NodeIndex, Real)>, OutOfWork> {
        let mut entering: Vec<Real> = Vec::new();
        entering.resize(network.entities.len(), zero());
        let mut open = Open::new(self.components.count());
        for (node, amount) in put_in.iter().filter(|(node, _)| self.known[*node]) {
            job::step();
            entering[*node] += real(*amount);
            open.insert(self.components.of[*node]);
        }
        let mut reached = Vec::new();
        while let Some(component) = open.pop_first() {
            job::step();
            let members = self.components.members(component);
            if let Some(cycle) = &self.loops[component] {
                let inside = cycle.through(members.iter().map(|node| entering[*node]).collect(), budget)?;
                for (node, amount) in members.iter().zip(inside) {
                    job::step();
                    entering[*node] = amount;
                }
            }
            for node in members {
                job::step();
                let amount = entering[*node];
                reached.push((*node, amount));
                budget.spend_many(network.outgoing(*node).len() as u64)?;
                for (to, part) in onward(network, *node) {
                    job::step();
                    if self.known[to] && self.components.of[to] != component {
                        entering[to] += amount * part;
                        open.insert(self.components.of[to]);
                    }
                }
            }
        }
        Ok(reached)
    }

    /// What part of each unit that goes through an entity comes to rest at one of some targets. Zero where none is reached.
    pub(super) fn worth(
        &self,
        network: &Network,
        is_target: impl Fn(NodeIndex) -> bool,
        budget: &mut WorkBudget,
    ) -> Result<Vec<Worth>, OutOfWork> {
        let mut worth: Vec<Worth> = vec![Some(zero()); network.entities.len()];
        budget.spend_many(network.links.len() as u64)?;
        for (component, members) in self.components.iter().rev() {
            job::step();
            let outside: Vec<Worth> = members
                .iter()
                .map(|node| {
                    let node = *node;
                    let is_target = is_target(node) && !network.nodes[node].absorbed.is_zero();
                    let leads_on = network.outgoing(node).iter().filter(|link| {
                        let link = &network.links[**link];
                        !link.extent.is_zero() && self.components.of[link.to] != component
                    });
                    let mut after = leads_on.map(|link| worth[network.links[*link].to]);
                    if !self.known[node] {
                        let is_nothing =
                            !is_target && after.all(|worth| worth.is_some_and(|worth| worth <= zero()));
                        return is_nothing.then(zero);
                    }
                    let after = after.collect::<Option<Vec<Real>>>();
                    let kept = if is_target {
                        kept(network, node)
                    } else {
                        Some(zero())
                    };
                    after.and(kept).map(|kept| {
                        let onward =
                            onward(network, node).filter(|(to, _)| self.components.of[*to] != component);
                        onward.fold(kept, |sum, (to, part)| {
                            sum + part * worth[to].unwrap_or_else(zero)
                        })
                    })
                })
                .collect();
            // In a loop all that one member comes to, all may come to.
            let inside = match outside.iter().copied().collect::<Option<Vec<Real>>>() {
                None => vec![None; members.len()],
                Some(outside) => match &self.loops[component] {
                    Some(cycle) => cycle.worth(outside, budget)?.into_iter().map(Some).collect(),
                    None => outside.into_iter().map(Some).collect(),
                },
            };
            for (node, found) in members.iter().zip(inside) {
                job::step();
                worth[*node] = found;
            }
        }
        Ok(worth)
    }
}

/// Components that are yet to be looked at, from the first to the last: those that are added come after the one that was taken last.
struct Open {
    bits: Vec<u64>,
    at: usize,
}

impl Open {
    fn new(count: usize) -> Self {
        Self {
            bits: vec![0; count.div_ceil(64)],
            at: 0,
        }
    }

    fn insert(&mut self, component: usize) {
        self.bits[component / 64] |= 1 << (component % 64);
    }

    fn pop_first(&mut self) -> Option<usize> {
        self.at += self.bits[self.at..].iter().take_while(|bits| **bits == 0).count();
        let bits = self.bits.get_mut(self.at)?;
        let first = bits.trailing_zeros() as usize;
        *bits &= *bits - 1;
        Some(self.at * 64 + first)
    }
}

/// What part of what goes through an entity it keeps; none where that is not known.
pub(super) fn kept(network: &Network, node: NodeIndex) -> Worth {
    let node = &network.nodes[node];
    let (kept, through) = (node.absorbed.certain()?, node.through().certain()?);
    Some(if through == 0 {
        zero()
    } else {
        ratio(real(kept), real(through))
    })
}

/// To whom an entity gives on what part of what goes through it: links whose amount is known.
pub(super) fn onward(network: &Network, node: NodeIndex) -> impl Iterator<Item = (NodeIndex, Real)> {
    let through = network.nodes[node]
        .through()
        .certain()
        .filter(|through| *through > 0);
    network.outgoing(node).iter().filter_map(move |link| {
        let link = &network.links[*link];
        let amount = link.extent.certain().filter(|amount| *amount > 0)?;
        Some((link.to, ratio(real(amount), real(through?))))
    })
}

/// A loop before it is taken apart: of its members all is known, and something goes through each.
fn parts(network: &Network, components: &Components, component: usize) -> Parts {
    let members = components.members(component);
    let mut parts = Parts {
        to: vec![Vec::new(); members.len()],
        out: vec![zero(); members.len()],
    };
    for (place, node) in members.iter().enumerate() {
        job::step();
        let through = network.nodes[*node].through().lower;
        // What does not go to another in the loop leaves it: a difference of whole grains, so nothing is rounded off.
        let mut leaving = through;
        for link in network.outgoing(*node) {
            job::step();
            let link = &network.links[*link];
            if components.of[link.to] == component
                && let Ok(other) = members.binary_search(&link.to)
            {
                leaving -= link.extent.lower;
                let part = ratio(real(link.extent.lower), real(through));
                parts.to[place].push((other, part));
            }
        }
        parts.out[place] = ratio(real(leaving), real(through));
    }
    parts
}
