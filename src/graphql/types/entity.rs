//! What every kind of entity has. The thirteen object types and the interface take their common fields from here.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};

use super::incident::{self, RelatedConnection, RelationConnection};
use super::kinds::{Entity, Region};
use super::observation::{self, ObservationConnection};
use super::quantity::Quantity;
use super::record::{self, Dataset};
use super::statement::{self, Statement};
use crate::graphql::errors::{Failure, Result};
use crate::graphql::inputs::filter::{EntityFilter, RelationFilter};
use crate::graphql::inputs::follow::follow;
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::scalars::{PartialDate, int};
use crate::graphql::schema::asker;
use crate::model;
use crate::model::change::Subject;
use crate::model::entity::{EntityKind, NameRole, SharedEntity};
use crate::model::language::Language;
use crate::model::page::PageRequest;
use crate::model::selector::{AsOf, Direction, RegionRole};
use crate::model::statement::Property;
use crate::service::IncidentQuery;

/// An entity, and the date that was asked for above it: it holds below too.
#[derive(Clone)]
pub(in crate::graphql) struct Record {
    pub(in crate::graphql) entity: SharedEntity,
    pub(in crate::graphql) at: AsOf,
}

/// What every kind of entity has.
#[Object(name = "EntityCommon")]
impl Record {
    /// Its key, `<kind>:<slug>`.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.entity.id.as_str().into()
    }
    /// Which of the thirteen kinds it is.
    async fn kind(&self) -> EntityKind {
        self.entity.kind()
    }
    /// All its names.
    async fn names(&self) -> Vec<Name> {
        self.entity.names.iter().cloned().map(Name::from).collect()
    }
    /// Its name in a language, falling back to another; never empty.
    async fn name(
        &self,
        #[graphql(desc = "A BCP 47 tag: zh, en.", default_with = "Some(String::from(\"zh\"))")] lang: Option<
            String,
        >,
    ) -> &str {
        self.entity.name(lang.as_deref().unwrap_or("zh"))
    }
    /// A sentence on what it is, in the language in which it is recorded: `descriptionLang`.
    async fn description(&self) -> Option<&str> {
        self.entity.description.as_deref()
    }
    /// The language of the description, told from its script: `zh` or `en`. A description is recorded in one language and not
    /// translated; null where there is none.
    async fn description_lang(&self) -> Option<&'static str> {
        let description = self.entity.description.as_deref()?;
        Some(Language::written_in(description).tag())
    }
    /// The first, by id, of the regions it lies in at the date asked; null where none is recorded.
    async fn region(&self, ctx: &Context<'_>) -> Result<Option<Region>> {
        let regions = self.regions_of(ctx, RegionRole::Located).await?;
        let Some(first) = regions.first() else {
            return Ok(None);
        };
        Ok(Self::load(ctx, first, self.at).await?.map(Region))
    }
    /// The regions it is of at the date asked, without those above them.
    async fn regions(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "In which sense.", default_with = "Some(RegionRole::Located)")] role: Option<
            RegionRole,
        >,
    ) -> Result<Vec<Region>> {
        let ids = self.regions_of(ctx, role.unwrap_or(RegionRole::Located)).await?;
        Ok(Self::load_all(ctx, &ids, self.at)
            .await?
            .into_iter()
            .map(Region)
            .collect())
    }
    /// Free labels.
    async fn tags(&self) -> &[String] {
        &self.entity.tags
    }
    /// Its keys in registers elsewhere.
    async fn external_ids(&self) -> Vec<ExternalId> {
        self.entity
            .external_ids
            .iter()
            .cloned()
            .map(ExternalId::from)
            .collect()
    }
    /// How many it stands for, as it is known on the day asked; set for a cohort, else null.
    async fn size(&self, ctx: &Context<'_>) -> Option<Quantity> {
        self.amount(ctx, Property::Size)
    }
    /// From when it is; null where open or not known.
    async fn valid_from(&self) -> Option<PartialDate> {
        self.entity.validity.from().map(PartialDate)
    }
    /// The first day on which it is no more; null where open or not known.
    async fn valid_to(&self) -> Option<PartialDate> {
        self.entity.validity.to().map(PartialDate)
    }
    /// The evidence for it.
    async fn statements(&self, ctx: &Context<'_>) -> Result<Vec<Statement>> {
        statement::statements(ctx, Subject::Entity(self.entity.id.clone())).await
    }
    /// The data sets that have a row for it.
    async fn datasets(&self, ctx: &Context<'_>) -> Result<Vec<Dataset>> {
        record::datasets_of(ctx, Subject::Entity(self.entity.id.clone())).await
    }
    /// Ids of entities that were merged into this one; they lead here for ever.
    async fn former_ids(&self) -> Vec<ID> {
        self.entity
            .former_ids
            .iter()
            .map(|id| id.as_str().into())
            .collect()
    }
    /// Its relations, by id.
    #[expect(clippy::too_many_arguments, reason = "the fixed schema has them")]
    async fn relations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which relations.")] filter: Option<RelationFilter>,
        #[graphql(desc = "Seen from this entity.", default_with = "Some(Direction::Both)")] direction: Option<
            Direction,
        >,
        #[graphql(desc = "So many from the beginning; 100 where not given, at most 1000.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "So many from the end, in list order.")] last: Option<i32>,
        #[graphql(desc = "Rows before this cursor.")] before: Option<String>,
    ) -> Result<RelationConnection> {
        let query = self.incident(ctx, filter, direction, None).await?;
        incident::relations(
            ctx,
            self,
            query,
            PageArgs {
                first,
                after,
                last,
                before,
            },
        )
        .await
    }
    /// The entities at the other ends of its relations, by the id of the relation.
    #[expect(clippy::too_many_arguments, reason = "the fixed schema has them")]
    async fn related(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Which relations.")] filter: Option<RelationFilter>,
        #[graphql(desc = "Seen from this entity.", default_with = "Some(Direction::Both)")] direction: Option<
            Direction,
        >,
        #[graphql(desc = "Which entities at the other end.")] entities: Option<EntityFilter>,
        #[graphql(desc = "So many from the beginning; 100 where not given, at most 1000.")] first: Option<
            i32,
        >,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "So many from the end, in list order.")] last: Option<i32>,
        #[graphql(desc = "Rows before this cursor.")] before: Option<String>,
    ) -> Result<RelatedConnection> {
        let query = self.incident(ctx, filter, direction, entities).await?;
        incident::related(
            ctx,
            self,
            "related",
            query,
            PageArgs {
                first,
                after,
                last,
                before,
            },
        )
        .await
    }
    /// What was observed of it that is no flow, by id.
    async fn observations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Of these indicators only.")] indicators: Option<Vec<String>>,
        #[graphql(desc = "Number of rows from the start, 0–1000. Default: 100.")] first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Number of rows from the end, 0–1000, in list order.")] last: Option<i32>,
        #[graphql(desc = "Rows before this cursor.")] before: Option<String>,
    ) -> Result<ObservationConnection> {
        let args = PageArgs {
            first,
            after,
            last,
            before,
        };
        observation::of_entity(ctx, self, indicators, &args).await
    }
    /// How many relations it has at the date asked, of every kind and either way.
    async fn degree(&self, ctx: &Context<'_>) -> Result<i32> {
        let loaders = &asker(ctx).loaders;
        let id = self.entity.id.clone();
        if self.at.is_none() {
            return loaders.one(&loaders.degrees, id).await.map(int);
        }
        let query = self.incident(ctx, None, None, None).await?;
        loaders.incident_counts.load(&Arc::new(query), id).await.map(int)
    }
}

