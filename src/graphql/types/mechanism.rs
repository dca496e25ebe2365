//! The ledger: what stands behind each programme.

use std::sync::Arc;

use async_graphql::futures_util::future::try_join_all;
use async_graphql::{Context, Object, SimpleObject};

use super::aggregate::CountInterval;
use super::entity::Record;
use super::incident::{self, RelationConnection};
use super::kinds::Program;
use super::quantity::Quantity;
use super::record::Rule;
use super::trace::PathCount;
use crate::graphql::errors::Result;
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::scalars::int;
use crate::graphql::schema::asker;
use crate::model::entity::EntityKind;
use crate::model::id::EntityId;
use crate::model::quantity::QuantityStatus;
use crate::model::relation::{Driver, Resource};
use crate::model::selector::AsOf;
use crate::model::statement::{Assertion, Reliability};
use crate::model::walk::TruncationReason;
use crate::service;

/// One row of the ledger.
pub(in crate::graphql) struct MechanismRow {
    row: Arc<service::MechanismRow>,
    truncated: Option<TruncationReason>,
    at: AsOf,
}

impl MechanismRow {
    pub(in crate::graphql) fn new(
        row: Arc<service::MechanismRow>,
        truncated: Option<TruncationReason>,
        at: AsOf,
    ) -> Self {
        Self { row, truncated, at }
    }
}

fn quantities(quantities: &[crate::model::quantity::Quantity], status: QuantityStatus) -> Vec<Quantity> {
    let sums = quantities.iter().cloned();
    sums.map(|sum| Quantity::of_status(sum, status)).collect()
}

/// One row of the ledger: what stands behind a programme, and how much of it is stated. Rows are not to be added up, for
/// a relation may fall under several programmes.
#[Object]
impl MechanismRow {
    /// The programme; null for what falls under none.
    async fn program(&self, ctx: &Context<'_>) -> Result<Option<Program>> {
        let Some(id) = &self.row.program else {
            return Ok(None);
        };
        Ok(Record::load(ctx, id, self.at).await?.map(Program))
    }
    /// What its relations carry, as far as it is stated.
    async fn resources(&self) -> &[Resource] {
        &self.row.resources
    }
    /// How many relations it has.
    async fn relation_count(&self) -> i32 {
        int(self.row.relations.len())
    }
    /// How many paths of the trace use at least one of them.
    async fn path_count(&self) -> PathCount {
        self.row.path_count.into()
    }
    /// Whether one of them arrives at a dead end.
    async fn ends_dead(&self) -> bool {
        self.row.ends_dead
    }
    /// Why relations may be missing that lie on a path or on the way to a dead end; null where none are.
    async fn truncated_by(&self) -> Option<TruncationReason> {
        self.truncated
    }
    /// Its relations, by id.
    async fn relations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "So many, at most 1000.", default_with = "Some(100)")] first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
    ) -> Result<RelationConnection> {
        let program = self.row.program.as_ref().map_or("none", EntityId::as_str);
        let scope = format!("mechanisms.{program}.relations");
        incident::listed(
            ctx,
            &self.row.relations,
            &scope,
            PageArgs::forward(first, after),
            self.at,
        )
        .await
    }
    /// How many things of each kind stand at the ends of its relations.
    async fn members(&self) -> Vec<MemberCount> {
        let count = |(kind, count): &(EntityKind, service::CountInterval)| MemberCount {
            kind: *kind,
            count: (*count).into(),
        };
        self.row.members.iter().map(count).collect()
    }
    /// Amounts that were realised, one for each resource and unit.
    async fn realised(&self) -> Vec<Quantity> {
        quantities(&self.row.realised, QuantityStatus::Realised)
    }
    /// Amounts that were promised, likewise.
    async fn promised(&self) -> Vec<Quantity> {
        quantities(&self.row.promised, QuantityStatus::Promised)
    }
    /// Amounts that are claimed as effects, likewise.
    async fn claimed(&self) -> Vec<Quantity> {
        quantities(&self.row.claimed, QuantityStatus::Claimed)
    }
    /// Whether it is stated of all its relations where what they carry comes from.
    async fn origin_stated(&self) -> bool {
        self.row.origin_stated
    }
    /// Whether it is stated of all its relations which way they carry.
    async fn direction_stated(&self) -> bool {
        self.row.direction_stated
    }
    /// Whether it is stated of all its projects and companies which industry they are in.
    async fn industry_stated(&self) -> bool {
        self.row.industry_stated
    }
    /// How many of its relations have no date.
    async fn undated(&self) -> i32 {
        int(self.row.undated)
    }
    /// What drives its relations, each once; UNSTATED among them where it is not stated of one.
    async fn drivers(&self) -> &[Driver] {
        &self.row.drivers
    }
    /// How many statements support its relations, by how they say it and how far they can be relied on.
    async fn statements(&self) -> Vec<StatementCount> {
        self.row.statements.iter().map(StatementCount::from).collect()
    }
    /// The rules of the programme, and of the programmes and funds at the ends of its relations.
    async fn rules(&self, ctx: &Context<'_>) -> Result<Vec<Rule>> {
        let loaders = &asker(ctx).loaders;
        let rules = self
            .row
            .rules
            .iter()
            .map(|id| loaders.one(&loaders.rules, id.clone()));
        Ok(try_join_all(rules)
            .await?
            .into_iter()
            .flatten()
            .map(Rule)
            .collect())
    }
}

/// How many things of a kind there are.
#[derive(SimpleObject)]
struct MemberCount {
    /// The kind.
    kind: EntityKind,
    /// How many, cohorts by their sizes.
    count: CountInterval,
}

/// How many statements say it so and can be relied on so far.
#[derive(SimpleObject)]
struct StatementCount {
    /// How it is said.
    assertion: Assertion,
    /// How far it can be relied on.
    reliability: Reliability,
    /// How many.
    count: i32,
}

impl From<&service::StatementCount> for StatementCount {
    fn from(count: &service::StatementCount) -> Self {
        Self {
            assertion: count.assertion,
            reliability: count.reliability,
            count: int(count.count),
        }
    }
}
