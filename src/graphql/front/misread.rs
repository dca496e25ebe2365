//! Variables that could not be read: all that is wrong with them, and what could be read all the same. A batch of records is then
//! still checked, so that one answer says everything that is wrong with it; nothing of it is written.

use std::collections::BTreeMap;
use std::sync::Arc;

use apollo_compiler::Node;
use apollo_compiler::executable::{ExecutableDocument, Operation, Value};
use async_graphql::{ServerError, Value as Coerced};

use super::literal::Variables;
use crate::graphql::errors::Code;
use crate::graphql::inputs::write::Fault;
use crate::graphql::question::Answer;

/// The fields that take a batch, with the argument that it is. Each checks what it is given without writing it, where something
/// of it could not be read.
const BATCHES: [(&str, &str); 6] = [
    ("upsertSources", "input"),
    ("upsertEntities", "input"),
    ("upsertRelations", "input"),
    ("upsertObservations", "input"),
    ("upsertRules", "input"),
    ("addStatements", "statements"),
];
/// Problems that an answer lists.
const LISTED_MAX: usize = 100;

/// What became of the variables of an operation of which some could not be read.
pub(super) struct Misread {
    /// The errors of the request.
    pub(super) errors: Vec<ServerError>,
    /// What is wrong, up to a number that no answer lists.
    pub(super) faults: Vec<Fault>,
    /// How many more there are.
    pub(super) further: usize,
    /// The one variable, a list, of which items could not be read; none where anything else could not be.
    pub(super) list: Option<UnreadItems>,
    /// What could be read, without those items.
    pub(super) read: Variables,
}

/// Items of a variable that could not be read: by their place, each with its id where it has one.
pub(super) struct UnreadItems {
    pub(super) variable: String,
    pub(super) items: BTreeMap<usize, Option<String>>,
}

/// A batch of which some could not be read.
#[derive(Debug)]
pub(in crate::graphql) struct UnreadBatch {
    errors: Vec<ServerError>,
    faults: Vec<Fault>,
    further: usize,
    items: BTreeMap<usize, Option<String>>,
}

impl Misread {
    /// The errors of the request, with all problems listed beside the first.
    pub(super) fn into_errors(self) -> Vec<ServerError> {
        listed(self.errors, &self.faults, self.further)
    }

    /// What is to be checked still: where the operation has one field, which takes the items that could not be read as a batch.
    pub(super) fn into_batch(
        self,
        document: &ExecutableDocument,
        operation: &Operation,
    ) -> Result<(Arc<UnreadBatch>, Variables), Vec<ServerError>> {
        let argument = self.list.as_ref().and_then(|list| {
            let mut fields = operation.root_fields(document);
            let (field, None) = (fields.next()?, fields.next()) else {
                return None;
            };
            let (_, argument) = BATCHES.iter().find(|(name, _)| field.name == *name)?;
            let given = field.arguments.iter().find(|given| given.name == *argument)?;
            let is_list =
                |value: &Node<Value>| matches!(&**value, Value::Variable(name) if **name == *list.variable);
            is_list(&given.value).then_some(*argument)
        });
        match (argument, self) {
            (
                Some(argument),
                Self {
                    errors,
                    mut faults,
                    further,
                    list: Some(UnreadItems { variable, items }),
                    read,
                },
            ) => {
                for fault in &mut faults {
                    if let Some(steps) = fault.path.strip_prefix(&variable) {
                        fault.path = format!("{argument}{steps}");
                    }
                }
                let batch = UnreadBatch {
                    errors,
                    faults,
                    further,
                    items,
                };
                Ok((Arc::new(batch), read))
            }
            (_, misread) => Err(misread.into_errors()),
        }
    }
}

impl UnreadBatch {
    /// What could not be read, by its path.
    pub(in crate::graphql) fn faults(&self) -> &[Fault] {
        &self.faults
    }

    /// The ids of what could not be read.
    pub(in crate::graphql) fn ids(&self) -> impl Iterator<Item = &String> {
        self.items.values().flatten()
    }

    /// The places in what was sent of the items that could be read.
    pub(in crate::graphql) fn places(&self) -> impl Iterator<Item = usize> {
        (0..).filter(|place| !self.items.contains_key(place))
    }

    /// The answer: the errors of the request, with what the check of the rest found.
    pub(in crate::graphql) fn refusal(&self, checked: Answer) -> Answer {
        let errors = self.errors.clone();
        let found = checked.response.errors.into_iter().next();
        let Some(mut found) = found.filter(|found| {
            let code = found
                .extensions
                .as_ref()
                .and_then(|extensions| extensions.get("code"));
            // Who may not write is told what is wrong with the request alone, as whoever sends any other.
            let hidden = [Code::Forbidden, Code::Unauthenticated].map(|code| Coerced::from(code.as_str()));
            code.is_none_or(|code| !hidden.contains(code))
        }) else {
            return Answer::refusal(listed(errors, &self.faults, self.further));
        };
        found.path.clear();
        let problems = found.extensions.as_mut().and_then(|extensions| {
            let listed = (
                extensions.get("problems").cloned(),
                extensions.get("problemCount").cloned(),
            );
            extensions.unset("problems");
            extensions.unset("problemCount");
            match listed {
                (Some(problems), Some(Coerced::Number(count))) => Some((problems, count.as_u64()?)),
                _ => None,
            }
        });
        let Some((problems, count)) = problems else {
            let mut all = listed(errors, &self.faults, self.further);
            all.push(found);
            return Answer::refusal(all);
        };
        let mut all = errors;
        if let Some(first) = all.first_mut() {
            let extensions = first.extensions.get_or_insert_default();
            extensions.set("problems", problems);
            extensions.set("problemCount", count.saturating_add(self.further as u64));
        }
        // More than could not be read is wrong.
        if count > self.faults.len() as u64 {
            all.push(found);
        }
        Answer::refusal(all)
    }
}

/// The errors with all problems beside the first.
fn listed(mut errors: Vec<ServerError>, faults: &[Fault], further: usize) -> Vec<ServerError> {
    if let Some(first) = errors.first_mut() {
        let extensions = first.extensions.get_or_insert_default();
        let problems = faults.iter().take(LISTED_MAX).map(Fault::to_value).collect();
        extensions.set("problems", Coerced::List(problems));
        extensions.set("problemCount", faults.len() + further);
    }
    errors
}
