//! Limits on a document, checked before it is validated.
//!
//! The limits of `async-graphql` walk a fragment again at each spread, so that a document of a few hundred
//! bytes can take hours. Here each fragment is measured once, and its size is added at each spread: the work
//! is linear in the size of the document, and sums saturate instead of overflowing.
//!
//! The walk knows the type of each selection, so a field costs what its own type declares ([`super::cost`]). Since
//! validation comes later, a type or field may be unknown: such a field counts as 1, like an ordinary one. That
//! is enough, because validation then rejects the document; only what validation itself costs (fields, fragments,
//! depth) must be limited whether or not names are known, and does not depend on types.

use std::collections::HashMap;

use apollo_compiler::ast::{
    Definition, Document, Field, FieldDefinition, FragmentDefinition, OperationDefinition, Selection, Value,
};
use apollo_compiler::{Name, Schema};
use serde_json::{Map, Value as Json};

use super::cost::{FieldCost, FieldCosts};
pub use super::document_limits::DocumentLimits;
use super::errors::{ErrorCode, Failure, Result};
use super::selection_size::SelectionSize;
use crate::model::page::PAGE_DEFAULT;

/// Assumed number of rows of a nested connection without `first` or `last`, instead of the default page: most
/// entities have few relations, and the rows that are really read have a limit of their own.
const NESTED_PAGE: u64 = 25;

/// Maximum number of operations in a document: each is validated with all the fragments that it spreads.
const OPERATIONS_MAX: usize = 20;
/// Maximum number of fragment spreads in an operation and its fragments: validation searches for cycles from
/// each of them.
const SPREADS_MAX: u64 = 2_000;
/// Maximum nesting of fragments: every walk over a document recurses into them.
const FRAGMENT_NESTING_MAX: usize = 250;

/// What a document is checked against.
pub(super) struct DocumentRules<'a> {
    /// The schema, which gives the type of each selection.
    pub(super) schema: &'a Schema,
    /// The costs that its fields declare.
    pub(super) costs: &'a FieldCosts,
    pub(super) limits: &'a DocumentLimits,
    /// Whether introspection is allowed.
    pub(super) introspection: bool,
}

/// Checks a document against the limits. `variables` are as they were sent.
pub(super) fn check_document(
    document: &Document,
    variables: &Map<String, Json>,
    rules: &DocumentRules<'_>,
) -> Result<()> {
    let limits = rules.limits;
    let (mut operations, mut definitions) = (Vec::new(), HashMap::new());
    for definition in &document.definitions {
        match definition {
            Definition::OperationDefinition(operation) => operations.push(&**operation),
            Definition::FragmentDefinition(fragment) => {
                definitions.insert(fragment.name.as_str(), &**fragment);
            }
            // A definition of the type system, which validation rejects with its location.
            _ => {}
        }
    }
    if operations.len() > OPERATIONS_MAX {
        let found = operations.len();
        return Err(Failure::limit(format!(
            "operations in one document: {found}, at most {OPERATIONS_MAX} allowed; send only the one to execute"
        )));
    }
    let mut estimator = SizeEstimator {
        rules,
        definitions: &definitions,
        variables,
        operation: None,
        fragments: HashMap::new(),
        spreads: 0,
        fragment_nesting: 0,
    };
    for operation in operations {
        estimator.operation = Some(operation);
        // The cost of a fragment depends on the variables of the operation.
        estimator.fragments.clear();
        estimator.spreads = 0;
        let directives = operation.directives.len() as u64;
        let root = rules.schema.root_operation(operation.operation_type);
        let size = estimator.selections(&operation.selection_set, root.map(Name::as_str))?;
        check_size(
            &SelectionSize {
                directives: size.directives.saturating_add(directives),
                ..size
            },
            limits,
        )?;
        if estimator.spreads > SPREADS_MAX {
            let found = estimator.spreads;
            return Err(Failure::limit(format!(
                "fragment spreads: {found}, at most {SPREADS_MAX} allowed; split the request"
            )));
        }
    }
    // A fragment that no operation spreads is validated too, so that its size matters.
    for name in definitions.keys() {
        check_size(&estimator.fragment(name)?, limits)?;
    }
    Ok(())
}

