//! The query of a trace: as given by the client, and as dense tables over the subgraph.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::model::closed::closed_list;
use crate::model::id::EntityId;
use crate::model::job::{self, Paced as _};
use crate::model::resource::Resource;
use crate::model::subgraph::{EntityIndex, SubRelation, Subgraph};
use crate::model::walk::Conversion;

/// Maximum number of waypoints of a trace: the tables double with each.
pub const WAYPOINTS_MAX: usize = 8;

closed_list! {
    TraceMode ["路径取舍", "Trace mode"]
        ["保留哪些路径。", "Which paths are returned."]
    {
        All "ALL" ["全部路径", "All paths"] ["保留全部路径。", "All paths."],
        Shortest "SHORTEST" ["每对只取最短路径", "Only the shortest path of each pair"]
            ["每对来源与去向只取排在最前的一条。",
            "The first path in the order for each pair of source and target."],
    }
}

/// The sources, targets and waypoints of a trace.
#[derive(Clone, Debug, Default)]
pub struct TraceEnds {
    /// The entities where paths start.
    pub sources: BTreeSet<EntityId>,
    /// The entities where paths end.
    pub targets: BTreeSet<EntityId>,
    /// Waypoints: each path has an intermediate entity of each set, in any order; one entity may satisfy
    /// several. At most [`WAYPOINTS_MAX`].
    pub through: Vec<BTreeSet<EntityId>>,
    /// Industries that are selected with a region.
    pub gates: Vec<IndustryGate>,
}

/// The part of the query that selects an Industry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelectorRole {
    /// Source: applies where a path starts at the Industry or passes it.
    From,
    /// Target: applies where a path ends at the Industry or passes it.
    To,
    /// Waypoint: applies where a path passes the Industry.
    Through,
}

/// Industries that are restricted to a region: a path enters them only from an entity in it and leaves them
/// only to one.
#[derive(Clone, Debug)]
pub struct IndustryGate {
    /// The part of the query that selects them.
    pub role: SelectorRole,
    /// The Industries.
    pub industries: BTreeSet<EntityId>,
    /// The neighboring entities that are in the region.
    pub inside: BTreeSet<EntityId>,
}

/// The rules that every path of a trace follows.
#[derive(Clone, Copy, Debug)]
pub struct TraceRules {
    /// Whether the resource may change along a path.
    pub conversion: Conversion,
    /// Whether paths may pass sources.
    pub pass_sources: bool,
    /// Whether paths may pass targets.
    pub pass_targets: bool,
    /// The maximum number of relations on a path.
    pub max_length: u32,
    /// Whether all paths are returned, or the first of each pair.
    pub mode: TraceMode,
}

/// The resource that a path carries so far, numbered from 1, or [`UNSTATED`].
pub(super) type ResourceCode = u8;

/// The code of a resource that no relation has stated so far; see [`TraceQuery::carry`].
pub(super) const UNSTATED: ResourceCode = 0;

/// The position of a path at an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PathPosition {
    /// The path starts there and carries nothing yet.
    Start,
    /// The path passes with this resource.
    Middle(ResourceCode),
    /// The path ends there with this resource.
    Final(ResourceCode),
}

/// The ends and rules of a trace as tables over the indices of its subgraph.
#[derive(Debug)]
pub(super) struct TraceQuery {
    /// The sources that are in the subgraph and not excluded, by id.
    pub(super) sources: Vec<EntityIndex>,
    /// Whether each entity is a source.
    pub(super) is_source: Vec<bool>,
    /// Whether each entity is a target.
    pub(super) is_target: Vec<bool>,
    /// The waypoints that each entity satisfies, one bit for each.
    pub(super) meets: Vec<u8>,
    /// The number of waypoints.
    pub(super) waypoint_count: usize,
    /// The maximum number of relations on a path.
    pub(super) length_max: u32,
    pass_sources: bool,
    pass_targets: bool,
    /// The code of each resource, the same in every subgraph; with conversion, all have one code.
    carried_as: Vec<ResourceCode>,
    gates: Vec<DenseIndustryGate>,
    /// The gates of each Industry; most entities have none.
    gates_of: HashMap<EntityIndex, Vec<usize>>,
}

#[derive(Debug)]
struct DenseIndustryGate {
    role: SelectorRole,
    inside: Vec<bool>,
}

