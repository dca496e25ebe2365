//! Leverage: the claimed output per unit of input, λ = output / input.
//!
//! The ratio of two intervals: [o⁻/i⁺, o⁺/i⁻]. It is always a claim, because that the output results from the
//! input is claimed.

use crate::model::Decimal;
use crate::model::closed::closed_list;
use crate::model::quantity::Quantity;

closed_list! {
    RatioGap ["倍数未知的原因", "Reason for an open ratio"]
        ["倍数的一端为何未知。", "Reason for which a bound of a ratio is not known."]
    {
        InputUnknown "INPUT_UNKNOWN" ["投入未知", "Input not known"]
            ["记有投入，但数额未知。",
            "The input is recorded, but its amount is not known."],
        InputOpenAbove "INPUT_OPEN_ABOVE" ["投入没有上限", "Input has no upper bound"]
            ["投入没有上限，因此倍数没有下限。",
            "The input has no upper bound, so the ratio has no lower bound."],
        InputMayBeNothing "INPUT_MAY_BE_NOTHING" ["投入可能为零", "Input may be zero"]
            ["投入可能为零，因此倍数没有上限。",
            "The input may be zero, so the ratio has no upper bound."],
        OutputUnknown "OUTPUT_UNKNOWN" ["产出未知", "Output not known"]
            ["记有产出，但数额未知。",
            "The output is recorded, but its amount is not known."],
        OutputOpenAbove "OUTPUT_OPEN_ABOVE" ["产出没有上限", "Output has no upper bound"]
            ["产出没有上限，因此倍数也没有上限。",
            "The output has no upper bound, so neither has the ratio."],
        OutputOpenBelow "OUTPUT_OPEN_BELOW" ["产出没有下限", "Output has no lower bound"]
            ["产出没有下限，因此倍数也没有下限。",
            "The output has no lower bound, so neither has the ratio."],
    }
}

/// A ratio as an interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ratio {
    /// The minimum.
    pub lower: Option<Decimal>,
    /// The maximum.
    pub upper: Option<Decimal>,
    /// Why a bound is not known; empty if both are known.
    pub gaps: Vec<RatioGap>,
}

/// The ratio of two non-negative amounts of one unit.
pub fn leverage(input: &Quantity, output: &Quantity) -> Ratio {
    let over = |above: Option<Decimal>, below: Option<Decimal>| above?.checked_div(below?);
    Ratio {
        lower: over(output.lower(), input.upper()),
        upper: over(output.upper(), input.lower()),
        gaps: input_gaps(input).chain(output_gaps(output)).collect(),
    }
}

fn input_gaps(input: &Quantity) -> impl Iterator<Item = RatioGap> {
    let (open, nothing) = match (input.lower(), input.upper()) {
        (None, None) => (Some(RatioGap::InputUnknown), None),
        (lower, upper) => (
            upper.is_none().then_some(RatioGap::InputOpenAbove),
            lower
                .is_none_or(|lower| lower.is_zero())
                .then_some(RatioGap::InputMayBeNothing),
        ),
    };
    open.into_iter().chain(nothing)
}

fn output_gaps(output: &Quantity) -> impl Iterator<Item = RatioGap> {
    let gap = match (output.lower(), output.upper()) {
        (None, None) => Some(RatioGap::OutputUnknown),
        (Some(_), None) => Some(RatioGap::OutputOpenAbove),
        (None, Some(_)) => Some(RatioGap::OutputOpenBelow),
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

    fn ends(input: &Quantity, output: &Quantity) -> (Option<i64>, Option<i64>, Vec<RatioGap>) {
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
        assert_eq!(ends(&more, &two), (None, Some(1), vec![RatioGap::InputOpenAbove]));
        assert_eq!(
            ends(&two, &more),
            (Some(1), None, vec![RatioGap::OutputOpenAbove])
        );
        assert_eq!(ends(&unknown, &two), (None, None, vec![RatioGap::InputUnknown]));
        assert_eq!(ends(&two, &unknown), (None, None, vec![RatioGap::OutputUnknown]));
        assert_eq!(
            ends(&nothing, &two),
            (None, None, vec![RatioGap::InputMayBeNothing])
        );
        assert_eq!(ends(&two, &nothing), (Some(0), Some(0), vec![]));
    }
}
