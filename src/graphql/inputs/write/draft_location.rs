//! The location of a draft in the input, so that a problem of the service can name an input path.

use async_graphql::Value;

use crate::model::change::Record;
use crate::model::free_text::visible;
use crate::service::write::WriteProblem;

/// A problem of an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::graphql) struct InputProblem {
    /// The input path: `input[3].statements[0].quote`.
    pub(in crate::graphql) path: String,
    /// The value at that path.
    pub(in crate::graphql) value: String,
    /// The reason why it is invalid.
    pub(in crate::graphql) reason: String,
    /// The next step.
    pub(in crate::graphql) hint: String,
}

impl InputProblem {
    /// Converts a problem of the service, given the locations of the drafts.
    pub(in crate::graphql) fn from_service(problem: &WriteProblem, locations: &[DraftLocation]) -> Self {
        let base = |draft: usize| {
            locations
                .get(draft)
                .map(|location| location.base.clone())
                .unwrap_or_default()
        };
        let path = match problem.draft.and_then(|draft| locations.get(draft)) {
            Some(location) => location.path_of(problem),
            None => camel(problem.field),
        };
        Self {
            path,
            value: problem.value.clone(),
            reason: problem.reason.render(base),
            hint: problem.hint.render(base),
        }
    }

    /// The problem as an item of `extensions.problems`.
    pub(in crate::graphql) fn to_value(&self) -> Value {
        async_graphql::value!({
            "path": self.path.clone(),
            "value": self.value.clone(),
            "reason": self.reason.clone(),
            "hint": self.hint.clone(),
        })
    }

    /// The problem in one sentence.
    pub(in crate::graphql) fn message(&self) -> String {
        let Self {
            path,
            value,
            reason,
            hint,
        } = self;
        format!("{path} `{}`: {reason} ({hint})", visible(value))
    }
}

/// The kinds of draft whose fields have different names in the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DraftKind {
    Record,
    Entity,
    Rule,
    /// An argument that is an id.
    Id,
    Statement,
}

/// The location of a draft in the input.
#[derive(Clone, Debug)]
pub(in crate::graphql) struct DraftLocation {
    base: String,
    kind: DraftKind,
    /// The index in the input of each statement of the draft: those of its row, then the others.
    statements: Vec<usize>,
}

impl DraftLocation {
    pub(super) fn for_record(base: &str, record: &Record, statements: Vec<usize>) -> Self {
        let kind = match record {
            Record::Entity(_) => DraftKind::Entity,
            Record::Rule(_) => DraftKind::Rule,
            Record::Source(_) | Record::Relation(_) | Record::Observation(_) => DraftKind::Record,
        };
        Self {
            base: base.to_string(),
            kind,
            statements,
        }
    }

    /// The location of the region of an entity, which has the entity's statements.
    pub(super) fn for_region(base: &str) -> Self {
        Self {
            base: base.to_string(),
            kind: DraftKind::Entity,
            statements: Vec::new(),
        }
    }

    /// The location of a statement without its record.
    pub(in crate::graphql) fn for_statement(base: String) -> Self {
        Self {
            base,
            kind: DraftKind::Statement,
            statements: Vec::new(),
        }
    }

    /// The location of an argument that is an id.
    pub(in crate::graphql) fn for_id(base: String) -> Self {
        Self {
            base,
            kind: DraftKind::Id,
            statements: Vec::new(),
        }
    }

    fn path_of(&self, problem: &WriteProblem) -> String {
        let Self {
            base,
            kind,
            statements,
        } = self;
        if *kind == DraftKind::Id {
            return base.clone();
        }
        if *kind == DraftKind::Statement {
            return match problem.field {
                "subject_id" => "subjectId".to_string(),
                field => format!("{base}.{}", statement_field(field)),
            };
        }
        if let Some(statement) = problem.statement {
            let field = statement_field(problem.field);
            return match statements.get(statement) {
                Some(index) => format!("{base}.statements[{index}].{field}"),
                None => format!("{base}.statements"),
            };
        }
        let own = match (kind, problem.field) {
            (_, "source_id") => "statements".to_string(),
            (DraftKind::Rule, "part") => "parts".to_string(),
            (DraftKind::Rule, "party_id" | "party_label" | "lower" | "upper") => {
                let field = if problem.field == "party_label" {
                    "label".to_string()
                } else {
                    camel(problem.field)
                };
                format!("parts[{}].{field}", problem.row)
            }
            (DraftKind::Rule, "rule_type") => "type".to_string(),
            (DraftKind::Entity, "name_zh" | "name_en" | "lang" | "aliases") => "names".to_string(),
            (DraftKind::Entity, field) if PROPERTIES.contains(&field) => {
                format!("properties.{}", camel(field))
            }
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

/// The GraphQL name of a column.
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
