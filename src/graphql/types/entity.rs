//! Fields that every kind of entity has. The thirteen object types and the `Entity` interface take them from here.

use std::sync::Arc;

use async_graphql::{Context, ID, Object, SimpleObject};

use super::dataset::{self, Dataset};
use super::incident::{self, RelatedConnection, RelationConnection};
use super::kinds::{Entity, Region};
use super::observation::{self, ObservationConnection};
use super::quantity::Quantity;
use super::statement::{self, Statement};
use crate::graphql::errors::{Failure, Result};
use crate::graphql::inputs::filter::{EntityFilter, RelationFilter};
use crate::graphql::inputs::page::PageArgs;
use crate::graphql::inputs::redirects::resolve_redirects;
use crate::graphql::request_context::request_context;
use crate::graphql::scalars::{PartialDate, int};
use crate::model;
use crate::model::change::Subject;
use crate::model::entity::{EntityKind, NameRole, SharedEntity};
use crate::model::language::Language;
use crate::model::page::PageRequest;
use crate::model::selector::{AsOf, Direction, RegionRole};
use crate::model::statement::Property;
use crate::service::IncidentQuery;

/// An entity, and the date at which it and its nested fields are read.
#[derive(Clone)]
pub(in crate::graphql) struct EntityAtDate {
    pub(in crate::graphql) entity: SharedEntity,
    pub(in crate::graphql) at: AsOf,
}

