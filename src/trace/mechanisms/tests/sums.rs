//! Sums of relations: amounts in series, splits, and what an unknown leaves open.

use super::*;

#[test]
fn of_amounts_in_series_the_last_before_the_targets_counts() {
    let row = row_of(&[
        relation(
            "r1",
            IssuesVoucher,
            "organization:a",
            "program:p",
            cny(10, Basis::Issued),
        ),
        relation(
            "r2",
            IssuesVoucher,
            "program:p",
            "company:b",
            cny(9, Basis::Issued),
        ),
    ]);
    assert_eq!(sums(&row), [(Basis::Issued, Some(9), Some(9))]);
    assert_eq!(
        (names(&row.figures[0].stages), names(&row.figures[0].relations)),
        (vec!["r1"], vec!["r2"])
    );
    // What an agency among the targets takes in and gives on in turn came with what it took in.
    let row = row_of(&[
        relation(
            "r1",
            Grants,
            "organization:a",
            "organization:b",
            cny(10, Basis::Granted),
        ),
        relation(
            "r2",
            Grants,
            "organization:b",
            "company:b",
            cny(4, Basis::Granted),
        ),
        relation("r3", Grants, "organization:b", "company:b2", None),
    ]);
    assert_eq!(sums(&row), [(Basis::Granted, Some(10), Some(10))]);
    assert_eq!(names(&row.figures[0].stages), ["r2"]);
    // Of another basis it is another figure.
    let row = row_of(&[
        relation(
            "r1",
            ContributesTo,
            "organization:a",
            "fund:f",
            cny(10, Basis::PaidIn),
        ),
        relation("r2", InvestsIn, "fund:f", "company:b", cny(8, Basis::Invested)),
    ]);
    assert_eq!(
        sums(&row),
        [
            (Basis::PaidIn, Some(10), Some(10)),
            (Basis::Invested, Some(8), Some(8))
        ]
    );
}

#[test]
fn amounts_that_go_round_are_no_stages_of_each_other() {
    let row = row_of(&[
        relation(
            "r1",
            ContributesTo,
            "organization:a",
            "fund:f",
            cny(60, Basis::PaidIn),
        ),
        relation("r2", InvestsIn, "fund:f", "fund:g", cny(10, Basis::Invested)),
        relation("r3", InvestsIn, "fund:g", "fund:f", cny(3, Basis::Invested)),
    ]);
    assert_eq!(sums(&row)[1], (Basis::Invested, Some(13), Some(13)));
    // Where one leads on from there, both are stages of it.
    let row = row_of(&[
        relation("r1", ContributesTo, "organization:a", "fund:f", None),
        relation("r2", InvestsIn, "fund:f", "fund:g", cny(10, Basis::Invested)),
        relation("r3", InvestsIn, "fund:g", "fund:f", cny(3, Basis::Invested)),
        relation("r4", InvestsIn, "fund:g", "company:b", cny(5, Basis::Invested)),
    ]);
    assert_eq!(sums(&row), [(Basis::Invested, Some(5), Some(5))]);
}

#[test]
fn the_split_of_a_stated_amount_does_not_leave_it_open() {
    // Tax of firms whose place is not stated, shared with one of the targets and one elsewhere.
    let row = row_of(&[
        relation("r1", SharesTax, "company:u", "program:p", cny(470, Basis::Shared)),
        relation("r2", SharesTax, "program:p", "region:b", some(Basis::Shared)),
        relation("r3", SharesTax, "program:p", "region:z", some(Basis::Shared)),
    ]);
    assert_eq!(sums(&row), [(Basis::Shared, Some(470), Some(470))]);
    assert_eq!(names(&row.figures[0].split_not_stated), ["r2"]);
    assert_eq!(names(&row.elsewhere.relations), ["r3"]);
    // Upstream likewise: who issued the vouchers is not known, how much is.
    let row = row_of(&[
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
            "project:j",
            cny(15, Basis::Issued),
        ),
    ]);
    assert_eq!(sums(&row), [(Basis::Issued, Some(15), Some(15))]);
    assert_eq!(parts(&row.figures[0])[3], Some((Some(15), Some(15))));
}

#[test]
fn an_unknown_beside_a_stated_amount_leaves_the_sum_open() {
    for beside in [
        relation(
            "r3",
            InvestsIn,
            "organization:u",
            "project:j",
            some(Basis::Invested),
        ),
        relation("r3", InvestsIn, "fund:f", "company:b2", some(Basis::Invested)),
    ] {
        let row = row_of(&[
            relation("r1", ContributesTo, "organization:a", "fund:f", None),
            relation("r2", InvestsIn, "fund:f", "project:j", cny(150, Basis::Invested)),
            beside,
        ]);
        assert_eq!(sums(&row), [(Basis::Invested, Some(150), None)]);
        assert_eq!(
            (
                names(&row.figures[0].open),
                names(&row.figures[0].split_not_stated)
            ),
            (vec!["r3"], vec!["r1"])
        );
    }
    // What is neither beside it nor in series with it is no part of it either.
    let row = row_of(&[
        relation(
            "r1",
            Grants,
            "organization:a",
            "company:b",
            cny(5, Basis::Granted),
        ),
        relation(
            "r2",
            Grants,
            "organization:a2",
            "company:b2",
            some(Basis::Granted),
        ),
    ]);
    assert_eq!(sums(&row), [(Basis::Granted, Some(5), None)]);
}

#[test]
fn an_unknown_without_a_unit_leaves_every_figure_of_its_class_and_resource_open() {
    let row = row_of(&[
        relation(
            "r1",
            Grants,
            "organization:a",
            "company:b",
            cny(5, Basis::Granted),
        ),
        relation(
            "r2",
            InvestsIn,
            "organization:a",
            "company:b",
            of(Some(7), "EUR", Basis::Invested),
        ),
        relation(
            "r3",
            Grants,
            "organization:u",
            "company:b3",
            cny(2, Basis::Granted),
        ),
        relation("r4", SharesTax, "company:a", "program:p", cny(3, Basis::Shared)),
        relation("r5", Grants, "organization:a2", "company:b2", None),
    ]);
    let granted = row
        .figures
        .iter()
        .find(|f| f.key.basis == Some(Basis::Granted))
        .unwrap();
    assert_eq!(
        parts(granted)[..2],
        [Some((Some(5), None)), Some((Some(2), Some(2)))]
    );
    assert_eq!(
        sums(&row),
        [
            (Basis::Granted, Some(7), None),
            (Basis::Invested, Some(7), None),
            (Basis::Shared, Some(3), Some(3)),
        ]
    );
    // What is not conserved has no amount that could be missing.
    let row = row_of(&[
        relation(
            "r1",
            Grants,
            "organization:a",
            "company:b",
            cny(5, Basis::Granted),
        ),
        relation("r2", Incubates, "park:a", "company:b2", None),
    ]);
    assert_eq!(sums(&row), [(Basis::Granted, Some(5), Some(5))]);
}
