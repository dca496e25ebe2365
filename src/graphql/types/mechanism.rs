//! The ledger: relations, figures and evidence of each program between two sides.

use std::sync::Arc;

use async_graphql::futures_util::future::try_join_all;
use async_graphql::{Context, Object, SimpleObject};

use super::aggregate::CountInterval;
use super::entity::EntityAtDate;
use super::figure::{Elsewhere, MechanismFigure};
use super::incident::{self, RelationConnection};
use super::kinds::Program;
use super::quantity::Quantity;
use super::rule::Rule;
use super::trace::PathCount;
use crate::graphql::errors::Result;
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::request_context::request_context;
use crate::graphql::scalars::int;
use crate::model::entity::EntityKind;
use crate::model::quantity::QuantityStatus;
use crate::model::relation::Driver;
use crate::model::resource::Resource;
use crate::model::selector::AsOf;
use crate::model::statement::{Assertion, Reliability};
use crate::model::walk::TruncationReason;
use crate::service::{self, NothingCounted};

/// The rows of a ledger, and the programs without one.
pub(in crate::graphql) struct Ledger {
    rows: Vec<Arc<service::MechanismRow>>,
    left_out: Vec<Arc<service::OmittedProgram>>,
    truncated: Option<TruncationReason>,
    at: AsOf,
}

impl Ledger {
    pub(in crate::graphql) fn new(ledger: service::Mechanisms, at: AsOf) -> Self {
        Self {
            rows: ledger.rows.into_iter().map(Arc::new).collect(),
            left_out: ledger.left_out.into_iter().map(Arc::new).collect(),
            truncated: ledger.truncated,
            at,
        }
    }

    pub(in crate::graphql) fn rows(&self) -> Vec<MechanismRow> {
        let row = |row: &Arc<service::MechanismRow>| MechanismRow {
            row: row.clone(),
            truncated: self.truncated,
            at: self.at,
        };
        self.rows.iter().map(row).collect()
    }
}

/// Programs through which resources of one side reach the other, and the programs that are left out.
#[Object]
impl Ledger {
    /// One row per program, sorted by id, then one row for the relations without a program.
    #[graphql(name = "rows")]
    async fn all_rows(&self) -> Vec<MechanismRow> {
        self.rows()
    }
    /// Programs without a row, sorted by id: they are not tied to either side, and none of their relations counts.
    async fn left_out(&self) -> Vec<LeftOutProgram> {
        let program = |left_out: &Arc<service::OmittedProgram>| LeftOutProgram {
            left_out: left_out.clone(),
            at: self.at,
        };
        self.left_out.iter().map(program).collect()
    }
    /// Limit because of which the ledger may be incomplete. Null if it is complete.
    async fn truncated_by(&self) -> Option<TruncationReason> {
        self.truncated
    }
}

/// A program without a row in the ledger.
pub(in crate::graphql) struct LeftOutProgram {
    left_out: Arc<service::OmittedProgram>,
    at: AsOf,
}

/// A program that is not tied to either side and none of whose relations counts.
#[Object]
impl LeftOutProgram {
    /// Program.
    async fn program(&self, ctx: &Context<'_>) -> Result<Option<Program>> {
        Ok(EntityAtDate::load(ctx, &self.left_out.program, self.at)
            .await?
            .map(Program))
    }
    /// Reason why none of its relations counts.
    async fn reason(&self) -> NothingCounted {
        self.left_out.reason
    }
    /// Relations that come from or go elsewhere.
    async fn elsewhere(&self) -> Elsewhere {
        Elsewhere::new(&self.left_out.elsewhere, self.at)
    }
    /// Number of relations of which neither origin nor destination is stated.
    async fn not_tied(&self) -> i32 {
        int(self.left_out.not_tied.len())
    }
}

/// A row of the ledger.
pub(in crate::graphql) struct MechanismRow {
    row: Arc<service::MechanismRow>,
    truncated: Option<TruncationReason>,
    at: AsOf,
}

impl MechanismRow {
    fn sums(&self, status: QuantityStatus) -> Vec<Quantity> {
        let sums = self.row.sums(status).cloned();
        sums.map(|sum| Quantity::of_status(sum, status)).collect()
    }
}

