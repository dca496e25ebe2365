//! Bounds of linear programs against a simplex in fractions: never too low, whatever the multipliers, and the optimum
//! itself on programs such as flows make.

pub mod programs;
pub mod simplex;

use std::time::Instant;

use hukun::flow::linear::{ColumnIndex, LinearProgram, Sense};
use hukun::model::budget::{BudgetExhausted, WorkBudget};
use hukun::model::walk::TruncationReason;
use num_rational::BigRational;
use proptest::prelude::*;
use proptest::test_runner::{RngAlgorithm, TestRng, TestRunner};
use rust_decimal::Decimal;

use crate::support::soak;
use programs::{Plain, arbitrary, network};
use simplex::{Optimum, exact, solve};

fn plenty() -> WorkBudget {
    WorkBudget::new(u64::MAX, None)
}

fn config(cases: u32, soaked: u32) -> ProptestConfig {
    ProptestConfig {
        cases: if soak() { soaked } else { cases },
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// The same programs each time, so that what passes once passes again; a soak makes others.
fn runner(cases: u32, soaked: u32) -> TestRunner {
    let rng = if soak() {
        TestRng::from_seed(
            RngAlgorithm::ChaCha,
            &std::array::from_fn::<u8, 32, _>(|_| fastrand::u8(..)),
        )
    } else {
        TestRng::deterministic_rng(RngAlgorithm::ChaCha)
    };
    TestRunner::new_with_rng(config(cases, soaked), rng)
}

/// The bound of a program, which is never below its optimum, and there where that is.
fn sound_bound(plain: &Plain, optimum: &Optimum) -> Result<Option<Decimal>, TestCaseError> {
    let bound = plain.program().upper_bound(&mut plenty()).unwrap();
    match (optimum, bound) {
        (Optimum::At(optimum), Some(bound)) => prop_assert!(exact(bound) >= *optimum, "{bound} < {optimum}"),
        (Optimum::At(optimum), None) => prop_assert!(false, "no bound of {optimum}"),
        (Optimum::Unbounded, bound) => prop_assert_eq!(bound, None),
        (Optimum::Infeasible, _) => {}
    }
    Ok(bound)
}

/// How far a bound lies above the optimum, beside the optimum's size.
fn excess(bound: Decimal, optimum: &BigRational) -> BigRational {
    let one = BigRational::from_integer(1.into());
    let size = if *optimum < -&one {
        -optimum
    } else {
        optimum.clone()
    };
    (exact(bound) - optimum) / size.max(one)
}

/// Whether a bound is the optimum rounded up at the twelfth decimal.
fn is_optimum(bound: Decimal, optimum: &BigRational) -> bool {
    exact(bound) - optimum < exact(Decimal::new(1, 12))
}

#[test]
fn in_networks_the_bound_is_the_optimum() {
    let (mut bounded, mut equal) = (0, 0);
    let counted = std::cell::RefCell::new((&mut bounded, &mut equal));
    let near = exact(Decimal::new(1, 9));
    runner(60, 1_000)
        .run(&network(), |plain| {
            let optimum = solve(&plain);
            prop_assert_ne!(&optimum, &Optimum::Infeasible);
            if let (Optimum::At(optimum), Some(bound)) = (&optimum, sound_bound(&plain, &optimum)?) {
                prop_assert!(excess(bound, optimum) <= near, "{bound} is far from {optimum}");
                let mut counted = counted.borrow_mut();
                *counted.0 += 1;
                *counted.1 += i32::from(is_optimum(bound, optimum));
            }
            Ok(())
        })
        .unwrap();
    println!("{equal} of {bounded} bounds are the optimum to the last decimal");
    assert!(equal > bounded * 99 / 100, "{equal} of {bounded}");
}

#[test]
fn of_any_program_the_bound_is_sound_and_near() {
    let mut kinds = [0; 4];
    let counted = std::cell::RefCell::new(&mut kinds);
    let near = exact(Decimal::new(1, 9));
    runner(500, 20_000)
        .run(&arbitrary(), |plain| {
            let optimum = solve(&plain);
            let bound = sound_bound(&plain, &optimum)?;
            let mut kinds = counted.borrow_mut();
            match (&optimum, bound) {
                (Optimum::At(optimum), Some(bound)) => {
                    // Odd multipliers are only as good as floats, and meet the largest amount.
                    let far = excess(bound, optimum) > &near * plain.largest();
                    prop_assert!(!far, "{bound} is far from {optimum}");
                    kinds[0] += 1;
                    kinds[1] += i32::from(is_optimum(bound, optimum));
                }
                (Optimum::Infeasible, _) => kinds[2] += 1,
                _ => kinds[3] += 1,
            }
            Ok(())
        })
        .unwrap();
    println!("bounded, of them equal, contradictory, unbounded: {kinds:?}");
    assert!(
        kinds.iter().all(|count| *count > 10),
        "the programs are of every kind: {kinds:?}"
    );
}

proptest! {
    #![proptest_config(config(150, 10_000))]

    #[test]
    fn a_wrong_hint_still_makes_a_true_bound(
        plain in prop_oneof![network(), arbitrary()],
        hint in prop::collection::vec(prop_oneof![-2.0..2.0, -1e15..1e15, prop::num::f64::ANY], 0..20),
    ) {
        let bound = plain.program().upper_bound_by(&hint, &mut plenty()).unwrap();
        match (solve(&plain), bound) {
            (Optimum::At(optimum), Some(bound)) => prop_assert!(exact(bound) >= optimum, "{bound} < {optimum}"),
            (Optimum::Unbounded, bound) => prop_assert_eq!(bound, None),
            _ => {}
        }
    }
}

/// 60 of a source and something unknown of another reach a project that takes in 100.
fn two_sources() -> (LinearProgram, [ColumnIndex; 2]) {
    let mut program = LinearProgram::default();
    let sixty = Decimal::from(60);
    let known = program.column(Decimal::ONE, sixty, Some(sixty));
    let unknown = program.column(Decimal::ONE, Decimal::ZERO, None);
    let rows = [(known, Decimal::ONE), (unknown, Decimal::ONE)];
    program.row(Sense::AtMost, Decimal::ONE_HUNDRED, rows);
    (program, [known, unknown])
}

#[test]
fn a_clone_is_asked_under_other_costs_and_bounds() {
    let (program, [known, unknown]) = two_sources();
    let bound = |program: &LinearProgram| program.upper_bound(&mut plenty()).unwrap();
    assert_eq!(bound(&program), Some(Decimal::ONE_HUNDRED));

    let mut only_unknown = program.clone();
    only_unknown.set_cost(known, Decimal::ZERO);
    assert_eq!(bound(&only_unknown), Some(Decimal::from(40)));
    only_unknown.set_bounds(unknown, Decimal::ZERO, Some(Decimal::TEN));
    assert_eq!(bound(&only_unknown), Some(Decimal::TEN));
    only_unknown.set_cost(unknown, Decimal::NEGATIVE_ONE);
    assert_eq!(bound(&only_unknown), Some(Decimal::ZERO));

    assert_eq!(
        bound(&program),
        Some(Decimal::ONE_HUNDRED),
        "the first is as it was"
    );
}

#[test]
fn without_an_end_there_is_no_bound() {
    let mut program = LinearProgram::default();
    program.column(Decimal::ONE, Decimal::ZERO, None);
    assert_eq!(program.upper_bound(&mut plenty()), Ok(None));
    assert_eq!(
        LinearProgram::default().upper_bound(&mut plenty()),
        Ok(Some(Decimal::ZERO))
    );
}

#[test]
fn a_third_is_rounded_up() {
    let mut program = LinearProgram::default();
    let third = program.column(Decimal::ONE, Decimal::ZERO, None);
    program.row(Sense::AtMost, Decimal::ONE, [(third, Decimal::from(3))]);
    let bound = program.upper_bound(&mut plenty());
    assert_eq!(bound, Ok(Some(Decimal::new(333_333_333_334, 12))));
}

#[test]
fn a_budget_that_runs_out_is_told() {
    let (program, _) = two_sources();
    let without_work = program.upper_bound(&mut WorkBudget::new(1, None));
    assert_eq!(without_work, Err(BudgetExhausted(TruncationReason::WorkLimit)));
    let mut late = WorkBudget::new(u64::MAX, Some(Instant::now()));
    assert_eq!(
        program.upper_bound(&mut late),
        Err(BudgetExhausted(TruncationReason::TimeLimit))
    );
}

/// Where two shares meet, multipliers have denominators of six digits.
#[test]
fn odd_multipliers_are_told_from_a_good_value() {
    let number = |text: &str| Decimal::from_str_exact(text).unwrap();
    let column = |cost: &str| (number(cost), Decimal::ZERO, None);
    let plain = Plain {
        columns: ["-0.30", "-1", "0", "0.91", "0"].map(column).to_vec(),
        rows: vec![
            (Sense::Equal, Decimal::ZERO, vec![(4, number("-1"))]),
            (
                Sense::AtMost,
                Decimal::ZERO,
                vec![(1, number("1")), (0, number("-2.25"))],
            ),
            (
                Sense::Equal,
                Decimal::ZERO,
                vec![(0, number("-1")), (3, number("-1")), (1, number("1.88"))],
            ),
            (
                Sense::AtMost,
                Decimal::from(100),
                vec![(3, number("1")), (4, number("-0.01"))],
            ),
        ],
    };
    let Optimum::At(optimum) = solve(&plain) else {
        panic!("it has an optimum")
    };
    let bound = plain.program().upper_bound(&mut plenty()).unwrap().unwrap();
    assert!(is_optimum(bound, &optimum), "{bound} and {optimum}");
}
