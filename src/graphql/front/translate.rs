//! An operation that was checked, as `async-graphql` executes it: with the values of its variables in their places, and without
//! what `@skip` and `@include` leave out.

use std::collections::HashMap;

use apollo_compiler::ast::{self, DirectiveList, OperationType};
use apollo_compiler::collections::IndexSet;
use apollo_compiler::executable::{ExecutableDocument, Field, Fragment, Operation, Selection, SelectionSet};
use apollo_compiler::parser::SourceSpan;
use apollo_compiler::{Node, Schema};
use async_graphql::parser::types as graphql;
use async_graphql::{Name, Pos, Positioned, Value};

use super::fault::Faults;
use super::introspection;
use super::lines::Lines;
use super::literal::{Literals, Scope, Variables};
use super::path::Path;

/// The document to execute, with this operation alone.
pub(super) fn translate(
    schema: &Schema,
    document: &ExecutableDocument,
    operation: &Operation,
    variables: &Variables,
    lines: &Lines<'_>,
) -> Result<graphql::ExecutableDocument, Faults> {
    let mut translation = Translation {
        literals: Literals::new(schema, Scope::Given(variables), true),
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
    if !translation.literals.faults.is_empty() {
        return Err(translation.literals.faults);
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
    literals: Literals<'a>,
    lines: &'a Lines<'a>,
    /// Names of the fragments that were spread so far.
    spread: IndexSet<apollo_compiler::Name>,
}

impl Translation<'_> {
    /// What an operation selects. Of a subscription it is the one field, which `async-graphql` finds in no fragment.
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
        let place = self.place(fragment.location());
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
            if self.is_taken(selection.directives()) {
                items.push(self.selection(selection));
            }
        }
        at(graphql::SelectionSet { items }, Pos::default())
    }

    fn selection(&mut self, selection: &Selection) -> Positioned<graphql::Selection> {
        match selection {
            Selection::Field(field) => {
                let place = self.place(field.location());
                let field = self.field(field, place);
                at(graphql::Selection::Field(at(field, place)), place)
            }
            Selection::InlineFragment(inline) => {
                let place = self.place(inline.location());
                let on = inline.type_condition.as_ref();
                let inline = graphql::InlineFragment {
                    type_condition: on.map(|on| at(condition(on), place)),
                    directives: Vec::new(),
                    selection_set: self.selections(&inline.selection_set),
                };
                at(graphql::Selection::InlineFragment(at(inline, place)), place)
            }
            Selection::FragmentSpread(spread) => {
                let place = self.place(spread.location());
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
            return kept_place(field.response_key(), place);
        }
        let mut arguments = Vec::with_capacity(field.arguments.len());
        for argument in &field.arguments {
            let defined = field.definition.arguments.iter();
            let Some(defined) = defined.into_iter().find(|one| one.name == argument.name) else {
                continue;
            };
            let path = Path::Argument {
                owner: &field.name,
                name: &argument.name,
            };
            // A variable without a value is as good as no argument.
            if let Some(value) = self.literals.value(defined, &argument.value, &path) {
                let place = self.place(argument.location());
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

    /// Whether `@skip` and `@include` let a selection stand.
    fn is_taken(&mut self, directives: &DirectiveList) -> bool {
        let mut says = |name: &str| {
            let directive = directives.get(name)?;
            let condition = directive.specified_argument_by_name("if")?;
            let path = Path::Argument {
                owner: name,
                name: "if",
            };
            let boolean = ast::Type::NonNullNamed(apollo_compiler::name!("Boolean"));
            self.literals.typed(&boolean, false, condition, &path)
        };
        says("skip") != Some(Value::Boolean(true)) && says("include") != Some(Value::Boolean(false))
    }

    fn place(&self, of: Option<SourceSpan>) -> Pos {
        of.map_or(Pos::default(), |span| self.lines.place(span.offset()))
    }
}

/// A field whose value is put in later.
fn kept_place(key: &str, place: Pos) -> graphql::Field {
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
