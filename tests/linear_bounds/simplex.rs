//! A plain simplex in fractions: a dense tableau, two phases, Bland's rule. Slow, and too simple to be wrong in the same
//! way as what it is held against.

use num_bigint::BigInt;
use num_rational::BigRational;
use rust_decimal::Decimal;

use super::programs::Plain;
use hukun::flow::linear::Sense;

/// What a program comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Optimum {
    At(BigRational),
    Unbounded,
    Infeasible,
}

pub fn exact(value: Decimal) -> BigRational {
    BigRational::new(value.mantissa().into(), BigInt::from(10).pow(value.scale()))
}

fn zero() -> BigRational {
    BigRational::from_integer(0.into())
}

fn one() -> BigRational {
    BigRational::from_integer(1.into())
}

fn positive(value: &BigRational) -> bool {
    *value > zero()
}

/// Rows `left · x = right` with a basic column each, and the reduced costs of what is maximised.
struct Tableau {
    rows: Vec<Vec<BigRational>>,
    right: Vec<BigRational>,
    basic: Vec<usize>,
    reduced: Vec<BigRational>,
    value: BigRational,
}

impl Tableau {
    /// Prices the columns anew, for another sum.
    fn price(&mut self, costs: &[BigRational]) {
        self.reduced = costs.to_vec();
        self.value = zero();
        for (row, (basic, right)) in self.rows.iter().zip(self.basic.iter().zip(&self.right)) {
            let cost = &costs[*basic];
            for (reduced, entry) in self.reduced.iter_mut().zip(row) {
                *reduced -= cost * entry;
            }
            self.value += cost * right;
        }
    }

    fn pivot(&mut self, row: usize, column: usize) {
        let entry = self.rows[row][column].clone();
        for value in &mut self.rows[row] {
            *value /= &entry;
        }
        self.right[row] /= &entry;
        let (pivot, pivot_right) = (self.rows[row].clone(), self.right[row].clone());
        for other in 0..self.rows.len() {
            let factor = self.rows[other][column].clone();
            if other == row || factor == zero() {
                continue;
            }
            for (value, by) in self.rows[other].iter_mut().zip(&pivot) {
                *value -= &factor * by;
            }
            self.right[other] -= &factor * &pivot_right;
        }
        let factor = self.reduced[column].clone();
        for (value, by) in self.reduced.iter_mut().zip(&pivot) {
            *value -= &factor * by;
        }
        self.value += &factor * &pivot_right;
        self.basic[row] = column;
    }

    /// Climbs over the first columns; false where there is no end.
    fn climb(&mut self, columns: usize) -> bool {
        while let Some(column) = (0..columns).find(|column| positive(&self.reduced[*column])) {
            let leaving = (0..self.rows.len())
                .filter(|row| positive(&self.rows[*row][column]))
                .min_by_key(|row| (&self.right[*row] / &self.rows[*row][column], self.basic[*row]));
            let Some(row) = leaving else {
                return false;
            };
            self.pivot(row, column);
        }
        true
    }
}

/// The optimum of a program.
pub fn solve(program: &Plain) -> Optimum {
    let crossed = |upper: Option<Decimal>, lower: Decimal| upper.is_some_and(|upper| upper < lower);
    if program
        .columns
        .iter()
        .any(|(_, lower, upper)| crossed(*upper, *lower))
    {
        return Optimum::Infeasible;
    }
    // Every column from its lower end on; every upper end a row.
    let count = program.columns.len();
    let mut rows: Vec<(Sense, Vec<BigRational>, BigRational)> = Vec::new();
    for (sense, rhs, coefficients) in &program.rows {
        let mut left = vec![zero(); count];
        let mut right = exact(*rhs);
        for (column, coefficient) in coefficients {
            left[*column] += exact(*coefficient);
            right -= exact(*coefficient) * exact(program.columns[*column].1);
        }
        rows.push((*sense, left, right));
    }
    for (column, (_, lower, upper)) in program.columns.iter().enumerate() {
        if let Some(upper) = upper {
            let mut left = vec![zero(); count];
            left[column] = one();
            rows.push((Sense::AtMost, left, exact(*upper) - exact(*lower)));
        }
    }
    // A slack for each row (unused where it is an equation), then an artificial column each.
    let (slacks, all) = (count + rows.len(), count + 2 * rows.len());
    let mut tableau = Tableau {
        rows: Vec::new(),
        right: Vec::new(),
        basic: Vec::new(),
        reduced: Vec::new(),
        value: zero(),
    };
    for (index, (sense, left, right)) in rows.iter().enumerate() {
        let mut row = left.clone();
        row.resize(all, zero());
        if *sense == Sense::AtMost {
            row[count + index] = one();
        }
        let mut right = right.clone();
        if right < zero() {
            for value in &mut row {
                *value = -value.clone();
            }
            right = -right;
        }
        row[slacks + index] = one();
        tableau.rows.push(row);
        tableau.right.push(right);
        tableau.basic.push(slacks + index);
    }
    let mut costs = vec![zero(); slacks];
    costs.resize(all, -one());
    tableau.price(&costs);
    assert!(tableau.climb(slacks), "artificial columns have an end");
    if tableau.value < zero() {
        return Optimum::Infeasible;
    }
    // What is left in the basis at 0 goes out, or its row says nothing.
    for row in 0..tableau.rows.len() {
        if tableau.basic[row] >= slacks
            && let Some(column) = (0..slacks).find(|column| tableau.rows[row][*column] != zero())
        {
            tableau.pivot(row, column);
        }
    }
    let mut costs: Vec<BigRational> = program.columns.iter().map(|(cost, _, _)| exact(*cost)).collect();
    costs.resize(all, zero());
    tableau.price(&costs);
    if !tableau.climb(slacks) {
        return Optimum::Unbounded;
    }
    let lowest = program
        .columns
        .iter()
        .map(|(cost, lower, _)| exact(*cost) * exact(*lower));
    Optimum::At(lowest.fold(tableau.value, |sum, value| sum + value))
}
