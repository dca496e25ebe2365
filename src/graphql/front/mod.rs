//! Everything that happens to a request before it is executed: it is read, held against the limits, validated, and its variables
//! are coerced. What comes out is an operation without variables and directives; whatever is wrong is a request error, and
//! nothing is executed.
//!
//! The compiler of `apollo-compiler` reads and validates. Where it is wrong, or knows less than this schema, a walk of our own
//! comes before it: [`walk`] for values and variables, [`merging`] for selections of one response key.

mod fault;
mod introspection;
mod introspection_size;
mod leaf;
mod lines;
mod literal;
mod merging;
mod misread;
mod path;
mod sent;
mod translate;
mod variables;
mod walk;

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

use self::lines::Lines;
use self::literal::Variables;
use self::merging::Refusal;
pub(super) use self::misread::UnreadBatch;
pub use self::sent::SentVariables;
use self::sent::Variables as ReadVariables;
use super::errors::Failure;
use super::limits::{self, DocumentLimits};
use super::text;
use crate::model::memory::Account;

/// Bytes that a byte of a document takes up while it is checked: it is parsed, compiled and validated.
const CHECKED_PER_BYTE: u64 = 300;
/// Bytes that a byte of a document takes up as what is executed.
const KEPT_PER_BYTE: u64 = 30;

/// Depth up to which the parser recurses; the nesting of brackets is held against a lower limit before.
const RECURSION_MAX: usize = 500;

/// What a request must pass before it is executed.
pub(super) struct Front {
    limits: DocumentLimits,
    introspection: bool,
}

/// The schema, as requests are held against it.
struct Known {
    schema: Valid<Schema>,
    implementers: HashMap<Name, Implementers>,
}

/// It is the program's, so one for all; a schema that cannot be read is told with each request.
static KNOWN: LazyLock<Result<Known, String>> = LazyLock::new(|| Known::read(&super::schema::sdl()));

/// A request as it came.
pub(super) struct Sent<'a> {
    pub(super) query: &'a str,
    pub(super) operation_name: Option<&'a str>,
    pub(super) variables: SentVariables,
    /// What is charged for what the request becomes.
    pub(super) account: &'a Account,
}

/// A request that may be executed.
pub(super) struct Checked {
    pub(super) document: graphql::ExecutableDocument,
    pub(super) kind: graphql::OperationType,
    pub(super) variables: Variables,
    pub(super) introspection: Option<Introspection>,
    /// What could not be read of a batch: the rest is to be checked, and nothing written.
    pub(super) unread: Option<Arc<UnreadBatch>>,
}

/// The part of a query that asks for the schema.
#[derive(Clone)]
pub(super) struct Introspection {
    document: ExecutableDocument,
    operation: Node<Operation>,
    variables: Valid<JsonMap>,
}

type Errors = Vec<ServerError>;

impl Front {
    pub(super) fn new(limits: DocumentLimits, introspection: bool) -> Self {
        Self {
            limits,
            introspection,
        }
    }

    /// Takes a request through all checks.
    pub(super) fn check(&self, sent: Sent<'_>) -> Result<Checked, Errors> {
        let known = known()?;
        let Sent {
            query,
            operation_name,
            variables,
            account,
        } = sent;
        // All that becomes of a document while it is checked, given back when that is done; what is executed is kept.
        let length = query.len() as u64;
        let exhausted = |exhausted| vec![Failure::from(exhausted).of_request()];
        let _checking = account.hold(CHECKED_PER_BYTE * length).map_err(exhausted)?;
        account.keep(KEPT_PER_BYTE * length).map_err(exhausted)?;
        let (document, variables) = self.validate(known, query, variables, account)?;
        let operation = choose(&document, operation_name)?;
        let coerced = variables::coerce(&known.schema, operation, variables, self.introspection);
        let (unread, variables) = match coerced {
            Ok(variables) => (None, variables),
            Err(uncoerced) => {
                let misread = uncoerced.misread(&document.sources);
                let (batch, variables) = misread.into_batch(&document, operation)?;
                (Some(batch), variables)
            }
        };
        let lines = Lines::of(query);
        let translated = translate::translate(&known.schema, &document, operation, &variables, &lines);
        let translated = translated.map_err(|faults| faults.into_errors(&document.sources))?;
        Ok(Checked {
            kind: translate::kind(operation.operation_type),
            introspection: introspection_of(&document, operation, &variables),
            document: translated,
            variables,
            unread,
        })
    }

