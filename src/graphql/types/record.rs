//! Data sets and rules.

use std::sync::Arc;

use async_graphql::{Context, ID, Object};

use super::entity::Record;
use super::kinds::Entity;
use super::relation::Relation;
use super::statement::{self, Statement};
use super::vocabulary::language;
use crate::graphql::errors::{Failure, Result};
use crate::graphql::scalars::{DateTime, Decimal, int};
use crate::graphql::schema::asker;
use crate::model;
use crate::model::change::Subject;
use crate::model::id::DatasetId;
use crate::model::language::Bilingual;
use crate::model::record::{Coverage, RuleType};
use crate::service::DatasetInfo;
use crate::service::RuleStatus;

/// A named set of facts with a licence.
#[derive(Clone)]
pub(in crate::graphql) struct Dataset(Arc<[DatasetInfo]>, usize);

impl Dataset {
    fn get(&self) -> &DatasetInfo {
        &self.0[self.1]
    }
}

/// All data sets; read once in a request, since there are few.
pub(in crate::graphql) async fn datasets(ctx: &Context<'_>) -> Result<Vec<Dataset>> {
    let loaders = &asker(ctx).loaders;
    let all = loaders.one(&loaders.datasets, ()).await?;
    asker(ctx).spend_rows(all.len())?;
    Ok((0..all.len()).map(|index| Dataset(all.clone(), index)).collect())
}

/// The data set with an id.
pub(in crate::graphql) async fn dataset(ctx: &Context<'_>, id: &str) -> Result<Option<Dataset>> {
    let loaders = &asker(ctx).loaders;
    let all = loaders.one(&loaders.datasets, ()).await?;
    let place = all.iter().position(|one| one.dataset.id.as_str() == id);
    Ok(place.map(|place| Dataset(all, place)))
}

/// The data sets that have a row for a record.
pub(in crate::graphql) async fn datasets_of(ctx: &Context<'_>, subject: Subject) -> Result<Vec<Dataset>> {
    let loaders = &asker(ctx).loaders;
    let ids: Arc<[DatasetId]> = loaders.one(&loaders.memberships, subject).await?;
    asker(ctx).spend_rows(ids.len())?;
    let all = loaders.one(&loaders.datasets, ()).await?;
    let place = |id: &DatasetId| all.iter().position(|one| one.dataset.id == *id);
    Ok(ids
        .iter()
        .filter_map(place)
        .map(|index| Dataset(all.clone(), index))
        .collect())
}

/// A named set of facts with a licence.
#[Object]
impl Dataset {
    /// Its key.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.get().dataset.id.as_str().into()
    }
    /// Its title.
    async fn title(&self) -> &str {
        &self.get().dataset.title
    }
    /// On what terms it may be used.
    async fn licence(&self) -> &str {
        &self.get().dataset.licence
    }
    /// Whether it is made up.
    async fn synthetic(&self) -> bool {
        self.get().dataset.synthetic
    }
    /// What part of the world it covers. Indicators over `SINGLE_DOCUMENT` describe the document.
    async fn coverage(&self) -> Coverage {
        self.get().dataset.coverage
    }
    /// Who may see it: `public`, everyone who may read, or `restricted`, who was given it.
    async fn access(&self) -> &'static str {
        self.get().dataset.access.name()
    }
    /// When it was last imported.
    #[expect(clippy::unused_async, reason = "every field is")]
    async fn imported_at(&self) -> Result<DateTime> {
        let dataset = &self.get().dataset;
        let dated = dataset.imported_at.map(DateTime);
        dated.ok_or_else(|| {
            Failure::fault(&format!(
                "the data set `{}` was written without its time",
                dataset.id
            ))
        })
    }
    /// How many entities it has a row for.
    async fn entity_count(&self) -> i32 {
        int(self.get().entity_count)
    }
    /// How many relations it has a row for.
    async fn relation_count(&self) -> i32 {
        int(self.get().relation_count)
    }
}

/// How things are to be shared; never walked as a flow.
#[derive(Clone)]
pub(in crate::graphql) struct Rule(pub(in crate::graphql) Arc<model::record::Rule>);

/// How things are to be shared, not how they were; never walked as a flow.
#[Object]
impl Rule {
    /// Its key.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.0.id.as_str().into()
    }
    /// The programme or fund it belongs to.
    async fn bearer(&self, ctx: &Context<'_>) -> Result<Entity> {
        Record::entity(ctx, &self.0.bearer, None).await
    }
    /// What it rules.
    #[graphql(name = "type")]
    async fn rule_type(&self) -> RuleType {
        self.0.rule_type
    }
    /// What is divided; null where it is not stated.
    async fn base(&self) -> Option<&str> {
        self.0.base.as_deref()
    }
    /// The parties' parts, in order.
    async fn parts(&self) -> Vec<RulePart> {
        self.0.parts.iter().cloned().map(RulePart).collect()
    }
    /// The evidence for it.
    async fn statements(&self, ctx: &Context<'_>) -> Result<Vec<Statement>> {
        statement::statements(ctx, Subject::Rule(self.0.id.clone())).await
    }
    /// Whether the recorded amounts keep to it.
    async fn check(&self, ctx: &Context<'_>) -> Result<RuleCheck> {
        let loaders = &asker(ctx).loaders;
        let check = loaders.one(&loaders.checks, self.0.id.clone()).await?;
        let check = check.ok_or_else(|| {
            Failure::fault(&format!("the rule `{}` is gone from its own revision", self.0.id))
        })?;
        Ok(RuleCheck {
            status: check.status,
            reason: check.reason.clone(),
            relations: check
                .relations
                .iter()
                .map(|relation| Relation::new(relation.clone(), None))
                .collect(),
        })
    }
}

/// One party's part of a rule.
pub(in crate::graphql) struct RulePart(model::record::RulePart);

/// One party's part of a rule: weights where `lower` and `upper` are equal in every part (5, 3, 2), else fractions of 1.
#[Object]
impl RulePart {
    /// Who; null where the party is not an entity here.
    async fn party(&self, ctx: &Context<'_>) -> Result<Option<Entity>> {
        let Some(party) = &self.0.party else {
            return Ok(None);
        };
        Ok(Record::load(ctx, party, None).await?.map(Entity::from))
    }
    /// Who, in words.
    async fn label(&self) -> Option<&str> {
        self.0.label.as_deref()
    }
    /// The least; null where it is not stated.
    async fn lower(&self) -> Option<Decimal> {
        self.0.lower.map(Decimal)
    }
    /// The most; null where it is not stated.
    async fn upper(&self) -> Option<Decimal> {
        self.0.upper.map(Decimal)
    }
}

/// A rule against what was.
pub(in crate::graphql) struct RuleCheck {
    status: RuleStatus,
    reason: Bilingual,
    relations: Vec<Relation>,
}

/// A rule against what was.
#[Object]
impl RuleCheck {
    /// What came of it.
    async fn status(&self) -> RuleStatus {
        self.status
    }
    /// Why, as a sentence.
    async fn reason(
        &self,
        #[graphql(desc = "zh or en.", default_with = "Some(String::from(\"zh\"))")] lang: Option<String>,
    ) -> &str {
        self.reason.of(language(lang.as_deref()))
    }
    /// The relations whose amounts were looked at.
    async fn relations(&self) -> &[Relation] {
        &self.relations
    }
}
