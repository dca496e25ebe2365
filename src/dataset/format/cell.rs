//! The text form of values in cells. [`parse_size`] reads what [`format_size`] writes.

use super::script::language_of;
use crate::model::Decimal;
use crate::model::entity::{Name, NameRole};
use crate::model::free_text::visible;
use crate::model::quantity::{Basis, Measure, Qualifier, Quantity, QuantityParts, Unit};
use crate::model::refusal::Refusal;

/// Parses a decimal: digits, optionally a point and digits, optionally a leading minus; no exponent and no separators.
pub(super) fn parse_decimal(text: &str) -> Result<Decimal, Refusal> {
    if !is_decimal(text) {
        let reason = format!(
            "`{}` is not a valid number (expected digits with an optional decimal point)",
            visible(text)
        );
        let hint = match intended_number(text) {
            Some(number) => format!("write {number}"),
            None => "write digits such as 1500000 or 0.25, without exponent or separators".into(),
        };
        return Err(Refusal::new(reason, hint));
    }
    let value = Decimal::from_str_exact(text).map_err(|_| {
        Refusal::new(
            "the number has too many digits (expected at most 28)",
            "write at most 28 digits",
        )
    })?;
    Ok(value.normalize())
}

/// Whether a text is a decimal in the form that cells use.
pub(super) fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (whole, part) = digits
        .split_once('.')
        .map_or((digits, None), |(whole, part)| (whole, Some(part)));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    plain(whole) && part.is_none_or(plain)
}

fn plain_decimal(text: &str) -> Option<Decimal> {
    let number = is_decimal(text)
        .then(|| Decimal::from_str_exact(text).ok())
        .flatten();
    number.map(|number| number.normalize())
}

/// The number that was probably intended: written with thousands separators, a decimal comma, an exponent or a percent sign.
fn intended_number(text: &str) -> Option<Decimal> {
    let text = text.trim();
    if let Some(percent) = text.strip_suffix('%') {
        let value = plain_decimal(percent.trim_end())?;
        return value
            .checked_div(Decimal::ONE_HUNDRED)
            .map(|value| value.normalize());
    }
    if let Some(value) = plain_decimal(text).or_else(|| Decimal::from_scientific(text).ok()) {
        return Some(value.normalize());
    }
    let is_grouped = |whole: &str, by: char| {
        let mut groups = whole.split(by);
        let first = groups
            .next()
            .is_some_and(|group| (1..=3).contains(&group.trim_start_matches('-').len()));
        first && whole.contains(by) && groups.all(|group| group.len() == 3)
    };
    let plain = |whole: &str, part: &str| plain_decimal(&format!("{whole}{part}"));
    for (by, point) in [
        (',', '.'),
        ('.', ','),
        (' ', '.'),
        (' ', ','),
        ('\u{a0}', ','),
        ('_', '.'),
        ('\'', '.'),
    ] {
        let (whole, part) = text.split_once(point).unwrap_or((text, ""));
        // A single group is ambiguous: 1,234 may be a fraction.
        let is_sure = !part.is_empty() || whole.matches(by).count() > 1 || !matches!(by, ',' | '.');
        if is_grouped(whole, by) && is_sure {
            let part = if part.is_empty() {
                String::new()
            } else {
                format!(".{part}")
            };
            return plain(&whole.replace(by, ""), &part);
        }
    }
    let (whole, part) = text.split_once(',')?;
    (part.len() != 3)
        .then(|| plain(whole, &format!(".{part}")))
        .flatten()
}

/// Hint with the valid forms of a size.
const SIZE_HINT: &str =
    "write 680, >10, >=10, <10, <=10, >10..19, 11..19, 11..<20, ~680 (rounded) or ? (unknown)";

fn invalid_size(text: &str) -> Refusal {
    let range = ["-", "–", "—", "~", "至", "到"]
        .iter()
        .find_map(|by| text.split_once(by))
        .map(|(lower, upper)| (lower.trim(), upper.trim()))
        .filter(|(lower, upper)| plain_decimal(lower).is_some() && plain_decimal(upper).is_some());
    let hint = match range {
        Some((lower, upper)) => format!("write {lower}..{upper}"),
        None => SIZE_HINT.to_string(),
    };
    Refusal::new(
        format!(
            "`{}` is not a valid size (expected a number, a range or ?)",
            visible(text)
        ),
        hint,
    )
}

