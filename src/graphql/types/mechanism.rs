//! The rows of the ledger.

use async_graphql::futures_util::future::try_join_all;
use async_graphql::{Context, Object, SimpleObject};

use super::aggregate::CountInterval;
use super::entity::Record;
use super::incident::RelationConnection;
use super::kinds::Program;
use super::page::{Connection, Total, edges};
use super::quantity::Quantity;
use super::record::Rule;
use super::relation::Relation;
use super::trace::PathCount;
use crate::graphql::errors::Result;
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::scalars::int;
use crate::graphql::schema::asker;
use crate::model;
use crate::model::entity::EntityKind;
use crate::model::id::RelationId;
use crate::model::page::page_of_sorted;
use crate::model::quantity::QuantityStatus;
use crate::model::relation::{Driver, Resource};
use crate::model::selector::AsOf;
use crate::model::statement::{Assertion, Reliability};
use crate::service;

/// One row of the ledger.
pub(in crate::graphql) struct MechanismRow {
    pub(in crate::graphql) row: service::MechanismRow,
    pub(in crate::graphql) at: AsOf,
}

/// What stands behind one programme, and how much of it is stated. A relation under several programmes counts in the row of
/// each: rows are not to be added up.
#[Object]
impl MechanismRow {
    /// The programme; null: what falls under none.
    async fn program(&self, ctx: &Context<'_>) -> Result<Option<Program>> {
        match &self.row.program {
            Some(id) => Ok(Record::load(ctx, id, self.at).await?.map(Program)),
            None => Ok(None),
        }
    }
    /// What its relations carry, as far as it is stated.
    async fn resources(&self) -> &[Resource] {
        &self.row.resources
    }
    /// How many relations there are.
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
    /// The relations, by id.
    async fn relations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "So many, at most 1000.", default_with = "Some(100)")] first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
    ) -> Result<RelationConnection> {
        let page = PageArgs::forward(first, after).parse::<RelationId>("mechanism relations")?;
        let ids = page_of_sorted(&self.row.relations, RelationId::clone, &page);
        asker(ctx).spend_rows(ids.items.len())?;
        let loaded = try_join_all(ids.items.iter().map(|id| Relation::load(ctx, id, self.at))).await?;
        let mut loaded = loaded.into_iter();
        let rows = ids.filter_map(|id| loaded.next().flatten().map(|relation| (id, relation)));
        let total = Total::Known(self.row.relations.len() as u64);
        Ok(Connection {
            page: edges(rows, "mechanism relations", |row| row),
            total,
        })
    }
    /// How many entities of each kind stand at their ends, cohorts by size.
    async fn members(&self) -> Vec<MemberCount> {
        let member = |(kind, count): &(EntityKind, service::CountInterval)| MemberCount {
            kind: *kind,
            count: (*count).into(),
        };
        self.row.members.iter().map(member).collect()
    }
    /// Amounts that were realised, one for each resource and unit; an unknown amount leaves no upper end.
    async fn realised(&self) -> Vec<Quantity> {
        sums(&self.row.realised, QuantityStatus::Realised)
    }
    /// Amounts that were promised, likewise.
    async fn promised(&self) -> Vec<Quantity> {
        sums(&self.row.promised, QuantityStatus::Promised)
    }
    /// Amounts that are claimed as effects, likewise.
    async fn claimed(&self) -> Vec<Quantity> {
        sums(&self.row.claimed, QuantityStatus::Claimed)
    }
    /// Whether it is stated for all that carry a resource where it comes from.
    async fn origin_stated(&self) -> bool {
        self.row.origin_stated
    }
    /// Whether it is stated for all that carry a resource which way it goes; either way, without the split, is not.
    async fn direction_stated(&self) -> bool {
        self.row.direction_stated
    }
    /// Whether there are projects or companies at the ends, and the industry of each is stated.
    async fn industry_stated(&self) -> bool {
        self.row.industry_stated
    }
    /// How many of the relations have no date.
    async fn undated(&self) -> i32 {
        int(self.row.undated)
    }
    /// What drives them.
    async fn drivers(&self) -> &[Driver] {
        &self.row.drivers
    }
    /// How many statements support them, of those that count.
    async fn statements(&self) -> Vec<StatementCount> {
        self.row.statements.iter().map(StatementCount::from).collect()
    }
    /// The rules of the programme, and of the programmes and funds at the ends.
    async fn rules(&self, ctx: &Context<'_>) -> Result<Vec<Rule>> {
        let loaders = &asker(ctx).loaders;
        let rules = try_join_all(
            self.row
                .rules
                .iter()
                .map(|id| loaders.one(&loaders.rules, id.clone())),
        )
        .await?;
        Ok(rules.into_iter().flatten().map(Rule).collect())
    }
}

fn sums(sums: &[model::quantity::Quantity], status: QuantityStatus) -> Vec<Quantity> {
    sums.iter()
        .map(|sum| Quantity::of_status(sum.clone(), status))
        .collect()
}

/// How many entities of one kind.
#[derive(SimpleObject)]
pub(in crate::graphql) struct MemberCount {
    /// The kind.
    kind: EntityKind,
    /// How many.
    count: CountInterval,
}

/// How many statements say it so, and can be relied on so far.
#[derive(SimpleObject)]
pub(in crate::graphql) struct StatementCount {
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
