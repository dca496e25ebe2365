//! Selecting the ends of a trace, and walking the entities of some kinds.

use super::filter::EntityMatcher;
use super::graph::Graph;
use super::table::Slot;
use crate::model::entity::EntityKind;
use crate::model::period::When;
use crate::model::selector::{AsOf, EntityFilter, Selector};

impl Graph {
    /// The entities a selector picks, by id.
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
        let at = at.map(When::including_undated);
        let matcher = EntityMatcher::new(self, &filter, at);
        let of_region = region.as_ref().map(|place| {
            let mut members = self.members(place, kinds.as_deref(), at);
            if selector.picks_industries_of_a_region() {
                // An Industry has no region: what is meant is its part there, which the trace sees to.
                members.extend(self.industries());
            }
            members
        });
        let picked = match of_region {
            Some(members) => members.into_iter().filter(|slot| matcher.lists(*slot)).collect(),
            None => match matcher.narrowed() {
                Some(slots) => slots.into_iter().filter(|slot| matcher.lists(*slot)).collect(),
                None => self
                    .of_kinds(&matcher.kinds())
                    .filter(|slot| matcher.lists(*slot))
                    .collect(),
            },
        };
        self.sorted(picked)
    }

    fn industries(&self) -> impl Iterator<Item = Slot> + '_ {
        self.of_kind_from(EntityKind::Industry, None)
    }

    /// All entities of some kinds, by id; the kinds in the order of their ids.
    pub(super) fn of_kinds<'a>(&'a self, kinds: &'a [EntityKind]) -> impl Iterator<Item = Slot> + 'a {
        kinds.iter().flat_map(|kind| self.of_kind_from(*kind, None))
    }

    /// The entities of a kind, by id, from the first that is not below `from`.
    pub(super) fn of_kind_from<'a>(
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

    /// The entities of a kind, from the greatest id down; those below `to`.
    pub(super) fn of_kind_below<'a>(
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
