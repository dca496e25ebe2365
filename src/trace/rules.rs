//! What a trace is asked, in the terms of the asker, and the same as dense tables that a walk can afford to look at.

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::model::closed::closed_list;
use crate::model::id::EntityId;
use crate::model::job::{self, Paced as _};
use crate::model::relation::Resource;
use crate::model::subgraph::{EntityIndex, SubRelation, Subgraph};
use crate::model::walk::Conversion;

/// The most waypoints a trace may have: tables grow twofold with each.
pub const WAYPOINTS_MAX: usize = 8;

closed_list! {
    TraceMode ["路径取舍", "Trace mode"]
        ["保留哪些路径。", "Which of the paths are kept."]
    {
        All "ALL" ["全部路径", "All paths"] ["保留全部路径。", "All of them."],
        Shortest "SHORTEST" ["每对只取最短路径", "Only the shortest path of each pair"]
            ["每对来源与去向只取排在最前的一条。",
            "For each pair of source and target, the first in the order."],
    }
}

/// Between which entities.
#[derive(Clone, Debug, Default)]
pub struct Ends {
    /// Where paths begin.
    pub sources: BTreeSet<EntityId>,
    /// Where they end.
    pub targets: BTreeSet<EntityId>,
    /// Each is met by some intermediate entity, in any order; one entity may meet several. At most [`WAYPOINTS_MAX`].
    pub through: Vec<BTreeSet<EntityId>>,
    /// Industries picked with a region.
    pub gates: Vec<Gate>,
}

/// Which part of the question picked an Industry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// As a source: it binds where a path begins there, or passes.
    From,
    /// As a target: it binds where a path ends there, or passes.
    To,
    /// As a waypoint: it binds where a path passes.
    Through,
}

/// Industries that stand for the part of them in one region: entered only from an entity of it, left only to one.
#[derive(Clone, Debug)]
pub struct Gate {
    /// Which part of the question picked them.
    pub role: Role,
    /// The Industries.
    pub industries: BTreeSet<EntityId>,
    /// The entities beside them that are in the region.
    pub inside: BTreeSet<EntityId>,
}

/// How paths may run.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// Whether the resource may change along a path.
    pub conversion: Conversion,
    /// Whether a source may be passed.
    pub pass_sources: bool,
    /// Whether a target may be passed.
    pub pass_targets: bool,
    /// The most relations on a path.
    pub max_length: u32,
    /// Which of the paths are kept.
    pub mode: TraceMode,
}

/// What a path carries so far: a resource, or [`UNSTATED`].
pub(super) type Carried = u8;

/// Something, and no relation so far has stated what.
pub(super) const UNSTATED: Carried = 0;

/// How a path stands at an entity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    /// It begins there and carries nothing yet.
    Start,
    /// It passes and carries this.
    Middle(Carried),
    /// It ends there and carries this.
    Final(Carried),
}

/// The ends and rules of a trace over the indices of its subgraph.
#[derive(Debug)]
pub(super) struct Question {
    /// Sources that are in the subgraph and not refused, by id.
    pub(super) sources: Vec<EntityIndex>,
    /// Whether an entity was asked for as a source.
    pub(super) is_source: Vec<bool>,
    /// Whether an entity was asked for as a target.
    pub(super) is_target: Vec<bool>,
    /// Which waypoints an entity meets, a bit for each.
    pub(super) meets: Vec<u8>,
    /// How many waypoints there are.
    pub(super) waypoint_count: usize,
    /// The most relations on a path.
    pub(super) length_max: u32,
    pass_sources: bool,
    pass_targets: bool,
    /// What each resource is carried as, the same in every subgraph; with conversion all are one.
    carried_as: Vec<Carried>,
    gates: Vec<DenseGate>,
    /// The gates of an Industry: most entities have none.
    gates_of: HashMap<EntityIndex, Vec<usize>>,
}

#[derive(Debug)]
struct DenseGate {
    role: Role,
    inside: Vec<bool>,
}

impl Question {
    pub(super) fn new(subgraph: &Subgraph, ends: &Ends, rules: Rules) -> Self {
        let flags = |ids: &BTreeSet<EntityId>| -> Vec<bool> {
            // Hashed: an end may be a whole region, and every entity reached is sought in it.
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
                .map(|g| DenseGate {
                    role: g.role,
                    inside: flags(&g.inside),
                })
                .collect(),
            gates_of,
            sources,
            is_source,
        }
    }

    /// How many things there are to carry, [`UNSTATED`] among them.
    pub(super) fn carried_count(&self) -> usize {
        self.carried_as
            .iter()
            .max()
            .map_or(1, |most| usize::from(*most) + 1)
    }

    /// What is carried after a relation; none: it does not carry on what came in.
    ///
    /// A carrier passes on what comes in, so it cannot come first; a relation that states no resource fits any.
    pub(super) fn carry(&self, stand: Stand, relation: &SubRelation) -> Option<Carried> {
        let came_in = match stand {
            Stand::Start => None,
            Stand::Middle(carried) | Stand::Final(carried) => Some(carried),
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

    /// Whether the gates of an entity let a path go between it, where it stands so, and the one beside it.
    pub(super) fn gate_opens(&self, entity: EntityIndex, stand: Stand, beside: EntityIndex) -> bool {
        let Some(gates) = self.gates_of.get(&entity) else {
            return true;
        };
        gates.iter().map(|at| &self.gates[*at]).all(|gate| {
            let binds = match stand {
                Stand::Start => gate.role == Role::From,
                Stand::Middle(_) => true,
                Stand::Final(_) => gate.role == Role::To,
            };
            !binds || gate.inside[beside as usize]
        })
    }
}

/// Numbers the resources from 1, in the order of the list, as far as the subgraph has them.
fn carried_as(subgraph: &Subgraph, conversion: Conversion) -> Vec<Carried> {
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
