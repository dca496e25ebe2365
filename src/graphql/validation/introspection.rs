//! Introspection, executed on the schema that requests are validated against.
//!
//! `async-graphql` itself omits the interfaces that an interface implements.

use apollo_compiler::ast::FieldDefinition;
use apollo_compiler::collections::HashMap;
use apollo_compiler::executable::{Operation, Selection, SelectionSet};
use apollo_compiler::introspection::partial_execute;
use apollo_compiler::response::{JsonMap, JsonValue};
use apollo_compiler::schema::{Component, ExtendedType, Implementers};
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Node, Schema, name, ty};
use async_graphql::indexmap::IndexMap;
use async_graphql::{Name as GraphqlName, Value};

use super::Introspection;
use super::introspection_size::IntrospectionMeter;
use crate::model::memory::Account;

/// A field of the specification that `apollo-compiler` does not know.
const ONE_OF: &str = "isOneOf";
/// Prefix of its response keys while the compiler resolves them as `kind`.
const ONE_OF_KEY: &str = "__isOneOf_";

/// Adds `__Type.isOneOf` to a schema.
pub(super) fn add_is_one_of(schema: &mut Schema) {
    if let Some(ExtendedType::Object(of)) = schema.types.get_mut("__Type") {
        let field = FieldDefinition {
            description: None,
            name: name!("isOneOf"),
            arguments: Vec::new(),
            ty: ty!(Boolean),
            directives: apollo_compiler::ast::DirectiveList::default(),
        };
        of.make_mut()
            .fields
            .insert(name!("isOneOf"), Component::new(field));
    }
}

/// Whether a root field is an introspection field; `__typename` is resolved with the other fields.
pub(super) fn is_field(name: &str) -> bool {
    name == "__schema" || name == "__type"
}

/// Executes the introspection fields of an operation. Returns their values by response key; none if the memory limit is
/// reached. The variables are already filled in.
pub(super) fn execute(
    schema: &Valid<Schema>,
    implementers: &HashMap<Name, Implementers>,
    introspection: &Introspection,
    account: &Account,
) -> Option<IndexMap<GraphqlName, Value>> {
    let meter = IntrospectionMeter {
        schema,
        implementers,
        document: &introspection.document,
        account,
    };
    meter.charge(&introspection.operation.selection_set).ok()?;
    let (mut document, mut operation) = (
        introspection.document.clone(),
        Operation::clone(&introspection.operation),
    );
    let kind = schema.type_field("__Type", "kind").ok()?.node.clone();
    for fragment in document.fragments.values_mut() {
        hide_one_of(&mut fragment.make_mut().selection_set, &kind);
    }
    hide_one_of(&mut operation.selection_set, &kind);
    let document = Valid::assume_valid(document);
    let response = partial_execute(
        schema,
        implementers,
        &document,
        &operation,
        &introspection.variables,
    )
    .ok()?;
    Some(convert_fields(response.data?, &mut ResponseKeys::default()))
}

fn hide_one_of(set: &mut SelectionSet, kind: &Node<FieldDefinition>) {
    let on_type = set.ty == "__Type";
    for selection in &mut set.selections {
        match selection {
            Selection::Field(field) => {
                let field = field.make_mut();
                if on_type && field.name == ONE_OF {
                    let key = format!("{ONE_OF_KEY}{}", field.response_key());
                    field.alias = Some(Name::new_unchecked(&key));
                    field.name = name!("kind");
                    field.definition = kind.clone();
                } else {
                    hide_one_of(&mut field.selection_set, kind);
                }
            }
            Selection::InlineFragment(inline) => hide_one_of(&mut inline.make_mut().selection_set, kind),
            Selection::FragmentSpread(_) => {}
        }
    }
}

/// The response keys that occurred, each with one allocation.
#[derive(Default)]
struct ResponseKeys(HashMap<String, GraphqlName>);

impl ResponseKeys {
    fn name(&mut self, key: &str) -> GraphqlName {
        if let Some(name) = self.0.get(key) {
            return name.clone();
        }
        let name = GraphqlName::new(key);
        self.0.insert(key.to_string(), name.clone());
        name
    }
}

/// Converts an object of the compiler's response, and frees it on the way, so that both forms are never in memory as a whole. Fields
/// that were hidden are shown again.
fn convert_fields(fields: JsonMap, keys: &mut ResponseKeys) -> IndexMap<GraphqlName, Value> {
    let converted = fields.into_iter().map(|(key, value)| {
        let key = key.as_str();
        match key.strip_prefix(ONE_OF_KEY) {
            // No input object of this schema is a `@oneOf`.
            Some(own) if value.as_str() == Some("INPUT_OBJECT") => (keys.name(own), Value::from(false)),
            Some(own) => (keys.name(own), Value::Null),
            None => (keys.name(key), convert(value, keys)),
        }
    });
    converted.collect()
}

fn convert(value: JsonValue, keys: &mut ResponseKeys) -> Value {
    match value {
        JsonValue::Null => Value::Null,
        JsonValue::Bool(value) => Value::Boolean(value),
        JsonValue::Number(value) => Value::Number(value),
        JsonValue::String(text) => Value::String(text.as_str().to_string()),
        JsonValue::Array(items) => Value::List(items.into_iter().map(|item| convert(item, keys)).collect()),
        JsonValue::Object(fields) => Value::Object(convert_fields(fields, keys)),
    }
}
