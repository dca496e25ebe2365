//! Where a resource arrives and nothing known leads on.
//!
//! What fits no path would otherwise vanish, and a hole in the record would look like an absence in the world.
//! Each dead end has at least one reason; none is on a path. Reasons are found here and not while walking, since only
//! the finished walk knows what leads farther. Waypoints and the mode change what is a path, not what is reached.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::Trace;
use super::components::Components;
use super::ground::Step;
use super::net::{NodeIndex, UNREACHED};
use super::order::Lead;
use super::rules::Stand;
use crate::model::budget::WorkBudget;
use crate::model::closed::closed_list;
use crate::model::entity::EntityKind;
use crate::model::id::{EntityId, RelationId};
use crate::model::job;
use crate::model::subgraph::EntityIndex;
use crate::model::walk::{Refusal, TruncationReason};

closed_list! {
    DeadEndReason ["断点原因", "Reason for a dead end"]
        ["资源到达某实体后，为何没有已知的去处。", "Why nothing is known to lead on from an entity."]
    {
        NoOutgoing "NO_OUTGOING" ["没有带资源离开的关系", "nothing leads out of it"]
            ["没有任何带资源的关系由此发出。",
            "No relation that carries anything leads out of it."],
        DirectionUnstated "DIRECTION_UNSTATED" ["下一步流向未说明", "direction not stated"]
            ["有关系的流向未说明。",
            "The direction of a relation is not stated."],
        ResourceUnstated "RESOURCE_UNSTATED" ["下一步资源未说明", "resource not stated"]
            ["有关系所带的资源未说明。",
            "The resource of a relation is not stated."],
        OtherResource "OTHER_RESOURCE" ["下一步是另一种资源", "another resource leads on"]
            ["有关系承载的是另一种资源。",
            "A relation carries another resource."],
        NotValid "NOT_VALID" ["当时无效", "not valid then"]
            ["关系或其指向的实体在所问日期无效。",
            "A relation, or the entity to which it leads, is not valid at the date."],
        BeyondLength "BEYOND_LENGTH" ["超出步数", "beyond the maximum length"]
            ["还有关系通向更远处，但路径已达最大长度。",
            "A relation leads on, and the path has reached its maximum length."],
        Filtered "FILTERED" ["被查询条件排除", "left out by the question"]
            ["查询条件排除了某条关系或其指向的实体。",
            "The question leaves out a relation, or the entity to which it leads."],
        LeadsElsewhere "LEADS_ELSEWHERE" ["通向未询问的地点或产业", "leads to a place or industry not asked for"]
            ["通向未询问的产业或地点，例如不在 `to` 所指地区的产业；或其本身即为这样的产业或地点，且没有关系由此发出。",
            "A relation leads to an industry or place that was not asked for, such as an industry in another region than that of `to`; or it is itself such an industry or place, and nothing leads out of it."],
        ReturnsOnly "RETURNS_ONLY" ["只返回来源方", "leads only back to its source"]
            ["由此发出的关系都通回来源，或通回资源的来处。",
            "All that leads out of it leads back: to a source, or to where the resource came from."],
    }
}

/// An entity that is reached and from which nothing leads on; or a source that nothing leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadEnd {
    /// The entity.
    pub entity: EntityId,
    /// Why nothing leads on; sorted, each once.
    pub reasons: Vec<DeadEndReason>,
    /// The relations walked that arrive there, by id; none at a source that nothing leaves, unless a path may pass it.
    pub arriving: Vec<RelationId>,
}

