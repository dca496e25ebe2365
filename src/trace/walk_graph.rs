//! The graph that walks of resources search: the entities by number, and the steps along relations.

use std::collections::{BTreeSet, HashMap};

use crate::model::entity::EntityKind;
use crate::model::flow_direction::FlowDirection;
use crate::model::id::EntityId;
use crate::model::job;
use crate::model::ontology::RelationKind;
use crate::model::resource::Resource;

/// The index of an entity among the walked entities.
pub(super) type WalkNode = u32;

/// A step of a walk along a relation.
#[derive(Clone, Copy)]
pub(super) struct WalkStep {
    pub(super) tail: WalkNode,
    pub(super) head: WalkNode,
    pub(super) is_carrier: bool,
    /// Whether the direction is not stated, so that the step is only possible.
    pub(super) is_possible: bool,
}

/// The walked entities and the steps between them.
pub(super) struct WalkGraph {
    nodes: HashMap<EntityId, WalkNode>,
    /// The kind of each entity.
    pub(super) kinds: Vec<EntityKind>,
    /// The steps, each with the resource that its relation carries.
    pub(super) steps: Vec<(Option<Resource>, WalkStep)>,
    /// Whether relations with an unstated direction or resource lead on as well.
    pub(super) include_unstated: bool,
}

/// One side of a ledger, by entity.
pub(super) struct WalkSide {
    /// The entity is selected.
    pub(super) ends: Vec<bool>,
    /// The entity is known to lie elsewhere.
    pub(super) elsewhere: Vec<bool>,
    pub(super) gate: Option<GateMarks>,
}

/// An industry gate, by entity: steps from its industries lead only inside.
pub(super) struct GateMarks {
    pub(super) industries: Vec<bool>,
    pub(super) inside: Vec<bool>,
}

impl WalkGraph {
    pub(super) fn new(include_unstated: bool) -> Self {
        Self {
            nodes: HashMap::new(),
            kinds: Vec::new(),
            steps: Vec::new(),
            include_unstated,
        }
    }

    /// The number of an entity, if it is walked.
    pub(super) fn node(&self, id: &EntityId) -> Option<WalkNode> {
        self.nodes.get(id).copied()
    }

    /// The number of an entity; assigns the next number to a new one.
    pub(super) fn number(&mut self, id: &EntityId) -> WalkNode {
        if let Some(node) = self.nodes.get(id) {
            return *node;
        }
        let node = WalkNode::try_from(self.kinds.len()).unwrap_or(WalkNode::MAX);
        self.kinds.push(id.kind());
        self.nodes.insert(id.clone(), node);
        node
    }

    /// Adds the steps along one relation; none if a walk never takes it.
    pub(super) fn add_steps(
        &mut self,
        (from, to): (WalkNode, WalkNode),
        flow: FlowDirection,
        resource: Option<Resource>,
        kind: RelationKind,
    ) {
        let is_carrier = kind.info().is_carrier();
        if resource.is_none() && !is_carrier && !self.include_unstated {
            return;
        }
        let directions: &[(WalkNode, WalkNode)] = match flow {
            FlowDirection::Forward => &[(from, to)],
            FlowDirection::Backward => &[(to, from)],
            FlowDirection::Both | FlowDirection::Unstated => &[(from, to), (to, from)],
            FlowDirection::None => &[],
        };
        let is_possible = flow == FlowDirection::Unstated && !self.include_unstated;
        let step = |(tail, head): &(WalkNode, WalkNode)| WalkStep {
            tail: *tail,
            head: *head,
            is_carrier,
            is_possible,
        };
        self.steps
            .extend(directions.iter().map(|direction| (resource, step(direction))));
    }

    /// Marks the walked entities that are in a set.
    pub(super) fn marks(&self, ids: &BTreeSet<EntityId>) -> Vec<bool> {
        let mut marks = vec![false; self.kinds.len()];
        for node in ids.iter().filter_map(|id| self.nodes.get(id)) {
            job::step();
            marks[*node as usize] = true;
        }
        marks
    }
}
