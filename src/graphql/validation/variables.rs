//! Coercion of the variables that a client sends into the values that an operation is executed with
//! (`CoerceVariableValues` of the specification).

use std::collections::BTreeMap;

use apollo_compiler::ast::{Type, VariableDefinition};
use apollo_compiler::executable::Operation;
use apollo_compiler::parser::{SourceMap, SourceSpan};
use apollo_compiler::schema::{ExtendedType, InputObjectType};
use apollo_compiler::{Name, Node, Schema};
use async_graphql::indexmap::IndexMap;
use async_graphql::{Name as GraphqlName, Value as Coerced};
use serde_json::{Map, Value};

use super::invalid_variables::{InvalidItems, InvalidVariables};
use super::leaf::{self, InvalidLeaf, LeafValue};
use super::literal::{self, CoercedVariables, constant, truncated};
use super::request_errors::RequestErrors;
use super::value_path::ValuePath;
use crate::graphql::inputs::write::InputProblem;

/// Number of problems that are kept: those of a large body would not fit into memory.
const PROBLEMS_MAX: usize = 1_000;

/// Coerces the variables of an operation, and collects the errors.
pub(super) fn coerce(
    schema: &Schema,
    operation: &Operation,
    mut sent: Map<String, Value>,
    suggest: bool,
) -> Result<CoercedVariables, Box<CoercionErrors>> {
    let mut coercion = VariableCoercion {
        schema,
        suggest,
        errors: RequestErrors::default(),
        location: None,
        problems: Vec::new(),
        problem_count: 0,
        lists: Vec::new(),
        has_other_problems: false,
    };
    let mut variables = CoercedVariables::with_capacity(operation.variables.len());
    for definition in &operation.variables {
        let sent = sent.remove(definition.name.as_str());
        if let Some(value) = coercion.variable(definition, sent) {
            variables.insert(definition.name.clone(), value);
        }
    }
    if coercion.errors.is_empty() {
        return Ok(variables);
    }
    let mut lists = coercion.lists;
    let list = lists
        .pop()
        .filter(|_| lists.is_empty() && !coercion.has_other_problems);
    Err(Box::new(CoercionErrors {
        errors: coercion.errors,
        omitted: coercion.problem_count - coercion.problems.len(),
        problems: coercion.problems,
        list,
        coerced: variables,
    }))
}

/// The errors of variables that could not be coerced, with the variables that could be.
pub(super) struct CoercionErrors {
    errors: RequestErrors,
    problems: Vec<InputProblem>,
    omitted: usize,
    list: Option<InvalidItems>,
    coerced: CoercedVariables,
}

impl CoercionErrors {
    /// The invalid variables, with the errors located in the document.
    pub(super) fn into_invalid(self, sources: &SourceMap) -> InvalidVariables {
        InvalidVariables {
            errors: self.errors.into_errors(sources),
            problems: self.problems,
            omitted: self.omitted,
            list: self.list,
            coerced: self.coerced,
        }
    }
}

struct VariableCoercion<'a> {
    schema: &'a Schema,
    suggest: bool,
    errors: RequestErrors,
    /// The location of the definition of the current variable.
    location: Option<SourceSpan>,
    /// The problems, whether reported as errors of their own or not, up to `PROBLEMS_MAX`.
    problems: Vec<InputProblem>,
    /// The number of all problems.
    problem_count: usize,
    /// The variables of which items could not be coerced.
    lists: Vec<InvalidItems>,
    /// Whether there is a problem outside the items of a variable's list.
    has_other_problems: bool,
}

