//! The custom scalars of the schema: dates, points in time and exact decimals, which JSON has no type for; and the
//! conversion of numbers to `Float` and `Int`.
//!
//! The doc comment of each `impl ScalarType` is the description of the scalar in the schema.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::SecondsFormat;

use crate::model;
use crate::model::partial_date::Day;

/// A calendar day. Parsed from `YYYY` or `YYYY-MM`, it is the last day of that period.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date(pub(super) Day);

/// A calendar day, `YYYY-MM-DD`. In an argument, an incomplete date means its last day: `2023` is 2023-12-31,
/// `2024-02` is 2024-02-29.
#[Scalar(name = "Date")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        Self::from_value(&value).map_err(InputValueError::custom)
    }
    fn to_value(&self) -> Value {
        Value::String(self.0.format("%Y-%m-%d").to_string())
    }
}

/// A date as far as it is known: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`. In a comparison it stands for its first day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PartialDate(pub(super) model::partial_date::PartialDate);

/// A date as far as it is known: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`. In a comparison it stands for its first day; as the
/// date of which a statement holds (`asOf`), for its last day.
#[Scalar(name = "PartialDate")]
impl ScalarType for PartialDate {
    fn parse(value: Value) -> InputValueResult<Self> {
        Self::from_value(&value).map_err(InputValueError::custom)
    }
    fn to_value(&self) -> Value {
        Value::String(self.0.to_string())
    }
}

/// A point in time, RFC 3339, in UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DateTime(pub(super) chrono::DateTime<chrono::Utc>);

/// A point in time, RFC 3339, in UTC: `2024-03-05T08:00:00Z`.
#[Scalar(name = "DateTime")]
impl ScalarType for DateTime {
    fn parse(value: Value) -> InputValueResult<Self> {
        Self::from_value(&value).map_err(InputValueError::custom)
    }
    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

/// An exact decimal number. It is written as a string without exponent and without trailing zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal(pub(super) model::Decimal);

/// A decimal number as a JSON string, without exponent: `"5000000000"`, `"0.3"`. Money is exact; computed values are
/// rounded to 12 decimals.
#[Scalar(name = "Decimal")]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        Self::from_value(&value).map_err(InputValueError::custom)
    }
    fn to_value(&self) -> Value {
        let number = self.0.normalize();
        Value::String(if number.is_zero() {
            "0".into()
        } else {
            number.to_string()
        })
    }
}

/// Checks whether a value is valid for the custom scalar with this name; the error says what is wrong. A
/// scalar without an arm here is never accepted as an argument.
pub(super) fn check(scalar: &str, value: &Value) -> Result<(), String> {
    match scalar {
        "Date" => Date::from_value(value).map(drop),
        "PartialDate" => PartialDate::from_value(value).map(drop),
        "DateTime" => DateTime::from_value(value).map(drop),
        "Decimal" => Decimal::from_value(value).map(drop),
        other => Err(format!("{other} is not a scalar of this schema")),
    }
}

/// The text of a string value; for any other value, an error that names what is expected.
fn text<'a>(value: &'a Value, expected: &str) -> Result<&'a str, String> {
    match value {
        Value::String(text) => Ok(text),
        _ => Err(invalid(value, expected)),
    }
}

/// The message for a value that is not what is expected.
fn invalid(value: &Value, expected: &str) -> String {
    const CHARS_MAX: usize = 80;
    let shown = match value {
        Value::String(text) => format!("`{}`", text.chars().take(CHARS_MAX).collect::<String>()),
        other => other.to_string(),
    };
    format!("{shown} is not {expected}")
}

impl Date {
    fn from_value(value: &Value) -> Result<Self, String> {
        const EXPECTED: &str = "a day (expected a string such as \"2024-03-05\", or \"2024-03\" or \"2024\" for the last day of it)";
        let parsed = model::partial_date::PartialDate::parse(text(value, EXPECTED)?);
        parsed
            .map(|date| Self(date.last_day()))
            .map_err(|error| error.to_string())
    }
}

impl PartialDate {
    fn from_value(value: &Value) -> Result<Self, String> {
        const EXPECTED: &str = "a date (expected a string such as \"2024\", \"2024-03\" or \"2024-03-05\")";
        let parsed = model::partial_date::PartialDate::parse(text(value, EXPECTED)?);
        parsed.map(Self).map_err(|error| error.to_string())
    }
}