impl TraceQuery {
    pub(super) fn new(subgraph: &Subgraph, ends: &TraceEnds, rules: TraceRules) -> Self {
        let flags = |ids: &BTreeSet<EntityId>| -> Vec<bool> {
            // Hashed, because a selection may be a whole region and every reached entity is looked up in it.
            let ids: HashSet<&EntityId> = ids.iter().collect();
            subgraph
                .entities
                .iter()
                .paced()
                .map(|entity| ids.contains(&entity.id))
                .collect()
        };
        let is_source = flags(&ends.sources);
        let mut sources: Vec<EntityIndex> = (0..)
            .zip(&subgraph.entities)
            .paced()
            .filter(|(index, entity)| is_source[*index as usize] && entity.refusal.is_none())
            .map(|(index, _)| index)
            .collect();
        sources.sort_by(|a, b| {
            job::step();
            subgraph.entities[*a as usize]
                .id
                .cmp(&subgraph.entities[*b as usize].id)
        });
        let through = &ends.through[..ends.through.len().min(WAYPOINTS_MAX)];
        let mut meets = vec![0; subgraph.entities.len()];
        for (bit, ids) in through.iter().enumerate() {
            for (met, is_met) in meets.iter_mut().zip(flags(ids)) {
                *met |= u8::from(is_met) << bit;
            }
        }
        let mut gates_of: HashMap<EntityIndex, Vec<usize>> = HashMap::new();
        for (gate_at, gate) in ends.gates.iter().enumerate() {
            let gated = (0..)
                .zip(&subgraph.entities)
                .paced()
                .filter(|(_, entity)| gate.industries.contains(&entity.id));
            gated.for_each(|(index, _)| gates_of.entry(index).or_default().push(gate_at));
        }
        Self {
            is_target: flags(&ends.targets),
            meets,
            waypoint_count: through.len(),
            length_max: rules.max_length,
            pass_sources: rules.pass_sources,
            pass_targets: rules.pass_targets,
            carried_as: carried_as(subgraph, rules.conversion),
            gates: ends
                .gates
                .iter()
                .map(|g| DenseIndustryGate {
                    role: g.role,
                    inside: flags(&g.inside),
                })
                .collect(),
            gates_of,
            sources,
            is_source,
        }
    }

    /// The number of resource codes, including [`UNSTATED`].
    pub(super) fn carried_count(&self) -> usize {
        self.carried_as
            .iter()
            .max()
            .map_or(1, |most| usize::from(*most) + 1)
    }

    /// The resource carried after a relation; `None` if the relation does not carry what came in.
    ///
    /// A carrier passes on what comes in, so it cannot come first. A relation that states no resource matches
    /// any.
    pub(super) fn carry(&self, position: PathPosition, relation: &SubRelation) -> Option<ResourceCode> {
        let came_in = match position {
            PathPosition::Start => None,
            PathPosition::Middle(carried) | PathPosition::Final(carried) => Some(carried),
        };
        if relation.kind.info().is_carrier() {
            return came_in;
        }
        let stated = relation
            .resource
            .map(|resource| self.carried_as[resource as usize]);
        match (came_in, stated) {
            (None | Some(UNSTATED), Some(stated)) => Some(stated),
            (came_in, None) => Some(came_in.unwrap_or(UNSTATED)),
            (Some(came_in), Some(stated)) => (came_in == stated).then_some(stated),
        }
    }

    /// Whether a path may pass sources.
    pub(super) fn passes_sources(&self) -> bool {
        self.pass_sources
    }

    /// Whether a path may pass an entity.
    pub(super) fn may_pass(&self, entity: EntityIndex) -> bool {
        let at = entity as usize;
        (self.pass_sources || !self.is_source[at]) && (self.pass_targets || !self.is_target[at])
    }

    /// Whether the gates of an entity allow a path between it, at this position, and its neighbor `beside`.
    pub(super) fn gate_opens(
        &self,
        entity: EntityIndex,
        position: PathPosition,
        beside: EntityIndex,
    ) -> bool {
        let Some(gates) = self.gates_of.get(&entity) else {
            return true;
        };
        gates.iter().map(|at| &self.gates[*at]).all(|gate| {
            let binds = match position {
                PathPosition::Start => gate.role == SelectorRole::From,
                PathPosition::Middle(_) => true,
                PathPosition::Final(_) => gate.role == SelectorRole::To,
            };
            !binds || gate.inside[beside as usize]
        })
    }
}

/// Numbers the resources that the subgraph has from 1, in the order of the list.
fn carried_as(subgraph: &Subgraph, conversion: Conversion) -> Vec<ResourceCode> {
    let there: BTreeSet<Resource> = subgraph
        .relations
        .iter()
        .filter_map(|relation| relation.resource)
        .collect();
    let numbers = (UNSTATED + 1..).zip(Resource::ALL);
    let number = |(number, resource)| {
        let is_told_apart = conversion == Conversion::None && there.contains(resource);
        if is_told_apart { number } else { UNSTATED }
    };
    numbers.map(number).collect()
}
