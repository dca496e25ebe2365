//! Totals that funds and programmes state themselves, beside the amounts of their relations.

use super::*;

fn fund(name: &str, committed: Option<i64>, paid_in: Option<i64>) -> (EntityId, SharedEntity) {
    let amount = |amount: Option<i64>, basis| {
        let parts = amount.and_then(|amount| cny(amount, basis))?;
        Quantity::new(parts, Measure::Stock).ok()
    };
    let mut entity = bare(name);
    entity.properties = Properties::Fund {
        fund_type: None,
        committed: amount(committed, Basis::Committed),
        paid_in: amount(paid_in, Basis::PaidIn),
    };
    (id(name), entity.into())
}

fn observed(name: &str, entity: &str, parts: Option<QuantityParts>) -> Observation {
    Observation {
        id: ObservationId::parse(name).unwrap(),
        entity: id(entity),
        indicator: "total".into(),
        quantity: Quantity::new(parts.unwrap(), Measure::Cumulative).unwrap(),
        period: None,
    }
}

#[test]
fn what_funds_were_promised_stands_as_stated_though_who_pays_is_not() {
    let relations = [
        relation(
            "r1",
            ContributesTo,
            "organization:u",
            "fund:f",
            some(Basis::PaidIn),
        ),
        relation(
            "r2",
            ContributesTo,
            "organization:u",
            "fund:g",
            some(Basis::PaidIn),
        ),
        relation("r3", PartyTo, "organization:a", "program:p", None),
    ];
    let facts = LedgerFacts {
        entities: [fund("fund:f", Some(500), None), fund("fund:g", Some(400), None)].into(),
        supported: ids(&["fund:f", "fund:g"]),
        ..tied()
    };
    let row = row_with(&relations, &facts);
    assert_eq!(
        sums(&row),
        [
            (Basis::PaidIn, None, None),
            (Basis::Committed, Some(900), Some(900))
        ]
    );
    assert!(row.figures[1].totals.iter().all(|total| total.counts));
    // What was paid in is not added to what each paid.
    let relations = [
        relation(
            "r1",
            ContributesTo,
            "organization:a",
            "fund:f",
            cny(60, Basis::PaidIn),
        ),
        relation(
            "r2",
            ContributesTo,
            "organization:u",
            "fund:f",
            some(Basis::PaidIn),
        ),
        relation("r3", InvestsIn, "fund:f", "company:b", cny(30, Basis::Invested)),
    ];
    let facts = LedgerFacts {
        entities: [fund("fund:f", None, Some(100))].into(),
        supported: ids(&["fund:f"]),
        ..tied()
    };
    let row = row_with(&relations, &facts);
    assert_eq!(
        sums(&row),
        [
            (Basis::PaidIn, Some(100), Some(100)),
            (Basis::Invested, Some(30), Some(30))
        ]
    );
    assert_eq!(
        (
            names(&row.figures[0].stages),
            names(&row.figures[0].split_not_stated)
        ),
        (vec!["r1"], vec!["r2"])
    );
    let unsupported = LedgerFacts {
        supported: BTreeSet::new(),
        ..facts
    };
    assert_eq!(
        sums(&row_with(&relations, &unsupported))[0],
        (Basis::PaidIn, Some(60), None)
    );
}

#[test]
fn a_total_of_the_programme_stands_for_its_relations_unless_a_part_of_it_goes_elsewhere() {
    let mut relations = vec![
        relation(
            "r1",
            IssuesVoucher,
            "organization:u",
            "program:p",
            some(Basis::Issued),
        ),
        relation(
            "r2",
            IssuesVoucher,
            "program:p",
            "company:b",
            cny(3, Basis::Issued),
        ),
        relation(
            "r3",
            IssuesVoucher,
            "program:p",
            "company:b2",
            some(Basis::Issued),
        ),
    ];
    let facts = LedgerFacts {
        observations: vec![observed("o1", "program:p", cny(15, Basis::Issued))],
        ..tied()
    };
    let row = row_with(&relations, &facts);
    assert_eq!(sums(&row), [(Basis::Issued, Some(15), Some(15))]);
    assert_eq!(
        (names(&row.figures[0].stages), row.figures[0].totals[0].counts),
        (vec!["r2"], true)
    );
    assert_eq!(names(&row.figures[0].split_not_stated), ["r1", "r3"]);
    assert_eq!(parts(&row.figures[0])[1], Some((Some(15), Some(15))));
    relations.push(relation(
        "r4",
        IssuesVoucher,
        "program:p",
        "company:z",
        cny(7, Basis::Issued),
    ));
    let row = row_with(&relations, &facts);
    assert_eq!(sums(&row), [(Basis::Issued, Some(3), None)]);
    assert!(!row.figures[0].totals[0].counts);
    // Two totals: one may be part of the other.
    let facts = LedgerFacts {
        observations: vec![
            observed("o1", "program:p", cny(15, Basis::Issued)),
            observed("o2", "program:p", cny(4, Basis::Issued)),
        ],
        ..tied()
    };
    assert_eq!(
        sums(&row_with(&relations[..3], &facts)),
        [(Basis::Issued, Some(15), Some(19))]
    );
}
