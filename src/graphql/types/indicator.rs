//! Indicators and brokerage of regions.

use async_graphql::{Context, Object};

use super::entity::EntityAtDate;
use super::incident::{self, RelationConnection};
use super::kinds::{Entity, Industry, Region};
use super::vocabulary::language;
use crate::graphql::errors::Result;
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::scalars::{int, rounded};
use crate::model::language::Bilingual;
use crate::model::quantity::Unit;
use crate::model::selector::AsOf;
use crate::service::{self, IndicatorCode};

/// An indicator of one or more regions.
pub(in crate::graphql) struct Indicator {
    pub(in crate::graphql) row: service::Indicator,
    pub(in crate::graphql) at: AsOf,
}

/// An indicator of one region, of two, or of several together, with the relations on which it is based. An undefined value is null,
/// never zero, and `missing` states why.
#[Object]
impl Indicator {
    /// Code of the indicator.
    async fn code(&self) -> IndicatorCode {
        self.row.code
    }
    /// Regions that the indicator describes.
    async fn regions(&self, ctx: &Context<'_>) -> Result<Vec<Region>> {
        let records = EntityAtDate::load_all(ctx, &self.row.regions, self.at).await?;
        Ok(records.into_iter().map(Region).collect())
    }
    /// Industry that the indicator describes. Null if it is not specific to one.
    async fn industry(&self, ctx: &Context<'_>) -> Result<Option<Industry>> {
        let Some(id) = &self.row.industry else {
            return Ok(None);
        };
        Ok(EntityAtDate::load(ctx, id, self.at).await?.map(Industry))
    }
    /// Currency of the amounts on which the indicator is based. Null if it is not based on amounts, or none is recorded.
    async fn currency(&self) -> Option<&str> {
        self.row.currency.as_ref().map(Unit::as_str)
    }
    /// Value of the indicator. Null if an input is missing.
    async fn value(&self) -> Option<f64> {
        self.row.value().map(rounded)
    }
    /// Value computed from the recorded facts alone, however incomplete they are. Null if it is not defined.
    async fn in_record(&self) -> Option<f64> {
        self.row.in_record.map(rounded)
    }
    /// Inputs because of which there is no value.
    async fn missing(&self) -> Vec<MissingInput> {
        self.row.missing.iter().map(MissingInput::from).collect()
    }
    /// Number of relations on which the indicator is based.
    async fn fact_count(&self) -> i32 {
        int(self.row.facts.len())
    }
    /// Number of relations that were left out: the other end is located in no region, the share of the industry is not known, or the
    /// driver or amount is not stated.
    async fn excluded(&self) -> i32 {
        int(self.row.excluded)
    }
    /// Relations on which the indicator is based, sorted by id.
    async fn facts(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Number of rows from the start, 0–1000. Default: 100, where `last` is not given.",
            default_with = "Some(100)"
        )]
        first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Number of rows from the end, 0–1000, in list order.")] last: Option<i32>,
        #[graphql(desc = "Rows before this cursor.")] before: Option<String>,
    ) -> Result<RelationConnection> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        let args = args.defaulted(ctx);
        // One cursor scope for all rows: they are items of one list, and each lists its relations by id.
        incident::page_by_ids(ctx, &self.row.facts, "indicators.facts", args, self.at).await
    }
}

/// An input without which a value is unknown.
pub(in crate::graphql) struct MissingInput {
    reason: &'static str,
    detail: Bilingual,
}

/// An input without which a value is unknown.
#[Object]
impl MissingInput {
    /// Code of the reason: `SINGLE_DOCUMENT`, `NO_TIES`, `INPUT_UNKNOWN` and so on. `vocabulary(type: "MissingInput")` lists the labels.
    async fn reason(&self) -> &str {
        self.reason
    }
    /// The reason as a sentence, with the regions and numbers concerned.
    async fn detail(
        &self,
        #[graphql(desc = "Language: `zh` or `en`.", default_with = "Some(String::from(\"zh\"))")]
        lang: Option<String>,
    ) -> &str {
        self.detail.of(language(lang.as_deref()))
    }
}

impl From<&service::MissingInput> for MissingInput {
    fn from(missing: &service::MissingInput) -> Self {
        Self {
            reason: missing.lack.name(),
            detail: missing.detail.clone(),
        }
    }
}

impl From<service::RatioGap> for MissingInput {
    fn from(gap: service::RatioGap) -> Self {
        Self {
            reason: gap.name(),
            detail: gap.description().to_owned(),
        }
    }
}

/// A row of `brokerage`.
pub(in crate::graphql) struct Brokerage {
    pub(in crate::graphql) row: service::BrokerageRow,
    pub(in crate::graphql) at: AsOf,
}

/// Number of times that an entity connects two others that are not directly connected, by the regions of the three (Gould and
/// Fernandez 1989).
#[Object]
impl Brokerage {
    /// Entity that connects the others.
    async fn entity(&self, ctx: &Context<'_>) -> Result<Entity> {
        EntityAtDate::entity(ctx, &self.row.entity, self.at).await
    }
    /// Number of pairs in which both others are in its own region.
    async fn coordinator(&self) -> i32 {
        int(self.row.roles.coordinator)
    }
    /// Number of pairs in which it connects another region to its own.
    async fn gatekeeper(&self) -> i32 {
        int(self.row.roles.gatekeeper)
    }
    /// Number of pairs in which it connects its own region to another.
    async fn representative(&self) -> i32 {
        int(self.row.roles.representative)
    }
    /// Number of pairs in which both others are in one other region.
    async fn consultant(&self) -> i32 {
        int(self.row.roles.consultant)
    }
    /// Number of pairs in which it connects one other region to a third.
    async fn liaison(&self) -> i32 {
        int(self.row.roles.liaison)
    }
}
