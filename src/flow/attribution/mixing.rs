//! Proportional attribution: outflows mix in proportion to inflows.
//!
//! Proportional sharing (Bialek, "Tracing the flow of electricity", IEE Proc. Gener. Transm. Distrib. 143(4),
//! 1996). With F the edges, x the throughput of an entity, g what it puts in and d what it keeps, the part of
//! the throughput of v from a source is y(v) = g(v) + Σ F(u→v)/x(u) · y(u), of which d(v)/x(v) stays. Nothing
//! is created, lost or counted twice. One solution takes time linear in what it reaches, once loops are
//! eliminated.
//!
//! If an amount at an entity, or anywhere upstream of it, is uncertain, its mix is unknown and no value is
//! given.

use super::elimination::{Loop, LoopParts};
use crate::flow::amounts::amount_range::MinorUnits;
use crate::flow::amounts::real::{Real, ratio, real, zero};
use crate::flow::network::components::NodeComponents;
use crate::flow::network::flow_network::FlowNetwork;
use crate::flow::network::indices::NodeIndex;
use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::job;

/// A network prepared for attribution.
#[derive(Clone, Debug)]
pub(in crate::flow) struct Mixing {
    components: NodeComponents,
    /// By component; `None` for an entity outside loops, and for loops that are not fully known.
    loops: Vec<Option<Loop>>,
    /// Whether the mix at each node is known.
    known: Vec<bool>,
}

/// An attributed amount or share; `None` if it is not known.
pub(in crate::flow) type KnownReal = Option<Real>;

