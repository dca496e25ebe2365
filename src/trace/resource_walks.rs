//! The walks of one resource, as dense tables: what is reached from many entities at once, and what follows what.

use std::collections::BTreeSet;

use super::order::starts_of;
use super::ways::Ways;
use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::entity::EntityKind;
use crate::model::job::{self, Paced as _};
use crate::model::relation::Resource;

/// The place of an entity among those walked.
pub(super) type WalkPlace = u32;

/// One step of a walk.
#[derive(Clone, Copy)]
pub(super) struct WalkStep {
    pub(super) tail: WalkPlace,
    pub(super) head: WalkPlace,
    pub(super) is_carrier: bool,
    /// Whether it is only possible: which way it carries is not stated.
    pub(super) is_possible: bool,
}

/// What is known of one side, by entity.
pub(super) struct SideMarks {
    /// It is asked for, or a walk leads there.
    pub(super) is_in: Vec<bool>,
    /// Something that is not known to lie elsewhere may be there.
    pub(super) may_be: Vec<bool>,
}

/// Steps by the end that a search leaves them from.
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

    fn at(&self, place: WalkPlace) -> &[WalkStep] {
        let place = place as usize;
        &self.steps[self.starts[place] as usize..self.starts[place + 1] as usize]
    }
}

/// The walks of one resource.
pub(super) struct ResourceWalks {
    along: SortedSteps,
    against: SortedSteps,
    /// What was asked for as targets, and no conduit by its seat.
    targets: Vec<bool>,
    /// Reached from the sources before any target is passed.
    before_targets: Vec<bool>,
    pub(super) upstream: SideMarks,
    pub(super) downstream: SideMarks,
    components: Vec<u32>,
}

/// How a search goes on.
#[derive(Clone, Copy)]
struct SearchRule<'a> {
    /// A carrier passes on what came in, so it is no first step.
    begins: bool,
    /// Steps are taken too of which only one direction is possible.
    possible: bool,
    /// Entities that are reached, and not passed.
    stop: Option<&'a [bool]>,
}

impl ResourceWalks {
    pub(super) fn new(ways: &Ways, resource: Resource, budget: &mut WorkBudget) -> Result<Self, OutOfWork> {
        let count = ways.kinds.len();
        let of_resource = ways.steps.iter().filter(|(of, step)| {
            *of == Some(resource) || step.is_carrier || (of.is_none() && ways.include_unstated)
        });
        let steps: Vec<WalkStep> = of_resource.paced().map(|(_, step)| *step).collect();
        let turned = steps.iter().map(|step| WalkStep {
            tail: step.head,
            head: step.tail,
            ..*step
        });
        budget.spend_many(steps.len() as u64)?;
        let mut net = Self {
            against: SortedSteps::new(turned.collect(), count),
            along: SortedSteps::new(steps, count),
            targets: ways.marks(&ways.to.ends),
            before_targets: Vec::new(),
            upstream: SideMarks::nothing(),
            downstream: SideMarks::nothing(),
            components: Vec::new(),
        };
        net.upstream = net.known(ways, true, budget)?;
        net.downstream = net.known(ways, false, budget)?;
        let sources = ways.marks(&ways.from.ends);
        let rule = SearchRule {
            begins: true,
            possible: false,
            stop: Some(&net.targets),
        };
        net.before_targets = Self::search(&net.along, &sources, rule, None, budget)?;
        net.components = net.components_without_targets(budget)?;
        Ok(net)
    }

