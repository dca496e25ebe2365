//! Limits on a question, held against it before it is validated.
//!
//! `async-graphql` has limits of its own, but they walk a fragment again at each spread, so that a document of a few
//! hundred bytes takes hours. Here each fragment is measured once and its measure used at each spread: linear in the
//! document, and sums that stop at the greatest number instead of wrapping.

use std::collections::HashMap;

use apollo_compiler::ast::{
    Definition, Document, Field, FragmentDefinition, OperationDefinition, Selection, Value,
};
use serde_json::{Map, Value as Json};

pub use super::document_limits::DocumentLimits;
use super::errors::{Code, Failure, Result};
use crate::model::page::PAGE_DEFAULT;
use crate::service::vocabulary;

/// What a list within a list is taken for where it does not say `first`: most entities have few relations, and the rows
/// that are really read have a limit of their own.
const NESTED_PAGE: u64 = 25;

/// Fields that work through much of the graph, or give hundreds of rows with few words, and what each counts for in place of one: so a question holds few of them. All give
/// objects: what has such a name and nothing below it (`Relation.flow`) is another.
const HEAVY: [(&str, u64); 13] = [
    ("trace", 200_000),
    ("flow", 200_000),
    ("flowLayers", 200_000),
    ("mechanisms", 200_000),
    ("criticality", 200_000),
    ("robustness", 200_000),
    ("indicators", 200_000),
    ("brokerage", 200_000),
    ("aggregate", 200_000),
    ("leverage", 50_000),
    ("neighborhood", 50_000),
    ("search", 50_000),
    ("vocabulary", 20_000),
];

/// What a field that is no connection gives, where it is always about as many rows: those of the vocabulary.
fn fixed_rows(field: &str) -> Option<u64> {
    (field == "vocabulary").then(|| vocabulary::size() as u64)
}

/// What a selection amounts to, with all its fragments spread.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Measure {
    fields: u64,
    aliases: u64,
    directives: u64,
    cost: u64,
    /// The cost where the selection stands below a list.
    nested_cost: u64,
    depth: usize,
    /// Lists within lists in an introspection: types point at each other, so that these multiply.
    introspected: usize,
    /// Whether the rows of a connection are selected here.
    pages: bool,
}

impl Measure {
    fn and(self, other: Self) -> Self {
        Self {
            fields: self.fields.saturating_add(other.fields),
            aliases: self.aliases.saturating_add(other.aliases),
            directives: self.directives.saturating_add(other.directives),
            cost: self.cost.saturating_add(other.cost),
            nested_cost: self.nested_cost.saturating_add(other.nested_cost),
            depth: self.depth.max(other.depth),
            introspected: self.introspected.max(other.introspected),
            pages: self.pages || other.pages,
        }
    }
}

/// Operations of one document, each of which is validated with all the fragments that it spreads.
const OPERATIONS_MAX: usize = 20;
/// Fragment spreads that one operation reaches: validation looks for cycles from each fragment on.
const SPREADS_MAX: u64 = 2_000;
/// Fragments within fragments, which every walk recurses into.
const FRAGMENTS_DEEP_MAX: usize = 250;

/// Holds a document against the limits. `variables` are as they were sent.
pub(super) fn check_document(
    document: &Document,
    variables: &Map<String, Json>,
    limits: &DocumentLimits,
    introspection: bool,
) -> Result<()> {
    let (mut operations, mut definitions) = (Vec::new(), HashMap::new());
    for definition in &document.definitions {
        match definition {
            Definition::OperationDefinition(operation) => operations.push(&**operation),
            Definition::FragmentDefinition(fragment) => {
                definitions.insert(fragment.name.as_str(), &**fragment);
            }
            // Validation says so with its place.
            _ => {}
        }
    }
    if operations.len() > OPERATIONS_MAX {
        let found = operations.len();
        return Err(Failure::limit(format!(
            "operations in one document: {found}, at most {OPERATIONS_MAX}; send the one to execute"
        )));
    }
    let mut scale = Scale {
        definitions: &definitions,
        variables,
        introspection,
        operation: None,
        fragments: HashMap::new(),
        spreads: 0,
        deep: 0,
    };
    for operation in operations {
        scale.operation = Some(operation);
        // What a fragment costs depends on the operation's variables.
        scale.fragments.clear();
        scale.spreads = 0;
        let directives = operation.directives.len() as u64;
        let measure = scale.selections(&operation.selection_set)?;
        judge(
            &Measure {
                directives: measure.directives.saturating_add(directives),
                ..measure
            },
            limits,
        )?;
        if scale.spreads > SPREADS_MAX {
            let found = scale.spreads;
            return Err(Failure::limit(format!(
                "fragment spreads: {found}, at most {SPREADS_MAX}; ask in several requests"
            )));
        }
    }
    // A fragment that no operation spreads is validated all the same.
    for name in definitions.keys() {
        judge(&scale.fragment(name)?, limits)?;
    }
    Ok(())
}

