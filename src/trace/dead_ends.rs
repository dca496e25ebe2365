//! Dead ends: entities that a resource reaches and from which no known relation leads on.
//!
//! Without them a gap in the record would look like an absence in the world. Each dead end has at least one
//! reason, and no dead end is on a path. Reasons are computed after the walk, because only the finished walk
//! shows what leads farther from the sources. Waypoints and the mode change which walks are paths, not which
//! entities are reached.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::Trace;
use super::components::StateComponents;
use super::graph::EdgeOutcome;
use super::order::OutEdge;
use super::rules::PathPosition;
use super::state_graph::{StateIndex, UNREACHED};
use crate::model::budget::WorkBudget;
use crate::model::closed::closed_list;
use crate::model::entity::EntityKind;
use crate::model::id::{EntityId, RelationId};
use crate::model::job;
use crate::model::subgraph::EntityIndex;
use crate::model::walk::{TruncationReason, WalkRefusal};

closed_list! {
    DeadEndReason ["断点原因", "Reason for a dead end"]
        ["资源到达某实体后，为何没有已知的去处。", "Reason for which no known relation leads on from an entity."]
    {
        NoOutgoing "NO_OUTGOING" ["没有带资源离开的关系", "nothing leaves it"]
            ["没有任何带资源的关系由此发出。",
            "No relation that carries a resource leaves it."],
        DirectionUnstated "DIRECTION_UNSTATED" ["下一步流向未说明", "direction not stated"]
            ["有关系的流向未说明。",
            "The direction of a relation is not stated."],
        ResourceUnstated "RESOURCE_UNSTATED" ["下一步资源未说明", "resource not stated"]
            ["有关系所带的资源未说明。",
            "The resource of a relation is not stated."],
        OtherResource "OTHER_RESOURCE" ["下一步是另一种资源", "another resource leads on"]
            ["有关系承载的是另一种资源。",
            "A relation carries another resource."],
        NotValid "NOT_VALID" ["当时无效", "not valid on the date"]
            ["关系或其指向的实体在所问日期无效。",
            "A relation, or the entity to which it leads, is not valid on the date."],
        BeyondLength "BEYOND_LENGTH" ["超出步数", "beyond the maximum length"]
            ["还有关系通向更远处，但路径已达最大长度。",
            "A relation leads on, but the path has reached its maximum length."],
        Filtered "FILTERED" ["被查询条件排除", "excluded by the query"]
            ["查询条件排除了某条关系或其指向的实体。",
            "The query excludes a relation, or the entity to which it leads."],
        LeadsElsewhere "LEADS_ELSEWHERE" ["通向未询问的地点或产业", "leads to a place or industry that is not selected"]
            ["通向未询问的产业或地点，例如不在 `to` 所指地区的产业；或其本身即为这样的产业或地点，且没有关系由此发出。",
            "A relation leads to an industry or place that is not selected, such as an industry in another region than that of `to`; or the entity is itself such an industry or place, and nothing leaves it."],
        ReturnsOnly "RETURNS_ONLY" ["只返回来源方", "leads only back to its source"]
            ["由此发出的关系都通回来源，或通回资源的来处。",
            "All relations that leave it lead back to a source or to where the resource came from."],
    }
}

/// An entity that is reached and from which nothing leads on, or a source that nothing leaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadEnd {
    /// The entity.
    pub entity: EntityId,
    /// The reasons why nothing leads on; sorted, without duplicates.
    pub reasons: Vec<DeadEndReason>,
    /// The walked relations that arrive there, by id. Empty for a source that nothing leaves, unless paths
    /// may pass sources.
    pub arriving: Vec<RelationId>,
}

/// All dead ends of a trace, by entity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadEnds {
    /// The dead ends.
    pub rows: Vec<DeadEnd>,
    /// The relations that arrive at a dead end, and those on a way to one along which each step leads on.
    pub relations: BTreeSet<RelationId>,
    /// Why dead ends may be missing: the walked part of the graph does not show what leaves these entities.
    pub truncated: Option<TruncationReason>,
}

impl From<WalkRefusal> for DeadEndReason {
    fn from(refusal: WalkRefusal) -> Self {
        match refusal {
            WalkRefusal::Filtered => Self::Filtered,
            WalkRefusal::NotValid => Self::NotValid,
            WalkRefusal::DirectionUnstated => Self::DirectionUnstated,
            WalkRefusal::ResourceUnstated => Self::ResourceUnstated,
            WalkRefusal::OtherResource => Self::OtherResource,
        }
    }
}

