//! Coercion of scalar and enum values, from a document or from JSON.

use apollo_compiler::schema::{EnumType, ExtendedType};
use apollo_compiler::{Name, ast};
use async_graphql::{Name as GraphqlName, Number, Value};

use super::value_path::ValuePath;
use crate::graphql::scalars;
use crate::service;

/// Enum values that a message lists in full.
const LISTED_MAX: usize = 12;
/// The largest whole number below which a float is exact.
const EXACT_MAX: f64 = 9_007_199_254_740_991.0;

/// A value that is not null, a list or an object.
pub(super) enum LeafValue<'a> {
    /// A whole number of any size, as digits.
    Int(&'a str),
    Float(f64),
    /// A string of a document.
    Text(&'a str),
    /// A string of JSON, which may be an enum value.
    Json(&'a str),
    Boolean(bool),
    /// A bare name of a document.
    Name(&'a str),
}

/// The reason why a value is not valid for a type.
pub(super) enum InvalidLeaf {
    /// A description of the values that the type accepts.
    Expected(String),
    /// The error message of a custom scalar.
    Described(String),
}

impl InvalidLeaf {
    /// The error message for a value at a path.
    pub(super) fn message(&self, path: &ValuePath<'_>, shown: &str, of: &Name) -> String {
        match self {
            Self::Expected(expected) => format!("{path}: {shown} is not a valid {of} (expected {expected})"),
            Self::Described(reason) => format!("{path}: {reason}"),
        }
    }

    /// The reason and the hint of the problem.
    pub(super) fn reason_and_hint(&self, shown: &str, of: &Name) -> (String, String) {
        match self {
            Self::Expected(expected) => (
                format!("{shown} is not a valid {of}"),
                format!("expected {expected}"),
            ),
            Self::Described(reason) => (reason.clone(), format!("send a valid {of}")),
        }
    }
}

impl LeafValue<'_> {
    /// Coerces the value to a type.
    pub(super) fn coerce(&self, of: &ExtendedType, suggest: bool) -> Result<Value, InvalidLeaf> {
        match of {
            ExtendedType::Enum(of) => self.as_enum(of, suggest).map_err(InvalidLeaf::Expected),
            ExtendedType::Scalar(scalar) if built_in(&scalar.name).is_none() => {
                let value = self.to_value();
                let read = scalars::check(&scalar.name, &value);
                read.map(|()| value).map_err(InvalidLeaf::Described)
            }
            ExtendedType::Scalar(scalar) => {
                let value = self.as_built_in(&scalar.name);
                value.ok_or_else(|| InvalidLeaf::Expected(expected(of, suggest)))
            }
            other => Err(InvalidLeaf::Expected(expected(other, suggest))),
        }
    }

    fn as_enum(&self, of: &EnumType, suggest: bool) -> Result<Value, String> {
        let given = match self {
            Self::Name(name) | Self::Json(name) => *name,
            Self::Text(name) if suggest && of.values.contains_key(*name) => {
                return Err(format!("the enum value {name} without quotes"));
            }
            _ => return Err(enum_values(of, None, suggest)),
        };
        match of.values.get_key_value(given) {
            Some((name, _)) => Ok(Value::Enum(GraphqlName::new(name))),
            None => Err(enum_values(of, Some(given), suggest)),
        }
    }

    fn as_built_in(&self, name: &str) -> Option<Value> {
        match (name, self) {
            ("Int", Self::Int(digits)) => digits.parse::<i32>().ok().map(Value::from),
            ("Float", Self::Int(digits)) => match digits.parse::<i64>() {
                Ok(number) => Some(Value::from(number)),
                Err(_) => float(digits.parse().ok()?),
            },
            ("Float", Self::Float(number)) => float(*number),
            ("Boolean", Self::Boolean(value)) => Some(Value::from(*value)),
            ("String" | "ID", Self::Text(text) | Self::Json(text)) => Some(Value::from(*text)),
            ("ID", Self::Int(digits)) => Some(Value::from(*digits)),
            _ => None,
        }
    }

    /// The value as it is, for a custom scalar to parse.
    fn to_value(&self) -> Value {
        match self {
            Self::Int(digits) => {
                let number = digits.parse::<i64>().map(Number::from);
                let number = number.or_else(|_| digits.parse::<u64>().map(Number::from));
                match number {
                    Ok(number) => Value::Number(number),
                    Err(_) => float(digits.parse().unwrap_or(f64::INFINITY)).unwrap_or_default(),
                }
            }
            Self::Float(number) => float(*number).unwrap_or_default(),
            Self::Text(text) | Self::Json(text) => Value::from(*text),
            Self::Boolean(value) => Value::from(*value),
            Self::Name(name) => Value::Enum(GraphqlName::new(name)),
        }
    }

    /// The leaf value of a literal; none for null, variables, lists and objects.
    pub(super) fn from_literal(value: &ast::Value) -> Option<LeafValue<'_>> {
        Some(match value {
            ast::Value::Int(number) => LeafValue::Int(number.as_str()),
            ast::Value::Float(number) => LeafValue::Float(number.as_str().parse().unwrap_or(f64::INFINITY)),
            ast::Value::String(text) => LeafValue::Text(text),
            ast::Value::Boolean(value) => LeafValue::Boolean(*value),
            ast::Value::Enum(name) => LeafValue::Name(name),
            _ => return None,
        })
    }
}

/// The digits of a JSON number, if it is a whole number that JSON represents exactly: `3.0` is 3.
pub(super) fn whole_number(number: &serde_json::Number) -> Option<String> {
    match number.as_f64() {
        Some(value) if number.is_f64() => {
            let exact = value.fract() == 0.0 && value.abs() <= EXACT_MAX;
            #[expect(
                clippy::cast_possible_truncation,
                reason = "a whole number within what i64 holds"
            )]
            exact.then(|| (value as i64).to_string())
        }
        _ => Some(number.to_string()),
    }
}

fn float(number: f64) -> Option<Value> {
    Number::from_f64(number).map(Value::Number)
}

/// A description of the values that a type accepts, for a message.
pub(super) fn expected(of: &ExtendedType, suggest: bool) -> String {
    match of {
        ExtendedType::Enum(of) => enum_values(of, None, suggest),
        ExtendedType::InputObject(of) => format!("an object of the fields of {}", of.name),
        ExtendedType::Scalar(of) => built_in(&of.name).unwrap_or("a string").to_string(),
        _ => "no value".to_string(),
    }
}

fn built_in(name: &str) -> Option<&'static str> {
    Some(match name {
        "Int" => "a whole number from -2147483648 to 2147483647",
        "Float" => "a finite number",
        "Boolean" => "true or false",
        "String" => "a string",
        "ID" => "a string or a whole number; send large numbers as strings",
        _ => return None,
    })
}

fn enum_values(of: &EnumType, given: Option<&str>, suggest: bool) -> String {
    if !suggest {
        return format!("a value of the enum {}", of.name);
    }
    let names = || of.values.keys().map(Name::as_str);
    if of.values.len() <= LISTED_MAX {
        return format!("one of {}", names().collect::<Vec<_>>().join(", "));
    }
    match given.and_then(|given| service::nearest(given, names())) {
        Some(near) => format!("a value of the enum {}; did you mean {near}?", of.name),
        None => format!("a value of the enum {}; see /schema.graphql", of.name),
    }
}
