//! Variables of which some could not be coerced: their problems, and the values that could be coerced. A batch of records
//! is then still checked, so that one response reports all its problems; nothing of it is written.

use std::collections::BTreeMap;
use std::sync::Arc;

use apollo_compiler::Node;
use apollo_compiler::executable::{ExecutableDocument, Operation, Value};
use async_graphql::{ServerError, Value as Coerced};

use super::literal::CoercedVariables;
use crate::graphql::errors::ErrorCode;
use crate::graphql::inputs::write::InputProblem;
use crate::graphql::response::GraphqlResponse;

/// The fields that take a batch, each with its argument. They check a batch without writing it if part of it could not be
/// coerced.
const BATCHES: [(&str, &str); 6] = [
    ("upsertSources", "input"),
    ("upsertEntities", "input"),
    ("upsertRelations", "input"),
    ("upsertObservations", "input"),
    ("upsertRules", "input"),
    ("addStatements", "statements"),
];
/// Number of problems that a response lists.
const LISTED_MAX: usize = 100;

/// The variables of an operation, of which some could not be coerced.
pub(super) struct InvalidVariables {
    /// The errors of the request.
    pub(super) errors: Vec<ServerError>,
    /// The problems, up to a number that no response lists.
    pub(super) problems: Vec<InputProblem>,
    /// The number of problems beyond those.
    pub(super) omitted: usize,
    /// The one variable, a list, of which items could not be coerced; none if there are other problems.
    pub(super) list: Option<InvalidItems>,
    /// The variables that could be coerced, without those items.
    pub(super) coerced: CoercedVariables,
}

/// Items of a variable that could not be coerced: by their index, each with its id if it has one.
pub(super) struct InvalidItems {
    pub(super) variable: String,
    pub(super) items: BTreeMap<usize, Option<String>>,
}

/// A batch of which some items could not be coerced.
#[derive(Debug)]
pub(in crate::graphql) struct PartialBatch {
    errors: Vec<ServerError>,
    problems: Vec<InputProblem>,
    omitted: usize,
    items: BTreeMap<usize, Option<String>>,
}

impl InvalidVariables {
    /// The errors of the request; the first has all problems in its extensions.
    pub(super) fn into_errors(self) -> Vec<ServerError> {
        with_problems(self.errors, &self.problems, self.omitted)
    }

    /// The batch to check without the items that could not be coerced, if the only field of the operation takes them as a
    /// batch; otherwise the errors of the request.
    pub(super) fn into_batch(
        self,
        document: &ExecutableDocument,
        operation: &Operation,
    ) -> Result<(Arc<PartialBatch>, CoercedVariables), Vec<ServerError>> {
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
                    mut problems,
                    omitted,
                    list: Some(InvalidItems { variable, items }),
                    coerced,
                },
            ) => {
                for problem in &mut problems {
                    if let Some(steps) = problem.path.strip_prefix(&variable) {
                        problem.path = format!("{argument}{steps}");
                    }
                }
                let batch = PartialBatch {
                    errors,
                    problems,
                    omitted,
                    items,
                };
                Ok((Arc::new(batch), coerced))
            }
            (_, invalid) => Err(invalid.into_errors()),
        }
    }
}

impl PartialBatch {
    /// The problems of the items that could not be coerced.
    pub(in crate::graphql) fn problems(&self) -> &[InputProblem] {
        &self.problems
    }

    /// The ids of the items that could not be coerced.
    pub(in crate::graphql) fn ids(&self) -> impl Iterator<Item = &String> {
        self.items.values().flatten()
    }

    /// The indexes, in the list that was sent, of the items that could be coerced.
    pub(in crate::graphql) fn indexes(&self) -> impl Iterator<Item = usize> {
        (0..).filter(|index| !self.items.contains_key(index))
    }

    /// The response: the errors of the request, together with those found by the check of the remaining items.
    pub(in crate::graphql) fn rejection(&self, checked: GraphqlResponse) -> GraphqlResponse {
        let errors = self.errors.clone();
        let found = checked.response.errors.into_iter().next();
        let Some(mut found) = found.filter(|found| {
            let code = found
                .extensions
                .as_ref()
                .and_then(|extensions| extensions.get("code"));
            // A client that may not write gets only the errors of the request, as for any other request.
            let hidden =
                [ErrorCode::Forbidden, ErrorCode::Unauthenticated].map(|code| Coerced::from(code.as_str()));
            code.is_none_or(|code| !hidden.contains(code))
        }) else {
            return GraphqlResponse::rejection(with_problems(errors, &self.problems, self.omitted));
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
            let mut all = with_problems(errors, &self.problems, self.omitted);
            all.push(found);
            return GraphqlResponse::rejection(all);
        };
        let mut all = errors;
        if let Some(first) = all.first_mut() {
            let extensions = first.extensions.get_or_insert_default();
            extensions.set("problems", problems);
            extensions.set("problemCount", count.saturating_add(self.omitted as u64));
        }
        // The check found further problems.
        if count > self.problems.len() as u64 {
            all.push(found);
        }
        GraphqlResponse::rejection(all)
    }
}

/// The errors, with all problems in the extensions of the first.
fn with_problems(
    mut errors: Vec<ServerError>,
    problems: &[InputProblem],
    omitted: usize,
) -> Vec<ServerError> {
    if let Some(first) = errors.first_mut() {
        let extensions = first.extensions.get_or_insert_default();
        let listed = problems
            .iter()
            .take(LISTED_MAX)
            .map(InputProblem::to_value)
            .collect();
        extensions.set("problems", Coerced::List(listed));
        extensions.set("problemCount", problems.len() + omitted);
    }
    errors
}
