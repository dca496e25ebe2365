//! Filters before they are asked: no larger than a store can bear, and with ids that were merged away led to the entities
//! kept, so that a client's old ids go on working.

use std::collections::HashMap;

use super::{Limits, Result, ServiceError};
use crate::model::change::Revision;
use crate::model::id::EntityId;
use crate::model::selector::{EntityFilter, InRegion, RelatedFilter, RelatedMatch, RelationFilter};

/// What ids stand for now; one that nothing has stands for none.
pub struct Kept {
    /// By the id asked for.
    pub ids: HashMap<EntityId, Option<EntityId>>,
    /// Where they were looked for.
    pub revision: Revision,
}

impl Kept {
    fn lead(&self, ids: Option<Vec<EntityId>>) -> Option<Vec<EntityId>> {
        // An unknown id stays: it picks nothing, which is true of it.
        let lead = |id: EntityId| self.ids.get(&id).cloned().flatten().unwrap_or(id);
        ids.map(|ids| ids.into_iter().map(lead).collect())
    }

    /// An unknown region is refused: an empty list would look as if nothing lay there.
    fn region(&self, region: InRegion) -> Result<InRegion> {
        let InRegion { region, role } = region;
        match self.ids.get(&region) {
            Some(Some(kept)) => Ok(InRegion {
                region: kept.clone(),
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

/// Filters that one may hold, itself included: each is asked of every entity.
const FILTERS_MAX: usize = 200;
/// Relations of the other ends of relations: each step multiplies the work by how many relations an entity has.
const RELATED_DEPTH_MAX: usize = 3;

/// How much a filter asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weight {
    filters: usize,
    ids: usize,
    related_depth: usize,
}

impl Weight {
    fn and(self, other: Self) -> Self {
        Self {
            filters: self.filters + other.filters,
            ids: self.ids + other.ids,
            related_depth: self.related_depth.max(other.related_depth),
        }
    }

    /// Refuses what a store could not bear.
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

/// Filters that name entities.
pub trait Follow: Sized {
    /// How much it asks.
    fn weight(&self) -> Weight;
    /// The ids it names, each as often as it does.
    fn named(&self) -> Vec<EntityId>;
    /// The same with the ids led to the entities kept.
    fn follow(self, kept: &Kept) -> Result<Self>;
}

impl Follow for EntityFilter {
    fn weight(&self) -> Weight {
        let lists = [
            self.ids.as_ref().map_or(0, Vec::len),
            self.tags.as_ref().map_or(0, Vec::len),
            self.datasets.as_ref().map_or(0, Vec::len),
        ];
        let own = Weight {
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
            .fold(own, Weight::and)
    }

    fn named(&self) -> Vec<EntityId> {
        let mut named = self.ids.clone().unwrap_or_default();
        named.extend(self.region.as_ref().map(|region| region.region.clone()));
        let matches = self
            .related
            .iter()
            .flat_map(|related| related.some.iter().chain(&related.none));
        named.extend(matches.flat_map(RelatedMatch::named));
        let nested = self
            .and
            .iter()
            .chain(self.or.iter().flatten())
            .chain(self.not.as_deref());
        named.extend(nested.flat_map(Self::named));
        named
    }

    fn follow(self, kept: &Kept) -> Result<Self> {
        let all = |filters: Vec<Self>| {
            filters
                .into_iter()
                .map(|filter| filter.follow(kept))
                .collect::<Result<Vec<_>>>()
        };
        Ok(Self {
            ids: kept.lead(self.ids),
            region: self.region.map(|region| kept.region(region)).transpose()?,
            related: self.related.map(|related| related.follow(kept)).transpose()?,
            and: all(self.and)?,
            or: self.or.map(all).transpose()?,
            not: self.not.map(|not| not.follow(kept).map(Box::new)).transpose()?,
            ..self
        })
    }
}

impl Follow for RelatedFilter {
    fn weight(&self) -> Weight {
        self.some
            .iter()
            .chain(&self.none)
            .map(RelatedMatch::weight)
            .fold(Weight::default(), Weight::and)
    }

    fn named(&self) -> Vec<EntityId> {
        self.some
            .iter()
            .chain(&self.none)
            .flat_map(RelatedMatch::named)
            .collect()
    }

    fn follow(self, kept: &Kept) -> Result<Self> {
        Ok(Self {
            some: self.some.map(|some| some.follow(kept)).transpose()?,
            none: self.none.map(|none| none.follow(kept)).transpose()?,
        })
    }
}

impl Follow for RelatedMatch {
    fn weight(&self) -> Weight {
        let below = self
            .entity
            .iter()
            .map(|entity| entity.weight())
            .fold(self.relation.weight(), Weight::and);
        Weight {
            related_depth: below.related_depth + 1,
            ..below
        }
    }

    fn named(&self) -> Vec<EntityId> {
        let mut named = self.relation.named();
        named.extend(self.entity.iter().flat_map(|entity| entity.named()));
        named
    }

    fn follow(self, kept: &Kept) -> Result<Self> {
        Ok(Self {
            relation: self.relation.follow(kept)?,
            entity: self
                .entity
                .map(|entity| entity.follow(kept).map(Box::new))
                .transpose()?,
            ..self
        })
    }
}

impl Follow for RelationFilter {
    fn weight(&self) -> Weight {
        let ends = [&self.from_ids, &self.to_ids, &self.under]
            .into_iter()
            .flatten()
            .map(Vec::len);
        let ids = ends.sum::<usize>() + self.ids.as_ref().map_or(0, Vec::len);
        Weight {
            filters: 1,
            ids,
            related_depth: 0,
        }
    }

    fn named(&self) -> Vec<EntityId> {
        [&self.from_ids, &self.to_ids, &self.under]
            .into_iter()
            .flatten()
            .flatten()
            .cloned()
            .collect()
    }

    fn follow(self, kept: &Kept) -> Result<Self> {
        Ok(Self {
            from_ids: kept.lead(self.from_ids),
            to_ids: kept.lead(self.to_ids),
            under: kept.lead(self.under),
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
        assert_eq!(filter.named(), [id("fund:old"), id("fund:none")]);
        let ids = HashMap::from([
            (id("fund:old"), Some(id("fund:kept"))),
            (id("fund:none"), None),
            (id("region:none"), None),
        ]);
        let kept = Kept {
            ids,
            revision: Revision(3),
        };
        let followed = filter.follow(&kept).unwrap().not.unwrap().ids.unwrap();
        assert_eq!(followed, [id("fund:kept"), id("fund:none")]);
        let region = Some(InRegion {
            region: id("region:none"),
            role: RegionRole::Located,
        });
        let refused = EntityFilter {
            region,
            ..EntityFilter::default()
        }
        .follow(&kept)
        .unwrap_err();
        assert_eq!(refused.to_string(), "no region `region:none` at revision 3");
    }
}
