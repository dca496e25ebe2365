//! Filters, compiled once for a query and then tested on each entity or relation.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use super::graph::{GraphSnapshot, RelationNode, external_token, tag_token};
use super::table::Slot;
use crate::model::entity::EntityKind;
use crate::model::job;
use crate::model::selector::{AsOf, Direction, EntityFilter, RelatedMatch, RelationFilter};
use crate::model::text::NameFilter;

/// A compiled entity filter: its ids, regions and texts are looked up.
pub(super) struct EntityMatcher<'g> {
    graph: &'g GraphSnapshot,
    at: AsOf,
    filter: &'g EntityFilter,
    ids: Option<HashSet<Slot>>,
    /// The entities in the region that have one of the kinds, by slot.
    members: Option<Vec<Slot>>,
    name: Option<NameFilter>,
    some: Option<RelatedMatcher<'g>>,
    none: Option<RelatedMatcher<'g>>,
    and: Vec<EntityMatcher<'g>>,
    or: Option<Vec<EntityMatcher<'g>>>,
    not: Option<Box<EntityMatcher<'g>>>,
}

impl<'g> EntityMatcher<'g> {
    pub(super) fn new(graph: &'g GraphSnapshot, filter: &'g EntityFilter, at: AsOf) -> Self {
        let each = |filters: &'g [EntityFilter]| {
            filters
                .iter()
                .map(|filter| Self::new(graph, filter, at))
                .collect()
        };
        let related = filter.related.as_ref();
        let matcher =
            |wanted: Option<&'g RelatedMatch>| wanted.map(|wanted| RelatedMatcher::new(graph, wanted, at));
        Self {
            graph,
            at,
            filter,
            ids: filter
                .ids
                .as_ref()
                .map(|ids| ids.iter().filter_map(|id| graph.slot(id)).collect()),
            members: filter
                .region
                .as_ref()
                .map(|place| graph.members(place, filter.kinds.as_deref(), at)),
            name: filter.name.as_deref().map(NameFilter::of),
            some: matcher(related.and_then(|related| related.some.as_ref())),
            none: matcher(related.and_then(|related| related.none.as_ref())),
            and: each(&filter.and),
            or: filter.or.as_deref().map(each),
            not: filter
                .not
                .as_deref()
                .map(|filter| Box::new(Self::new(graph, filter, at))),
        }
    }

    /// Whether an entity is valid at the date and passes the filter.
    pub(super) fn is_listed(&self, slot: Slot) -> bool {
        self.graph
            .entities
            .get(slot)
            .is_some_and(|node| node.facts.validity.counts(self.at))
            && self.matches(slot)
    }

    /// Whether an entity passes the filter.
    pub(super) fn matches(&self, slot: Slot) -> bool {
        self.matches_own_properties(slot) && self.matches_nested_filters(slot)
    }

    fn matches_own_properties(&self, slot: Slot) -> bool {
        let Some(node) = self.graph.entities.get(slot) else {
            return false;
        };
        let (entity, provenance, filter) = (&node.facts.entity, &node.facts.provenance, self.filter);
        let among = |slots: Option<bool>| slots.unwrap_or(true);
        let tagged = |tags: &Vec<String>| tags.iter().any(|tag| entity.tags.binary_search(tag).is_ok());
        among(self.ids.as_ref().map(|ids| ids.contains(&slot)))
            && filter
                .kinds
                .as_ref()
                .is_none_or(|kinds| kinds.contains(&node.facts.id.kind()))
            && among(
                self.members
                    .as_ref()
                    .map(|members| members.binary_search(&slot).is_ok()),
            )
            && filter.tags.as_ref().is_none_or(tagged)
            && filter
                .families
                .as_ref()
                .is_none_or(|some| entity.family().is_some_and(|family| some.contains(&family)))
            && filter
                .stages
                .as_ref()
                .is_none_or(|some| entity.stage().is_some_and(|stage| some.contains(&stage)))
            && filter
                .datasets
                .as_ref()
                .is_none_or(|some| some.iter().any(|id| provenance.members.contains(id)))
            && filter
                .external_id
                .as_ref()
                .is_none_or(|id| entity.external_ids.contains(id))
            && filter
                .evidence
                .as_ref()
                .is_none_or(|evidence| evidence.passes(&provenance.evidence))
            && self
                .name
                .as_ref()
                .is_none_or(|part| entity.names.iter().any(|name| part.matches(&name.value)))
    }

    fn matches_nested_filters(&self, slot: Slot) -> bool {
        self.some.as_ref().is_none_or(|some| some.any(slot))
            && self.none.as_ref().is_none_or(|none| !none.any(slot))
            && self.and.iter().all(|each| each.matches(slot))
            && self
                .or
                .as_ref()
                .is_none_or(|or| or.iter().any(|each| each.matches(slot)))
            && self.not.as_ref().is_none_or(|not| !not.matches(slot))
    }

    /// A superset of the entities that pass, if an index gives one: by slot, each once.
    pub(super) fn candidates(&self) -> Option<Vec<Slot>> {
        let postings = &self.graph.postings;
        let tags = self.filter.tags.as_ref().map(|tags| {
            tags.iter()
                .flat_map(|tag| postings.get(&tag_token(tag)))
                .copied()
                .collect()
        });
        let external = self
            .filter
            .external_id
            .as_ref()
            .map(|id| postings.get(&external_token(&id.scheme, &id.value)).to_vec());
        let name = self
            .name
            .as_ref()
            .map(NameFilter::tokens)
            .filter(|tokens| !tokens.is_empty());
        let lists: [Option<Vec<Slot>>; 5] = [
            self.ids.as_ref().map(|ids| ids.iter().copied().collect()),
            self.members.clone(),
            tags,
            external,
            name.map(|tokens| postings.all_of(tokens.iter().map(String::as_str))),
        ];
        let below = self.and.iter().filter_map(Self::candidates);
        let mut best = lists.into_iter().flatten().chain(below).min_by_key(Vec::len)?;
        best.sort_unstable_by(job::by(Ord::cmp));
        best.dedup();
        Some(best)
    }

    /// The kinds that can pass, in the order of their id prefixes.
    pub(super) fn kinds(&self) -> Vec<EntityKind> {
        let wanted = |kind: &EntityKind| {
            self.filter
                .kinds
                .as_ref()
                .is_none_or(|kinds| kinds.contains(kind))
        };
        EntityKind::BY_PREFIX.into_iter().filter(wanted).collect()
    }

    /// Whether the filter names nothing but kinds, at no date: then counting reads no entity.
    pub(super) fn filters_by_kind_only(&self) -> bool {
        self.at.is_none()
            && *self.filter
                == EntityFilter {
                    kinds: self.filter.kinds.clone(),
                    ..EntityFilter::default()
                }
    }
}

