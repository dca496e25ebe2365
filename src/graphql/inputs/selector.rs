//! Selectors: which entities stand at the ends of a trace.

use async_graphql::{ID, InputObject};

use super::filter::{ids_opt, in_region};
use crate::graphql::errors::{Failure, Result};
use crate::model::entity::{EntityKind, ProgramFamily};
use crate::model::id::EntityId;
use crate::model::selector::{self, RegionRole};

/// Picks entities. Fields are joined by AND, the values of one field by OR; an empty selector is refused. An Industry
/// picked with a region means the part of it located there; a region alone picks none.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct Selector {
    /// These entities, of a Region itself and not who lies in it (that is `regionId`); an unknown id is refused, one that was merged away
    /// stands for the entity kept.
    ids: Option<Vec<ID>>,
    /// Of these kinds.
    kinds: Option<Vec<EntityKind>>,
    /// In this region or one below it; an unknown id is refused.
    region_id: Option<ID>,
    /// In which sense they are of the region.
    #[graphql(default_with = "Some(RegionRole::Located)")]
    region_role: Option<RegionRole>,
    /// With one of these tags.
    tags: Option<Vec<String>>,
    /// Programmes of these families.
    families: Option<Vec<ProgramFamily>>,
}

impl Selector {
    /// The selector that an argument gives.
    pub(in crate::graphql) fn parse(self, argument: &str) -> Result<selector::Selector> {
        let parsed = selector::Selector {
            ids: ids_opt("ids", self.ids.as_ref(), EntityId::parse)?,
            kinds: self.kinds,
            region: in_region(self.region_id.as_ref(), self.region_role)?,
            tags: self.tags,
            families: self.families,
        };
        if parsed.is_empty() {
            return Err(Failure::input(format!(
                "`{argument}` picks nothing in particular: give `ids`, `kinds`, `regionId`, `tags` or `families`"
            )));
        }
        Ok(parsed)
    }
}
