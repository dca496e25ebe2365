//! Statements, their locators and their sources.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};

use super::dataset::{self, Dataset};
use super::quantity::Quantity;
use crate::graphql::errors::{Failure, Result};
use crate::graphql::request_context::request_context;
use crate::graphql::scalars::{DateTime, PartialDate, int};
use crate::model;
use crate::model::change::Subject;
use crate::model::statement::{Assertion, Property, Rank, Reliability};

/// A statement: one of all statements on a record, by its index.
pub(in crate::graphql) struct Statement(Arc<[model::statement::Statement]>, usize);

/// Loads the statements on a record, in one batch with those on others.
pub(in crate::graphql) async fn statements(ctx: &Context<'_>, subject: Subject) -> Result<Vec<Statement>> {
    let loaders = &request_context(ctx).loaders;
    let all = loaders.one(&loaders.statements, subject).await?;
    request_context(ctx).spend_rows(all.len())?;
    Ok((0..all.len())
        .map(|index| Statement(all.clone(), index))
        .collect())
}

impl Statement {
    fn get(&self) -> &model::statement::Statement {
        &self.0[self.1]
    }
}

/// What one source says about a record: the quotation, its place in the source, how it is stated and how reliable it is.
#[Object]
impl Statement {
    /// Source of the statement.
    async fn source(&self, ctx: &Context<'_>) -> Result<Source> {
        let loaders = &request_context(ctx).loaders;
        let id = &self.get().source;
        let source = loaders.one(&loaders.sources, id.clone()).await?;
        source.map(Source).ok_or_else(|| {
            Failure::internal(&format!(
                "a statement refers to the source `{id}`, which does not exist"
            ))
        })
    }
    /// Place of the statement in the source.
    async fn locator(&self) -> Locator {
        Locator::from(&self.get().locator)
    }
    /// Shortest phrase that contains the fact, in the wording of the source.
    async fn quote(&self) -> Option<&str> {
        self.get().quote.as_deref()
    }
    /// How the source states the fact.
    async fn assertion(&self) -> Assertion {
        self.get().assertion
    }
    /// Reliability of the source for this statement.
    async fn reliability(&self) -> Reliability {
        self.get().reliability
    }
    /// Whether the statement counts, and with which priority.
    async fn rank(&self) -> Rank {
        self.get().rank
    }
    /// Property of the entity to which the statement refers: `size`, `committed`, `paid_in` or `capacity`. Null if it refers to the
    /// record as a whole.
    async fn property(&self) -> Option<&'static str> {
        self.get().property.map(Property::name)
    }
    /// Value that this source states for the property or amount, if it differs from the others. Otherwise null.
    async fn quantity(&self) -> Option<Quantity> {
        self.get().quantity.clone().map(Quantity::from)
    }
    /// Date to which the source's statement applies. Null if the source states none.
    async fn as_of(&self) -> Option<PartialDate> {
        self.get().as_of.map(PartialDate)
    }
    /// Data set that contains the statement.
    async fn dataset(&self, ctx: &Context<'_>) -> Result<Dataset> {
        let id = &self.get().dataset;
        let dataset = dataset::dataset(ctx, id.as_str()).await?;
        dataset.ok_or_else(|| {
            Failure::internal(&format!(
                "a statement belongs to the data set `{id}`, which does not exist"
            ))
        })
    }
    /// Whether the statement is part of the record's own row in its data set. If not, it is an additional statement.
    async fn own(&self) -> bool {
        self.get().own
    }
    /// Principal who recorded the statement.
    async fn recorded_by(&self) -> &str {
        &self.get().recorded_by
    }
    /// Time at which the statement was recorded.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.get().recorded_at)
    }
}

/// Place of a statement in its source.
#[derive(SimpleObject)]
pub(in crate::graphql) struct Locator {
    /// Place in words, if it is not a line range or span.
    text: Option<String>,
    /// Section of the source.
    section: Option<String>,
    /// First and last line, counted from 1. Null if not given.
    lines: Option<Vec<i32>>,
    /// Position of the first code point of the quotation in the source file, counted from 0.
    start: Option<i32>,
    /// Position after the last code point of the quotation.
    end: Option<i32>,
}

impl From<&model::statement::Locator> for Locator {
    fn from(locator: &model::statement::Locator) -> Self {
        Self {
            text: locator.text.clone(),
            section: locator.section.clone(),
            lines: locator.lines.map(|(first, last)| vec![int(first), int(last)]),
            start: locator.span.map(|(start, _)| int(start)),
            end: locator.span.map(|(_, end)| int(end)),
        }
    }
}

/// A source document.
#[derive(Clone)]
pub(in crate::graphql) struct Source(pub(in crate::graphql) Arc<model::record::Source>);

/// A document or page that statements cite.
#[Object]
impl Source {
    /// Id of the source.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.as_str().into()
    }
    /// Title of the source.
    async fn title(&self) -> &str {
        &self.0.title
    }
    /// Authors.
    async fn authors(&self) -> &[String] {
        &self.0.authors
    }
    /// Affiliation of the authors.
    async fn affiliation(&self) -> Option<&str> {
        self.0.affiliation.as_deref()
    }
    /// Publisher.
    async fn publisher(&self) -> Option<&str> {
        self.0.publisher.as_deref()
    }
    /// Date of publication. Null if it is not known.
    async fn published_on(&self) -> Option<PartialDate> {
        self.0.published_on.map(PartialDate)
    }
    /// Language of the source, as a BCP 47 tag.
    async fn language(&self) -> Option<&str> {
        self.0.language.as_deref()
    }
    /// Licence under which the source may be used.
    async fn licence(&self) -> Option<&str> {
        self.0.licence.as_deref()
    }
    /// SHA-256 hash of the file, in hexadecimal.
    async fn sha256(&self) -> Option<&str> {
        self.0.sha256.as_deref()
    }
    /// URL of the source.
    async fn url(&self) -> Option<&str> {
        self.0.url.as_deref()
    }
    /// Data sets that list the source.
    async fn datasets(&self, ctx: &Context<'_>) -> Result<Vec<Dataset>> {
        dataset::datasets_of(ctx, Subject::Source(self.0.id.clone())).await
    }
}
