//! Values as a document writes them: held against their types, and with variables filled in.

use std::collections::HashSet;

use apollo_compiler::ast::{InputValueDefinition, Type, Value, VariableDefinition};
use apollo_compiler::schema::{ExtendedType, InputObjectType};
use apollo_compiler::{Name, Node, Schema};
use async_graphql::indexmap::IndexMap;
use async_graphql::{Name as GraphqlName, Value as Coerced};

use super::fault::Faults;
use super::leaf::{self, Leaf, Refused};
use super::path::Path;
use crate::service;

/// Bytes that variables may add to a request where a document uses them more than once.
const REPEATED_BYTES_MAX: usize = 4_000_000;

/// Coerced variables by name; one that has no value is not in it.
pub(super) type Variables = IndexMap<Name, Coerced>;

/// What is known of the variables of an operation.
pub(super) enum Scope<'a> {
    /// Their definitions: each use is checked.
    Defined(&'a [Node<VariableDefinition>]),
    /// Their values: each use is filled in.
    Given(&'a Variables),
    /// There are none: in a default value.
    Constant,
}

/// Reads the values of a document.
pub(super) struct Literals<'a> {
    pub(super) schema: &'a Schema,
    pub(super) scope: Scope<'a>,
    pub(super) faults: Faults,
    /// Whether messages may name what the schema has.
    pub(super) suggest: bool,
    used: HashSet<&'a str>,
    repeated: usize,
}

impl<'a> Literals<'a> {
    pub(super) fn new(schema: &'a Schema, scope: Scope<'a>, suggest: bool) -> Self {
        Self {
            schema,
            scope,
            faults: Faults::default(),
            suggest,
            used: HashSet::new(),
            repeated: 0,
        }
    }

    /// The value for the place that a definition describes. None where it is wrong, which is noted, and where it is a variable
    /// without a value.
    pub(super) fn value(
        &mut self,
        place: &InputValueDefinition,
        value: &Node<Value>,
        path: &Path<'_>,
    ) -> Option<Coerced> {
        self.typed(&place.ty, place.default_value.is_some(), value, path)
    }

