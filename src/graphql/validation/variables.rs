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

/// Maximum number of problems to keep; further ones are only counted, because those of a large body would not fit into
/// memory.
const PROBLEMS_MAX: usize = 1_000;

/// Coerces the variables of an operation, and collects the errors. `suggest` says whether messages may name
/// types and fields of the schema.
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
    // The rest of a batch can be checked only if all problems are in the items of one variable.
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
    /// The number of problems beyond those in `problems`.
    omitted: usize,
    /// The invalid items of the only variable that has problems, if it is a list and only its items have any.
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

/// The state of the coercion of the variables of one operation.
struct VariableCoercion<'a> {
    schema: &'a Schema,
    /// Whether messages may name types and fields of the schema.
    suggest: bool,
    /// The errors of the request, of which only the first are kept.
    errors: RequestErrors,
    /// The location of the definition of the current variable.
    location: Option<SourceSpan>,
    /// A problem for each error, also for those that are not kept as errors; at most [`PROBLEMS_MAX`].
    problems: Vec<InputProblem>,
    /// The number of all problems.
    problem_count: usize,
    /// The list variables with items that could not be coerced.
    lists: Vec<InvalidItems>,
    /// Whether there is a problem outside the items of the list variables.
    has_other_problems: bool,
}

impl VariableCoercion<'_> {
    /// The value of a variable: the one sent, or else its default; `None` without either, or if it is invalid.
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
                    self.report(message, &path, "", "no value was sent", format!("send a {ty}"));
                }
                None
            }
        }
    }

    /// The value of a list variable, without the items that could not be coerced; those are noted in `lists`.
    fn list_of_variable(&mut self, ty: &Type, items: Vec<Value>, name: &str) -> Coerced {
        let path = ValuePath::Variable(name);
        let mut list = Vec::with_capacity(items.len());
        let mut invalid = BTreeMap::new();
        for (index, item) in items.into_iter().enumerate() {
            let id = item.get("id").and_then(Value::as_str).map(String::from);
            let before = self.problem_count;
            let coerced = self.typed(ty.item_type(), item, &ValuePath::Item(&path, index));
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

    /// A value coerced to a type; `None` if it is invalid, which is noted.
    fn typed(&mut self, ty: &Type, sent: Value, path: &ValuePath<'_>) -> Option<Coerced> {
        match (sent, ty) {
            (Value::Null, _) if ty.is_non_null() => {
                let message = format!("{path}: null is not a valid {ty} (expected a value)");
                self.report(
                    message,
                    path,
                    "null",
                    format!("null is not a valid {ty}"),
                    "send a value",
                );
                None
            }
            (Value::Null, _) => Some(Coerced::Null),
            (Value::Array(items), Type::List(item_type) | Type::NonNullList(item_type)) => {
                let mut list = Vec::with_capacity(items.len());
                for (index, item) in items.into_iter().enumerate() {
                    list.extend(self.typed(item_type, item, &ValuePath::Item(path, index)));
                }
                Some(Coerced::List(list))
            }
            // A single value where a list is expected is a list of one item (specification, input coercion of lists).
            (sent, Type::List(item_type) | Type::NonNullList(item_type)) => {
                let item = self.typed(item_type, sent, path)?;
                Some(Coerced::List(vec![item]))
            }
            (sent, Type::Named(name) | Type::NonNullNamed(name)) => self.named(name, sent, path),
        }
    }

    /// A value that is neither null nor a list, coerced to a type that is not a list.
    fn named(&mut self, name: &Name, sent: Value, path: &ValuePath<'_>) -> Option<Coerced> {
        let ty = self.schema.types.get(name)?;
        let coerced = match (ty, &sent) {
            (ExtendedType::InputObject(input_type), Value::Object(_)) => {
                let Value::Object(fields) = sent else { return None };
                return Some(self.object(input_type, fields, path));
            }
            (_, Value::Number(number)) => match leaf::whole_number(number) {
                Some(digits) => LeafValue::Int(&digits).coerce(ty, self.suggest),
                None => LeafValue::Float(number.as_f64().unwrap_or(f64::INFINITY)).coerce(ty, self.suggest),
            },
            (_, Value::String(text)) => LeafValue::Json(text).coerce(ty, self.suggest),
            (_, Value::Bool(value)) => LeafValue::Boolean(*value).coerce(ty, self.suggest),
            _ => Err(InvalidLeaf::Expected(leaf::expected(ty, self.suggest))),
        };
        match coerced {
            Ok(coerced) => Some(coerced),
            Err(invalid) => {
                let shown = shown(&sent);
                let (reason, hint) = invalid.reason_and_hint(&shown, name);
                self.report(invalid.message(path, &shown, name), path, &shown, reason, hint);
                None
            }
        }
    }

    /// An input object, without the fields that are invalid.
    fn object(
        &mut self,
        input_type: &InputObjectType,
        mut fields: Map<String, Value>,
        path: &ValuePath<'_>,
    ) -> Coerced {
        let mut object = IndexMap::with_capacity(input_type.fields.len());
        for (name, field) in &input_type.fields {
            let value = match (fields.remove(name.as_str()), &field.default_value) {
                (Some(sent), _) => self.typed(&field.ty, sent, &ValuePath::Field(path, name)),
                (None, Some(default)) => constant(self.schema, &field.ty, default),
                (None, None) => {
                    if field.ty.is_non_null() {
                        let (reason, hint) = (
                            format!("the field `{name}` is missing"),
                            format!("send a {}", field.ty),
                        );
                        self.report(
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
        // The fields of the type were removed, so that these are unknown.
        for name in fields.keys() {
            let name = truncated(name);
            let message = literal::unknown_field(input_type, &name, path, self.suggest);
            let reason = format!("{} has no field `{name}`", input_type.name);
            // The message ends with a semicolon and the hint.
            let hint = message
                .rsplit_once("; ")
                .map_or("leave it out", |(_, hint)| hint)
                .to_string();
            self.report(message, &ValuePath::Field(path, &name), &name, reason, hint);
        }
        Coerced::Object(object)
    }

    /// Adds an error and the problem that describes it.
    fn report(
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

/// A value as a message shows it; a long one is truncated.
fn shown(sent: &Value) -> String {
    match sent {
        Value::Array(_) => "a list".to_string(),
        Value::Object(_) => "an object".to_string(),
        other => truncated(&other.to_string()),
    }
}
