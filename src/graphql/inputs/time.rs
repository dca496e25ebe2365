//! When facts must hold: `asOf`, `during` and `undated`, which stand together wherever they are asked.

use async_graphql::InputObject;

use crate::graphql::errors::{Failure, Result};
use crate::graphql::scalars::{Date, PartialDate};
use crate::model::period::{Span, UndatedFacts, When};
use crate::model::selector::AsOf;

/// Days in a row, both ends among them. One end at least is given.
#[derive(InputObject, Clone, Copy, Debug)]
pub(in crate::graphql) struct DateRange {
    /// The first day; of `2023` or `2023-02`, the first in it. Not given: from the beginning.
    from: Option<PartialDate>,
    /// The last day; of `2023` or `2023-02`, the last in it. Not given: without end.
    to: Option<PartialDate>,
}

/// When facts must hold. A day and a range together: on that day, and on some day of the range.
pub(in crate::graphql) fn when(
    as_of: Option<Date>,
    during: Option<DateRange>,
    undated: Option<UndatedFacts>,
) -> Result<AsOf> {
    let during = during.map(|range| Span::new(range.from.map(|date| date.0), range.to.map(|date| date.0)));
    let during = during
        .transpose()
        .map_err(|error| Failure::input(format!("during: {error}")))?;
    let undated = undated.unwrap_or(UndatedFacts::Include);
    Ok(When::asked(as_of.map(|date| date.0), during, undated))
}
