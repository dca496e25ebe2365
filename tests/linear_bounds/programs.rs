//! Random programs: such as flows with unknown amounts make, and others that have no sense.

use hukun::flow::linear::{ColumnIndex, LinearProgram, Sense};
use num_rational::BigRational;
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::simplex::exact;

/// Columns by place, with their coefficients.
type Terms = Vec<(usize, Decimal)>;

/// A program in the open. Columns are cost, lower and upper end; rows name columns by place.
#[derive(Clone, Debug, Default)]
pub struct Plain {
    pub columns: Vec<(Decimal, Decimal, Option<Decimal>)>,
    pub rows: Vec<(Sense, Decimal, Terms)>,
}

impl Plain {
    fn column(&mut self, cost: i64, lower: Decimal, upper: Option<Decimal>) -> usize {
        self.columns.push((cost.into(), lower, upper));
        self.columns.len() - 1
    }

    fn row(&mut self, sense: Sense, coefficients: &[(usize, Decimal)]) {
        self.rows.push((sense, Decimal::ZERO, coefficients.to_vec()));
    }

    /// A column that is no more than another.
    fn part_of(&mut self, whole: usize, cost: i64) -> usize {
        let part = self.column(cost, Decimal::ZERO, None);
        self.row(
            Sense::AtMost,
            &[(part, Decimal::ONE), (whole, Decimal::NEGATIVE_ONE)],
        );
        part
    }

    /// The largest amount in it, or 1.
    pub fn largest(&self) -> BigRational {
        let ends = self
            .columns
            .iter()
            .flat_map(|(_, lower, upper)| upper.iter().chain([lower]));
        let amounts = ends.chain(self.rows.iter().map(|(_, rhs, _)| rhs));
        exact(amounts.fold(Decimal::ONE, |most, amount| most.max(amount.abs())))
    }

    pub fn program(&self) -> LinearProgram {
        let mut program = LinearProgram::default();
        let columns = self.columns.iter();
        let columns: Vec<ColumnIndex> = columns
            .map(|(cost, lower, upper)| program.column(*cost, *lower, *upper))
            .collect();
        for (sense, rhs, coefficients) in &self.rows {
            let coefficients = coefficients
                .iter()
                .map(|(column, value)| (columns[*column], *value));
            program.row(*sense, *rhs, coefficients);
        }
        program
    }
}

/// From 0.01 to 1e12 and more, and nothing now and then.
fn amount() -> impl Strategy<Value = Decimal> + Clone {
    let size = (1_i64..10_000, 0_u32..=10);
    prop_oneof![
        1 => Just(Decimal::ZERO),
        1 => Just(Decimal::ONE_HUNDRED),
        6 => size.prop_map(|(digits, tens)| Decimal::new(digits * 10_i64.pow(tens), 2)),
    ]
}

/// How much is known of a relation's amount.
#[derive(Clone, Copy, Debug)]
enum Known {
    Exactly,
    AtLeast,
    Between,
    Nothing,
}

#[derive(Clone, Debug)]
struct Relation {
    from: usize,
    to: usize,
    lower: Decimal,
    upper: Option<Decimal>,
}

const ENTITIES: usize = 6;

fn relation() -> impl Strategy<Value = Relation> {
    let known = prop::sample::select(vec![
        Known::Exactly,
        Known::Exactly,
        Known::AtLeast,
        Known::Between,
        Known::Nothing,
    ]);
    (0..ENTITIES, 1..ENTITIES, known, amount(), amount()).prop_map(|(from, step, known, lower, more)| {
        let (lower, upper) = match known {
            Known::Exactly => (lower, Some(lower)),
            Known::AtLeast => (lower, None),
            Known::Between => (lower, Some(lower + more)),
            Known::Nothing => (Decimal::ZERO, None),
        };
        let to = (from + step) % ENTITIES;
        Relation {
            from,
            to,
            lower,
            upper,
        }
    })
}

/// The most that could come from the sources to the targets, or, by its negative, the least: what of all that the targets
/// absorb need not come from elsewhere. A target may count by a share of what it absorbs.
pub fn network() -> impl Strategy<Value = Plain> {
    let share = prop::option::weighted(0.3, 1_i64..100);
    let relations = prop::collection::vec(relation(), 1..9);
    let roles = prop::collection::vec((any::<bool>(), share), ENTITIES);
    (relations, roles, any::<bool>())
        .prop_map(|(relations, roles, least)| network_of(&relations, &roles, least))
}

