//! Validation of a request before it is executed: it is parsed, checked against the limits, validated, and
//! its variables are coerced. The result is an operation without variables and directives. Every problem is a
//! request error: then nothing is executed.
//!
//! `apollo-compiler` parses and validates. Where its validation is wrong, or knows less than this schema, a
//! check of this module runs first: [`document_values`] for values and variables, [`merging`] for selections
//! of one response key.

mod document_values;
mod introspection;
mod introspection_size;
mod invalid_variables;
mod leaf;
mod line_index;
mod literal;
mod merging;
mod request_errors;
mod sent_variables;
mod translate;
mod value_path;
mod variables;

use std::sync::{Arc, LazyLock};

use apollo_compiler::ast::{Definition, Document};
use apollo_compiler::collections::HashMap;
use apollo_compiler::executable::{ExecutableDocument, Operation};
use apollo_compiler::parser::Parser;
use apollo_compiler::response::JsonMap;
use apollo_compiler::schema::Implementers;
use apollo_compiler::validation::Valid;
use apollo_compiler::{Name, Node, Schema};
use async_graphql::indexmap::IndexMap;
use async_graphql::parser::types as graphql;
use async_graphql::{Name as GraphqlName, ServerError, Value};
use serde_json::Map;

use std::collections::HashSet;

pub(super) use self::invalid_variables::PartialBatch;
use self::line_index::LineIndex;
use self::literal::CoercedVariables;
use self::merging::MergeError;
use self::sent_variables::DeclaredVariables;
pub use self::sent_variables::SentVariables;
use super::cost::FieldCosts;
use super::document_text;
use super::errors::Failure;
use super::limits::{self, DocumentLimits, DocumentRules};
use crate::model::memory::Account;

/// Bytes of memory for each byte of a document while it is parsed, compiled and validated.
const CHECKED_PER_BYTE: u64 = 300;
/// Bytes of memory for each byte of a document in the translated document, until it is executed.
const KEPT_PER_BYTE: u64 = 30;

/// Maximum depth of recursion of the parser. The nesting of brackets is checked against a lower limit first.
const RECURSION_MAX: usize = 500;

/// The validator that a request passes before it is executed.
pub(super) struct RequestValidator {
    limits: DocumentLimits,
    /// Whether introspection is allowed. If not, messages do not name types and fields of the schema either.
    introspection: bool,
}

/// The schema that requests are validated against.
struct ValidSchema {
    schema: Valid<Schema>,
    implementers: HashMap<Name, Implementers>,
    costs: FieldCosts,
}

/// The schema of the program; if it cannot be parsed, every request fails.
static SCHEMA: LazyLock<Result<ValidSchema, String>> =
    LazyLock::new(|| ValidSchema::parse(&super::schema::sdl()));

/// A request as it was sent.
pub(super) struct RawRequest<'a> {
    pub(super) query: &'a str,
    pub(super) operation_name: Option<&'a str>,
    pub(super) variables: SentVariables,
    /// The account that pays for the memory of the request.
    pub(super) account: &'a Account,
}

/// A request that passed validation.
pub(super) struct ValidRequest {
    pub(super) document: graphql::ExecutableDocument,
    pub(super) kind: graphql::OperationType,
    pub(super) variables: CoercedVariables,
    pub(super) introspection: Option<Introspection>,
    /// The batch of a mutation, if some of its items could not be coerced: then the others are only checked,
    /// not written.
    pub(super) partial_batch: Option<Arc<PartialBatch>>,
}

/// The introspection fields of a query.
#[derive(Clone)]
pub(super) struct Introspection {
    document: ExecutableDocument,
    operation: Node<Operation>,
    variables: Valid<JsonMap>,
}

/// The errors of a request that is not executed.
type Errors = Vec<ServerError>;

impl RequestValidator {
    pub(super) fn new(limits: DocumentLimits, introspection: bool) -> Self {
        Self {
            limits,
            introspection,
        }
    }

    /// Validates a request.
    pub(super) fn validate(&self, request: RawRequest<'_>) -> Result<ValidRequest, Errors> {
        let schema = schema()?;
        let RawRequest {
            query,
            operation_name,
            variables,
            account,
        } = request;
        // The memory for validation is released at the end of this function; that of the document to execute is kept.
        let length = query.len() as u64;
        let out_of_memory = |exhausted| vec![Failure::from(exhausted).into_request_error()];
        let _checking = account.hold(CHECKED_PER_BYTE * length).map_err(out_of_memory)?;
        account.keep(KEPT_PER_BYTE * length).map_err(out_of_memory)?;
        let (document, variables) = self.validate_document(schema, query, variables, account)?;
        let operation = select_operation(&document, operation_name)?;
        let coerced = variables::coerce(&schema.schema, operation, variables, self.introspection);
        let (partial_batch, variables) = match coerced {
            Ok(variables) => (None, variables),
            Err(errors) => {
                let invalid = errors.into_invalid(&document.sources);
                let (batch, variables) = invalid.into_batch(&document, operation)?;
                (Some(batch), variables)
            }
        };
        let lines = LineIndex::new(query);
        let translated = translate::translate(&schema.schema, &document, operation, &variables, &lines);
        let translated = translated.map_err(|errors| errors.into_errors(&document.sources))?;
        Ok(ValidRequest {
            kind: translate::kind(operation.operation_type),
            introspection: introspection_of(&document, operation, &variables),
            document: translated,
            variables,
            partial_batch,
        })
    }

