//! Checks of filters before they reach the store: their size is limited, and ids of merged entities are
//! replaced by canonical ids, so that old ids of clients remain valid.

use std::collections::HashMap;

use super::{Limits, Result, ServiceError};
use crate::model::change::Revision;
use crate::model::id::EntityId;
use crate::model::selector::{EntityFilter, RegionSelector, RelatedFilter, RelatedMatch, RelationFilter};

/// The canonical ids of requested ids; `None` for an unknown id.
pub struct ResolvedIds {
    /// By requested id.
    pub ids: HashMap<EntityId, Option<EntityId>>,
    /// The revision at which they were resolved.
    pub revision: Revision,
}

impl ResolvedIds {
    fn resolve(&self, ids: Option<Vec<EntityId>>) -> Option<Vec<EntityId>> {
        // An unknown id remains and matches nothing, which is correct.
        let resolve = |id: EntityId| self.ids.get(&id).cloned().flatten().unwrap_or(id);
        ids.map(|ids| ids.into_iter().map(resolve).collect())
    }

    /// Rejects an unknown region, because an empty list would suggest that nothing is there.
    fn region(&self, region: RegionSelector) -> Result<RegionSelector> {
        let RegionSelector { region, role } = region;
        match self.ids.get(&region) {
            Some(Some(resolved)) => Ok(RegionSelector {
                region: resolved.clone(),
                role,
            }),
            Some(None) | None => Err(ServiceError::UnknownId {
                what: "region",
                id: region.to_string(),
                revision: self.revision,
            }),
        }
    }
}

/// Maximum number of filters in one filter, including itself: each is evaluated for every entity.
const FILTERS_MAX: usize = 200;
/// Maximum nesting of `related`: each level multiplies the work by the number of relations of an entity.
const RELATED_DEPTH_MAX: usize = 3;

/// The size of a filter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FilterWeight {
    filters: usize,
    ids: usize,
    related_depth: usize,
}

impl FilterWeight {
    fn and(self, other: Self) -> Self {
        Self {
            filters: self.filters + other.filters,
            ids: self.ids + other.ids,
            related_depth: self.related_depth.max(other.related_depth),
        }
    }

    /// Rejects a filter that is too large.
    pub fn check(self, limits: &Limits) -> Result<()> {
        let over = |what, asked: usize, max: usize| {
            let (asked, max) = (asked as u64, max as u64);
            if asked <= max {
                Ok(())
            } else {
                Err(ServiceError::OverLimit { what, asked, max })
            }
        };
        over("filters within a filter", self.filters, FILTERS_MAX)?;
        over("values within a filter", self.ids, limits.ids_max)?;
        over(
            "`related` within `related`",
            self.related_depth,
            RELATED_DEPTH_MAX,
        )
    }
}

/// Filters that contain entity ids, which may be redirects.
pub trait ResolveRedirects: Sized {
    /// The size of the filter.
    fn weight(&self) -> FilterWeight;
    /// The ids in the filter, with duplicates.
    fn named_ids(&self) -> Vec<EntityId>;
    /// Replaces ids by canonical ids.
    fn resolve_redirects(self, resolved: &ResolvedIds) -> Result<Self>;
}

impl ResolveRedirects for EntityFilter {
    fn weight(&self) -> FilterWeight {
        let lists = [
            self.ids.as_ref().map_or(0, Vec::len),
            self.tags.as_ref().map_or(0, Vec::len),
            self.datasets.as_ref().map_or(0, Vec::len),
        ];
        let own = FilterWeight {
            filters: 1,
            ids: lists.iter().sum(),
            related_depth: 0,
        };
        let nested = self
            .and
            .iter()
            .chain(self.or.iter().flatten())
            .chain(self.not.as_deref())
            .map(Self::weight);
        nested
            .chain(self.related.iter().map(RelatedFilter::weight))
            .fold(own, FilterWeight::and)
    }

    fn named_ids(&self) -> Vec<EntityId> {
        let mut named_ids = self.ids.clone().unwrap_or_default();
        named_ids.extend(self.region.as_ref().map(|region| region.region.clone()));
        let matches = self
            .related
            .iter()
            .flat_map(|related| related.some.iter().chain(&related.none));
        named_ids.extend(matches.flat_map(RelatedMatch::named_ids));
        let nested = self
            .and
            .iter()
            .chain(self.or.iter().flatten())
            .chain(self.not.as_deref());
        named_ids.extend(nested.flat_map(Self::named_ids));
        named_ids
    }

