//! Variables as they were sent. They are kept as text until it is known which of them the document declares,
//! and only those are parsed: many small values take up to fifty times as many bytes as their text.

use std::collections::HashSet;
use std::fmt;
use std::mem::size_of;

use serde::de::{DeserializeSeed, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};

use crate::graphql::errors::{Failure, Result};
use crate::model::memory::Account;

/// The variables of a request, as they were sent.
#[derive(Debug, Default)]
pub struct SentVariables(VariablesSource);

#[derive(Debug, Default)]
enum VariablesSource {
    #[default]
    None,
    /// An object in JSON.
    Text(Box<RawValue>),
    /// Values that are already parsed.
    Values(Map<String, Value>),
}

impl SentVariables {
    /// Variables from JSON, which must be an object or null; `None` for any other value.
    pub fn from_json(text: Box<RawValue>) -> Option<Self> {
        // A raw value is valid JSON without leading spaces, so that its first byte shows its type.
        match text.get().as_bytes().first() {
            Some(b'n') => Some(Self::default()),
            Some(b'{') => Some(Self(VariablesSource::Text(text))),
            _ => None,
        }
    }

    /// Number of bytes of the JSON text; 0 if there is none.
    pub fn bytes(&self) -> u64 {
        match &self.0 {
            VariablesSource::Text(text) => text.get().len() as u64,
            VariablesSource::None | VariablesSource::Values(_) => 0,
        }
    }

    /// Parses the declared variables, and notes the first name that is not declared. Charges their memory to
    /// the account.
    pub(super) fn read(self, declared: &HashSet<&str>, account: &Account) -> Result<DeclaredVariables> {
        let text = match self.0 {
            VariablesSource::None => return Ok(DeclaredVariables::default()),
            VariablesSource::Values(values) => return Ok(DeclaredVariables::from_values(values, declared)),
            VariablesSource::Text(text) => text,
        };
        let mut reader = serde_json::Deserializer::from_str(text.get());
        let read = VariablesSeed { declared, account }.deserialize(&mut reader);
        match (read, account.exhausted()) {
            (_, Some(exhausted)) => Err(exhausted.into()),
            (Ok(variables), None) => Ok(variables),
            (Err(error), None) => Err(Failure::input(format!(
                "variables: not valid JSON ({error}); correct them, or nest values less"
            ))),
        }
    }
}

impl From<Map<String, Value>> for SentVariables {
    fn from(values: Map<String, Value>) -> Self {
        Self(VariablesSource::Values(values))
    }
}

/// The variables that the document declares, parsed and not yet coerced.
#[derive(Default)]
pub(super) struct DeclaredVariables {
    pub(super) values: Map<String, Value>,
    /// The first name that was not declared.
    pub(super) undeclared: Option<String>,
}

impl DeclaredVariables {
    fn from_values(values: Map<String, Value>, declared: &HashSet<&str>) -> Self {
        let (values, undeclared): (Map<_, _>, Map<_, _>) = values
            .into_iter()
            .partition(|(name, _)| declared.contains(name.as_str()));
        Self {
            values,
            undeclared: undeclared.into_iter().next().map(|(name, _)| name),
        }
    }
}

/// Number of copies of a value that are charged: as parsed, as coerced, and as filled into the document.
const COPIES: usize = 3;
/// Overhead of a heap allocation in bytes.
const ALLOCATION: usize = 16;
/// Bytes of an entry of an object, with its index entry and the spare capacity of a growing table.
const ENTRY: usize = 2 * (size_of::<(u64, String, Value)>() + size_of::<usize>());
/// Bytes of an item of a list, with the spare capacity of a growing list.
const ITEM: usize = 2 * size_of::<Value>();

/// Charges the copies of something that takes this many bytes.
fn charge<E: serde::de::Error>(account: &Account, bytes: usize) -> std::result::Result<(), E> {
    let charged = account.keep((COPIES * bytes) as u64);
    // The error only ends the parsing: `SentVariables::read` reports that the account is exhausted.
    charged.map_err(|_| E::custom("no memory"))
}