    /// The document, if it is valid whatever the values of its variables, and the values sent for the variables that it
    /// declares.
    fn validate_document(
        &self,
        schema: &ValidSchema,
        query: &str,
        sent: SentVariables,
        account: &Account,
    ) -> Result<(ExecutableDocument, Map<String, serde_json::Value>), Errors> {
        let rejection = |failure: Failure| vec![failure.into_request_error()];
        let text = document_text::prepare(query, &self.limits).map_err(rejection)?;
        let mut parser = Parser::new().recursion_limit(RECURSION_MAX);
        let parsed = parser.parse_ast(text, "request");
        let parsed = parsed.map_err(|invalid| {
            request_errors::from_diagnostics(&invalid.errors)
                .into_iter()
                .take(1)
                .collect::<Errors>()
        })?;
        let DeclaredVariables { values, undeclared } =
            sent.read(&declared(&parsed), account).map_err(rejection)?;
        let rules = DocumentRules {
            schema: &schema.schema,
            costs: &schema.costs,
            limits: &self.limits,
            introspection: self.introspection,
        };
        limits::check_document(&parsed, &values, &rules).map_err(rejection)?;
        let document = parsed.to_executable(&schema.schema);
        let document = document.map_err(|invalid| request_errors::from_diagnostics(&invalid.errors))?;
        let sources = document.sources.clone();
        document_values::check(&schema.schema, &document, self.introspection)
            .map_err(|errors| errors.into_errors(&sources))?;
        merging::check(&schema.schema, &document).map_err(|error| match error {
            MergeError::Conflicts(errors) => errors.into_errors(&sources),
            MergeError::TooMuchWork => rejection(Failure::limit(
                "too many selections share one response key; give them aliases, or split the request",
            )),
        })?;
        let valid = document.validate(&schema.schema);
        let valid = valid
            .map(Valid::into_inner)
            .map_err(|invalid| request_errors::from_diagnostics(&invalid.errors))?;
        // Last, so that errors of the document come before it.
        match undeclared {
            None => Ok((valid, values)),
            Some(name) => Err(request_errors::without_location(format!(
                "variables: no operation of the document declares `${}`; declare it, or leave it out",
                literal::truncated(&name)
            ))),
        }
    }

    /// The values of introspection fields, by response key.
    pub(super) fn introspect(
        introspection: &Introspection,
        account: &Account,
    ) -> Option<IndexMap<GraphqlName, Value>> {
        let ValidSchema {
            schema, implementers, ..
        } = schema().ok()?;
        introspection::execute(schema, implementers, introspection, account)
    }
}

impl ValidSchema {
    fn parse(sdl: &str) -> Result<Self, String> {
        let mut schema = Schema::parse(sdl, "schema.graphql").map_err(|error| error.errors.to_string())?;
        introspection::add_is_one_of(&mut schema);
        let schema = schema.validate().map_err(|error| error.errors.to_string())?;
        Ok(Self {
            implementers: schema.implementers_map(),
            costs: FieldCosts::read(&schema)?,
            schema,
        })
    }
}

/// The schema, or the error of every request if it is not valid.
fn schema() -> Result<&'static ValidSchema, Errors> {
    let schema = SCHEMA.as_ref();
    schema.map_err(|error| vec![Failure::internal(&format!("the schema: {error}")).into_request_error()])
}

/// The names of the variables that the operations of a document declare.
fn declared(document: &Document) -> HashSet<&str> {
    let operations = document.definitions.iter().filter_map(|one| match one {
        Definition::OperationDefinition(operation) => Some(&operation.variables),
        _ => None,
    });
    let variables = operations.flatten();
    variables.map(|variable| variable.name.as_str()).collect()
}

/// The introspection fields of an operation, with what they need to be executed; `None` if it has none.
fn introspection_of(
    document: &ExecutableDocument,
    operation: &Node<Operation>,
    variables: &CoercedVariables,
) -> Option<Introspection> {
    let mut fields = operation.root_fields(document);
    if !operation.is_query() || !fields.any(|field| introspection::is_field(&field.name)) {
        return None;
    }
    let json = variables.iter().map(|(name, value)| {
        let value = value.clone().into_json().unwrap_or_default();
        (name.as_str().into(), value.into())
    });
    Some(Introspection {
        document: document.clone(),
        operation: operation.clone(),
        variables: Valid::assume_valid(json.collect()),
    })
}

/// The operation to execute: the named one, or else the only one (`GetOperation` of the specification).
fn select_operation<'a>(
    document: &'a ExecutableDocument,
    name: Option<&str>,
) -> Result<&'a Node<Operation>, Errors> {
    let operations = &document.operations;
    let chosen = operations.get(name);
    chosen.map_err(|_| {
        let names: Vec<&str> = operations.named.keys().map(Name::as_str).collect();
        let hint = match names.as_slice() {
            [] => "its only operation has no name, so leave out `operationName`".to_string(),
            names => format!("its operations are {}", names.join(", ")),
        };
        request_errors::without_location(match name {
            Some(name) => format!(
                "the document has no operation `{}`; {hint}",
                literal::truncated(name)
            ),
            None if operations.is_empty() => {
                "the document has no operation; write one, such as `{ revision }`".to_string()
            }
            None => format!("the document has several operations; name one in `operationName`: {hint}"),
        })
    })
}
