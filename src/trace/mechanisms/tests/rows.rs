//! A row: what it says of its relations, and what it loses with each fact.

use super::*;

/// A region puts 60 into a fund, and the fund 40 into a project.
fn relations() -> Vec<Relation> {
    vec![
        relation("r1", ContributesTo, "region:a", "fund:f", cny(60, Basis::PaidIn)),
        relation("r2", InvestsIn, "fund:f", "project:j", cny(40, Basis::PaidIn)),
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
        classified: ids(&["project:j"]),
        rules: vec![
            rule("of-fund", "fund:f"),
            rule("of-other", "program:q"),
            rule("of-program", "program:p"),
        ],
        ..tied()
    }
}

#[test]
fn a_row_counts_what_its_relations_say() {
    let row = row_with(&relations(), &facts());
    assert_eq!(row.resources, [Resource::Capital]);
    // What was paid into the fund, and by it, is in series.
    assert_eq!(sums(&row), [(Basis::PaidIn, Some(40), Some(40))]);
    assert_eq!(row.undated, 0);
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
fn an_end_is_stated_only_where_every_one_is() {
    let row = row_of(&relations());
    assert_eq!((row.origin_stated, row.destination_stated), (true, false));
    let mut both = relations();
    both[0].from = id("region:u");
    assert!(!row_of(&both).origin_stated);
    let mut reached = relations();
    reached.push(relation("r3", CarriedBy, "project:j", "company:b", None));
    assert!(row_of(&reached).destination_stated);
}

#[test]
fn the_direction_is_stated_only_where_every_one_is() {
    assert!(row_with(&relations(), &facts()).direction_stated);
    for lost in [FlowDirection::Unstated, FlowDirection::Both] {
        let mut relations = relations();
        relations[0].stated_flow = Some(lost);
        assert!(!row_with(&relations, &facts()).direction_stated, "{lost}");
    }
}

#[test]
fn the_industry_is_stated_only_where_every_one_is() {
    assert!(row_with(&relations(), &facts()).industry_stated);
    let unclassified = LedgerFacts {
        classified: BTreeSet::new(),
        ..facts()
    };
    assert!(!row_with(&relations(), &unclassified).industry_stated);
    assert!(
        !row_with(&relations()[..1], &facts()).industry_stated,
        "no project and no company"
    );
}

#[test]
fn what_carries_nothing_states_nothing_and_carriers_pass_on() {
    let party = relation("r3", PartyTo, "organization:o", "program:p", None);
    let alone = row_of(std::slice::from_ref(&party));
    assert!(!alone.origin_stated && !alone.direction_stated);
    let carried = relation("r4", CarriedBy, "project:j", "company:c", cny(7, Basis::Invested));
    let mut more = relations();
    more.extend([party, carried]);
    let row = row_of(&more);
    assert!(row.origin_stated && row.direction_stated);
    assert_eq!(sums(&row), [(Basis::PaidIn, Some(40), Some(40))]);
}

#[test]
fn amounts_of_another_status_or_resource_are_not_added_and_sizes_and_rules_are_none() {
    let rule = cny(1, Basis::Invested).map(|parts| QuantityParts {
        measure: Some(Measure::Rule),
        ..parts
    });
    let row = row_of(&[
        relation(
            "r1",
            InvestsIn,
            "organization:a",
            "project:j",
            cny(100, Basis::Invested),
        ),
        relation(
            "r2",
            InvestsIn,
            "organization:a",
            "project:j",
            cny(5, Basis::Committed),
        ),
        relation("r3", Leverages, "fund:f", "company:b", cny(9, Basis::Invested)),
        relation("r4", SharesTax, "company:a", "program:p", cny(3, Basis::Shared)),
        relation("r5", InvestsIn, "organization:a", "project:j", rule),
        relation(
            "r6",
            InvestsIn,
            "organization:a",
            "project:j",
            cny(2, Basis::Measured),
        ),
    ]);
    let of = |status| row.sums(status).map(bounds).collect::<Vec<_>>();
    assert_eq!(
        of(QuantityStatus::Realised),
        [(Some(100), Some(100)), (Some(3), Some(3))]
    );
    assert_eq!(of(QuantityStatus::Promised), [(Some(5), Some(5))]);
    assert_eq!(of(QuantityStatus::Claimed), [(Some(9), Some(9))]);
}

#[test]
fn members_drivers_dates_and_dead_ends_follow_their_facts() {
    let mut relations = relations();
    relations[0].validity = Validity::default();
    relations[1].driver = Driver::Unstated;
    let mut facts = facts();
    facts.arriving.insert(relations[1].id.clone());
    let size = Quantity::new(cny(46, Basis::Measured).unwrap(), Measure::Stock);
    let cohort = Entity {
        size: size.ok(),
        ..bare("project:j")
    };
    facts.entities.insert(cohort.id.clone(), cohort.into());
    let row = row_with(&relations, &facts);
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
    relations.push(relation("r3", LocatedIn, "fund:f", "region:a", None));
    let (facts, classifier) = (LedgerFacts::default(), classifier(&relations));
    let rows: Vec<(Option<EntityId>, usize)> = groups(&relations, &facts, &classifier)
        .into_iter()
        .map(|group| (group.program.cloned(), group.relations().count()))
        .collect();
    assert_eq!(
        rows,
        [(Some(id("program:p")), 1), (Some(id("program:q")), 1), (None, 1)]
    );
}
