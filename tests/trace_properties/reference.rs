//! The definition of a trace, followed literally and slowly.

use std::collections::{BTreeMap, BTreeSet};

use hukun::model::entity::EntityKind;
use hukun::model::id::{EntityId, RelationId};
use hukun::model::resource::Resource;
use hukun::model::statement::Assertion;
use hukun::model::subgraph::{SubEntity, SubRelation};
use hukun::model::walk::{Conversion, WalkRefusal, leads_out};
use hukun::trace::{DeadEnd, DeadEndReason, Path, SelectorRole, TraceMode};

use super::world::Case;

/// One step seen from an entity: the relation and the entity it leads to.
type Step<'a> = (&'a SubRelation, &'a SubEntity);

pub struct Reference<'a> {
    case: &'a Case,
}

/// What came in: nothing yet, or something of a resource that may not be stated.
type Carried = Option<Option<Resource>>;

impl<'a> Reference<'a> {
    pub fn new(case: &'a Case) -> Self {
        Self { case }
    }

    fn is_source(&self, id: &EntityId) -> bool {
        self.case.ends.sources.contains(id)
    }

    fn is_target(&self, id: &EntityId) -> bool {
        self.case.ends.targets.contains(id)
    }

    /// Every relation that leads out of an entity, refused ones too.
    fn leads(&self, from: &SubEntity) -> Vec<Step<'a>> {
        let world = &self.case.world;
        let end = |at: u32| &world.entities[at as usize];
        let mut steps = Vec::new();
        for relation in world
            .relations
            .iter()
            .filter(|relation| relation.from != relation.to)
        {
            let (forward, backward) = leads_out(relation.flow);
            if forward && end(relation.from).id == from.id {
                steps.push((relation, end(relation.to)));
            }
            if backward && end(relation.to).id == from.id {
                steps.push((relation, end(relation.from)));
            }
        }
        steps
    }

    /// All the paths, in order.
    pub fn all(&self) -> Vec<Path> {
        let mut paths = Vec::new();
        for source in &self.case.world.entities {
            if self.is_source(&source.id) && source.refusal.is_none() {
                self.extend(&mut vec![source], &mut Vec::new(), &mut paths);
            }
        }
        paths.sort_by_key(Path::key);
        paths
    }

    /// The paths that the mode keeps, in order.
    pub fn kept(&self) -> Vec<Path> {
        let mut paths = self.all();
        if self.case.rules.mode == TraceMode::Shortest {
            let mut pairs = BTreeSet::new();
            paths.retain(|path| {
                pairs.insert((
                    path.entities[0].clone(),
                    path.entities[path.entities.len() - 1].clone(),
                ))
            });
        }
        paths
    }

    fn extend(
        &self,
        entities: &mut Vec<&'a SubEntity>,
        relations: &mut Vec<&'a SubRelation>,
        paths: &mut Vec<Path>,
    ) {
        if !relations.is_empty() && self.admits(entities, relations) {
            paths.push(path(entities, relations));
        }
        if relations.len() == self.case.rules.max_length as usize {
            return;
        }
        for (relation, to) in self.leads(entities[entities.len() - 1]) {
            let is_new = entities.iter().all(|entity| entity.id != to.id);
            if is_new && relation.refusal.is_none() && to.refusal.is_none() {
                entities.push(to);
                relations.push(relation);
                self.extend(entities, relations, paths);
                entities.pop();
                relations.pop();
            }
        }
    }

    fn admits(&self, entities: &[&SubEntity], relations: &[&SubRelation]) -> bool {
        let rules = &self.case.rules;
        let ids: Vec<&EntityId> = entities.iter().map(|entity| &entity.id).collect();
        let between = &ids[1..ids.len() - 1];
        let is_carrier = |relation: &&&SubRelation| relation.kind.info().is_carrier();
        let stated: BTreeSet<Resource> = relations
            .iter()
            .filter_map(|relation| relation.resource)
            .collect();
        let through = |waypoint: &BTreeSet<EntityId>| between.iter().any(|id| waypoint.contains(*id));
        let gate = |role: SelectorRole, at: usize| match role {
            SelectorRole::From => at < ids.len() - 1,
            SelectorRole::To => at > 0,
            SelectorRole::Through => at > 0 && at < ids.len() - 1,
        };
        self.is_target(ids[ids.len() - 1])
            && (rules.pass_sources || !between.iter().any(|id| self.is_source(id)))
            && (rules.pass_targets || !between.iter().any(|id| self.is_target(id)))
            && !relations.first().iter().any(is_carrier)
            && (rules.conversion == Conversion::Any || stated.len() <= 1)
            && self.case.ends.through.iter().all(through)
            && self.case.ends.gates.iter().all(|g| {
                (0..ids.len())
                    .filter(|at| gate(g.role, *at) && g.industries.contains(ids[*at]))
                    .all(|at| {
                        let beside = [at.checked_sub(1), Some(at + 1)]
                            .into_iter()
                            .flatten()
                            .filter_map(|at| ids.get(at));
                        beside.into_iter().all(|id| g.inside.contains(*id))
                    })
            })
    }

    // ── dead ends ─────────────────────────────────────────────────────────────────────────────────────────────

    fn carries(&self, came_in: Carried, relation: &SubRelation) -> Option<Carried> {
        if relation.kind.info().is_carrier() {
            return came_in.map(Some);
        }
        let any = self.case.rules.conversion == Conversion::Any;
        match (came_in, relation.resource) {
            (_, _) if any => Some(Some(None)),
            (None, resource) => Some(Some(resource)),
            (Some(Some(old)), Some(new)) if old != new => None,
            (Some(old), new) => Some(Some(old.or(new))),
        }
    }

    /// Whether a resource at `from` may go to `to`: to pass there, or to end there.
    fn gates_open(&self, from: &EntityId, begins: bool, to: &EntityId, ends: bool) -> bool {
        self.case.ends.gates.iter().all(|gate| {
            let leaves = gate.industries.contains(from) && (!begins || gate.role == SelectorRole::From);
            let enters = gate.industries.contains(to) && (!ends || gate.role == SelectorRole::To);
            (!leaves || gate.inside.contains(to)) && (!enters || gate.inside.contains(from))
        })
    }

    fn may_pass(&self, id: &EntityId) -> bool {
        let rules = &self.case.rules;
        (rules.pass_sources || !self.is_source(id)) && (rules.pass_targets || !self.is_target(id))
    }

    /// The states from which a resource goes on, and where it may end, with their distances.
    fn reached(&self) -> (Reached, Reached) {
        let (mut passing, mut ending) = (Reached::new(), Reached::new());
        for entity in &self.case.world.entities {
            if self.is_source(&entity.id) && entity.refusal.is_none() {
                passing.insert((entity.id.clone(), None), 0);
            }
        }
        for distance in 0..self.case.rules.max_length {
            for ((id, came_in), at) in passing.clone() {
                for (relation, to) in self
                    .leads(self.entity(&id))
                    .into_iter()
                    .filter(|_| at == distance)
                {
                    let carried = self.carries(came_in, relation);
                    let Some(carried) = carried.filter(|_| relation.refusal.or(to.refusal).is_none()) else {
                        continue;
                    };
                    if self.may_pass(&to.id) && self.gates_open(&id, came_in.is_none(), &to.id, false) {
                        passing.entry((to.id.clone(), carried)).or_insert(distance + 1);
                    }
                    if self.is_target(&to.id) && self.gates_open(&id, came_in.is_none(), &to.id, true) {
                        ending.entry((to.id.clone(), carried)).or_insert(distance + 1);
                    }
                }
            }
        }
        (passing, ending)
    }

    fn entity(&self, id: &EntityId) -> &'a SubEntity {
        self.case
            .world
            .entities
            .iter()
            .find(|entity| entity.id == *id)
            .unwrap()
    }

    pub fn dead_ends(&self) -> Vec<DeadEnd> {
        let reached = self.reached();
        let on_path: BTreeSet<EntityId> = self.all().into_iter().flat_map(|path| path.entities).collect();
        let mut rows = BTreeMap::new();
        for (id, _) in reached.0.keys().filter(|(id, _)| !on_path.contains(id)) {
            let is_source = self.is_source(id);
            if !is_source && self.is_target(id) {
                continue;
            }
            if let Some(reasons) = self.reasons(id, &reached).filter(|reasons| !reasons.is_empty()) {
                let arriving = self.arriving(id, &reached.0);
                rows.insert(
                    id.clone(),
                    DeadEnd {
                        entity: id.clone(),
                        reasons: reasons.into_iter().collect(),
                        arriving,
                    },
                );
            }
        }
        rows.into_values().collect()
    }

    fn reasons(
        &self,
        id: &EntityId,
        (passing, ending): &(Reached, Reached),
    ) -> Option<BTreeSet<DeadEndReason>> {
        let states: Vec<(Carried, u32)> = passing
            .iter()
            .filter(|((at, _), _)| at == id)
            .map(|((_, carried), distance)| (*carried, *distance))
            .collect();
        let mut reasons = BTreeSet::new();
        let mut returns = false;
        for (relation, to) in self.leads(self.entity(id)) {
            if let Some(refusal) = relation.refusal.or(to.refusal) {
                reasons.insert(named(refusal));
                continue;
            }
            let mut outcomes = BTreeSet::new();
            for (came_in, distance) in &states {
                let Some(carried) = self.carries(*came_in, relation) else {
                    outcomes.insert(if came_in.is_none() {
                        Outcome::Nothing
                    } else {
                        Outcome::Other
                    });
                    continue;
                };
                let (passes, ends) = (self.may_pass(&to.id), self.is_target(&to.id));
                let opens = |ending| self.gates_open(id, came_in.is_none(), &to.id, ending);
                let is_shut = if passes || ends {
                    !(passes && opens(false) || ends && opens(true))
                } else {
                    // Where nothing may go on, only the entity that is left can bind.
                    !self.leaves(id, came_in.is_none(), &to.id)
                };
                let key = (to.id.clone(), carried);
                let farther = |map: &Reached| map.get(&key).is_some_and(|there| there > distance);
                // Where a path ends, nothing comes back from.
                let goes = ends && opens(true) && ending.contains_key(&key)
                    || passes
                        && opens(false)
                        && passing.contains_key(&key)
                        && (farther(passing) || !self.comes_back(&key, &(id.clone(), *came_in), passing));
                outcomes.insert(match () {
                    () if is_shut => Outcome::Shut,
                    () if *distance == self.case.rules.max_length => Outcome::TooLong,
                    () if goes && !self.is_source(&to.id) => Outcome::On,
                    () => Outcome::Back,
                });
            }
            match outcomes.iter().next_back() {
                Some(Outcome::On) => return None,
                Some(Outcome::Back) => returns = true,
                Some(Outcome::TooLong) => _ = reasons.insert(DeadEndReason::BeyondLength),
                Some(Outcome::Shut) => _ = reasons.insert(DeadEndReason::LeadsElsewhere),
                Some(Outcome::Other) => _ = reasons.insert(DeadEndReason::OtherResource),
                Some(Outcome::Nothing) | None => {}
            }
        }
        let is_place = matches!(id.kind(), EntityKind::Industry | EntityKind::Region);
        match (self.is_source(id), returns) {
            (true, true) => return None,
            (true, false) => {}
            (false, _) if !reasons.is_empty() => {}
            (false, true) => _ = reasons.insert(DeadEndReason::ReturnsOnly),
            (false, false) if is_place => _ = reasons.insert(DeadEndReason::LeadsElsewhere),
            (false, false) => _ = reasons.insert(DeadEndReason::NoOutgoing),
        }
        Some(reasons)
    }

    /// Whether a resource that is at `from` can come to `to` again, step by step.
    fn comes_back(&self, from: &(EntityId, Carried), to: &(EntityId, Carried), passing: &Reached) -> bool {
        let mut seen = vec![from.clone()];
        let mut at = 0;
        while let Some((id, came_in)) = seen.get(at).cloned() {
            at += 1;
            let goes_on = passing
                .get(&(id.clone(), came_in))
                .is_some_and(|there| *there < self.case.rules.max_length);
            for (relation, next) in self.leads(self.entity(&id)).into_iter().filter(|_| goes_on) {
                let carried = self.carries(came_in, relation);
                let Some(carried) = carried.filter(|_| relation.refusal.or(next.refusal).is_none()) else {
                    continue;
                };
                let key = (next.id.clone(), carried);
                let enters =
                    self.may_pass(&next.id) && self.gates_open(&id, came_in.is_none(), &next.id, false);
                if enters && !seen.contains(&key) {
                    seen.push(key);
                }
            }
        }
        seen.contains(to)
    }

    fn leaves(&self, from: &EntityId, begins: bool, to: &EntityId) -> bool {
        let gates = self.case.ends.gates.iter();
        let mut binding =
            gates.filter(|g| g.industries.contains(from) && (!begins || g.role == SelectorRole::From));
        binding.all(|gate| gate.inside.contains(to))
    }

    fn arriving(&self, id: &EntityId, passing: &Reached) -> Vec<RelationId> {
        let mut arriving = BTreeSet::new();
        for ((from, came_in), distance) in passing {
            for (relation, to) in self.leads(self.entity(from)) {
                let is_walked = to.id == *id
                    && *distance < self.case.rules.max_length
                    && relation.refusal.or(to.refusal).is_none()
                    && self.carries(*came_in, relation).is_some();
                let begins = came_in.is_none();
                let passes = self.may_pass(id) && self.gates_open(from, begins, id, false);
                let ends = self.is_target(id) && self.gates_open(from, begins, id, true);
                if is_walked && (passes || ends) {
                    arriving.insert(relation.id.clone());
                }
            }
        }
        arriving.into_iter().collect()
    }
}

