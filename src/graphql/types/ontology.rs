//! The ontology: what each kind means, as the model's tables have it.

use async_graphql::{Object, SimpleObject};

use super::vocabulary::language;
use crate::model::entity::EntityKind;
use crate::model::ontology::{Carries, Conserved, Ends, RelationKind};
use crate::model::quantity::{self, QuantityStatus};
use crate::model::relation::{FlowDirection, Resource};

/// What there can be in the graph.
#[derive(SimpleObject)]
pub(in crate::graphql) struct Ontology {
    /// The kinds of entity.
    entity_kinds: Vec<EntityKindInfo>,
    /// The kinds of relation.
    relation_kinds: Vec<RelationKindInfo>,
    /// The kinds of amount that have a status. MEASURED, of sizes and indicators, has none.
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
                .filter_map(BasisInfo::of)
                .collect(),
        }
    }
}

/// A kind of entity.
struct EntityKindInfo(EntityKind);

/// A kind of entity.
#[Object]
impl EntityKindInfo {
    /// The kind.
    async fn kind(&self) -> EntityKind {
        self.0
    }
    /// Whether it passes on what it takes in, so that its seat says nothing of where a resource came from.
    async fn conduit(&self) -> bool {
        self.0.is_conduit()
    }
    /// What it is called.
    async fn label(
        &self,
        #[graphql(desc = "zh or en.", default_with = "Some(String::from(\"zh\"))")] lang: Option<String>,
    ) -> &str {
        self.0.label().of(language(lang.as_deref()))
    }
    /// What it is.
    async fn description(
        &self,
        #[graphql(desc = "zh or en.", default_with = "Some(String::from(\"zh\"))")] lang: Option<String>,
    ) -> &str {
        self.0.description().of(language(lang.as_deref()))
    }
}

/// A kind of relation.
struct RelationKindInfo(RelationKind);

/// A kind of relation: what it means for a trace.
#[Object]
impl RelationKindInfo {
    /// The kind.
    async fn kind(&self) -> RelationKind {
        self.0
    }
    /// What may stand at its ends: any one of these.
    async fn ends(&self) -> Vec<KindEnds> {
        self.0.info().ends.iter().flat_map(KindEnds::of).collect()
    }
    /// Which way it carries; null where each relation says.
    async fn flow(&self) -> Option<FlowDirection> {
        self.0.info().flow
    }
    /// What it carries; null where each relation says, where it passes on what comes in, or where it carries nothing.
    async fn resource(&self) -> Option<Resource> {
        match self.0.info().carries {
            Carries::Own(resource) => Some(resource),
            Carries::Stated | Carries::Incoming | Carries::Nothing => None,
        }
    }
    /// Whether each relation says what it carries.
    async fn resource_stated(&self) -> bool {
        self.0.info().carries == Carries::Stated
    }
    /// Whether it passes on what comes in.
    async fn carrier(&self) -> bool {
        self.0.info().is_carrier()
    }
    /// Whether it says where things lie or belong, and nothing of what they do.
    async fn structure(&self) -> bool {
        self.0.info().structure
    }
    /// Whether its amounts add up along a path.
    async fn conserved(&self) -> bool {
        self.0.info().conserved != Conserved::No
    }
    /// The only unit in which they do; null where in any, or in none.
    async fn conserved_unit(&self) -> Option<&str> {
        match self.0.info().conserved {
            Conserved::In(unit) => Some(unit),
            Conserved::No | Conserved::InAnyUnit | Conserved::Share => None,
        }
    }
    /// What it is called.
    async fn label(
        &self,
        #[graphql(desc = "zh or en.", default_with = "Some(String::from(\"zh\"))")] lang: Option<String>,
    ) -> &str {
        self.0.label().of(language(lang.as_deref()))
    }
    /// What it says.
    async fn description(
        &self,
        #[graphql(desc = "zh or en.", default_with = "Some(String::from(\"zh\"))")] lang: Option<String>,
    ) -> &str {
        self.0.description().of(language(lang.as_deref()))
    }
}

/// What may stand at the two ends of a kind of relation.
#[derive(SimpleObject)]
struct KindEnds {
    /// Where it may begin.
    from: Vec<EntityKind>,
    /// Where it may end.
    to: Vec<EntityKind>,
}

impl KindEnds {
    /// Where both ends must be of one kind, a row for each kind says just that.
    fn of(ends: &'static Ends) -> Vec<Self> {
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

/// A kind of amount.
#[derive(SimpleObject)]
struct BasisInfo {
    /// Its code.
    basis: &'static str,
    /// What it is worth as a fact.
    status: QuantityStatus,
}

impl BasisInfo {
    fn of(basis: quantity::Basis) -> Option<Self> {
        basis.status().map(|status| Self {
            basis: basis.name(),
            status,
        })
    }
}
