//! Selections of entities, and the entities of some kinds in order of ids.

use super::filter::EntityMatcher;
use super::graph::GraphSnapshot;
use super::table::Slot;
use crate::model::entity::EntityKind;
use crate::model::period::TimeFilter;
use crate::model::selector::{AsOf, EntityFilter, Selector};

impl GraphSnapshot {
    /// The entities that a selector selects, by id.
    pub(super) fn selected(&self, selector: &Selector, at: AsOf) -> Vec<Slot> {
        let Selector {
            ids,
            kinds,
            region,
            tags,
            families,
        } = selector;
        let filter = EntityFilter {
            ids: ids.clone(),
            kinds: kinds.clone(),
            tags: tags.clone(),
            families: families.clone(),
            ..EntityFilter::default()
        };
        let at = at.map(TimeFilter::including_undated);
        let matcher = EntityMatcher::new(self, &filter, at);
        let of_region = region.as_ref().map(|place| {
            let mut members = self.members(place, kinds.as_deref(), at);
            if selector.picks_industries_of_a_region() {
                // An Industry has no region: the trace restricts it to its part in the region.
                members.extend(self.industries());
            }
            members
        });
        let picked = match of_region {
            Some(members) => members
                .into_iter()
                .filter(|slot| matcher.is_listed(*slot))
                .collect(),
            None => match matcher.candidates() {
                Some(slots) => slots
                    .into_iter()
                    .filter(|slot| matcher.is_listed(*slot))
                    .collect(),
                None => self
                    .entities_of_kinds(&matcher.kinds())
                    .filter(|slot| matcher.is_listed(*slot))
                    .collect(),
            },
        };
        self.sorted(picked)
    }

    fn industries(&self) -> impl Iterator<Item = Slot> + '_ {
        self.entities_of_kind_from(EntityKind::Industry, None)
    }

    /// All entities of some kinds, by id; the kinds in the order of their ids.
    pub(super) fn entities_of_kinds<'a>(
        &'a self,
        kinds: &'a [EntityKind],
    ) -> impl Iterator<Item = Slot> + 'a {
        kinds
            .iter()
            .flat_map(|kind| self.entities_of_kind_from(*kind, None))
    }

    /// The entities of a kind in ascending order of ids, from the first id that is not below `from`.
    pub(super) fn entities_of_kind_from<'a>(
        &'a self,
        kind: EntityKind,
        from: Option<&str>,
    ) -> impl Iterator<Item = Slot> + use<'a> {
        let prefix = format!("{}:", kind.prefix());
        let start = from
            .filter(|from| *from > prefix.as_str())
            .unwrap_or(&prefix)
            .to_string();
        self.entities
            .slots_from(&start)
            .take_while(move |slot| self.kind(*slot) == Some(kind))
    }

    /// The entities of a kind with an id below `to`, in descending order of ids.
    pub(super) fn entities_of_kind_below<'a>(
        &'a self,
        kind: EntityKind,
        to: Option<&str>,
    ) -> impl Iterator<Item = Slot> + use<'a> {
        // `;` is the character after `:`, so it sorts just above every id of the kind.
        let end = format!("{};", kind.prefix());
        let end = to.filter(|to| *to < end.as_str()).unwrap_or(&end).to_string();
        self.entities
            .slots_below(&end)
            .take_while(move |slot| self.kind(*slot) == Some(kind))
    }
}