fn check_size(size: &SelectionSize, limits: &DocumentLimits) -> Result<()> {
    let check = |what: &str, found: u64, max: u64, hint: &str| {
        if found <= max {
            Ok(())
        } else {
            Err(Failure::limit(format!(
                "{what}: {}, at most {max} allowed; {hint}",
                shown(found)
            )))
        }
    };
    check(
        "depth",
        size.depth as u64,
        limits.depth_max as u64,
        "request the deeper fields separately",
    )?;
    check(
        "selected fields, with fragments spread",
        size.fields,
        limits.fields_max,
        "split the request",
    )?;
    check(
        "aliases, with fragments spread",
        size.aliases,
        limits.aliases_max,
        "use `nodes(ids: …)` to read many records at once",
    )?;
    check(
        "directives, with fragments spread",
        size.directives,
        limits.directives_max,
        "split the request",
    )?;
    check(
        "nested lists in an introspection",
        size.introspection_nesting as u64,
        INTROSPECTION_NESTING_MAX,
        "fetch /schema.graphql",
    )?;
    check(
        "values that the answer may have",
        size.cost,
        limits.cost_max,
        "request smaller pages (`first`) of nested lists",
    )
}

/// A number as a message shows it; saturated sums are not exact.
fn shown(found: u64) -> String {
    if found == u64::MAX {
        "too many to count".into()
    } else {
        found.to_string()
    }
}

/// The type that an introspection walks.
const INTROSPECTED_TYPE: &str = "__Type";
/// Its list fields that lead to other types.
const INTROSPECTION_LISTS: [&str; 4] = ["fields", "interfaces", "possibleTypes", "inputFields"];
/// Maximum nesting of these lists; no client needs more.
const INTROSPECTION_NESTING_MAX: u64 = 2;

/// The arguments that limit the rows of a field, in every type.
const ROW_ARGUMENTS: [&str; 3] = ["first", "last", "maxEntities"];

/// Computes the size of selections, measuring each fragment once.
struct SizeEstimator<'a> {
    rules: &'a DocumentRules<'a>,
    definitions: &'a HashMap<&'a str, &'a FragmentDefinition>,
    variables: &'a Map<String, Json>,
    /// The operation that is being measured, for the default values of its variables.
    operation: Option<&'a OperationDefinition>,
    /// The size of each fragment; `None` while it is being measured, when a spread of it means a cycle.
    fragments: HashMap<&'a str, Option<SelectionSize>>,
    /// Number of fragment spreads found in the operation; those in a fragment count once.
    spreads: u64,
    /// Nesting of the fragments that are being measured.
    fragment_nesting: usize,
}

impl<'a> SizeEstimator<'a> {
    /// The size of selections on a type; `None` if the type is unknown.
    fn selections(&mut self, set: &'a [Selection], parent: Option<&'a str>) -> Result<SelectionSize> {
        let mut sum = SelectionSize::default();
        for selection in set {
            sum = sum.plus(self.selection(selection, parent)?);
        }
        Ok(sum)
    }

    fn selection(&mut self, selection: &'a Selection, parent: Option<&'a str>) -> Result<SelectionSize> {
        let (below, directives) = match selection {
            Selection::Field(field) => (self.field(field, parent)?, &field.directives),
            Selection::InlineFragment(inline) => {
                let parent = inline
                    .type_condition
                    .as_ref()
                    .map_or(parent, |on| Some(on.as_str()));
                (
                    self.selections(&inline.selection_set, parent)?,
                    &inline.directives,
                )
            }
            Selection::FragmentSpread(spread) => {
                self.spreads += 1;
                (self.fragment(&spread.fragment_name)?, &spread.directives)
            }
        };
        Ok(SelectionSize {
            directives: below.directives.saturating_add(directives.len() as u64),
            ..below
        })
    }

    fn field(&mut self, field: &'a Field, parent: Option<&'a str>) -> Result<SelectionSize> {
        let name = field.name.as_str();
        if (name == "__schema" || name == "__type") && !self.rules.introspection {
            return Err(Failure::new(
                ErrorCode::Forbidden,
                "introspection is disabled on this server",
            ));
        }
        let definition = parent.and_then(|of| self.rules.schema.type_field(of, name).ok());
        let returned = definition.map(|field| field.ty.inner_named_type().as_str());
        let below = self.selections(&field.selection_set, returned)?;
        let FieldCost { weight, assumed_size } =
            parent.map_or_else(FieldCost::default, |of| self.rules.costs.of(of, name));
        let list = RequestedList {
            field,
            defaults: definition
                .filter(|_| !self.is_connection(returned))
                .map(|definition| &***definition),
            assumed_size,
        };
        let rows = |default: u64| self.rows(&list, &below, default);
        // By name alone: in every type, these are the rows of the field above.
        let has_rows = name == "nodes" || name == "edges";
        let cost = |rows: u64, below: u64| below.saturating_mul(rows).saturating_add(weight);
        let below_cost = if has_rows { below.nested_cost } else { below.cost };
        Ok(SelectionSize {
            fields: below.fields.saturating_add(1),
            aliases: below.aliases.saturating_add(u64::from(field.alias.is_some())),
            directives: below.directives,
            cost: cost(rows(PAGE_DEFAULT as u64), below_cost),
            nested_cost: cost(rows(NESTED_PAGE), below.nested_cost),
            depth: below.depth + 1,
            introspection_nesting: below.introspection_nesting
                + usize::from(parent == Some(INTROSPECTED_TYPE) && INTROSPECTION_LISTS.contains(&name)),
            has_rows,
        }
        .exempt_introspection(name))
    }

