//! Approximate multipliers and points from a floating-point solver.
//!
//! The solver returns no multipliers, so it solves the dual program, whose solution they are. If rows are
//! generated one by one, it solves the program itself and continues from its last state.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use microlp::{
    ComparisonOp, Error, OptimizationDirection, Problem, Solution, SolveOptions, SolveOutcome,
    TerminationReason, Variable,
};
use rust_decimal::Decimal;

use super::{ConstraintRow, LinearProgram, Point, Sense};
use crate::model::budget::{BudgetExhausted, WorkBudget};
use crate::model::job;
use crate::model::walk::TruncationReason;

/// Time limit of the solver if the budget has no deadline.
const LONGEST: Duration = Duration::from_mins(1);
/// Time slice of the solver, which does not check for cancellation. A second call may pivot differently and
/// take different work, so the slice is longer than nearly every program takes, and as short as a cancelled
/// job may continue.
const SLICE: Duration = Duration::from_millis(100);

/// The solver's multipliers, one for each row; `None` if the objective is unbounded, and an empty list if the
/// solver failed.
pub(super) fn multipliers(
    program: &LinearProgram,
    budget: &mut WorkBudget,
) -> Result<Option<Vec<f64>>, BudgetExhausted> {
    budget.spend_many(program.coefficient_count() as u64)?;
    let (problem, of_row) = dual(program);
    match settled(problem.solve_with(for_a_slice()), budget) {
        Ok(SolveOutcome::Solution(solution)) => {
            budget.spend_many(solution.stats().lp_iterations)?;
            let values = of_row.iter().map(|variable| solution.var_value(*variable));
            Ok(Some(values.collect()))
        }
        Ok(SolveOutcome::Interrupted(_)) => Err(BudgetExhausted(TruncationReason::TimeLimit)),
        Err(Error::Infeasible) => Ok(None),
        Err(_) => Ok(Some(Vec::new())),
    }
}

/// Options for one time slice.
fn for_a_slice() -> SolveOptions {
    let mut options = SolveOptions::default();
    options.time_limit = Some(SLICE);
    options
}

/// Continues until the outcome is optimal, or the time of the budget is up.
fn settled(mut outcome: Result<SolveOutcome, Error>, budget: &WorkBudget) -> Result<SolveOutcome, Error> {
    let longest = Instant::now() + LONGEST;
    while let Ok(stopped) = outcome {
        job::checkpoint();
        let is_over = Instant::now() >= budget.deadline().unwrap_or(longest);
        if is_over || stopped.termination_reason() != TerminationReason::TimeLimit {
            return Ok(stopped);
        }
        outcome = stopped.resume();
    }
    outcome
}

/// The point with every column at its upper bound.
pub(super) fn upper_ends(program: &LinearProgram, large: f64) -> Point {
    let columns = program.columns.iter();
    Point(columns.map(|column| column.upper.map_or(large, float)).collect())
}

/// The optimum of a program to which rows are added incrementally.
pub(super) struct IncrementalSolver {
    variables: Vec<Variable>,
    solution: Solution,
}

impl IncrementalSolver {
    /// Solves a program; `None` if the solver finds no optimum.
    pub(super) fn new(
        program: &LinearProgram,
        large: f64,
        budget: &mut WorkBudget,
    ) -> Result<Option<Self>, BudgetExhausted> {
        budget.spend_many(program.coefficient_count() as u64)?;
        let mut problem = Problem::new(OptimizationDirection::Maximize);
        let columns = program.columns.iter();
        let variables: Vec<Variable> = columns
            .map(|column| {
                let ends = (float(column.lower), column.upper.map_or(large, float));
                problem.add_var(float(column.cost), ends)
            })
            .collect();
        for row in program.rows.iter() {
            job::step();
            problem.add_constraint(terms(row, &variables), comparison(row.sense), float(row.rhs));
        }
        let outcome = settled(problem.solve_with(for_a_slice()), budget);
        Self::from_outcome(variables, outcome, 0, budget)
    }

    /// Adds a row and solves again; `None` if the solver finds no optimum.
    pub(super) fn with(
        self,
        row: &ConstraintRow,
        budget: &mut WorkBudget,
    ) -> Result<Option<Self>, BudgetExhausted> {
        budget.spend_many(row.coefficients.len() as u64)?;
        let before = self.solution.stats().lp_iterations;
        let terms = terms(row, &self.variables);
        let outcome = self
            .solution
            .add_constraint(terms, comparison(row.sense), float(row.rhs));
        let outcome = settled(outcome, budget);
        Self::from_outcome(self.variables, outcome, before, budget)
    }

    fn from_outcome(
        variables: Vec<Variable>,
        outcome: Result<SolveOutcome, Error>,
        iterations_before: u64,
        budget: &mut WorkBudget,
    ) -> Result<Option<Self>, BudgetExhausted> {
        match outcome {
            Ok(SolveOutcome::Solution(solution)) => {
                budget.spend_many(solution.stats().lp_iterations.saturating_sub(iterations_before))?;
                Ok(Some(Self { variables, solution }))
            }
            Ok(SolveOutcome::Interrupted(_)) => Err(BudgetExhausted(TruncationReason::TimeLimit)),
            Err(_) => Ok(None),
        }
    }

    /// The values of the columns.
    pub(super) fn point(&self) -> Point {
        let values = self.variables.iter();
        Point(
            values
                .map(|variable| self.solution.var_value(*variable))
                .collect(),
        )
    }
}

fn terms(row: &ConstraintRow, variables: &[Variable]) -> Vec<(Variable, f64)> {
    let terms = summed(row).into_iter();
    let terms = terms.filter_map(|(column, by)| Some((*variables.get(column)?, float(by))));
    terms.collect()
}

fn comparison(sense: Sense) -> ComparisonOp {
    match sense {
        Sense::AtMost => ComparisonOp::Le,
        Sense::Equal => ComparisonOp::Eq,
    }
}

/// The dual of the program, with every column measured from its lower bound, and its variable for each row.
fn dual(program: &LinearProgram) -> (Problem, Vec<Variable>) {
    let mut problem = Problem::new(OptimizationDirection::Minimize);
    let mut terms: Vec<Vec<(Variable, f64)>> = vec![Vec::new(); program.columns.len()];
    let mut of_row = Vec::with_capacity(program.rows.len());
    for row in program.rows.iter() {
        job::step();
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
            job::step();
            if let Some(terms) = terms.get_mut(column) {
                terms.push((variable, float(coefficient)));
            }
        }
    }
    for (column, mut terms) in program.columns.iter().zip(terms) {
        job::step();
        let width = column
            .upper
            .map(|upper| float(upper.saturating_sub(column.lower)));
        // A fixed column, or one that is in no row, does not affect the multipliers.
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

/// The coefficients of a row, one for each column. They are added before they are converted to floats: 1 + 1
/// − 2.17 must not differ from −0.17, or the solver sees a contradiction.
fn summed(row: &ConstraintRow) -> BTreeMap<usize, Decimal> {
    let mut sums: BTreeMap<usize, Decimal> = BTreeMap::new();
    for (column, coefficient) in &row.coefficients {
        job::step();
        let sum = sums.entry(*column).or_default();
        *sum = sum.saturating_add(*coefficient);
    }
    sums.retain(|_, sum| !sum.is_zero());
    sums
}

fn float(value: Decimal) -> f64 {
    f64::try_from(value).unwrap_or(0.0)
}
