//! The regions of an entity, and the entities in a region.
//!
//! The region is not a property; it follows from dated relations. An entity that is hosted at a park or university and has no region
//! of its own has the region of its host.

use std::collections::HashSet;

use super::graph::{GraphSnapshot, RelationNode};
use super::table::Slot;
use crate::model::entity::EntityKind;
use crate::model::job;
use crate::model::ontology::RelationKind;
use crate::model::selector::{AsOf, RegionRole, RegionSelector};

impl GraphSnapshot {
    /// The regions of an entity in a role, sorted by id, without the regions above them. A region is its own region.
    pub(super) fn regions_of(&self, entity: Slot, role: RegionRole, at: AsOf) -> Vec<Slot> {
        let Some(kind) = self.kind(entity) else {
            return Vec::new();
        };
        match (kind, role) {
            (EntityKind::Region, _) => vec![entity],
            (EntityKind::Industry, _) => Vec::new(),
            (_, RegionRole::Located) => self.locations_of(entity, at),
            (_, RegionRole::Governed) => {
                self.sorted(self.targets(entity, RelationKind::GovernedBy, at).collect())
            }
            (_, RegionRole::Origin) => {
                let origins = self.sources(entity, RelationKind::Originates, at);
                self.sorted(
                    origins
                        .flat_map(|origin| self.regions_of(origin, RegionRole::Located, at))
                        .collect(),
                )
            }
        }
    }

    /// The regions of an entity itself, or else those of its hosts, which may be hosted in turn.
    fn locations_of(&self, entity: Slot, at: AsOf) -> Vec<Slot> {
        let mut regions = Vec::new();
        let mut pending = vec![entity];
        let mut seen: HashSet<Slot> = HashSet::from([entity]);
        while let Some(next) = pending.pop() {
            let before = regions.len();
            regions.extend(self.targets(next, RelationKind::LocatedIn, at));
            // Only an entity without a region of its own takes those of its hosts.
            if regions.len() == before {
                let hosts = self.targets(next, RelationKind::HostedAt, at);
                pending.extend(hosts.filter(|host| seen.insert(*host)));
            }
        }
        self.sorted(regions)
    }

    /// Adds a region and all regions above it to a set.
    pub(super) fn collect_ancestors(&self, region: Slot, at: AsOf, into: &mut HashSet<Slot>) {
        let mut pending = vec![region];
        while let Some(next) = pending.pop() {
            if into.insert(next) {
                pending.extend(self.targets(next, RelationKind::PartOf, at));
            }
        }
    }

    /// A region and all regions below it.
    fn descendants(&self, region: Slot, at: AsOf) -> HashSet<Slot> {
        let mut below = HashSet::new();
        let mut pending = vec![region];
        while let Some(next) = pending.pop() {
            if below.insert(next) {
                // A client can name an entity of another kind, whose parts are no regions.
                pending.extend(
                    self.sources(next, RelationKind::PartOf, at)
                        .filter(|part| self.kind(*part) == Some(EntityKind::Region)),
                );
            }
        }
        below
    }

    /// Whether an entity is in a region or in one below it, in the role of the selector. It searches upward from the
    /// entity; [`Self::members`] finds all such entities by searching downward from the region.
    pub(super) fn is_within(&self, entity: Slot, place: &RegionSelector, at: AsOf) -> bool {
        let Some(wanted) = self.slot(&place.region) else {
            return false;
        };
        self.regions_of(entity, place.role, at).into_iter().any(|region| {
            let mut above = HashSet::new();
            self.collect_ancestors(region, at, &mut above);
            above.contains(&wanted)
        })
    }

