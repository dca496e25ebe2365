//! The time at which facts must hold: `asOf`, `during` and `undated`, which always occur together.

use async_graphql::InputObject;

use crate::graphql::errors::{Failure, Result};
use crate::graphql::scalars::{Date, PartialDate};
use crate::model::period::{Span, TimeFilter, UndatedFacts};
use crate::model::selector::AsOf;

/// A period of days, including both ends. At least one end is required.
#[derive(InputObject, Clone, Copy, Debug)]
pub(in crate::graphql) struct DateRange {
    /// First day; of `2023` or `2023-02`, the first day in it. Default: no beginning.
    from: Option<PartialDate>,
    /// Last day; of `2023` or `2023-02`, the last day in it. Default: no end.
    to: Option<PartialDate>,
}

/// Parses the time at which facts must hold. With both a day and a range: on that day, and on some day of the range.
pub(in crate::graphql) fn time_filter(
    as_of: Option<Date>,
    during: Option<DateRange>,
    undated: Option<UndatedFacts>,
) -> Result<AsOf> {
    let during = during.map(|range| Span::new(range.from.map(|date| date.0), range.to.map(|date| date.0)));
    let during = during
        .transpose()
        .map_err(|error| Failure::input(format!("during: {error}")))?;
    let undated = undated.unwrap_or(UndatedFacts::Include);
    Ok(TimeFilter::new(as_of.map(|date| date.0), during, undated))
}
