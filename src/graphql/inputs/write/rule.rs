//! Input types for rules.

use async_graphql::{ID, InputObject};

use super::{InputReader, RecordInput, StatementInput};
use crate::graphql::scalars::Decimal;
use crate::model::change::Record;
use crate::model::id::{EntityId, RuleId};
use crate::model::record::{Rule, RulePart, RuleType};

/// A rule with its evidence. The record is written as a whole: a field that is left out becomes empty.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct RuleInput {
    /// Id of the rule.
    id: ID,
    /// Id of the program or fund that the rule belongs to.
    bearer_id: ID,
    /// Type of the rule.
    #[graphql(name = "type")]
    rule_type: RuleType,
    /// Amount that is divided, in words.
    base: Option<String>,
    /// Parts of the parties, in order; at least one.
    parts: Vec<RulePartInput>,
    /// Id of the data set that states the record; the same for all records of a call. Default: the only data
    /// set that the key is for, or the only one there is.
    dataset_id: Option<ID>,
    /// Statements about the record; at least one must be about the rule as a whole.
    statements: Vec<StatementInput>,
}

/// The part of one party. The parts are weights (such as 5, 3, 2) if `lower` equals `upper` in each of them,
/// otherwise fractions of 1.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct RulePartInput {
    /// Id of the party, if it is an entity.
    party_id: Option<ID>,
    /// Party, in words.
    label: Option<String>,
    /// Minimum of the part.
    lower: Option<Decimal>,
    /// Maximum of the part.
    upper: Option<Decimal>,
}

impl RecordInput for RuleInput {
    fn dataset_id(&self) -> Option<&ID> {
        self.dataset_id.as_ref()
    }
    fn key(&self) -> &str {
        &self.id
    }
    fn draft(self, reader: &mut InputReader, path: &str) {
        let id = reader.parse(|| format!("{path}.id"), &self.id, RuleId::parse);
        let bearer = reader.parse(|| format!("{path}.bearerId"), &self.bearer_id, EntityId::parse);
        let parts = self.parts.into_iter().enumerate().map(|(index, part)| RulePart {
            party: part.party_id.and_then(|party| {
                reader.parse(
                    || format!("{path}.parts[{index}].partyId"),
                    &party,
                    EntityId::parse,
                )
            }),
            label: part.label,
            lower: part.lower.map(|one| one.0),
            upper: part.upper.map(|one| one.0),
        });
        let parts = parts.collect();
        let (Some(id), Some(bearer)) = (id, bearer) else {
            return;
        };
        let rule = Rule {
            id,
            bearer,
            rule_type: self.rule_type,
            base: self.base,
            parts,
        };
        reader.add_record(path, Record::Rule(rule), self.statements);
    }
}
