//! Lists of relations: of the whole graph, and at an entity.

use std::collections::BTreeSet;

use super::filter::{EntityMatcher, RelationMatcher, has_direction};
use super::graph::GraphSnapshot;
use super::page::{KeyedSlots, SortedScan, pick_page};
use super::table::Slot;
use crate::model::id::RelationId;
use crate::model::ontology::RelationKind;
use crate::model::page::{Page, PageRequest};
use crate::model::relation::Relation;
use crate::model::selector::{AsOf, RelationFilter};
use crate::store::{IncidentQuery, RelationQuery};

impl GraphSnapshot {
    pub(super) fn list_relations(
        &self,
        query: &RelationQuery,
        page: &PageRequest<RelationId>,
    ) -> Page<Relation> {
        let matcher = RelationMatcher::new(self, &query.filter);
        let passes = |slot: &Slot| {
            self.relations
                .get(*slot)
                .is_some_and(|r| self.is_valid_at(r, query.at) && matcher.matches(r))
        };
        let slots = match matcher.candidates(self) {
            Some(slots) => self.page_of(slots.into_iter().filter(passes), page),
            None => self.scan_relations(&passes, page),
        };
        slots.filter_map(|slot| self.relation(slot))
    }

    /// See [`crate::store::Reader::relations_of_kinds`].
    pub(super) fn relations_of_kinds(
        &self,
        kinds: &BTreeSet<RelationKind>,
        at: AsOf,
        limit: usize,
    ) -> (Vec<Relation>, bool) {
        let counts = |slot: &Slot| {
            let relation = self.relations.get(*slot);
            relation.is_some_and(|relation| kinds.contains(&relation.kind) && self.is_valid_at(relation, at))
        };
        let mut slots = self.relations.slots().filter(counts);
        let found = slots
            .by_ref()
            .take(limit)
            .filter_map(|slot| self.relation(slot))
            .collect();
        (found, slots.next().is_some())
    }

    pub(super) fn count_relations(&self, query: &RelationQuery) -> usize {
        if query.at.is_none() && query.filter == RelationFilter::default() {
            return self.relations.len();
        }
        let matcher = RelationMatcher::new(self, &query.filter);
        let passes = |slot: &Slot| {
            self.relations
                .get(*slot)
                .is_some_and(|r| self.is_valid_at(r, query.at) && matcher.matches(r))
        };
        match matcher.candidates(self) {
            Some(slots) => slots.iter().filter(|slot| passes(slot)).count(),
            None => self.relations.slots().filter(passes).count(),
        }
    }

    fn scan_relations(&self, passes: &dyn Fn(&Slot) -> bool, page: &PageRequest<RelationId>) -> Page<Slot> {
        let keyed = |slot: Slot| {
            (
                self.relations
                    .get(slot)
                    .map_or("", |relation| relation.id.as_str()),
                slot,
            )
        };
        let up = |from: &str| -> KeyedSlots<'_> {
            Box::new(self.relations.slots_from(from).filter(passes).map(keyed))
        };
        let down = |to: Option<&str>| -> KeyedSlots<'_> {
            match to {
                Some(to) => Box::new(self.relations.slots_below(to).filter(passes).map(keyed)),
                None => Box::new(self.relations.slots_down().filter(passes).map(keyed)),
            }
        };
        let (after, before) = (
            page.after.as_ref().map(RelationId::as_str),
            page.before.as_ref().map(RelationId::as_str),
        );
        SortedScan { up: &up, down: &down }.page(after, before, page.limit, page.from_end)
    }

    fn page_of(&self, slots: impl Iterator<Item = Slot>, page: &PageRequest<RelationId>) -> Page<Slot> {
        let keyed = slots
            .filter_map(|slot| Some((self.relations.get(slot)?.id.clone(), slot)))
            .collect();
        pick_page(keyed, page, Ord::cmp).map(|(_, slot)| slot)
    }

    pub(super) fn incident(&self, entity: Slot, query: &IncidentQuery) -> Page<Relation> {
        let page = if query.asks_for_all_outgoing_or_incoming() {
            self.page_of_side(entity, query)
        } else {
            self.page_of(self.incident_slots(entity, query), &query.page)
        };
        page.filter_map(|slot| self.relation(slot))
    }

    pub(super) fn count_incident(&self, entity: Slot, query: &IncidentQuery) -> usize {
        self.incident_slots(entity, query).count()
    }

    /// A page of the unfiltered outgoing or incoming relations of an entity: adjacency is sorted, so that a page of ten reads ten rows
    /// of a hub's fifty thousand.
    fn page_of_side(&self, entity: Slot, query: &IncidentQuery) -> Page<Slot> {
        use crate::model::selector::Direction;
        let Some(node) = self.entities.get(entity) else {
            return Page::empty();
        };
        let side = if query.direction == Direction::In {
            &node.incoming
        } else {
            &node.outgoing
        };
        let id = |slot: &Slot| self.relations.get(*slot).map(|relation| relation.id.clone());
        let PageRequest {
            limit,
            from_end,
            after,
            before,
        } = query.page.clone();
        crate::model::page::page_of_sorted(
            side,
            id,
            &PageRequest {
                limit,
                from_end,
                after: after.map(Some),
                before: before.map(Some),
            },
        )
    }

    fn incident_slots<'a>(
        &'a self,
        entity: Slot,
        query: &'a IncidentQuery,
    ) -> impl Iterator<Item = Slot> + 'a {
        let matcher = RelationMatcher::new(self, &query.filter);
        let other = query
            .other
            .as_ref()
            .map(|filter| EntityMatcher::new(self, filter, query.at));
        let outgoing = self.entities.get(entity).map_or(0, |node| node.outgoing.len());
        self.incident_relations(entity)
            .enumerate()
            .filter_map(move |(at, (slot, relation))| {
                // A relation from an entity to itself comes twice; one of them is skipped.
                let is_loop = relation.from == relation.to;
                let again =
                    is_loop && (at >= outgoing) != (query.direction == crate::model::selector::Direction::In);
                let passes = !again
                    && has_direction(relation, entity, query.direction)
                    && self.is_valid_at(relation, query.at)
                    && matcher.matches(relation);
                (passes
                    && other
                        .as_ref()
                        .is_none_or(|other| other.matches(relation.other(entity))))
                .then_some(slot)
            })
    }
}

impl IncidentQuery {
    fn asks_for_all_outgoing_or_incoming(&self) -> bool {
        use crate::model::selector::Direction;
        self.direction != Direction::Both
            && self.filter == RelationFilter::default()
            && self.other.is_none()
            && self.at.is_none()
    }
}
