//! Cells: how a value is written in a file, and how it is read again. What [`write`](size) gives, [`parse_size`] takes.

use crate::model::Decimal;
use crate::model::entity::{ExternalId, Name, NameRole};
use crate::model::quantity::{Basis, Measure, Qualifier, Quantity, QuantityParts, Unit};

/// Reads a decimal: digits, a point, digits; no exponent, no sign but a minus, nothing between the digits.
pub(super) fn parse_decimal(text: &str) -> Result<Decimal, String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits
        .split_once('.')
        .map_or((digits, None), |(whole, part)| (whole, Some(part)));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    if !plain(whole) || part.is_some_and(|part| !plain(part)) {
        return Err(
            "no number: write digits, as in 1500000 or 0.25, with no exponent and no separators".into(),
        );
    }
    let value = Decimal::from_str_exact(text).map_err(|_| "too many digits: at most 28".to_string())?;
    Ok(value.normalize())
}

/// Why a text is no size.
const NO_SIZE: &str = "no size: write 680, >10, >10..19, 11..19, ~680 (rounded) or ? (unknown)";

/// Reads a size: `680`, `>10`, `>10..19`, `11..19`, `~680` or `?`.
pub(super) fn parse_size(text: &str, unit: &str, basis: Basis) -> Result<Quantity, String> {
    let number = |text: &str| parse_decimal(text).map_err(|_| NO_SIZE.to_string());
    let (qualifier, amount, amount_max) = if text == "?" {
        (Qualifier::Unknown, None, None)
    } else if let Some(rest) = text.strip_prefix('~') {
        (Qualifier::Rounded, Some(number(rest)?), None)
    } else if let Some(rest) = text.strip_prefix('>') {
        match rest.split_once("..") {
            Some((lower, upper)) => (Qualifier::MoreThan, Some(number(lower)?), Some(number(upper)?)),
            None => (Qualifier::MoreThan, Some(number(rest)?), None),
        }
    } else if let Some((lower, upper)) = text.split_once("..") {
        (Qualifier::Range, Some(number(lower)?), Some(number(upper)?))
    } else {
        (Qualifier::Exact, Some(number(text)?), None)
    };
    let unit = Unit::parse(unit).map_err(|error| error.to_string())?;
    let parts = QuantityParts {
        amount,
        amount_max,
        qualifier: Some(qualifier),
        unit: Some(unit),
        basis: Some(basis),
        measure: None,
        original_text: None,
    };
    Quantity::new(parts, Measure::Stock).map_err(|error| error.to_string())
}

/// The cell of a size. One known to be nothing is 0, one given in words only is unknown: a cell has no other way.
pub(super) fn size(quantity: &Quantity) -> String {
    match (quantity.qualifier(), quantity.lower(), quantity.upper()) {
        (Qualifier::Exact | Qualifier::None, Some(amount), _) => amount.normalize().to_string(),
        (Qualifier::Rounded, Some(amount), _) => format!("~{}", amount.normalize()),
        (Qualifier::MoreThan, Some(lower), None) => format!(">{}", lower.normalize()),
        (Qualifier::MoreThan, Some(lower), Some(upper)) => {
            format!(">{}..{}", lower.normalize(), upper.normalize())
        }
        (Qualifier::Range, Some(lower), Some(upper)) => {
            format!("{}..{}", lower.normalize(), upper.normalize())
        }
        (
            Qualifier::Exact
            | Qualifier::Rounded
            | Qualifier::MoreThan
            | Qualifier::Range
            | Qualifier::Qualitative
            | Qualifier::Unknown
            | Qualifier::None,
            ..,
        ) => "?".into(),
    }
}

/// Reads `scheme:value`.
pub(super) fn parse_external_id(text: &str) -> Result<ExternalId, String> {
    match text.split_once(':') {
        Some((scheme, value)) if !scheme.is_empty() && !value.is_empty() => Ok(ExternalId {
            scheme: scheme.into(),
            value: value.into(),
        }),
        _ => Err("write `scheme:value`, as in gbt2260:320583".into()),
    }
}

/// The language of an alias, which has no column for it: Chinese where it has a Chinese character, else English.
pub(super) fn language_of(alias: &str) -> &'static str {
    let is_han = |c: char| matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}');
    if alias.chars().any(is_han) { "zh" } else { "en" }
}

/// Whether a name is just what the column `aliases` says of it.
pub(super) fn fits_aliases(name: &Name) -> bool {
    name.role == NameRole::Alias
        && name.lang == language_of(&name.value)
        && !name.value.contains('|')
        && name.value.trim() == name.value
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_exact_or_refused() {
        assert_eq!(parse_decimal("1500000.00").unwrap().to_string(), "1500000");
        assert_eq!(parse_decimal("-0.10").unwrap().to_string(), "-0.1");
        for text in [
            "1e9", "1,000", "1_000", "+1", ".5", "5.", "", " 1", "１", "0x10", "NaN", "-",
        ] {
            assert!(parse_decimal(text).is_err(), "{text}");
        }
        assert_eq!(
            parse_decimal(&"9".repeat(30)),
            Err("too many digits: at most 28".into())
        );
    }

    #[test]
    fn sizes_round_trip() {
        for text in ["680", ">10", ">10..19", "11..19", "?", "~680", "0", "0.5"] {
            let quantity = parse_size(text, "PERSON", Basis::Measured).unwrap();
            assert_eq!(size(&quantity), text);
            assert_eq!(quantity.unit().unwrap().as_str(), "PERSON");
        }
        for text in ["many", "19..11", ">19..11", "-5", "", "10..", "..10", ">", "?5"] {
            assert!(parse_size(text, "PERSON", Basis::Measured).is_err(), "{text}");
        }
    }
}
