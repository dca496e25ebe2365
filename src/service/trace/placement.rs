//! Placements: the relations by which entities count as of the regions that a question names.
//!
//! A selector picks by region whatever the evidence says, so a path rests on these relations too, although it does not walk
//! them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Path, TraceAnswer, TraceInput};
use crate::model::change::Subject;
use crate::model::entity::EntityKind;
use crate::model::id::{EntityId, RelationId};
use crate::model::ontology::RelationKind;
use crate::model::page::PageRequest;
use crate::model::relation::Relation;
use crate::model::selector::{AsOf, Direction, InRegion, RegionRole, RelationFilter, Selector};
use crate::model::statement::{Assertion, Evidence, EvidenceFilter};
use crate::service::{Result, Session};
use crate::store::IncidentQuery;
use crate::trace::{Ends, Role};

/// The relations by which one or several entities count as of regions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// From the entity up to the region, each once.
    pub relations: Vec<RelationId>,
    /// The weakest of them, each taken by its best statement; none where there are none.
    pub weakest: Option<Assertion>,
}

impl Placement {
    fn join(mut self, other: Self) -> Self {
        for relation in other.relations {
            if !self.relations.contains(&relation) {
                self.relations.push(relation);
            }
        }
        let both = [self.weakest, other.weakest];
        self.weakest = both.into_iter().flatten().max_by_key(|a| a.weakness());
        self
    }

    fn weakness(&self) -> Option<u8> {
        self.weakest.map(Assertion::weakness)
    }
}

/// An entity, and the sense in which it is of a region.
type Place = (RegionRole, EntityId);

/// The relations that place some entities, up to the highest regions, with their evidence.
#[derive(Clone, Debug, Default)]
pub(in crate::service) struct Placements {
    steps: BTreeMap<Place, Vec<Step>>,
}

/// A relation that places an entity, or a region in the one above it.
#[derive(Clone, Debug)]
struct Step {
    relation: RelationId,
    to: EntityId,
    /// Whether it leads to a host, which counts only where the entity has no region of its own.
    is_host: bool,
    evidence: Evidence,
}

impl Session {
    /// What places some entities. One call a level for each role, and one for the evidence of all.
    async fn placements(&self, of: BTreeSet<Place>, at: AsOf) -> Result<Placements> {
        let mut steps: BTreeMap<Place, Vec<Step>> = BTreeMap::new();
        let mut open: BTreeSet<Place> = of.into_iter().map(settled).collect();
        while !open.is_empty() {
            let mut found: Vec<(Place, Relation)> = Vec::new();
            for role in RegionRole::ALL {
                let ids: Vec<EntityId> = open
                    .iter()
                    .filter(|(of, _)| of == role)
                    .map(|(_, id)| id.clone())
                    .collect();
                found.extend(self.placing(&ids, *role, at).await?);
            }
            steps.extend(open.into_iter().map(|place| (place, Vec::new())));
            open = BTreeSet::new();
            for (place, relation) in found {
                let step = Step {
                    is_host: relation.kind == RelationKind::HostedAt,
                    to: if place.1 == relation.from {
                        relation.to
                    } else {
                        relation.from
                    },
                    relation: relation.id,
                    evidence: Evidence::default(),
                };
                let next = settled((RegionRole::Located, step.to.clone()));
                if !steps.contains_key(&next) {
                    open.insert(next);
                }
                steps.entry(place).or_default().push(step);
            }
        }
        self.with_evidence(steps).await
    }

    /// The relations that place entities in a sense: a region in the one above it.
    async fn placing(&self, ids: &[EntityId], role: RegionRole, at: AsOf) -> Result<Vec<(Place, Relation)>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let (kinds, direction) = match role {
            RegionRole::Located => (
                vec![
                    RelationKind::LocatedIn,
                    RelationKind::HostedAt,
                    RelationKind::PartOf,
                ],
                Direction::Out,
            ),
            RegionRole::Governed => (vec![RelationKind::GovernedBy], Direction::Out),
            RegionRole::Origin => (vec![RelationKind::Originates], Direction::In),
        };
        let query = IncidentQuery {
            filter: RelationFilter {
                kinds: Some(kinds),
                ..RelationFilter::default()
            },
            direction,
            other: None,
            at: None,
            page: PageRequest::first(self.limits().indicator_facts_max),
        };
        let pages = self.incident(ids, &query).await?;
        let found = ids.iter().zip(pages).flat_map(|(id, page)| {
            let counts = |relation: &Relation| {
                relation.validity.holds(at)
                    && (relation.kind == RelationKind::PartOf) == (id.kind() == EntityKind::Region)
            };
            let relations: Vec<_> = page.items.into_iter().filter(counts).collect();
            relations
                .into_iter()
                .map(|relation| ((role, id.clone()), relation))
        });
        Ok(found.collect())
    }

    async fn with_evidence(&self, mut steps: BTreeMap<Place, Vec<Step>>) -> Result<Placements> {
        let relations: BTreeSet<&RelationId> = steps.values().flatten().map(|step| &step.relation).collect();
        let subjects: Vec<Subject> = relations
            .into_iter()
            .map(|id| Subject::Relation(id.clone()))
            .collect();
        if !subjects.is_empty() {
            let evidence = self.evidence(&subjects).await?;
            let known: BTreeMap<Subject, Evidence> = subjects.into_iter().zip(evidence).collect();
            for step in steps.values_mut().flatten() {
                if let Some(evidence) = known.get(&Subject::Relation(step.relation.clone())) {
                    step.evidence = evidence.clone();
                }
            }
        }
        Ok(Placements { steps })
    }
}