    /// The document, where it is valid whatever its variables are.
    fn validate(
        &self,
        known: &Known,
        query: &str,
        sent: SentVariables,
        account: &Account,
    ) -> Result<(ExecutableDocument, Map<String, serde_json::Value>), Errors> {
        let refuse = |failure: Failure| vec![failure.of_request()];
        let text = text::prepare(query, &self.limits).map_err(refuse)?;
        let mut parser = Parser::new().recursion_limit(RECURSION_MAX);
        let parsed = parser.parse_ast(text, "request");
        let parsed = parsed.map_err(|wrong| {
            fault::errors(&wrong.errors)
                .into_iter()
                .take(1)
                .collect::<Errors>()
        })?;
        let ReadVariables { values, undeclared } = sent.read(&declared(&parsed), account).map_err(refuse)?;
        limits::check_document(&parsed, &values, &self.limits, self.introspection).map_err(refuse)?;
        let document = parsed.to_executable(&known.schema);
        let document = document.map_err(|wrong| fault::errors(&wrong.errors))?;
        let sources = document.sources.clone();
        walk::check(&known.schema, &document, self.introspection)
            .map_err(|faults| faults.into_errors(&sources))?;
        merging::check(&known.schema, &document).map_err(|refusal| match refusal {
            Refusal::Conflicts(faults) => faults.into_errors(&sources),
            Refusal::TooMuchWork => refuse(Failure::limit(
                "too many selections share one response key; give them aliases, or ask in several requests",
            )),
        })?;
        let valid = document.validate(&known.schema);
        let valid = valid
            .map(Valid::into_inner)
            .map_err(|wrong| fault::errors(&wrong.errors))?;
        match undeclared {
            None => Ok((valid, values)),
            Some(name) => Err(fault::whole(format!(
                "variables: no operation of the document declares `${}`; declare it, or leave it out",
                literal::cut(&name)
            ))),
        }
    }

    /// The answer to an introspection, by response key.
    pub(super) fn introspect(
        asked: &Introspection,
        account: &Account,
    ) -> Option<IndexMap<GraphqlName, Value>> {
        let Known { schema, implementers } = known().ok()?;
        introspection::answer(schema, implementers, asked, account)
    }
}

impl Known {
    fn read(sdl: &str) -> Result<Self, String> {
        let mut schema = Schema::parse(sdl, "schema.graphql").map_err(|wrong| wrong.errors.to_string())?;
        introspection::complete(&mut schema);
        let schema = schema.validate().map_err(|wrong| wrong.errors.to_string())?;
        Ok(Self {
            implementers: schema.implementers_map(),
            schema,
        })
    }
}

fn known() -> Result<&'static Known, Errors> {
    let known = KNOWN.as_ref();
    known.map_err(|wrong| vec![Failure::fault(&format!("the schema: {wrong}")).of_request()])
}

/// The names of the variables that some operation of a document declares.
fn declared(document: &Document) -> HashSet<&str> {
    let operations = document.definitions.iter().filter_map(|one| match one {
        Definition::OperationDefinition(operation) => Some(&operation.variables),
        _ => None,
    });
    let variables = operations.flatten();
    variables.map(|variable| variable.name.as_str()).collect()
}

fn introspection_of(
    document: &ExecutableDocument,
    operation: &Node<Operation>,
    variables: &Variables,
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

/// The operation to execute (`GetOperation` of the specification).
fn choose<'a>(document: &'a ExecutableDocument, name: Option<&str>) -> Result<&'a Node<Operation>, Errors> {
    let operations = &document.operations;
    let chosen = operations.get(name);
    chosen.map_err(|_| {
        let names: Vec<&str> = operations.named.keys().map(Name::as_str).collect();
        let there = match names.as_slice() {
            [] => "its one operation has no name, so leave `operationName` out".to_string(),
            names => format!("its operations are {}", names.join(", ")),
        };
        fault::whole(match name {
            Some(name) => format!("the document has no operation `{}`; {there}", literal::cut(name)),
            None if operations.is_empty() => {
                "the document has no operation; write one, such as `{ revision }`".to_string()
            }
            None => format!("the document has several operations; name one in `operationName`: {there}"),
        })
    })
}
