//! Indicators of regions, and who stands between whom.

use async_graphql::{Context, Object};

use super::entity::Record;
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

/// One number about one region, two, or several together.
pub(in crate::graphql) struct Indicator {
    pub(in crate::graphql) row: service::Indicator,
    pub(in crate::graphql) at: AsOf,
}

/// One number about one region, two, or several together, with what it rests on. A number that is not defined is null, never
/// zero, and `missing` says why.
#[Object]
impl Indicator {
    /// What is measured.
    async fn code(&self) -> IndicatorCode {
        self.row.code
    }
    /// Of which regions.
    async fn regions(&self, ctx: &Context<'_>) -> Result<Vec<Region>> {
        let records = Record::load_all(ctx, &self.row.regions, self.at).await?;
        Ok(records.into_iter().map(Region).collect())
    }
    /// Of which industry; null where it is of none in particular.
    async fn industry(&self, ctx: &Context<'_>) -> Result<Option<Industry>> {
        let Some(id) = &self.row.industry else {
            return Ok(None);
        };
        Ok(Record::load(ctx, id, self.at).await?.map(Industry))
    }
    /// In which currency the amounts are that it rests on; null where it rests on none, or none is recorded.
    async fn currency(&self) -> Option<&str> {
        self.row.currency.as_ref().map(Unit::as_str)
    }
    /// The number; null where something is missing.
    async fn value(&self) -> Option<f64> {
        self.row.value().map(rounded)
    }
    /// The number over the record alone, whatever that leaves out; null where it is not defined.
    async fn in_record(&self) -> Option<f64> {
        self.row.in_record.map(rounded)
    }
    /// Why there is no value.
    async fn missing(&self) -> Vec<MissingInput> {
        self.row.missing.iter().map(MissingInput::from).collect()
    }
    /// How many relations it rests on.
    async fn fact_count(&self) -> i32 {
        int(self.row.facts.len())
    }
    /// How many relations were left out: other ends that lie in no region, industries without a share, drivers or amounts not
    /// stated.
    async fn excluded(&self) -> i32 {
        int(self.row.excluded)
    }
    /// The relations it rests on, by id.
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
        // One cursor for all rows: each lists by id, and they stand beside each other in a list.
        incident::listed(ctx, &self.row.facts, "indicators.facts", args, self.at).await
    }
}

/// Something without which a number is not known.
pub(in crate::graphql) struct MissingInput {
    reason: &'static str,
    detail: Bilingual,
}

/// Something without which a number is not known.
#[Object]
impl MissingInput {
    /// What, as a code: `SINGLE_DOCUMENT`, `NO_TIES`, `INPUT_UNKNOWN` … `vocabulary(type: "MissingInput")` has the words.
    async fn reason(&self) -> &str {
        self.reason
    }
    /// The same as a sentence, with the regions and numbers in question.
    async fn detail(
        &self,
        #[graphql(desc = "zh or en.", default_with = "Some(String::from(\"zh\"))")] lang: Option<String>,
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

impl From<service::Gap> for MissingInput {
    fn from(gap: service::Gap) -> Self {
        Self {
            reason: gap.name(),
            detail: gap.description().to_owned(),
        }
    }
}

/// Between whom an entity stands.
pub(in crate::graphql) struct Brokerage {
    pub(in crate::graphql) row: service::BrokerageRow,
    pub(in crate::graphql) at: AsOf,
}

/// How often an entity stands between two others that nothing joins directly, by the regions of the three.
#[Object]
impl Brokerage {
    /// The entity.
    async fn entity(&self, ctx: &Context<'_>) -> Result<Entity> {
        Record::entity(ctx, &self.row.entity, self.at).await
    }
    /// Between two of its own region.
    async fn coordinator(&self) -> i32 {
        int(self.row.roles.coordinator)
    }
    /// From another region into its own.
    async fn gatekeeper(&self) -> i32 {
        int(self.row.roles.gatekeeper)
    }
    /// From its own region into another.
    async fn representative(&self) -> i32 {
        int(self.row.roles.representative)
    }
    /// Between two of one other region.
    async fn consultant(&self) -> i32 {
        int(self.row.roles.consultant)
    }
    /// From one other region into a third.
    async fn liaison(&self) -> i32 {
        int(self.row.roles.liaison)
    }
}
