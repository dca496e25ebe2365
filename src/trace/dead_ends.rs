//! Where a resource arrives and nothing known leads on.
//!
//! What fits no path would otherwise vanish, and a hole in the record would look like an absence in the world.
//! Each dead end has at least one reason; none is on a path. Reasons are found here and not while walking, since only
//! the finished walk knows what leads farther. Waypoints and the mode change what is a path, not what is reached.

use std::collections::{BTreeMap, BTreeSet};

use super::Trace;
use super::ground::Step;
use super::net::{Node, NodeIndex, UNREACHED};
use super::order::Lead;
use super::rules::Stand;
use crate::model::budget::WorkBudget;
use crate::model::closed::closed_list;
use crate::model::id::{EntityId, RelationId};
use crate::model::subgraph::EntityIndex;
use crate::model::walk::{Refusal, TruncationReason};

closed_list! {
    /// Why nothing leads on.
    DeadEndReason {
        /// No relation that carries anything leads out of it.
        NoOutgoing "NO_OUTGOING",
        /// Which way a relation carries is not stated.
        DirectionUnstated "DIRECTION_UNSTATED",
        /// What a relation carries is not stated.
        ResourceUnstated "RESOURCE_UNSTATED",
        /// A relation carries something else than was asked for, or than arrives.
        OtherResource "OTHER_RESOURCE",
        /// A relation, or what it leads to, is not valid at the date.
        NotValid "NOT_VALID",
        /// A relation leads on, and the path is as long as it may be.
        BeyondLength "BEYOND_LENGTH",
        /// The question leaves a relation out, or what it leads to.
        Filtered "FILTERED",
        /// What leads out goes back.
        ReturnsOnly "RETURNS_ONLY",
    }
}

/// An entity that is reached and from which nothing leads farther from the sources; or a source that nothing leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadEnd {
    /// The entity.
    pub entity: EntityId,
    /// Why nothing leads on; sorted, each once.
    pub reasons: Vec<DeadEndReason>,
    /// The relations walked that arrive there, by id.
    pub arriving: Vec<RelationId>,
}

/// All dead ends, by entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadEnds {
    /// The dead ends.
    pub rows: Vec<DeadEnd>,
    /// The relations that arrive at one, and those on a way there of which each step leads farther from the sources.
    pub ways: BTreeSet<RelationId>,
    /// Why some may be missing: those of which the part of the graph at hand cannot tell.
    pub truncated: Option<TruncationReason>,
}

impl From<Refusal> for DeadEndReason {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Filtered => Self::Filtered,
            Refusal::NotValid => Self::NotValid,
            Refusal::DirectionUnstated => Self::DirectionUnstated,
            Refusal::ResourceUnstated => Self::ResourceUnstated,
            Refusal::OtherResource => Self::OtherResource,
        }
    }
}

impl Trace {
    /// The dead ends. The subgraph must hold what leads out of the entities reached last.
    ///
    /// **Work.** Linear in what was walked; and once [`Trace::union`], to know what is on a path.
    pub fn dead_ends(&self, budget: &mut WorkBudget) -> DeadEnds {
        let coverage = self.coverage(budget);
        let mut rows: BTreeMap<EntityId, DeadEnd> = BTreeMap::new();
        let mut dead_states = Vec::new();
        let known = self.known_whole();
        let mut unsure = self.truncated;
        for (entity, states) in self.states_by_entity() {
            let is_source = self.ground.question.is_source[entity as usize];
            let is_listed = is_source || self.may_be_dead(entity);
            if !is_listed || !known(entity, &states) || coverage.entities[entity as usize] {
                continue;
            }
            let Some(verdict) = self
                .judge(entity, &states)
                .filter(|verdict| !verdict.reasons.is_empty())
            else {
                continue;
            };
            let is_open = self
                .truncated
                .or(coverage.truncated.filter(|_| coverage.walked[entity as usize]));
            if is_open.is_some() && (verdict.depends || self.ground.question.is_target[entity as usize]) {
                unsure = unsure.or(is_open);
                continue;
            }
            dead_states.extend(states);
            let id = self.ground.subgraph.entities[entity as usize].id.clone();
            let row = DeadEnd {
                entity: id.clone(),
                reasons: verdict.reasons.into_iter().collect(),
                arriving: Vec::new(),
            };
            rows.insert(id, row);
        }
        let ways = self.arrive(&dead_states, &mut rows);
        DeadEnds {
            rows: rows.into_values().collect(),
            ways,
            truncated: unsure,
        }
    }

    /// The states reached of each entity; a target counts as reached where a path ends there.
    fn states_by_entity(&self) -> BTreeMap<EntityIndex, Vec<NodeIndex>> {
        let mut states: BTreeMap<EntityIndex, Vec<NodeIndex>> = BTreeMap::new();
        for node in self.net.indices() {
            states
                .entry(self.net.nodes[node as usize].entity)
                .or_default()
                .push(node);
        }
        states
    }

    fn may_be_dead(&self, entity: EntityIndex) -> bool {
        !self.ground.question.is_source[entity as usize] && !self.ground.question.is_target[entity as usize]
    }

    fn is_as_far_as_paths_go(&self, node: NodeIndex) -> bool {
        self.net.nodes[node as usize].distance >= self.ground.question.length_max
    }