/// A compiled match on the relations of an entity.
struct RelatedMatcher<'g> {
    graph: &'g GraphSnapshot,
    at: AsOf,
    relation: RelationMatcher<'g>,
    direction: Direction,
    other: Option<Box<EntityMatcher<'g>>>,
    /// Whether each other end passes, as far as tested: a hub is tested once, not once for each of its neighbors.
    cache: RefCell<HashMap<Slot, bool>>,
}

impl<'g> RelatedMatcher<'g> {
    fn new(graph: &'g GraphSnapshot, wanted: &'g RelatedMatch, at: AsOf) -> Self {
        Self {
            graph,
            at,
            relation: RelationMatcher::new(graph, &wanted.relation),
            direction: wanted.direction,
            other: wanted
                .entity
                .as_deref()
                .map(|filter| Box::new(EntityMatcher::new(graph, filter, at))),
            cache: RefCell::default(),
        }
    }

    fn other_matches(&self, slot: Slot) -> bool {
        let Some(other) = &self.other else { return true };
        let known = self.cache.borrow().get(&slot).copied();
        known.unwrap_or_else(|| {
            let matches = other.matches(slot);
            self.cache.borrow_mut().insert(slot, matches);
            matches
        })
    }

    fn any(&self, entity: Slot) -> bool {
        self.graph.incident_relations(entity).any(|(_, relation)| {
            has_direction(relation, entity, self.direction)
                && self.graph.is_valid_at(relation, self.at)
                && self.relation.matches(relation)
                && self.other_matches(relation.other(entity))
        })
    }
}

