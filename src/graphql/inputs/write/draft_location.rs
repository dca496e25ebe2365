//! The location of a draft in the input, so that a problem of the service can name an input path.

use async_graphql::Value;

use crate::model::field::Field;
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
            None => problem.field.input_path().to_string(),
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

/// The kinds of draft whose fields are at different places in the input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DraftKind {
    /// A record with its statements.
    Record,
    /// An argument that is an id.
    Id,
    /// A statement without its record.
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
    /// The location of a record. `statements` has the index in the input of each statement of the draft.
    pub(super) fn for_record(base: &str, statements: Vec<usize>) -> Self {
        Self {
            base: base.to_string(),
            kind: DraftKind::Record,
            statements,
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
        let index = format!("[{}]", problem.row);
        let path = problem.field.input_path().replacen("[]", &index, 1);
        match (kind, problem.statement) {
            (DraftKind::Id, _) => base.clone(),
            // An argument beside the statements.
            (DraftKind::Statement, _) if problem.field == Field::SubjectId => path,
            (DraftKind::Statement, _) => format!("{base}.{path}"),
            (DraftKind::Record, Some(statement)) => match statements.get(statement) {
                Some(index) => format!("{base}.statements[{index}].{path}"),
                None => format!("{base}.statements"),
            },
            // The evidence of a record as a whole, such as none at all.
            (DraftKind::Record, None) if problem.field.is_of_statement() => format!("{base}.statements"),
            (DraftKind::Record, None) => format!("{base}.{path}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use apollo_compiler::Schema;
    use apollo_compiler::schema::ExtendedType;

    use super::*;
    use crate::service::write::{Message, ProblemCause};

    fn path(location: &DraftLocation, field: Field, row: usize, statement: Option<usize>) -> String {
        location.path_of(&WriteProblem {
            draft: Some(0),
            row,
            statement,
            cause: ProblemCause::Invalid,
            field,
            value: String::new(),
            reason: Message::default(),
            hint: Message::default(),
        })
    }

    #[test]
    fn a_problem_is_at_the_path_of_its_field() {
        let record = DraftLocation::for_record("input[3]", vec![1, 0]);
        for (field, row, statement, expected) in [
            (Field::Id, 0, None, "input[3].id"),
            (Field::RegionId, 0, None, "input[3].regionId"),
            (Field::NameZh, 0, None, "input[3].names"),
            (Field::PaidIn, 0, None, "input[3].properties.paidIn"),
            (Field::SizeText, 0, None, "input[3].size.originalText"),
            (Field::AmountMax, 0, None, "input[3].quantity.upper"),
            (Field::RuleType, 0, None, "input[3].type"),
            (Field::PartyLabel, 2, None, "input[3].parts[2].label"),
            (Field::SourceId, 0, None, "input[3].statements"),
            (Field::SourceId, 0, Some(0), "input[3].statements[1].sourceId"),
            (Field::Amount, 0, Some(1), "input[3].statements[0].quantity"),
            (
                Field::OriginalText,
                0,
                Some(1),
                "input[3].statements[0].quantity.originalText",
            ),
            (Field::SourceId, 0, Some(2), "input[3].statements"),
        ] {
            assert_eq!(path(&record, field, row, statement), expected);
        }
        let statement = DraftLocation::for_statement("statements[1]".into());
        assert_eq!(path(&statement, Field::SubjectId, 0, None), "subjectId");
        assert_eq!(
            path(&statement, Field::Qualifier, 0, None),
            "statements[1].quantity.qualifier"
        );
        let id = DraftLocation::for_id("ids[4]".into());
        assert_eq!(path(&id, Field::Id, 0, None), "ids[4]");
    }

    /// Fields that only import files have.
    const OF_FILES: [Field; 4] = [Field::FormerIds, Field::Own, Field::Value, Field::Access];

    /// The paths of the fields of an input type, and of those below.
    fn paths(schema: &Schema, of: &str, prefix: &str, found: &mut HashSet<String>) {
        let Some(ExtendedType::InputObject(of)) = schema.types.get(of) else {
            return;
        };
        for (name, field) in &of.fields {
            let path = format!("{prefix}{name}");
            let below = if field.ty.is_list() { "[]." } else { "." };
            paths(
                schema,
                field.ty.inner_named_type(),
                &format!("{path}{below}"),
                found,
            );
            found.insert(path);
        }
    }

    #[test]
    fn every_input_path_is_in_the_schema() {
        let schema = Schema::parse(crate::graphql::sdl(), "schema.graphql").unwrap();
        let mut found = HashSet::new();
        for of in [
            "SourceInput",
            "EntityInput",
            "RelationInput",
            "ObservationInput",
            "RuleInput",
            "StatementInput",
        ] {
            paths(&schema, of, "", &mut found);
        }
        let mutation = schema.get_object("Mutation").unwrap();
        let arguments = mutation.fields.values().flat_map(|field| &field.arguments);
        found.extend(arguments.map(|argument| argument.name.to_string()));
        let missing = Field::ALL.iter().filter(|field| {
            let is_found = found.contains(field.input_path());
            is_found == OF_FILES.contains(field)
        });
        assert_eq!(missing.collect::<Vec<_>>(), Vec::<&Field>::new());
    }
}
