//! Checks of the values in a whole document against the schema: those of every operation, whichever is executed.

use std::collections::HashSet;

use apollo_compiler::ast::{Argument, DirectiveList, InputValueDefinition};
use apollo_compiler::executable::{ExecutableDocument, Operation, Selection, SelectionSet};
use apollo_compiler::{Name, Node, Schema};

use super::literal::{LiteralCoercion, VariableScope};
use super::request_errors::RequestErrors;
use super::value_path::ValuePath;

/// Checks every literal and every use of a variable.
pub(super) fn check(
    schema: &Schema,
    document: &ExecutableDocument,
    suggest: bool,
) -> Result<(), RequestErrors> {
    let mut errors = RequestErrors::default();
    for operation in document.operations.iter() {
        check_defaults(schema, operation, suggest, &mut errors);
        let mut check = DocumentCheck {
            document,
            literals: LiteralCoercion::new(schema, VariableScope::Definitions(&operation.variables), suggest),
            seen: HashSet::new(),
        };
        check.directives(&operation.directives);
        check.selections(&operation.selection_set);
        errors.extend(check.literals.errors);
    }
    if errors.is_empty() { Ok(()) } else { Err(errors) }
}

fn check_defaults(schema: &Schema, operation: &Operation, suggest: bool, errors: &mut RequestErrors) {
    let mut literals = LiteralCoercion::new(schema, VariableScope::Constant, suggest);
    for definition in &operation.variables {
        if let Some(default) = &definition.default_value {
            literals.typed(
                &definition.ty,
                false,
                default,
                &ValuePath::Default(&definition.name),
            );
        }
    }
    errors.extend(literals.errors);
}

struct DocumentCheck<'a> {
    document: &'a ExecutableDocument,
    literals: LiteralCoercion<'a>,
    /// Fragments that the operation has spread already: each is checked once.
    seen: HashSet<&'a Name>,
}

impl<'a> DocumentCheck<'a> {
    fn selections(&mut self, set: &'a SelectionSet) {
        for selection in &set.selections {
            self.directives(selection.directives());
            match selection {
                Selection::Field(field) => {
                    self.arguments(&field.name, &field.definition.arguments, &field.arguments);
                    self.selections(&field.selection_set);
                }
                Selection::InlineFragment(inline) => self.selections(&inline.selection_set),
                Selection::FragmentSpread(spread) => {
                    let fragment = self.document.fragments.get(&spread.fragment_name);
                    if let Some(fragment) = fragment.filter(|_| self.seen.insert(&spread.fragment_name)) {
                        self.directives(&fragment.directives);
                        self.selections(&fragment.selection_set);
                    }
                }
            }
        }
    }

    fn directives(&mut self, directives: &DirectiveList) {
        for directive in directives {
            if let Some(definition) = self.literals.schema.directive_definitions.get(&directive.name) {
                self.arguments(&directive.name, &definition.arguments, &directive.arguments);
            }
        }
    }

    /// Checks the arguments that are defined. The compiler reports undefined and missing ones.
    fn arguments(&mut self, owner: &str, defined: &[Node<InputValueDefinition>], given: &[Node<Argument>]) {
        for argument in given {
            let name = &argument.name;
            if let Some(place) = defined.iter().find(|place| place.name == *name) {
                self.literals
                    .value(place, &argument.value, &ValuePath::Argument { owner, name });
            }
        }
    }
}
