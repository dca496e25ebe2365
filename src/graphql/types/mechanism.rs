//! The ledger: what stands behind each programme.

use std::sync::Arc;

use async_graphql::futures_util::future::try_join_all;
use async_graphql::{Context, Object, SimpleObject};

use super::aggregate::CountInterval;
use super::entity::Record;
use super::figure::{Elsewhere, MechanismFigure};
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
use crate::model::quantity::QuantityStatus;
use crate::model::relation::{Driver, Resource};
use crate::model::selector::AsOf;
use crate::model::statement::{Assertion, Reliability};
use crate::model::walk::TruncationReason;
use crate::service::{self, NothingCounted};

/// A ledger: the rows, and the programmes that have none.
pub(in crate::graphql) struct Ledger {
    rows: Vec<Arc<service::MechanismRow>>,
    left_out: Vec<Arc<service::LeftOut>>,
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

/// By which programmes what one side gives reaches the other, and which programmes were left out.
#[Object]
impl Ledger {
    /// One row a programme, by its id, and last one for what falls under none.
    #[graphql(name = "rows")]
    async fn all_rows(&self) -> Vec<MechanismRow> {
        self.rows()
    }
    /// The programmes without a row, by id: not tied to either side, and none of their relations counts.
    async fn left_out(&self) -> Vec<LeftOutProgram> {
        let program = |left_out: &Arc<service::LeftOut>| LeftOutProgram {
            left_out: left_out.clone(),
            at: self.at,
        };
        self.left_out.iter().map(program).collect()
    }
    /// Why the answer may not be whole; null where it is.
    async fn truncated_by(&self) -> Option<TruncationReason> {
        self.truncated
    }
}

/// A programme that has no row in the ledger.
pub(in crate::graphql) struct LeftOutProgram {
    left_out: Arc<service::LeftOut>,
    at: AsOf,
}

/// A programme that is not tied to either side, and of whose relations none counts.
#[Object]
impl LeftOutProgram {
    /// The programme.
    async fn program(&self, ctx: &Context<'_>) -> Result<Option<Program>> {
        Ok(Record::load(ctx, &self.left_out.program, self.at)
            .await?
            .map(Program))
    }
    /// Why none of its relations counts.
    async fn reason(&self) -> NothingCounted {
        self.left_out.reason
    }
    /// What comes from elsewhere or goes elsewhere.
    async fn elsewhere(&self) -> Elsewhere {
        Elsewhere::new(&self.left_out.elsewhere, self.at)
    }
    /// Number of relations of which neither end is stated.
    async fn not_tied(&self) -> i32 {
        int(self.left_out.not_tied.len())
    }
}

/// One row of the ledger.
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

/// One row of the ledger: what reaches one side from the other by a programme, and how much of it is stated. Rows are not to
/// be added up, for a relation may fall under several programmes.
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
    /// Number of its relations: those that count, and those that carry nothing.
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
    /// Why the row may not be whole: then relations on a path may be missing, or figures. Null where it is.
    async fn truncated_by(&self) -> Option<TruncationReason> {
        self.truncated
    }
    /// Its relations, by id.
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
        // One cursor for all rows: each lists by id, and they stand beside each other in a list.
        incident::listed(ctx, &self.row.relations, "mechanisms.relations", args, self.at).await
    }
    /// How many things of each kind stand at the ends of its relations.
    async fn members(&self) -> Vec<MemberCount> {
        let count = |(kind, count): &(EntityKind, service::CountInterval)| MemberCount {
            kind: *kind,
            count: (*count).into(),
        };
        self.row.members.iter().map(count).collect()
    }
    /// What its amounts come to, with their parts: one figure for each status, resource, unit and basis. Figures are never added,
    /// for amounts of different bases may be stages of the same money.
    async fn figures(&self) -> Vec<MechanismFigure> {
        let figures = self.row.figures.iter();
        figures
            .map(|figure| MechanismFigure::new(figure, self.at))
            .collect()
    }
    /// The totals of the figures that were realised: one for each resource, unit and basis.
    async fn realised(&self) -> Vec<Quantity> {
        self.sums(QuantityStatus::Realised)
    }
    /// The totals of the figures that were promised, likewise.
    async fn promised(&self) -> Vec<Quantity> {
        self.sums(QuantityStatus::Promised)
    }
    /// The totals of the figures that are claimed as effects, likewise.
    async fn claimed(&self) -> Vec<Quantity> {
        self.sums(QuantityStatus::Claimed)
    }
    /// What comes from elsewhere or goes elsewhere; it is in no other number of the row.
    async fn elsewhere(&self) -> Elsewhere {
        Elsewhere::new(&self.row.elsewhere, self.at)
    }
    /// Whether the programme itself is tied to one of the sides: it has a party there, is run from there, or lies there.
    async fn tied(&self) -> bool {
        self.row.tied
    }
    /// Number of relations of which neither end is stated and that are not counted, because the programme is tied to neither side.
    async fn not_tied(&self) -> i32 {
        int(self.row.not_tied.len())
    }
    /// Why no relation counts; null where one does.
    async fn reason(&self) -> Option<NothingCounted> {
        self.row.reason
    }
    /// Whether it is stated of all that counts that it comes from what was asked for.
    async fn origin_stated(&self) -> bool {
        self.row.origin_stated
    }
    /// Whether it is stated of all that counts that it goes to what was asked for.
    async fn destination_stated(&self) -> bool {
        self.row.destination_stated
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
        asker(ctx).spend_rows(self.row.rules.len())?;
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
