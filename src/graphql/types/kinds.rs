//! The thirteen object types and the interfaces `Entity` and `Node`, made from the table of kinds.
//!
//! Each object type has the common fields ([`EntityAtDate`]), its own properties and its named connections. `async-graphql`
//! registers types while it walks them, so that the common fields are incomplete during a recursive walk: the types are
//! registered empty, and [`complete`] fills them in afterwards.

use std::borrow::Cow;

use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types::Field;
use async_graphql::registry::{MetaField, MetaType, MetaTypeId, Registry};
use async_graphql::resolver_utils::{ContainerType, resolve_container};
use async_graphql::{
    Context, ContextSelectionSet, InterfaceType, Name, ObjectType, OutputType, Positioned, ServerResult,
    Value,
};

use super::dataset::Dataset;
use super::entity::EntityAtDate;
use super::observation::Observation;
use super::relation::Relation;
use super::rule::Rule;
use super::statement::Source;
use super::{covers, named, properties};
use crate::graphql::plain_fields::{self, PlainFields};
use crate::model::entity::{EntityKind, entity_kinds};
use crate::model::partial_date::PartialDate;

macro_rules! entity_types {
    ($($kind:ident $name:literal $prefix:literal $conduit:literal [$zh:literal, $en:literal] [$about_zh:literal, $about_en:literal]),+ $(,)?) => {
        $(
            #[doc = $about_en]
            #[derive(Clone)]
            pub(in crate::graphql) struct $kind(pub(in crate::graphql) EntityAtDate);

            impl From<EntityAtDate> for $kind {
                fn from(record: EntityAtDate) -> Self {
                    Self(record)
                }
            }

            impl OutputType for $kind {
                fn type_name() -> Cow<'static, str> {
                    stringify!($kind).into()
                }
                fn create_type_info(registry: &mut Registry) -> String {
                    registry.create_output_type::<Self, _>(MetaTypeId::Object, |registry| {
                        Entity::create_type_info(registry);
                        registry.add_implements(stringify!($kind), "Node");
                        registry.add_implements(stringify!($kind), "Entity");
                        empty_object::<Self>($about_en)
                    })
                }
                async fn resolve(&self, ctx: &ContextSelectionSet<'_>, _: &Positioned<Field>) -> ServerResult<Value> {
                    match plain_fields::object(ctx, &self.0) {
                        Some(object) => Ok(object),
                        None => resolve_container(ctx, self).await,
                    }
                }
            }

            impl ContainerType for $kind {
                async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
                    resolve_field(&self.0, ctx).await
                }
            }
            impl ObjectType for $kind {}
        )+

        /// An entity of any kind.
        #[derive(Clone)]
        pub(in crate::graphql) enum Entity { $($kind($kind)),+ }

        impl From<EntityAtDate> for Entity {
            fn from(record: EntityAtDate) -> Self {
                match record.entity.kind() { $(EntityKind::$kind => Self::$kind($kind(record))),+ }
            }
        }

        impl Entity {
            const TYPES: &'static [&'static str] = &[$(stringify!($kind)),+];
        }

        impl OutputType for Entity {
            fn type_name() -> Cow<'static, str> {
                "Entity".into()
            }
            fn introspection_type_name(&self) -> Cow<'static, str> {
                match self { $(Self::$kind(_) => stringify!($kind).into()),+ }
            }
            fn create_type_info(registry: &mut Registry) -> String {
                registry.create_output_type::<Self, _>(MetaTypeId::Interface, |registry| {
                    $($kind::create_type_info(registry);)+
                    registry.add_implements("Entity", "Node");
                    interface::<Self>(ENTITY_ABOUT, Entity::TYPES)
                })
            }
            // Delegated as a whole, so that fragments resolve on the concrete type, which has every field they may name.
            async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
                match self { $(Self::$kind(entity) => entity.resolve(ctx, field).await),+ }
            }
        }

        impl ContainerType for Entity {
            async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
                match self { $(Self::$kind(entity) => entity.resolve_field(ctx).await),+ }
            }
        }
        impl InterfaceType for Entity {}
    };
}
entity_kinds!(entity_types);

const ENTITY_ABOUT: &str = "An entity of one of the thirteen kinds. Each kind adds its own properties and named connections \
    (Fund.investments, University.labs, Park.tenants …), whose edges include the relation.";

impl PlainFields for EntityAtDate {
    fn has_type(&self, type_name: &str) -> bool {
        let kind = EntityKind::ALL
            .iter()
            .position(|kind| *kind == self.entity.kind());
        ["Entity", "Node"].contains(&type_name) || kind.is_some_and(|kind| Entity::TYPES[kind] == type_name)
    }

    fn plain_field(&self, field: &Field) -> Option<Value> {
        if !field.arguments.is_empty() {
            return None;
        }
        let text = |text: &str| Some(Value::from(text));
        let date = |date: Option<PartialDate>| date.map_or(Value::Null, |date| Value::from(date.to_string()));
        let entity = &self.entity;
        match field.name.node.as_str() {
            "id" => text(entity.id.as_str()),
            "name" => text(entity.name("zh")),
            "kind" => Some(Value::Enum(Name::new(entity.kind().name()))),
            "description" => Some(entity.description.as_deref().map_or(Value::Null, Value::from)),
            "tags" => Some(Value::List(
                entity.tags.iter().map(|tag| Value::from(tag.as_str())).collect(),
            )),
            "validFrom" => Some(date(entity.validity.from())),
            "validTo" => Some(date(entity.validity.to())),
            "__typename" => EntityKind::ALL
                .iter()
                .position(|kind| *kind == entity.kind())
                .and_then(|kind| text(Entity::TYPES[kind])),
            _ => None,
        }
    }
}