/// Fields common to all kinds of entity.
#[Object(name = "EntityCommon")]
impl EntityAtDate {
    /// Id of the entity, `<kind>:<slug>`.
    pub(in crate::graphql) async fn id(&self) -> ID {
        self.entity.id.as_str().into()
    }
    /// Kind of the entity, one of thirteen.
    async fn kind(&self) -> EntityKind {
        self.entity.kind()
    }
    /// All names of the entity, in every language.
    async fn names(&self) -> Vec<Name> {
        self.entity.names.iter().cloned().map(Name::from).collect()
    }
    /// Name in the requested language, or in another if there is none; never empty.
    async fn name(
        &self,
        #[graphql(
            desc = "BCP 47 language tag, such as `zh` or `en`.",
            default_with = "Some(String::from(\"zh\"))"
        )]
        lang: Option<String>,
    ) -> &str {
        self.entity.name(lang.as_deref().unwrap_or("zh"))
    }
    /// Short description, in the language in which it is recorded (`descriptionLang`).
    async fn description(&self) -> Option<&str> {
        self.entity.description.as_deref()
    }
    /// Language of the description, `zh` or `en`, detected from its script. A description is recorded in one language and is
    /// not translated. Null if there is no description.
    async fn description_lang(&self) -> Option<&'static str> {
        let description = self.entity.description.as_deref()?;
        Some(Language::written_in(description).tag())
    }
    /// Region in which the entity is located at the requested date, the first by id if there are several. Null if none is recorded.
    async fn region(&self, ctx: &Context<'_>) -> Result<Option<Region>> {
        let regions = self.regions_of(ctx, RegionRole::Located).await?;
        let Some(first) = regions.first() else {
            return Ok(None);
        };
        Ok(Self::load(ctx, first, self.at).await?.map(Region))
    }
    /// Regions to which the entity belongs at the requested date, without their parent regions.
    async fn regions(
        &self,
        ctx: &Context<'_>,
        #[graphql(
            desc = "Relation to the region: located there, governed from there or originating there.",
            default_with = "Some(RegionRole::Located)"
        )]
        role: Option<RegionRole>,
    ) -> Result<Vec<Region>> {
        let ids = self.regions_of(ctx, role.unwrap_or(RegionRole::Located)).await?;
        Ok(Self::load_all(ctx, &ids, self.at)
            .await?
            .into_iter()
            .map(Region)
            .collect())
    }
    /// Free-form labels.
    async fn tags(&self) -> &[String] {
        &self.entity.tags
    }
    /// Identifiers of the entity in external registers.
    async fn external_ids(&self) -> Vec<ExternalId> {
        self.entity
            .external_ids
            .iter()
            .cloned()
            .map(ExternalId::from)
            .collect()
    }
    /// Number of members that a cohort stands for, as known at the requested date. Null for an entity that is not a cohort.
    async fn size(&self, ctx: &Context<'_>) -> Option<Quantity> {
        self.amount(ctx, Property::Size)
    }
    /// Date from which the entity exists. Null if open or unknown.
    async fn valid_from(&self) -> Option<PartialDate> {
        self.entity.validity.from().map(PartialDate)
    }
    /// First day on which the entity no longer exists. Null if open or unknown.
    async fn valid_to(&self) -> Option<PartialDate> {
        self.entity.validity.to().map(PartialDate)
    }
    /// Statements that support the entity.
    async fn statements(&self, ctx: &Context<'_>) -> Result<Vec<Statement>> {
        statement::statements(ctx, Subject::Entity(self.entity.id.clone())).await
    }
    /// Data sets that contain a row for the entity.
    async fn datasets(&self, ctx: &Context<'_>) -> Result<Vec<Dataset>> {
        dataset::datasets_of(ctx, Subject::Entity(self.entity.id.clone())).await
    }
    /// Ids of entities that were merged into this one; they redirect here permanently.
    async fn former_ids(&self) -> Vec<ID> {
        self.entity
            .former_ids
            .iter()
            .map(|id| id.as_str().into())
            .collect()
    }
    /// Relations of the entity, sorted by id.
    #[expect(clippy::too_many_arguments, reason = "the fixed schema has them")]
    async fn relations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Conditions that the relations must meet.")] filter: Option<RelationFilter>,
        #[graphql(
            desc = "Direction of the relations, seen from this entity.",
            default_with = "Some(Direction::Both)"
        )]
        direction: Option<Direction>,
        #[graphql(desc = "Number of rows from the start, 0–1000. Default: 100.")] first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Number of rows from the end, 0–1000, in list order.")] last: Option<i32>,
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
    /// Entities at the other ends of its relations, sorted by the id of the relation.
    #[expect(clippy::too_many_arguments, reason = "the fixed schema has them")]
    async fn related(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Conditions that the relations must meet.")] filter: Option<RelationFilter>,
        #[graphql(
            desc = "Direction of the relations, seen from this entity.",
            default_with = "Some(Direction::Both)"
        )]
        direction: Option<Direction>,
        #[graphql(desc = "Conditions that the entities at the other ends must meet.")] entities: Option<
            EntityFilter,
        >,
        #[graphql(desc = "Number of rows from the start, 0–1000. Default: 100.")] first: Option<i32>,
        #[graphql(desc = "Rows after this cursor.")] after: Option<String>,
        #[graphql(desc = "Number of rows from the end, 0–1000, in list order.")] last: Option<i32>,
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
    /// Observations of the entity (quantities that are not flows), sorted by id.
    async fn observations(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Indicators to return. Default: all.")] indicators: Option<Vec<String>>,
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
        observation::page_of_entity(ctx, self, indicators, &args).await
    }
    /// Number of relations of the entity at the requested date, of every kind and in both directions.
    async fn degree(&self, ctx: &Context<'_>) -> Result<i32> {
        let loaders = &request_context(ctx).loaders;
        let id = self.entity.id.clone();
        if self.at.is_none() {
            return loaders.one(&loaders.degrees, id).await.map(int);
        }
        let query = self.incident(ctx, None, None, None).await?;
        loaders
            .incident_relation_counts
            .load(&Arc::new(query), id)
            .await
            .map(int)
    }
}

impl EntityAtDate {
    /// Loads an entity by id, in one batch with others. A merged id loads the entity into which it was merged.
    pub(in crate::graphql) async fn load(
        ctx: &Context<'_>,
        id: &model::id::EntityId,
        at: AsOf,
    ) -> Result<Option<Self>> {
        let loaders = &request_context(ctx).loaders;
        let entity = loaders.one(&loaders.entities, id.clone()).await?;
        Ok(entity.map(|entity| Self { entity, at }))
    }