impl VariableCoercion<'_> {
    fn variable(&mut self, definition: &Node<VariableDefinition>, sent: Option<Value>) -> Option<Coerced> {
        self.location = definition.location();
        let ty = &definition.ty;
        match (sent, &definition.default_value) {
            (Some(Value::Array(items)), _) if ty.is_list() => {
                Some(self.list_of_variable(ty, items, &definition.name))
            }
            (Some(sent), _) => {
                let before = self.problem_count;
                let coerced = self.typed(ty, sent, &ValuePath::Variable(&definition.name));
                self.has_other_problems |= self.problem_count > before;
                coerced
            }
            (None, Some(default)) => constant(self.schema, ty, default),
            (None, None) => {
                if ty.is_non_null() {
                    let path = ValuePath::Variable(&definition.name);
                    let message =
                        format!("{path}: no value was sent (expected a {ty}); send it in `variables`");
                    self.has_other_problems = true;
                    self.refuse(message, &path, "", "no value was sent", format!("send a {ty}"));
                }
                None
            }
        }
    }

    /// The list of a variable, without the items that could not be coerced.
    fn list_of_variable(&mut self, ty: &Type, items: Vec<Value>, name: &str) -> Coerced {
        let path = ValuePath::Variable(name);
        let mut list = Vec::with_capacity(items.len());
        let mut invalid = BTreeMap::new();
        for (index, one) in items.into_iter().enumerate() {
            let id = one.get("id").and_then(Value::as_str).map(String::from);
            let before = self.problem_count;
            let coerced = self.typed(ty.item_type(), one, &ValuePath::Item(&path, index));
            if self.problem_count > before {
                invalid.insert(index, id);
            } else {
                list.extend(coerced);
            }
        }
        if !invalid.is_empty() {
            self.lists.push(InvalidItems {
                variable: name.to_string(),
                items: invalid,
            });
        }
        Coerced::List(list)
    }

    fn typed(&mut self, ty: &Type, sent: Value, path: &ValuePath<'_>) -> Option<Coerced> {
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
                    list.extend(self.typed(item, one, &ValuePath::Item(path, index)));
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

    fn named(&mut self, name: &Name, sent: Value, path: &ValuePath<'_>) -> Option<Coerced> {
        let of = self.schema.types.get(name)?;
        let coerced = match (of, &sent) {
            (ExtendedType::InputObject(of), Value::Object(_)) => {
                let Value::Object(fields) = sent else { return None };
                return Some(self.object(of, fields, path));
            }
            (_, Value::Number(number)) => match leaf::whole_number(number) {
                Some(digits) => LeafValue::Int(&digits).coerce(of, self.suggest),
                None => LeafValue::Float(number.as_f64().unwrap_or(f64::INFINITY)).coerce(of, self.suggest),
            },
            (_, Value::String(text)) => LeafValue::Json(text).coerce(of, self.suggest),
            (_, Value::Bool(value)) => LeafValue::Boolean(*value).coerce(of, self.suggest),
            _ => Err(InvalidLeaf::Expected(leaf::expected(of, self.suggest))),
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

    fn object(
        &mut self,
        of: &InputObjectType,
        mut fields: Map<String, Value>,
        path: &ValuePath<'_>,
    ) -> Coerced {
        let mut object = IndexMap::with_capacity(of.fields.len());
        for (name, field) in &of.fields {
            let value = match (fields.remove(name.as_str()), &field.default_value) {
                (Some(sent), _) => self.typed(&field.ty, sent, &ValuePath::Field(path, name)),
                (None, Some(default)) => constant(self.schema, &field.ty, default),
                (None, None) => {
                    if field.ty.is_non_null() {
                        let (reason, hint) = (
                            format!("the field `{name}` is missing"),
                            format!("send a {}", field.ty),
                        );
                        self.refuse(
                            literal::missing_field(field, path),
                            &ValuePath::Field(path, name),
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
            let name = truncated(name);
            let message = literal::unknown_field(of, &name, path, self.suggest);
            let reason = format!("{} has no field `{name}`", of.name);
            let hint = message
                .rsplit_once("; ")
                .map_or("leave it out", |(_, hint)| hint)
                .to_string();
            self.refuse(message, &ValuePath::Field(path, &name), &name, reason, hint);
        }
        Coerced::Object(object)
    }

    fn refuse(
        &mut self,
        message: String,
        path: &ValuePath<'_>,
        value: &str,
        reason: impl Into<String>,
        hint: impl Into<String>,
    ) {
        self.errors.push(message, self.location);
        self.problem_count += 1;
        if self.problems.len() < PROBLEMS_MAX {
            self.problems.push(InputProblem {
                path: path.input_path(),
                value: value.to_string(),
                reason: reason.into(),
                hint: hint.into(),
            });
        }
    }
}

/// A value as a message shows it; long ones are truncated.
fn shown(sent: &Value) -> String {
    match sent {
        Value::Array(_) => "a list".to_string(),
        Value::Object(_) => "an object".to_string(),
        other => truncated(&other.to_string()),
    }
}