/// A row of the ledger: what reaches one side from the other through a program, and how much of it is stated. Do not add up rows: a
/// relation may fall under several programs.
#[Object]
impl MechanismRow {
    /// Program. Null for the relations without a program.
    async fn program(&self, ctx: &Context<'_>) -> Result<Option<Program>> {
        let Some(id) = &self.row.program else {
            return Ok(None);
        };
        Ok(EntityAtDate::load(ctx, id, self.at).await?.map(Program))
    }
    /// Resources that its relations carry, as far as they are stated.
    async fn resources(&self) -> &[Resource] {
        &self.row.resources
    }
    /// Number of its relations, including those that carry nothing and excluding those that do not count.
    async fn relation_count(&self) -> i32 {
        int(self.row.relations.len())
    }
    /// Number of paths of the trace that contain at least one of its relations.
    async fn path_count(&self) -> PathCount {
        self.row.path_count.into()
    }
    /// Whether one of its relations leads to a dead end.
    async fn ends_dead(&self) -> bool {
        self.row.ends_dead
    }
    /// Limit because of which the row may be incomplete: relations on a path or figures may be missing. Null if it is complete.
    async fn truncated_by(&self) -> Option<TruncationReason> {
        self.truncated
    }
    /// Relations of the row, sorted by id.
    async fn relations(
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
        incident::page_by_ids(ctx, &self.row.relations, "mechanisms.relations", args, self.at).await
    }
    /// Number of members at the ends of its relations, by kind of entity.
    async fn members(&self) -> Vec<MemberCount> {
        let count = |(kind, count): &(EntityKind, service::CountInterval)| MemberCount {
            kind: *kind,
            count: (*count).into(),
        };
        self.row.members.iter().map(count).collect()
    }
    /// Sums of its amounts with their parts, one for each status, resource, unit and basis. Figures are never added, because amounts of
    /// different bases may be stages of the same money.
    async fn figures(&self) -> Vec<MechanismFigure> {
        let figures = self.row.figures.iter();
        figures
            .map(|figure| MechanismFigure::new(figure, self.at))
            .collect()
    }
    /// Totals of the realized figures, one for each resource, unit and basis.
    async fn realised(&self) -> Vec<Quantity> {
        self.sums(QuantityStatus::Realised)
    }
    /// Totals of the promised figures, one for each resource, unit and basis.
    async fn promised(&self) -> Vec<Quantity> {
        self.sums(QuantityStatus::Promised)
    }
    /// Totals of the figures that are claimed effects, one for each resource, unit and basis.
    async fn claimed(&self) -> Vec<Quantity> {
        self.sums(QuantityStatus::Claimed)
    }
    /// Relations that come from or go elsewhere. They count in no other field of the row.
    async fn elsewhere(&self) -> Elsewhere {
        Elsewhere::new(&self.row.elsewhere, self.at)
    }
    /// Whether the program itself is tied to one of the sides: it has a party there, is run from there or is located there.
    async fn tied(&self) -> bool {
        self.row.tied
    }
    /// Number of relations that do not count because neither origin nor destination is stated and the program is tied to neither
    /// side.
    async fn not_tied(&self) -> i32 {
        int(self.row.not_tied.len())
    }
    /// Reason why no relation counts. Null if at least one does.
    async fn reason(&self) -> Option<NothingCounted> {
        self.row.reason
    }
    /// Whether every relation that counts is stated to come from the selected sources.
    async fn origin_stated(&self) -> bool {
        self.row.origin_stated
    }
    /// Whether every relation that counts is stated to go to the selected targets.
    async fn destination_stated(&self) -> bool {
        self.row.destination_stated
    }
    /// Whether the direction of every relation of the row is stated.
    async fn direction_stated(&self) -> bool {
        self.row.direction_stated
    }
    /// Whether the industry of every project and company of the row is stated.
    async fn industry_stated(&self) -> bool {
        self.row.industry_stated
    }
    /// Number of its relations without a date.
    async fn undated(&self) -> i32 {
        int(self.row.undated)
    }
    /// Drivers of its relations, without duplicates; includes UNSTATED if the driver of a relation is not stated.
    async fn drivers(&self) -> &[Driver] {
        &self.row.drivers
    }
    /// Number of statements that support its relations, by assertion and reliability.
    async fn statements(&self) -> Vec<StatementCount> {
        self.row.statements.iter().map(StatementCount::from).collect()
    }
    /// Rules of the program, and of the programs and funds at the ends of its relations.
    async fn rules(&self, ctx: &Context<'_>) -> Result<Vec<Rule>> {
        let loaders = &request_context(ctx).loaders;
        request_context(ctx).spend_rows(self.row.rules.len())?;
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

/// Number of members of one kind of entity.
#[derive(SimpleObject)]
struct MemberCount {
    /// Kind of entity.
    kind: EntityKind,
    /// Number of members; a cohort counts with its size.
    count: CountInterval,
}

/// Number of statements of one assertion and one reliability.
#[derive(SimpleObject)]
struct StatementCount {
    /// How the statements are made.
    assertion: Assertion,
    /// Reliability of the statements.
    reliability: Reliability,
    /// Number of statements.
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
