//! Translation of a validated operation into the form that `async-graphql` executes: with the values of its variables
//! filled in, and without the selections that `@skip` and `@include` leave out.

use std::collections::HashMap;

use apollo_compiler::ast::{self, DirectiveList, OperationType};
use apollo_compiler::collections::IndexSet;
use apollo_compiler::executable::{ExecutableDocument, Field, Fragment, Operation, Selection, SelectionSet};
use apollo_compiler::parser::SourceSpan;
use apollo_compiler::{Node, Schema};
use async_graphql::parser::types as graphql;
use async_graphql::{Name, Pos, Positioned, Value};

use super::introspection;
use super::line_index::LineIndex;
use super::literal::{CoercedVariables, LiteralCoercion, VariableScope};
use super::request_errors::RequestErrors;
use super::value_path::ValuePath;

/// Translates one operation into a document to execute.
pub(super) fn translate(
    schema: &Schema,
    document: &ExecutableDocument,
    operation: &Operation,
    variables: &CoercedVariables,
    lines: &LineIndex<'_>,
) -> Result<graphql::ExecutableDocument, RequestErrors> {
    let mut translation = Translation {
        literals: LiteralCoercion::new(schema, VariableScope::Values(variables), true),
        lines,
        spread: IndexSet::default(),
    };
    let definition = graphql::OperationDefinition {
        ty: kind(operation.operation_type),
        variable_definitions: Vec::new(),
        directives: Vec::new(),
        selection_set: translation.root(document, operation),
    };
    // Other operations' fragments may use variables of the same name and another type.
    let (mut fragments, mut next) = (HashMap::new(), 0);
    while let Some(name) = translation.spread.get_index(next).cloned() {
        next += 1;
        if let Some(fragment) = document.fragments.get(&name) {
            fragments.insert(Name::new(&name), translation.fragment(fragment));
        }
    }
    if !translation.literals.errors.is_empty() {
        return Err(translation.literals.errors);
    }
    Ok(graphql::ExecutableDocument {
        operations: graphql::DocumentOperations::Single(at(definition, Pos::default())),
        fragments,
    })
}

/// The kind of an operation.
pub(super) fn kind(of: OperationType) -> graphql::OperationType {
    match of {
        OperationType::Query => graphql::OperationType::Query,
        OperationType::Mutation => graphql::OperationType::Mutation,
        OperationType::Subscription => graphql::OperationType::Subscription,
    }
}

struct Translation<'a> {
    literals: LiteralCoercion<'a>,
    lines: &'a LineIndex<'a>,
    /// Names of the fragments that were spread so far.
    spread: IndexSet<apollo_compiler::Name>,
}

impl Translation<'_> {
    /// The selections of an operation. For a subscription, its only field: `async-graphql` does not look for it in
    /// fragments.
    fn root(
        &mut self,
        document: &ExecutableDocument,
        operation: &Operation,
    ) -> Positioned<graphql::SelectionSet> {
        match operation.root_fields(document).next() {
            Some(field) if operation.is_subscription() => {
                let items = vec![self.selection(&Selection::Field(field.clone()))];
                at(graphql::SelectionSet { items }, Pos::default())
            }
            _ => self.selections(&operation.selection_set),
        }
    }

    fn fragment(&mut self, fragment: &Node<Fragment>) -> Positioned<graphql::FragmentDefinition> {
        let place = self.position(fragment.location());
        let definition = graphql::FragmentDefinition {
            type_condition: at(condition(fragment.type_condition()), place),
            directives: Vec::new(),
            selection_set: self.selections(&fragment.selection_set),
        };
        at(definition, place)
    }

    fn selections(&mut self, set: &SelectionSet) -> Positioned<graphql::SelectionSet> {
        let mut items = Vec::with_capacity(set.selections.len());
        for selection in &set.selections {
            if self.is_included(selection.directives()) {
                items.push(self.selection(selection));
            }
        }
        at(graphql::SelectionSet { items }, Pos::default())
    }

    fn selection(&mut self, selection: &Selection) -> Positioned<graphql::Selection> {
        match selection {
            Selection::Field(field) => {
                let place = self.position(field.location());
                let field = self.field(field, place);
                at(graphql::Selection::Field(at(field, place)), place)
            }
            Selection::InlineFragment(inline) => {
                let place = self.position(inline.location());
                let on = inline.type_condition.as_ref();
                let inline = graphql::InlineFragment {
                    type_condition: on.map(|on| at(condition(on), place)),
                    directives: Vec::new(),
                    selection_set: self.selections(&inline.selection_set),
                };
                at(graphql::Selection::InlineFragment(at(inline, place)), place)
            }
            Selection::FragmentSpread(spread) => {
                let place = self.position(spread.location());
                self.spread.insert(spread.fragment_name.clone());
                let spread = graphql::FragmentSpread {
                    fragment_name: at(Name::new(&spread.fragment_name), place),
                    directives: Vec::new(),
                };
                at(graphql::Selection::FragmentSpread(at(spread, place)), place)
            }
        }
    }

    fn field(&mut self, field: &Node<Field>, place: Pos) -> graphql::Field {
        if introspection::is_field(&field.name) {
            return placeholder(field.response_key(), place);
        }
        let mut arguments = Vec::with_capacity(field.arguments.len());
        for argument in &field.arguments {
            let defined = field.definition.arguments.iter();
            let Some(defined) = defined.into_iter().find(|one| one.name == argument.name) else {
                continue;
            };
            let path = ValuePath::Argument {
                owner: &field.name,
                name: &argument.name,
            };
            // An argument whose variable has no value counts as absent.
            if let Some(value) = self.literals.value(defined, &argument.value, &path) {
                let place = self.position(argument.location());
                arguments.push((
                    at(Name::new(&argument.name), place),
                    at(value.into_value(), place),
                ));
            }
        }
        graphql::Field {
            alias: field.alias.as_ref().map(|alias| at(Name::new(alias), place)),
            name: at(Name::new(&field.name), place),
            arguments,
            directives: Vec::new(),
            selection_set: self.selections(&field.selection_set),
        }
    }

    /// Whether `@skip` and `@include` leave a selection in.
    fn is_included(&mut self, directives: &DirectiveList) -> bool {
        let mut condition = |name: &str| {
            let directive = directives.get(name)?;
            let argument = directive.specified_argument_by_name("if")?;
            let path = ValuePath::Argument {
                owner: name,
                name: "if",
            };
            let boolean = ast::Type::NonNullNamed(apollo_compiler::name!("Boolean"));
            self.literals.typed(&boolean, false, argument, &path)
        };
        condition("skip") != Some(Value::Boolean(true)) && condition("include") != Some(Value::Boolean(false))
    }

    fn position(&self, span: Option<SourceSpan>) -> Pos {
        span.map_or(Pos::default(), |span| self.lines.position(span.offset()))
    }
}

/// A field whose value is filled in later.
fn placeholder(key: &str, place: Pos) -> graphql::Field {
    graphql::Field {
        alias: Some(at(Name::new(key), place)),
        name: at(Name::new("__typename"), place),
        arguments: Vec::new(),
        directives: Vec::new(),
        selection_set: Positioned::default(),
    }
}

fn at<T>(node: T, place: Pos) -> Positioned<T> {
    Positioned::new(node, place)
}

fn condition(on: &str) -> graphql::TypeCondition {
    graphql::TypeCondition {
        on: at(Name::new(on), Pos::default()),
    }
}