fn network_of(relations: &[Relation], roles: &[(bool, Option<i64>)], least: bool) -> Plain {
    let mut plain = Plain::default();
    let (one, minus) = (Decimal::ONE, Decimal::NEGATIVE_ONE);
    // Rows of what comes in less what goes out, for the amounts and for what of them comes from the sources.
    let mut kept: Vec<Terms> = vec![Vec::new(); ENTITIES];
    let mut passed = kept.clone();
    for relation in relations {
        let whole = plain.column(0, relation.lower, relation.upper);
        let part = plain.part_of(whole, 0);
        for (entity, sign) in [(relation.to, one), (relation.from, minus)] {
            kept[entity].push((whole, sign));
            passed[entity].push((part, sign));
        }
    }
    for (entity, (picked, share)) in roles.iter().enumerate() {
        let sum = |end: fn(&Relation) -> usize, amount: fn(&Relation) -> Option<Decimal>| {
            let own = relations.iter().filter(|relation| end(relation) == entity);
            own.map(amount).sum::<Option<Decimal>>()
        };
        let lower = |relation: &Relation| Some(relation.lower);
        let less = |upper: Option<Decimal>, lower: Option<Decimal>| {
            upper.map(|upper| (upper - lower.unwrap_or_default()).max(Decimal::ZERO))
        };
        let injected = less(sum(|r| r.from, |r| r.upper), sum(|r| r.to, lower));
        let absorbed = less(sum(|r| r.to, |r| r.upper), sum(|r| r.from, lower));
        let injected = plain.column(0, Decimal::ZERO, injected);
        let absorbed = plain.column(0, Decimal::ZERO, absorbed);
        kept[entity].extend([(injected, one), (absorbed, minus)]);
        plain.row(Sense::Equal, &kept[entity]);

        // The first half is where it may come from, the second where it may go.
        let (source, target) = (
            entity < ENTITIES / 2 && *picked,
            entity >= ENTITIES / 2 && *picked,
        );
        if source != least {
            passed[entity].push((plain.part_of(injected, 0), one));
        }
        let counted = match share {
            Some(percent) if target => {
                let part = plain.column(if least { -1 } else { 0 }, Decimal::ZERO, None);
                plain.row(
                    Sense::Equal,
                    &[(part, one), (absorbed, -Decimal::new(*percent, 2))],
                );
                passed[entity].push((plain.part_of(part, 1), minus));
                absorbed
            }
            _ => absorbed,
        };
        let whole_counts = target && share.is_none();
        if whole_counts && least {
            plain.columns[counted].0 = minus;
        }
        passed[entity].push((plain.part_of(counted, whole_counts.into()), minus));
        plain.row(Sense::Equal, &passed[entity]);
    }
    plain
}

/// Any small program: columns below zero, rows that contradict each other or say the same, odd coefficients.
pub fn arbitrary() -> impl Strategy<Value = Plain> {
    let signed = (amount(), any::<bool>()).prop_map(|(amount, minus)| if minus { -amount } else { amount });
    let coefficient = prop_oneof![
        4 => prop::sample::select(vec![-1_i64, 1]).prop_map(Decimal::from),
        1 => (-300_i64..300).prop_map(|hundredths| Decimal::new(hundredths, 2)),
    ];
    let cost = prop_oneof![1 => Just(Decimal::ZERO), 2 => coefficient.clone()];
    let lower = prop_oneof![3 => Just(Decimal::ZERO), 1 => signed.clone()];
    // An upper end below the lower one is a contradiction; rare, or all programs would be one.
    let upper = prop::option::of((amount(), prop::bool::weighted(0.01)));
    let column = (cost, lower, upper).prop_map(|(cost, lower, upper)| {
        let upper = upper.map(|(width, crossed)| if crossed { lower - width } else { lower + width });
        (cost, lower, upper)
    });
    let sense = prop::sample::select(vec![Sense::AtMost, Sense::AtMost, Sense::Equal]);
    let rhs = prop_oneof![1 => Just(Decimal::ZERO), 2 => amount(), 1 => signed];
    let row = (
        sense,
        rhs,
        prop::collection::vec((any::<prop::sample::Index>(), coefficient), 0..5),
    );
    let parts = (
        prop::collection::vec(column, 1..7),
        prop::collection::vec(row, 0..7),
    );
    parts.prop_map(|(columns, rows)| {
        let place = |(column, value): (prop::sample::Index, Decimal)| (column.index(columns.len()), value);
        let rows = rows
            .into_iter()
            .map(|(sense, rhs, coefficients)| (sense, rhs, coefficients.into_iter().map(place).collect()))
            .collect();
        Plain { columns, rows }
    })
}
