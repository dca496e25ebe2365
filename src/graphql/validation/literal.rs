//! Literal values of a document: checked against their types, and with variables filled in.

use std::collections::HashSet;

use apollo_compiler::ast::{InputValueDefinition, Type, Value, VariableDefinition};
use apollo_compiler::schema::{ExtendedType, InputObjectType};
use apollo_compiler::{Name, Node, Schema};
use async_graphql::indexmap::IndexMap;
use async_graphql::{Name as GraphqlName, Value as Coerced};

use super::leaf::{self, InvalidLeaf, LeafValue};
use super::request_errors::RequestErrors;
use super::value_path::ValuePath;
use crate::service;

/// Bytes that variables may add to a request when a document uses them more than once.
const REPEATED_BYTES_MAX: usize = 4_000_000;

/// Coerced variables by name, without those that have no value.
pub(super) type CoercedVariables = IndexMap<Name, Coerced>;

/// The variables that literals may contain.
pub(super) enum VariableScope<'a> {
    /// Their definitions, against which each use is checked.
    Definitions(&'a [Node<VariableDefinition>]),
    /// Their values, which are filled in.
    Values(&'a CoercedVariables),
    /// None, as in a default value.
    Constant,
}

/// Coerces the literals of a document, and collects the errors.
pub(super) struct LiteralCoercion<'a> {
    pub(super) schema: &'a Schema,
    pub(super) scope: VariableScope<'a>,
    pub(super) errors: RequestErrors,
    /// Whether messages may name types and fields of the schema.
    pub(super) suggest: bool,
    used: HashSet<&'a str>,
    repeated: usize,
}

impl<'a> LiteralCoercion<'a> {
    pub(super) fn new(schema: &'a Schema, scope: VariableScope<'a>, suggest: bool) -> Self {
        Self {
            schema,
            scope,
            errors: RequestErrors::default(),
            suggest,
            used: HashSet::new(),
            repeated: 0,
        }
    }

    /// Coerces the value of an argument or input field. None if it is invalid, which is noted, or a variable without a
    /// value.
    pub(super) fn value(
        &mut self,
        definition: &InputValueDefinition,
        value: &Node<Value>,
        path: &ValuePath<'_>,
    ) -> Option<Coerced> {
        self.typed(&definition.ty, definition.default_value.is_some(), value, path)
    }

    /// Coerces a value to a type; `default` says whether the argument or input field has a default value.
    pub(super) fn typed(
        &mut self,
        ty: &Type,
        default: bool,
        value: &Node<Value>,
        path: &ValuePath<'_>,
    ) -> Option<Coerced> {
        match (&**value, ty) {
            (Value::Variable(name), _) => self.variable(name, ty, default, value, path),
            (Value::Null, _) => self.null(ty, value, path),
            (Value::List(items), Type::List(item) | Type::NonNullList(item)) => {
                let mut list = Vec::with_capacity(items.len());
                for (index, one) in items.iter().enumerate() {
                    let read = self.typed(item, false, one, &ValuePath::Item(path, index));
                    // A variable without a value is null in a list.
                    list.push(read.unwrap_or_default());
                }
                Some(Coerced::List(list))
            }
            (_, Type::List(item) | Type::NonNullList(item)) => {
                let one = self.typed(item, false, value, path)?;
                Some(Coerced::List(vec![one]))
            }
            (_, Type::Named(name) | Type::NonNullNamed(name)) => self.named(name, value, path),
        }
    }

    fn named(&mut self, name: &Name, value: &Node<Value>, path: &ValuePath<'_>) -> Option<Coerced> {
        let of = self.schema.types.get(name)?;
        if let (ExtendedType::InputObject(of), Value::Object(fields)) = (of, &**value) {
            return Some(self.object(of, fields, value, path));
        }
        let coerced = match LeafValue::from_literal(value) {
            Some(leaf) => leaf.coerce(of, self.suggest),
            None => Err(InvalidLeaf::Expected(leaf::expected(of, self.suggest))),
        };
        match coerced {
            Ok(coerced) => Some(coerced),
            Err(refused) => {
                self.refuse(refused.message(path, &shown(value), name), value);
                None
            }
        }
    }

    fn object(
        &mut self,
        of: &InputObjectType,
        fields: &[(Name, Node<Value>)],
        value: &Node<Value>,
        path: &ValuePath<'_>,
    ) -> Coerced {
        let mut given: IndexMap<&str, &Node<Value>> = IndexMap::with_capacity(fields.len());
        for (name, value) in fields {
            if !of.fields.contains_key(name) {
                self.refuse(unknown_field(of, name, path, self.suggest), value);
            } else if given.insert(name, value).is_some() {
                let message = format!("{path}: the field `{name}` is given twice; leave one out");
                self.refuse(message, value);
            }
        }
        let mut object = IndexMap::with_capacity(of.fields.len());
        for (name, field) in &of.fields {
            let read = match given.get(name.as_str()) {
                Some(value) => self.value(field, value, &ValuePath::Field(path, name)),
                None => None,
            };
            // A variable without a value counts as absent.
            let read = read.or_else(|| self.absent(field, given.contains_key(name.as_str()), value, path));
            if let Some(read) = read {
                object.insert(GraphqlName::new(name), read);
            }
        }
        Coerced::Object(object)
    }

