//! A small programme, and what its row loses with each fact.

use super::*;
use crate::model::Decimal;
use crate::model::entity::{Entity, Properties};
use crate::model::id::SourceId;
use crate::model::ontology::RelationKind;
use crate::model::period::{PartialDate, Validity};
use crate::model::quantity::{Basis, Measure, Qualifier, QuantityParts, Unit};
use crate::model::record::{RulePart, RuleType};
use crate::model::statement::{EvidenceClass, Rank};

fn id(text: &str) -> EntityId {
    EntityId::parse(text).unwrap()
}

fn ids(texts: &[&str]) -> BTreeSet<EntityId> {
    texts.iter().map(|text| id(text)).collect()
}

fn cny(amount: i64, basis: Basis) -> QuantityParts {
    let unit = Some(Unit::parse("CNY").unwrap());
    QuantityParts {
        amount: Some(Decimal::from(amount)),
        unit,
        basis: Some(basis),
        ..QuantityParts::default()
    }
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

/// A region puts 60 into a fund, and the fund 40 into a project.
fn relations() -> Vec<Relation> {
    vec![
        relation(
            "r1",
            RelationKind::ContributesTo,
            "region:s",
            "fund:f",
            Some(cny(60, Basis::PaidIn)),
        ),
        relation(
            "r2",
            RelationKind::InvestsIn,
            "fund:f",
            "project:j",
            Some(cny(40, Basis::PaidIn)),
        ),
    ]
}

fn class(assertion: Assertion, reliability: Reliability) -> EvidenceClass {
    EvidenceClass {
        source: SourceId::parse("s").unwrap(),
        assertion,
        reliability,
        rank: Rank::Normal,
    }
}

fn facts() -> LedgerFacts {
    let said = class(Assertion::Stated, Reliability::SelfReported);
    let meant = class(Assertion::Normative, Reliability::SelfReported);
    let part = RulePart {
        party: None,
        label: None,
        lower: None,
        upper: None,
    };
    let rule = |name: &str, bearer: &str| Rule {
        id: RuleId::parse(name).unwrap(),
        bearer: id(bearer),
        rule_type: RuleType::Allocation,
        base: None,
        parts: vec![part.clone()],
    };
    LedgerFacts {
        evidence: [
            (
                RelationId::parse("r1").unwrap(),
                vec![said.clone(), said.clone()].into(),
            ),
            (RelationId::parse("r2").unwrap(), vec![said, meant].into()),
        ]
        .into(),
        placed: ids(&["region:s", "fund:f"]),
        classified: ids(&["project:j"]),
        rules: vec![
            rule("of-fund", "fund:f"),
            rule("of-other", "program:q"),
            rule("of-program", "program:p"),
        ],
        ..LedgerFacts::default()
    }
}

fn row_of(relations: &[Relation], facts: &LedgerFacts) -> MechanismRow {
    let relations: Vec<&Relation> = relations.iter().collect();
    row(
        Some(id("program:p")),
        &relations,
        facts,
        PathCount {
            value: 0,
            truncated: None,
        },
    )
}

fn amounts(quantities: &[Quantity]) -> Vec<(Option<Decimal>, Option<Decimal>)> {
    quantities
        .iter()
        .map(|quantity| (quantity.lower(), quantity.upper()))
        .collect()
}

#[test]
fn a_row_counts_what_its_relations_say() {
    let row = row_of(&relations(), &facts());
    assert_eq!(row.resources, [Resource::Capital]);
    assert_eq!(amounts(&row.realised), [(Some(100.into()), Some(100.into()))]);
    assert_eq!((row.promised.len(), row.claimed.len(), row.undated), (0, 0, 0));
    assert_eq!(row.drivers, [Driver::Market]);
    let said = StatementCount {
        assertion: Assertion::Stated,
        reliability: Reliability::SelfReported,
        count: 3,
    };
    assert_eq!(row.statements, [said]);
    assert_eq!(
        row.rules.iter().map(RuleId::as_str).collect::<Vec<_>>(),
        ["of-fund", "of-program"]
    );
    let kinds: Vec<EntityKind> = row.members.iter().map(|(kind, _)| *kind).collect();
    assert_eq!(kinds, [EntityKind::Region, EntityKind::Fund, EntityKind::Project]);
    assert!(
        row.members
            .iter()
            .all(|(_, count)| count.upper == Some(Decimal::ONE))
    );
}

#[test]
fn the_origin_is_stated_only_where_every_one_is() {
    assert!(row_of(&relations(), &facts()).origin_stated);
    for lost in ["region:s", "fund:f"] {
        let mut facts = facts();
        facts.placed.remove(&id(lost));
        assert!(!row_of(&relations(), &facts).origin_stated, "{lost}");
    }
    let mut both = relations();
    both[1].stated_flow = Some(FlowDirection::Both);
    assert!(!row_of(&both, &facts()).origin_stated, "the project lies nowhere");
}

#[test]
fn the_direction_is_stated_only_where_every_one_is() {
    assert!(row_of(&relations(), &facts()).direction_stated);
    for lost in [FlowDirection::Unstated, FlowDirection::Both] {
        let mut relations = relations();
        relations[0].stated_flow = Some(lost);
        assert!(!row_of(&relations, &facts()).direction_stated, "{lost}");
    }
}

#[test]
fn the_industry_is_stated_only_where_every_one_is() {
    assert!(row_of(&relations(), &facts()).industry_stated);
    let unclassified = LedgerFacts {
        classified: BTreeSet::new(),
        ..facts()
    };
    assert!(!row_of(&relations(), &unclassified).industry_stated);
    assert!(
        !row_of(&relations()[..1], &facts()).industry_stated,
        "no project and no company"
    );
}

#[test]
fn what_carries_nothing_states_nothing_and_carriers_pass_on() {
    let party = relation("r3", RelationKind::PartyTo, "organization:o", "program:p", None);
    let alone = row_of(std::slice::from_ref(&party), &facts());
    assert!(!alone.origin_stated && !alone.direction_stated);
    let carried = relation(
        "r4",
        RelationKind::CarriedBy,
        "project:j",
        "company:c",
        Some(cny(7, Basis::Invested)),
    );
    let mut more = relations();
    more.extend([party, carried]);
    let row = row_of(&more, &facts());
    assert!(row.origin_stated && row.direction_stated);
    assert_eq!(amounts(&row.realised), [(Some(100.into()), Some(100.into()))]);
}

#[test]
fn amounts_of_another_status_resource_or_unit_are_not_added() {
    let mut more = relations();
    more.push(relation(
        "r3",
        RelationKind::InvestsIn,
        "fund:f",
        "project:j",
        Some(cny(5, Basis::Committed)),
    ));
    more.push(relation(
        "r4",
        RelationKind::Leverages,
        "fund:f",
        "project:j",
        Some(cny(9, Basis::Invested)),
    ));
    more.push(relation(
        "r5",
        RelationKind::SharesTax,
        "company:c",
        "program:p",
        Some(cny(3, Basis::Shared)),
    ));
    let rule = QuantityParts {
        measure: Some(Measure::Rule),
        ..cny(1, Basis::Invested)
    };
    more.push(relation(
        "r6",
        RelationKind::InvestsIn,
        "fund:f",
        "project:j",
        Some(rule),
    ));
    let measured = cny(2, Basis::Measured);
    more.push(relation(
        "r7",
        RelationKind::InvestsIn,
        "fund:f",
        "project:j",
        Some(measured),
    ));
    let row = row_of(&more, &facts());
    assert_eq!(
        row.realised.iter().map(Quantity::exact).collect::<Vec<_>>(),
        [Some(100.into()), Some(3.into())]
    );
    assert_eq!(
        row.promised.iter().map(Quantity::exact).collect::<Vec<_>>(),
        [Some(5.into())]
    );
    assert_eq!(
        row.claimed.iter().map(Quantity::exact).collect::<Vec<_>>(),
        [Some(9.into())]
    );
}

#[test]
fn an_unknown_amount_leaves_the_sum_open_above() {
    let mut more = relations();
    more.push(relation(
        "r3",
        RelationKind::InvestsIn,
        "fund:f",
        "project:j",
        None,
    ));
    assert_eq!(
        amounts(&row_of(&more, &facts()).realised),
        [(Some(100.into()), None)]
    );
    more[2] = relation("r3", RelationKind::Incubates, "park:k", "project:j", None);
    assert_eq!(
        amounts(&row_of(&more, &facts()).realised),
        [(Some(100.into()), Some(100.into()))]
    );
    let unknown = QuantityParts {
        amount: None,
        qualifier: Some(Qualifier::Unknown),
        ..cny(0, Basis::Committed)
    };
    more[2] = relation(
        "r3",
        RelationKind::InvestsIn,
        "fund:f",
        "project:j",
        Some(unknown),
    );
    let row = row_of(&more, &facts());
    assert_eq!(amounts(&row.realised), [(Some(100.into()), Some(100.into()))]);
    assert_eq!(amounts(&row.promised), [(None, None)]);
}

#[test]
fn members_drivers_dates_and_dead_ends_follow_their_facts() {
    let mut relations = relations();
    relations[0].validity = Validity::default();
    relations[1].driver = Driver::Unstated;
    let mut facts = facts();
    facts.arriving.insert(relations[1].id.clone());
    let size = Quantity::new(
        QuantityParts {
            basis: Some(Basis::Measured),
            ..cny(46, Basis::Measured)
        },
        Measure::Stock,
    );
    let cohort = Entity {
        id: id("project:j"),
        names: Vec::new(),
        description: None,
        tags: Vec::new(),
        external_ids: Vec::new(),
        former_ids: Vec::new(),
        size: size.ok(),
        validity: Validity::default(),
        properties: Properties::empty(EntityKind::Project),
        recorded_at: chrono::DateTime::UNIX_EPOCH,
    };
    facts.entities.insert(cohort.id.clone(), cohort.into());
    let row = row_of(&relations, &facts);
    assert_eq!((row.undated, row.ends_dead), (1, true));
    assert_eq!(row.drivers, [Driver::Market, Driver::Unstated]);
    let projects = row
        .members
        .iter()
        .find(|(kind, _)| *kind == EntityKind::Project)
        .map(|(_, count)| *count);
    assert_eq!(
        projects,
        Some(CountInterval {
            lower: 46.into(),
            upper: Some(46.into())
        })
    );
}

#[test]
fn a_relation_counts_in_the_row_of_each_of_its_programmes() {
    let mut relations = relations();
    relations[0].under = vec![id("program:p"), id("program:q")];
    relations[1].under = Vec::new();
    relations.push(relation(
        "r3",
        RelationKind::LocatedIn,
        "fund:f",
        "region:s",
        None,
    ));
    let rows: Vec<(Option<EntityId>, usize)> = by_program(&relations)
        .into_iter()
        .map(|(program, relations)| (program, relations.len()))
        .collect();
    assert_eq!(
        rows,
        [(Some(id("program:p")), 1), (Some(id("program:q")), 1), (None, 1)]
    );
}