/// A region is of itself, whatever the sense.
fn settled((role, id): Place) -> Place {
    if id.kind() == EntityKind::Region {
        (RegionRole::Located, id)
    } else {
        (role, id)
    }
}

impl Placements {
    /// Whether it was looked at how an entity is placed.
    fn knows(&self, id: &EntityId, role: RegionRole) -> bool {
        self.steps.contains_key(&settled((role, id.clone())))
    }

    /// The strongest way by which an entity counts as of a region, by the evidence that passes: the one whose weakest relation
    /// is strongest, then the shortest, then by the ids of its relations.
    fn strongest(&self, id: &EntityId, place: &InRegion, filter: &EvidenceFilter) -> Option<Placement> {
        let mut assertions = Assertion::ALL.to_vec();
        assertions.sort_by_key(|assertion| assertion.weakness());
        let start = settled((place.role, id.clone()));
        assertions
            .into_iter()
            .find_map(|weakest| self.way(&start, &place.region, filter, weakest.weakness()))
    }

    /// The shortest way up to a region along relations that are at most so weak.
    fn way(
        &self,
        start: &Place,
        region: &EntityId,
        filter: &EvidenceFilter,
        weakest: u8,
    ) -> Option<Placement> {
        let mut seen = BTreeSet::from([start.clone()]);
        let mut ways = vec![(start.clone(), Placement::default())];
        while !ways.is_empty() {
            if let Some((_, way)) = ways.iter().find(|((_, id), _)| id == region) {
                return Some(way.clone());
            }
            let mut farther = Vec::new();
            for (place, way) in ways {
                for (step, best) in self.steps_of(&place, filter) {
                    let next = settled((RegionRole::Located, step.to.clone()));
                    if best.weakness() <= weakest && seen.insert(next.clone()) {
                        let step = Placement {
                            relations: vec![step.relation.clone()],
                            weakest: Some(best),
                        };
                        farther.push((next, way.clone().join(step)));
                    }
                }
            }
            ways = farther;
        }
        None
    }

    /// The steps that count: to the regions of its own, else to its hosts.
    fn steps_of(&self, place: &Place, filter: &EvidenceFilter) -> Vec<(&Step, Assertion)> {
        let steps = self.steps.get(place).into_iter().flatten();
        let counting: Vec<(&Step, Assertion)> = steps
            .filter_map(|step| Some((step, filter.best(&step.evidence)?)))
            .collect();
        let has_own = counting.iter().any(|(step, _)| !step.is_host);
        counting
            .into_iter()
            .filter(|(step, _)| step.is_host != has_own)
            .collect()
    }

    /// The evidence of the relations that lead up to some regions.
    pub(in crate::service) fn evidence_up_to<'a>(
        &'a self,
        regions: impl IntoIterator<Item = &'a EntityId>,
    ) -> Vec<&'a Evidence> {
        let mut open: Vec<&EntityId> = regions.into_iter().collect();
        let mut reached: BTreeSet<&EntityId> = open.iter().copied().collect();
        let mut found = Vec::new();
        while let Some(to) = open.pop() {
            for ((_, from), steps) in &self.steps {
                let leading = steps.iter().filter(|step| step.to == *to);
                let before = found.len();
                found.extend(leading.map(|step| &step.evidence));
                if found.len() > before && reached.insert(from) {
                    open.push(from);
                }
            }
        }
        found
    }
}

/// The selectors of a question with what each picked, in the order of the gates.
pub(super) fn picks<'a>(
    input: &'a TraceInput,
    ends: &'a Ends,
) -> Vec<(Role, &'a Selector, &'a BTreeSet<EntityId>)> {
    let through = input.through.iter().zip(&ends.through);
    [
        (Role::From, &input.from, &ends.sources),
        (Role::To, &input.to, &ends.targets),
    ]
    .into_iter()
    .chain(through.map(|(selector, picked)| (Role::Through, selector, picked)))
    .collect()
}

