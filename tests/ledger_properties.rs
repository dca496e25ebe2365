//! The ledger against its definition, followed literally: on small random graphs both say the same of each relation, and of what
//! the amounts come to.

mod reference;

use std::collections::BTreeSet;

use hukun::model::Decimal;
use hukun::model::budget::WorkBudget;
use hukun::model::entity::EntityKind;
use hukun::model::flow_direction::FlowDirection;
use hukun::model::id::{EntityId, RelationId};
use hukun::model::ontology::RelationKind;
use hukun::model::period::Validity;
use hukun::model::quantity::{Basis, Measure, Quantity, QuantityParts, Unit};
use hukun::model::relation::{Driver, Relation};
use hukun::model::resource::Resource;
use hukun::model::subgraph::{SubEntity, SubRelation, Subgraph};
use hukun::trace::PathCount;
use hukun::trace::end_class::{CarriedRelation, EndClassifier, LedgerSide};
use hukun::trace::mechanisms::{LedgerFacts, MechanismRow, groups};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::support::soak;
use reference::Reference;

/// A graph, both sides of a question, and whether the programme of all its relations is tied to one.
#[derive(Clone, Debug)]
pub struct Case {
    pub entities: Vec<EntityId>,
    pub relations: Vec<Relation>,
    pub from: LedgerSide,
    pub to: LedgerSide,
    pub include_unstated: bool,
    pub tied: bool,
}

const KINDS: [EntityKind; 5] = [
    EntityKind::Company,
    EntityKind::Organization,
    EntityKind::Fund,
    EntityKind::Project,
    EntityKind::Industry,
];
const RELATIONS: [RelationKind; 6] = [
    RelationKind::InvestsIn,
    RelationKind::InvestsIn,
    RelationKind::Grants,
    RelationKind::SharesTax,
    RelationKind::CarriedBy,
    RelationKind::InIndustry,
];

fn program() -> EntityId {
    EntityId::parse("program:p").unwrap()
}

fn relation(number: usize, entities: Vec<EntityId>) -> impl Strategy<Value = Relation> {
    let flows = [
        None,
        None,
        None,
        Some(FlowDirection::Backward),
        Some(FlowDirection::Both),
        Some(FlowDirection::Unstated),
    ];
    let amounts = [
        None,
        Some(None),
        Some(Some(1)),
        Some(Some(10)),
        Some(Some(100)),
        Some(Some(1000)),
    ];
    let ends = (select(entities.clone()), select(entities));
    let amount = (
        select(amounts.to_vec()),
        select(vec![Basis::Invested, Basis::Granted]),
    );
    (select(&RELATIONS[..]), ends, select(flows.to_vec()), amount).prop_map(
        move |(kind, (from, to), flow, (amount, basis))| Relation {
            id: RelationId::parse(&format!("r{number}")).unwrap(),
            kind,
            from,
            to,
            stated_resource: None,
            stated_flow: flow,
            quantity: amount.map(|amount| {
                let parts = QuantityParts {
                    amount: amount.map(Decimal::from),
                    unit: Some(Unit::parse("CNY").unwrap()),
                    basis: Some(basis),
                    ..QuantityParts::default()
                };
                Quantity::new(parts, Measure::Cumulative).unwrap()
            }),
            share: None,
            under: vec![program()],
            driver: Driver::Unstated,
            validity: Validity::default(),
        },
    )
}

fn case() -> impl Strategy<Value = Case> {
    let kinds = prop::collection::vec(select(&KINDS[..]), 3..7);
    kinds.prop_flat_map(|kinds| {
        let entities: Vec<EntityId> = kinds
            .iter()
            .enumerate()
            .map(|(n, kind)| EntityId::parse(&format!("{}:{n}", kind.prefix())).unwrap())
            .collect();
        let relations: Vec<_> = (0..9).map(|number| relation(number, entities.clone())).collect();
        let some = |entities: &[EntityId]| subsequence(entities.to_vec(), 0..=entities.len());
        let sides = (some(&entities), some(&entities), some(&entities), some(&entities));
        let side = |ends: Vec<EntityId>, elsewhere: Vec<EntityId>| LedgerSide {
            elsewhere: elsewhere.into_iter().filter(|id| !ends.contains(id)).collect(),
            ends: ends.into_iter().collect(),
            gate: None,
        };
        (
            relations,
            0..=9_usize,
            sides,
            prop::bool::weighted(0.2),
            any::<bool>(),
        )
            .prop_map(
                move |(relations, count, (from, to, not_from, not_to), include_unstated, tied)| Case {
                    entities: entities.clone(),
                    relations: relations.into_iter().filter(may_stand).take(count).collect(),
                    from: side(from, not_from),
                    to: side(to, not_to),
                    include_unstated,
                    tied,
                },
            )
    })
}

