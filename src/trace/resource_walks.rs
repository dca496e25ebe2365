//! Walks of one resource: what is reached from many entities at once, and which amounts follow which.

use std::collections::BTreeSet;

use super::order::starts_of;
use super::walk_graph::{GateMarks, WalkGraph, WalkNode, WalkSide, WalkStep};
use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::entity::EntityKind;
use crate::model::job::{self, Paced as _};
use crate::model::resource::Resource;

/// What is known about one side of the query, by entity.
pub(super) struct SideMarks {
    /// The entity is selected, or a walk from the side reaches it.
    pub(super) is_in: Vec<bool>,
    /// Something that is not known to lie elsewhere may reach it.
    pub(super) may_be: Vec<bool>,
}

/// Steps, grouped by the end from which a search leaves.
struct SortedSteps {
    starts: Vec<u32>,
    steps: Vec<WalkStep>,
}

impl SortedSteps {
    fn new(mut steps: Vec<WalkStep>, count: usize) -> Self {
        steps.sort_by_key(|step| step.tail);
        Self {
            starts: starts_of(steps.iter().map(|step| step.tail), count),
            steps,
        }
    }

    fn at(&self, node: WalkNode) -> &[WalkStep] {
        let node = node as usize;
        &self.steps[self.starts[node] as usize..self.starts[node + 1] as usize]
    }
}

/// The steps that carry one resource, with the results of the searches over them.
pub(super) struct ResourceWalks {
    along: SortedSteps,
    against: SortedSteps,
    /// The targets, without conduits that are selected only by their location.
    targets: Vec<bool>,
    /// Entities reached from the sources without passing a target.
    before_targets: Vec<bool>,
    pub(super) upstream: SideMarks,
    pub(super) downstream: SideMarks,
    components: Vec<u32>,
}

/// The rule by which a search continues.
#[derive(Clone, Copy)]
struct SearchRule<'a> {
    /// Whether carriers are excluded as first steps, because they pass on what came in.
    begins: bool,
    /// Whether steps with an unstated direction are taken.
    possible: bool,
    /// Entities that are reached but not passed.
    stop: Option<&'a [bool]>,
}

impl ResourceWalks {
    pub(super) fn new(
        graph: &WalkGraph,
        [from, to]: [&WalkSide; 2],
        resource: Resource,
        budget: &mut WorkBudget,
    ) -> Result<Self, BudgetExhausted> {
        let count = graph.kinds.len();
        let of_resource = graph.steps.iter().filter(|(of, step)| {
            *of == Some(resource) || step.is_carrier || (of.is_none() && graph.include_unstated)
        });
        let steps: Vec<WalkStep> = of_resource.paced().map(|(_, step)| *step).collect();
        let turned = steps.iter().map(|step| WalkStep {
            tail: step.head,
            head: step.tail,
            ..*step
        });
        budget.spend_many(steps.len() as u64)?;
        let mut walks = Self {
            against: SortedSteps::new(turned.collect(), count),
            along: SortedSteps::new(steps, count),
            targets: to.ends.clone(),
            before_targets: Vec::new(),
            upstream: SideMarks::nothing(),
            downstream: SideMarks::nothing(),
            components: Vec::new(),
        };
        walks.upstream = walks.side_marks(graph, from, true, budget)?;
        walks.downstream = walks.side_marks(graph, to, false, budget)?;
        let rule = SearchRule {
            begins: true,
            possible: false,
            stop: Some(&walks.targets),
        };
        walks.before_targets = Self::search(&walks.along, &from.ends, rule, None, budget)?;
        walks.components = walks.components_without_targets(budget)?;
        Ok(walks)
    }

    /// What can be at each entity from one side of the query; three searches.
    fn side_marks(
        &self,
        graph: &WalkGraph,
        side: &WalkSide,
        is_upstream: bool,
        budget: &mut WorkBudget,
    ) -> Result<SideMarks, BudgetExhausted> {
        let (sorted, gate) = if is_upstream {
            (&self.along, None)
        } else {
            (&self.against, side.gate.as_ref())
        };
        let rule = SearchRule {
            begins: is_upstream,
            possible: false,
            stop: None,
        };
        let is_in = Self::search(sorted, &side.ends, rule, gate, budget)?;
        let is_in = either(&is_in, &side.ends);
        // A conduit is accounted for if an entity that is not a conduit leads to it; otherwise its resource
        // may come from anywhere.
        let ends: Vec<bool> = graph.kinds.iter().map(|kind| !kind.is_conduit()).collect();
        let accounted = Self::search(sorted, &ends, rule, None, budget)?;
        let is_open = |node: usize| match graph.kinds[node] {
            EntityKind::Industry => false,
            kind if kind.is_conduit() => !accounted[node],
            _ => !side.elsewhere[node],
        };
        let open: Vec<bool> = (0..graph.kinds.len()).map(is_open).collect();
        let rule = SearchRule {
            possible: true,
            ..rule
        };
        let may_be = Self::search(sorted, &open, rule, None, budget)?;
        Ok(SideMarks {
            is_in,
            may_be: either(&may_be, &open),
        })
    }