/// The entities of a path whose place is why it counts: for each selector that names a region the ways to meet it, and for
/// each way the entities that must lie there.
fn placed_on<'a>(
    path: &'a Path,
    input: &'a TraceInput,
    ends: &'a Ends,
) -> Vec<(&'a InRegion, Vec<Vec<&'a EntityId>>)> {
    let last = path.entities.len().saturating_sub(1);
    let beside = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| path.entities.get(before));
        before.into_iter().chain(path.entities.get(at + 1)).collect()
    };
    let subjects = |at: usize| -> Vec<&EntityId> {
        match path.entities.get(at) {
            // An Industry has no place: it stands for what of it lies in the region.
            Some(id) if id.kind() == EntityKind::Industry => beside(at),
            id => id.into_iter().collect(),
        }
    };
    let ways = |role: Role, picked: &BTreeSet<EntityId>| match role {
        Role::From => vec![subjects(0)],
        Role::To => vec![subjects(last)],
        Role::Through => (1..last)
            .filter(|at| path.entities.get(*at).is_some_and(|id| picked.contains(id)))
            .map(subjects)
            .collect(),
    };
    picks(input, ends)
        .into_iter()
        .filter_map(|(role, selector, picked)| Some((selector.region.as_ref()?, ways(role, picked))))
        .collect()
}

impl TraceAnswer {
    /// How each of some paths is placed in the regions that the question names, in their order.
    ///
    /// **Calls.** One for each level of regions and hosts, and one for the evidence; none where no region is named.
    pub(super) async fn placements_on(&self, paths: &[Path]) -> Result<Vec<Placement>> {
        let ends = self.trace.ends();
        let placed: Vec<_> = paths
            .iter()
            .map(|path| placed_on(path, &self.input, ends))
            .collect();
        let places = placed.iter().flatten().flat_map(|(place, ways)| {
            let subjects = ways.iter().flatten();
            subjects.map(|id| (place.role, Clone::clone(*id)))
        });
        let known = self
            .session
            .placements(places.collect(), self.input.walk.at)
            .await?;
        let any = EvidenceFilter::any();
        let of_way = |place: &InRegion, subjects: &Vec<&EntityId>| {
            let found = subjects.iter().filter_map(|id| known.strongest(id, place, &any));
            found.fold(Placement::default(), Placement::join)
        };
        let of_path = |placed: &Vec<(&InRegion, Vec<Vec<&EntityId>>)>| {
            let strongest = placed.iter().filter_map(|(place, ways)| {
                let ways = ways.iter().map(|subjects| of_way(place, subjects));
                ways.min_by_key(Placement::weakness)
            });
            strongest.fold(Placement::default(), Placement::join)
        };
        Ok(placed.iter().map(of_path).collect())
    }

    /// What places the entities among some for whose place the question picks them.
    pub(in crate::service) async fn placements_of(&self, among: &[EntityId]) -> Result<Placements> {
        let ends = self.trace.ends();
        let among: BTreeSet<&EntityId> = among.iter().collect();
        let mut gates = ends.gates.iter();
        let mut places = BTreeSet::new();
        for (_, selector, picked) in picks(&self.input, ends) {
            let Some(place) = &selector.region else { continue };
            let gate = gates
                .by_ref()
                .take(usize::from(selector.picks_industries_of_a_region()));
            let inside = gate.flat_map(|gate| &gate.inside);
            let counting = picked
                .iter()
                .filter(|id| id.kind() != EntityKind::Industry)
                .chain(inside)
                .filter(|id| among.contains(id));
            places.extend(counting.map(|id| (place.role, id.clone())));
        }
        self.session.placements(places, self.input.walk.at).await
    }

    /// The ends of the question where only the placements count whose evidence passes; what was not looked at stays.
    pub(in crate::service) fn ends_placed_by(
        &self,
        placements: &Placements,
        filter: &EvidenceFilter,
    ) -> Ends {
        let mut ends = self.trace.ends().clone();
        let counts = |id: &EntityId, place: &InRegion| {
            id.kind() == EntityKind::Industry
                || !placements.knows(id, place.role)
                || placements.strongest(id, place, filter).is_some()
        };
        let mut gates = ends.gates.iter_mut();
        let picked = [&mut ends.sources, &mut ends.targets]
            .into_iter()
            .chain(&mut ends.through);
        for (selector, picked) in self.input.selectors().zip(picked) {
            let Some(place) = &selector.region else { continue };
            picked.retain(|id| counts(id, place));
            if selector.picks_industries_of_a_region() {
                for gate in gates.by_ref().take(1) {
                    gate.inside.retain(|id| counts(id, place));
                }
            }
        }
        ends
    }
}
