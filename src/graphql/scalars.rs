//! Scalars that JSON does not have.

use async_graphql::{InputValueError, InputValueResult, Scalar, ScalarType, Value};
use chrono::SecondsFormat;

use crate::model;
use crate::model::period::{Day, Precision};

/// A calendar day, `YYYY-MM-DD`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Date(pub(super) Day);

/// A calendar day, `YYYY-MM-DD`.
#[Scalar(name = "Date")]
impl ScalarType for Date {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        // Chrono would take `2024-3-5` and `+2024-3-05` too, which are no `YYYY-MM-DD`.
        let whole = model::period::PartialDate::parse(text)
            .ok()
            .filter(|date| date.precision() == Precision::Day);
        whole
            .map(|date| Self(date.first_day()))
            .ok_or_else(|| InputValueError::custom(format!("`{text}` is no day: write it as 2024-03-05")))
    }
    fn to_value(&self) -> Value {
        Value::String(self.0.format("%Y-%m-%d").to_string())
    }
}

/// A date as far as it is known: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`. Compared, it stands for its first day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PartialDate(pub(super) model::period::PartialDate);

/// A date as far as it is known: `YYYY`, `YYYY-MM` or `YYYY-MM-DD`. Compared, it stands for its first day.
#[Scalar(name = "PartialDate")]
impl ScalarType for PartialDate {
    fn parse(value: Value) -> InputValueResult<Self> {
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        Ok(Self(model::period::PartialDate::parse(text)?))
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
        let Value::String(text) = &value else {
            return Err(InputValueError::expected_type(value));
        };
        let time = chrono::DateTime::parse_from_rfc3339(text);
        time.map(|time| Self(time.to_utc())).map_err(|_| {
            InputValueError::custom(format!(
                "`{text}` is no point in time: write it as 2024-03-05T08:00:00Z"
            ))
        })
    }
    fn to_value(&self) -> Value {
        Value::String(self.0.to_rfc3339_opts(SecondsFormat::AutoSi, true))
    }
}

/// A decimal number as a string, exact, without exponent and without trailing zeros.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal(pub(super) model::Decimal);

/// A decimal number as a JSON string, without exponent: `"5000000000"`, `"0.3"`. Money is exact; computed values are
/// rounded at 12 decimals.
#[Scalar(name = "Decimal")]
impl ScalarType for Decimal {
    fn parse(value: Value) -> InputValueResult<Self> {
        let text = match &value {
            Value::String(text) => text.clone(),
            // A whole number is exact as JSON too; a fraction would have passed through a binary float.
            Value::Number(number) if number.is_i64() || number.is_u64() => number.to_string(),
            _ => return Err(InputValueError::expected_type(value)),
        };
        let plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.' || b == b'-');
        let number = plain
            .then(|| model::Decimal::from_str_exact(&text).ok())
            .flatten();
        number.map(Self).ok_or_else(|| {
            InputValueError::custom(format!("`{text}` is no decimal number: write it as \"12.5\""))
        })
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

/// Decimals to which computed values are rounded.
const DECIMALS: u32 = 12;

impl Decimal {
    /// A computed value.
    pub(super) fn rounded(value: model::Decimal) -> Self {
        Self(value.round_dp(DECIMALS))
    }
}

/// A computed value as a float.
pub(super) fn float(value: model::Decimal) -> f64 {
    f64::try_from(value.round_dp(DECIMALS)).unwrap_or(f64::NAN)
}

/// A computed float, rounded.
pub(super) fn rounded(value: f64) -> f64 {
    model::Decimal::from_f64_retain(value).map_or(value, float)
}

/// A count as GraphQL has it; no graph that fits a machine has more.
pub(super) fn int(count: impl TryInto<i32>) -> i32 {
    count.try_into().unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

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
        for wrong in ["2024-3-5", "2024-03", "2024-02-30", "05.03.2024", "+2024-3-05"] {
            assert!(Date::parse(Value::from(wrong)).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_are_utc() {
        let time = DateTime::parse(Value::from("2024-03-05T08:00:00+08:00")).unwrap();
        assert_eq!(time.to_value(), Value::from("2024-03-05T00:00:00Z"));
    }
}
