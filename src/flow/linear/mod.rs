//! Upper bounds of linear programs that are proven, whatever a solver says.
//!
//! A floating-point solver proposes multipliers of the rows (`hint`). Weak duality makes a bound of any multipliers,
//! and `certificate` computes it in whole numbers and rounds it up. A solver that errs makes a bound wide, never wrong.

mod certificate;
mod hint;
mod multipliers;
mod repair;

use std::sync::Arc;

use rust_decimal::Decimal;

use crate::model::budget::{OutOfWork, WorkBudget};
use certificate::Certifier;
use multipliers::Multipliers;

/// Maximise Σ `cost`·x over the columns x, each within its bounds, so that every row holds.
///
/// A clone shares the rows: one program is asked again under other costs and bounds at the price of its columns.
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
    columns: Vec<Column>,
    rows: Arc<Vec<Row>>,
}

/// A column of the program that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ColumnIndex(usize);

/// How a row's sum stands to its right-hand side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sense {
    /// Σ a·x ≤ b.
    AtMost,
    /// Σ a·x = b.
    Equal,
}

#[derive(Clone, Debug)]
struct Column {
    cost: Decimal,
    lower: Decimal,
    upper: Option<Decimal>,
}

/// A row over the columns of a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    sense: Sense,
    rhs: Decimal,
    coefficients: Vec<(usize, Decimal)>,
}

impl Row {
    /// Σ a·x against b. Coefficients of one column are added up.
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

/// What is known of a point that the rows of a program allow so far.
pub enum Verdict {
    /// Every row that there is allows it.
    Allowed,
    /// This one does not.
    Against(Row),
    /// The sum has no end, whatever rows there are.
    NoEnd,
}

/// A point in floating point, as a solver gives it.
#[derive(Debug)]
pub struct Point(Vec<f64>);

impl Point {
    /// Where a column stands.
    pub fn at(&self, column: ColumnIndex) -> f64 {
        self.0.get(column.0).copied().unwrap_or_default()
    }
}

impl LinearProgram {
    /// Adds a column between its bounds, in the unit of the amounts; without an upper one it may grow without end.
    pub fn column(&mut self, cost: Decimal, lower: Decimal, upper: Option<Decimal>) -> ColumnIndex {
        self.columns.push(Column { cost, lower, upper });
        ColumnIndex(self.columns.len() - 1)
    }

    /// Adds a row over columns of this program.
    pub fn add(&mut self, row: Row) {
        Arc::make_mut(&mut self.rows).push(row);
    }

    /// Adds a row of such a right-hand side and coefficients.
    pub fn row(
        &mut self,
        sense: Sense,
        rhs: Decimal,
        coefficients: impl IntoIterator<Item = (ColumnIndex, Decimal)>,
    ) {
        self.add(Row::new(sense, rhs, coefficients));
    }

    /// Asks for another sum.
    pub fn set_cost(&mut self, column: ColumnIndex, cost: Decimal) {
        if let Some(column) = self.columns.get_mut(column.0) {
            column.cost = cost;
        }
    }

    /// Narrows or widens a column.
    pub fn set_bounds(&mut self, column: ColumnIndex, lower: Decimal, upper: Option<Decimal>) {
        if let Some(column) = self.columns.get_mut(column.0) {
            column.lower = lower;
            column.upper = upper;
        }
    }

    /// A number that the sum cannot exceed, rounded up at the twelfth decimal: the optimum itself wherever the solver's
    /// multipliers can be told from their floating-point values. `None` where the sum has no end or none could be proven.
    /// (Of rows that contradict each other there is no optimum, and any answer is true.)
    ///
    /// A unit of work is a coefficient looked at, or a step of the solver. The solver stops at the budget's deadline.
    pub fn upper_bound(&self, budget: &mut WorkBudget) -> Result<Option<Decimal>, OutOfWork> {
        match hint::multipliers(self, budget)? {
            Some(hint) => self.upper_bound_by(&hint, budget),
            None => Ok(None),
        }
    }

    /// The same of a program that has more rows than can be written down: `judge` finds one that is against a point, where there is one.
    /// First it is asked about the upper ends, and then about the optimum under the rows found so far; any of them make a true bound.
    ///
    /// Columns without an upper end are searched up to `large`, which no amount that matters reaches.
    pub fn upper_bound_of_many<E: From<OutOfWork>>(
        mut self,
        large: f64,
        budget: &mut WorkBudget,
        mut judge: impl FnMut(&Point, &mut WorkBudget) -> Result<Verdict, E>,
    ) -> Result<Option<Decimal>, E> {
        match judge(&hint::upper_ends(&self, large), budget)? {
            Verdict::Allowed => {}
            Verdict::NoEnd => return Ok(None),
            Verdict::Against(row) => self.add(row),
        }
        let mut search = hint::Search::new(&self, large, budget)?;
        while let Some(found) = search {
            match judge(&found.point(), budget)? {
                // A row that is there already is one that the solver keeps only nearly.
                Verdict::Against(row) if !self.rows.contains(&row) => {
                    search = found.with(&row, budget)?;
                    self.add(row);
                }
                Verdict::Allowed | Verdict::Against(_) => break,
                Verdict::NoEnd => return Ok(None),
            }
        }
        Ok(self.upper_bound(budget)?)
    }

    /// The same by multipliers that the caller has, one a row in the order they were added: any make a true bound, and
    /// those of the optimum the least. Missing ones count as 0.
    pub fn upper_bound_by(
        &self,
        multipliers: &[f64],
        budget: &mut WorkBudget,
    ) -> Result<Option<Decimal>, OutOfWork> {
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
