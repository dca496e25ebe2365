//! Multipliers from a floating-point solver.
//!
//! The solver gives no multipliers of what it solves, so it is given the dual program, whose solution they are.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use microlp::{ComparisonOp, Error, OptimizationDirection, Problem, SolveOptions, SolveOutcome, Variable};
use rust_decimal::Decimal;

use super::{LinearProgram, Row, Sense};
use crate::model::budget::{OutOfWork, WorkBudget};
use crate::model::walk::TruncationReason;

/// How long the solver may take where the budget has no deadline.
const LONGEST: Duration = Duration::from_mins(1);

/// The solver's multipliers, one a row. `None` where there are none, for the program has no end; no values where it failed.
pub(super) fn multipliers(
    program: &LinearProgram,
    budget: &mut WorkBudget,
) -> Result<Option<Vec<f64>>, OutOfWork> {
    budget.spend_many(program.coefficient_count() as u64)?;
    let (problem, of_row) = dual(program);
    let mut options = SolveOptions::default();
    options.time_limit = Some(budget.deadline().map_or(LONGEST, |deadline| {
        deadline.saturating_duration_since(Instant::now())
    }));
    match problem.solve_with(options) {
        Ok(SolveOutcome::Solution(solution)) => {
            budget.spend_many(solution.stats().lp_iterations)?;
            let values = of_row.iter().map(|variable| solution.var_value(*variable));
            Ok(Some(values.collect()))
        }
        Ok(SolveOutcome::Interrupted(_)) => Err(OutOfWork(TruncationReason::TimeLimit)),
        Err(Error::Infeasible) => Ok(None),
        Err(_) => Ok(Some(Vec::new())),
    }
}

/// The dual of the program with every column measured from its lower end, and its variable for each row.
fn dual(program: &LinearProgram) -> (Problem, Vec<Variable>) {
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    let mut terms: Vec<Vec<(Variable, f64)>> = vec![Vec::new(); program.columns.len()];
    let mut of_row = Vec::with_capacity(program.rows.len());
    for row in program.rows.iter() {
        let coefficients = summed(row);
        let rest = coefficients.iter().fold(row.rhs, |rest, (column, coefficient)| {
            let lower = program
                .columns
                .get(*column)
                .map_or(Decimal::ZERO, |column| column.lower);
            rest.saturating_sub(coefficient.saturating_mul(lower))
        });
        let least = match row.sense {
            Sense::AtMost => 0.0,
            Sense::Equal => f64::NEG_INFINITY,
        };
        let variable = problem.add_var(float(rest), (least, f64::INFINITY));
        of_row.push(variable);
        for (column, coefficient) in coefficients {
            if let Some(terms) = terms.get_mut(column) {
                terms.push((variable, float(coefficient)));
            }
        }
    }
    for (column, mut terms) in program.columns.iter().zip(terms) {
        let width = column
            .upper
            .map(|upper| float(upper.saturating_sub(column.lower)));
        // A column that cannot move, or that no row holds, says nothing of the multipliers.
        if width == Some(0.0) || terms.is_empty() {
            continue;
        }
        if let Some(width) = width {
            terms.push((problem.add_var(width, (0.0, f64::INFINITY)), 1.0));
        }
        problem.add_constraint(&terms, ComparisonOp::Ge, float(column.cost));
    }
    (problem, of_row)
}

/// A row's coefficients, one a column. What is added up is added up before it is a float: 1 + 1 − 2.17 must not differ
/// from −0.17, or the solver sees a contradiction that is none.
fn summed(row: &Row) -> BTreeMap<usize, Decimal> {
    let mut sums: BTreeMap<usize, Decimal> = BTreeMap::new();
    for (column, coefficient) in &row.coefficients {
        let sum = sums.entry(*column).or_default();
        *sum = sum.saturating_add(*coefficient);
    }
    sums.retain(|_, sum| !sum.is_zero());
    sums
}

fn float(value: Decimal) -> f64 {
    f64::try_from(value).unwrap_or(0.0)
}