impl Trace {
    /// Finds the dead ends. The subgraph must contain the relations that leave the farthest entities reached.
    ///
    /// **Work.** Linear in the walked part; plus [`Trace::union`] once, to know which entities are on a path.
    pub fn dead_ends(&self, budget: &mut WorkBudget) -> DeadEnds {
        let coverage = self.coverage(budget);
        let components = StateComponents::new(&self.state_graph);
        let mut rows: BTreeMap<EntityId, DeadEnd> = BTreeMap::new();
        let mut dead_states = Vec::new();
        let known = self.is_fully_known();
        let mut unsure = self.truncated;
        for (entity, states) in self.states_by_entity() {
            job::step();
            let is_source = self.graph.query.is_source[entity as usize];
            let is_listed = is_source || self.may_be_dead(entity);
            if !is_listed || !known(entity, &states) || coverage.entities[entity as usize] {
                continue;
            }
            let Some(check) = self
                .judge(entity, &states, &components)
                .filter(|check| !check.reasons.is_empty())
            else {
                continue;
            };
            let is_open = self
                .truncated
                .or(coverage.truncated.filter(|_| coverage.walked[entity as usize]));
            if is_open.is_some() && (check.depends || self.graph.query.is_target[entity as usize]) {
                unsure = unsure.or(is_open);
                continue;
            }
            dead_states.extend(states);
            let id = self.graph.subgraph.entities[entity as usize].id.clone();
            let row = DeadEnd {
                entity: id.clone(),
                reasons: check.reasons.into_iter().collect(),
                arriving: Vec::new(),
            };
            rows.insert(id, row);
        }
        let ways = self.record_arrivals(&dead_states, &components, &mut rows);
        DeadEnds {
            rows: rows.into_values().collect(),
            relations: ways,
            truncated: unsure,
        }
    }

    /// The states reached of each entity. A target counts as reached if a path ends there.
    fn states_by_entity(&self) -> BTreeMap<EntityIndex, Vec<StateIndex>> {
        let mut states: BTreeMap<EntityIndex, Vec<StateIndex>> = BTreeMap::new();
        for node in self.state_graph.indices() {
            job::step();
            states
                .entry(self.state_graph.nodes[node as usize].entity)
                .or_default()
                .push(node);
        }
        states
    }

    fn may_be_dead(&self, entity: EntityIndex) -> bool {
        !self.graph.query.is_source[entity as usize] && !self.graph.query.is_target[entity as usize]
    }

    fn is_as_far_as_paths_go(&self, node: StateIndex) -> bool {
        self.state_graph.nodes[node as usize].distance >= self.graph.query.length_max
    }

    /// Checks one entity; `None` if a walked relation leads on from it, or if it is a source that something
    /// leaves.
    fn judge(
        &self,
        entity: EntityIndex,
        states: &[StateIndex],
        components: &StateComponents,
    ) -> Option<DeadEndCheck> {
        let is_source = self.graph.query.is_source[entity as usize];
        let passing = |node: &&StateIndex| {
            !matches!(
                self.state_graph.nodes[**node as usize].position,
                PathPosition::Final(_)
            )
        };
        let states: Vec<StateIndex> = states.iter().filter(passing).copied().collect();
        let mut check = DeadEndCheck::default();
        for edge in self.graph.order.out_edges(entity) {
            job::step();
            self.judge_edge(&states, edge, components, &mut check);
        }
        if check.leads_on || (is_source && check.returns) {
            return None;
        }
        if check.reasons.is_empty() && !is_source {
            let kind = self.graph.subgraph.entities[entity as usize].id.kind();
            check.reasons.insert(if check.returns {
                DeadEndReason::ReturnsOnly
            } else if matches!(kind, EntityKind::Industry | EntityKind::Region) {
                DeadEndReason::LeadsElsewhere
            } else {
                DeadEndReason::NoOutgoing
            });
        }
        Some(check)
    }

    fn judge_edge(
        &self,
        states: &[StateIndex],
        edge: &OutEdge,
        components: &StateComponents,
        check: &mut DeadEndCheck,
    ) {
        let (mut is_walked, mut why) = (false, None);
        for node in states {
            job::step();
            let state = &self.state_graph.nodes[*node as usize];
            let outcome = self.graph.edge_outcome(state.entity, state.position, edge);
            if matches!(outcome, EdgeOutcome::Walked { .. }) && !self.is_as_far_as_paths_go(*node) {
                is_walked = true;
                check.leads_on |= self.edge_leads_on(*node, edge, components);
            }
            check.depends |= !matches!(outcome, EdgeOutcome::Refused(_) | EdgeOutcome::Gated);
            why = why.max(unwalked_reason(outcome));
        }
        check.returns |= is_walked;
        check.reasons.extend(why.filter(|_| !is_walked).map(|why| why.1));
    }