    /// The entities of some kinds, or of any kind if `kinds` is none, that are in a region or in one below it, sorted
    /// by slot. The time is proportional to the number of these entities, not to the size of the graph.
    pub(super) fn members(
        &self,
        place: &RegionSelector,
        kinds: Option<&[EntityKind]>,
        at: AsOf,
    ) -> Vec<Slot> {
        let Some(region) = self.slot(&place.region) else {
            return Vec::new();
        };
        let regions = self.descendants(region, at);
        let mut members: Vec<Slot> = match place.role {
            RegionRole::Located => self.located(&regions, at),
            RegionRole::Governed => regions
                .iter()
                .flat_map(|region| self.sources(*region, RelationKind::GovernedBy, at))
                .collect(),
            RegionRole::Origin => {
                // A park is an origin too, and stands for the region in which it is located.
                let located = self.located(&regions, at);
                let parks = located
                    .into_iter()
                    .filter(|slot| self.kind(*slot) == Some(EntityKind::Park));
                let origins = regions.iter().copied().chain(parks);
                origins
                    .flat_map(|origin| self.targets(origin, RelationKind::Originates, at))
                    .collect()
            }
        };
        // A region is in itself; see `regions_of`, by which an industry is in no region.
        members.extend(regions);
        let is_wanted = |kind: EntityKind| {
            kind != EntityKind::Industry && kinds.is_none_or(|kinds| kinds.contains(&kind))
        };
        members.retain(|slot| self.kind(*slot).is_some_and(is_wanted));
        members.sort_unstable_by(job::by(Ord::cmp));
        members.dedup();
        members
    }

    /// The entities located in one of `regions`, and those hosted there that have no region of their own. May have an
    /// entity twice.
    fn located(&self, regions: &HashSet<Slot>, at: AsOf) -> Vec<Slot> {
        let mut located: Vec<Slot> = regions
            .iter()
            .flat_map(|region| self.sources(*region, RelationKind::LocatedIn, at))
            .collect();
        let is_host =
            |slot: &Slot| matches!(self.kind(*slot), Some(EntityKind::Park | EntityKind::University));
        let mut pending: Vec<Slot> = located.iter().copied().filter(is_host).collect();
        let mut hosts: HashSet<Slot> = HashSet::new();
        while let Some(host) = pending.pop() {
            if hosts.insert(host) {
                let guests = self.sources(host, RelationKind::HostedAt, at);
                let guests: Vec<Slot> = guests
                    .filter(|guest| self.targets(*guest, RelationKind::LocatedIn, at).next().is_none())
                    .collect();
                pending.extend(guests.iter().copied().filter(is_host));
                located.extend(guests);
            }
        }
        located
    }

    /// The kind of an entity; none if the slot is empty.
    pub(super) fn kind(&self, entity: Slot) -> Option<EntityKind> {
        self.id(entity).map(crate::model::id::EntityId::kind)
    }

    /// The targets of an entity's outgoing relations of a kind that are valid at a time.
    pub(super) fn targets(
        &self,
        entity: Slot,
        kind: RelationKind,
        at: AsOf,
    ) -> impl Iterator<Item = Slot> + '_ {
        let outgoing = self
            .entities
            .get(entity)
            .map(|node| &*node.outgoing)
            .unwrap_or_default();
        self.of_kind(outgoing, kind, at).map(|relation| relation.to)
    }

    /// The entities from which an entity's incoming relations come, of a kind and valid at a time.
    pub(super) fn sources(
        &self,
        entity: Slot,
        kind: RelationKind,
        at: AsOf,
    ) -> impl Iterator<Item = Slot> + '_ {
        let incoming = self
            .entities
            .get(entity)
            .map(|node| &*node.incoming)
            .unwrap_or_default();
        self.of_kind(incoming, kind, at).map(|relation| relation.from)
    }

    /// The relations of a kind among `slots`, which are slots of relations, that are valid at a time.
    fn of_kind<'a>(
        &'a self,
        slots: &'a [Slot],
        kind: RelationKind,
        at: AsOf,
    ) -> impl Iterator<Item = &'a RelationNode> + 'a {
        let relations = slots.iter().filter_map(|slot| self.relations.get(*slot));
        relations.filter(move |relation| relation.kind == kind && relation.validity.holds(at))
    }

    /// The entities sorted by id, each once.
    pub(super) fn sorted(&self, mut slots: Vec<Slot>) -> Vec<Slot> {
        slots.sort_by(|a, b| self.id(*a).cmp(&self.id(*b)));
        slots.dedup();
        slots
    }
}
