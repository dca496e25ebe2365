//! Statements, where they stand, and the sources they come from.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};

use super::quantity::Quantity;
use super::record::{self, Dataset};
use crate::graphql::errors::{Failure, Result};
use crate::graphql::scalars::{DateTime, PartialDate, int};
use crate::graphql::schema::asker;
use crate::model;
use crate::model::change::Subject;
use crate::model::statement::{Assertion, Property, Rank, Reliability};

/// One source's word for a fact.
pub(in crate::graphql) struct Statement(Arc<[model::statement::Statement]>, usize);

/// The statements on a record, read together with those on others.
pub(in crate::graphql) async fn statements(ctx: &Context<'_>, subject: Subject) -> Result<Vec<Statement>> {
    let loaders = &asker(ctx).loaders;
    let all = loaders.one(&loaders.statements, subject).await?;
    asker(ctx).spend_rows(all.len())?;
    Ok((0..all.len())
        .map(|index| Statement(all.clone(), index))
        .collect())
}

impl Statement {
    fn get(&self) -> &model::statement::Statement {
        &self.0[self.1]
    }
}

/// One source's word for a fact: where it stands, how it is said and how far it can be relied on.
#[Object]
impl Statement {
    /// Who says it.
    async fn source(&self, ctx: &Context<'_>) -> Result<Source> {
        let loaders = &asker(ctx).loaders;
        let id = &self.get().source;
        let source = loaders.one(&loaders.sources, id.clone()).await?;
        source.map(Source).ok_or_else(|| {
            Failure::fault(&format!(
                "a statement names the source `{id}`, which is not there"
            ))
        })
    }
    /// Where in the source.
    async fn locator(&self) -> Locator {
        Locator::from(&self.get().locator)
    }
    /// The shortest phrase that holds the fact, in the words of the source.
    async fn quote(&self) -> Option<&str> {
        self.get().quote.as_deref()
    }
    /// How it is said.
    async fn assertion(&self) -> Assertion {
        self.get().assertion
    }
    /// How far it can be relied on.
    async fn reliability(&self) -> Reliability {
        self.get().reliability
    }
    /// Whether it counts.
    async fn rank(&self) -> Rank {
        self.get().rank
    }
    /// The property of an entity that it speaks of: `size`, `committed`, `paid_in`, `capacity`; null for the fact itself.
    async fn property(&self) -> Option<&'static str> {
        self.get().property.map(Property::name)
    }
    /// What this source says of the property or the amount, where it differs from the others; else null.
    async fn quantity(&self) -> Option<Quantity> {
        self.get().quantity.clone().map(Quantity::from)
    }
    /// When it was so, by the source; null where it does not say.
    async fn as_of(&self) -> Option<PartialDate> {
        self.get().as_of.map(PartialDate)
    }
    /// The data set that brought it.
    async fn dataset(&self, ctx: &Context<'_>) -> Result<Dataset> {
        let id = &self.get().dataset;
        let dataset = record::dataset(ctx, id.as_str()).await?;
        dataset.ok_or_else(|| {
            Failure::fault(&format!(
                "a statement is of the data set `{id}`, which is not there"
            ))
        })
    }
    /// Whether it stands on the record's own row in its data set; else it is a further statement.
    async fn own(&self) -> bool {
        self.get().own
    }
    /// Who recorded it here.
    async fn recorded_by(&self) -> &str {
        &self.get().recorded_by
    }
    /// When it was recorded here.
    async fn recorded_at(&self) -> DateTime {
        DateTime(self.get().recorded_at)
    }
}

/// Where in a source a statement stands.
#[derive(SimpleObject)]
pub(in crate::graphql) struct Locator {
    /// In words, where it is no line or span.
    text: Option<String>,
    /// The section.
    section: Option<String>,
    /// First and last line, from 1; null where not given.
    lines: Option<Vec<i32>>,
    /// First code point of the quote in the source's file, from 0.
    start: Option<i32>,
    /// The code point after its last.
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

/// A document that states facts.
#[derive(Clone)]
pub(in crate::graphql) struct Source(pub(in crate::graphql) Arc<model::record::Source>);

/// A document that states facts.
#[Object]
impl Source {
    /// Its key.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.as_str().into()
    }
    /// Its title.
    async fn title(&self) -> &str {
        &self.0.title
    }
    /// Who wrote it.
    async fn authors(&self) -> &[String] {
        &self.0.authors
    }
    /// Whom they work for.
    async fn affiliation(&self) -> Option<&str> {
        self.0.affiliation.as_deref()
    }
    /// Who published it.
    async fn publisher(&self) -> Option<&str> {
        self.0.publisher.as_deref()
    }
    /// When; null where it is not known.
    async fn published_on(&self) -> Option<PartialDate> {
        self.0.published_on.map(PartialDate)
    }
    /// A BCP 47 language tag.
    async fn language(&self) -> Option<&str> {
        self.0.language.as_deref()
    }
    /// On what terms it may be used.
    async fn licence(&self) -> Option<&str> {
        self.0.licence.as_deref()
    }
    /// The hash of the file, in hexadecimal.
    async fn sha256(&self) -> Option<&str> {
        self.0.sha256.as_deref()
    }
    /// Where it can be read.
    async fn url(&self) -> Option<&str> {
        self.0.url.as_deref()
    }
    /// The data sets that list it.
    async fn datasets(&self, ctx: &Context<'_>) -> Result<Vec<Dataset>> {
        record::datasets_of(ctx, Subject::Source(self.0.id.clone())).await
    }
}