    fn resolve_redirects(self, resolved: &ResolvedIds) -> Result<Self> {
        let all = |filters: Vec<Self>| {
            filters
                .into_iter()
                .map(|filter| filter.resolve_redirects(resolved))
                .collect::<Result<Vec<_>>>()
        };
        Ok(Self {
            ids: resolved.resolve(self.ids),
            region: self.region.map(|region| resolved.region(region)).transpose()?,
            related: self
                .related
                .map(|related| related.resolve_redirects(resolved))
                .transpose()?,
            and: all(self.and)?,
            or: self.or.map(all).transpose()?,
            not: self
                .not
                .map(|not| not.resolve_redirects(resolved).map(Box::new))
                .transpose()?,
            ..self
        })
    }
}

impl ResolveRedirects for RelatedFilter {
    fn weight(&self) -> FilterWeight {
        self.some
            .iter()
            .chain(&self.none)
            .map(RelatedMatch::weight)
            .fold(FilterWeight::default(), FilterWeight::and)
    }

    fn named_ids(&self) -> Vec<EntityId> {
        self.some
            .iter()
            .chain(&self.none)
            .flat_map(RelatedMatch::named_ids)
            .collect()
    }

    fn resolve_redirects(self, resolved: &ResolvedIds) -> Result<Self> {
        Ok(Self {
            some: self
                .some
                .map(|some| some.resolve_redirects(resolved))
                .transpose()?,
            none: self
                .none
                .map(|none| none.resolve_redirects(resolved))
                .transpose()?,
        })
    }
}

impl ResolveRedirects for RelatedMatch {
    fn weight(&self) -> FilterWeight {
        let below = self
            .entity
            .iter()
            .map(|entity| entity.weight())
            .fold(self.relation.weight(), FilterWeight::and);
        FilterWeight {
            related_depth: below.related_depth + 1,
            ..below
        }
    }

    fn named_ids(&self) -> Vec<EntityId> {
        let mut named_ids = self.relation.named_ids();
        named_ids.extend(self.entity.iter().flat_map(|entity| entity.named_ids()));
        named_ids
    }

    fn resolve_redirects(self, resolved: &ResolvedIds) -> Result<Self> {
        Ok(Self {
            relation: self.relation.resolve_redirects(resolved)?,
            entity: self
                .entity
                .map(|entity| entity.resolve_redirects(resolved).map(Box::new))
                .transpose()?,
            ..self
        })
    }
}

impl ResolveRedirects for RelationFilter {
    fn weight(&self) -> FilterWeight {
        let ends = [&self.from_ids, &self.to_ids, &self.under]
            .into_iter()
            .flatten()
            .map(Vec::len);
        let ids = ends.sum::<usize>() + self.ids.as_ref().map_or(0, Vec::len);
        FilterWeight {
            filters: 1,
            ids,
            related_depth: 0,
        }
    }

    fn named_ids(&self) -> Vec<EntityId> {
        [&self.from_ids, &self.to_ids, &self.under]
            .into_iter()
            .flatten()
            .flatten()
            .cloned()
            .collect()
    }

    fn resolve_redirects(self, resolved: &ResolvedIds) -> Result<Self> {
        Ok(Self {
            from_ids: resolved.resolve(self.from_ids),
            to_ids: resolved.resolve(self.to_ids),
            under: resolved.resolve(self.under),
            ..self
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::selector::RegionRole;

    fn id(text: &str) -> EntityId {
        EntityId::parse(text).unwrap()
    }

    #[test]
    fn merged_ids_are_followed_wherever_they_stand_and_an_unknown_region_is_refused() {
        let inner = EntityFilter {
            ids: Some(vec![id("fund:old"), id("fund:none")]),
            ..EntityFilter::default()
        };
        let filter = EntityFilter {
            not: Some(Box::new(inner)),
            ..EntityFilter::default()
        };
        assert_eq!(filter.named_ids(), [id("fund:old"), id("fund:none")]);
        let ids = HashMap::from([
            (id("fund:old"), Some(id("fund:kept"))),
            (id("fund:none"), None),
            (id("region:none"), None),
        ]);
        let resolved = ResolvedIds {
            ids,
            revision: Revision(3),
        };
        let followed = filter
            .resolve_redirects(&resolved)
            .unwrap()
            .not
            .unwrap()
            .ids
            .unwrap();
        assert_eq!(followed, [id("fund:kept"), id("fund:none")]);
        let region = Some(RegionSelector {
            region: id("region:none"),
            role: RegionRole::Located,
        });
        let refused = EntityFilter {
            region,
            ..EntityFilter::default()
        }
        .resolve_redirects(&resolved)
        .unwrap_err();
        assert_eq!(refused.to_string(), "no region `region:none` at revision 3");
    }
}
