//! Checks that selections of the same response key have the same arguments, with a limit on the work.
//!
//! The compiler compares all selections that may be merged, but compares lists only up to the end of the shorter one,
//! and its work for interfaces multiplies with each level. This check does the same with a budget, before the compiler.

use std::collections::HashSet;

use apollo_compiler::ast::Value;
use apollo_compiler::collections::IndexMap;
use apollo_compiler::executable::{ExecutableDocument, Field, Selection, SelectionSet};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Node, Schema};

use super::request_errors::RequestErrors;

/// Selections that are compared for one request; the largest documents in practice have some thousands.
const COMPARED_MAX: usize = 500_000;

/// The reason why a document is rejected.
pub(super) enum MergeError {
    Conflicts(RequestErrors),
    TooMuchWork,
}

/// Compares the selections that are merged in each operation.
pub(super) fn check(schema: &Schema, document: &ExecutableDocument) -> Result<(), MergeError> {
    let mut check = MergeCheck {
        schema,
        document,
        errors: RequestErrors::default(),
        seen: HashSet::new(),
        left: COMPARED_MAX,
    };
    for operation in document.operations.iter() {
        let done = check.merge(vec![&operation.selection_set]);
        done.ok_or(MergeError::TooMuchWork)?;
    }
    if check.errors.is_empty() {
        Ok(())
    } else {
        Err(MergeError::Conflicts(check.errors))
    }
}

/// A field, with the type that it is selected from.
type SelectedField<'a> = (&'a Name, &'a Node<Field>);

struct MergeCheck<'a> {
    schema: &'a Schema,
    document: &'a ExecutableDocument,
    errors: RequestErrors,
    /// Selection sets that were merged before, by their addresses.
    seen: HashSet<Vec<*const SelectionSet>>,
    left: usize,
}

impl<'a> MergeCheck<'a> {
    /// Compares the fields that the sets select together. None when the budget is exhausted.
    fn merge(&mut self, sets: Vec<&'a SelectionSet>) -> Option<()> {
        let addresses = sets.iter().map(|set| std::ptr::from_ref(*set)).collect();
        if !self.seen.insert(addresses) {
            return Some(());
        }
        let mut by_key: IndexMap<&Name, Vec<SelectedField<'a>>> = IndexMap::default();
        for selected in self.expand(sets)? {
            by_key
                .entry(selected.1.response_key())
                .or_default()
                .push(selected);
        }
        for selections in by_key.values() {
            for group in self.overlapping(selections) {
                self.left = self.left.checked_sub(group.len())?;
                self.compare(&group);
                let mut known = HashSet::new();
                let below = group.iter().map(|(_, field)| &field.selection_set);
                let below = below.filter(|set| !set.is_empty() && known.insert(std::ptr::from_ref(*set)));
                let below: Vec<_> = below.collect();
                if !below.is_empty() {
                    self.merge(below)?;
                }
            }
        }
        Some(())
    }

    fn expand(&mut self, sets: Vec<&'a SelectionSet>) -> Option<Vec<SelectedField<'a>>> {
        let (mut open, mut spread, mut fields) = (sets, HashSet::new(), Vec::new());
        while let Some(set) = open.pop() {
            self.left = self.left.checked_sub(set.selections.len())?;
            for selection in &set.selections {
                match selection {
                    Selection::Field(field) => fields.push((&set.ty, field)),
                    Selection::InlineFragment(inline) => open.push(&inline.selection_set),
                    Selection::FragmentSpread(one) => {
                        let fragment = self.document.fragments.get(&one.fragment_name);
                        let fragment = fragment.filter(|_| spread.insert(&one.fragment_name));
                        open.extend(fragment.map(|fragment| &fragment.selection_set));
                    }
                }
            }
        }
        Some(fields)
    }

    /// Groups of fields that one object may resolve: those of one object type, together with those of all interfaces and
    /// unions.
    fn overlapping(&self, fields: &[SelectedField<'a>]) -> Vec<Vec<SelectedField<'a>>> {
        let is_object =
            |(of, _): &SelectedField<'_>| matches!(self.schema.types.get(*of), Some(ExtendedType::Object(_)));
        let (objects, others): (Vec<_>, Vec<_>) = fields.iter().copied().partition(is_object);
        let mut groups: IndexMap<&Name, Vec<SelectedField<'a>>> = IndexMap::default();
        for field in objects {
            groups.entry(field.0).or_default().push(field);
        }
        if groups.is_empty() {
            return vec![others];
        }
        let groups = groups.into_values();
        groups
            .map(|mut group| {
                group.extend(&others);
                group
            })
            .collect()
    }

    fn compare(&mut self, group: &[SelectedField<'a>]) {
        let Some(((_, first), rest)) = group.split_first() else {
            return;
        };
        for (_, other) in rest.iter().filter(|(_, other)| other.name == first.name) {
            let differs = first.arguments.iter().find(|one| {
                let same = other.arguments.iter().find(|two| two.name == one.name);
                same.is_some_and(|two| !is_same(&one.value, &two.value))
            });
            if let Some(argument) = differs {
                let (key, argument) = (first.response_key(), &argument.name);
                let message = format!(
                    "`{key}` is selected twice with different values of `{argument}`; give one of the two an alias"
                );
                self.errors.push(message, other.location());
            }
        }
    }
}

/// Whether two values are the same; the order of an object's fields does not matter.
fn is_same(one: &Value, two: &Value) -> bool {
    match (one, two) {
        (Value::List(one), Value::List(two)) => {
            one.len() == two.len() && one.iter().zip(two).all(|(one, two)| is_same(one, two))
        }
        (Value::Object(one), Value::Object(two)) => {
            let find = |name: &Name| two.iter().find(|(other, _)| other == name);
            let same =
                |(name, one): &(Name, Node<Value>)| find(name).is_some_and(|(_, two)| is_same(one, two));
            one.len() == two.len() && one.iter().all(same)
        }
        (one, two) => one == two,
    }
}