impl Record {
    /// An entity by id, read together with others; a merged id gives the entity kept.
    pub(in crate::graphql) async fn load(
        ctx: &Context<'_>,
        id: &model::id::EntityId,
        at: AsOf,
    ) -> Result<Option<Self>> {
        let loaders = &asker(ctx).loaders;
        let entity = loaders.one(&loaders.entities, id.clone()).await?;
        Ok(entity.map(|entity| Self { entity, at }))
    }

    /// An entity that another record refers to, so that it must be there.
    pub(in crate::graphql) async fn entity(
        ctx: &Context<'_>,
        id: &model::id::EntityId,
        at: AsOf,
    ) -> Result<Entity> {
        let found = Self::load(ctx, id, at).await?;
        found.map(Entity::from).ok_or_else(|| missing(id))
    }

    /// Several at once, in their order, to which another record refers, so that all must be there.
    pub(in crate::graphql) async fn entities(
        ctx: &Context<'_>,
        ids: impl IntoIterator<Item = &model::id::EntityId>,
        at: AsOf,
    ) -> Result<Vec<Self>> {
        let ids: Vec<_> = ids.into_iter().collect();
        asker(ctx).spend_rows(ids.len())?;
        let waiting = ids.into_iter().map(async |id| {
            let found = Self::load(ctx, id, at).await?;
            found.ok_or_else(|| missing(id))
        });
        async_graphql::futures_util::future::try_join_all(waiting).await
    }