    /// The value of a field that is absent.
    fn absent(
        &mut self,
        field: &InputValueDefinition,
        written: bool,
        value: &Node<Value>,
        path: &ValuePath<'_>,
    ) -> Option<Coerced> {
        if let Some(default) = &field.default_value {
            return constant(self.schema, &field.ty, default);
        }
        if field.is_required() && !written {
            self.refuse(missing_field(field, path), value);
        }
        None
    }

    fn null(&mut self, ty: &Type, value: &Node<Value>, path: &ValuePath<'_>) -> Option<Coerced> {
        if ty.is_non_null() {
            self.refuse(
                format!("{path}: null is not a valid {ty} (expected a value)"),
                value,
            );
            return None;
        }
        Some(Coerced::Null)
    }

    fn variable(
        &mut self,
        name: &Name,
        ty: &Type,
        default: bool,
        value: &Node<Value>,
        path: &ValuePath<'_>,
    ) -> Option<Coerced> {
        let message = match &self.scope {
            VariableScope::Constant => {
                format!("{path}: a default value cannot contain the variable `${name}`")
            }
            VariableScope::Definitions(definitions) => {
                // The compiler reports undefined variables.
                let definition = definitions.iter().find(|one| one.name == *name)?;
                if is_usage_allowed(definition, ty, default) {
                    return None;
                }
                let given = &definition.ty;
                format!(
                    "{path}: `${name}` is of type {given}, but a {ty} is expected; declare `${name}: {ty}`"
                )
            }
            VariableScope::Values(variables) => {
                let (name, given) = variables.get_key_value(name)?;
                if *given != Coerced::Null || !ty.is_non_null() {
                    if !self.used.insert(name.as_str()) {
                        self.repeated = self.repeated.saturating_add(memory_size(given));
                    }
                    if self.repeated <= REPEATED_BYTES_MAX {
                        return Some(given.clone());
                    }
                    if self.repeated == usize::MAX {
                        return None;
                    }
                    // Reported once.
                    self.repeated = usize::MAX;
                    let message = format!(
                        "variables that are used more than once take more than {REPEATED_BYTES_MAX} bytes; use `${name}` less often"
                    );
                    self.refuse(message, value);
                    return None;
                }
                format!("{path}: `${name}` is null, but a {ty} is expected; send a value, or leave it out")
            }
        };
        self.refuse(message, value);
        None
    }

    fn refuse(&mut self, message: String, at: &Node<Value>) {
        self.errors.push(message, at.location());
    }
}

/// Whether a variable may be used for a type (`IsVariableUsageAllowed` of the specification).
fn is_usage_allowed(definition: &VariableDefinition, ty: &Type, default: bool) -> bool {
    let given = &*definition.ty;
    if ty.is_non_null() && !given.is_non_null() {
        let own = definition.default_value.as_ref();
        let safe = default || own.is_some_and(|own| !own.is_null());
        return safe && given.is_assignable_to(&ty.clone().nullable());
    }
    given.is_assignable_to(ty)
}

/// Coerces a default value of the schema or of a variable, which was checked before.
pub(super) fn constant(schema: &Schema, ty: &Type, value: &Node<Value>) -> Option<Coerced> {
    LiteralCoercion::new(schema, VariableScope::Constant, false).typed(
        ty,
        false,
        value,
        &ValuePath::Default(""),
    )
}

/// The message for an unknown field of an input object.
pub(super) fn unknown_field(of: &InputObjectType, name: &str, path: &ValuePath<'_>, suggest: bool) -> String {
    let near = suggest.then(|| service::nearest(name, of.fields.keys().map(Name::as_str)));
    let next = match near.flatten() {
        Some(near) => format!("did you mean `{near}`?"),
        None => "leave it out".to_string(),
    };
    format!("{path}: {} has no field `{name}`; {next}", of.name)
}

/// The message for a missing field of an input object.
pub(super) fn missing_field(field: &InputValueDefinition, path: &ValuePath<'_>) -> String {
    let (name, ty) = (&field.name, &field.ty);
    format!("{path}: the field `{name}` is missing (expected a {ty})")
}

/// A value as a message shows it; long ones are truncated.
fn shown(value: &Value) -> String {
    let text = match value {
        Value::List(_) => return "a list".to_string(),
        Value::Object(_) => return "an object".to_string(),
        Value::String(text) => format!("{text:?}"),
        other => other.to_string(),
    };
    truncated(&text)
}

/// A text as a message shows it, truncated if it is long.
pub(super) fn truncated(text: &str) -> String {
    const CHARS_MAX: usize = 80;
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}

/// Approximate number of bytes that a value takes.
fn memory_size(value: &Coerced) -> usize {
    const EACH: usize = 32;
    EACH + match value {
        Coerced::String(text) => text.len(),
        Coerced::List(items) => items.iter().map(memory_size).sum(),
        Coerced::Object(fields) => fields
            .iter()
            .map(|(name, value)| EACH + name.len() + memory_size(value))
            .sum(),
        _ => 0,
    }
}
