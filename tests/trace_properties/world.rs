//! Small random graphs and questions, and what a store would hand over of them.

use std::collections::BTreeSet;

use hukun::model::entity::EntityKind;
use hukun::model::flow_direction::FlowDirection;
use hukun::model::id::{EntityId, RelationId};
use hukun::model::ontology::RelationKind;
use hukun::model::resource::Resource;
use hukun::model::statement::Assertion;
use hukun::model::subgraph::{EntityIndex, SubEntity, SubRelation, Subgraph};
use hukun::model::walk::{Conversion, TruncationReason, WalkRefusal, leads_out};
use hukun::trace::{IndustryGate, SelectorRole, TraceEnds, TraceMode, TraceRules};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

/// A graph and a question about it.
#[derive(Clone, Debug)]
pub struct Case {
    pub world: Subgraph,
    pub ends: TraceEnds,
    pub rules: TraceRules,
}

impl Case {
    /// What a walk from the sources hands over.
    pub fn walked(&self) -> Subgraph {
        self.cut_after(usize::MAX)
    }

    /// The same, given up after so many relations looked at.
    pub fn cut_after(&self, work: usize) -> Subgraph {
        let stop = if self.rules.pass_targets {
            BTreeSet::new()
        } else {
            self.ends.targets.clone()
        };
        expand(
            &self.world,
            &self.ends.sources,
            &stop,
            self.rules.max_length,
            work,
        )
    }
}

/// What is reached from `seeds`, as [`Subgraph`] promises it.
fn expand(
    world: &Subgraph,
    seeds: &BTreeSet<EntityId>,
    stop: &BTreeSet<EntityId>,
    length: u32,
    mut work: usize,
) -> Subgraph {
    let index = |id: &EntityId| {
        (0..)
            .zip(&world.entities)
            .find(|(_, entity)| entity.id == *id)
            .unwrap()
            .0
    };
    let mut order: Vec<EntityIndex> = seeds.iter().map(index).collect();
    let mut reached: BTreeSet<EntityIndex> = order.iter().copied().collect();
    let mut relations: Vec<usize> = Vec::new();
    let mut frontier = order.clone();
    let mut truncated = None;
    // One round more than steps: what leads out of the last is looked at.
    for _ in 0..=length {
        let mut next = Vec::new();
        for at in frontier {
            let entity = &world.entities[at as usize];
            if entity.refusal.is_some() || (stop.contains(&entity.id) && !seeds.contains(&entity.id)) {
                continue;
            }
            for (number, relation) in world.relations.iter().enumerate() {
                let (forward, backward) = leads_out(relation.flow);
                let ways = [
                    (forward, relation.from, relation.to),
                    (backward, relation.to, relation.from),
                ];
                for (_, _, to) in ways.into_iter().filter(|(leads, from, _)| *leads && *from == at) {
                    if work == 0 {
                        truncated = Some(TruncationReason::WorkLimit);
                        continue;
                    }
                    work -= 1;
                    if !relations.contains(&number) {
                        relations.push(number);
                    }
                    if !order.contains(&to) {
                        order.push(to);
                    }
                    let refused = relation.refusal.or(world.entities[to as usize].refusal);
                    if refused.is_none() && reached.insert(to) {
                        next.push(to);
                    }
                }
            }
        }
        frontier = next;
    }
    let place = |entity: EntityIndex| (0..).zip(&order).find(|(_, other)| **other == entity).unwrap().0;
    let renumber = |relation: &SubRelation| SubRelation {
        from: place(relation.from),
        to: place(relation.to),
        ..relation.clone()
    };
    Subgraph {
        entities: order
            .iter()
            .map(|at| world.entities[*at as usize].clone())
            .collect(),
        relations: relations
            .iter()
            .map(|at| renumber(&world.relations[*at]))
            .collect(),
        truncated,
    }
}

const REFUSALS: [WalkRefusal; 5] = [
    WalkRefusal::Filtered,
    WalkRefusal::NotValid,
    WalkRefusal::DirectionUnstated,
    WalkRefusal::ResourceUnstated,
    WalkRefusal::OtherResource,
];

fn refusal(among: &'static [WalkRefusal], one_in: u32) -> impl Strategy<Value = Option<WalkRefusal>> {
    prop::option::weighted(1.0 / f64::from(one_in), select(among))
}

fn entity(number: u32) -> impl Strategy<Value = SubEntity> {
    let kinds = select(
        &[
            EntityKind::Company,
            EntityKind::Industry,
            EntityKind::Fund,
            EntityKind::Region,
        ][..],
    );
    (kinds, refusal(&REFUSALS[..2], 12), select(&Assertion::ALL[..3])).prop_map(
        move |(kind, refusal, best)| SubEntity {
            id: EntityId::parse(&format!("{}:{number}", kind.prefix())).unwrap(),
            refusal,
            best: refusal.is_none().then_some(best),
        },
    )
}