/// Resolves a field of an entity: common fields first, because most queries select nothing else.
async fn resolve_field(record: &EntityAtDate, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
    if let Some(value) = record.resolve_field(ctx).await? {
        return Ok(Some(value));
    }
    if record.entity.kind() == EntityKind::Program && ctx.item.node.name.node == covers::FIELD {
        return covers::resolve(record, ctx).await.map(Some);
    }
    match named::find(record.entity.kind(), &ctx.item.node.name.node) {
        Some(row) => named::resolve(row, record, ctx).await.map(Some),
        None => properties::resolve(record, ctx).await,
    }
}

macro_rules! nodes {
    ($($other:ident),+) => {
        /// An object that has an id.
        pub(in crate::graphql) enum Node { Entity(Entity), $($other($other)),+ }

        impl OutputType for Node {
            fn type_name() -> Cow<'static, str> {
                "Node".into()
            }
            fn introspection_type_name(&self) -> Cow<'static, str> {
                match self {
                    Self::Entity(entity) => entity.introspection_type_name(),
                    $(Self::$other(node) => node.introspection_type_name()),+
                }
            }
            fn create_type_info(registry: &mut Registry) -> String {
                registry.create_output_type::<Self, _>(MetaTypeId::Interface, |registry| {
                    Entity::create_type_info(registry);
                    $(
                        <$other as OutputType>::create_type_info(registry);
                        registry.add_implements(stringify!($other), "Node");
                    )+
                    let types: Vec<_> = Entity::TYPES.iter().copied().chain([$(stringify!($other)),+]).collect();
                    interface::<Self>("An object that has a globally unique id.", &types)
                })
            }
            async fn resolve(&self, ctx: &ContextSelectionSet<'_>, field: &Positioned<Field>) -> ServerResult<Value> {
                match self {
                    Self::Entity(entity) => entity.resolve(ctx, field).await,
                    $(Self::$other(node) => node.resolve(ctx, field).await),+
                }
            }
        }

        impl ContainerType for Node {
            async fn resolve_field(&self, ctx: &Context<'_>) -> ServerResult<Option<Value>> {
                match self {
                    Self::Entity(entity) => entity.resolve_field(ctx).await,
                    $(Self::$other(node) => node.resolve_field(ctx).await),+
                }
            }
        }
        impl InterfaceType for Node {}
    };
}
nodes!(Relation, Source, Observation, Dataset, Rule);

fn empty_object<T>(about: &str) -> MetaType {
    MetaType::Object {
        name: std::any::type_name::<T>()
            .rsplit("::")
            .next()
            .unwrap_or_default()
            .to_string(),
        description: Some(about.to_string()),
        fields: IndexMap::new(),
        cache_control: async_graphql::CacheControl::default(),
        extends: false,
        shareable: false,
        resolvable: true,
        keys: None,
        visible: None,
        inaccessible: false,
        interface_object: false,
        tags: Vec::new(),
        is_subscription: false,
        rust_typename: Some(std::any::type_name::<T>()),
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    }
}

fn interface<T: OutputType>(about: &str, types: &[&str]) -> MetaType {
    MetaType::Interface {
        name: T::type_name().into_owned(),
        description: Some(about.to_string()),
        fields: IndexMap::new(),
        possible_types: types.iter().map(|name| (*name).to_string()).collect(),
        extends: false,
        keys: None,
        visible: None,
        inaccessible: false,
        tags: Vec::new(),
        rust_typename: Some(std::any::type_name::<T>()),
        directive_invocations: Vec::new(),
        requires_scopes: Vec::new(),
    }
}

/// Fields by name, in the order in which the schema shows them.
pub(super) type FieldMap = IndexMap<String, MetaField>;

/// Fills in the fields of the kinds and of the two interfaces.
pub(in crate::graphql) fn complete(registry: &mut Registry) {
    let common = fields_of::<EntityAtDate>(registry);
    for (kind, name) in EntityKind::ALL.iter().zip(Entity::TYPES) {
        let mut fields = common.clone();
        fields.extend(properties::fields(*kind, registry));
        fields.extend(named::fields(*kind, &common));
        if *kind == EntityKind::Program {
            fields.extend(covers::field(&common).map(|field| (field.name.clone(), field)));
        }
        set_fields(registry, name, fields);
    }
    let id = common
        .iter()
        .filter(|(name, _)| *name == "id")
        .map(|(name, field)| (name.clone(), field.clone()));
    set_fields(registry, "Node", id.collect());
    set_fields(registry, "Entity", common);
    super::page::describe_edges(registry);
}

/// The fields of a Rust type that only declares fields and is not itself a type of the schema.
pub(super) fn fields_of<T: OutputType>(registry: &mut Registry) -> FieldMap {
    match registry.create_fake_output_type::<T>() {
        MetaType::Object { fields, .. } => fields,
        _ => IndexMap::new(),
    }
}

fn set_fields(registry: &mut Registry, name: &str, new: FieldMap) {
    if let Some(MetaType::Object { fields, .. } | MetaType::Interface { fields, .. }) =
        registry.types.get_mut(name)
    {
        *fields = new;
    }
}