    /// Why nothing leads on from an entity; none where a relation walked leads farther, or where a source is left.
    fn judge(&self, entity: EntityIndex, states: &[NodeIndex]) -> Option<Verdict> {
        let is_source = self.ground.question.is_source[entity as usize];
        let passing = |node: &&NodeIndex| !matches!(self.net.nodes[**node as usize].stand, Stand::Final(_));
        let states: Vec<NodeIndex> = states.iter().filter(passing).copied().collect();
        let mut verdict = Verdict::default();
        for lead in self.ground.order.leads(entity) {
            self.judge_lead(&states, lead, &mut verdict);
        }
        if verdict.leads_farther || (is_source && verdict.returns) {
            return None;
        }
        if verdict.returns {
            verdict.reasons.insert(DeadEndReason::ReturnsOnly);
        } else if verdict.reasons.is_empty() && !is_source {
            verdict.reasons.insert(DeadEndReason::NoOutgoing);
        }
        Some(verdict)
    }

    fn judge_lead(&self, states: &[NodeIndex], lead: &Lead, verdict: &mut Verdict) {
        let (mut is_walked, mut why) = (false, None);
        for node in states {
            let state = &self.net.nodes[*node as usize];
            let step = self.ground.step(state.entity, state.stand, lead);
            if matches!(step, Step::Walked { .. }) && !self.is_as_far_as_paths_go(*node) {
                is_walked = true;
                verdict.leads_farther |= self.leads_farther(*node, state, lead);
            }
            verdict.depends |= !matches!(step, Step::Refused(_) | Step::Gated);
            why = why.max(unwalked(step));
        }
        verdict.returns |= is_walked;
        verdict
            .reasons
            .extend(why.filter(|_| !is_walked).map(|why| why.1));
    }

    /// Whether a step by the lead comes to a state farther from the sources. A source is no distance from itself.
    fn leads_farther(&self, node: NodeIndex, state: &Node, lead: &Lead) -> bool {
        let arcs = self.net.arcs(node);
        let steps = &arcs[arcs.partition_point(|arc| arc.rank < lead.rank)..];
        let mut reached = steps
            .iter()
            .take_while(|arc| arc.rank == lead.rank)
            .map(|arc| &self.net.nodes[arc.to as usize]);
        !self.ground.question.is_source[lead.to as usize] && reached.any(|to| to.distance > state.distance)
    }

    /// Notes what arrives at each dead end, and gives what lies on a way to one.
    fn arrive(&self, dead: &[NodeIndex], rows: &mut BTreeMap<EntityId, DeadEnd>) -> BTreeSet<RelationId> {
        let mut ways = BTreeSet::new();
        let mut is_dead = vec![false; self.net.nodes.len()];
        for node in dead {
            is_dead[*node as usize] = true;
        }
        let mut is_on_way = is_dead.clone();
        // States stand nearest first, so what a step that leads farther comes to is decided before where it begins.
        for node in self.net.indices().rev() {
            for arc in self.net.arcs(node) {
                let to = &self.net.nodes[arc.to as usize];
                let leads_on =
                    to.distance > self.net.nodes[node as usize].distance && is_on_way[arc.to as usize];
                is_on_way[node as usize] |= leads_on;
                if !leads_on && !is_dead[arc.to as usize] {
                    continue;
                }
                let id = &self.ground.relation(arc.rank).id;
                ways.insert(id.clone());
                let row = is_dead[arc.to as usize]
                    .then(|| rows.get_mut(&self.ground.subgraph.entities[to.entity as usize].id));
                if let Some(row) = row.flatten() {
                    row.arriving.push(id.clone());
                }
            }
        }
        for row in rows.values_mut() {
            row.arriving.sort();
            row.arriving.dedup();
        }
        ways
    }

    /// Tells of which entities all that leads out is at hand. In a subgraph cut short the farthest entities, and those
    /// one step nearer, may have been looked at in part.
    fn known_whole(&self) -> impl Fn(EntityIndex, &[NodeIndex]) -> bool {
        let distances = self.ground.subgraph.truncated.map(|_| self.plain_distances());
        let farthest = distances
            .iter()
            .flatten()
            .filter(|d| **d != UNREACHED)
            .max()
            .copied()
            .unwrap_or(0);
        move |entity, states| {
            let expanded = states.iter().all(|node| (*node as usize) < self.net.expanded);
            expanded
                && distances
                    .as_ref()
                    .is_none_or(|distances| distances[entity as usize] + 2 <= farthest)
        }
    }

    /// The distance of each entity from the sources, whatever is carried: as the store walked.
    fn plain_distances(&self) -> Vec<u32> {
        let mut distances = vec![UNREACHED; self.ground.subgraph.entities.len()];
        let mut queue = self.ground.question.sources.clone();
        for source in &queue {
            distances[*source as usize] = 0;
        }
        let mut at = 0;
        while let Some(entity) = queue.get(at).copied() {
            at += 1;
            for lead in self
                .ground
                .order
                .leads(entity)
                .iter()
                .filter(|lead| lead.refusal.is_none())
            {
                if distances[lead.to as usize] == UNREACHED {
                    distances[lead.to as usize] = distances[entity as usize] + 1;
                    queue.push(lead.to);
                }
            }
        }
        distances
    }
}

#[derive(Default)]
struct Verdict {
    leads_farther: bool,
    returns: bool,
    /// Something else could come of it if more arrived, by a way that may not have been seen.
    depends: bool,
    reasons: BTreeSet<DeadEndReason>,
}

/// Why a relation was not walked at a state that did not walk it, and how much that says where what arrives in several
/// ways is refused for several reasons: that it could go on by a longer path most, that something else came in least.
fn unwalked(step: Step) -> Option<(u8, DeadEndReason)> {
    match step {
        Step::NothingToPassOn => None,
        Step::OtherResource => Some((0, DeadEndReason::OtherResource)),
        Step::Refused(refusal) => Some((1, refusal.into())),
        Step::Gated => Some((1, DeadEndReason::Filtered)),
        Step::Walked { .. } => Some((2, DeadEndReason::BeyondLength)),
    }
}