/// Parses the amount in a cell: `680`, `>10`, `>=10`, `<10`, `<=10`, `>10..19`, `11..19`, `11..<20`, `~680` or `?`.
fn parse_amount(text: &str) -> Result<QuantityParts, Refusal> {
    let number = |part: &str| parse_decimal(part).map(Some).map_err(|_| invalid_size(text));
    let signs = [
        (">=", Qualifier::AtLeast),
        ("<=", Qualifier::AtMost),
        ("<", Qualifier::LessThan),
        ("~", Qualifier::Rounded),
    ];
    let signed = signs
        .into_iter()
        .find_map(|(sign, qualifier)| Some((text.strip_prefix(sign)?, qualifier)));
    let (qualifier, amount, amount_max) = if text == "?" {
        (Qualifier::Unknown, None, None)
    } else if let Some((rest, qualifier)) = signed {
        (qualifier, number(rest)?, None)
    } else if let Some(rest) = text.strip_prefix('>') {
        match rest.split_once("..") {
            Some((lower, upper)) => (Qualifier::MoreThan, number(lower)?, number(upper)?),
            None => (Qualifier::MoreThan, number(rest)?, None),
        }
    } else if let Some((lower, upper)) = text.split_once("..") {
        match upper.strip_prefix('<') {
            Some(upper) => (Qualifier::LessThan, number(lower)?, number(upper)?),
            None => (Qualifier::Range, number(lower)?, number(upper)?),
        }
    } else {
        (Qualifier::Exact, number(text)?, None)
    };
    Ok(QuantityParts {
        amount,
        amount_max,
        qualifier: Some(qualifier),
        ..QuantityParts::default()
    })
}

/// Parses a size; the unit is not part of the cell.
pub(super) fn parse_size(text: &str, unit: &str, basis: Basis) -> Result<Quantity, Refusal> {
    let unit = Unit::parse(unit)?;
    let parts = QuantityParts {
        unit: Some(unit),
        basis: Some(basis),
        ..parse_amount(text)?
    };
    Ok(Quantity::new(parts, Measure::Stock)?)
}

/// Parses an amount of money: a size followed by its currency, such as `100000000 EUR`. Without a currency, `default` applies.
pub(super) fn parse_money(text: &str, default: Option<&Unit>, basis: Basis) -> Result<Quantity, Refusal> {
    let (amount, unit) = match text.split_once(' ') {
        Some((amount, code)) => {
            let unit = Unit::parse_currency(code)?;
            (amount, Some(unit))
        }
        None => (text, default.cloned()),
    };
    let parts = parse_amount(amount)?;
    if parts.amount.is_some() && unit.is_none() {
        let reason = "an amount of money needs a currency";
        let hint = format!(
            "write it after the amount, as in `{amount} EUR`, or set `currency = \"EUR\"` in dataset.toml for all such cells"
        );
        return Err(Refusal::new(reason, hint));
    }
    let parts = QuantityParts {
        unit,
        basis: Some(basis),
        ..parts
    };
    Ok(Quantity::new(parts, Measure::Stock)?)
}

/// Formats an amount of money with its currency, so that it means the same under any manifest.
pub(super) fn format_money(quantity: &Quantity) -> String {
    match quantity.unit() {
        Some(unit) => format!("{} {}", format_size(quantity), unit.as_str()),
        None => format_size(quantity),
    }
}

