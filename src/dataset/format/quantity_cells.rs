//! Converts amounts to the cells of a row.

use super::cell;
use super::output_row::{OutputCell, OutputRow};
use crate::model::field::Field as C;
use crate::model::quantity::{Quantity, Unit};

/// The amount that the row itself states; an amount that only statements give is not written in the row.
fn stated_in_row(quantity: Option<&Quantity>) -> Option<&Quantity> {
    quantity.filter(|quantity| !quantity.is_implicit())
}

/// The columns of an amount, in a table that has them all.
pub(in crate::dataset) fn quantity_cells(quantity: Option<&Quantity>) -> OutputRow {
    let quantity = stated_in_row(quantity);
    let (amount, amount_max) = quantity.map(Quantity::cells).unwrap_or_default();
    vec![
        (
            C::Amount,
            OutputCell::display(amount.map(|amount| amount.normalize())),
        ),
        (
            C::AmountMax,
            OutputCell::display(amount_max.map(|amount| amount.normalize())),
        ),
        (
            C::Qualifier,
            OutputCell::display(quantity.map(Quantity::qualifier)),
        ),
        (
            C::Unit,
            OutputCell::text(quantity.and_then(Quantity::unit).map(Unit::as_str)),
        ),
        (C::Basis, OutputCell::display(quantity.and_then(Quantity::basis))),
        (C::Measure, OutputCell::display(quantity.map(Quantity::measure))),
        (
            C::OriginalText,
            OutputCell::text(quantity.and_then(Quantity::original_text)),
        ),
    ]
}

/// The cell of a size.
pub(in crate::dataset) fn size_cell(quantity: Option<&Quantity>) -> OutputCell {
    OutputCell::text(stated_in_row(quantity).map(cell::format_size).as_deref())
}

/// The cell of an amount of money.
pub(super) fn money_cell(quantity: Option<&Quantity>) -> OutputCell {
    OutputCell::text(stated_in_row(quantity).map(cell::format_money).as_deref())
}

/// The cell of the source's words for an amount.
pub(in crate::dataset) fn original_text_cell(quantity: Option<&Quantity>) -> OutputCell {
    OutputCell::text(stated_in_row(quantity).and_then(Quantity::original_text))
}
