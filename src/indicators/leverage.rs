//! Leverage: how much is said to have come of what was put in, λ = output / input.
//!
//! An interval, since both ends are: [o⁻/i⁺, o⁺/i⁻]. A claim in any case: that one came of the other is what is claimed.

use crate::model::Decimal;
use crate::model::closed::closed_list;
use crate::model::quantity::Quantity;

closed_list! {
    Gap ["倍数未知的原因", "Reason for an open ratio"]
        ["倍数的一端为何未知。", "Why an end of a ratio is not known."]
    {
        InputUnknown "INPUT_UNKNOWN" ["投入未知", "Input not known"]
            ["记有投入，但数额未知。",
            "The input is recorded, its amount is not."],
        InputOpenAbove "INPUT_OPEN_ABOVE" ["投入没有上限", "Input has no upper end"]
            ["投入没有上限，因此倍数没有下限。",
            "The input has no upper end, so the ratio has no lower one."],
        InputMayBeNothing "INPUT_MAY_BE_NOTHING" ["投入可能为零", "Input may be zero"]
            ["投入可能为零，因此倍数没有上限。",
            "The input may be zero, so the ratio has no upper end."],
        OutputUnknown "OUTPUT_UNKNOWN" ["产出未知", "Output not known"]
            ["记有产出，但数额未知。",
            "The output is recorded, its amount is not."],
        OutputOpenAbove "OUTPUT_OPEN_ABOVE" ["产出没有上限", "Output has no upper end"]
            ["产出没有上限，因此倍数也没有上限。",
            "The output has no upper end, so neither has the ratio."],
        OutputOpenBelow "OUTPUT_OPEN_BELOW" ["产出没有下限", "Output has no lower end"]
            ["产出没有下限，因此倍数也没有下限。",
            "The output has no lower end, so neither has the ratio."],
    }
}

/// A ratio as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ratio {
    /// The least.
    pub lower: Option<Decimal>,
    /// The most.
    pub upper: Option<Decimal>,
    /// Why an end is not known; none where both are.
    pub gaps: Vec<Gap>,
}

/// The ratio of two amounts of one unit, neither of them negative.
pub fn leverage(input: &Quantity, output: &Quantity) -> Ratio {
    let over = |above: Option<Decimal>, below: Option<Decimal>| above?.checked_div(below?);
    Ratio {
        lower: over(output.lower(), input.upper()),
        upper: over(output.upper(), input.lower()),
        gaps: input_gaps(input).chain(output_gaps(output)).collect(),
    }
}

fn input_gaps(input: &Quantity) -> impl Iterator<Item = Gap> {
    let (open, nothing) = match (input.lower(), input.upper()) {
        (None, None) => (Some(Gap::InputUnknown), None),
        (lower, upper) => (
            upper.is_none().then_some(Gap::InputOpenAbove),
            lower
                .is_none_or(|lower| lower.is_zero())
                .then_some(Gap::InputMayBeNothing),
        ),
    };
    open.into_iter().chain(nothing)
}

fn output_gaps(output: &Quantity) -> impl Iterator<Item = Gap> {
    let gap = match (output.lower(), output.upper()) {
        (None, None) => Some(Gap::OutputUnknown),
        (Some(_), None) => Some(Gap::OutputOpenAbove),
        (None, Some(_)) => Some(Gap::OutputOpenBelow),
        (Some(_), Some(_)) => None,
    };
    gap.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::quantity::{Basis, Measure, Qualifier, QuantityParts, Unit};

    fn cny(amount: Option<i64>, amount_max: Option<i64>, qualifier: Option<Qualifier>) -> Quantity {
        let parts = QuantityParts {
            amount: amount.map(Decimal::from),
            amount_max: amount_max.map(Decimal::from),
            qualifier,
            unit: Some(Unit::parse("CNY").unwrap()),
            basis: Some(Basis::Invested),
            ..QuantityParts::default()
        };
        Quantity::new(parts, Measure::Cumulative).unwrap()
    }

    fn ends(input: &Quantity, output: &Quantity) -> (Option<i64>, Option<i64>, Vec<Gap>) {
        let whole = |end: Option<Decimal>| end.map(|end| i64::try_from(end).unwrap());
        let ratio = leverage(input, output);
        (whole(ratio.lower), whole(ratio.upper), ratio.gaps)
    }

    #[test]
    fn an_interval_over_an_interval() {
        let (two, range) = (
            cny(Some(2), None, None),
            cny(Some(2), Some(4), Some(Qualifier::Range)),
        );
        let output = cny(Some(8), Some(16), Some(Qualifier::Range));
        assert_eq!(ends(&two, &output), (Some(4), Some(8), vec![]));
        assert_eq!(ends(&range, &output), (Some(2), Some(8), vec![]));
    }

    #[test]
    fn an_end_that_is_not_known_is_none_with_its_reason() {
        let (two, more) = (
            cny(Some(2), None, None),
            cny(Some(2), None, Some(Qualifier::MoreThan)),
        );
        let (unknown, nothing) = (cny(None, None, None), cny(None, None, Some(Qualifier::None)));
        assert_eq!(ends(&more, &two), (None, Some(1), vec![Gap::InputOpenAbove]));
        assert_eq!(ends(&two, &more), (Some(1), None, vec![Gap::OutputOpenAbove]));
        assert_eq!(ends(&unknown, &two), (None, None, vec![Gap::InputUnknown]));
        assert_eq!(ends(&two, &unknown), (None, None, vec![Gap::OutputUnknown]));
        assert_eq!(ends(&nothing, &two), (None, None, vec![Gap::InputMayBeNothing]));
        assert_eq!(ends(&two, &nothing), (Some(0), Some(0), vec![]));
    }
}
