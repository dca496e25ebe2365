//! Escapes cells that a spreadsheet would evaluate as a formula. Names and quotations are written by one person and opened by
//! another, so such a cell is written with a leading apostrophe, which marks text in spreadsheets, and read without it.

use std::borrow::Cow;

use super::cell::is_decimal;

const MARK: char = '\'';

/// First characters of formulas. Some spreadsheets also accept the full-width forms, and skip white space before them.
const BEGINNINGS: [char; 11] = ['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n'];

/// The cell for a text.
pub(in crate::dataset) fn escape(text: &str) -> Cow<'_, str> {
    if is_risky(text) {
        format!("{MARK}{text}").into()
    } else {
        text.into()
    }
}

/// The text of a cell.
pub(in crate::dataset) fn unescape(cell: &str) -> &str {
    match cell.strip_prefix(MARK) {
        Some(text) if is_risky(text) => text,
        _ => cell,
    }
}

/// Whether a text must be escaped: it begins like a formula, or like an escaped one.
fn is_risky(text: &str) -> bool {
    text.trim_start_matches(MARK).starts_with(BEGINNINGS) && !is_decimal(text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn only_what_a_spreadsheet_would_compute_is_marked() {
        for text in [
            "=1+1", "+1", "-a", "- 5", "-1-1", "-5%", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "＋1",
            "－1", "＠a", "-", "--5", "'=1", "''=1",
        ] {
            assert_eq!(escape(text), format!("'{text}"), "{text:?}");
        }
        for text in [
            "", "a=1", "-5", "-0.25", "5", ">=5", "~5", "'a", "'", " =1", "“-”",
        ] {
            assert_eq!(escape(text), text, "{text:?}");
        }
        // A negative number that somebody marked is not what an export writes.
        assert_eq!(unescape("'-5"), "'-5");
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again(text in "['=+@\\-＝－\t\n\r0-9a.]{0,6}") {
            let cell = escape(&text);
            prop_assert_eq!(unescape(&cell), &text);
            prop_assert!(!cell.starts_with(BEGINNINGS) || is_decimal(&cell), "{:?}", cell);
        }
    }
}
