//! The values of a whole document, held against the schema: those of every operation, whichever is executed.

use std::collections::HashSet;

use apollo_compiler::ast::{Argument, DirectiveList, InputValueDefinition};
use apollo_compiler::executable::{ExecutableDocument, Operation, Selection, SelectionSet};
use apollo_compiler::{Name, Node, Schema};

use super::fault::Faults;
use super::literal::{Literals, Scope};
use super::path::Path;

/// Checks each literal, and each place in which a variable stands.
pub(super) fn check(schema: &Schema, document: &ExecutableDocument, suggest: bool) -> Result<(), Faults> {
    let mut faults = Faults::default();
    for operation in document.operations.iter() {
        check_defaults(schema, operation, suggest, &mut faults);
        let mut walk = Walk {
            document,
            literals: Literals::new(schema, Scope::Defined(&operation.variables), suggest),
            seen: HashSet::new(),
        };
        walk.directives(&operation.directives);
        walk.selections(&operation.selection_set);
        faults.extend(walk.literals.faults);
    }
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

fn check_defaults(schema: &Schema, operation: &Operation, suggest: bool, faults: &mut Faults) {
    let mut literals = Literals::new(schema, Scope::Constant, suggest);
    for definition in &operation.variables {
        if let Some(default) = &definition.default_value {
            literals.typed(&definition.ty, false, default, &Path::Default(&definition.name));
        }
    }
    faults.extend(literals.faults);
}

struct Walk<'a> {
    document: &'a ExecutableDocument,
    literals: Literals<'a>,
    /// Fragments that the operation has spread already: each is walked once.
    seen: HashSet<&'a Name>,
}

impl<'a> Walk<'a> {
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

    /// What is not defined, or defined and missing, the compiler reports.
    fn arguments(&mut self, owner: &str, defined: &[Node<InputValueDefinition>], given: &[Node<Argument>]) {
        for argument in given {
            let name = &argument.name;
            if let Some(place) = defined.iter().find(|place| place.name == *name) {
                self.literals
                    .value(place, &argument.value, &Path::Argument { owner, name });
            }
        }
    }
}