    /// The value for a type; `default` tells whether its place has a default value.
    pub(super) fn typed(
        &mut self,
        ty: &Type,
        default: bool,
        value: &Node<Value>,
        path: &Path<'_>,
    ) -> Option<Coerced> {
        match (&**value, ty) {
            (Value::Variable(name), _) => self.variable(name, ty, default, value, path),
            (Value::Null, _) => self.null(ty, value, path),
            (Value::List(items), Type::List(item) | Type::NonNullList(item)) => {
                let mut list = Vec::with_capacity(items.len());
                for (index, one) in items.iter().enumerate() {
                    let read = self.typed(item, false, one, &Path::Item(path, index));
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

    fn named(&mut self, name: &Name, value: &Node<Value>, path: &Path<'_>) -> Option<Coerced> {
        let of = self.schema.types.get(name)?;
        if let (ExtendedType::InputObject(of), Value::Object(fields)) = (of, &**value) {
            return Some(self.object(of, fields, value, path));
        }
        let coerced = match Leaf::of_literal(value) {
            Some(leaf) => leaf.coerce(of, self.suggest),
            None => Err(Refused::Expected(leaf::expected(of, self.suggest))),
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
        path: &Path<'_>,
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
                Some(value) => self.value(field, value, &Path::Field(path, name)),
                None => None,
            };
            // A variable without a value is as good as nothing.
            let read = read.or_else(|| self.absent(field, given.contains_key(name.as_str()), value, path));
            if let Some(read) = read {
                object.insert(GraphqlName::new(name), read);
            }
        }
        Coerced::Object(object)
    }

    /// What a field is that was not given.
    fn absent(
        &mut self,
        field: &InputValueDefinition,
        written: bool,
        value: &Node<Value>,
        path: &Path<'_>,
    ) -> Option<Coerced> {
        if let Some(default) = &field.default_value {
            return constant(self.schema, &field.ty, default);
        }
        if field.is_required() && !written {
            self.refuse(missing(field, path), value);
        }
        None
    }

    fn null(&mut self, ty: &Type, value: &Node<Value>, path: &Path<'_>) -> Option<Coerced> {
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
        path: &Path<'_>,
    ) -> Option<Coerced> {
        let message = match &self.scope {
            Scope::Constant => format!("{path}: a default value holds no variables, and `${name}` is one"),
            Scope::Defined(definitions) => {
                // That it is not defined, the compiler says.
                let definition = definitions.iter().find(|one| one.name == *name)?;
                if may_stand(definition, ty, default) {
                    return None;
                }
                let given = &definition.ty;
                format!(
                    "{path}: `${name}` is of type {given}, and a {ty} is expected; declare `${name}: {ty}`"
                )
            }
            Scope::Given(variables) => {
                let (name, given) = variables.get_key_value(name)?;
                if *given != Coerced::Null || !ty.is_non_null() {
                    if !self.used.insert(name.as_str()) {
                        self.repeated = self.repeated.saturating_add(bytes(given));
                    }
                    if self.repeated <= REPEATED_BYTES_MAX {
                        return Some(given.clone());
                    }
                    if self.repeated == usize::MAX {
                        return None;
                    }
                    // Told once.
                    self.repeated = usize::MAX;
                    let message = format!(
                        "variables that are used more than once come to more than {REPEATED_BYTES_MAX} bytes; use `${name}` less often"
                    );
                    self.refuse(message, value);
                    return None;
                }
                format!("{path}: `${name}` is null, and a {ty} is expected; send a value, or leave it out")
            }
        };
        self.refuse(message, value);
        None
    }

    fn refuse(&mut self, message: String, at: &Node<Value>) {
        self.faults.push(message, at.location());
    }
}

/// Whether a variable may stand in a place (`IsVariableUsageAllowed` of the specification).
fn may_stand(definition: &VariableDefinition, ty: &Type, default: bool) -> bool {
    let given = &*definition.ty;
    if ty.is_non_null() && !given.is_non_null() {
        let own = definition.default_value.as_ref();
        let safe = default || own.is_some_and(|own| !own.is_null());
        return safe && given.is_assignable_to(&ty.clone().nullable());
    }
    given.is_assignable_to(ty)
}

/// A value of the schema, or a variable's default, which was checked before.
pub(super) fn constant(schema: &Schema, ty: &Type, value: &Node<Value>) -> Option<Coerced> {
    Literals::new(schema, Scope::Constant, false).typed(ty, false, value, &Path::Default(""))
}

pub(super) fn unknown_field(of: &InputObjectType, name: &str, path: &Path<'_>, suggest: bool) -> String {
    let near = suggest.then(|| service::nearest(name, of.fields.keys().map(Name::as_str)));
    let next = match near.flatten() {
        Some(near) => format!("did you mean `{near}`?"),
        None => "leave it out".to_string(),
    };
    format!("{path}: {} has no field `{name}`; {next}", of.name)
}

pub(super) fn missing(field: &InputValueDefinition, path: &Path<'_>) -> String {
    let (name, ty) = (&field.name, &field.ty);
    format!("{path}: the field `{name}` is missing (expected a {ty})")
}

/// A value for a message: long ones are cut.
fn shown(value: &Value) -> String {
    let text = match value {
        Value::List(_) => return "a list".to_string(),
        Value::Object(_) => return "an object".to_string(),
        Value::String(text) => format!("{text:?}"),
        other => other.to_string(),
    };
    cut(&text)
}

/// A text for a message, without its end where it is long.
pub(super) fn cut(text: &str) -> String {
    const CHARS_MAX: usize = 80;
    match text.char_indices().nth(CHARS_MAX) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_string(),
    }
}

/// About how much memory a value takes.
fn bytes(value: &Coerced) -> usize {
    const EACH: usize = 32;
    EACH + match value {
        Coerced::String(text) => text.len(),
        Coerced::List(items) => items.iter().map(bytes).sum(),
        Coerced::Object(fields) => fields
            .iter()
            .map(|(name, value)| EACH + name.len() + bytes(value))
            .sum(),
        _ => 0,
    }
}