    /// Loads an entity to which another record refers.
    ///
    /// **Errors.** The entity does not exist.
    pub(in crate::graphql) async fn entity(
        ctx: &Context<'_>,
        id: &model::id::EntityId,
        at: AsOf,
    ) -> Result<Entity> {
        let found = Self::load(ctx, id, at).await?;
        found.map(Entity::from).ok_or_else(|| missing(id))
    }

    /// Loads several entities to which other records refer, in the order of the ids.
    ///
    /// **Errors.** One of them does not exist.
    pub(in crate::graphql) async fn entities(
        ctx: &Context<'_>,
        ids: impl IntoIterator<Item = &model::id::EntityId>,
        at: AsOf,
    ) -> Result<Vec<Self>> {
        let ids: Vec<_> = ids.into_iter().collect();
        request_context(ctx).spend_rows(ids.len())?;
        let waiting = ids.into_iter().map(async |id| {
            let found = Self::load(ctx, id, at).await?;
            found.ok_or_else(|| missing(id))
        });
        async_graphql::futures_util::future::try_join_all(waiting).await
    }

    /// Loads several entities in the order of the ids, without those that do not exist.
    pub(in crate::graphql) async fn load_all(
        ctx: &Context<'_>,
        ids: &[model::id::EntityId],
        at: AsOf,
    ) -> Result<Vec<Self>> {
        request_context(ctx).spend_rows(ids.len())?;
        let waiting: Vec<_> = ids.iter().map(|id| Self::load(ctx, id, at)).collect();
        let found = async_graphql::futures_util::future::try_join_all(waiting).await?;
        Ok(found.into_iter().flatten().collect())
    }

    /// A quantity among the properties of the entity, as known at the requested date.
    pub(in crate::graphql) fn amount(&self, ctx: &Context<'_>, property: Property) -> Option<Quantity> {
        let known = request_context(ctx)
            .session
            .known_property(&self.entity, property, self.at);
        known.map(Quantity::from)
    }

    async fn regions_of(&self, ctx: &Context<'_>, role: RegionRole) -> Result<Arc<[model::id::EntityId]>> {
        let query = Arc::new((role, self.at));
        request_context(ctx)
            .loaders
            .regions
            .load(&query, self.entity.id.clone())
            .await
    }

    /// The query for relations of this entity, with an empty page request that the caller replaces.
    async fn incident(
        &self,
        ctx: &Context<'_>,
        filter: Option<RelationFilter>,
        direction: Option<Direction>,
        other: Option<EntityFilter>,
    ) -> Result<IncidentQuery> {
        let filter = resolve_redirects(
            ctx,
            filter.map(RelationFilter::parse).transpose()?.unwrap_or_default(),
        )
        .await?;
        let other = match other {
            Some(other) => Some(resolve_redirects(ctx, other.parse()?).await?),
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
    Failure::internal(&format!(
        "a record refers to the entity `{id}`, which does not exist"
    ))
}

/// A name in one language.
#[derive(SimpleObject)]
pub(in crate::graphql) struct Name {
    /// Text of the name.
    value: String,
    /// Language of the name, as a BCP 47 tag.
    lang: String,
    /// Role of the name: official, alias, abbreviation or transliteration.
    role: NameRole,
}

impl From<model::entity::Name> for Name {
    fn from(model::entity::Name { value, lang, role }: model::entity::Name) -> Self {
        Self { value, lang, role }
    }
}

/// An identifier in an external register.
#[derive(SimpleObject)]
pub(in crate::graphql) struct ExternalId {
    /// Register, such as `ror`, `wikidata` or `gbt2260`.
    scheme: String,
    /// Identifier in that register.
    value: String,
}

impl From<model::entity::ExternalId> for ExternalId {
    fn from(model::entity::ExternalId { scheme, value }: model::entity::ExternalId) -> Self {
        Self { scheme, value }
    }
}
