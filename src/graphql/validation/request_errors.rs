//! Errors that are found in a request before it is executed.

use apollo_compiler::parser::{SourceMap, SourceSpan};
use apollo_compiler::validation::DiagnosticList;
use async_graphql::{Pos, ServerError};

use crate::graphql::errors::Failure;

/// Number of errors that one response reports.
const REPORTED_MAX: usize = 20;

/// The errors found so far, each with its location in the document.
#[derive(Default)]
pub(super) struct RequestErrors(Vec<(String, Option<SourceSpan>)>);

impl RequestErrors {
    pub(super) fn push(&mut self, message: String, at: Option<SourceSpan>) {
        if self.0.len() < REPORTED_MAX {
            self.0.push((message, at));
        }
    }

    pub(super) fn extend(&mut self, other: Self) {
        for (message, at) in other.0 {
            self.push(message, at);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The errors of the response, each with its line and column.
    pub(super) fn into_errors(self, sources: &SourceMap) -> Vec<ServerError> {
        let error = |(message, at): (String, Option<SourceSpan>)| {
            let place = at.and_then(|at| at.line_column(sources));
            error(message, place.map(|place| (place.line, place.column).into()))
        };
        self.0.into_iter().map(error).collect()
    }
}

/// The errors of the response for the diagnostics of the compiler.
pub(super) fn from_diagnostics(diagnostics: &DiagnosticList) -> Vec<ServerError> {
    let errors = diagnostics.iter().take(REPORTED_MAX).map(|diagnostic| {
        let place = diagnostic.line_column_range().map(|range| range.start);
        let place = place.map(|place| (place.line, place.column).into());
        error(diagnostic.error.to_string(), place)
    });
    errors.collect()
}

/// The errors of the response for one error without a location.
pub(super) fn without_location(message: impl Into<String>) -> Vec<ServerError> {
    vec![error(message.into(), None)]
}

fn error(message: String, place: Option<Pos>) -> ServerError {
    let mut error = Failure::input(message).into_request_error();
    error.locations.extend(place);
    error
}
