//! Limits on a question, held against it before it is validated.
//!
//! `async-graphql` has limits of its own, but they walk a fragment again at each spread, so that a document of a few
//! hundred bytes takes hours. Here each fragment is measured once and its measure used at each spread: linear in the
//! document, and sums that stop at the greatest number instead of wrapping.

use std::collections::HashMap;

use async_graphql::parser::types::{
    Directive, ExecutableDocument, Field, FragmentDefinition, OperationDefinition, Selection, SelectionSet,
};
use async_graphql::{Name, Positioned, Value, Variables};

use super::errors::{Code, Failure, Result};
use crate::model::page::PAGE_DEFAULT;

/// What a list within a list is taken for where it does not say `first`: most entities have few relations, and the rows
/// that are really read have a limit of their own.
const NESTED_PAGE: u64 = 25;

/// How large and how costly a question may be.
#[derive(Clone, Debug)]
pub struct DocumentLimits {
    /// Bytes of the document.
    pub document_bytes_max: usize,
    /// Brackets within brackets: what the parser recurses into.
    pub nesting_max: usize,
    /// Fields within fields, with fragments spread.
    pub depth_max: usize,
    /// Selected fields, with fragments spread, and without regard to lists.
    pub fields_max: u64,
    /// Aliases, with fragments spread.
    pub aliases_max: u64,
    /// Directives, with fragments spread.
    pub directives_max: u64,
    /// Values that an answer may have: each field once for each row that the pages above it may have.
    pub cost_max: u64,
    /// Rows that the pages of an answer may really have, all together.
    pub rows_max: u64,
}

impl Default for DocumentLimits {
    fn default() -> Self {
        Self {
            document_bytes_max: 100_000,
            nesting_max: 64,
            depth_max: 24,
            fields_max: 5_000,
            aliases_max: 500,
            directives_max: 500,
            cost_max: 3_000_000,
            rows_max: 200_000,
        }
    }
}

/// Fields that work through much of the graph, and what each counts for in place of one: so a question holds few of them. All give
/// objects: what has such a name and nothing below it (`Relation.flow`) is another.
const HEAVY: [(&str, u64); 12] = [
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
];

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

/// Holds a document against the limits.
pub(super) fn check_document(
    document: &ExecutableDocument,
    variables: &Variables,
    limits: &DocumentLimits,
    introspection: bool,
) -> Result<()> {
    let mut scale = Scale {
        document,
        variables,
        introspection,
        operation: None,
        fragments: HashMap::new(),
    };
    for (_, operation) in document.operations.iter() {
        scale.operation = Some(&operation.node);
        // What a fragment costs depends on the operation's variables.
        scale.fragments.clear();
        let directives = operation.node.directives.len() as u64;
        let measure = scale.selections(&operation.node.selection_set.node)?;
        judge(
            &Measure {
                directives: measure.directives.saturating_add(directives),
                ..measure
            },
            limits,
        )?;
    }
    // A fragment that no operation spreads is validated all the same.
    for name in document.fragments.keys() {
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
    document: &'a ExecutableDocument,
    variables: &'a Variables,
    introspection: bool,
    operation: Option<&'a OperationDefinition>,
    /// None while it is being measured: a spread that meets it is a cycle.
    fragments: HashMap<&'a str, Option<Measure>>,
}

impl<'a> Scale<'a> {
    fn selections(&mut self, set: &'a SelectionSet) -> Result<Measure> {
        let mut sum = Measure::default();
        for selection in &set.items {
            sum = sum.and(self.selection(&selection.node)?);
        }
        Ok(sum)
    }

    fn selection(&mut self, selection: &'a Selection) -> Result<Measure> {
        let (below, directives): (_, &[Positioned<Directive>]) = match selection {
            Selection::Field(field) => (self.field(&field.node)?, &field.node.directives),
            Selection::InlineFragment(inline) => (
                self.selections(&inline.node.selection_set.node)?,
                &inline.node.directives,
            ),
            Selection::FragmentSpread(spread) => (
                self.fragment(&spread.node.fragment_name.node)?,
                &spread.node.directives,
            ),
        };
        Ok(Measure {
            directives: below.directives.saturating_add(directives.len() as u64),
            ..below
        })
    }

    fn field(&mut self, field: &'a Field) -> Result<Measure> {
        let name = field.name.node.as_str();
        if (name == "__schema" || name == "__type") && !self.introspection {
            return Err(Failure::new(
                Code::Forbidden,
                "this server does not tell its schema",
            ));
        }
        let below = self.selections(&field.selection_set.node)?;
        let pages = name == "nodes" || name == "edges";
        let heavy = HEAVY.iter().find(|(heavy, _)| *heavy == name);
        let weight = heavy
            .filter(|_| !field.selection_set.node.items.is_empty())
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

    fn fragment(&mut self, name: &'a Name) -> Result<Measure> {
        let Some(Positioned {
            node:
                FragmentDefinition {
                    selection_set,
                    directives,
                    ..
                },
            ..
        }) = self.document.fragments.get(name)
        else {
            // Validation says so with its place.
            return Ok(Measure::default());
        };
        match self.fragments.get(name.as_str()) {
            Some(Some(measure)) => return Ok(*measure),
            Some(None) => {
                return Err(Failure::input(format!(
                    "the fragment `{name}` spreads itself: leave that spread out"
                )));
            }
            None => {}
        }
        self.fragments.insert(name, None);
        let measure = self.selections(&selection_set.node)?;
        let measure = Measure {
            directives: measure.directives.saturating_add(directives.len() as u64),
            ..measure
        };
        self.fragments.insert(name, Some(measure));
        Ok(measure)
    }

    /// How many rows a field may give: the page asked for where it is a connection, else `unsaid`; the ids listed where it
    /// takes ids.
    fn rows(&self, field: &Field, below: &Measure, unsaid: u64) -> u64 {
        let size = |argument: &str| match self.value(field, argument)? {
            Value::Number(number) => number.as_u64(),
            _ => None,
        };
        let listed = |argument: &str| match self.value(field, argument) {
            Some(Value::List(items)) => Some(items.len() as u64),
            _ => None,
        };
        let asked = size("first").or_else(|| size("last"));
        if below.pages {
            // What is written gives as many rows as were sent.
            return asked.or_else(|| listed("input")).unwrap_or(unsaid).max(1);
        }
        let ids = listed("ids").unwrap_or(1);
        asked.or_else(|| size("maxEntities")).unwrap_or(1).max(ids).max(1)
    }

    /// The value of an argument, its variable filled in.
    fn value(&self, field: &Field, argument: &str) -> Option<Value> {
        let value = field.get_argument(argument)?;
        let constant = value.node.clone().into_const_with(|name| {
            let given = self.variables.get(&name).cloned();
            let default = || {
                let definitions = &self.operation?.variable_definitions;
                let definition = definitions.iter().find(|one| one.node.name.node == name)?;
                definition.node.default_value().cloned()
            };
            given.or_else(default).ok_or(())
        });
        constant.ok()
    }
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
