//! Variables as a client sends them, made into the values that an operation is executed with (`CoerceVariableValues` of the
//! specification).

use std::collections::BTreeMap;

use apollo_compiler::ast::{Type, VariableDefinition};
use apollo_compiler::executable::Operation;
use apollo_compiler::parser::{SourceMap, SourceSpan};
use apollo_compiler::schema::{ExtendedType, InputObjectType};
use apollo_compiler::{Name, Node, Schema};
use async_graphql::indexmap::IndexMap;
use async_graphql::{Name as GraphqlName, Value as Coerced};
use serde_json::{Map, Value};

use super::fault::Faults;
use super::leaf::{self, Leaf, Refused};
use super::literal::{self, Variables, constant, cut};
use super::misread::{Misread, UnreadItems};
use super::path::Path;
use crate::graphql::inputs::write::Fault;

/// Faults that are kept to be told one by one: what a body can hold of them would not fit into memory.
const TOLD_MAX: usize = 1_000;

/// Reads the variables of an operation, and notes what is wrong with each.
pub(super) fn coerce(
    schema: &Schema,
    operation: &Operation,
    mut sent: Map<String, Value>,
    suggest: bool,
) -> Result<Variables, Box<Uncoerced>> {
    let mut reader = Reader {
        schema,
        suggest,
        faults: Faults::default(),
        at: None,
        told: Vec::new(),
        wrong: 0,
        lists: Vec::new(),
        elsewhere: false,
    };
    let mut variables = Variables::with_capacity(operation.variables.len());
    for definition in &operation.variables {
        let sent = sent.remove(definition.name.as_str());
        if let Some(value) = reader.variable(definition, sent) {
            variables.insert(definition.name.clone(), value);
        }
    }
    if reader.faults.is_empty() {
        return Ok(variables);
    }
    let mut lists = reader.lists;
    let list = lists.pop().filter(|_| lists.is_empty() && !reader.elsewhere);
    Err(Box::new(Uncoerced {
        faults: reader.faults,
        further: reader.wrong - reader.told.len(),
        told: reader.told,
        list,
        read: variables,
    }))
}

/// Variables of which some could not be coerced.
pub(super) struct Uncoerced {
    faults: Faults,
    told: Vec<Fault>,
    further: usize,
    list: Option<UnreadItems>,
    read: Variables,
}

impl Uncoerced {
    /// With the errors of the response.
    pub(super) fn misread(self, sources: &SourceMap) -> Misread {
        Misread {
            errors: self.faults.into_errors(sources),
            faults: self.told,
            further: self.further,
            list: self.list,
            read: self.read,
        }
    }
}

struct Reader<'a> {
    schema: &'a Schema,
    suggest: bool,
    faults: Faults,
    /// Where the variable that is read is defined.
    at: Option<SourceSpan>,
    /// What is wrong, be it reported as an error of its own or not.
    told: Vec<Fault>,
    /// How much is.
    wrong: usize,
    /// The variables of which items could not be read.
    lists: Vec<UnreadItems>,
    /// Whether something is wrong that is not in an item of a variable's list.
    elsewhere: bool,
}

