//! Selectors: conditions on the entities at the ends of a trace or flow.

use async_graphql::{ID, InputObject};

use super::filter::{parse_optional_ids, parse_region};
use crate::graphql::errors::{Failure, Result};
use crate::model::entity::{EntityKind, ProgramFamily};
use crate::model::id::EntityId;
use crate::model::selector::{self, RegionRole};

/// Conditions on entities. Fields are combined with AND, the values of one field with OR; an empty selector
/// is rejected. An industry selected together with a region means the part of the industry located there; a
/// region alone selects no industry.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct Selector {
    /// Ids of the entities. The id of a region selects the region itself, not the entities located in it (use
    /// `regionId` for those). An unknown id is rejected; the id of a merged entity stands for the entity it
    /// was merged into.
    ids: Option<Vec<ID>>,
    /// Kinds of the entities.
    kinds: Option<Vec<EntityKind>>,
    /// Id of the region that the entities belong to, directly or through a region below it. An unknown id is
    /// rejected.
    region_id: Option<ID>,
    /// Sense in which the entities belong to the region.
    #[graphql(default_with = "Some(RegionRole::Located)")]
    region_role: Option<RegionRole>,
    /// Tags, of which an entity needs at least one.
    tags: Option<Vec<String>>,
    /// Program families, one of which the entity must have.
    families: Option<Vec<ProgramFamily>>,
}

impl Selector {
    /// Parses the selector of an argument. The error names the argument.
    pub(in crate::graphql) fn parse(self, argument: &str) -> Result<selector::Selector> {
        let parsed = selector::Selector {
            ids: parse_optional_ids("ids", self.ids.as_ref(), EntityId::parse)?,
            kinds: self.kinds,
            region: parse_region(self.region_id.as_ref(), self.region_role)?,
            tags: self.tags,
            families: self.families,
        };
        if parsed.is_empty() {
            return Err(Failure::input(format!(
                "`{argument}` is an empty selector; give `ids`, `kinds`, `regionId`, `tags` or `families`"
            )));
        }
        Ok(parsed)
    }
}