fn judge(measure: &Measure, limits: &DocumentLimits) -> Result<()> {
    let over = |what: &str, found: u64, max: u64, next: &str| {
        if found <= max {
            Ok(())
        } else {
            Err(Failure::limit(format!(
                "{what}: {}, at most {max}; {next}",
                shown(found)
            )))
        }
    };
    over(
        "depth",
        measure.depth as u64,
        limits.depth_max as u64,
        "ask for what lies deeper in another request",
    )?;
    over(
        "selected fields, with fragments spread",
        measure.fields,
        limits.fields_max,
        "ask in several requests",
    )?;
    over(
        "aliases, with fragments spread",
        measure.aliases,
        limits.aliases_max,
        "`nodes(ids: …)` takes many ids at once",
    )?;
    over(
        "directives, with fragments spread",
        measure.directives,
        limits.directives_max,
        "ask in several requests",
    )?;
    over(
        "lists within lists of an introspection",
        measure.introspected as u64,
        INTROSPECTED_MAX,
        "fetch /schema.graphql",
    )?;
    over(
        "values that the answer may have",
        measure.cost,
        limits.cost_max,
        "ask for smaller pages (`first`) of the lists within lists",
    )
}

fn shown(found: u64) -> String {
    if found == u64::MAX {
        "more than can be counted".into()
    } else {
        found.to_string()
    }
}

/// Lists of an introspection that lead from types to types, and how deep a client may need them.
const INTROSPECTED: [&str; 4] = ["fields", "interfaces", "possibleTypes", "inputFields"];
const INTROSPECTED_MAX: u64 = 2;

/// Measures selections, each fragment once.
struct Scale<'a> {
    definitions: &'a HashMap<&'a str, &'a FragmentDefinition>,
    variables: &'a Map<String, Json>,
    introspection: bool,
    operation: Option<&'a OperationDefinition>,
    /// None while it is being measured: a spread that meets it is a cycle.
    fragments: HashMap<&'a str, Option<Measure>>,
    /// Fragment spreads that the operation reaches.
    spreads: u64,
    /// Fragments that are being measured, each within the one before.
    deep: usize,
}

impl<'a> Scale<'a> {
    fn selections(&mut self, set: &'a [Selection]) -> Result<Measure> {
        let mut sum = Measure::default();
        for selection in set {
            sum = sum.and(self.selection(selection)?);
        }
        Ok(sum)
    }

    fn selection(&mut self, selection: &'a Selection) -> Result<Measure> {
        let (below, directives) = match selection {
            Selection::Field(field) => (self.field(field)?, &field.directives),
            Selection::InlineFragment(inline) => {
                (self.selections(&inline.selection_set)?, &inline.directives)
            }
            Selection::FragmentSpread(spread) => {
                self.spreads += 1;
                (self.fragment(&spread.fragment_name)?, &spread.directives)
            }
        };
        Ok(Measure {
            directives: below.directives.saturating_add(directives.len() as u64),
            ..below
        })
    }

