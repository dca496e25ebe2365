//! Rules.

use async_graphql::{ID, InputObject};

use super::{Reading, StatementInput, Written};
use crate::graphql::scalars::Decimal;
use crate::model::change::Record;
use crate::model::id::{EntityId, RuleId};
use crate::model::record::{Rule, RulePart, RuleType};

/// A rule with its evidence. It is written whole: a field left out is emptied.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct RuleInput {
    /// Its key.
    id: ID,
    /// The programme or fund it belongs to.
    bearer_id: ID,
    /// What it rules.
    #[graphql(name = "type")]
    rule_type: RuleType,
    /// What is divided, in words.
    base: Option<String>,
    /// In order; one at least.
    parts: Vec<RulePartInput>,
    /// The data set that says so; one for a whole call. Null: the only one that the key is for, or that there is.
    dataset_id: Option<ID>,
    /// Who says so; one at least speaks of the rule as a whole.
    statements: Vec<StatementInput>,
}

/// One party's part. Weights (5, 3, 2) where `lower` and `upper` are equal in every part, else fractions of 1.
#[derive(InputObject, Clone, Debug)]
pub(in crate::graphql) struct RulePartInput {
    /// Who, where it is an entity.
    party_id: Option<ID>,
    /// Who, in words.
    label: Option<String>,
    /// The least.
    lower: Option<Decimal>,
    /// The most.
    upper: Option<Decimal>,
}

impl Written for RuleInput {
    fn dataset(&self) -> Option<&ID> {
        self.dataset_id.as_ref()
    }
    fn key(&self) -> &str {
        &self.id
    }
    fn draft(self, reading: &mut Reading, path: &str) {
        let id = reading.parse(|| format!("{path}.id"), &self.id, RuleId::parse);
        let bearer = reading.parse(|| format!("{path}.bearerId"), &self.bearer_id, EntityId::parse);
        let parts = self.parts.into_iter().enumerate().map(|(index, part)| RulePart {
            party: part.party_id.and_then(|party| {
                reading.parse(
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
        reading.record(path, Record::Rule(rule), self.statements);
    }
}
