//! The ontology: the kinds of entity, relation and amount, from the tables of the model.

use async_graphql::{Object, SimpleObject};

use super::vocabulary::language;
use crate::model::entity::EntityKind;
use crate::model::flow_direction::FlowDirection;
use crate::model::ontology::{CarriedResource, Conservation, PermittedEnds, RelationKind};
use crate::model::quantity::{self, QuantityStatus};
use crate::model::resource::Resource;

/// Kinds of entity, relation and amount that the graph can contain.
#[derive(SimpleObject)]
pub(in crate::graphql) struct Ontology {
    /// Kinds of entity.
    entity_kinds: Vec<EntityKindInfo>,
    /// Kinds of relation.
    relation_kinds: Vec<RelationKindInfo>,
    /// Bases of amounts that have a status. MEASURED, the basis of sizes and indicators, has none.
    bases: Vec<BasisInfo>,
}

impl Ontology {
    pub(in crate::graphql) fn new() -> Self {
        Self {
            entity_kinds: EntityKind::ALL.iter().copied().map(EntityKindInfo).collect(),
            relation_kinds: RelationKind::ALL.iter().copied().map(RelationKindInfo).collect(),
            bases: quantity::Basis::ALL
                .iter()
                .copied()
                .filter_map(BasisInfo::new)
                .collect(),
        }
    }
}

/// A kind of entity.
struct EntityKindInfo(EntityKind);

/// A kind of entity, with its labels.
#[Object]
impl EntityKindInfo {
    /// Kind of entity.
    async fn kind(&self) -> EntityKind {
        self.0
    }
    /// Whether it is a conduit: it passes on what it receives, so that its location says nothing about the origin of a resource.
    async fn conduit(&self) -> bool {
        self.0.is_conduit()
    }
    /// Label of the kind.
    async fn label(
        &self,
        #[graphql(desc = "Language: `zh` or `en`.", default_with = "Some(String::from(\"zh\"))")]
        lang: Option<String>,
    ) -> &str {
        self.0.label().of(language(lang.as_deref()))
    }
    /// Description of the kind.
    async fn description(
        &self,
        #[graphql(desc = "Language: `zh` or `en`.", default_with = "Some(String::from(\"zh\"))")]
        lang: Option<String>,
    ) -> &str {
        self.0.description().of(language(lang.as_deref()))
    }
}

/// A kind of relation.
struct RelationKindInfo(RelationKind);

/// A kind of relation, and its meaning for a trace.
#[Object]
impl RelationKindInfo {
    /// Kind of relation.
    async fn kind(&self) -> RelationKind {
        self.0
    }
    /// Permitted combinations of kinds at the two ends.
    async fn ends(&self) -> Vec<KindEnds> {
        self.0
            .info()
            .ends
            .iter()
            .flat_map(KindEnds::combinations)
            .collect()
    }
    /// Direction in which the kind carries a resource. Null if each relation states it.
    async fn flow(&self) -> Option<FlowDirection> {
        self.0.info().flow
    }
    /// Resource that the kind carries. Null if each relation states it, if the kind passes on what it receives, or if it carries nothing.
    async fn resource(&self) -> Option<Resource> {
        match self.0.info().carries {
            CarriedResource::Own(resource) => Some(resource),
            CarriedResource::Stated | CarriedResource::Incoming | CarriedResource::Nothing => None,
        }
    }
    /// Whether each relation states its resource.
    async fn resource_stated(&self) -> bool {
        self.0.info().carries == CarriedResource::Stated
    }
    /// Whether the kind passes on whatever resource comes in.
    async fn carrier(&self) -> bool {
        self.0.info().is_carrier()
    }
    /// Whether the kind is structural: it states where entities are located or belong, not what they do.
    async fn structure(&self) -> bool {
        self.0.info().structure
    }
    /// Whether amounts add up along a path.
    async fn conserved(&self) -> bool {
        self.0.info().conserved != Conservation::No
    }
    /// Only unit in which amounts add up. Null if they add up in any unit, or in none.
    async fn conserved_unit(&self) -> Option<&str> {
        match self.0.info().conserved {
            Conservation::In(unit) => Some(unit),
            Conservation::No | Conservation::InAnyUnit | Conservation::Share => None,
        }
    }
    /// Label of the kind.
    async fn label(
        &self,
        #[graphql(desc = "Language: `zh` or `en`.", default_with = "Some(String::from(\"zh\"))")]
        lang: Option<String>,
    ) -> &str {
        self.0.label().of(language(lang.as_deref()))
    }
    /// Description of the kind.
    async fn description(
        &self,
        #[graphql(desc = "Language: `zh` or `en`.", default_with = "Some(String::from(\"zh\"))")]
        lang: Option<String>,
    ) -> &str {
        self.0.description().of(language(lang.as_deref()))
    }
}

/// Kinds of entity that a kind of relation permits at its two ends.
#[derive(SimpleObject)]
struct KindEnds {
    /// Permitted kinds at the start.
    from: Vec<EntityKind>,
    /// Permitted kinds at the end.
    to: Vec<EntityKind>,
}

impl KindEnds {
    /// The combinations of `ends`. If both ends must be of the same kind, there is one row per kind.
    fn combinations(ends: &'static PermittedEnds) -> Vec<Self> {
        if ends.same_kind {
            let both = ends.from.iter().filter(|kind| ends.to.contains(kind));
            return both
                .map(|kind| Self {
                    from: vec![*kind],
                    to: vec![*kind],
                })
                .collect();
        }
        vec![Self {
            from: ends.from.to_vec(),
            to: ends.to.to_vec(),
        }]
    }
}

/// A basis of amounts.
#[derive(SimpleObject)]
struct BasisInfo {
    /// Code of the basis.
    basis: &'static str,
    /// Status of amounts with this basis.
    status: QuantityStatus,
}

impl BasisInfo {
    fn new(basis: quantity::Basis) -> Option<Self> {
        basis.status().map(|status| Self {
            basis: basis.name(),
            status,
        })
    }
}