/// All dead ends, by entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadEnds {
    /// The dead ends.
    pub rows: Vec<DeadEnd>,
    /// The relations that arrive at one, and those on a way there of which each step leads on.
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
        let components = Components::of(&self.net);
        let mut rows: BTreeMap<EntityId, DeadEnd> = BTreeMap::new();
        let mut dead_states = Vec::new();
        let known = self.known_whole();
        let mut unsure = self.truncated;
        for (entity, states) in self.states_by_entity() {
            job::step();
            let is_source = self.ground.question.is_source[entity as usize];
            let is_listed = is_source || self.may_be_dead(entity);
            if !is_listed || !known(entity, &states) || coverage.entities[entity as usize] {
                continue;
            }
            let Some(verdict) = self
                .judge(entity, &states, &components)
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
        let ways = self.arrive(&dead_states, &components, &mut rows);
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
            job::step();
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

    /// Why nothing leads on from an entity; none where a relation walked leads on, or where a source is left.
    fn judge(&self, entity: EntityIndex, states: &[NodeIndex], components: &Components) -> Option<Verdict> {
        let is_source = self.ground.question.is_source[entity as usize];
        let passing = |node: &&NodeIndex| !matches!(self.net.nodes[**node as usize].stand, Stand::Final(_));
        let states: Vec<NodeIndex> = states.iter().filter(passing).copied().collect();
        let mut verdict = Verdict::default();
        for lead in self.ground.order.leads(entity) {
            job::step();
            self.judge_lead(&states, lead, components, &mut verdict);
        }
        if verdict.leads_on || (is_source && verdict.returns) {
            return None;
        }
        if verdict.reasons.is_empty() && !is_source {
            let kind = self.ground.subgraph.entities[entity as usize].id.kind();
            verdict.reasons.insert(if verdict.returns {
                DeadEndReason::ReturnsOnly
            } else if matches!(kind, EntityKind::Industry | EntityKind::Region) {
                DeadEndReason::LeadsElsewhere
            } else {
                DeadEndReason::NoOutgoing
            });
        }
        Some(verdict)
    }

    fn judge_lead(&self, states: &[NodeIndex], lead: &Lead, components: &Components, verdict: &mut Verdict) {
        let (mut is_walked, mut why) = (false, None);
        for node in states {
            job::step();
            let state = &self.net.nodes[*node as usize];
            let step = self.ground.step(state.entity, state.stand, lead);
            if matches!(step, Step::Walked { .. }) && !self.is_as_far_as_paths_go(*node) {
                is_walked = true;
                verdict.leads_on |= self.lead_leads_on(*node, lead, components);
            }
            verdict.depends |= !matches!(step, Step::Refused(_) | Step::Gated);
            why = why.max(unwalked(step));
        }
        verdict.returns |= is_walked;
        verdict
            .reasons
            .extend(why.filter(|_| !is_walked).map(|why| why.1));
    }

    /// Whether the lead, taken at a state, leads on. To a source it leads back.
    fn lead_leads_on(&self, node: NodeIndex, lead: &Lead, components: &Components) -> bool {
        let arcs = self.net.arcs(node);
        let mut steps = arcs[arcs.partition_point(|arc| arc.rank < lead.rank)..]
            .iter()
            .take_while(|arc| arc.rank == lead.rank);
        !self.ground.question.is_source[lead.to as usize]
            && steps.any(|arc| self.leads_on(node, arc.to, components))
    }

    /// Whether a step comes farther from the sources, or to where nothing leads back from.
    fn leads_on(&self, from: NodeIndex, to: NodeIndex, components: &Components) -> bool {
        let distance = |node: NodeIndex| self.net.nodes[node as usize].distance;
        distance(to) > distance(from) || !components.are_together(from, to)
    }

    /// Notes what arrives at each dead end, and gives what lies on a way to one.
    fn arrive(
        &self,
        dead: &[NodeIndex],
        components: &Components,
        rows: &mut BTreeMap<EntityId, DeadEnd>,
    ) -> BTreeSet<RelationId> {
        let mut ways = BTreeSet::new();
        let mut is_dead = vec![false; self.net.nodes.len()];
        for node in dead {
            is_dead[*node as usize] = true;
        }
        let mut is_on_way = is_dead.clone();
        // What a step that leads on comes to is decided before where it begins.
        let mut states: Vec<NodeIndex> = self.net.indices().collect();
        states.sort_unstable_by_key(|node| {
            let distance = self.net.nodes[*node as usize].distance;
            (components.number(*node), Reverse(distance))
        });
        for node in states {
            job::step();
            for arc in self.net.arcs(node) {
                job::step();
                let to = &self.net.nodes[arc.to as usize];
                let is_way = is_on_way[arc.to as usize] && self.leads_on(node, arc.to, components);
                is_on_way[node as usize] |= is_way;
                if !is_way && !is_dead[arc.to as usize] {
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
            job::step();
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
    /// A relation walked leads on.
    leads_on: bool,
    /// A relation is walked.
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
        Step::Gated => Some((1, DeadEndReason::LeadsElsewhere)),
        Step::Walked { .. } => Some((2, DeadEndReason::BeyondLength)),
    }
}
