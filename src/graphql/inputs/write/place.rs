//! Where a draft stands in the input, so that a problem of the service names an input path.

use async_graphql::Value;

use crate::model::change::Record;
use crate::model::free_text::visible;
use crate::service::write::Problem;

/// Something wrong with an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::graphql) struct Fault {
    /// Where: `input[3].statements[0].quote`.
    pub(in crate::graphql) path: String,
    /// What stands there.
    pub(in crate::graphql) value: String,
    /// What is wrong with it.
    pub(in crate::graphql) reason: String,
    /// What to do.
    pub(in crate::graphql) hint: String,
}

impl Fault {
    /// A problem of the service, at its input path.
    pub(in crate::graphql) fn of(problem: &Problem, places: &[Place]) -> Self {
        let base = |draft: usize| {
            places
                .get(draft)
                .map(|place| place.base.clone())
                .unwrap_or_default()
        };
        let path = match problem.draft.and_then(|draft| places.get(draft)) {
            Some(place) => place.field(problem),
            None => camel(problem.field),
        };
        Self {
            path,
            value: problem.value.clone(),
            reason: problem.reason.render(base),
            hint: problem.hint.render(base),
        }
    }

    /// As `extensions.problems` has it.
    pub(in crate::graphql) fn to_value(&self) -> Value {
        async_graphql::value!({
            "path": self.path.clone(),
            "value": self.value.clone(),
            "reason": self.reason.clone(),
            "hint": self.hint.clone(),
        })
    }

    /// In one sentence.
    pub(in crate::graphql) fn sentence(&self) -> String {
        let Self {
            path,
            value,
            reason,
            hint,
        } = self;
        format!("{path} `{}`: {reason} ({hint})", visible(value))
    }
}

/// What is written, as far as the names of its fields go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Record,
    Entity,
    Rule,
    /// An argument that is an id.
    Id,
    Statement,
}

/// Where a draft stands.
#[derive(Clone, Debug)]
pub(in crate::graphql) struct Place {
    base: String,
    sort: Sort,
    /// The place in the input of each statement of the draft: those of its row, then the others.
    statements: Vec<usize>,
}

impl Place {
    pub(super) fn of(base: &str, record: &Record, statements: Vec<usize>) -> Self {
        let sort = match record {
            Record::Entity(_) => Sort::Entity,
            Record::Rule(_) => Sort::Rule,
            Record::Source(_) | Record::Relation(_) | Record::Observation(_) => Sort::Record,
        };
        Self {
            base: base.to_string(),
            sort,
            statements,
        }
    }

    /// The region that an entity lies in, with the entity's statements.
    pub(super) fn of_region(base: &str) -> Self {
        Self {
            base: base.to_string(),
            sort: Sort::Entity,
            statements: Vec::new(),
        }
    }

    /// A statement that stands by itself.
    pub(in crate::graphql) fn of_statement(base: String) -> Self {
        Self {
            base,
            sort: Sort::Statement,
            statements: Vec::new(),
        }
    }

    /// An id among the arguments.
    pub(in crate::graphql) fn of_id(base: String) -> Self {
        Self {
            base,
            sort: Sort::Id,
            statements: Vec::new(),
        }
    }

    fn field(&self, problem: &Problem) -> String {
        let Self {
            base,
            sort,
            statements,
        } = self;
        if *sort == Sort::Id {
            return base.clone();
        }
        if *sort == Sort::Statement {
            return match problem.field {
                "subject_id" => "subjectId".to_string(),
                field => format!("{base}.{}", statement_field(field)),
            };
        }
        if let Some(place) = problem.statement {
            let field = statement_field(problem.field);
            return match statements.get(place) {
                Some(place) => format!("{base}.statements[{place}].{field}"),
                None => format!("{base}.statements"),
            };
        }
        let own = match (sort, problem.field) {
            (_, "source_id") => "statements".to_string(),
            (Sort::Rule, "part") => "parts".to_string(),
            (Sort::Rule, "party_id" | "party_label" | "lower" | "upper") => {
                let field = if problem.field == "party_label" {
                    "label".to_string()
                } else {
                    camel(problem.field)
                };
                format!("parts[{}].{field}", problem.row)
            }
            (Sort::Rule, "rule_type") => "type".to_string(),
            (Sort::Entity, "name_zh" | "name_en" | "lang" | "aliases") => "names".to_string(),
            (Sort::Entity, field) if PROPERTIES.contains(&field) => format!("properties.{}", camel(field)),
            (_, "size_text") => "size.originalText".to_string(),
            (_, "committed_text") => "properties.committed.originalText".to_string(),
            (_, "paid_in_text") => "properties.paidIn.originalText".to_string(),
            (_, "amount") => "quantity".to_string(),
            (_, "amount_max") => "quantity.upper".to_string(),
            (_, "qualifier" | "unit" | "basis" | "measure" | "original_text") => {
                format!("quantity.{}", camel(problem.field))
            }
            (_, field) => camel(field),
        };
        format!("{base}.{own}")
    }
}

/// Columns that are fields of `properties`.
const PROPERTIES: [&str; 20] = [
    "level",
    "scheme",
    "code",
    "longitude",
    "latitude",
    "park_type",
    "lab_type",
    "facility_type",
    "capacity",
    "fund_type",
    "committed",
    "paid_in",
    "title_class",
    "fields",
    "contact",
    "stage",
    "listing_board",
    "org_type",
    "family",
    "claim_type",
];

fn statement_field(field: &str) -> String {
    match field {
        "amount" => "quantity".to_string(),
        field => camel(field),
    }
}

/// The name in GraphQL of a column.
fn camel(column: &str) -> String {
    let mut name = String::with_capacity(column.len());
    let mut up = false;
    for letter in column.chars() {
        if letter == '_' {
            up = true;
        } else if std::mem::take(&mut up) {
            name.extend(letter.to_uppercase());
        } else {
            name.push(letter);
        }
    }
    name
}