    fn field(&mut self, field: &'a Field) -> Result<Measure> {
        let name = field.name.as_str();
        if (name == "__schema" || name == "__type") && !self.introspection {
            return Err(Failure::new(
                Code::Forbidden,
                "this server does not tell its schema",
            ));
        }
        let below = self.selections(&field.selection_set)?;
        let pages = name == "nodes" || name == "edges";
        let heavy = HEAVY.iter().find(|(heavy, _)| *heavy == name);
        let weight = heavy
            .filter(|_| !field.selection_set.is_empty())
            .map_or(1, |(_, weight)| *weight);
        let cost = |rows: u64, below: u64| below.saturating_mul(rows).saturating_add(weight);
        let below_cost = if pages { below.nested_cost } else { below.cost };
        Ok(Measure {
            fields: below.fields.saturating_add(1),
            aliases: below.aliases.saturating_add(u64::from(field.alias.is_some())),
            directives: below.directives,
            cost: cost(self.rows(field, &below, PAGE_DEFAULT as u64), below_cost),
            nested_cost: cost(self.rows(field, &below, NESTED_PAGE), below.nested_cost),
            depth: below.depth + 1,
            introspected: below.introspected + usize::from(INTROSPECTED.contains(&name)),
            pages,
        }
        .outside_introspection(name))
    }

    fn fragment(&mut self, name: &'a str) -> Result<Measure> {
        let Some(fragment) = self.definitions.get(name) else {
            // Validation says so with its place.
            return Ok(Measure::default());
        };
        match self.fragments.get(name) {
            Some(Some(measure)) => return Ok(*measure),
            Some(None) => {
                return Err(Failure::input(format!(
                    "the fragment `{name}` spreads itself: leave that spread out"
                )));
            }
            None => {}
        }
        if self.deep == FRAGMENTS_DEEP_MAX {
            return Err(Failure::limit(format!(
                "fragments within fragments: more than {FRAGMENTS_DEEP_MAX} deep; write some of them where they are used"
            )));
        }
        self.fragments.insert(name, None);
        self.deep += 1;
        let measure = self.selections(&fragment.selection_set)?;
        self.deep -= 1;
        let directives = fragment.directives.len() as u64;
        let measure = Measure {
            directives: measure.directives.saturating_add(directives),
            ..measure
        };
        self.fragments.insert(name, Some(measure));
        Ok(measure)
    }

    /// How many rows a field may give: the page asked for where it is a connection, else `unsaid`; the ids listed where it
    /// takes ids.
    fn rows(&self, field: &'a Field, below: &Measure, unsaid: u64) -> u64 {
        let size = |argument: &str| self.size(field, argument);
        let listed = |argument: &str| self.listed(field, argument);
        let asked = size("first").or_else(|| size("last"));
        if below.pages {
            // What is written gives as many rows as were sent.
            return asked.or_else(|| listed("input")).unwrap_or(unsaid).max(1);
        }
        let ids = listed("ids").or_else(|| fixed_rows(&field.name)).unwrap_or(1);
        asked.or_else(|| size("maxEntities")).unwrap_or(1).max(ids).max(1)
    }

    /// A whole number that an argument is.
    fn size(&self, field: &'a Field, argument: &str) -> Option<u64> {
        match self.value(field, argument)? {
            Found::Sent(sent) => sent.as_u64(),
            Found::Written(Value::Int(number)) => number.as_str().parse().ok(),
            Found::Written(_) => None,
        }
    }

    /// The number of items of a list that an argument is.
    fn listed(&self, field: &'a Field, argument: &str) -> Option<u64> {
        let items = match self.value(field, argument)? {
            Found::Sent(sent) => sent.as_array()?.len(),
            Found::Written(written) => written.as_list()?.len(),
        };
        Some(items as u64)
    }

    /// The value of an argument, its variable filled in.
    fn value(&self, field: &'a Field, argument: &str) -> Option<Found<'a>> {
        let argument = field.arguments.iter().find(|one| one.name == argument)?;
        let Value::Variable(name) = &*argument.value else {
            return Some(Found::Written(&argument.value));
        };
        if let Some(sent) = self.variables.get(name.as_str()) {
            return Some(Found::Sent(sent));
        }
        let definitions = &self.operation?.variables;
        let definition = definitions.iter().find(|one| one.name == *name)?;
        definition
            .default_value
            .as_ref()
            .map(|value| Found::Written(value))
    }
}

/// A value before it is checked.
enum Found<'a> {
    /// From the variables.
    Sent(&'a Json),
    /// From the document.
    Written(&'a Value),
}

impl Measure {
    /// What lies below `__schema` and `__type` has its own limit, and no depth: every client's introspection is deep.
    fn outside_introspection(self, name: &str) -> Self {
        if name == "__schema" || name == "__type" {
            Self {
                depth: 0,
                cost: 1,
                nested_cost: 1,
                ..self
            }
        } else {
            self
        }
    }
}