    /// Whether the edge, taken at a state, leads on. An edge to a source leads back.
    fn edge_leads_on(&self, node: StateIndex, edge: &OutEdge, components: &StateComponents) -> bool {
        let arcs = self.state_graph.arcs(node);
        let mut steps = arcs[arcs.partition_point(|arc| arc.rank < edge.rank)..]
            .iter()
            .take_while(|arc| arc.rank == edge.rank);
        !self.graph.query.is_source[edge.to as usize]
            && steps.any(|arc| self.leads_on(node, arc.to, components))
    }

    /// Whether a step leads farther from the sources, or to a component from which nothing leads back.
    fn leads_on(&self, from: StateIndex, to: StateIndex, components: &StateComponents) -> bool {
        let distance = |node: StateIndex| self.state_graph.nodes[node as usize].distance;
        distance(to) > distance(from) || !components.are_together(from, to)
    }

    /// Records the arriving relations of each dead end, and returns the relations on a way to one.
    fn record_arrivals(
        &self,
        dead: &[StateIndex],
        components: &StateComponents,
        rows: &mut BTreeMap<EntityId, DeadEnd>,
    ) -> BTreeSet<RelationId> {
        let mut ways = BTreeSet::new();
        let mut is_dead = vec![false; self.state_graph.nodes.len()];
        for node in dead {
            is_dead[*node as usize] = true;
        }
        let mut is_on_way = is_dead.clone();
        // States are sorted so that the end of a step is decided before its start.
        let mut states: Vec<StateIndex> = self.state_graph.indices().collect();
        states.sort_unstable_by_key(|node| {
            let distance = self.state_graph.nodes[*node as usize].distance;
            (components.number(*node), Reverse(distance))
        });
        for node in states {
            job::step();
            for arc in self.state_graph.arcs(node) {
                job::step();
                let to = &self.state_graph.nodes[arc.to as usize];
                let is_way = is_on_way[arc.to as usize] && self.leads_on(node, arc.to, components);
                is_on_way[node as usize] |= is_way;
                if !is_way && !is_dead[arc.to as usize] {
                    continue;
                }
                let id = &self.graph.relation(arc.rank).id;
                ways.insert(id.clone());
                let row = is_dead[arc.to as usize]
                    .then(|| rows.get_mut(&self.graph.subgraph.entities[to.entity as usize].id));
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

    /// Returns a predicate for entities of which all outgoing relations are known. In a truncated subgraph,
    /// the farthest entities and those one step nearer may be known only in part.
    fn is_fully_known(&self) -> impl Fn(EntityIndex, &[StateIndex]) -> bool {
        let distances = self.graph.subgraph.truncated.map(|_| self.plain_distances());
        let farthest = distances
            .iter()
            .flatten()
            .filter(|d| **d != UNREACHED)
            .max()
            .copied()
            .unwrap_or(0);
        move |entity, states| {
            let expanded = states
                .iter()
                .all(|node| (*node as usize) < self.state_graph.expanded);
            expanded
                && distances
                    .as_ref()
                    .is_none_or(|distances| distances[entity as usize] + 2 <= farthest)
        }
    }

    /// The distance of each entity from the sources, regardless of the resource carried, as the store walked.
    fn plain_distances(&self) -> Vec<u32> {
        let mut distances = vec![UNREACHED; self.graph.subgraph.entities.len()];
        let mut queue = self.graph.query.sources.clone();
        for source in &queue {
            distances[*source as usize] = 0;
        }
        let mut at = 0;
        while let Some(entity) = queue.get(at).copied() {
            job::step();
            at += 1;
            for edge in self
                .graph
                .order
                .out_edges(entity)
                .iter()
                .filter(|edge| edge.refusal.is_none())
            {
                if distances[edge.to as usize] == UNREACHED {
                    distances[edge.to as usize] = distances[entity as usize] + 1;
                    queue.push(edge.to);
                }
            }
        }
        distances
    }
}

#[derive(Default)]
struct DeadEndCheck {
    /// A walked relation leads on.
    leads_on: bool,
    /// A relation is walked, and none leads on.
    returns: bool,
    /// The result could change if more arrived, by a relation that may not have been read.
    depends: bool,
    reasons: BTreeSet<DeadEndReason>,
}

/// The reason for which a state does not walk a relation, with its priority. If states of one entity refuse a
/// relation for several reasons, the highest priority is reported: maximum length first, another resource
/// last.
fn unwalked_reason(outcome: EdgeOutcome) -> Option<(u8, DeadEndReason)> {
    match outcome {
        EdgeOutcome::NothingToPassOn => None,
        EdgeOutcome::OtherResource => Some((0, DeadEndReason::OtherResource)),
        EdgeOutcome::Refused(refusal) => Some((1, refusal.into())),
        EdgeOutcome::Gated => Some((1, DeadEndReason::LeadsElsewhere)),
        EdgeOutcome::Walked { .. } => Some((2, DeadEndReason::BeyondLength)),
    }
}
