//! Mechanisms, by small programmes: what these tests share.

mod ends;
mod rows;
mod sums;
mod totals;

use super::*;
use crate::model::Decimal;
use crate::model::entity::{Entity, Properties, SharedEntity};
use crate::model::id::{ObservationId, SourceId};
use crate::model::ontology::RelationKind::{
    self, CarriedBy, ContributesTo, Grants, Incubates, InvestsIn, IssuesVoucher, Leverages, LocatedIn,
    PartyTo, SharesTax,
};
use crate::model::partial_date::PartialDate;
use crate::model::period::Validity;
use crate::model::quantity::{Basis, Measure, QuantityParts, Unit};
use crate::model::record::{Observation, RulePart, RuleType};
use crate::model::statement::{EvidenceClass, Rank};
use crate::model::subgraph::{SubEntity, SubRelation, Subgraph};
use crate::trace::end_class::{CarriedRelation, LedgerSide};

fn id(text: &str) -> EntityId {
    EntityId::parse(text).unwrap()
}

fn ids(texts: &[&str]) -> BTreeSet<EntityId> {
    texts.iter().map(|text| id(text)).collect()
}

#[expect(clippy::unnecessary_wraps, reason = "a relation takes an amount or none")]
fn of(amount: Option<i64>, unit: &str, basis: Basis) -> Option<QuantityParts> {
    Some(QuantityParts {
        amount: amount.map(Decimal::from),
        unit: Some(Unit::parse(unit).unwrap()),
        basis: Some(basis),
        ..QuantityParts::default()
    })
}

fn cny(amount: i64, basis: Basis) -> Option<QuantityParts> {
    of(Some(amount), "CNY", basis)
}

/// An amount that is not stated, in yuan.
fn some(basis: Basis) -> Option<QuantityParts> {
    of(None, "CNY", basis)
}

fn relation(
    name: &str,
    kind: RelationKind,
    from: &str,
    to: &str,
    quantity: Option<QuantityParts>,
) -> Relation {
    Relation {
        id: RelationId::parse(name).unwrap(),
        kind,
        from: id(from),
        to: id(to),
        stated_resource: None,
        stated_flow: None,
        quantity: quantity.map(|parts| Quantity::new(parts, Measure::Cumulative).unwrap()),
        share: None,
        under: vec![id("program:p")],
        driver: Driver::Market,
        validity: Validity::new(Some(PartialDate::parse("2024").unwrap()), None).unwrap(),
    }
}

/// All the relations, each walked its own way.
fn graph(relations: &[Relation]) -> Subgraph {
    let ends = relations
        .iter()
        .flat_map(|relation| [&relation.from, &relation.to]);
    let ends: BTreeSet<&EntityId> = ends.collect();
    let at = |end: &EntityId| u32::try_from(ends.iter().position(|one| *one == end).unwrap()).unwrap();
    Subgraph {
        entities: ends
            .iter()
            .map(|end| SubEntity {
                id: (*end).clone(),
                refusal: None,
                best: None,
            })
            .collect(),
        relations: relations
            .iter()
            .filter(|relation| relation.kind.info().can_carry())
            .map(|relation| SubRelation {
                id: relation.id.clone(),
                kind: relation.kind,
                from: at(&relation.from),
                to: at(&relation.to),
                flow: relation.flow(),
                resource: relation.resource(),
                refusal: None,
                best: None,
                undated: false,
            })
            .collect(),
        truncated: None,
    }
}

/// Between the agency and the firms of `a`, and the agency and the firms of `b`; what has a `z` in its name lies elsewhere, and
/// what has none of these lies at no known place.
fn classifier(relations: &[Relation]) -> EndClassifier {
    let ends = relations
        .iter()
        .flat_map(|relation| [&relation.from, &relation.to]);
    let ends: BTreeSet<&EntityId> = ends.collect();
    let named = |letter: char| {
        let is = |end: &&&EntityId| {
            end.as_str().split_once(':').unwrap().1.starts_with(letter) && !end.kind().is_conduit()
        };
        ends.iter()
            .filter(is)
            .map(|end| (*end).clone())
            .collect::<BTreeSet<_>>()
    };
    let side = |asked: char, others: [char; 2]| LedgerSide {
        ends: named(asked),
        elsewhere: others.into_iter().flat_map(named).collect(),
        gate: None,
    };
    let (from, to) = (side('a', ['b', 'z']), side('b', ['a', 'z']));
    let nothing = Subgraph::default();
    EndClassifier::new((&graph(relations), &nothing), (from, to), false, &mut plenty())
}

fn plenty() -> WorkBudget {
    WorkBudget::new(u64::MAX, None)
}

fn tied() -> LedgerFacts {
    LedgerFacts {
        tied: ids(&["program:p"]),
        ..LedgerFacts::default()
    }
}

fn row_with(relations: &[Relation], facts: &LedgerFacts) -> MechanismRow {
    let classifier = classifier(relations);
    let mut groups = groups(relations, facts, &classifier);
    let at = groups
        .iter()
        .position(|group| group.program == Some(&id("program:p")))
        .unwrap();
    let count = PathCount {
        value: 0,
        truncated: None,
    };
    groups
        .swap_remove(at)
        .row(facts, &classifier, count, &mut plenty())
}

fn row_of(relations: &[Relation]) -> MechanismRow {
    row_with(relations, &tied())
}

fn bounds(quantity: &Quantity) -> (Option<i64>, Option<i64>) {
    let whole = |amount: Option<Decimal>| amount.map(|amount| i64::try_from(amount).unwrap());
    (whole(quantity.lower()), whole(quantity.upper()))
}

/// The figures: basis, and from how much to how much.
fn sums(row: &MechanismRow) -> Vec<(Basis, Option<i64>, Option<i64>)> {
    let sum = |figure: &Figure| {
        let (lower, upper) = bounds(&figure.total);
        (figure.key.basis.unwrap(), lower, upper)
    };
    row.figures.iter().map(sum).collect()
}

fn names(relations: &[RelationId]) -> Vec<&str> {
    relations.iter().map(RelationId::as_str).collect()
}

fn parts(figure: &Figure) -> [Option<(Option<i64>, Option<i64>)>; 4] {
    [
        &figure.both_stated,
        &figure.origin_not_stated,
        &figure.destination_not_stated,
        &figure.neither_stated,
    ]
    .map(|part| part.as_ref().map(bounds))
}

fn bare(name: &str) -> Entity {
    Entity {
        id: id(name),
        names: Vec::new(),
        description: None,
        tags: Vec::new(),
        external_ids: Vec::new(),
        former_ids: Vec::new(),
        size: None,
        validity: Validity::default(),
        properties: Properties::empty(id(name).kind()),
        recorded_at: chrono::DateTime::UNIX_EPOCH,
    }
}
