//! Reads around entities: neighborhoods, degrees, and the relations of a ledger.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::filter::RelationMatcher;
use super::graph::GraphSnapshot;
use super::table::Slot;
use crate::model::id::EntityId;
use crate::model::job;
use crate::model::ontology::RelationKind;
use crate::model::relation::Relation;
use crate::model::selector::{AsOf, RegionSelector, RelationFilter};
use crate::model::walk::{WalkRefusal, WalkRules};
use crate::store::{KindCount, Neighborhood};

impl GraphSnapshot {
    /// See [`crate::store::Reader::neighborhood`].
    pub(super) fn neighborhood(
        &self,
        ids: &[EntityId],
        depth: u32,
        filter: &RelationFilter,
        at: AsOf,
        max: usize,
    ) -> Neighborhood {
        let matcher = RelationMatcher::new(self, filter);
        let mut distance: HashMap<Slot, u32> = HashMap::new();
        let mut kept: Vec<Slot> = Vec::new();
        let mut relations: BTreeSet<Slot> = BTreeSet::new();
        let mut level = self.sorted(ids.iter().filter_map(|id| self.slot(id)).collect());
        let mut truncated = false;
        for step in 0..=depth {
            let left = max.saturating_sub(kept.len());
            truncated |= level.len() > left;
            level.truncate(left);
            kept.extend(&level);
            distance.extend(level.iter().map(|slot| (*slot, step)));
            if step == depth {
                break;
            }
            let mut next = Vec::new();
            for entity in &level {
                for (slot, relation) in self.incident_relations(*entity) {
                    if self.is_valid_at(relation, at) && matcher.matches(relation) {
                        relations.insert(slot);
                        next.push(relation.other(*entity));
                    }
                }
            }
            next.retain(|slot| {
                job::step();
                !distance.contains_key(slot)
            });
            level = self.sorted(next);
        }
        relations.retain(|slot| {
            self.relations
                .get(*slot)
                .is_some_and(|r| distance.contains_key(&r.from) && distance.contains_key(&r.to))
        });
        let hidden = kept
            .iter()
            .flat_map(|entity| self.relations_not_shown(*entity, &relations))
            .collect();
        let mut relations: Vec<Relation> = relations.iter().filter_map(|slot| self.relation(*slot)).collect();
        relations.sort_by(job::by(|a: &Relation, b: &Relation| a.id.cmp(&b.id)));
        Neighborhood {
            entities: kept
                .iter()
                .filter_map(|slot| self.entity(*slot).cloned())
                .collect(),
            relations,
            truncated,
            hidden,
        }
    }

    /// Relations of an entity that are not among those shown.
    fn relations_not_shown(&self, entity: Slot, shown: &BTreeSet<Slot>) -> Vec<(EntityId, KindCount)> {
        let Some(id) = self.id(entity).cloned() else {
            return Vec::new();
        };
        let not_shown: BTreeSet<Slot> = self
            .incident_relations(entity)
            .map(|(slot, _)| slot)
            .filter(|slot| !shown.contains(slot))
            .collect();
        kind_counts(
            not_shown
                .iter()
                .filter_map(|slot| self.relations.get(*slot))
                .map(|relation| relation.kind),
        )
        .map(|count| (id.clone(), count))
        .collect()
    }

    /// See [`crate::store::Reader::degrees`].
    pub(super) fn degrees(&self, entity: Slot) -> Vec<KindCount> {
        let slots: BTreeSet<Slot> = self.incident_relations(entity).map(|(slot, _)| slot).collect();
        kind_counts(
            slots
                .iter()
                .filter_map(|slot| self.relations.get(*slot))
                .map(|relation| relation.kind),
        )
        .collect()
    }

    /// See [`crate::store::Reader::ledger`].
    pub(super) fn ledger(
        &self,
        entities: &BTreeSet<EntityId>,
        regions: &[RegionSelector],
        walk: &WalkRules,
        limit: usize,
    ) -> (Vec<Relation>, bool) {
        let mut ends: BTreeSet<Slot> = entities.iter().filter_map(|id| self.slot(id)).collect();
        ends.extend(
            regions
                .iter()
                .flat_map(|place| self.members(place, None, walk.at)),
        );
        let counts = |relation: &super::graph::RelationNode| {
            !relation.kind.info().structure
                && !matches!(
                    walk.refuse_relation(&relation.walk_facts()),
                    Some(WalkRefusal::Filtered | WalkRefusal::NotValid)
                )
        };
        let around = ends.iter().flat_map(|entity| self.incident_relations(*entity));
        let mut found: Vec<(&str, Slot)> = around
            .filter(|(_, relation)| counts(relation))
            .map(|(slot, relation)| (relation.id.as_str(), slot))
            .collect();
        found.sort_unstable_by(job::by(Ord::cmp));
        found.dedup();
        let more = found.len() > limit;
        (
            found
                .into_iter()
                .take(limit)
                .filter_map(|(_, slot)| self.relation(slot))
                .collect(),
            more,
        )
    }
}

fn kind_counts(kinds: impl Iterator<Item = RelationKind>) -> impl Iterator<Item = KindCount> {
    let mut counts: BTreeMap<RelationKind, u64> = BTreeMap::new();
    for kind in kinds {
        *counts.entry(kind).or_default() += 1;
    }
    counts.into_iter().map(|(kind, count)| KindCount { kind, count })
}
