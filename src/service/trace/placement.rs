//! Placements: the relations that locate entities in the regions that a query names.
//!
//! A selector by region ignores the evidence filter, so a path depends on these relations too, although it
//! does not contain them.

use std::collections::{BTreeMap, BTreeSet};

use super::{Path, TraceAnswer, TraceInput};
use crate::model::change::Subject;
use crate::model::entity::EntityKind;
use crate::model::id::{EntityId, RelationId};
use crate::model::ontology::RelationKind;
use crate::model::page::PageRequest;
use crate::model::relation::Relation;
use crate::model::selector::{AsOf, Direction, RegionRole, RegionSelector, RelationFilter, Selector};
use crate::model::statement::{Assertion, Evidence, EvidenceFilter};
use crate::service::{Result, Session};
use crate::store::IncidentQuery;
use crate::trace::{SelectorRole, TraceEnds};

/// The relations that locate one or several entities in regions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Placement {
    /// From the entity up to the region, without duplicates.
    pub relations: Vec<RelationId>,
    /// The weakest assertion of them, each rated by its strongest statement; `None` if there are none.
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

/// An entity, and the role in which it belongs to a region.
type PlacedEntity = (RegionRole, EntityId);

/// The relations that locate entities, up to the highest regions, with their evidence.
#[derive(Clone, Debug, Default)]
pub(in crate::service) struct Placements {
    steps: BTreeMap<PlacedEntity, Vec<PlacementStep>>,
}

/// A relation that locates an entity, or a region in a higher region.
#[derive(Clone, Debug)]
struct PlacementStep {
    relation: RelationId,
    to: EntityId,
    /// Whether it leads to a host, which counts only if the entity has no region of its own.
    is_host: bool,
    evidence: Evidence,
}

impl Session {
    /// Reads the placements of entities. One call for each level and role, and one for all evidence.
    async fn placements(&self, of: BTreeSet<PlacedEntity>, at: AsOf) -> Result<Placements> {
        let mut steps: BTreeMap<PlacedEntity, Vec<PlacementStep>> = BTreeMap::new();
        let mut open: BTreeSet<PlacedEntity> = of.into_iter().map(settled).collect();
        while !open.is_empty() {
            let mut found: Vec<(PlacedEntity, Relation)> = Vec::new();
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
                let step = PlacementStep {
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

    /// The relations that locate entities in a role: for a region, those to the higher region.
    async fn placing(
        &self,
        ids: &[EntityId],
        role: RegionRole,
        at: AsOf,
    ) -> Result<Vec<(PlacedEntity, Relation)>> {
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

    async fn with_evidence(
        &self,
        mut steps: BTreeMap<PlacedEntity, Vec<PlacementStep>>,
    ) -> Result<Placements> {
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

/// Normalizes the role of a region, which belongs to itself in every role.
fn settled((role, id): PlacedEntity) -> PlacedEntity {
    if id.kind() == EntityKind::Region {
        (RegionRole::Located, id)
    } else {
        (role, id)
    }
}

impl Placements {
    /// Whether the placement of an entity was read.
    fn knows(&self, id: &EntityId, role: RegionRole) -> bool {
        self.steps.contains_key(&settled((role, id.clone())))
    }

    /// The strongest path from an entity to a region over accepted evidence: the one whose weakest relation
    /// is strongest, then the shortest, then by the ids of its relations.
    fn strongest(&self, id: &EntityId, place: &RegionSelector, filter: &EvidenceFilter) -> Option<Placement> {
        let mut assertions = Assertion::ALL.to_vec();
        assertions.sort_by_key(|assertion| assertion.weakness());
        let start = settled((place.role, id.clone()));
        assertions
            .into_iter()
            .find_map(|weakest| self.way(&start, &place.region, filter, weakest.weakness()))
    }

    /// The shortest path to a region over relations that are not weaker than a limit.
    fn way(
        &self,
        start: &PlacedEntity,
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

    /// The steps that count: to its own regions, or else to its hosts.
    fn steps_of(&self, place: &PlacedEntity, filter: &EvidenceFilter) -> Vec<(&PlacementStep, Assertion)> {
        let steps = self.steps.get(place).into_iter().flatten();
        let counting: Vec<(&PlacementStep, Assertion)> = steps
            .filter_map(|step| Some((step, filter.best(&step.evidence)?)))
            .collect();
        let has_own = counting.iter().any(|(step, _)| !step.is_host);
        counting
            .into_iter()
            .filter(|(step, _)| step.is_host != has_own)
            .collect()
    }

    /// The evidence of the relations that lead up to regions.
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

/// The selectors of a query with the entities that each selects, in the order of the gates.
pub(super) fn picks<'a>(
    input: &'a TraceInput,
    ends: &'a TraceEnds,
) -> Vec<(SelectorRole, &'a Selector, &'a BTreeSet<EntityId>)> {
    let through = input.through.iter().zip(&ends.through);
    [
        (SelectorRole::From, &input.from, &ends.sources),
        (SelectorRole::To, &input.to, &ends.targets),
    ]
    .into_iter()
    .chain(through.map(|(selector, picked)| (SelectorRole::Through, selector, picked)))
    .collect()
}

/// The entities of a path that are selected by location: for each selector with a region the ways to satisfy
/// it, and for each way the entities that must be located there.
fn placed_on<'a>(
    path: &'a Path,
    input: &'a TraceInput,
    ends: &'a TraceEnds,
) -> Vec<(&'a RegionSelector, Vec<Vec<&'a EntityId>>)> {
    let last = path.entities.len().saturating_sub(1);
    let beside = |at: usize| {
        let before = at.checked_sub(1).and_then(|before| path.entities.get(before));
        before.into_iter().chain(path.entities.get(at + 1)).collect()
    };
    let subjects = |at: usize| -> Vec<&EntityId> {
        match path.entities.get(at) {
            // An Industry has no location: it stands for its part in the region.
            Some(id) if id.kind() == EntityKind::Industry => beside(at),
            id => id.into_iter().collect(),
        }
    };
    let ways = |role: SelectorRole, picked: &BTreeSet<EntityId>| match role {
        SelectorRole::From => vec![subjects(0)],
        SelectorRole::To => vec![subjects(last)],
        SelectorRole::Through => (1..last)
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
    /// The placement of each path in the regions that the query names.
    ///
    /// **Calls.** One for each level of regions and hosts, and one for the evidence; none if no region is
    /// named.
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
        let of_way = |place: &RegionSelector, subjects: &Vec<&EntityId>| {
            let found = subjects.iter().filter_map(|id| known.strongest(id, place, &any));
            found.fold(Placement::default(), Placement::join)
        };
        let of_path = |placed: &Vec<(&RegionSelector, Vec<Vec<&EntityId>>)>| {
            let strongest = placed.iter().filter_map(|(place, ways)| {
                let ways = ways.iter().map(|subjects| of_way(place, subjects));
                ways.min_by_key(Placement::weakness)
            });
            strongest.fold(Placement::default(), Placement::join)
        };
        Ok(placed.iter().map(of_path).collect())
    }

    /// The placements of those of the given entities that the query selects by location.
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

    /// The ends of the query if only placements with accepted evidence count; entities that were not read
    /// remain.
    pub(in crate::service) fn ends_placed_by(
        &self,
        placements: &Placements,
        filter: &EvidenceFilter,
    ) -> TraceEnds {
        let mut ends = self.trace.ends().clone();
        let counts = |id: &EntityId, place: &RegionSelector| {
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