/// Deserializer of the variables of a request, which builds only those that are declared.
struct VariablesSeed<'a> {
    declared: &'a HashSet<&'a str>,
    account: &'a Account,
}

impl<'de> DeserializeSeed<'de> for VariablesSeed<'_> {
    type Value = DeclaredVariables;

    fn deserialize<D: serde::Deserializer<'de>>(
        self,
        reader: D,
    ) -> std::result::Result<DeclaredVariables, D::Error> {
        reader.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for VariablesSeed<'_> {
    type Value = DeclaredVariables;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> std::result::Result<DeclaredVariables, A::Error> {
        let mut variables = DeclaredVariables::default();
        while let Some(name) = map.next_key::<String>()? {
            if self.declared.contains(name.as_str()) {
                charge(self.account, ENTRY)?;
                let value = map.next_value_seed(ValueSeed(self.account))?;
                variables.values.insert(name, value);
            } else {
                map.next_value::<IgnoredAny>()?;
                variables.undeclared.get_or_insert(name);
            }
        }
        Ok(variables)
    }
}

/// Deserializer of one JSON value, which charges its memory while it reads.
#[derive(Clone, Copy)]
struct ValueSeed<'a>(&'a Account);

impl<'de> DeserializeSeed<'de> for ValueSeed<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> std::result::Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for ValueSeed<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> std::result::Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> std::result::Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> std::result::Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E>(self, value: u64) -> std::result::Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> std::result::Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> std::result::Result<Value, E> {
        charge::<E>(self.0, text.len() + ALLOCATION)?;
        Ok(Value::from(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> std::result::Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            charge(self.0, ITEM)?;
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> std::result::Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = fields.next_key::<String>()? {
            charge(self.0, ENTRY + name.len() + ALLOCATION)?;
            let value = fields.next_value_seed(self)?;
            object.insert(name, value);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::memory::{Memory, Purpose};

    fn read(text: &str, declared: &[&str], account: &Account) -> Result<DeclaredVariables> {
        let text = RawValue::from_string(text.into()).unwrap();
        let sent = SentVariables::from_json(text).unwrap();
        sent.read(&declared.iter().copied().collect(), account)
    }

    #[test]
    fn what_is_read_is_what_was_sent() {
        let text = r#"{"a": [1, -2, 0.5, 1e3, 18446744073709551615, null, true, "x\u00e9", {"b": {}, "b": []}], "a2": 1, "a": {"c": "last"}}"#;
        let variables = read(text, &["a", "a2"], &Account::unlimited()).unwrap();
        let plain: Value = serde_json::from_str(text).unwrap();
        assert_eq!(Value::Object(variables.values), plain);
        assert_eq!(variables.undeclared, None);
        let list = r#"{"a": [1, -2, 0.5, 1e3, 18446744073709551615, 18446744073709551616, null, {"b": {}, "b": []}]}"#;
        let variables = read(list, &["a"], &Account::unlimited()).unwrap();
        assert_eq!(
            Value::Object(variables.values),
            serde_json::from_str::<Value>(list).unwrap()
        );
    }

    #[test]
    fn what_is_not_declared_is_not_built() {
        let account = Memory::new(16 * 1024 * 1024).account(Purpose::Work);
        let many = "[0],".repeat(1_000_000);
        let text = format!(r#"{{"x": [{many}0], "y": 1, "a": 2}}"#);
        let variables = read(&text, &["a"], &account).unwrap();
        assert_eq!(variables.values, Map::from_iter([("a".into(), Value::from(2))]));
        assert_eq!(variables.undeclared.as_deref(), Some("x"));
        assert!(account.held() < 4096, "{}", account.held());
        let refused = read(&text, &["x"], &account).err().unwrap();
        assert!(refused.message.contains("memory-max"), "{}", refused.message);
    }

    #[test]
    fn a_deep_value_is_refused() {
        let deep = format!(r#"{{"a": {}{}}}"#, "[".repeat(1000), "]".repeat(1000));
        assert!(read(&deep, &["a"], &Account::unlimited()).is_err());
    }
}