/// No relation leads from an entity to itself, and none but carriers to industries.
fn may_stand(relation: &Relation) -> bool {
    let of_industry = |end: &EntityId| end.kind() == EntityKind::Industry;
    let industries = of_industry(&relation.from) || of_industry(&relation.to);
    relation.from != relation.to && (relation.kind.info().is_carrier() || !industries)
}

fn walked(case: &Case) -> Subgraph {
    let at = |id: &EntityId| u32::try_from(case.entities.iter().position(|one| one == id).unwrap()).unwrap();
    let entity = |id: &EntityId| SubEntity {
        id: id.clone(),
        refusal: None,
        best: None,
    };
    Subgraph {
        entities: case.entities.iter().map(entity).collect(),
        relations: case
            .relations
            .iter()
            .map(|relation| SubRelation {
                id: relation.id.clone(),
                kind: relation.kind,
                from: at(&relation.from),
                to: at(&relation.to),
                flow: relation.flow(),
                resource: relation.resource(),
                refusal: None,
                best: None,
                undated: true,
            })
            .collect(),
        truncated: None,
    }
}

fn plenty() -> WorkBudget {
    WorkBudget::new(u64::MAX, None)
}

/// The ways, the relations given half by the walk downstream and half by the reversed one.
fn classifier(case: &Case) -> EndClassifier {
    let (mut down, mut up) = (walked(case), walked(case));
    down.relations.retain(|relation| relation.id.as_str() < "r5");
    up.relations.retain(|relation| relation.id.as_str() > "r3");
    up.relations
        .iter_mut()
        .for_each(|relation| relation.flow = relation.flow.reversed());
    let sides = (case.from.clone(), case.to.clone());
    EndClassifier::new((&down, &up), sides, case.include_unstated, &mut plenty())
}

fn row(case: &Case) -> MechanismRow {
    let facts = LedgerFacts {
        programs: BTreeSet::from([program()]),
        tied: case.tied.then(program).into_iter().collect(),
        ..LedgerFacts::default()
    };
    let classifier = classifier(case);
    let group = groups(&case.relations, &facts, &classifier).remove(0);
    let count = PathCount {
        value: 0,
        truncated: None,
    };
    group.row(&facts, &classifier, count, &mut plenty())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: if soak() { 100_000 } else { 2000 }, ..ProptestConfig::default() })]

    #[test]
    fn each_relation_is_classed_as_defined(case in case()) {
        let (classifier, reference) = (classifier(&case), Reference::new(&case));
        for relation in case.relations.iter().filter(|relation| relation.resource().is_some()) {
            let class = classifier.class(CarriedRelation {
                from: &relation.from,
                to: &relation.to,
                flow: relation.flow(),
                resource: relation.resource(),
            });
            prop_assert_eq!(
                (class.origin, class.destination),
                reference.class(relation),
                "{}", relation.id
            );
        }
    }

    #[test]
    fn figures_are_what_the_definition_makes_of_them(case in case()) {
        let (row, reference) = (row(&case), Reference::new(&case));
        let expected = reference.figures(case.tied);
        let found: Vec<_> = row.figures.iter().map(reference::Summary::of).collect();
        prop_assert_eq!(found, expected);
        // Nothing is missing, and nothing counts twice.
        let mut all = row.relations.clone();
        all.extend(row.elsewhere.relations.iter().chain(&row.not_tied).cloned());
        all.sort();
        let mut given: Vec<RelationId> = case.relations.iter().map(|r| r.id.clone()).collect();
        given.sort();
        prop_assert_eq!(all, given);
    }
}

/// Every resource that the cases carry is one that the table of kinds gives.
#[test]
fn the_cases_carry_two_resources() {
    let carried: BTreeSet<Resource> = RELATIONS
        .iter()
        .filter_map(|kind| hukun::model::relation::effective_resource(*kind, None))
        .collect();
    assert_eq!(carried.len(), 2);
}