    /// What can be at each entity from one side of the question: three searches.
    fn known(&self, ways: &Ways, is_upstream: bool, budget: &mut WorkBudget) -> Result<SideMarks, OutOfWork> {
        let (side, sorted) = if is_upstream {
            (&ways.from, &self.along)
        } else {
            (&ways.to, &self.against)
        };
        let gate = if is_upstream { None } else { side.gate.as_ref() };
        let gate = gate.map(|gate| (ways.marks(&gate.industries), ways.marks(&gate.inside)));
        let rule = SearchRule {
            begins: is_upstream,
            possible: false,
            stop: None,
        };
        let asked = ways.marks(&side.ends);
        let is_in = Self::search(sorted, &asked, rule, gate.as_ref(), budget)?;
        let is_in = either(&is_in, &asked);
        // A conduit is accounted for where something that is none leads to it; else what it has may be from anywhere.
        let ends: Vec<bool> = ways.kinds.iter().map(|kind| !kind.is_conduit()).collect();
        let accounted = Self::search(sorted, &ends, rule, None, budget)?;
        let elsewhere = ways.marks(&side.elsewhere);
        let is_open = |place: usize| match ways.kinds[place] {
            EntityKind::Industry => false,
            kind if kind.is_conduit() => !accounted[place],
            _ => !elsewhere[place],
        };
        let open: Vec<bool> = (0..ways.kinds.len()).map(is_open).collect();
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

    /// What is reached from some entities by at least one step.
    fn search(
        sorted: &SortedSteps,
        seeds: &[bool],
        rule: SearchRule<'_>,
        gate: Option<&(Vec<bool>, Vec<bool>)>,
        budget: &mut WorkBudget,
    ) -> Result<Vec<bool>, OutOfWork> {
        let mut reached = vec![false; seeds.len()];
        let mut queue: Vec<(WalkPlace, bool)> = (0..)
            .zip(seeds)
            .filter(|(_, is_seed)| **is_seed)
            .map(|(place, _)| (place, true))
            .collect();
        while let Some((place, is_first)) = queue.pop() {
            job::step();
            let steps = sorted.at(place);
            budget.spend_many(1 + steps.len() as u64)?;
            for step in steps {
                job::step();
                let is_shut = gate.is_some_and(|(industries, inside)| {
                    industries[step.tail as usize] && !inside[step.head as usize]
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

    /// Whether what is at an entity came there by a target, and no amount before one is.
    pub(super) fn is_after_targets(&self, place: WalkPlace) -> bool {
        let place = place as usize;
        self.targets[place] || (self.upstream.is_in[place] && !self.before_targets[place])
    }

    /// What some entities lead to, and they themselves; or with `against`, what leads to them.
    pub(super) fn reach(
        &self,
        from: impl Iterator<Item = WalkPlace>,
        against: bool,
        budget: &mut WorkBudget,
    ) -> Result<Vec<bool>, OutOfWork> {
        let mut seeds = vec![false; self.targets.len()];
        from.for_each(|place| seeds[place as usize] = true);
        let rule = SearchRule {
            begins: false,
            possible: false,
            stop: None,
        };
        let sorted = if against { &self.against } else { &self.along };
        let reached = Self::search(sorted, &seeds, rule, None, budget)?;
        Ok(either(&reached, &seeds))
    }

    /// Which of some amounts are stages: another of them follows, before any target. Where amounts go round in a circle, none
    /// of it follows another.
    pub(super) fn earlier(
        &self,
        amounts: &[(WalkPlace, WalkPlace)],
        budget: &mut WorkBudget,
    ) -> Result<Vec<bool>, OutOfWork> {
        let count = self.targets.len();
        let component = |place: WalkPlace| self.components[place as usize];
        let is_target = |place: WalkPlace| self.targets[place as usize];
        // `leads`: to the tail of an amount; `leads_off`: to one that is not of the own circle, by component.
        let (mut leads, mut leads_off) = (vec![false; count], BTreeSet::new());
        let is_inside =
            |tail: WalkPlace, head: WalkPlace| !is_target(head) && component(tail) == component(head);
        let mut queue: Vec<WalkPlace> = Vec::new();
        for (tail, head) in amounts.iter().filter(|(tail, _)| !is_target(*tail)) {
            if !is_inside(*tail, *head) {
                leads_off.insert(component(*tail));
            }
            if !std::mem::replace(&mut leads[*tail as usize], true) {
                queue.push(*tail);
            }
        }
        while let Some(place) = queue.pop() {
            job::step();
            let steps = self.against.at(place);
            budget.spend_many(1 + steps.len() as u64)?;
            for step in steps
                .iter()
                .filter(|step| !step.is_possible && !is_target(step.head))
            {
                if component(step.head) != component(place) {
                    leads_off.insert(component(step.head));
                }
                if !std::mem::replace(&mut leads[step.head as usize], true) {
                    queue.push(step.head);
                }
            }
        }
        let is_earlier = |(tail, head): &(WalkPlace, WalkPlace)| {
            let goes_round = !is_target(*tail) && is_inside(*tail, *head);
            if goes_round {
                leads_off.contains(&component(*head))
            } else {
                !is_target(*head) && leads[*head as usize]
            }
        };
        Ok(amounts.iter().map(is_earlier).collect())
    }

    /// The strongly connected components of the walks that pass no target (Tarjan 1972), by number.
    fn components_without_targets(&self, budget: &mut WorkBudget) -> Result<Vec<u32>, OutOfWork> {
        const NONE: u32 = u32::MAX;
        let count = self.targets.len();
        let (mut index, mut low, mut component) = (vec![NONE; count], vec![NONE; count], vec![NONE; count]);
        let (mut next, mut found) = (0, 0);
        let (mut open, mut calls): (Vec<WalkPlace>, Vec<(WalkPlace, usize)>) = (Vec::new(), Vec::new());
        for root in 0..WalkPlace::try_from(count).unwrap_or(WalkPlace::MAX) {
            if index[root as usize] == NONE {
                calls.push((root, 0));
            }
            while let Some((place, at)) = calls.pop() {
                job::step();
                let here = place as usize;
                if at == 0 {
                    (index[here], low[here]) = (next, next);
                    next += 1;
                    open.push(place);
                }
                let steps = if self.targets[here] {
                    &[]
                } else {
                    self.along.at(place)
                };
                budget.spend()?;
                if let Some(step) = steps.get(at) {
                    calls.push((place, at + 1));
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
                        if member == place {
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
