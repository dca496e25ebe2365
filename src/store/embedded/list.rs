//! Lists of entities and their pages.
//!
//! In order of ids, a page is read from the cursor until it is full. In any other order all entities that pass are read, and only
//! the page is sorted.

use std::cmp::Ordering;

use super::filter::EntityMatcher;
use super::graph::{EntityNode, GraphSnapshot};
use super::page::{KeyedSlots, SortedScan, pick_page};
use super::table::Slot;
use crate::model::entity::SharedEntity;
use crate::model::id::EntityId;
use crate::model::page::{Page, PageRequest};
use crate::model::selector::{AsOf, EntityFilter, EntityOrder, EntityOrderField};
use crate::store::{EntityKey, EntityQuery, OrderValue};

impl GraphSnapshot {
    pub(super) fn list_entities(
        &self,
        query: &EntityQuery,
        page: &PageRequest<EntityKey>,
    ) -> Page<(EntityKey, SharedEntity)> {
        let matcher = EntityMatcher::new(self, &query.filter, query.at);
        // Keys after the id never decide, for ids are unique.
        let order: &[EntityOrder] = match query
            .order
            .iter()
            .position(|key| key.field == EntityOrderField::Id)
        {
            Some(at) => &query.order[..=at],
            None => &query.order,
        };
        let by_id = order
            .iter()
            .all(|key| key.field == EntityOrderField::Id && !key.descending);
        let keyed = |slot: Slot| Some((self.sort_key(self.entities.get(slot)?, order), slot));
        let picked = match (matcher.candidates(), by_id) {
            (None, true) => self.scan_entities(&matcher, page).filter_map(keyed),
            (narrowed, _) => {
                let rows = self
                    .matching_slots(&matcher, narrowed)
                    .filter_map(keyed)
                    .collect();
                let page = PageRequest {
                    limit: page.limit,
                    from_end: page.from_end,
                    after: page.after.as_ref().map(SortKey::of),
                    before: page.before.as_ref().map(SortKey::of),
                };
                pick_page(rows, &page, |a, b| compare(order, a, b))
            }
        };
        picked.filter_map(|(key, slot)| {
            let entity = self.entity(slot)?;
            Some((key.owned(), entity.clone()))
        })
    }

    pub(super) fn count_entities(&self, filter: &EntityFilter, at: AsOf) -> usize {
        let matcher = EntityMatcher::new(self, filter, at);
        if matcher.filters_by_kind_only() {
            return matcher
                .kinds()
                .iter()
                .map(|kind| self.entities.count_prefix(&format!("{}:", kind.prefix())))
                .sum();
        }
        self.matching_slots(&matcher, matcher.candidates()).count()
    }

    /// The entities that pass: of those that an index gives, or of all.
    fn matching_slots<'a>(
        &'a self,
        matcher: &'a EntityMatcher<'_>,
        narrowed: Option<Vec<Slot>>,
    ) -> Box<dyn Iterator<Item = Slot> + 'a> {
        let slots: Box<dyn Iterator<Item = Slot> + 'a> = match narrowed {
            Some(slots) => Box::new(slots.into_iter()),
            None => Box::new(
                matcher
                    .kinds()
                    .into_iter()
                    .flat_map(|kind| self.entities_of_kind_from(kind, None)),
            ),
        };
        Box::new(slots.filter(|slot| matcher.is_listed(*slot)))
    }

    fn scan_entities(&self, matcher: &EntityMatcher<'_>, page: &PageRequest<EntityKey>) -> Page<Slot> {
        let kinds = matcher.kinds();
        let keyed = |slot: Slot| (self.id(slot).map_or("", EntityId::as_str), slot);
        let passes = |slot: &Slot| matcher.is_listed(*slot);
        let up = |from: &str| -> KeyedSlots<'_> {
            let from = from.to_string();
            let slots = kinds
                .iter()
                .flat_map(move |kind| self.entities_of_kind_from(*kind, Some(&from)));
            Box::new(slots.filter(passes).map(keyed))
        };
        let down = |to: Option<&str>| -> KeyedSlots<'_> {
            let to = to.map(str::to_string);
            let slots = kinds
                .iter()
                .rev()
                .flat_map(move |kind| self.entities_of_kind_below(*kind, to.as_deref()));
            Box::new(slots.filter(passes).map(keyed))
        };
        let id = |key: &Option<EntityKey>| key.as_ref().map(|key| key.id.shared());
        let (after, before) = (id(&page.after), id(&page.before));
        SortedScan { up: &up, down: &down }.page(
            after.as_deref(),
            before.as_deref(),
            page.limit,
            page.from_end,
        )
    }

    fn sort_key<'a>(&self, node: &'a EntityNode, order: &[EntityOrder]) -> SortKey<'a> {
        let facts = &node.facts;
        let value = |key: &EntityOrder| match key.field {
            EntityOrderField::Id => SortValue::Text(facts.id.as_str()),
            EntityOrderField::Name => SortValue::Text(facts.name_key()),
            EntityOrderField::Kind => SortValue::Text(facts.id.kind().name()),
            EntityOrderField::Degree => SortValue::Number(self.degree(node).cast_signed()),
            EntityOrderField::RecordedAt => SortValue::Number(facts.entity.recorded_at.timestamp_micros()),
        };
        SortKey {
            values: order.iter().map(value).collect(),
            id: &facts.id,
        }
    }

    /// Number of relations of an entity; one from it to itself counts once.
    pub(super) fn degree(&self, node: &EntityNode) -> u64 {
        let is_loop = |slot: &&Slot| {
            self.relations
                .get(**slot)
                .is_some_and(|relation| relation.from == relation.to)
        };
        let loops = node.incoming.iter().filter(is_loop).count();
        (node.outgoing.len() + node.incoming.len() - loops) as u64
    }
}

/// An [`EntityKey`] that borrows its texts: only those on the page are copied.
struct SortKey<'a> {
    values: Vec<SortValue<'a>>,
    id: &'a EntityId,
}

/// An [`OrderValue`] that borrows its text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum SortValue<'a> {
    Number(i64),
    Text(&'a str),
}

impl<'a> SortKey<'a> {
    fn of(key: &'a EntityKey) -> Self {
        let value = |value: &'a OrderValue| match value {
            OrderValue::Number(number) => SortValue::Number(*number),
            OrderValue::Text(text) => SortValue::Text(text),
        };
        Self {
            values: key.values.iter().map(value).collect(),
            id: &key.id,
        }
    }

    fn owned(&self) -> EntityKey {
        let value = |value: &SortValue<'_>| match *value {
            SortValue::Number(number) => OrderValue::Number(number),
            SortValue::Text(text) => OrderValue::Text(text.to_string()),
        };
        EntityKey {
            values: self.values.iter().map(value).collect(),
            id: self.id.clone(),
        }
    }
}

/// Compares keys by an order, and then by id, ascending.
fn compare(order: &[EntityOrder], a: &SortKey<'_>, b: &SortKey<'_>) -> Ordering {
    let by_value = a.values.iter().zip(&b.values).zip(order).map(|((a, b), key)| {
        let upward = a.cmp(b);
        if key.descending { upward.reverse() } else { upward }
    });
    by_value
        .fold(Ordering::Equal, Ordering::then)
        .then_with(|| a.id.cmp(b.id))
}