impl Mixing {
    /// Prepares a network whose sources reach only nodes inside; other nodes have nothing of theirs, however
    /// it is mixed.
    pub(in crate::flow) fn new(
        network: &FlowNetwork,
        inside: &[bool],
        budget: &mut WorkBudget,
    ) -> Result<Self, BudgetExhausted> {
        let components = NodeComponents::new(network, |edge| !network.edges[edge].range.is_zero());
        budget.spend_many(network.edges.len() as u64)?;
        let mut known = vec![true; network.entities.len()];
        for (_, members) in components.iter() {
            job::step();
            let doubt = |node: &NodeIndex| {
                let upstream = network.incoming(*node).iter().any(|edge| {
                    let edge = &network.edges[*edge];
                    !edge.range.is_zero() && !known[edge.from] && inside[edge.from]
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

    /// Whether the mix at a node is known.
    pub(in crate::flow) fn is_known(&self, node: NodeIndex) -> bool {
        self.known[node]
    }

    /// The amount of the input in the throughput of each node that it reaches, as far as it is known.
    pub(in crate::flow) fn throughput(
        &self,
        network: &FlowNetwork,
        put_in: &[(NodeIndex, MinorUnits)],
        budget: &mut WorkBudget,
    ) -> Result<Vec<(NodeIndex, Real)>, BudgetExhausted> {
        let mut entering: Vec<Real> = Vec::new();
        entering.resize(network.entities.len(), zero());
        let mut open = ComponentQueue::new(self.components.count());
        for (node, amount) in put_in.iter().filter(|(node, _)| self.known[*node]) {
            job::step();
            entering[*node] += real(*amount);
            open.insert(self.components.component_of[*node]);
        }
        let mut reached = Vec::new();
        while let Some(component) = open.pop_first() {
            job::step();
            let members = self.components.members(component);
            if let Some(cycle) = &self.loops[component] {
                let inside =
                    cycle.throughput(members.iter().map(|node| entering[*node]).collect(), budget)?;
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
                    if self.known[to] && self.components.component_of[to] != component {
                        entering[to] += amount * part;
                        open.insert(self.components.component_of[to]);
                    }
                }
            }
        }
        Ok(reached)
    }

    /// The share of a unit of throughput of each node that ends at one of the targets. Zero if none is
    /// reached.
    pub(in crate::flow) fn absorbed_fractions(
        &self,
        network: &FlowNetwork,
        is_target: impl Fn(NodeIndex) -> bool,
        budget: &mut WorkBudget,
    ) -> Result<Vec<KnownReal>, BudgetExhausted> {
        let mut absorbed_fractions: Vec<KnownReal> = vec![Some(zero()); network.entities.len()];
        budget.spend_many(network.edges.len() as u64)?;
        for (component, members) in self.components.iter().rev() {
            job::step();
            let outside: Vec<KnownReal> = members
                .iter()
                .map(|node| {
                    let node = *node;
                    let is_target = is_target(node) && !network.nodes[node].absorbed.is_zero();
                    let leads_on = network.outgoing(node).iter().filter(|edge| {
                        let edge = &network.edges[**edge];
                        !edge.range.is_zero() && self.components.component_of[edge.to] != component
                    });
                    let mut after = leads_on.map(|edge| absorbed_fractions[network.edges[*edge].to]);
                    if !self.known[node] {
                        let is_nothing = !is_target
                            && after.all(|fraction| fraction.is_some_and(|fraction| fraction <= zero()));
                        return is_nothing.then(zero);
                    }
                    let after = after.collect::<Option<Vec<Real>>>();
                    let kept = if is_target {
                        kept_fraction(network, node)
                    } else {
                        Some(zero())
                    };
                    after.and(kept).map(|kept| {
                        let onward = onward(network, node)
                            .filter(|(to, _)| self.components.component_of[*to] != component);
                        onward.fold(kept, |sum, (to, part)| {
                            sum + part * absorbed_fractions[to].unwrap_or_else(zero)
                        })
                    })
                })
                .collect();
            // In a loop, whatever one member reaches, all may reach.
            let inside = match outside.iter().copied().collect::<Option<Vec<Real>>>() {
                None => vec![None; members.len()],
                Some(outside) => match &self.loops[component] {
                    Some(cycle) => cycle
                        .absorbed_fractions(outside, budget)?
                        .into_iter()
                        .map(Some)
                        .collect(),
                    None => outside.into_iter().map(Some).collect(),
                },
            };
            for (node, found) in members.iter().zip(inside) {
                job::step();
                absorbed_fractions[*node] = found;
            }
        }
        Ok(absorbed_fractions)
    }
}

/// Components to visit, in ascending order: those added come after the one last taken.
struct ComponentQueue {
    bits: Vec<u64>,
    at: usize,
}

impl ComponentQueue {
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

/// The share of its throughput that a node keeps; `None` if it is not known.
pub(in crate::flow) fn kept_fraction(network: &FlowNetwork, node: NodeIndex) -> KnownReal {
    let node = &network.nodes[node];
    let (kept, through) = (node.absorbed.certain()?, node.throughput().certain()?);
    Some(if through == 0 {
        zero()
    } else {
        ratio(real(kept), real(through))
    })
}

/// The receivers of a node, each with its share of the throughput: edges with a known amount.
pub(in crate::flow) fn onward(
    network: &FlowNetwork,
    node: NodeIndex,
) -> impl Iterator<Item = (NodeIndex, Real)> {
    let through = network.nodes[node]
        .throughput()
        .certain()
        .filter(|through| *through > 0);
    network.outgoing(node).iter().filter_map(move |edge| {
        let edge = &network.edges[*edge];
        let amount = edge.range.certain().filter(|amount| *amount > 0)?;
        Some((edge.to, ratio(real(amount), real(through?))))
    })
}

/// The shares of a loop before elimination: its members are fully known, and each has a positive throughput.
fn parts(network: &FlowNetwork, components: &NodeComponents, component: usize) -> LoopParts {
    let members = components.members(component);
    let mut parts = LoopParts {
        to: vec![Vec::new(); members.len()],
        out: vec![zero(); members.len()],
    };
    for (place, node) in members.iter().enumerate() {
        job::step();
        let through = network.nodes[*node].throughput().lower;
        // The rest leaves the loop: a difference of whole minor units, so that nothing is rounded.
        let mut leaving = through;
        for edge in network.outgoing(*node) {
            job::step();
            let edge = &network.edges[*edge];
            if components.component_of[edge.to] == component
                && let Ok(other) = members.binary_search(&edge.to)
            {
                leaving -= edge.range.lower;
                let part = ratio(real(edge.range.lower), real(through));
                parts.to[place].push((other, part));
            }
        }
        parts.out[place] = ratio(real(leaving), real(through));
    }
    parts
}
