//! Introspection, executed on the schema that requests are validated against.
//!
//! `async-graphql` itself omits the interfaces that an interface implements.

use apollo_compiler::ast::FieldDefinition;
use apollo_compiler::collections::HashMap;
use apollo_compiler::executable::{Operation, Selection, SelectionSet};
use apollo_compiler::introspection::partial_execute;
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
    let data = serde_json::to_value(response.data?).ok()?;
    match Value::from_json(data).ok()? {
        Value::Object(fields) => Some(show_one_of_fields(fields)),
        _ => None,
    }
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

fn show_one_of_fields(fields: IndexMap<GraphqlName, Value>) -> IndexMap<GraphqlName, Value> {
    let shown = fields
        .into_iter()
        .map(|(key, value)| match key.strip_prefix(ONE_OF_KEY) {
            // No input object of this schema is a `@oneOf`.
            Some(own) if value == Value::from("INPUT_OBJECT") => (GraphqlName::new(own), Value::from(false)),
            Some(own) => (GraphqlName::new(own), Value::Null),
            None => (key, show_one_of(value)),
        });
    shown.collect()
}

fn show_one_of(value: Value) -> Value {
    match value {
        Value::Object(fields) => Value::Object(show_one_of_fields(fields)),
        Value::List(items) => Value::List(items.into_iter().map(show_one_of).collect()),
        leaf => leaf,
    }
}
