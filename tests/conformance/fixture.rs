//! Small graphs, written straight into a store.

use chrono::{DateTime, Utc};
use hukun::model::change::{Change, ChangeSet, Record, Subject};
use hukun::model::entity::{Entity, Name, NameRole, Properties};
use hukun::model::id::{DatasetId, EntityId, RelationId, SourceId};
use hukun::model::ontology::RelationKind;
use hukun::model::partial_date::PartialDate;
use hukun::model::period::Validity;
use hukun::model::quantity::{Basis, Measure, Quantity, QuantityParts, Unit};
use hukun::model::record::{Access, Coverage, Dataset, Source};
use hukun::model::relation::{Driver, Relation};
use hukun::model::statement::{Assertion, Locator, Rank, Reliability, Statement};
use hukun::store::{CommitOutcome, PreparedWrite, Reader, Store, StoreResult, WritePlan};

/// A plan that knows beforehand what it writes.
pub struct Write(pub Vec<Change>);

impl WritePlan for Write {
    type Output = ();
    type Refusal = ();
    async fn prepare<R: Reader>(&mut self, _at: &R) -> StoreResult<Result<PreparedWrite<()>, ()>> {
        Ok(Ok(ChangeSet {
            by: "test".into(),
            at: now(),
            changes: self.0.clone(),
        }
        .into()))
    }
}

pub async fn write<S: Store>(store: &S, changes: Vec<Change>) -> CommitOutcome<(), ()> {
    store.commit(Write(changes)).await.unwrap()
}

pub fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_700_000_000, 0).unwrap()
}

pub fn entity_id(id: &str) -> EntityId {
    EntityId::parse(id).unwrap()
}
pub fn relation_id(id: &str) -> RelationId {
    RelationId::parse(id).unwrap()
}

pub fn dataset() -> Change {
    Change::Dataset(Dataset {
        id: DatasetId::parse("d").unwrap(),
        title: "D".into(),
        licence: "CC0-1.0".into(),
        synthetic: false,
        coverage: Coverage::Sample,
        access: Access::Public,
        imported_at: None,
    })
}

pub fn statement() -> Statement {
    Statement {
        source: SourceId::parse("source:s").unwrap(),
        locator: Locator::parse("L1 [0,4)"),
        quote: Some("如此说".into()),
        assertion: Assertion::Stated,
        reliability: Reliability::Independent,
        rank: Rank::Normal,
        property: None,
        quantity: None,
        as_of: None,
        dataset: DatasetId::parse("d").unwrap(),
        own: true,
        recorded_by: "test".into(),
        recorded_at: now(),
    }
}

pub fn source() -> Change {
    let source = Source {
        id: SourceId::parse("source:s").unwrap(),
        title: "S".into(),
        authors: vec![],
        affiliation: None,
        publisher: None,
        published_on: None,
        language: None,
        licence: None,
        sha256: None,
        url: None,
        datasets: vec![DatasetId::parse("d").unwrap()],
    };
    Change::Put {
        record: Record::Source(source),
        statements: vec![],
    }
}

pub fn entity(id: &str) -> Entity {
    let id = entity_id(id);
    Entity {
        names: vec![Name {
            value: format!("名 {id}"),
            lang: "zh".into(),
            role: NameRole::Official,
        }],
        description: None,
        tags: vec![],
        external_ids: vec![],
        former_ids: vec![],
        size: None,
        validity: Validity::default(),
        properties: Properties::empty(id.kind()),
        recorded_at: now(),
        id,
    }
}

pub fn put_entity(entity: Entity) -> Change {
    Change::Put {
        record: Record::Entity(entity),
        statements: vec![statement()],
    }
}

pub fn relation(id: &str, kind: RelationKind, from: &str, to: &str) -> Relation {
    Relation {
        id: relation_id(id),
        kind,
        from: entity_id(from),
        to: entity_id(to),
        stated_resource: None,
        stated_flow: None,
        quantity: None,
        share: None,
        under: vec![],
        driver: Driver::Unstated,
        validity: Validity::default(),
    }
}

pub fn put_relation(relation: Relation) -> Change {
    Change::Put {
        record: Record::Relation(relation),
        statements: vec![statement()],
    }
}

pub fn delete_relation(id: &str) -> Change {
    Change::Delete(Subject::Relation(relation_id(id)))
}

pub fn cny(amount: i64) -> Quantity {
    let parts = QuantityParts {
        amount: Some(amount.into()),
        unit: Some(Unit::parse("CNY").unwrap()),
        basis: Some(Basis::Invested),
        ..QuantityParts::default()
    };
    Quantity::new(parts, Measure::Cumulative).unwrap()
}

/// Entities of these ids, and relations as (id, kind, from, to).
pub fn graph(entities: &[&str], relations: &[(&str, RelationKind, &str, &str)]) -> Vec<Change> {
    let entities = entities.iter().map(|id| put_entity(entity(id)));
    let relations = relations
        .iter()
        .map(|(id, kind, from, to)| put_relation(relation(id, *kind, from, to)));
    [dataset(), source()]
        .into_iter()
        .chain(entities)
        .chain(relations)
        .collect()
}

/// A relation `dated` whose amount is stated as of 2024.
pub fn stated_in_2024() -> Vec<Change> {
    let mut changes = graph(&["fund:f", "project:p"], &[]);
    let mut investment = relation("dated", RelationKind::InvestsIn, "fund:f", "project:p");
    investment.quantity = Some(cny(10));
    changes.push(Change::Put {
        record: Record::Relation(investment),
        statements: vec![Statement {
            as_of: Some(PartialDate::parse("2024").unwrap()),
            ..statement()
        }],
    });
    changes
}