    fn fragment(&mut self, name: &'a str) -> Result<SelectionSize> {
        let Some(fragment) = self.definitions.get(name) else {
            // Validation reports the unknown fragment with its location.
            return Ok(SelectionSize::default());
        };
        match self.fragments.get(name) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => {
                return Err(Failure::input(format!(
                    "the fragment `{name}` spreads itself; remove that spread"
                )));
            }
            None => {}
        }
        if self.fragment_nesting == FRAGMENT_NESTING_MAX {
            return Err(Failure::limit(format!(
                "fragments nest more than {FRAGMENT_NESTING_MAX} deep; inline some of them"
            )));
        }
        self.fragments.insert(name, None);
        self.fragment_nesting += 1;
        let size = self.selections(&fragment.selection_set, Some(fragment.type_condition.as_str()))?;
        self.fragment_nesting -= 1;
        let directives = fragment.directives.len() as u64;
        let size = SelectionSize {
            directives: size.directives.saturating_add(directives),
            ..size
        };
        self.fragments.insert(name, Some(size));
        Ok(size)
    }

    fn is_connection(&self, type_name: Option<&str>) -> bool {
        type_name.is_some_and(|of| self.rules.schema.type_field(of, "pageInfo").is_ok())
    }

    /// Number of rows that a field may return: for a connection, the requested page or `default`; for another list, the number that
    /// an argument gives or has as its default, the number of ids, or the assumed size.
    fn rows(&self, list: &RequestedList<'a>, below: &SelectionSize, default: u64) -> u64 {
        let given = |argument: &str| self.int_argument(list.field, argument);
        let length = |argument: &str| self.list_length(list.field, argument);
        let requested = ROW_ARGUMENTS.iter().find_map(|argument| given(argument));
        if below.has_rows {
            // The result of an upsert has `nodes` too, one for each item of `input`.
            return requested.or_else(|| length("input")).unwrap_or(default).max(1);
        }
        let defaults = || {
            ROW_ARGUMENTS
                .iter()
                .find_map(|argument| list.default_of(argument))
        };
        let ids = length("ids").unwrap_or(list.assumed_size);
        requested.or_else(defaults).unwrap_or(1).max(ids).max(1)
    }

    /// The value of an integer argument.
    fn int_argument(&self, field: &'a Field, argument: &str) -> Option<u64> {
        match self.argument_value(field, argument)? {
            ArgumentValue::Variable(sent) => sent.as_u64(),
            ArgumentValue::Literal(Value::Int(number)) => number.as_str().parse().ok(),
            ArgumentValue::Literal(_) => None,
        }
    }

    /// The number of items of a list argument.
    fn list_length(&self, field: &'a Field, argument: &str) -> Option<u64> {
        let items = match self.argument_value(field, argument)? {
            ArgumentValue::Variable(sent) => sent.as_array()?.len(),
            ArgumentValue::Literal(written) => written.as_list()?.len(),
        };
        Some(items as u64)
    }

    /// The value of an argument. A variable is replaced by the value sent for it, or else by its default.
    fn argument_value(&self, field: &'a Field, argument: &str) -> Option<ArgumentValue<'a>> {
        let argument = field.arguments.iter().find(|one| one.name == argument)?;
        let Value::Variable(name) = &*argument.value else {
            return Some(ArgumentValue::Literal(&argument.value));
        };
        if let Some(sent) = self.variables.get(name.as_str()) {
            return Some(ArgumentValue::Variable(sent));
        }
        let definitions = &self.operation?.variables;
        let definition = definitions.iter().find(|one| one.name == *name)?;
        definition
            .default_value
            .as_ref()
            .map(|value| ArgumentValue::Literal(value))
    }
}

/// A field that may return a list.
struct RequestedList<'a> {
    field: &'a Field,
    /// The definition whose defaults count. None if the field is unknown, and for a connection: it has rows only where they are
    /// selected.
    defaults: Option<&'a FieldDefinition>,
    /// Number of rows if no argument limits them.
    assumed_size: u64,
}

impl RequestedList<'_> {
    /// The default of an integer argument.
    fn default_of(&self, argument: &str) -> Option<u64> {
        let default = self
            .defaults?
            .argument_by_name(argument)?
            .default_value
            .as_ref()?;
        u64::try_from(default.to_i32()?).ok()
    }
}

/// The value of an argument, not yet validated.
enum ArgumentValue<'a> {
    /// From the variables.
    Variable(&'a Json),
    /// From the document.
    Literal(&'a Value),
}
