//! The two sides of a ledger: the selected entities, and those known not to be among them.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::entity::EntityKind;
use crate::model::flow_direction::FlowDirection;
use crate::model::id::EntityId;
use crate::model::ontology::RelationKind;
use crate::model::period::TimeFilter;
use crate::model::selector::{AsOf, RegionRole, Selector};
use crate::model::statement::EvidenceFilter;
use crate::model::subgraph::Subgraph;
use crate::model::walk::WalkRules;
use crate::service::{Result, Session};
use crate::trace::SelectorRole;
use crate::trace::end_class::LedgerSide;

/// The locations of entities, in the role that each side uses.
#[derive(Debug, Default)]
pub(super) struct LedgerLocations {
    from: SideLocations,
    to: SideLocations,
}

/// The locations of entities, in the role that one selector uses.
#[derive(Clone, Debug, Default)]
pub(super) struct SideLocations {
    /// The regions that the selector names.
    asked: BTreeSet<EntityId>,
    /// Each of them with all higher regions.
    above_asked: BTreeSet<EntityId>,
    /// The regions of each entity, each followed by all higher regions.
    of: BTreeMap<EntityId, Vec<Vec<EntityId>>>,
    /// Entities that stand for several; without a region in the selector, they are not known to be others.
    cohorts: BTreeSet<EntityId>,
}

impl SideLocations {
    fn lies_elsewhere(&self, id: &EntityId) -> bool {
        let is_apart = |place: &Vec<EntityId>| {
            let is_above = place
                .first()
                .is_some_and(|region| self.above_asked.contains(region));
            !is_above && !place.iter().any(|region| self.asked.contains(region))
        };
        let places = self
            .of
            .get(id)
            .filter(|places| !places.is_empty() && !self.asked.is_empty());
        places.is_some_and(|places| places.iter().all(is_apart))
    }

    fn lies_inside(&self, id: &EntityId) -> bool {
        let is_inside = |place: &Vec<EntityId>| place.iter().any(|region| self.asked.contains(region));
        self.of.get(id).is_some_and(|places| places.iter().any(is_inside))
    }
}

impl LedgerLocations {
    pub(super) fn of(&self, role: SelectorRole) -> &SideLocations {
        if role == SelectorRole::From {
            &self.from
        } else {
            &self.to
        }
    }

    /// The entities that are located in a named region.
    pub(super) fn inside(&self) -> impl Iterator<Item = &EntityId> {
        [&self.from, &self.to]
            .into_iter()
            .flat_map(|side| side.of.keys().filter(|id| side.lies_inside(id)))
    }
}

/// Builds one side: the selected entities, and those with a known location that are known not to be among
/// them.
///
/// A conduit is not an end by its location: one that is selected only by region is excluded from the ends.
pub(super) fn side(
    selector: &Selector,
    picked: &BTreeSet<EntityId>,
    places: &SideLocations,
    walked: &Subgraph,
) -> LedgerSide {
    let names_a_place_alone = selector.region.is_some()
        && selector.ids.is_none()
        && selector.kinds.is_none()
        && selector.tags.is_none()
        && selector.families.is_none();
    let is_end = |id: &&EntityId| !(names_a_place_alone && id.kind().is_conduit());
    let industries: BTreeSet<&EntityId> = picked
        .iter()
        .filter(|id| id.kind() == EntityKind::Industry)
        .collect();
    let other_industries = if industries.is_empty() {
        BTreeSet::new()
    } else {
        classified_otherwise(walked, &industries)
    };
    let is_elsewhere = |id: &EntityId| {
        let is_ruled_out = selector
            .kinds
            .as_ref()
            .is_some_and(|kinds| !kinds.contains(&id.kind()))
            || selector
                .ids
                .as_ref()
                .is_some_and(|ids| selector.region.is_some() && !ids.contains(id));
        match (
            picked.contains(id),
            industries.is_empty(),
            places.asked.is_empty(),
        ) {
            (true, ..) => false,
            (false, false, _) => places.lies_elsewhere(id) || other_industries.contains(id),
            (false, true, true) => !places.cohorts.contains(id),
            (false, true, false) => is_ruled_out || places.lies_elsewhere(id),
        }
    };
    LedgerSide {
        ends: picked.iter().filter(is_end).cloned().collect(),
        elsewhere: places.of.keys().filter(|id| is_elsewhere(id)).cloned().collect(),
        gate: None,
    }
}