fn relation(number: usize, entities: u32) -> impl Strategy<Value = SubRelation> {
    use FlowDirection::{Backward, Both, Forward, Unstated};
    let flow = select(&[Forward, Forward, Forward, Backward, Both, Unstated][..]);
    let resource = prop::option::weighted(
        0.85,
        select(&[Resource::Capital, Resource::Capital, Resource::Talent][..]),
    );
    let facts = (
        prop::bool::weighted(0.2),
        resource,
        refusal(&REFUSALS, 10),
        any::<bool>(),
    );
    (0..entities, 0..entities, flow, facts).prop_map(
        move |(from, to, flow, (carrier, resource, refusal, undated))| {
            SubRelation {
                // Neither in the order of their making nor all of one length.
                id: RelationId::parse(&format!("r{}", (number * 7 + 3) % 23)).unwrap(),
                kind: if carrier {
                    RelationKind::CarriedBy
                } else {
                    RelationKind::CollaboratesWith
                },
                from,
                to,
                flow,
                resource: resource.filter(|_| !carrier),
                refusal,
                best: refusal.is_none().then_some(Assertion::Stated),
                undated,
            }
        },
    )
}

fn world() -> impl Strategy<Value = Subgraph> {
    (2_u32..8, 1_usize..16).prop_flat_map(|(entity_count, relation_count)| {
        let entities: Vec<_> = (0..entity_count).map(entity).collect();
        let relations: Vec<_> = (0..relation_count)
            .map(|number| relation(number, entity_count))
            .collect();
        (entities, relations).prop_map(|(entities, relations)| Subgraph {
            entities,
            relations,
            truncated: None,
        })
    })
}

fn rules() -> impl Strategy<Value = TraceRules> {
    let flag = || prop::bool::weighted(0.25);
    (flag(), flag(), flag(), 1_u32..7, flag()).prop_map(
        |(convert, pass_sources, pass_targets, max_length, shortest)| TraceRules {
            conversion: if convert {
                Conversion::Any
            } else {
                Conversion::None
            },
            pass_sources,
            pass_targets,
            max_length,
            mode: if shortest {
                TraceMode::Shortest
            } else {
                TraceMode::All
            },
        },
    )
}

fn some_of(ids: &[EntityId], most: usize) -> impl Strategy<Value = BTreeSet<EntityId>> + use<> {
    subsequence(ids.to_vec(), 0..=most.min(ids.len())).prop_map(|ids| ids.into_iter().collect())
}

fn ends(ids: &[EntityId]) -> impl Strategy<Value = TraceEnds> + use<> {
    let through = prop_oneof![
        3 => Just(Vec::new()).boxed(),
        1 => prop::collection::vec(some_of(ids, 3), 1..3).boxed(),
    ];
    let gates = prop::collection::vec((any::<bool>(), some_of(ids, ids.len())), 3);
    (some_of(ids, 3), some_of(ids, 3), through, gates).prop_map(|(sources, targets, through, gates)| {
        let waypoints: BTreeSet<EntityId> = through.iter().flatten().cloned().collect();
        let picks = [
            (SelectorRole::From, &sources),
            (SelectorRole::To, &targets),
            (SelectorRole::Through, &waypoints),
        ];
        let gates = picks.into_iter().zip(gates).filter(|(_, (there, _))| *there).map(
            |((role, picked), (_, inside))| {
                let industries = picked.iter().filter(|id| id.kind() == EntityKind::Industry);
                IndustryGate {
                    role,
                    industries: industries.cloned().collect(),
                    inside,
                }
            },
        );
        let gates = gates.collect();
        TraceEnds {
            sources,
            targets,
            through,
            gates,
        }
    })
}

/// A random graph and question.
pub fn case() -> impl Strategy<Value = Case> {
    (world(), rules()).prop_flat_map(|(world, rules)| {
        let ids: Vec<EntityId> = world.entities.iter().map(|entity| entity.id.clone()).collect();
        ends(&ids).prop_map(move |ends| Case {
            world: world.clone(),
            ends,
            rules,
        })
    })
}

/// Investments from fund to fund, traced from `s` to `t` by waypoints, one path a pair.
pub fn plain(steps: &[(&str, &str)], through: &[&str]) -> Case {
    let id = |name: &str| EntityId::parse(&format!("fund:{name}")).unwrap();
    let names: BTreeSet<&str> = steps.iter().flat_map(|(from, to)| [*from, *to]).collect();
    let entities = names.iter().map(|name| SubEntity {
        id: id(name),
        refusal: None,
        best: Some(Assertion::Stated),
    });
    let place = |name: &str| (0..).zip(&names).find(|(_, other)| **other == name).unwrap().0;
    let relations = (1..).zip(steps).map(|(number, (from, to))| SubRelation {
        id: RelationId::parse(&format!("r{number}")).unwrap(),
        kind: RelationKind::InvestsIn,
        from: place(from),
        to: place(to),
        flow: FlowDirection::Forward,
        resource: Some(Resource::Capital),
        refusal: None,
        best: Some(Assertion::Stated),
        undated: false,
    });
    let one = |name: &str| BTreeSet::from([id(name)]);
    Case {
        world: Subgraph {
            entities: entities.collect(),
            relations: relations.collect(),
            truncated: None,
        },
        ends: TraceEnds {
            sources: one("s"),
            targets: one("t"),
            through: through.iter().map(|name| one(name)).collect(),
            gates: Vec::new(),
        },
        rules: TraceRules {
            conversion: Conversion::None,
            pass_sources: false,
            pass_targets: false,
            max_length: 6,
            mode: TraceMode::Shortest,
        },
    }
}