    /// Several at once; one that nothing has is left out.
    pub(in crate::graphql) async fn load_all(
        ctx: &Context<'_>,
        ids: &[model::id::EntityId],
        at: AsOf,
    ) -> Result<Vec<Self>> {
        asker(ctx).spend_rows(ids.len())?;
        let waiting: Vec<_> = ids.iter().map(|id| Self::load(ctx, id, at)).collect();
        let found = async_graphql::futures_util::future::try_join_all(waiting).await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// An amount of its own, as it is known on the day asked.
    pub(in crate::graphql) fn amount(&self, ctx: &Context<'_>, property: Property) -> Option<Quantity> {
        let known = asker(ctx).session.known_property(&self.entity, property, self.at);
        known.map(Quantity::from)
    }

    async fn regions_of(&self, ctx: &Context<'_>, role: RegionRole) -> Result<Arc<[model::id::EntityId]>> {
        let query = Arc::new((role, self.at));
        asker(ctx)
            .loaders
            .regions
            .load(&query, self.entity.id.clone())
            .await
    }

    /// Relations at this entity; which page is filled in later.
    async fn incident(
        &self,
        ctx: &Context<'_>,
        filter: Option<RelationFilter>,
        direction: Option<Direction>,
        other: Option<EntityFilter>,
    ) -> Result<IncidentQuery> {
        let filter = follow(
            ctx,
            filter.map(RelationFilter::parse).transpose()?.unwrap_or_default(),
        )
        .await?;
        let other = match other {
            Some(other) => Some(follow(ctx, other.parse()?).await?),
            None => None,
        };
        let direction = direction.unwrap_or(Direction::Both);
        Ok(IncidentQuery {
            filter,
            direction,
            other,
            at: self.at,
            page: PageRequest::first(0),
        })
    }
}

fn missing(id: &model::id::EntityId) -> Failure {
    Failure::fault(&format!("`{id}` is referred to and is not there"))
}

/// A name in one language.
#[derive(SimpleObject)]
pub(in crate::graphql) struct Name {
    /// The name, as it is written.
    value: String,
    /// A BCP 47 language tag.
    lang: String,
    /// What the name is.
    role: NameRole,
}

impl From<model::entity::Name> for Name {
    fn from(model::entity::Name { value, lang, role }: model::entity::Name) -> Self {
        Self { value, lang, role }
    }
}

/// A key in a register elsewhere.
#[derive(SimpleObject)]
pub(in crate::graphql) struct ExternalId {
    /// The register: `ror`, `wikidata`, `gbt2260`.
    scheme: String,
    /// The key there.
    value: String,
}

impl From<model::entity::ExternalId> for ExternalId {
    fn from(model::entity::ExternalId { scheme, value }: model::entity::ExternalId) -> Self {
        Self { scheme, value }
    }
}
