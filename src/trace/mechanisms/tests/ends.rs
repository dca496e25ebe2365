//! Which relations count: by what is stated of where each comes from and where it goes.

use super::*;

#[test]
fn what_goes_elsewhere_is_shown_beside_and_never_added() {
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
            "organization:a",
            "company:z",
            cny(1000, Basis::Granted),
        ),
        relation(
            "r3",
            Grants,
            "organization:z",
            "company:b",
            cny(70, Basis::Granted),
        ),
    ]);
    assert_eq!(sums(&row), [(Basis::Granted, Some(5), Some(5))]);
    assert_eq!(names(&row.relations), ["r1"]);
    assert_eq!(names(&row.elsewhere.relations), ["r2", "r3"]);
    assert_eq!(bounds(&row.elsewhere.figures[0].total), (Some(1070), Some(1070)));
}

#[test]
fn the_parts_are_told_apart_by_what_is_stated_of_the_ends() {
    let relations = [
        relation(
            "r1",
            Grants,
            "organization:a",
            "company:b",
            cny(1, Basis::Granted),
        ),
        relation(
            "r2",
            Grants,
            "organization:u",
            "company:b2",
            cny(2, Basis::Granted),
        ),
        relation(
            "r3",
            Grants,
            "organization:a2",
            "company:u",
            cny(4, Basis::Granted),
        ),
        relation(
            "r4",
            Grants,
            "organization:v",
            "company:v",
            cny(8, Basis::Granted),
        ),
    ];
    let row = row_of(&relations);
    let whole = |n: i64| Some((Some(n), Some(n)));
    assert_eq!(parts(&row.figures[0]), [whole(1), whole(2), whole(4), whole(8)]);
    assert_eq!(sums(&row), [(Basis::Granted, Some(15), Some(15))]);
    // Of a programme that is tied to neither side, what is stated at neither end does not count.
    let row = row_with(&relations, &LedgerFacts::default());
    assert_eq!(sums(&row), [(Basis::Granted, Some(7), Some(7))]);
    assert_eq!(names(&row.not_tied), ["r4"]);
}

#[test]
fn a_walk_of_any_length_says_where_it_comes_from_and_goes() {
    let row = row_of(&[
        relation("r1", ContributesTo, "organization:a", "fund:f", None),
        relation("r2", InvestsIn, "fund:f", "fund:g", cny(5, Basis::Invested)),
        relation("r3", InvestsIn, "fund:g", "project:j", None),
        relation("r4", CarriedBy, "project:j", "company:b", None),
    ]);
    assert_eq!(parts(&row.figures[0])[0], Some((Some(5), Some(5))));
    // A fund with a contributor from elsewhere alone has nothing of what was asked for.
    let row = row_of(&[
        relation("r1", ContributesTo, "organization:z", "fund:f", None),
        relation("r2", InvestsIn, "fund:f", "company:b", cny(5, Basis::Invested)),
    ]);
    assert_eq!(names(&row.elsewhere.relations), ["r1", "r2"]);
    // With one more, of unknown place, it may have.
    let row = row_of(&[
        relation("r0", ContributesTo, "organization:u", "fund:f", None),
        relation("r1", ContributesTo, "organization:z", "fund:f", None),
        relation("r2", InvestsIn, "fund:f", "company:b", cny(5, Basis::Invested)),
    ]);
    assert_eq!(
        (names(&row.elsewhere.relations), names(&row.relations)),
        (vec!["r1"], vec!["r0", "r2"])
    );
}

#[test]
fn both_ways_counts_as_it_fits_best_and_an_unstated_way_as_far_as_both_agree() {
    use EndStatus::{In, Out, Unstated as NotStated};
    use FlowDirection::{Backward, Both, Forward, Unstated};
    let one = |from: &str, to: &str, flow: FlowDirection| {
        let mut one = relation("r1", InvestsIn, from, to, cny(1, Basis::Invested));
        one.stated_flow = Some(flow);
        let class = classifier(std::slice::from_ref(&one)).class(CarriedRelation {
            from: &one.from,
            to: &one.to,
            flow,
            resource: one.resource(),
        });
        (class.origin, class.destination)
    };
    assert_eq!(one("company:a", "company:b", Forward), (In, In));
    assert_eq!(one("company:a", "company:b", Backward), (Out, Out));
    assert_eq!(one("company:b", "company:a", Both), (In, In));
    assert_eq!(one("company:a", "company:b", Unstated), (NotStated, NotStated));
    assert_eq!(one("company:z", "company:z2", Unstated), (Out, Out));
    assert_eq!(one("company:a", "company:a2", Unstated), (In, Out));
}

#[test]
fn a_programme_without_a_relation_that_counts_says_why() {
    use NothingCounted::{Elsewhere, NeitherStated, NothingCarried};
    let reason = |relations: &[Relation], facts: &LedgerFacts| {
        let classifier = classifier(relations);
        let groups = groups(relations, facts, &classifier);
        let group = groups
            .iter()
            .find(|group| group.program == Some(&id("program:p")))
            .unwrap();
        let left_out = group
            .left_out(&classifier, &mut plenty())
            .map(|left_out| left_out.reason);
        (group.has_row(), group.reason(), left_out)
    };
    let far = relation(
        "r1",
        Grants,
        "organization:z",
        "company:z",
        cny(1, Basis::Granted),
    );
    let unknown = relation("r2", Grants, "organization:u", "company:u", None);
    let party = relation("r3", PartyTo, "organization:a", "program:p", None);
    let mut facts = LedgerFacts {
        programs: ids(&["program:p"]),
        ..LedgerFacts::default()
    };
    assert_eq!(
        reason(&[], &facts),
        (false, Some(NothingCarried), Some(NothingCarried))
    );
    assert_eq!(
        reason(std::slice::from_ref(&far), &facts),
        (false, Some(Elsewhere), Some(Elsewhere))
    );
    assert_eq!(
        reason(&[far.clone(), unknown.clone()], &facts),
        (false, Some(NeitherStated), Some(NeitherStated))
    );
    facts.touching = ids(&["organization:a"]);
    facts.tied = ids(&["program:p"]);
    assert_eq!(reason(&[far, party.clone()], &facts).1, Some(Elsewhere));
    assert_eq!(
        reason(std::slice::from_ref(&party), &facts),
        (true, Some(NothingCarried), Some(NothingCarried))
    );
    assert_eq!(reason(&[unknown, party], &facts).1, None);
}

#[test]
fn a_programme_at_an_end_has_the_relation_though_none_is_under_it() {
    let mut one = relation(
        "r1",
        IssuesVoucher,
        "program:p",
        "company:b",
        cny(3, Basis::Issued),
    );
    one.under = Vec::new();
    assert_eq!(names(&row_of(&[one]).relations), ["r1"]);
}