impl Reader<'_> {
    fn variable(&mut self, definition: &Node<VariableDefinition>, sent: Option<Value>) -> Option<Coerced> {
        self.at = definition.location();
        let ty = &definition.ty;
        match (sent, &definition.default_value) {
            (Some(Value::Array(items)), _) if ty.is_list() => {
                Some(self.list_of_variable(ty, items, &definition.name))
            }
            (Some(sent), _) => {
                let before = self.wrong;
                let read = self.typed(ty, sent, &Path::Variable(&definition.name));
                self.elsewhere |= self.wrong > before;
                read
            }
            (None, Some(default)) => constant(self.schema, ty, default),
            (None, None) => {
                if ty.is_non_null() {
                    let path = Path::Variable(&definition.name);
                    let message =
                        format!("{path}: no value was sent (expected a {ty}); send it in `variables`");
                    self.elsewhere = true;
                    self.refuse(message, &path, "", "no value was sent", format!("send a {ty}"));
                }
                None
            }
        }
    }

    /// The list that a variable is, without the items that could not be read.
    fn list_of_variable(&mut self, ty: &Type, items: Vec<Value>, name: &str) -> Coerced {
        let path = Path::Variable(name);
        let mut list = Vec::with_capacity(items.len());
        let mut unread = BTreeMap::new();
        for (index, one) in items.into_iter().enumerate() {
            let id = one.get("id").and_then(Value::as_str).map(String::from);
            let before = self.wrong;
            let read = self.typed(ty.item_type(), one, &Path::Item(&path, index));
            if self.wrong > before {
                unread.insert(index, id);
            } else {
                list.extend(read);
            }
        }
        if !unread.is_empty() {
            self.lists.push(UnreadItems {
                variable: name.to_string(),
                items: unread,
            });
        }
        Coerced::List(list)
    }

    fn typed(&mut self, ty: &Type, sent: Value, path: &Path<'_>) -> Option<Coerced> {
        match (sent, ty) {
            (Value::Null, _) if ty.is_non_null() => {
                let message = format!("{path}: null is not a valid {ty} (expected a value)");
                self.refuse(
                    message,
                    path,
                    "null",
                    format!("null is not a valid {ty}"),
                    "send a value",
                );
                None
            }
            (Value::Null, _) => Some(Coerced::Null),
            (Value::Array(items), Type::List(item) | Type::NonNullList(item)) => {
                let mut list = Vec::with_capacity(items.len());
                for (index, one) in items.into_iter().enumerate() {
                    list.extend(self.typed(item, one, &Path::Item(path, index)));
                }
                Some(Coerced::List(list))
            }
            (one, Type::List(item) | Type::NonNullList(item)) => {
                let one = self.typed(item, one, path)?;
                Some(Coerced::List(vec![one]))
            }
            (sent, Type::Named(name) | Type::NonNullNamed(name)) => self.named(name, sent, path),
        }
    }

    fn named(&mut self, name: &Name, sent: Value, path: &Path<'_>) -> Option<Coerced> {
        let of = self.schema.types.get(name)?;
        let coerced = match (of, &sent) {
            (ExtendedType::InputObject(of), Value::Object(_)) => {
                let Value::Object(fields) = sent else { return None };
                return Some(self.object(of, fields, path));
            }
            (_, Value::Number(number)) => match leaf::whole(number) {
                Some(digits) => Leaf::Int(&digits).coerce(of, self.suggest),
                None => Leaf::Float(number.as_f64().unwrap_or(f64::INFINITY)).coerce(of, self.suggest),
            },
            (_, Value::String(text)) => Leaf::Json(text).coerce(of, self.suggest),
            (_, Value::Bool(value)) => Leaf::Boolean(*value).coerce(of, self.suggest),
            _ => Err(Refused::Expected(leaf::expected(of, self.suggest))),
        };
        match coerced {
            Ok(coerced) => Some(coerced),
            Err(refused) => {
                let shown = shown(&sent);
                let (reason, hint) = refused.reason_and_hint(&shown, name);
                self.refuse(refused.message(path, &shown, name), path, &shown, reason, hint);
                None
            }
        }
    }

    fn object(&mut self, of: &InputObjectType, mut fields: Map<String, Value>, path: &Path<'_>) -> Coerced {
        let mut object = IndexMap::with_capacity(of.fields.len());
        for (name, field) in &of.fields {
            let value = match (fields.remove(name.as_str()), &field.default_value) {
                (Some(sent), _) => self.typed(&field.ty, sent, &Path::Field(path, name)),
                (None, Some(default)) => constant(self.schema, &field.ty, default),
                (None, None) => {
                    if field.ty.is_non_null() {
                        let (reason, hint) = (
                            format!("the field `{name}` is missing"),
                            format!("send a {}", field.ty),
                        );
                        self.refuse(
                            literal::missing(field, path),
                            &Path::Field(path, name),
                            "",
                            reason,
                            hint,
                        );
                    }
                    None
                }
            };
            if let Some(value) = value {
                object.insert(GraphqlName::new(name), value);
            }
        }
        for name in fields.keys() {
            let name = cut(name);
            let message = literal::unknown_field(of, &name, path, self.suggest);
            let reason = format!("{} has no field `{name}`", of.name);
            let hint = message
                .rsplit_once("; ")
                .map_or("leave it out", |(_, hint)| hint)
                .to_string();
            self.refuse(message, &Path::Field(path, &name), &name, reason, hint);
        }
        Coerced::Object(object)
    }

    fn refuse(
        &mut self,
        message: String,
        path: &Path<'_>,
        value: &str,
        reason: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.faults.push(message, self.at);
        self.wrong += 1;
        if self.told.len() < TOLD_MAX {
            self.told.push(Fault {
                path: path.place(),
                value: value.to_string(),
                reason: reason.into(),
                hint: hint.into(),
            });
        }
    }
}

/// A value for a message: long ones are cut.
fn shown(sent: &Value) -> String {
    match sent {
        Value::Array(_) => "a list".to_string(),
        Value::Object(_) => "an object".to_string(),
        other => cut(&other.to_string()),
    }
}
