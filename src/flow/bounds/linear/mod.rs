//! Proven upper bounds of linear programs, whatever the solver returns.
//!
//! A floating-point solver proposes multipliers of the rows (`hint`). By weak duality any multipliers give a
//! bound; `certificate` computes it in integers and rounds it up. An inaccurate solver makes the bound wide,
//! never wrong.

mod certificate;
mod hint;
mod multipliers;
mod repair;
mod scaled_program;

use std::sync::Arc;

use rust_decimal::Decimal;

use crate::model::budget::{BudgetExhausted, WorkBudget};
use certificate::Certifier;
use multipliers::Multipliers;

/// Maximizes Σ `cost`·x over the columns x, each within its bounds, subject to the rows.
///
/// A clone shares the rows, so that a program can be solved under other costs and bounds at the price of its
/// columns.
///
/// ```
/// use hukun::flow::linear::{LinearProgram, Sense};
/// use hukun::model::budget::WorkBudget;
/// use rust_decimal::Decimal;
///
/// let mut program = LinearProgram::default();
/// let paid = program.column(Decimal::ONE, Decimal::ZERO, None);
/// let kept = program.column(Decimal::ZERO, Decimal::ZERO, Some(Decimal::TEN));
/// program.row(Sense::Equal, Decimal::TEN, [(paid, Decimal::ONE), (kept, Decimal::ONE)]);
/// let mut budget = WorkBudget::new(1_000, None);
/// assert_eq!(program.upper_bound(&mut budget), Ok(Some(Decimal::TEN)));
/// ```
#[derive(Clone, Debug, Default)]
pub struct LinearProgram {
    columns: Vec<BoundedColumn>,
    rows: Arc<Vec<ConstraintRow>>,
}

/// The index of a column in the program that created it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ColumnIndex(usize);

/// The relation of the sum of a row to its right-hand side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sense {
    /// Σ a·x ≤ b.
    AtMost,
    /// Σ a·x = b.
    Equal,
}

#[derive(Clone, Debug)]
struct BoundedColumn {
    cost: Decimal,
    lower: Decimal,
    upper: Option<Decimal>,
}

/// A constraint over the columns of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConstraintRow {
    sense: Sense,
    rhs: Decimal,
    coefficients: Vec<(usize, Decimal)>,
}

impl ConstraintRow {
    /// A constraint on Σ a·x with right-hand side b. Coefficients of one column are added.
    pub fn new(
        sense: Sense,
        rhs: Decimal,
        coefficients: impl IntoIterator<Item = (ColumnIndex, Decimal)>,
    ) -> Self {
        let coefficients = coefficients
            .into_iter()
            .filter(|(_, coefficient)| !coefficient.is_zero());
        Self {
            sense,
            rhs,
            coefficients: coefficients
                .map(|(column, coefficient)| (column.0, coefficient))
                .collect(),
        }
    }
}

/// The result of checking a point against the rows of a program.
pub enum PointVerdict {
    /// The point satisfies every row.
    Allowed,
    /// The point violates this row.
    Against(ConstraintRow),
    /// The objective is unbounded, whatever rows exist.
    NoEnd,
}

/// A point in floating point, as a solver gives it.
#[derive(Debug)]
pub struct Point(Vec<f64>);

impl Point {
    /// The value of a column.
    pub fn at(&self, column: ColumnIndex) -> f64 {
        self.0.get(column.0).copied().unwrap_or_default()
    }
}

impl LinearProgram {
    /// Adds a column with its bounds, in the unit of the amounts; without an upper bound it is unbounded.
    pub fn column(&mut self, cost: Decimal, lower: Decimal, upper: Option<Decimal>) -> ColumnIndex {
        self.columns.push(BoundedColumn { cost, lower, upper });
        ColumnIndex(self.columns.len() - 1)
    }

    /// Adds a row over columns of this program.
    pub fn add(&mut self, row: ConstraintRow) {
        Arc::make_mut(&mut self.rows).push(row);
    }

    /// Adds a row with a right-hand side and coefficients.
    pub fn row(
        &mut self,
        sense: Sense,
        rhs: Decimal,
        coefficients: impl IntoIterator<Item = (ColumnIndex, Decimal)>,
    ) {
        self.add(ConstraintRow::new(sense, rhs, coefficients));
    }

    /// Sets the cost of a column.
    pub fn set_cost(&mut self, column: ColumnIndex, cost: Decimal) {
        if let Some(column) = self.columns.get_mut(column.0) {
            column.cost = cost;
        }
    }

    /// Sets the bounds of a column.
    pub fn set_bounds(&mut self, column: ColumnIndex, lower: Decimal, upper: Option<Decimal>) {
        if let Some(column) = self.columns.get_mut(column.0) {
            column.lower = lower;
            column.upper = upper;
        }
    }

    /// An upper bound of the objective, rounded up at the twelfth decimal: the optimum itself if the exact
    /// multipliers can be recovered from the solver's floating-point values. `None` if the objective is
    /// unbounded or no bound could be proven. (Rows that contradict each other have no optimum, and any
    /// result is valid.)
    ///
    /// A unit of work is a coefficient visited, or a step of the solver. The solver stops at the deadline of
    /// the budget.
    pub fn upper_bound(&self, budget: &mut WorkBudget) -> Result<Option<Decimal>, BudgetExhausted> {
        match hint::multipliers(self, budget)? {
            Some(hint) => self.upper_bound_by(&hint, budget),
            None => Ok(None),
        }
    }

    /// The same for a program with more rows than can be written down: `judge` finds a row that a point
    /// violates, if there is one. It is first called with the upper bounds, then with the optimum under the
    /// rows found so far; any subset of the rows gives a valid bound.
    ///
    /// Columns without an upper bound are searched up to `large`, which no relevant amount reaches.
    pub fn upper_bound_of_many<E: From<BudgetExhausted>>(
        mut self,
        large: f64,
        budget: &mut WorkBudget,
        mut judge: impl FnMut(&Point, &mut WorkBudget) -> Result<PointVerdict, E>,
    ) -> Result<Option<Decimal>, E> {
        match judge(&hint::upper_ends(&self, large), budget)? {
            PointVerdict::Allowed => {}
            PointVerdict::NoEnd => return Ok(None),
            PointVerdict::Against(row) => self.add(row),
        }
        let mut search = hint::IncrementalSolver::new(&self, large, budget)?;
        while let Some(found) = search {
            match judge(&found.point(), budget)? {
                // A row that is already present is satisfied only approximately by the solver.
                PointVerdict::Against(row) if !self.rows.contains(&row) => {
                    search = found.with(&row, budget)?;
                    self.add(row);
                }
                PointVerdict::Allowed | PointVerdict::Against(_) => break,
                PointVerdict::NoEnd => return Ok(None),
            }
        }
        Ok(self.upper_bound(budget)?)
    }

    /// The same with the caller's multipliers, one for each row in the order in which rows were added: any
    /// give a valid bound, and those of the optimum the lowest. Missing ones count as 0.
    pub fn upper_bound_by(
        &self,
        multipliers: &[f64],
        budget: &mut WorkBudget,
    ) -> Result<Option<Decimal>, BudgetExhausted> {
        let certifier = Certifier::new(self);
        let mut best: Option<Decimal> = None;
        for candidate in Multipliers::candidates(multipliers, self.rows.len()) {
            if let Some(bound) = certifier.bound(candidate, budget)? {
                best = Some(best.map_or(bound, |best| best.min(bound)));
            }
        }
        Ok(best)
    }

    fn coefficient_count(&self) -> usize {
        self.rows.iter().map(|row| row.coefficients.len()).sum()
    }
}