    /// The entities reached from `seeds` by at least one step.
    fn search(
        sorted: &SortedSteps,
        seeds: &[bool],
        rule: SearchRule<'_>,
        gate: Option<&GateMarks>,
        budget: &mut WorkBudget,
    ) -> Result<Vec<bool>, BudgetExhausted> {
        let mut reached = vec![false; seeds.len()];
        let mut queue: Vec<(WalkNode, bool)> = (0..)
            .zip(seeds)
            .filter(|(_, is_seed)| **is_seed)
            .map(|(node, _)| (node, true))
            .collect();
        while let Some((node, is_first)) = queue.pop() {
            job::step();
            let steps = sorted.at(node);
            budget.spend_many(1 + steps.len() as u64)?;
            for step in steps {
                job::step();
                let is_shut = gate.is_some_and(|gate| {
                    gate.industries[step.tail as usize] && !gate.inside[step.head as usize]
                });
                let is_taken = !(is_shut
                    || step.is_possible && !rule.possible
                    || is_first && rule.begins && step.is_carrier);
                let head = step.head as usize;
                if is_taken && !reached[head] {
                    reached[head] = true;
                    if !rule.stop.is_some_and(|stop| stop[head]) {
                        queue.push((step.head, false));
                    }
                }
            }
        }
        Ok(reached)
    }

    /// Whether the resource at an entity has come through a target, so that no amount here precedes one.
    pub(super) fn is_after_targets(&self, node: WalkNode) -> bool {
        let node = node as usize;
        self.targets[node] || (self.upstream.is_in[node] && !self.before_targets[node])
    }

    /// The given entities and those they lead to; with `against`, those that lead to them.
    pub(super) fn reach(
        &self,
        from: impl Iterator<Item = WalkNode>,
        against: bool,
        budget: &mut WorkBudget,
    ) -> Result<Vec<bool>, BudgetExhausted> {
        let mut seeds = vec![false; self.targets.len()];
        from.for_each(|node| seeds[node as usize] = true);
        let rule = SearchRule {
            begins: false,
            possible: false,
            stop: None,
        };
        let sorted = if against { &self.against } else { &self.along };
        let reached = Self::search(sorted, &seeds, rule, None, budget)?;
        Ok(either(&reached, &seeds))
    }

    /// Which amounts are stages, because another of them follows before any target. Of amounts on a cycle,
    /// none follows another.
    pub(super) fn earlier_stages(
        &self,
        amounts: &[(WalkNode, WalkNode)],
        budget: &mut WorkBudget,
    ) -> Result<Vec<bool>, BudgetExhausted> {
        let count = self.targets.len();
        let component = |node: WalkNode| self.components[node as usize];
        let is_target = |node: WalkNode| self.targets[node as usize];
        // `leads`: leads to the tail of an amount; `leads_off`: leads to the tail of an amount outside its
        // own cycle, by component.
        let (mut leads, mut leads_off) = (vec![false; count], BTreeSet::new());
        let is_inside =
            |tail: WalkNode, head: WalkNode| !is_target(head) && component(tail) == component(head);
        let mut queue: Vec<WalkNode> = Vec::new();
        for (tail, head) in amounts.iter().filter(|(tail, _)| !is_target(*tail)) {
            if !is_inside(*tail, *head) {
                leads_off.insert(component(*tail));
            }
            if !std::mem::replace(&mut leads[*tail as usize], true) {
                queue.push(*tail);
            }
        }
        while let Some(node) = queue.pop() {
            job::step();
            let steps = self.against.at(node);
            budget.spend_many(1 + steps.len() as u64)?;
            for step in steps
                .iter()
                .filter(|step| !step.is_possible && !is_target(step.head))
            {
                if component(step.head) != component(node) {
                    leads_off.insert(component(step.head));
                }
                if !std::mem::replace(&mut leads[step.head as usize], true) {
                    queue.push(step.head);
                }
            }
        }
        let is_earlier = |(tail, head): &(WalkNode, WalkNode)| {
            let goes_round = !is_target(*tail) && is_inside(*tail, *head);
            if goes_round {
                leads_off.contains(&component(*head))
            } else {
                !is_target(*head) && leads[*head as usize]
            }
        };
        Ok(amounts.iter().map(is_earlier).collect())
    }

    /// Numbers the strongly connected components of the walks that pass no target (Tarjan 1972).
    fn components_without_targets(&self, budget: &mut WorkBudget) -> Result<Vec<u32>, BudgetExhausted> {
        const NONE: u32 = u32::MAX;
        let count = self.targets.len();
        let (mut index, mut low, mut component) = (vec![NONE; count], vec![NONE; count], vec![NONE; count]);
        let (mut next, mut found) = (0, 0);
        let (mut open, mut calls): (Vec<WalkNode>, Vec<(WalkNode, usize)>) = (Vec::new(), Vec::new());
        for root in 0..WalkNode::try_from(count).unwrap_or(WalkNode::MAX) {
            if index[root as usize] == NONE {
                calls.push((root, 0));
            }
            while let Some((node, at)) = calls.pop() {
                job::step();
                let here = node as usize;
                if at == 0 {
                    (index[here], low[here]) = (next, next);
                    next += 1;
                    open.push(node);
                }
                let steps = if self.targets[here] {
                    &[]
                } else {
                    self.along.at(node)
                };
                budget.spend()?;
                if let Some(step) = steps.get(at) {
                    calls.push((node, at + 1));
                    let there = step.head as usize;
                    if step.is_possible || self.targets[there] {
                        continue;
                    }
                    if index[there] == NONE {
                        calls.push((step.head, 0));
                    } else if component[there] == NONE {
                        low[here] = low[here].min(index[there]);
                    }
                    continue;
                }
                if low[here] == index[here] {
                    while let Some(member) = open.pop() {
                        component[member as usize] = found;
                        if member == node {
                            break;
                        }
                    }
                    found += 1;
                }
                if let Some((parent, _)) = calls.last() {
                    let parent = *parent as usize;
                    low[parent] = low[parent].min(low[here]);
                }
            }
        }
        Ok(component)
    }
}

impl SideMarks {
    fn nothing() -> Self {
        Self {
            is_in: Vec::new(),
            may_be: Vec::new(),
        }
    }
}

fn either(a: &[bool], b: &[bool]) -> Vec<bool> {
    a.iter().zip(b).map(|(a, b)| *a || *b).collect()
}
