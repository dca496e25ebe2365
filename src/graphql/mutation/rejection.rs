//! The error of a write that was rejected, with its problems.

use crate::graphql::errors::{ErrorCode, Failure};
use crate::graphql::inputs::write::{DraftLocation, InputProblem};
use crate::service::write::{ProblemCause, WriteProblem};

/// Number of problems that an error lists.
const LISTED_MAX: usize = 100;

/// The error of a write that was rejected, with the first problem in its message and all of them in its extensions.
/// `service_problems` are the problems that the service found, `all` the problems of the input.
pub(super) fn rejection(service_problems: &[WriteProblem], all: &[InputProblem]) -> Failure {
    let is_every = |cause: ProblemCause| {
        service_problems.len() == all.len() && service_problems.iter().all(|problem| problem.cause == cause)
    };
    let code = if is_every(ProblemCause::Unknown) {
        ErrorCode::NotFound
    } else if service_problems
        .iter()
        .any(|problem| problem.cause == ProblemCause::Forbidden)
    {
        ErrorCode::Forbidden
    } else {
        ErrorCode::BadUserInput
    };
    let first = all.first().map(InputProblem::message).unwrap_or_default();
    let message = match all.len() {
        0 | 1 => format!("nothing was written: {first}"),
        count => {
            format!("nothing was written: {count} problems, all in `extensions.problems`; the first: {first}")
        }
    };
    let listed = all.iter().take(LISTED_MAX).map(InputProblem::to_value).collect();
    Failure::new(code, message).with_problems(listed, all.len())
}

/// The error of a write that the service rejected, given the locations of its drafts.
pub(super) fn rejection_of_drafts(problems: &[WriteProblem], locations: &[DraftLocation]) -> Failure {
    let converted: Vec<InputProblem> = problems
        .iter()
        .map(|problem| InputProblem::from_service(problem, locations))
        .collect();
    rejection(problems, &converted)
}