/// Whether a relation has a direction, as seen from an entity.
pub(super) fn has_direction(relation: &RelationNode, entity: Slot, direction: Direction) -> bool {
    match direction {
        Direction::Out => relation.from == entity,
        Direction::In => relation.to == entity,
        Direction::Both => true,
    }
}

/// A compiled relation filter: its ids are looked up.
pub(super) struct RelationMatcher<'g> {
    filter: &'g RelationFilter,
    from: Option<HashSet<Slot>>,
    to: Option<HashSet<Slot>>,
    under: Option<HashSet<&'g str>>,
}

impl<'g> RelationMatcher<'g> {
    pub(super) fn new(graph: &'g GraphSnapshot, filter: &'g RelationFilter) -> Self {
        let slots = |ids: &Option<Vec<_>>| {
            ids.as_ref()
                .map(|ids| ids.iter().filter_map(|id| graph.slot(id)).collect())
        };
        // Relations name the canonical id of a program; the filter may name a former one.
        let canonical = |id: &'g crate::model::id::EntityId| graph.redirects.get(id).unwrap_or(id).as_str();
        Self {
            filter,
            from: slots(&filter.from_ids),
            to: slots(&filter.to_ids),
            under: filter
                .under
                .as_ref()
                .map(|ids| ids.iter().map(canonical).collect()),
        }
    }

    pub(super) fn matches(&self, relation: &RelationNode) -> bool {
        use crate::model::relation::effective_resource;
        let filter = self.filter;
        let resource = || effective_resource(relation.kind, relation.stated_resource);
        let quantity = || {
            relation
                .quantity()
                .map(crate::model::quantity::Quantity::effective)
        };
        let status = || relation.kind.status_of(quantity());
        filter
            .kinds
            .as_ref()
            .is_none_or(|kinds| kinds.contains(&relation.kind))
            && filter.ids.as_ref().is_none_or(|ids| ids.contains(&relation.id))
            && self
                .from
                .as_ref()
                .is_none_or(|from| from.contains(&relation.from))
            && self.to.as_ref().is_none_or(|to| to.contains(&relation.to))
            && filter
                .resources
                .as_ref()
                .is_none_or(|some| resource().is_some_and(|resource| some.contains(&resource)))
            && self
                .under
                .as_ref()
                .is_none_or(|some| relation.under().iter().any(|id| some.contains(id.as_str())))
            && filter
                .drivers
                .as_ref()
                .is_none_or(|some| some.contains(&relation.driver))
            && filter.units.as_ref().is_none_or(|some| {
                quantity()
                    .and_then(|q| q.unit())
                    .is_some_and(|unit| some.contains(unit))
            })
            && filter
                .statuses
                .as_ref()
                .is_none_or(|some| status().is_some_and(|status| some.contains(&status)))
            && filter
                .evidence
                .as_ref()
                .is_none_or(|evidence| evidence.passes(&relation.provenance.evidence))
    }

    /// A superset of the relations that pass, if the filter names ids or ends: by slot, each once.
    pub(super) fn candidates(&self, graph: &GraphSnapshot) -> Option<Vec<Slot>> {
        let by_id = self.filter.ids.as_ref().map(|ids| {
            ids.iter()
                .filter_map(|id| graph.relations.find(id.as_str()))
                .collect()
        });
        let at_ends = |ends: &HashSet<Slot>, outgoing: bool| -> Vec<Slot> {
            let nodes = ends.iter().filter_map(|slot| graph.entities.get(*slot));
            nodes
                .flat_map(|node| {
                    if outgoing {
                        node.outgoing.iter()
                    } else {
                        node.incoming.iter()
                    }
                })
                .copied()
                .collect()
        };
        let lists: [Option<Vec<Slot>>; 3] = [
            by_id,
            self.from.as_ref().map(|from| at_ends(from, true)),
            self.to.as_ref().map(|to| at_ends(to, false)),
        ];
        let mut best = lists.into_iter().flatten().min_by_key(Vec::len)?;
        best.sort_unstable_by(job::by(Ord::cmp));
        best.dedup();
        Some(best)
    }
}