/// The entities with an industry, but none of the selected ones.
fn classified_otherwise(walked: &Subgraph, picked: &BTreeSet<&EntityId>) -> BTreeSet<EntityId> {
    let mut industries: BTreeMap<&EntityId, bool> = BTreeMap::new();
    let classifying = walked.relations.iter().filter(|r| {
        r.kind == RelationKind::InIndustry && r.refusal.is_none() && r.flow == FlowDirection::Forward
    });
    for relation in classifying {
        let [from, to] = [relation.from, relation.to].map(|at| &walked.entities[at as usize].id);
        *industries.entry(from).or_default() |= picked.contains(to);
    }
    let others = industries.into_iter().filter(|(_, is_picked)| !is_picked);
    others.map(|(id, _)| id.clone()).collect()
}

impl Session {
    /// Reads the locations of entities in the roles of two selectors: one call for each role, and one for
    /// each level of higher regions.
    pub(super) async fn places_of(
        &self,
        ids: Vec<EntityId>,
        [from, to]: [&Selector; 2],
        at: AsOf,
    ) -> Result<LedgerLocations> {
        let at = at.map(TimeFilter::including_undated);
        let role = |selector: &Selector| {
            selector
                .region
                .as_ref()
                .map_or(RegionRole::Located, |place| place.role)
        };
        let from_regions = self.regions(&ids, role(from), at).await?;
        let to_regions = if role(from) == role(to) {
            from_regions.clone()
        } else {
            self.regions(&ids, role(to), at).await?
        };
        let mut known: BTreeSet<EntityId> = from_regions
            .iter()
            .chain(&to_regions)
            .flatten()
            .cloned()
            .collect();
        known.extend(asked(from).chain(asked(to)));
        let above = self.regions_above(known, at).await?;
        let cohorts = self.cohorts(&ids, [from, to]).await?;
        let of_side = |selector: &Selector, regions: Vec<Vec<EntityId>>| {
            let asked: BTreeSet<EntityId> = asked(selector).collect();
            let places =
                |regions: Vec<EntityId>| regions.iter().map(|region| with_above(region, &above)).collect();
            SideLocations {
                above_asked: asked
                    .iter()
                    .flat_map(|region| with_above(region, &above))
                    .collect(),
                asked,
                of: ids.iter().cloned().zip(regions.into_iter().map(places)).collect(),
                cohorts: cohorts.clone(),
            }
        };
        Ok(LedgerLocations {
            from: of_side(from, from_regions),
            to: of_side(to, to_regions),
        })
    }

    /// The parents of each region, and their parents in turn.
    async fn regions_above(
        &self,
        regions: BTreeSet<EntityId>,
        at: AsOf,
    ) -> Result<BTreeMap<EntityId, BTreeSet<EntityId>>> {
        let walk = WalkRules {
            at,
            evidence: EvidenceFilter::any(),
            ..WalkRules::default()
        };
        let mut above: BTreeMap<EntityId, BTreeSet<EntityId>> = BTreeMap::new();
        let mut level: Vec<EntityId> = regions.into_iter().collect();
        while !level.is_empty() {
            for region in &level {
                above.entry(region.clone()).or_default();
            }
            let parts = self.outgoing(&level, &[RelationKind::PartOf], &walk).await?;
            let mut next = BTreeSet::new();
            for part in parts {
                if !above.contains_key(&part.to) {
                    next.insert(part.to.clone());
                }
                above.entry(part.from).or_default().insert(part.to);
            }
            level = next.into_iter().collect();
        }
        Ok(above)
    }

    /// The entities that stand for several, if a side names no region.
    async fn cohorts(&self, ids: &[EntityId], selectors: [&Selector; 2]) -> Result<BTreeSet<EntityId>> {
        if selectors.iter().all(|selector| asked(selector).next().is_some()) {
            return Ok(BTreeSet::new());
        }
        let found = self.entities(ids).await?;
        let cohorts = found.into_iter().flatten().filter(|entity| entity.size.is_some());
        Ok(cohorts.map(|entity| entity.id.clone()).collect())
    }
}

/// The regions of a selector: the one whose members it selects, or those that it names.
fn asked(selector: &Selector) -> impl Iterator<Item = EntityId> {
    let members_of = selector.region.iter().map(|place| place.region.clone());
    let named = selector
        .ids
        .iter()
        .flatten()
        .filter(|id| id.kind() == EntityKind::Region);
    let named: Vec<EntityId> = if selector.region.is_some() {
        Vec::new()
    } else {
        named.cloned().collect()
    };
    members_of.chain(named)
}

/// A region and all higher regions.
fn with_above(region: &EntityId, above: &BTreeMap<EntityId, BTreeSet<EntityId>>) -> Vec<EntityId> {
    let mut found = vec![region.clone()];
    let mut at = 0;
    while let Some(next) = found.get(at).and_then(|region| above.get(region)) {
        at += 1;
        for region in next {
            if !found.contains(region) {
                found.push(region.clone());
            }
        }
    }
    found
}
