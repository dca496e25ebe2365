//! Values of scalars and enums, from a document or from JSON.

use apollo_compiler::schema::{EnumType, ExtendedType};
use apollo_compiler::{Name, ast};
use async_graphql::{Name as GraphqlName, Number, Value};

use super::path::Path;
use crate::graphql::scalars;
use crate::service;

/// Enum values that a message lists in full.
const LISTED_MAX: usize = 12;
/// The largest number up to which a float holds each whole number.
const EXACT_MAX: f64 = 9_007_199_254_740_991.0;

/// A value that is neither null, a list nor an object.
pub(super) enum Leaf<'a> {
    /// A whole number of any size, as digits.
    Int(&'a str),
    Float(f64),
    /// A string of a document.
    Text(&'a str),
    /// A string of JSON, which may spell an enum value.
    Json(&'a str),
    Boolean(bool),
    /// A bare name of a document.
    Name(&'a str),
}

/// Why a value is not one of a type.
pub(super) enum Refused {
    /// What the type expects instead.
    Expected(String),
    /// What a scalar of our own says of it.
    Told(String),
}

impl Refused {
    /// The message about a value in its place.
    pub(super) fn message(&self, path: &Path<'_>, shown: &str, of: &Name) -> String {
        match self {
            Self::Expected(expected) => format!("{path}: {shown} is not a valid {of} (expected {expected})"),
            Self::Told(reason) => format!("{path}: {reason}"),
        }
    }

    /// What is wrong with a value, and what to do.
    pub(super) fn reason_and_hint(&self, shown: &str, of: &Name) -> (String, String) {
        match self {
            Self::Expected(expected) => (
                format!("{shown} is not a valid {of}"),
                format!("expected {expected}"),
            ),
            Self::Told(reason) => (reason.clone(), format!("send a valid {of}")),
        }
    }
}

impl Leaf<'_> {
    /// The value for a type.
    pub(super) fn coerce(&self, of: &ExtendedType, suggest: bool) -> Result<Value, Refused> {
        match of {
            ExtendedType::Enum(of) => self.as_enum(of, suggest).map_err(Refused::Expected),
            ExtendedType::Scalar(scalar) if built_in(&scalar.name).is_none() => {
                let value = self.plain();
                let read = scalars::check(&scalar.name, &value);
                read.map(|()| value).map_err(Refused::Told)
            }
            ExtendedType::Scalar(scalar) => {
                let value = self.as_built_in(&scalar.name);
                value.ok_or_else(|| Refused::Expected(expected(of, suggest)))
            }
            other => Err(Refused::Expected(expected(other, suggest))),
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

    /// The value as it is, for a scalar of our own to read.
    fn plain(&self) -> Value {
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

    /// The leaf of a document's value; none for null, variables, lists and objects.
    pub(super) fn of_literal(value: &ast::Value) -> Option<Leaf<'_>> {
        Some(match value {
            ast::Value::Int(number) => Leaf::Int(number.as_str()),
            ast::Value::Float(number) => Leaf::Float(number.as_str().parse().unwrap_or(f64::INFINITY)),
            ast::Value::String(text) => Leaf::Text(text),
            ast::Value::Boolean(value) => Leaf::Boolean(*value),
            ast::Value::Enum(name) => Leaf::Name(name),
            _ => return None,
        })
    }
}

/// A JSON number as digits, where it is a whole number that JSON keeps exactly: `3.0` is 3.
pub(super) fn whole(number: &serde_json::Number) -> Option<String> {
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

/// What a type expects, for a message.
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