impl DateTime {
    fn from_value(value: &Value) -> Result<Self, String> {
        const EXPECTED: &str = "a point in time (expected a string such as \"2024-03-05T08:00:00Z\")";
        let parsed = chrono::DateTime::parse_from_rfc3339(text(value, EXPECTED)?);
        parsed
            .map(|time| Self(time.to_utc()))
            .map_err(|_| invalid(value, EXPECTED))
    }
}

impl Decimal {
    fn from_value(value: &Value) -> Result<Self, String> {
        const EXPECTED: &str = "a decimal number (expected a string such as \"12.5\")";
        let text = match value {
            Value::String(text) => text.clone(),
            // A whole number is exact in JSON; a fraction may have passed through a binary float.
            Value::Number(number) if number.is_i64() || number.is_u64() => number.to_string(),
            _ => return Err(invalid(value, EXPECTED)),
        };
        // `from_str_exact` also accepts a plus sign and underscores.
        let is_plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
        let number = is_plain.then(|| model::Decimal::from_str_exact(&text).ok());
        number.flatten().map(Self).ok_or_else(|| invalid(value, EXPECTED))
    }
}

/// Number of decimals to which computed values are rounded.
const DECIMALS: u32 = 12;

impl Decimal {
    /// The scalar of a computed value, rounded to [`DECIMALS`].
    pub(super) fn rounded(value: model::Decimal) -> Self {
        Self(value.round_dp(DECIMALS))
    }
}

/// A computed decimal as a float, rounded to [`DECIMALS`].
pub(super) fn float(value: model::Decimal) -> f64 {
    f64::try_from(value.round_dp(DECIMALS)).unwrap_or(f64::NAN)
}

/// A computed float, rounded to [`DECIMALS`]; unchanged if it does not fit a decimal.
pub(super) fn rounded(value: f64) -> f64 {
    model::Decimal::from_f64_retain(value).map_or(value, float)
}

/// A count as a GraphQL `Int`. A graph that fits into memory has no larger counts; one would become `i32::MAX`.
pub(super) fn int(count: impl TryInto<i32>) -> i32 {
    count.try_into().unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_scalar_of_the_schema_is_read() {
        let sdl = crate::graphql::sdl();
        let scalars = sdl.lines().filter_map(|line| line.strip_prefix("scalar "));
        let scalars: Vec<&str> = scalars
            .filter_map(|rest| rest.split_whitespace().next())
            .collect();
        assert!(scalars.len() >= 4, "{scalars:?}");
        for scalar in scalars {
            let taken =
                ["2024-03-05", "2024-03-05T08:00:00Z", "12.5"].map(|text| check(scalar, &Value::from(text)));
            assert!(
                taken.iter().any(Result::is_ok),
                "{scalar} has no line in `check`: {taken:?}"
            );
            assert!(check(scalar, &Value::from("x")).is_err() && check(scalar, &Value::Null).is_err());
        }
    }

    #[test]
    fn decimals_are_plain_strings() {
        for (text, shown) in [
            ("5000000000.00", "5000000000"),
            ("-0.0", "0"),
            ("0.000000000001", "0.000000000001"),
        ] {
            assert_eq!(
                Decimal::parse(Value::from(text)).unwrap().to_value(),
                Value::from(shown)
            );
        }
        assert_eq!(
            Decimal::parse(Value::from(7)).unwrap().to_value(),
            Value::from("7")
        );
        for wrong in [
            Value::from("1e3"),
            Value::from("一"),
            Value::from(""),
            Value::from(0.5),
            Value::Null,
        ] {
            assert!(Decimal::parse(wrong).is_err());
        }
    }

    #[test]
    fn days_are_written_whole() {
        assert_eq!(
            Date::parse(Value::from("2024-03-05")).unwrap().to_value(),
            Value::from("2024-03-05")
        );
        for (text, last) in [("2023", "2023-12-31"), ("2024-02", "2024-02-29")] {
            assert_eq!(
                Date::parse(Value::from(text)).unwrap().to_value(),
                Value::from(last)
            );
        }
        for wrong in ["2024-3-5", "2024-3", "2024-02-30", "05.03.2024", "+2024-3-05"] {
            assert!(Date::parse(Value::from(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_are_utc() {
        let time = DateTime::parse(Value::from("2024-03-05T08:00:00+08:00")).unwrap();
        assert_eq!(time.to_value(), Value::from("2024-03-05T00:00:00Z"));
    }
}