type Reached = BTreeMap<(EntityId, Carried), u32>;

/// What becomes of a relation at one state, the one that counts most last.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    Nothing,
    Other,
    Shut,
    TooLong,
    Back,
    On,
}

fn named(refusal: WalkRefusal) -> DeadEndReason {
    match refusal {
        WalkRefusal::Filtered => DeadEndReason::Filtered,
        WalkRefusal::NotValid => DeadEndReason::NotValid,
        WalkRefusal::DirectionUnstated => DeadEndReason::DirectionUnstated,
        WalkRefusal::ResourceUnstated => DeadEndReason::ResourceUnstated,
        WalkRefusal::OtherResource => DeadEndReason::OtherResource,
    }
}

fn path(entities: &[&SubEntity], relations: &[&SubRelation]) -> Path {
    let mut resources = Vec::new();
    for resource in relations.iter().filter_map(|relation| relation.resource) {
        if !resources.contains(&resource) {
            resources.push(resource);
        }
    }
    let order = [
        Assertion::Stated,
        Assertion::Computed,
        Assertion::Implied,
        Assertion::Superlative,
        Assertion::Normative,
    ];
    let facts: Vec<Assertion> = entities
        .iter()
        .map(|e| e.best.unwrap())
        .chain(relations.iter().map(|r| r.best.unwrap()))
        .collect();
    Path {
        entities: entities.iter().map(|entity| entity.id.clone()).collect(),
        relations: relations.iter().map(|relation| relation.id.clone()).collect(),
        resources,
        weakest: *order
            .iter()
            .rev()
            .find(|assertion| facts.contains(assertion))
            .unwrap(),
        undated_count: relations.iter().filter(|relation| relation.undated).count(),
    }
}
