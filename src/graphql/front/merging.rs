//! Selections of one response key: whether their list arguments agree, and how much work it is to find out.
//!
//! The compiler compares all selections that may be merged, but lists only up to the shorter one's end; and what it does for
//! interfaces multiplies with each level. This walk goes the same way with a budget, before the compiler does.

use std::collections::HashSet;

use apollo_compiler::ast::Value;
use apollo_compiler::collections::IndexMap;
use apollo_compiler::executable::{ExecutableDocument, Field, Selection, SelectionSet};
use apollo_compiler::schema::ExtendedType;
use apollo_compiler::{Name, Node, Schema};

use super::fault::Faults;

/// Selections that are compared for one request; the greatest documents of people have some thousands.
const COMPARED_MAX: usize = 500_000;

/// Why a document is refused.
pub(super) enum Refusal {
    Conflicts(Faults),
    TooMuchWork,
}

/// Compares the selections that are merged in each operation.
pub(super) fn check(schema: &Schema, document: &ExecutableDocument) -> Result<(), Refusal> {
    let mut merging = Merging {
        schema,
        document,
        faults: Faults::default(),
        seen: HashSet::new(),
        left: COMPARED_MAX,
    };
    for operation in document.operations.iter() {
        let done = merging.merge(vec![&operation.selection_set]);
        done.ok_or(Refusal::TooMuchWork)?;
    }
    if merging.faults.is_empty() {
        Ok(())
    } else {
        Err(Refusal::Conflicts(merging.faults))
    }
}

/// A field, and the type that it is selected from.
type Selected<'a> = (&'a Name, &'a Node<Field>);

struct Merging<'a> {
    schema: &'a Schema,
    document: &'a ExecutableDocument,
    faults: Faults,
    /// Sets that were merged before, by their addresses.
    seen: HashSet<Vec<*const SelectionSet>>,
    left: usize,
}

impl<'a> Merging<'a> {
    /// Compares what the sets select together. None when the budget is spent.
    fn merge(&mut self, sets: Vec<&'a SelectionSet>) -> Option<()> {
        let addresses = sets.iter().map(|set| std::ptr::from_ref(*set)).collect();
        if !self.seen.insert(addresses) {
            return Some(());
        }
        let mut by_key: IndexMap<&Name, Vec<Selected<'a>>> = IndexMap::default();
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

    fn expand(&mut self, sets: Vec<&'a SelectionSet>) -> Option<Vec<Selected<'a>>> {
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

    /// Groups of fields that one object may answer: those of one object type, each with those of all interfaces and unions.
    fn overlapping(&self, fields: &[Selected<'a>]) -> Vec<Vec<Selected<'a>>> {
        let is_object =
            |(of, _): &Selected<'_>| matches!(self.schema.types.get(*of), Some(ExtendedType::Object(_)));
        let (objects, others): (Vec<_>, Vec<_>) = fields.iter().copied().partition(is_object);
        let mut groups: IndexMap<&Name, Vec<Selected<'a>>> = IndexMap::default();
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

    fn compare(&mut self, group: &[Selected<'a>]) {
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
                    "`{key}` is selected twice with another `{argument}`; give one of the two an alias"
                );
                self.faults.push(message, other.location());
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