/// Formats a size. NONE becomes 0, and an amount that is stated only in words becomes `?`.
pub(super) fn format_size(quantity: &Quantity) -> String {
    match (quantity.qualifier(), quantity.lower(), quantity.upper()) {
        (Qualifier::AtLeast, Some(lower), _) => format!(">={}", lower.normalize()),
        (Qualifier::AtMost, _, Some(upper)) => format!("<={}", upper.normalize()),
        (Qualifier::LessThan, _, Some(upper)) if quantity.has_default_lower() => {
            format!("<{}", upper.normalize())
        }
        (Qualifier::LessThan, Some(lower), Some(upper)) => {
            format!("{}..<{}", lower.normalize(), upper.normalize())
        }
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
            | Qualifier::AtLeast
            | Qualifier::AtMost
            | Qualifier::LessThan
            | Qualifier::Range
            | Qualifier::Qualitative
            | Qualifier::Unknown
            | Qualifier::None,
            ..,
        ) => "?".into(),
    }
}

/// Whether the column `aliases` can hold a name without loss.
pub(in crate::dataset) fn belongs_in_aliases(name: &Name) -> bool {
    name.role == NameRole::Alias && name.lang == language_of(&name.value) && !name.value.contains('|')
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
            parse_decimal(&"9".repeat(30)).unwrap_err().reason,
            "the number has too many digits (expected at most 28)"
        );
    }

    #[test]
    fn the_number_that_was_meant_is_said() {
        let hint = |text: &str| parse_decimal(text).unwrap_err().hint;
        for (text, told) in [
            ("1.234,56", "write 1234.56"),
            ("1,234.56", "write 1234.56"),
            ("1,234,567", "write 1234567"),
            ("1 234 567", "write 1234567"),
            ("1_000", "write 1000"),
            ("0,25", "write 0.25"),
            ("1e6", "write 1000000"),
            ("60%", "write 0.6"),
            (" 5", "write 5"),
        ] {
            assert_eq!(hint(text), told, "{text}");
        }
        for text in ["1,234", "", "many", "五", "1.2.3", "1,23,4"] {
            assert!(hint(text).starts_with("write digits"), "{text}: {}", hint(text));
        }
    }

    #[test]
    fn sizes_round_trip() {
        for text in [
            "680", ">10", ">=10", "<10", "<=10", "<=0", ">10..19", "11..19", "11..<20", "?", "~680", "0",
            "0.5",
        ] {
            let quantity = parse_size(text, "PERSON", Basis::Measured).unwrap();
            assert_eq!(format_size(&quantity), text);
            assert_eq!(quantity.unit().unwrap().as_str(), "PERSON");
        }
        for text in [
            "many", "19..11", ">19..11", "-5", "", "10..", "..10", ">", "?5", "<0", "20..<20", "> 5",
            ">=5..9", "<=-1", "5 EUR",
        ] {
            assert!(parse_size(text, "PERSON", Basis::Measured).is_err(), "{text}");
        }
        let hint = |text| parse_size(text, "PERSON", Basis::Measured).unwrap_err().hint;
        assert_eq!(hint("10-49"), "write 10..49");
        assert_eq!(hint("many"), SIZE_HINT);
    }

    #[test]
    fn money_has_its_currency() {
        let cny = Unit::parse("CNY").unwrap();
        let read = |text: &str, default: Option<&Unit>| parse_money(text, default, Basis::Committed);
        for text in ["100000000 EUR", ">=5 JPY", "~1.5 CNY", ">5..6 USD", "? CHF"] {
            assert_eq!(format_money(&read(text, Some(&cny)).unwrap()), text);
        }
        assert_eq!(format_money(&read("5", Some(&cny)).unwrap()), "5 CNY");
        // What is not known at all need not be in any currency.
        assert_eq!(format_money(&read("?", None).unwrap()), "?");
        let Refusal { reason, hint } = read("100000000", None).unwrap_err();
        assert_eq!(reason, "an amount of money needs a currency");
        assert_eq!(
            hint,
            "write it after the amount, as in `100000000 EUR`, or set `currency = \"EUR\"` in dataset.toml for all such cells"
        );
        for (text, reason) in [
            ("5 PERSON", "`PERSON` is not a currency"),
            ("5  EUR", "` EUR` is not a currency"),
            ("EUR 5", "`5` is not a currency"),
            (
                "5EUR",
                "`5EUR` is not a valid size (expected a number, a range or ?)",
            ),
        ] {
            assert_eq!(read(text, Some(&cny)).unwrap_err().reason, reason, "{text}");
        }
    }
}
